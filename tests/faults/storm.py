"""People who go on working while parts of the system die: they file, answer, and try again as a person would."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from runtime.client import ACCOUNTS, ENDS
from tests.system import System

Json = dict[str, Any]
PROCEDURE = "project_application"
#: What makes the six cases different; everything else takes the straight path.
TURNS: tuple[dict[str, str], ...] = (
    {},
    {"formal_review#1": "request_correction"},
    {"triage#1": "complex"},
    {"expert_invitation#2": "decline"},
    {"publicity_approval#1": "return"},
    {"formal_review#1": "refuse", "refusal_approval#1": "return"},
)


@dataclass
class Accepted:
    """A decision the web has said yes to: it must never be lost."""

    case_no: str
    task_id: str
    outcome: str
    seconds: float


class People:
    """All officers, experts and the applicant; one thread a case."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.accepted: list[Accepted] = []
        self.errors: list[str] = []
        self.outages: list[str] = []
        self.counts: dict[str, int] = {}
        self.turns: dict[str, dict[str, str]] = {}
        self.go = threading.Event()
        self.go.set()
        self.leave = threading.Event()
        self.threads: list[threading.Thread] = []
        self.roles = {t["kind"]: t["role"] for t in system.get("", f"/procedures/{PROCEDURE}")["tasks"]}

    # Calls that outlive an outage.

    def call(self, who: str, method: str, path: str, **request: Any) -> httpx.Response:
        """Try until there is an answer that is no outage; what was in the way is noted."""
        while True:
            try:
                response = self.system.as_(who).request(method, path, **request)
            except (
                httpx.TransportError,
                RuntimeError,
            ) as error:  # a client closed under our hands: the system stops
                self.outages.append(f"{method} {path}: {type(error).__name__}")
            else:
                if response.status_code < 500:
                    return response
                self.outages.append(f"{method} {path}: {response.status_code}")
                if response.status_code != 503:
                    self.errors.append(f"{method} {path}: {response.status_code} {response.text[:300]}")
            if self.leave.wait(0.25):
                raise TimeoutError(path)

    def read(self, who: str, path: str) -> Json:
        response = self.call(who, "GET", path)
        return response.json() if response.status_code == 200 else {}

    def case(self, case_no: str) -> Json:
        return self.read("supervisor", f"/cases/{case_no}")

    # Filing and answering.

    def file(self, turns: dict[str, str]) -> str:
        """A new case from the form's own example; its number."""
        spec = self.read("", f"/procedures/{PROCEDURE}")
        body = {"procedure": PROCEDURE, "form": spec["form_schema"]["examples"][0]}
        case_no = str(self.call("applicant", "POST", "/cases", json=body).json()["case_no"])
        for material in spec["materials"]:
            if material["required"] and not material["generated"]:
                self.system_paper(case_no, material["kind"])
        declaration = {"accepted": True, "signatory": "陈启明"}
        answer = self.call("applicant", "POST", f"/cases/{case_no}/submit", json={"declaration": declaration})
        assert answer.status_code == 202, answer.text
        self.turns[case_no] = turns
        return case_no

    def system_paper(self, case_no: str, kind: str) -> None:
        from tests.system import PDF

        files = {"file": (f"{kind}.pdf", PDF, "application/pdf")}
        data = {"kind": kind, "sealed": "true"}
        answer = self.call("applicant", "POST", f"/cases/{case_no}/attachments", data=data, files=files)
        assert answer.status_code == 201, answer.text

    def answer(self, case_no: str, task: Json) -> bool:
        """Answer one task; False when it was not to be answered (any more)."""
        kind = task["kind"]
        who = task["assignee"] or ACCOUNTS[self.roles[kind]]
        detail = self.read(who, f"/tasks/{task['id']}")
        if not detail and who == "agency":  # another institution was commissioned
            who = "agency2"
            detail = self.read(who, f"/tasks/{task['id']}")
        if not detail or detail["state"] not in ("open", "claimed"):
            return False
        n = self.counts.get(f"{case_no} {kind}", 0) + 1
        outcome = self.turns[case_no].get(f"{kind}#{n}", detail["outcomes"][0])
        form = next(o["example"] for o in detail["outcome_details"] if o["key"] == outcome)
        began = time.monotonic()
        answer = self.call(
            who,
            "POST",
            f"/tasks/{task['id']}/complete",
            json={"outcome": outcome, "form": form},
            headers={"Idempotency-Key": task["id"]},
        )
        if answer.status_code == 409:  # its limit passed first
            return False
        if answer.status_code != 202:
            self.errors.append(f"{case_no} {kind}: {answer.status_code} {answer.text[:600]}")
            return False
        self.counts[f"{case_no} {kind}"] = n
        self.accepted.append(Accepted(case_no, task["id"], outcome, time.monotonic() - began))
        return True

    def drive(self, case_no: str) -> None:
        """Answer whatever is open until the case ends."""
        while not self.leave.is_set():
            self.go.wait(1)
            if not self.go.is_set():
                continue
            view = self.case(case_no)
            if view.get("status") in ENDS:
                return
            if not [1 for t in view.get("open_tasks", []) if self.answer(case_no, t)]:
                self.leave.wait(0.5)

    def start(self, case_no: str) -> None:
        thread = threading.Thread(target=self._drive, args=(case_no,), daemon=True)
        self.threads.append(thread)
        thread.start()

    def _drive(self, case_no: str) -> None:
        try:
            self.drive(case_no)
        except Exception as error:
            self.errors.append(f"{case_no}: {type(error).__name__} {error}")

    def finish(self, seconds: float) -> list[threading.Thread]:
        """Wait for all cases; the threads still driving when the time is over."""
        end = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0.0, end - time.monotonic()))
        left = [t for t in self.threads if t.is_alive()]
        self.leave.set()
        return left


@dataclass
class Parts:
    """The processes of a system, by name."""

    data_dir: Path
    recovery: dict[str, float] = field(default_factory=dict)

    def pid(self, name: str) -> int:
        return int(json.loads((self.data_dir / "children.json").read_text())[name][0])

    def kill(self, name: str) -> None:
        """kill -9, as a fault would."""
        os.kill(self.pid(name), signal.SIGKILL)

    def freeze(self, name: str) -> Callable[[], None]:
        """Stop the process without ending it; call what is returned to let it go on."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGSTOP)
        return lambda: os.kill(pid, signal.SIGCONT)

    def kill_and_time(self, name: str, people: People) -> None:
        """kill -9, then seconds until another decision of the people is accepted and has moved a case on."""
        before = len(people.accepted)
        self.kill(name)
        began = time.monotonic()
        while len(people.accepted) < before + 3 and time.monotonic() - began < 30:
            time.sleep(0.05)
        self.recovery[name] = time.monotonic() - began
