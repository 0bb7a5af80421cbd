"""Several of what there should be one of: supervisors on one directory, workers on one engine."""

import asyncio
import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
from temporalio.client import Client, WorkflowExecutionStatus

from runtime.parts import WORKER
from tests.system import PASSWORD, ROOT, System, free_port, wait_for

UP = [sys.executable, "-m", "runtime", "up"]


@dataclass
class Rival:
    """One supervisor that was started."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def said(self) -> str:
        return self.log.read_text(errors="replace")


def _start(home: Path, n: int, day: str) -> Rival:
    port, log = free_port(), home / f"up{n}.log"
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PUHUI_")}
    ours = {
        "DATA_DIR": str(home),
        "HTTP_PORT": str(port),
        "WORKING_DAY_SECONDS": day,
        "DEMO_PASSWORD": PASSWORD,
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            UP,
            cwd=ROOT,
            env=kept | {f"PUHUI_{k}": v for k, v in ours.items()},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Rival(process, port, log)


@contextlib.contextmanager
def supervisors(home: Path, many: int, day: str) -> Iterator[tuple[System, list[Rival]]]:
    """Start so many supervisors on one directory at once; the system that is up, and those that were refused."""
    rivals = [_start(home, n, day) for n in range(many)]
    system: System | None = None
    try:
        wait_for("one is left", lambda: sum(r.process.poll() is None for r in rivals) == 1 or None, 60)
        one = next(r for r in rivals if r.process.poll() is None)
        system = System(f"http://127.0.0.1:{one.port}")
        try:
            wait_for("it is up", lambda: _up(one, home), 300, 0.3)
        except AssertionError:
            print(one.said()[-3000:])
            raise
        yield system, [r for r in rivals if r is not one]
        assert "Traceback" not in one.said()[-20000:], one.said()[-4000:]
    finally:
        if system is not None:
            system.close()
        for rival in rivals:
            if rival.process.poll() is None:
                rival.process.send_signal(signal.SIGINT)
                rival.process.wait(30)


def _up(one: Rival, home: Path) -> bool | None:
    assert one.process.poll() is None, one.said()[-3000:]
    if not (home / "running.json").exists():
        return None
    with contextlib.suppress(httpx.HTTPError):
        address = f"http://127.0.0.1:{one.port}/readyz"
        return httpx.get(address, trust_env=False).status_code == 200 or None
    return None


@contextlib.contextmanager
def second_worker(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another worker, with its relay, beside the one the supervisor has; same settings."""
    first = psutil.Process(int(json.loads((home / "children.json").read_text())["worker"][0]))
    with (home / "worker2.log").open("wb") as out:
        process = subprocess.Popen(WORKER, cwd=ROOT, env=first.environ(), stdout=out, stderr=out)
    try:
        log = home / "worker2.log"
        wait_for("a second worker", lambda: b"worker.ready" in log.read_bytes() or None, 120)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@dataclass
class Course:
    """What a case's workflow heard and did, from its history."""

    runs: int
    status: str
    heard: Counter[str]
    outcomes: dict[str, str]
    ended: list[str]
    failures: list[str]


def courses(home: Path, case_ids: list[str]) -> dict[str, Course]:
    """The histories of these cases, read from the engine."""
    note = json.loads((home / "running.json").read_text())
    return asyncio.run(_courses(note["temporal_address"], case_ids))


async def _courses(address: str, case_ids: list[str]) -> dict[str, Course]:
    client = await Client.connect(address)
    return {case_id: await _course(client, case_id) for case_id in case_ids}


async def _course(client: Client, case_id: str) -> Course:
    runs = [w async for w in client.list_workflows(f"WorkflowId = 'case-{case_id}'")]
    handle = client.get_workflow_handle(f"case-{case_id}")
    events = json.loads((await handle.fetch_history()).to_json())["events"]
    found = Course(len(runs), _name((await handle.describe()).status), Counter(), {}, [], [])
    for event in events:
        _note(found, event)
    return found


def _name(status: WorkflowExecutionStatus | None) -> str:
    return status.name if status else ""


def _note(course: Course, event: dict[str, Any]) -> None:
    if failed := event.get("workflowTaskFailedEventAttributes"):
        course.failures.append(str(failed.get("cause")))
    if done := event.get("activityTaskCompletedEventAttributes"):
        _overdue(course, done)
    signalled = event.get("workflowExecutionSignaledEventAttributes")
    if not signalled:
        return
    fact = _payload(signalled.get("input"))
    if signalled["signalName"] == "task_closed":
        course.heard[fact["task_id"]] += 1
        course.outcomes[fact["task_id"]] = fact["outcome"]
    elif signalled["signalName"] == "case_ended":
        course.ended.append(fact["result"])


def _overdue(course: Course, done: dict[str, Any]) -> None:
    """A limit that ran out is heard as the answer of the activity that looked."""
    closed = (_payload(done.get("result")) or {}).get("closed")
    if isinstance(closed, dict) and closed.get("outcome") == "overdue":
        course.heard[closed["task_id"]] += 1
        course.outcomes[closed["task_id"]] = "overdue"


def _payload(value: Any) -> Any:
    payloads = (value or {}).get("payloads") or [{}]
    return json.loads(base64.b64decode(payloads[0].get("data", "")) or b"{}")
