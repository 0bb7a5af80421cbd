"""200 officers, three supervisors, two workers: `make races`. One outcome each, in the rows and in the histories."""

import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from runtime.keys import secret_key
from tests.blackbox.play import example_for, filed
from tests.conftest import environment
from tests.races import office, rivals
from tests.races.crowd import Act, Crowd, Told, statuses, told_properly
from tests.system import Json, System, wait_for

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(os.environ.get("PUHUI_RACES") != "1", reason="the crowd is called by make races"),
]
OFFICERS, TASKS = 200, int(os.environ.get("N") or 50)
#: Each race after the great one has a fifth of the cases.
PART = TASKS // 5
LATE = PART
#: Seconds of a working day: a correction may take fifteen of them.
DAY = "2"
PATH = "/api/v1/tasks"


@dataclass
class Races:
    """A system with two workers, the people of all races, and what they were told."""

    home: Path
    system: System
    crowd: Crowd
    cases: list[str]
    refused: list[rivals.Rival]
    figures: dict[str, Any] = field(default_factory=dict)
    heard: dict[str, str] = field(default_factory=dict)  # outcome by task: the one that must stand

    def ids(self) -> dict[str, str]:
        """Case ids by number."""
        found = office.rows("select case_no, id::text from case_file where case_no = any(%s)", self.cases)
        return {str(no): str(case_id) for no, case_id in found}

    def tasks(self, key: str, cases: list[str]) -> dict[str, str]:
        """Open tasks of a kind by case number, as soon as all are there."""

        def look() -> dict[str, str] | None:
            found = office.rows(
                """select c.case_no, t.id::text from task t join case_file c on c.id = t.case_id
                where t.key = %s and t.state in ('open', 'claimed') and c.case_no = any(%s)""",
                key,
                cases,
            )
            return dict(found) if len(found) == len(cases) else None  # type: ignore[arg-type]

        return wait_for(f"{key} of {len(cases)} cases", look, 240, 0.5)

    def note(self, name: str, told: list[Told], began: float) -> None:
        """Figures of a race, and the promise that holds for every one: losers are told properly, nothing breaks."""
        slow = sorted(t.seconds for t in told)
        self.figures[name] = {
            "requests": len(told),
            "statuses": statuses(told),
            "seconds": round(time.monotonic() - began, 1),
            "p50_ms": round(slow[len(slow) // 2] * 1000),
            "p99_ms": round(slow[int(len(slow) * 0.99)] * 1000),
        }
        print(json.dumps({name: self.figures[name]}))
        told_properly(told)
        for answer in told:
            if answer.won and answer.act.path.endswith("/complete") and answer.act.json:
                self.heard[answer.act.path.split("/")[-2]] = answer.act.json["outcome"]


@pytest.fixture(scope="module")
def races() -> Iterator[Races]:
    """Three supervisors are started at once; the one that is left gets a second worker and fifty cases."""
    with tempfile.TemporaryDirectory(prefix="puhui-races-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        with rivals.supervisors(home, 3, DAY) as (system, refused), rivals.second_worker(home):
            url = json.loads((home / "running.json").read_text())["database_url"]
            with (
                environment(DATABASE_URL=url, DATA_DIR=folder, SECRET_KEY=secret_key(home)),
                ThreadPoolExecutor(4) as pool,
            ):
                cases = list(pool.map(lambda _: filed(system), range(TASKS)))
                yield Races(home, system, Crowd(system.address), cases, refused)
                print(_unreachable(home))


@pytest.fixture(scope="module")
def crowded(races: Races) -> Races:
    """The great race: 200 officers on the formal reviews of all fifty cases."""
    tasks = races.tasks("formal_review", races.cases)
    bodies = {t: example_for(races.system.get("intake", f"/tasks/{t}")) for t in tasks.values()}
    tokens = office.officers("intake", OFFICERS, "crowd")
    began = time.monotonic()
    told = races.crowd.walk([_way(n, token, bodies) for n, token in enumerate(tokens)])
    races.note("200 officers, 50 tasks", told, began)
    assert office.submissions(list(tasks.values())) == dict.fromkeys(tasks.values(), 1)
    return races


def _unreachable(home: Path) -> list[str]:
    """What the logs say of a database that did not answer, of messages that did not arrive, of work that failed."""
    words = ("database_unreachable", "request_failed", "loop.failed", "relay.")
    logs = [*home.glob("up*.log"), home / "worker2.log"]
    lines = [line for log in logs for line in log.read_text(errors="replace").splitlines()]
    return [line[:300] for line in lines if any(w in line for w in words)][:40]


def _way(n: int, token: str, bodies: dict[str, Json]) -> list[Act]:
    """Half of them claim, and decide what they could claim; half decide outright. Most come in the same order."""
    tasks = list(bodies)
    if n < 8:
        random.Random(n).shuffle(tasks)
    deciding = [Act(token, f"{PATH}/{t}/complete", bodies[t]) for t in tasks]
    if n % 2:
        return deciding
    return [Act(token, f"{PATH}/{t}/claim", {}, then=d) for t, d in zip(tasks, deciding, strict=True)]


def test_one_supervisor_has_the_directory_and_the_others_say_so(races: Races) -> None:
    assert len(races.refused) == 2
    for rival in races.refused:
        assert rival.process.returncode == 1
        assert "普惠系统已在" in rival.said()
        assert "Traceback" not in rival.said()


def test_two_hundred_officers_on_fifty_tasks_decide_each_once(crowded: Races) -> None:
    figures = crowded.figures["200 officers, 50 tasks"]
    assert set(figures["statuses"]) <= {200, 202, 409}
    assert figures["statuses"][202] == TASKS


def _part(races: Races, n: int) -> list[str]:
    """The cases of one of the smaller races."""
    return races.cases[n * PART : (n + 1) * PART]


def _rounds(
    races: Races, name: str, cases: list[str], acts: Callable[[str, str, Json], list[Act]]
) -> dict[str, list[Told]]:
    """One race on the triage of each case; the answers by task."""
    tasks, found = races.tasks("triage", cases), {}
    began = time.monotonic()
    for no, task in tasks.items():
        body = example_for(races.system.get("officer", f"/tasks/{task}"))
        found[task] = races.crowd.at_once(acts(no, task, body))
    races.note(name, [t for told in found.values() for t in told], began)
    return found


def test_a_key_sent_twenty_times_at_once_is_one_answer(crowded: Races) -> None:
    token = office.token("officer")

    def acts(no: str, task: str, body: Json) -> list[Act]:
        return [Act(token, f"{PATH}/{task}/complete", body, key=f"key-{no}") for _ in range(20)]

    found = _rounds(crowded, "same key", _part(crowded, 0), acts)
    assert {t.status for told in found.values() for t in told} == {202}
    assert office.submissions(list(found)) == dict.fromkeys(found, 1)


def test_twenty_keys_at_once_are_one_answer_and_nineteen_refusals(crowded: Races) -> None:
    token = office.token("officer")

    def acts(no: str, task: str, body: Json) -> list[Act]:
        return [Act(token, f"{PATH}/{task}/complete", body, key=f"{no}-{n}") for n in range(20)]

    found = _rounds(crowded, "other keys", _part(crowded, 1), acts)
    assert [sum(t.won for t in told) for told in found.values()] == [1] * len(found)
    assert office.submissions(list(found)) == dict.fromkeys(found, 1)


def test_a_withdrawal_and_a_decision_leave_one_story(crowded: Races) -> None:
    officer, applicant = office.token("officer"), office.token("applicant")

    def acts(no: str, task: str, body: Json) -> list[Act]:
        gone = Act(applicant, f"/api/v1/cases/{no}/withdraw", {"reason": "计划变更"})
        decided = Act(officer, f"{PATH}/{task}/complete", body)
        return [gone, decided] if int(no[-1]) % 2 else [decided, gone]

    cases = _part(crowded, 2)
    found = _rounds(crowded, "withdrawal against decision", cases, acts)
    for task, told in found.items():
        decided = next(t for t in told if t.act.path.endswith("complete"))
        assert all(t.status == 202 for t in told if t is not decided)
        assert office.state(task) == (("done", "plain") if decided.won else ("cancelled", ""))
    statuses = office.rows("select distinct status from case_file where case_no = any(%s)", cases)
    assert statuses == [("withdrawn",)]


def test_the_holder_the_delegate_and_the_handing_on_agree(crowded: Races) -> None:
    with_hands = office.officers("officer", 2, "hands")
    holder, other = with_hands

    def acts(no: str, task: str, body: Json) -> list[Act]:
        crowded.crowd.at_once([Act(holder, f"{PATH}/{task}/claim", {})])
        handing = Act(holder, f"{PATH}/{task}/delegate", {"to": "hands001", "reason": "外出"})
        return [handing, *(Act(t, f"{PATH}/{task}/complete", body) for t in with_hands)]

    found = _rounds(crowded, "delegate against original", _part(crowded, 3), acts)
    for task, (handed, mine, theirs) in found.items():
        assert not (mine.won and (handed.won or theirs.won))
        assert office.submissions([task])[task] == int(mine.won or theirs.won)
        if not (mine.won or theirs.won):  # it lies with the delegate now, and can be finished
            last = crowded.crowd.at_once([theirs.act if theirs.act.token == other else mine.act])
            crowded.note(f"left over {task[:4]}", last, time.monotonic())
            assert last[0].status == 202


def test_an_answer_in_the_instant_of_its_deadline_counts_or_is_told(crowded: Races) -> None:
    cases, token = _corrected(crowded), office.token("applicant")
    tasks = list(crowded.tasks("correction", cases).values())
    found = office.rows("select id::text, due_at from task where id::text = any(%s)", tasks)
    acts = [_in_time(crowded, token, task, due, n) for n, (task, due) in enumerate(found)]
    began = time.monotonic()
    told = crowded.crowd.at_once(acts)
    crowded.note("completion against deadline", told, began)
    for (task, _), answer in zip(found, told, strict=True):
        expected = ("done", "resubmit", 1) if answer.won else ("overdue", "overdue", 0)
        wait_for("it is closed", lambda t=task: office.state(t)[0] in ("done", "overdue") or None, 20)  # type: ignore[misc]
        assert (*office.state(task), office.submissions([task])[task]) == expected
        if not answer.won:
            crowded.heard[task] = "overdue"
            assert "期限已届满" in answer.body["detail"] or answer.kind == "case_ended"


def _corrected(races: Races) -> list[str]:
    """Further cases whose correction has just been asked for: the limit is still ahead."""
    cases = [filed(races.system) for _ in range(LATE)]
    races.cases += cases
    for task in races.tasks("formal_review", cases).values():
        body = example_for(races.system.get("intake", f"/tasks/{task}"), "request_correction")
        answer = races.system.as_("intake").post(f"/tasks/{task}/complete", json=body)
        assert answer.status_code == 202, answer.text
    return cases


def _in_time(races: Races, token: str, task: str, due: datetime, n: int) -> Act:
    """An answer that leaves up to half a second before or after the limit: in that time the course closes the task."""
    body = example_for(races.system.get("applicant", f"/tasks/{task}"))
    return Act(token, f"{PATH}/{task}/complete", body, at=due.timestamp() + (n - LATE / 2) / LATE)


def test_rows_and_histories_tell_one_story(crowded: Races) -> None:
    """Last: two relays and two workers have carried everything that was decided, once."""
    wait_for("the outbox is empty", lambda: office.rows("select id from outbox") == [] or None, 60)
    assert office.contradictions() == {}
    ids = crowded.ids()
    courses = rivals.courses(crowded.home, list(ids.values()))
    assert {c.runs for c in courses.values()} == {1}
    assert [c.failures for c in courses.values() if c.failures] == []
    heard = {task: (n, c.outcomes[task]) for c in courses.values() for task, n in c.heard.items()}
    assert {t: heard.get(t) for t in crowded.heard} == {
        t: (1, outcome) for t, outcome in crowded.heard.items()
    }
    assert [n for n, _ in heard.values() if n != 1] == []
    gone = [courses[ids[no]] for no in _part(crowded, 2)]
    assert [(c.ended, c.status) for c in gone] == [(["withdrawn"], "COMPLETED")] * PART
    verdict = crowded.system.get("auditor", "/admin/audit/verify")
    assert (verdict["intact"], verdict["problems"]) == (True, [])
    print(json.dumps(crowded.figures, indent=1))
