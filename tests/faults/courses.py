"""The cases of the storm: all five procedures, each with its turns, played by the players of the tests from outside."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.blackbox.play import Played, Player, Script, draft, filed, filer, procedure, submit
from tests.blackbox.procedures import EVALUATION, ISSUANCE, MALL, deliver, part
from tests.blackbox.scenarios import notice_of, objection
from tests.faults.people import SteadySystem
from tests.system import Json

PROJECT, SCENARIO = "project_application", "scenario_application"
#: So many cases under way at once.
AT_ONCE = 6
#: No case takes longer than this, seconds; it would be one that does not go on.
PATIENCE = 900.0


@dataclass(frozen=True)
class Course:
    """A case to be played. `share` of all cases; `turns` differ from the straight path."""

    name: str
    key: str
    share: int
    turns: Script = field(default_factory=dict)
    watch: str = ""


COURSES = (
    Course("project", PROJECT, 3),
    Course("corrected", PROJECT, 2, {"formal_review#1": "request_correction"}),
    Course("complex", PROJECT, 1, {"triage#1": "complex"}),
    Course("expert declines", PROJECT, 1, {"expert_invitation#2": "decline"}),
    Course("publicity sent back", PROJECT, 1, {"publicity_approval#1": "return"}),
    Course("refused", PROJECT, 1, {"formal_review": "refuse", "refusal_approval#1": "return"}),
    Course("rejected", PROJECT, 1, {"triage": "complex", "agency_review": "fail"}),
    Course("withdrawn", PROJECT, 1, {}, "withdraw"),
    Course("objected", PROJECT, 1, {"objection_answer": "not_upheld"}, "object"),
    Course("lapsed", PROJECT, 1, {"formal_review": "request_correction", "correction": None}),
    Course("scenario", SCENARIO, 3),
    Course("mall", MALL, 2),
    Course("event", MALL, 1),
    Course("conforming", EVALUATION, 2),
    Course("rectified", EVALUATION, 1, {"evaluation_report": "rectify", "rectification_check#1": "again"}),
    Course("issuance", ISSUANCE, 2),
)


def drawn(rng: random.Random, n: int) -> list[Course]:
    """So many courses, each procedure among them, in a drawn order."""
    deck = [c for c in COURSES for _ in range(c.share)]
    found: list[Course] = []
    while len(found) < n:
        rng.shuffle(deck)
        found += deck if found else [*COURSES, *deck]
    first = [c for c in COURSES if c.name in ("lapsed", "issuance", "event")]  # they take longest
    rest = found[:n]
    for course in first:
        if course in rest:
            rest.remove(course)
    rng.shuffle(rest)
    return (first + rest)[:n]


class Cases:
    """The cases on their way; new ones are filed as others end, as long as there are any and nobody says stop."""

    def __init__(self, system: SteadySystem, courses: list[Course]) -> None:
        self.system, self.courses = system, courses
        self.numbers: list[str] = []
        self.go = threading.Event()
        self.go.set()
        self.one_issuance, self.objection = threading.Lock(), objection(system)
        self.pool = ThreadPoolExecutor(AT_ONCE)
        self.futures: list[Future[None]] = [self.pool.submit(self._play, c) for c in courses]

    def running(self) -> int:
        """Cases that are not over."""
        return sum(not f.done() for f in self.futures)

    def file_no_more(self) -> int:
        """What has not been filed yet will not be; how many that were."""
        return sum(f.cancel() for f in self.futures)

    def finish(self, seconds: float) -> list[str]:
        """Wait for all; what went wrong, and what is not over."""
        end, wrong = time.monotonic() + seconds, []
        for course, future in zip(self.courses, self.futures, strict=True):
            if future.cancelled():
                continue
            try:
                future.result(max(0.1, end - time.monotonic()))
            except BaseException as error:
                wrong.append(f"{course.name}: {type(error).__name__} {str(error)[:1500]}")
        self.system.diary.leave.set()
        self.pool.shutdown(wait=False, cancel_futures=True)
        return wrong

    def _play(self, course: Course) -> None:
        self.go.wait()
        played = self._filed(course)
        if played is None:  # nothing of the kind to file just now: an ordinary project takes its place
            course = COURSES[0]
            played = Played(filed(self.system))
        self.numbers.append(played.case_no)
        self.system.diary.filed[course.key] += 1
        watch = self._watch(course.watch)
        Waiting(self.system, course.turns, watch, course.key, self.go).run(played, PATIENCE)
        self.system.diary.ended[course.key] += 1

    def _filed(self, course: Course) -> Played | None:
        """The case filed; None where there is nothing of the kind to file just now."""
        if course.key == ISSUANCE:
            return self._issuance()
        if course.key == EVALUATION:
            return self._evaluation()
        form = event_form(self.system) if course.name == "event" else None
        return Played(filed(self.system, form, course.key))

    def _issuance(self) -> Played | None:
        """The next period of a project, its readings delivered first where they are not yet."""
        with self.one_issuance:
            form = procedure_of(self.system, "applicant", ISSUANCE)
            if form["application"].get("data_source") != "reported":
                deliver(self.system, form["application"]["project_number"])
                form = procedure_of(self.system, "applicant", ISSUANCE)
            if form["application"].get("data_source") != "reported":
                return None
            case_no = draft(self.system, form, key=ISSUANCE)
            return (
                Played(case_no) if submit(self.system, case_no, filer(ISSUANCE)).status_code == 202 else None
            )

    def _evaluation(self) -> Played | None:
        """An entry nobody evaluates just now."""
        form = procedure_of(self.system, "officer", EVALUATION)
        items = self.system.get("", "/public/projects", limit=100)["items"]
        for item in items:
            if item["kind"] != "project":
                continue
            form = form | {"subject": form["subject"] | {"project_number": item["number"]}}
            case_no = draft(self.system, form, key=EVALUATION)
            if submit(self.system, case_no, filer(EVALUATION)).status_code == 202:
                return Played(case_no)
        return None

    def _watch(self, what: str) -> Callable[[Played, Json], None] | None:
        """Reacts once to the notice of a case: the applicant withdraws, or somebody objects."""
        if not what:
            return None

        def watch(played: Played, view: Json) -> None:
            if (notice := _open_notice(self.system, played, view)) is None:
                return
            if what == "withdraw":
                path, body = f"/cases/{played.case_no}/withdraw", {"reason": "项目方案调整。"}
                answer = self.system.as_("applicant").post(path, json=body)
            else:
                path = f"/public/notices/{notice['id']}/objections"
                answer = self.system.as_("").post(path, json=self.objection)
            assert answer.status_code in (201, 202, 409), answer.text
            played.notes["reacted"] = True

        return watch


class Waiting(Player):
    """A player who lays down the pen while `go` is not set, and does not ask all the time: the system is to work."""

    pause = 0.7

    def __init__(self, system: Any, script: Script, watch: Any, key: str, go: threading.Event) -> None:
        super().__init__(system, script, watch, key)
        self.go = go

    def _answer(self, played: Played, task: Json) -> bool:
        self.go.wait()
        return super()._answer(played, task)


def procedure_of(system: SteadySystem, who: str, key: str) -> Json:
    """The form as the schema offers it to an account."""
    form: Json = system.get(who, f"/procedures/{key}")["form_schema"]["examples"][0]
    return form


def event_form(system: SteadySystem) -> Json:
    """The part of the form that belongs to an event."""
    schema = procedure(system, MALL)["form_schema"]
    form: Json = schema["examples"][0] | {"mode": "event", "system": None, "event": part(schema, "event")}
    return form


def _open_notice(system: SteadySystem, played: Played, view: Json) -> Json | None:
    """The open notice of the case that nobody has reacted to yet."""
    if view["stage"] != "publicity" or "reacted" in played.notes:
        return None
    notice = notice_of(system, played.case_no)
    return notice if notice is not None and notice["state"] == "open" else None
