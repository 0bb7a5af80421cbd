"""Plays cases from the schemas and examples the interface hands out, and notes what every reader saw."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.system import ENDS, PDF, Json, System, wait_for

PROCEDURE = "project_application"

#: Account that acts for a role of the offices; experts are found by the task's holder.
ACCOUNTS = {
    role: role
    for role in ("intake", "officer", "supervisor", "issuer", "agency", "exchange", "mall", "bureau")
}
#: The institutions: only the one commissioned with a case can read its task.
AGENCIES = ("agency", "agency2")
#: Roles of the side the case is about, whoever that is.
SIDES = frozenset({"applicant", "merchant"})
#: Account that files a procedure, and the one the case lies with afterwards where that is another.
FILER = {"scenario_application": "operator", "mall_onboarding": "merchant", "tracking_evaluation": "officer"}
HOLDER = {"tracking_evaluation": "applicant"}

#: What to do with a task: an outcome; a function of the task that gives (outcome, form); None leaves it alone.
Answer = str | None | Callable[[Json], tuple[str, Json]]
Script = dict[str, Answer]


def procedure(system: System, key: str = PROCEDURE) -> Json:
    """The procedure with a fresh example of its form."""
    found: Json = system.get("", f"/procedures/{key}")
    return found


def example_form(system: System) -> Json:
    """A form that nobody has filed before."""
    form: Json = procedure(system)["form_schema"]["examples"][0]
    return form


def filer(key: str) -> str:
    """The account that files a procedure."""
    return FILER.get(key, "applicant")


def holder(key: str) -> str:
    """The account whose case it is once it is filed."""
    return HOLDER.get(key, filer(key))


def draft(
    system: System,
    form: Json | None = None,
    who: str = "",
    papers: bool = True,
    key: str = PROCEDURE,
) -> str:
    """A draft with every paper it needs; its number."""
    spec, who = procedure(system, key), who or filer(key)
    body = {"procedure": key, "form": form if form is not None else spec["form_schema"]["examples"][0]}
    answer = system.as_(who).post("/cases", json=body)
    assert answer.status_code == 201, answer.text
    case_no = str(answer.json()["case_no"])
    for material in spec["materials"] if papers else ():
        if material["required"]:
            assert attach(system, case_no, material["kind"], who=who).status_code == 201
    for kind in _missing(system, case_no, who) if papers and form is not None else ():
        assert attach(system, case_no, kind, who=who).status_code == 201
    return case_no


def _missing(system: System, case_no: str, who: str) -> list[str]:
    """Papers this form asks for and the example of the procedure did not, as the check of the draft tells."""
    errors = system.get(who, f"/cases/{case_no}/check")["errors"]
    return [e["loc"].removeprefix("materials.") for e in errors if e["loc"].startswith("materials.")]


def attach(
    system: System, case_no: str, kind: str, name: str = "", content: bytes = PDF, who: str = "applicant"
) -> Any:
    """Upload a paper; the answer."""
    files = {"file": (name or f"{kind}.pdf", content, "application/pdf")}
    return system.as_(who).post(
        f"/cases/{case_no}/attachments", data={"kind": kind, "sealed": "true"}, files=files
    )


def submit(system: System, case_no: str, who: str = "applicant") -> Any:
    """Accept the declaration and file; the answer."""
    body = {"declaration": {"accepted": True, "signatory": "陈启明"}}
    return system.as_(who).post(f"/cases/{case_no}/submit", json=body)


def filed(system: System, form: Json | None = None, key: str = PROCEDURE) -> str:
    """A case just filed."""
    case_no = draft(system, form, key=key)
    answer = submit(system, case_no, filer(key))
    assert answer.status_code == 202, answer.text
    return case_no


def case_of(system: System, case_no: str, who: str = "applicant") -> Json:
    """The case as an account sees it."""
    found: Json = system.get(who, f"/cases/{case_no}")
    return found


def task_of(system: System, case_no: str, kind: str, seconds: float = 120) -> Json:
    """The open task of this kind as the supervisor sees it, as soon as there is one."""

    def look() -> Json | None:
        tasks = case_of(system, case_no, "supervisor")["open_tasks"]
        return next((t for t in tasks if t["kind"] == kind), None)

    return wait_for(f"{case_no}: {kind}", look, seconds)


def example_for(task: Json, outcome: str = "") -> Json:
    """An answer by the task's own examples: (outcome, form) as the body of `complete`."""
    outcome = outcome or task["outcomes"][0]
    form = next(o["example"] for o in task["outcome_details"] if o["key"] == outcome)
    return {"outcome": outcome, "form": form}


def complete(system: System, who: str, task_id: str, outcome: str = "", form: Json | None = None) -> Any:
    """Answer a task by its example or by `form`; the answer."""
    body = example_for(system.get(who, f"/tasks/{task_id}"), outcome)
    if form is not None:
        body["form"] = form
    return system.as_(who).post(f"/tasks/{task_id}/complete", json=body)


@dataclass
class Played:
    """A case and all that was seen on its way."""

    case_no: str
    answered: list[tuple[str, str, str]] = field(default_factory=list)  # (kind, outcome, account)
    seen: list[Json] = field(default_factory=list)  # at each change, as the side it is about sees it
    tasks: dict[str, Json] = field(default_factory=dict)  # task as its holder read it, by id
    end: Json = field(default_factory=dict)  # the same at the end
    staff_end: Json = field(default_factory=dict)  # the supervisor's
    notes: dict[str, Any] = field(default_factory=dict)

    def statuses(self) -> set[str]:
        return {s["status"] for s in self.seen}

    def stages(self) -> list[str]:
        """Stages in their order, each once in a row."""
        found: list[str] = []
        for view in self.seen:
            if view["stage"] and found[-1:] != [view["stage"]]:
                found.append(view["stage"])
        return found

    def kinds(self, who: str = "applicant") -> list[str]:
        """Kinds of documents in the order of their issue."""
        return [d["kind"] for d in (self.end if who == "applicant" else self.staff_end)["documents"]]

    def outcomes(self, kind: str) -> list[str]:
        return [o for k, o, _ in self.answered if k == kind]

    def who(self, kind: str) -> list[str]:
        return [w for k, _, w in self.answered if k == kind]


class Player:
    """Answers every open task of one case by a script until the case ends."""

    #: Seconds between two looks at a case in which there is nothing to do: at first, and at most. Three cases looked
    #: at five times a second keep the system busier than those who work on them.
    pause, longest = 0.15, 0.6

    def __init__(
        self,
        system: System,
        script: Script,
        watch: Callable[[Played, Json], None] | None = None,
        key: str = PROCEDURE,
    ) -> None:
        self.system, self.script, self.watch, self.key = system, script, watch, key
        self.counts: dict[str, int] = {}
        self.left: set[str] = set()
        self.stop = threading.Event()

    def play(self, form: Json | None = None, seconds: float = 480) -> Played:
        """File and play to the end."""
        played = Played(filed(self.system, form, self.key))
        self.run(played, seconds)
        return played

    def run(self, played: Played, seconds: float = 480) -> None:
        """Answer what is open until the case ends."""
        end = time.monotonic() + seconds
        before: tuple[Any, ...] = ()
        mine, pause = holder(self.key), self.pause
        while True:
            assert time.monotonic() < end, (
                played.case_no,
                played.answered,
                case_of(self.system, played.case_no, "supervisor"),
            )
            view = case_of(self.system, played.case_no, "supervisor")
            now = (view["status"], view["stage"], view["version"])
            if now != before:
                played.seen.append(case_of(self.system, played.case_no, mine))
                before, pause = now, self.pause
            if view["status"] in ENDS:
                break
            if self.watch:
                self.watch(played, view)
            if [1 for t in view["open_tasks"] if self._answer(played, t)]:
                pause = self.pause
            else:
                time.sleep(pause)
                pause = min(pause * 1.5, self.longest)
        played.end = case_of(self.system, played.case_no, mine)
        played.staff_end = case_of(self.system, played.case_no, "supervisor")

    def _answer(self, played: Played, task: Json) -> bool:
        """Answer one task by the script; False when there was nothing to do."""
        if task["id"] in self.left or task["id"] in played.tasks:
            return False
        kind = task["kind"]
        who = task["assignee"] or self._account(task)
        self.counts[kind] = n = self.counts.get(kind, 0) + 1
        wanted = self.script.get(f"{kind}#{n}", self.script.get(kind, ""))
        if wanted is None:
            self.left.add(task["id"])
            return False
        read = self.system.as_(who).get(f"/tasks/{task['id']}")
        if read.status_code != 200:  # taken back meanwhile
            return self._leave(task)
        detail = read.json()
        body: Json = (
            example_for(detail, wanted)
            if isinstance(wanted, str)
            else dict(zip(("outcome", "form"), wanted(detail), strict=True))
        )
        answer = self.system.as_(who).post(f"/tasks/{task['id']}/complete", json=body)
        if answer.status_code == 409:  # its limit passed, or the case ended meanwhile
            return self._leave(task)
        assert answer.status_code == 202, (who, kind, body, answer.status_code, answer.text[:1500])
        played.answered.append((kind, body["outcome"], who))
        played.tasks[task["id"]] = detail
        return True

    def _leave(self, task: Json) -> bool:
        """Nothing came of it: the next task of this kind takes its place in the script."""
        self.left.add(task["id"])
        self.counts[task["kind"]] -= 1
        return False

    def _account(self, task: Json) -> str:
        """Whoever has the role the procedure names for this kind of task."""
        if not hasattr(self, "roles"):
            self.roles = {t["kind"]: t["role"] for t in procedure(self.system, self.key)["tasks"]}
        role = str(self.roles[task["kind"]])
        if role == "agency":
            reads = [w for w in AGENCIES if self.system.as_(w).get(f"/tasks/{task['id']}").is_success]
            return reads[0] if reads else AGENCIES[0]
        return holder(self.key) if role in SIDES else ACCOUNTS[role]
