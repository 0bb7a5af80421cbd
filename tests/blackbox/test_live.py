"""Server-sent events: on the wire within a second, resumed where they broke off, only for those who may."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.blackbox.play import complete, draft, filed, submit, task_of
from tests.blackbox.scenarios import Cases
from tests.system import System, wait_for


class Listener:
    """Collects the events of a case in the background, each with the moment it arrived."""

    def __init__(self, system: System, who: str, case_no: str, last: str = "") -> None:
        self.events: list[tuple[float, dict[str, Any]]] = []
        self.client = system.client(system.token(who), **({"Last-Event-ID": last} if last else {}))
        self.case_no, self.open = case_no, threading.Event()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()
        assert self.open.wait(120)

    def _listen(self) -> None:
        with (
            contextlib.suppress(Exception),  # the test closes the connection under our hands
            self.client.stream("GET", f"/cases/{self.case_no}/events") as stream,
        ):
            self.status, self.type = stream.status_code, stream.headers["content-type"]
            found: dict[str, Any] = {}
            for line in stream.iter_lines():
                self.open.set()
                name, _, value = line.partition(":")
                if not line and found:
                    self.events.append((time.monotonic(), found))
                    found = {}
                elif name in {"id", "event", "data"}:
                    found[name] = value.strip()

    def seen(self, event: str, after: float = 0) -> tuple[float, dict[str, Any]] | None:
        return next((e for e in self.events if e[1].get("event") == event and e[0] >= after), None)


@pytest.fixture
def heard(system: System) -> Iterator[Any]:
    listeners: list[Listener] = []

    def listen(*given: Any) -> Listener:
        listeners.append(Listener(system, *given))
        return listeners[-1]

    yield listen
    for one in listeners:
        one.client.close()


@pytest.mark.usefixtures("quiet")
def test_change_is_on_the_wire_within_a_second(system: System, heard: Any) -> None:
    """The quickest of three counts: another program may hold the processor at any one of them."""
    filed_s, decided_s = zip(*(_followed(system, heard) for _ in range(3)), strict=True)
    assert min(filed_s) < 1, filed_s
    assert min(decided_s) < 1.5, decided_s  # the answer, its way through the engine, and the new task


def _followed(system: System, heard: Any) -> tuple[float, float]:
    """Seconds until the applicant hears of the filing, and of the task that a decision brings."""
    case_no = draft(system)
    applicant = heard("applicant", case_no)
    assert applicant.type.startswith("text/event-stream")
    before = time.monotonic()
    assert submit(system, case_no).status_code == 202
    answered = time.monotonic()
    told, event = wait_for("status", lambda: applicant.seen("status", before), 30, 0.01)
    assert json.loads(event["data"])["event"] == "case.submitted"
    for name in ("stage", "document"):
        wait_for(name, lambda name=name: applicant.seen(name), 30)
    task = task_of(system, case_no, "formal_review")
    before = time.monotonic()
    assert complete(system, "intake", task["id"], "request_correction").status_code == 202
    asked, _ = wait_for("task", lambda: applicant.seen("task", before), 30, 0.01)
    return told - answered, asked - before


def test_events_resume_after_the_last_one_read(heard: Any, cases: Cases) -> None:
    case_no = cases["refusal"].case_no
    everything = heard("applicant", case_no, "0")
    wait_for("the end", lambda: _ended(everything), 30)
    events = [e for _, e in everything.events]
    ids = [int(e["id"]) for e in events]
    assert ids == sorted(set(ids))
    assert (
        {"stage", "document", "status"}
        <= {e["event"] for e in events}
        <= {"stage", "task", "document", "status"}
    )
    rest = heard("applicant", case_no, str(ids[3]))
    wait_for("the end", lambda: _ended(rest), 30)
    assert [int(e["id"]) for _, e in rest.events] == ids[4:]


def _ended(listener: Listener) -> bool | None:
    return any(json.loads(e["data"])["event"] == "case.ended" for _, e in listener.events) or None


def test_applicant_hears_nothing_of_the_inner_work(heard: Any, cases: Cases) -> None:
    case_no = cases["refusal"].case_no
    staff, applicant = heard("supervisor", case_no, "0"), heard("applicant", case_no, "0")
    wait_for("the end", lambda: _ended(staff) and _ended(applicant), 30)
    assert len(applicant.events) < len(staff.events)


def test_events_of_others_do_not_exist(system: System) -> None:
    case_no = filed(system)
    for who in ("operator", "expert01"):
        assert system.as_(who).get(f"/cases/{case_no}/events").status_code == 404
    assert system.as_("").get(f"/cases/{case_no}/events").status_code == 401
