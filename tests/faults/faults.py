"""What can go wrong, one function a fault: each breaks something, puts it right, and notes how long it took."""

import contextlib
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg

from tests.blackbox.play import attach, draft, submit
from tests.faults.courses import Cases
from tests.faults.office import Office, together
from tests.faults.people import SteadySystem
from tests.system import PDF, wait_for

Figures = dict[str, Any]
#: So many decisions make sure that work goes on.
GOES_ON = 3
#: Whoever works with the system every day.
EVERYBODY = ("applicant", "operator", "merchant", "resident", "intake", "officer", "supervisor", "issuer", "exchange",
             "mall", "bureau", "agency", "expert01", "admin", "auditor")  # fmt: skip


@dataclass
class Storm:
    """The office, the people in it, and what was measured."""

    office: Office
    people: SteadySystem
    cases: Cases
    rng: random.Random
    outage: float
    figures: Figures = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def goes_on(self, since: float, seconds: float = 300) -> float:
        """Seconds from `since` until some more decisions were accepted and a course has taken another step."""
        began, instant = time.monotonic(), time.time() + 0.2
        wait_for("work goes on", lambda: self._moved(began, instant), seconds, 0.1)
        return time.monotonic() - since

    def _moved(self, since: float, instant: float) -> bool | None:
        if not self.cases.running():
            return True
        if len(self.people.diary.since(since)) < GOES_ON:
            return None
        with contextlib.suppress(psycopg.Error):  # the database may be the part that is away
            return (
                bool(
                    self.office.rows(f"select 1 from task where opened_at > to_timestamp({instant}) limit 1")
                )
                or None
            )
        return None

    def browser(self, who: str) -> contextlib.closing[httpx.Client]:
        """A signed-in browser."""
        return contextlib.closing(self.office.plain().browser(who))

    def measured(self, name: str, value: Any) -> None:
        """Keep a figure; the worst of several."""
        before = self.figures.get(name)
        self.figures[name] = max(before, value) if isinstance(before, float) else value


Fault = Callable[[Storm], None]
FAULTS: dict[str, Fault] = {}


def fault(function: Fault) -> Fault:
    """Register a fault under its function's name."""
    FAULTS[function.__name__] = function
    return function


# ---- processes -----------------------------------------------------------------------------------


def _killed(storm: Storm, name: str) -> None:
    began = time.monotonic()
    storm.office.kill(name)
    storm.measured(f"{name}_killed_s", storm.goes_on(began))


@fault
def worker_killed(storm: Storm) -> None:
    """kill -9 of the worker, and with it of the relay, the observer and the mail."""
    _killed(storm, "worker")


@fault
def web_killed(storm: Storm) -> None:
    """kill -9 of the web."""
    _killed(storm, "web")


@fault
def temporal_killed(storm: Storm) -> None:
    """kill -9 of the engine."""
    _killed(storm, "temporal")


@fault
def postgres_killed(storm: Storm) -> None:
    """kill -9 of the database."""
    _killed(storm, "postgres")


@fault
def everything_killed(storm: Storm) -> None:
    """kill -9 of the whole `make up`, which is then started again."""
    storm.office.kill_everything()
    storm.measured("everything_killed_up_again_s", storm.office.start())
    storm.goes_on(time.monotonic())


@fault
def second_supervisor(storm: Storm) -> None:
    """`make up` once more on the same data: told so, and nothing else happens."""
    done = storm.office.second()
    storm.figures["second_supervisor"] = (done.returncode, (done.stdout + done.stderr).strip())
    storm.goes_on(time.monotonic())


@fault
def day_passes_while_all_is_down(storm: Storm) -> None:
    """The last day of a publicity passes while nothing runs; afterwards it is closed, once, and the case goes on."""
    query = """select c.case_no, n.id, extract(epoch from n.closes_at - now())::float8 from notice n
        join case_file c on c.id = n.case_id where n.state = 'open'
        and n.closes_at between now() + interval '4 seconds' and now() + interval '25 seconds' limit 1"""
    [case_no, notice, left] = wait_for("a publicity about to end", lambda: _first(storm, query), 90, 0.5)
    began = time.monotonic()
    storm.measured("stopped_s", storm.office.stop())
    time.sleep(max(0.0, left + 1 - (time.monotonic() - began)))
    storm.measured("restarted_up_s", storm.office.start())
    up = time.monotonic()
    state = f"select state from notice where id = {notice} and state = 'closed'"
    wait_for(f"publicity of {case_no} closed", lambda: _first(storm, state), 60, 0.2)
    storm.measured("day_passed_closed_after_s", time.monotonic() - up)
    storm.goes_on(time.monotonic())


def _first(storm: Storm, query: str) -> tuple[Any, ...] | None:
    return next(iter(storm.office.rows(query)), None)


# ---- the engine away -----------------------------------------------------------------------------


@fault
def temporal_unreachable(storm: Storm) -> None:
    """The engine stands still; everybody reads and decides all the same; then what waits is delivered."""
    storm.cases.go.clear()  # so that there is something to decide when it stands still
    time.sleep(4)
    go_on, began = storm.office.freeze("temporal"), time.monotonic()
    try:
        storm.cases.go.set()
        together(lambda: _pages(storm), lambda: _file_one(storm))
        time.sleep(max(0.0, storm.outage - (time.monotonic() - began)))
        storm.figures["standstill_decisions"] = len(storm.people.diary.since(began))
        storm.figures["standstill_kinds"] = len({d.kind for d in storm.people.diary.since(began)})
        storm.figures["standstill_outages"] = storm.people.diary.in_the_way(began)
        storm.figures["standstill_waiting"] = storm.office.rows("select count(*) from outbox where not dead")[
            0
        ][0]
    finally:
        go_on()
    back = time.monotonic()
    query = "select 1 from outbox where not dead and created_at < now() - interval '2 seconds' limit 1"
    wait_for("the queue is empty", lambda: not storm.office.rows(query) or None, 120, 0.1)
    storm.measured("standstill_drained_s", time.monotonic() - back)
    storm.measured("standstill_goes_on_s", storm.goes_on(back))


def _pages(storm: Storm) -> None:
    """Every page that the navigation of each role leads to."""
    wrong, slowest, n = [], 0.0, 0
    for who in EVERYBODY:
        with storm.browser(who) as browser:
            home = browser.get("/", follow_redirects=True).text
            for path in ["/", *sorted(set(re.findall(r'href="(/[a-z][a-z/-]*)"', home)))]:
                if path.startswith(("/static", "/logout", "/lang")):
                    continue
                began = time.monotonic()
                status = browser.get(path, follow_redirects=True).status_code
                slowest, n = max(slowest, time.monotonic() - began), n + 1
                if status != 200:
                    wrong.append((who, path, status))
    storm.figures |= {
        "standstill_pages": n,
        "standstill_slowest_page_s": slowest,
        "standstill_pages_wrong": wrong,
    }


def _file_one(storm: Storm) -> None:
    """A new application, filed and taken back before anybody looks at it."""
    case_no = draft(storm.people)
    assert submit(storm.people, case_no).status_code == 202
    body = {"reason": "演练：引擎停顿期间申报后撤回。"}
    answer = storm.people.as_("applicant").post(f"/cases/{case_no}/withdraw", json=body)
    storm.figures["standstill_filed_and_withdrawn"] = answer.status_code


@fault
def engine_lost(storm: Storm) -> None:
    """The whole file of the engine is gone; its courses are begun again from the rows."""
    storm.office.stop()
    for file in storm.office.home.glob("temporal.db*"):
        file.unlink()
    storm.measured("engine_lost_up_s", storm.office.start())
    up = time.monotonic()
    found = "select 1 from engine_health where key = 'reconcile' and data -> 'without_workflow' <> '[]'"
    if storm.cases.running():
        wait_for("the lost workflows are found", lambda: _first(storm, found), 60)
    storm.measured("engine_lost_found_s", time.monotonic() - up)


# ---- the database, the disk, the mail ------------------------------------------------------------


@fault
def database_refuses(storm: Storm) -> None:
    """PostgreSQL runs and refuses every connection: 503 in words, nothing worse."""
    plain = storm.office.plain()
    with storm.office.refusing():
        began = time.monotonic()
        time.sleep(1)
        answers = [
            httpx.get(f"{plain.address}{path}", trust_env=False)
            for path in ("/", "/notices", "/api/v1/public/notices")
        ]
        storm.figures["refused_answers"] = sorted({a.status_code for a in answers})
        time.sleep(max(0.0, 6 - (time.monotonic() - began)))
    storm.measured("database_refused_goes_on_s", storm.goes_on(time.monotonic()))


@fault
def disk_full(storm: Storm) -> None:
    """No room for uploads and letters: the upload is refused in words, letters wait, both go through afterwards."""
    if not storm.office.disk.real:
        storm.figures["disk_full"] = "not tried: no right to mount a small disk"
        return
    case_no, plain = draft(storm.people, papers=False), storm.office.plain()
    kind = next(
        m["kind"]
        for m in storm.people.get("", "/procedures/project_application")["materials"]
        if m["required"]
    )
    storm.office.disk.fill()
    try:
        answer = attach(plain, case_no, kind, content=PDF + b"% a" * 2000)
        storm.figures["disk_full"] = (answer.status_code, answer.json().get("detail", ""))
        wait_for(
            "a letter waits for room",
            lambda: _first(storm, "select 1 from engine_trouble where kind = 'activity'"),
            40,
        )
        storm.figures["disk_full_told"] = storm.office.rows(
            "select message from engine_trouble where kind = 'activity'"
        )
    finally:
        storm.office.disk.empty()
        plain.close()
    room = time.monotonic()
    assert attach(storm.people, case_no, kind).status_code == 201
    mended(storm, room, "disk_full_letters_made_s")


def mended(storm: Storm, since: float, figure: str) -> None:
    """Wait until no step of any course fails any more."""
    query = "select 1 from engine_trouble where kind = 'activity' limit 1"
    wait_for("nothing fails any more", lambda: not storm.office.rows(query) or None, 90)
    storm.measured(figure, time.monotonic() - since)
    storm.goes_on(time.monotonic())


@fault
def mail_down(storm: Storm) -> None:
    """Nobody takes mails: they wait."""
    storm.office.mail.down()
    query = "select id from notification where mail = 'pending' and mail_tries > 0"
    wait_for("a mail that has to wait", lambda: storm.office.rows(query) or None, 60)
    time.sleep(3)
    storm.figures["mails_that_waited"] = [f"<n{row[0]}@puhui.local>" for row in storm.office.rows(query)]
    storm.office.mail.up()
