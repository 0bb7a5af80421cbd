"""The same instant over real HTTP, with a handful of people: `make races` has the crowd and the engine."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import uvicorn
from sqlalchemy.engine import make_url
from sqlmodel import select

from models.tables import Case, TaskDraft, TaskRow
from runtime.errors import RuntimeTrouble
from runtime.lock import only_one
from services import clock, course, reminders
from services.session import reading, transaction
from tests.conftest import ROOT, environment
from tests.races import office
from tests.races.crowd import Act, Crowd, Told, told_properly
from tests.services import desk_rows
from tests.system import free_port, wait_for

NUMBERS = count(7000)
TASKS = "/api/v1/tasks"


@pytest.fixture(scope="module")
def crowd(database: str) -> Iterator[Crowd]:
    """The web on a port of its own, over the module's database; nobody but people act here."""
    from api.app import app

    with transaction() as session:
        desk_rows.city(session)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", port, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for("the web listens", lambda: server.started or None, 20, 0.05)
    yield Crowd(f"http://127.0.0.1:{port}")
    server.should_exit = True
    thread.join(10)
    assert office.contradictions() == {}


def filed() -> str:
    with transaction() as session:
        return desk_rows.filed(session, next(NUMBERS)).case_no


def asked(case_no: str, key: str, stage: str | None = "formal_review") -> str:
    with transaction() as session:
        case = session.exec(select(Case).where(Case.case_no == case_no).with_for_update()).one()
        return str(desk_rows.asked(session, case, key, stage=stage).id)


def completing(task: str, token: str, key: str = "", body: Any = None, at: float = 0.0) -> Act:
    return Act(token, f"{TASKS}/{task}/complete", body or office.answer("triage", "plain"), key=key, at=at)


def winners(told: list[Told]) -> list[Told]:
    told_properly(told)
    return [t for t in told if t.won]


def test_a_crowd_on_the_same_tasks_decides_each_once(crowd: Crowd) -> None:
    tasks = [asked(filed(), "triage", "technical_review") for _ in range(4)]
    tokens = office.officers("officer", 24, "crowd")
    ways = []
    for n, token in enumerate(tokens):
        claiming = [Act(token, f"{TASKS}/{task}/claim", {}) for task in tasks]
        deciding = [completing(task, token) for task in tasks]
        ways.append([a for pair in zip(claiming, deciding, strict=True) for a in pair] if n % 2 else deciding)
    told = crowd.walk(ways)
    decided = [t for t in winners(told) if t.act.path.endswith("complete")]
    assert sorted(t.act.path for t in decided) == sorted(f"{TASKS}/{task}/complete" for task in tasks)
    assert office.submissions(tasks) == dict.fromkeys(tasks, 1)
    claims = [t.act.path for t in told if t.won and t.act.path.endswith("claim")]
    assert len(claims) == len(set(claims))


@pytest.mark.parametrize("turn", range(3))
def test_the_same_key_at_once_is_one_answer_for_all_who_sent_it(crowd: Crowd, turn: int) -> None:
    task, token = asked(filed(), "triage", "technical_review"), office.token("officer")
    told = crowd.at_once([completing(task, token, f"double-{turn}") for _ in range(6)])
    assert [t.status for t in told] == [202] * 6
    assert len({(t.body["id"], t.body["version"]) for t in told}) == 1
    assert office.submissions([task])[task] == 1


def test_other_keys_at_once_are_other_answers(crowd: Crowd) -> None:
    task, token = asked(filed(), "triage", "technical_review"), office.token("officer")
    told = crowd.at_once([completing(task, token, f"mine-{n}") for n in range(6)])
    assert len(winners(told)) == 1
    assert office.submissions([task])[task] == 1


def test_an_answer_in_the_instant_of_its_deadline_counts_or_is_told(crowd: Crowd) -> None:
    tasks = [asked(filed(), "correction") for _ in range(5)]
    due, token = clock.now() + timedelta(seconds=0.6), office.token("applicant")
    with transaction() as session:
        for task in tasks:
            session.get_one(TaskRow, UUID(task)).due_at = due

    def closing(task: str) -> str:
        time.sleep(max(0.0, due.timestamp() - time.time()))
        with transaction() as session:
            closed = course.close_overdue(session, task, clock.now()).closed
            return closed.outcome if closed else ""

    at, body = due.timestamp(), office.answer("correction")
    acts = [completing(t, token, body=body, at=at + (n - 2) * 0.02) for n, t in enumerate(tasks)]
    with ThreadPoolExecutor(len(tasks)) as pool:
        closings = [pool.submit(closing, task) for task in tasks]
        told = crowd.at_once(acts)
        closed = [c.result(20) for c in closings]
    told_properly(told)
    for task, answer, heard in zip(tasks, told, closed, strict=True):
        expected = ("done", "resubmit", 1) if answer.won else ("overdue", "overdue", 0)
        assert (*office.state(task), office.submissions([task])[task]) == expected
        assert heard == office.state(task)[1]
        if not answer.won:
            assert "期限已届满" in answer.body["detail"]


def test_a_withdrawal_and_a_decision_are_told_of_each_other(crowd: Crowd) -> None:
    officer, applicant = office.token("officer"), office.token("applicant")
    for _ in range(3):
        case_no = filed()
        task = asked(case_no, "triage", "technical_review")
        gone, decided = crowd.at_once(
            [
                Act(applicant, f"/api/v1/cases/{case_no}/withdraw", {"reason": "计划变更"}),
                completing(task, officer),
            ]
        )
        told_properly([decided])
        assert gone.status == 202
        assert office.state(task) == (("done", "plain") if decided.won else ("cancelled", ""))
        assert decided.kind in ("", "case_ended")


def test_whoever_hands_on_and_decides_at_once_does_one_of_both(crowd: Crowd) -> None:
    holder, other = office.token("officer"), office.token("officer2")
    for _ in range(3):
        task = asked(filed(), "triage", "technical_review")
        crowd.at_once([Act(holder, f"{TASKS}/{task}/claim", {})])
        handed, mine, theirs = crowd.at_once(
            [
                Act(holder, f"{TASKS}/{task}/delegate", {"to": "officer2", "reason": "外出"}),
                completing(task, holder),
                completing(task, other),
            ]
        )
        told_properly([handed, mine, theirs])
        assert not (handed.won and mine.won)
        assert not (mine.won and theirs.won)
        assert office.submissions([task])[task] == (mine.won or theirs.won)
        if theirs.won:
            behalf = office.rows("select on_behalf from submission where task_id::text = %s", task)
            assert handed.won
            assert behalf[0][0] is not None


def test_reminders_of_many_tasks_hold_up_nobody(crowd: Crowd) -> None:
    """One transaction for all reminders would keep every task of a round locked until the last person is told."""
    tasks, token = [asked(filed(), "triage", "technical_review") for _ in range(3)], office.token("officer")
    overdue = datetime(2026, 12, 23, 10, 0, tzinfo=clock.SHANGHAI)
    with transaction() as sweeping:
        with clock.at(overdue):
            assert reminders.sweep(sweeping, 1) == 1
        locked = {str(t) for t in sweeping.exec(select(TaskRow.id).where(TaskRow.reminded > 0))}
        assert len(locked) == 1
        told = crowd.at_once([completing(t, token) for t in tasks if t not in locked])
    assert {t.status for t in told} == {202}
    assert max(t.seconds for t in told) < 5


def test_whoever_comes_late_is_told_while_the_course_holds_the_case(crowd: Crowd) -> None:
    """Documents are made under the lock of the case; two hundred people must not queue behind them to hear “too late”."""
    case_no = filed()
    task, token = asked(case_no, "triage", "technical_review"), office.token("officer")
    crowd.at_once([completing(task, token)])
    with transaction() as session:
        session.exec(select(Case).where(Case.case_no == case_no).with_for_update()).one()
        late = crowd.at_once([completing(task, token), Act(token, f"{TASKS}/{task}/claim", {})])
    told_properly(late)
    assert [t.kind for t in late] == ["ended", "ended"]
    assert max(t.seconds for t in late) < 5


# ---- people at a browser -------------------------------------------------------------------------


def desk_form(csrf: str, words: str) -> dict[str, str]:
    return {"csrf": csrf, "_do": "submit", "_outcome": "plain", "reason": words}


def test_a_double_click_on_the_desk_decides_once_and_keeps_the_words(crowd: Crowd) -> None:
    task = asked(filed(), "triage", "technical_review")
    cookie, csrf = office.browser("officer")
    words = [f"第{n}次点击时写的理由" for n in range(6)]
    told = crowd.at_once(
        [Act("", f"/tasks/{task}", form=desk_form(csrf, said), cookie=cookie) for said in words]
    )
    assert len(winners(told)) == 1
    for said, answer in zip(words, told, strict=True):
        if not answer.won:
            assert said in answer.text
            assert "办结" in answer.text
    assert office.submissions([task])[task] == 1


def test_drafts_saved_at_once_leave_one_draft(crowd: Crowd) -> None:
    task = asked(filed(), "triage", "technical_review")
    cookie, csrf = office.browser("officer")
    forms = [desk_form(csrf, f"草稿{n}") | {"_do": "draft"} for n in range(8)]
    told = crowd.at_once([Act("", f"/tasks/{task}", form=f, cookie=cookie) for f in forms])
    assert [t.status for t in told] == [303] * 8
    with reading() as session:
        kept = session.exec(select(TaskDraft).where(TaskDraft.task_id == UUID(task))).all()
        assert [d.form["reason"][:2] for d in kept] == ["草稿"]


def test_an_applicant_who_answers_too_late_reads_why_and_keeps_the_words(crowd: Crowd) -> None:
    case_no = filed()
    task = asked(case_no, "objection_reply", "publicity")
    cookie, csrf = office.browser("applicant")
    crowd.at_once(
        [Act(office.token("applicant"), f"/api/v1/cases/{case_no}/withdraw", {"reason": "计划变更"})]
    )
    form = {"csrf": csrf, "_do": "send", "reply": "电表读数与结算单一致，附说明。"}
    late = crowd.at_once([Act("", f"/cases/{case_no}/answer/{task}", form=form, cookie=cookie)])[0]
    told_properly([late])
    assert (late.status, "已办结" in late.text) == (409, True)
    assert "电表读数与结算单一致" in late.text


# ---- machines ------------------------------------------------------------------------------------


def test_two_migrations_at_once_make_one_database(template: str) -> None:
    name = "race_migrations"
    plain = make_url(template).set(drivername="postgresql")
    with psycopg.connect(plain.set(database="postgres").render_as_string(False), autocommit=True) as admin:
        admin.execute(f"create database {name}")  # type: ignore[arg-type]
        url = make_url(template).set(database=name).render_as_string(False)
        with environment(DATABASE_URL=url):
            command = [sys.executable, "-m", "alembic", "upgrade", "head"]
            both = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
            said = [p.communicate(timeout=60)[1] for p in both]
            assert [p.returncode for p in both] == [0, 0], said
            heads = office.rows("select version_num from alembic_version")
            seeded = office.rows("select count(*) - count(distinct key) from limit_setting")
        admin.execute(f"drop database {name} with (force)")  # type: ignore[arg-type]
    assert (len(heads), seeded) == (1, [(0,)])


def test_one_of_many_supervisors_gets_the_directory(tmp_path: Path) -> None:
    gate, done = threading.Barrier(8), threading.Event()

    def starting() -> str:
        gate.wait(5)
        try:
            with only_one(tmp_path):
                done.wait(5)
                return "runs"
        except RuntimeTrouble as trouble:
            return str(trouble)

    with ThreadPoolExecutor(8) as pool:
        tried = [pool.submit(starting) for _ in range(8)]
        wait_for("seven are refused", lambda: sum(t.done() for t in tried) == 7 or None, 5, 0.02)
        done.set()
        found = [t.result(5) for t in tried]
    assert found.count("runs") == 1
    assert all(f"{os.getpid()}" in f for f in found if f != "runs"), found
