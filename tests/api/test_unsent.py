"""A form the database could not take just now: nothing is done, and what was typed can be sent again."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select

from models.tables import TaskRow
from services.session import engine, reading, transaction
from tests.api import case_world
from tests.api.test_tasks_pages import typed
from tests.architecture.tree import ROOT
from tests.conftest import environment

CORRECTION = {
    "_outcome": "request_correction",
    "eligibility_confirmed": "true",
    "items.0.complete": "true",
    "items.0.conforming": "true",
    "items.0.sealed": "false",
    "defects.0.target": "materials.licence",
    "defects.0.requirement": "请加盖公章。",
    "defects.0.basis": "申请指南",
}
DOOR = "/account/password"
NEW = {"old": "keep-this-secret-1", "new": "keep-this-secret-2", "again": "keep-this-secret-2"}
NO_HEADER = {"X-CSRF-Token": ""}
AWAY = "postgresql+psycopg://puhui@127.0.0.1:1/none"
PATIENCE = "set local lock_timeout = '200ms'"


@pytest.fixture
def review(browser: Any) -> str:
    with transaction() as session:
        row = case_world.filer(session)
    return case_world.asked(case_world.filed(browser(user=row)), "formal_review", "formal_review")


@pytest.fixture
def _impatient(review: str) -> Iterator[None]:
    """Nobody waits longer than a blink for a row."""

    def begin(connection: Any) -> None:
        connection.exec_driver_sql(PATIENCE)

    event.listen(engine(), "begin", begin)
    yield
    event.remove(engine(), "begin", begin)


def again(page: str) -> dict[str, str]:
    """The form on the error page, as a browser would send it."""
    inside = page.split('<form method="post" action="/tasks/', 1)[1].split("</form>", 1)[0]
    found = re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', inside, re.DOTALL)
    return {name: html.unescape(value) for name, value in found}


@pytest.mark.usefixtures("_impatient")
def test_words_can_be_sent_again_when_others_were_at_the_matter_too_long(browser: Any, review: str) -> None:
    me = browser("intake")
    words = typed(me.get(f"/tasks/{review}").text, _do="submit", **CORRECTION)
    with transaction() as holding:
        holding.exec(select(TaskRow).where(TaskRow.id == review).with_for_update()).one()
        answer = me.post(f"/tasks/{review}", words)
    assert answer.status_code == 409
    assert "其他人员正在办理同一事项" in answer.text
    assert "本环节已经结束" not in answer.text
    assert f'action="/tasks/{review}"' in answer.text
    kept = again(answer.text)
    assert kept["reason"] == "我写的理由"
    assert me.post(f"/tasks/{review}", kept).status_code == 303
    with reading() as session:
        assert session.get_one(TaskRow, review).state == "done"


@pytest.mark.usefixtures("_impatient")
def test_a_page_that_was_only_looked_at_offers_nothing_to_send(browser: Any, review: str) -> None:
    me = browser("intake")
    with transaction() as holding:
        holding.exec(select(TaskRow).where(TaskRow.id == review).with_for_update()).one()
        assert me.get(f"/tasks/{review}").status_code == 200


def test_words_stay_on_the_page_while_the_database_is_away(browser: Any, review: str) -> None:
    me = browser("intake")
    words = typed(me.get(f"/tasks/{review}").text, _do="draft", _outcome="refuse")
    with environment(DATABASE_URL=AWAY):
        answer = me.post(f"/tasks/{review}", words)
    assert answer.status_code == 503
    assert again(answer.text)["reason"] == "我写的理由"


def test_a_password_is_never_written_on_a_page(browser: Any) -> None:
    me = browser("officer")
    with environment(DATABASE_URL=AWAY):
        answer = me.client.post("/login", data={"username": "intake", "password": "keep-this-secret"})
        changed = me.post(DOOR, NEW)
    assert (answer.status_code, changed.status_code) == (503, 503)
    assert "keep-this-secret" not in answer.text + changed.text


def test_a_refused_password_is_not_written_on_a_page_either(browser: Any) -> None:
    me, elsewhere = browser("officer"), {"Origin": "https://evil.example"}
    login = {"username": "intake", "password": "keep-this-secret"}
    foreign = [me.client.post(p, data=d, headers=elsewhere) for p, d in {"/login": login, DOOR: NEW}.items()]
    older = me.client.post(DOOR, data=NEW | {"csrf": "of-an-older-page"}, headers=me.headers | NO_HEADER)
    for answer in (*foreign, older):
        assert answer.status_code == 403
        assert "keep-this-secret" not in answer.text
    assert 'href="/account"' in older.text  # the way back instead of "send again"


def test_a_password_typed_after_the_session_ended_is_typed_again(browser: Any, client: Any) -> None:
    answer = client.post(DOOR, data=NEW)
    assert answer.status_code == 401
    assert "keep-this-secret" not in answer.text
    assert 'name="late"' not in answer.text


def test_every_form_with_a_password_is_known_to_keep_nothing() -> None:
    from api import resumption

    pages = [f.read_text() for f in (ROOT / "api/templates").rglob("*.html")]
    asking = [p for p in pages if "type='password'" in p or 'type="password"' in p]
    sent = [f for p in asking for f in p.split('<form method="post" action="')[1:]]
    forms = [f.split('"')[0] for f in sent if "'password'" in f.split("</form>")[0]]
    assert set(forms) == set(resumption.PASSWORDS)
