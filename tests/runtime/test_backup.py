"""The drill: what was backed up is restored elsewhere, whole, with an unbroken trail and readable papers."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from models.tables import Attachment, Case
from runtime import backup
from runtime.errors import RuntimeTrouble
from services import audit, blobs
from services import session as sessions
from services.session import transaction
from services.settings import settings
from tests.api import case_world
from tests.conftest import _run, clone_of, environment


@pytest.fixture
def filled(client: Any, browser: Any) -> str:
    """A database with a filed case and its papers; its number."""
    with transaction() as session:
        filer = case_world.filer(session)
    return case_world.filed(browser(user=filer))


def empty(template: str, name: str) -> str:
    _run(template, f"create database {name}")
    return (
        template.rsplit("/", 1)[0] + f"/{name}"
        if "?" not in template
        else template.replace("/puhui?", f"/{name}?")
    )


@pytest.mark.rule("M10")
def test_a_restored_system_is_whole(filled: str, database: str, template: str, tmp_path: Path) -> None:
    kept = backup.back_up(settings(), database, tmp_path / "copy")
    assert kept.rows["case_file"] == 1
    assert kept.files > 0
    target = empty(template, "restored")
    try:
        with environment(DATA_DIR=str(tmp_path / "new"), DATABASE_URL=target):
            found = backup.restore(settings(), target, tmp_path / "copy")
            assert (found.rows, found.heads_sha256) == (kept.rows, kept.heads_sha256)
            with Session(sessions.engine()) as session:
                case = session.exec(select(Case)).one()
                assert case.case_no == filled
                assert case.form["applicant"]["contact_mobile"] == "13800138000"
                assert audit.verify(session) == []
                paper = session.exec(select(Attachment)).first()
                assert paper is not None
                assert blobs.get(paper.sha256)
    finally:
        _run(template, "drop database restored with (force)")


def test_a_damaged_backup_is_refused(filled: str, database: str, template: str, tmp_path: Path) -> None:
    backup.back_up(settings(), database, tmp_path / "copy")
    file = tmp_path / "copy" / backup.DUMP
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with clone_of(template) as other, pytest.raises(RuntimeTrouble, match="损坏"):
        backup.restore(settings(), other, tmp_path / "copy")


def test_nothing_is_restored_over_what_is_there(filled: str, database: str, tmp_path: Path) -> None:
    backup.back_up(settings(), database, tmp_path / "copy")
    with pytest.raises(RuntimeTrouble, match="空"):
        backup.restore(settings(), database, tmp_path / "copy")
    with pytest.raises(RuntimeTrouble, match="空"):
        backup.back_up(settings(), database, tmp_path / "copy")
