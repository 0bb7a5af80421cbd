"""Who loses does not stand in the way of those behind; who waited too long is told so, and that nothing changed."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select
from starlette.requests import Request

from api.errors import on_no_database
from api.v1.tasks import CompleteIn, complete
from models.tables import TaskRow
from models.vocabulary.errors import Conflict
from services import tasks
from services.session import transaction
from tests.races import office
from tests.services import desk_rows
from tests.system import wait_for

NUMBERS = count(9000)
REQUEST = Request({"type": "http", "method": "POST", "path": "/api/v1/tasks", "headers": [], "state": {}})


@pytest.fixture
def task(database: str) -> str:
    with transaction() as session:
        desk_rows.city(session)
        case = desk_rows.filed(session, next(NUMBERS))
        return str(desk_rows.asked(session, case, "triage", stage="technical_review").id)


def locked(task: str) -> bool:
    """Would anybody have to wait for the task?"""
    free = select(TaskRow.id).where(TaskRow.id == task).with_for_update(skip_locked=True)
    with transaction() as session:
        return session.exec(free).first() is None


def test_a_loser_lets_go_of_the_task_before_being_told(task: str) -> None:
    """The web ends the loser's transaction some turns later: until then the next loser would have to wait."""
    body, gone = office.answer("triage", "plain"), threading.Event()

    def losing() -> str:
        with transaction() as session:
            me = desk_rows.who(session, "officer2")
        try:
            complete(REQUEST, me, task, CompleteIn(**body))
        except Conflict as refused:
            assert gone.wait(10)
            return refused.kind
        return ""

    with ThreadPoolExecutor(1) as pool:
        with transaction() as first:
            tasks.complete(first, desk_rows.who(first, "officer"), task, **body)
            late = pool.submit(losing)
            wait_for("somebody waits", lambda: _waiting() or None, 10, 0.02)
        wait_for("the task is free while the loser is still being told", lambda: not locked(task) or None, 10)
        assert not late.done()
        gone.set()
        assert late.result(10) == "ended"


def _waiting() -> int:
    [(n,)] = office.rows(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    )
    return int(n)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_whoever_waited_too_long_is_told_that_others_are_at_it(task: str, lang: str) -> None:
    with transaction() as holding:
        holding.exec(select(TaskRow).where(TaskRow.id == task).with_for_update()).one()
        with pytest.raises(DBAPIError) as met, transaction() as session:
            session.exec(select(TaskRow).where(TaskRow.id == task).with_for_update(nowait=True)).one()
    headers = [(b"accept-language", lang.encode()), (b"cookie", f"lang={lang}".encode())]
    answer = asyncio.run(on_no_database(Request(dict(REQUEST.scope) | {"headers": headers}), met.value))
    told = json.loads(bytes(answer.body))
    assert (answer.status_code, told["kind"], answer.headers["retry-after"]) == (409, "busy", "3")
    assert {"zh": "其他人员正在办理同一事项", "en": "Others are acting"}[lang] in told["detail"]
