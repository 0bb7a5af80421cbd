"""The real shutdown signal: whoever is told "error" has decided nothing."""

import contextlib
import signal
import threading
import time
from typing import Any

import httpx
import psycopg

from tests.blackbox.play import ACCOUNTS, example_for
from tests.faults.faults import Storm, fault
from tests.system import System, wait_for

#: Seconds for which a lock holds one decision up; longer than a web that is told to end used to wait.
HELD_UP = 3.5


@fault
def web_told_to_end(storm: Storm) -> None:
    """SIGTERM while decisions are under way, one of them held up by a lock on its case."""
    storm.cases.go.clear()
    time.sleep(3)
    tasks = wait_for("open tasks", lambda: _answerable(storm) or None, 60, 1)
    answers: list[tuple[str, int | str]] = []
    closed: list[float] = []
    clients = [System(storm.office.address) for _ in tasks]
    for client, task in zip(clients, tasks, strict=True):
        client.as_(task["who"])  # signed in before the signal

    def decide(client: System, task: dict[str, Any]) -> None:
        try:
            answer = client.as_(task["who"]).post(f"/tasks/{task['id']}/complete", json=task["body"])
            answers.append((task["id"], answer.status_code))
        except httpx.TransportError as error:
            answers.append((task["id"], type(error).__name__))

    threads = [threading.Thread(target=decide, args=pair) for pair in zip(clients, tasks, strict=True)]
    with psycopg.connect(storm.office.database) as holding:
        holding.execute("select 1 from case_file where case_no = %s for update", [tasks[0]["case_no"]])
        live = threading.Thread(target=_watch, args=(storm, tasks[0]["case_no"], closed))
        for thread in (live, *threads):
            thread.start()
        time.sleep(0.2)
        began = time.monotonic()
        storm.office.send("web", signal.SIGTERM)
        time.sleep(HELD_UP)
    for thread in threads:
        thread.join()
    live.join()
    storm.measured("told_to_end_live_page_closed_s", closed[0] - began)
    _judge(storm, answers)
    storm.cases.go.set()
    storm.measured("web_told_to_end_goes_on_s", storm.goes_on(began))


def _watch(storm: Storm, case_no: str, closed: list[float]) -> None:
    """A live page that is open when the web is told to end."""
    client = storm.people.as_("supervisor")
    headers, address = dict(client.headers), f"{storm.office.address}/api/v1/cases/{case_no}/events"
    with (
        contextlib.suppress(httpx.TransportError),
        httpx.stream("GET", address, headers=headers, timeout=30, trust_env=False) as stream,
    ):
        for _ in stream.iter_raw():
            """Whatever happens to the case."""
    closed.append(time.monotonic())


def _judge(storm: Storm, answers: list[tuple[str, int | str]]) -> None:
    """Told yes and not counted, or told an error, or nothing, and counted all the same."""
    counted = {row[0] for row in storm.office.rows("select task_id::text from submission")}
    storm.figures["told_to_end_answers"] = [said for _, said in answers]
    storm.figures["told_to_end_wrong"] = [
        (task, said) for task, said in answers if (said == 202) != (task in counted)
    ]


def _answerable(storm: Storm) -> list[dict[str, Any]]:
    """Open tasks of different cases, each with who may answer it and a whole answer."""
    found: dict[str, dict[str, Any]] = {}
    for (
        case_no,
        task_id,
        role,
        holder,
    ) in storm.office.rows("""select c.case_no, t.id::text, t.role, u.username
            from task t join case_file c on c.id = t.case_id left join user_account u on u.id = t.assignee_id
            where t.state in ('open', 'claimed') and t.role in ('intake', 'officer', 'supervisor', 'expert')
            and c.title not like '%演示%' order by t.opened_at desc limit 40"""):
        who = holder or ACCOUNTS.get(role)
        if who is None or case_no in found or case_no not in storm.cases.numbers:
            continue
        read = storm.people.as_(who).get(f"/tasks/{task_id}")
        if read.status_code == 200:
            found[case_no] = {"id": task_id, "case_no": case_no, "who": who, "body": example_for(read.json())}
    return list(found.values())
