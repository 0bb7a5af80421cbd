"""The drill of an upgrade: a backup of release 0.1, with cases in every stage, comes up in today's version.

`release_0_1` is what `python -m runtime backup` wrote with the demonstration cases of five procedures (its files
left out). A new release adds its own folder beside it, so that no migration is ever first tried on a real office.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from models.tables import Case, Outbox, TaskRow, User
from models.vocabulary.statuses import OPEN_STATES
from runtime import backup
from services import audit, tally
from services.access import actor_of
from services.reading.status import overview
from services.session import reading, transaction
from services.settings import settings
from tests.conftest import ROOT, _run, environment, make_url

RELEASE = Path(__file__).parent / "release_0_1"
#: What that office sealed its personal data with.
KEY = "upgrade-drill-secret-key-0123456789abcdef"
PAGES = {
    "officer": ("/home", "/tasks?queue=queue", "/staff/cases", "/staff/cases/{case}"),
    "applicant": ("/cases", "/cases/{case}", "/cases/{case}/form"),
    "supervisor": ("/admin/stalled", "/admin/statistics"),
    "auditor": ("/admin/audit",),
}


@pytest.fixture(scope="module")
def database(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The old office's database, restored and brought up to date."""
    _run(template, "create database upgraded")
    url = make_url(template).set(database="upgraded").render_as_string(hide_password=False)
    folder = str(tmp_path_factory.mktemp("upgraded"))
    with environment(DATABASE_URL=url, DATA_DIR=folder, SECRET_KEY=KEY):
        kept = backup.restore(settings(), url, RELEASE)
        subprocess.run(
            [sys.executable, "-m", "alembic", "upgrade", "head"], check=True, cwd=ROOT, env=os.environ
        )
        found = backup.counted(url, Path(folder))
        assert (found.rows, found.heads_sha256) == (kept.rows, kept.heads_sha256)
        assert found.revision > kept.revision
        yield url
    _run(template, "drop database upgraded with (force)")


@pytest.mark.rule("M10")
def test_the_trail_is_whole_and_personal_data_opens(database: str) -> None:
    with reading() as session:
        assert audit.verify(session) == []
        filed = session.exec(select(Case).where(Case.procedure == "project_application")).all()
        assert all(str(c.form["applicant"]["contact_mobile"]).isdigit() for c in filed if c.submitted_at)


def test_statistics_count_what_was_there(database: str) -> None:
    more = True
    while more:
        with transaction() as session:
            more = tally.advance(session)
    with reading() as session:
        assert tally.wrong(session) == []


@pytest.mark.parametrize("who", sorted(PAGES))
def test_pages_show_the_old_cases(who: str, browser: Any) -> None:
    with transaction() as session:
        user = session.exec(select(User).where(User.username == who)).one()
        own = select(Case.case_no).where(
            Case.procedure == "project_application", col(Case.submitted_at).is_not(None)
        )
        case_no = session.exec(
            own.where(Case.filer_id == user.party_id) if who == "applicant" else own
        ).first()
    person = browser(user=user)
    for path in PAGES[who]:
        answer = person.get(path.format(case=case_no))
        assert answer.status_code == 200, (path, answer.status_code)


def test_every_case_says_whose_turn_it_is(database: str) -> None:
    with reading() as session:
        officer = actor_of(session.exec(select(User).where(User.username == "officer")).one())
        for case in session.exec(select(Case).where(col(Case.submitted_at).is_not(None))):
            assert overview(session, officer, case).header.turn.zh


def test_work_goes_on_where_it_stood(browser: Any) -> None:
    with transaction() as session:
        task = session.exec(
            select(TaskRow).where(TaskRow.key == "formal_review", col(TaskRow.state).in_(OPEN_STATES))
        ).first()
        assert task is not None
        user = session.exec(select(User).where(User.username == "intake")).one()
    person, address = browser(user=user), f"/api/v1/tasks/{task.id}"
    person.post(f"{address}/claim", json={})
    outcome = person.get(address).json()["outcome_details"][0]
    body = {"outcome": outcome["key"], "form": outcome["example"]}
    answer = person.post(f"{address}/complete", json=body)
    assert answer.status_code == 202, answer.text
    with reading() as session:
        told = session.exec(select(Outbox.signal).where(Outbox.case_id == task.case_id)).all()
    assert "task_closed" in told
