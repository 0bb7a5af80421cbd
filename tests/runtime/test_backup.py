"""The drill: what was backed up is restored elsewhere, whole, with an unbroken trail and readable papers."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url
from sqlmodel import Session, select

from models.tables import Attachment, Case
from models.vocabulary.events import Event
from runtime import backup, backup_shelf
from runtime.errors import RuntimeTrouble
from services import audit, blobs
from services import session as sessions
from services.session import transaction
from services.settings import settings
from tests.api import case_world
from tests.conftest import ROOT, _run, clone_of, environment


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


@pytest.fixture
def maker(template: str) -> Iterator[str]:
    """Somebody who may make roles, so that the ledger has an owner of its own; the address of the server."""
    server = make_url(template).set(username="postgres").render_as_string(hide_password=False)
    _run(server, "create role maker login createrole")
    yield server
    for name in ("made", "elsewhere", "third"):
        _run(server, f"drop database if exists {name} with (force)")
    _run(server, "drop role if exists puhui_ledger")
    _run(server, "drop role maker")


def test_backup_of_a_ledger_with_its_own_owner_is_restored_on_a_server_without(
    maker: str, tmp_path: Path
) -> None:
    """Roles are the server's and in no backup: another machine has to make the one that rights were given to."""

    def address(name: str) -> str:
        _run(maker, f"create database {name} owner maker")
        return make_url(maker).set(database=name, username="maker").render_as_string(hide_password=False)

    made = address("made")
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        check=True, cwd=ROOT, env=os.environ | {"PUHUI_DATABASE_URL": made}, capture_output=True,
    )  # fmt: skip
    with environment(DATA_DIR=str(tmp_path / "old")):
        blobs.put(b"something")
        kept = backup.back_up(settings(), made, tmp_path / "copy")
    _run(maker, "drop database made with (force)")
    _run(maker, "drop role puhui_ledger")
    with environment(DATA_DIR=str(tmp_path / "new")):
        found = backup.restore(settings(), address("elsewhere"), tmp_path / "copy")
    assert (found.rows, found.revision) == (kept.rows, kept.revision)
    _run(maker, "drop database elsewhere with (force)")
    _run(maker, "drop role puhui_ledger")
    _run(maker, "alter role maker nocreaterole")
    third = address("third")
    with environment(DATA_DIR=str(tmp_path / "third")):
        with pytest.raises(RuntimeTrouble, match="create role puhui_ledger"):
            backup.restore(settings(), third, tmp_path / "copy")
        _run(maker, "create role puhui_ledger")
        assert backup.restore(settings(), third, tmp_path / "copy").rows == kept.rows


@pytest.mark.rule("M10")
def test_a_restored_system_is_whole(filled: str, database: str, template: str, tmp_path: Path) -> None:
    kept = backup.back_up(settings(), database, tmp_path / "copy")
    assert kept.rows["case_file"] == 1
    assert kept.files > 0
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
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


@contextmanager
def people_at_work() -> Iterator[list[int]]:
    """Somebody adds a paper to the case, again and again, each in a transaction of its own; how many, so far."""
    added, over = [0], threading.Event()

    def work() -> None:
        while not over.is_set():
            with transaction() as session:
                case = session.exec(select(Case).with_for_update()).first()
                paper = session.exec(select(Attachment)).first()
                assert case is not None
                assert paper is not None
                sha256 = blobs.put(f"paper {added[0]}".encode())
                fresh = paper.model_dump(exclude={"id"}) | {"sha256": sha256}
                session.add(Attachment(**fresh))
                audit.record(session, Event.ATTACHMENT_ADDED, case=case)
            added[0] += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield added
    finally:
        over.set()
        thread.join()


def test_a_backup_of_a_system_people_work_in_is_restored_whole(
    filled: str, database: str, template: str, tmp_path: Path
) -> None:
    """Dump, numbers, heads of the chains and files are of one moment, whatever is written meanwhile."""
    with people_at_work() as added:
        kept = backup.back_up(settings(), database, tmp_path / "copy")
        during = added[0]
    assert during > 0
    assert kept.missing == 0
    target = empty(template, "restored_live")
    try:
        with environment(DATA_DIR=str(tmp_path / "new"), DATABASE_URL=target):
            found = backup.restore(settings(), target, tmp_path / "copy")
            assert (found.rows, found.heads_sha256, found.missing) == (kept.rows, kept.heads_sha256, 0)
            with Session(sessions.engine()) as session:
                assert all(blobs.get(p.sha256) for p in session.exec(select(Attachment)))
    finally:
        _run(template, "drop database restored_live with (force)")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("heads_sha256", "0" * 64, "审计链"), ("missing", 3, "文件"), ("rows", {"case_file": 1000}, "1000 行")],
)
def test_what_is_not_as_the_backup_said_is_told(
    filled: str, database: str, template: str, tmp_path: Path, field: str, value: object, said: str
) -> None:
    backup.back_up(settings(), database, tmp_path / "copy")
    manifest = tmp_path / "copy" / backup.MANIFEST
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {field: value}))
    target = empty(template, "restored_other")
    try:
        with (
            environment(DATA_DIR=str(tmp_path / "new"), DATABASE_URL=target),
            pytest.raises(RuntimeTrouble, match=said),
        ):
            backup.restore(settings(), target, tmp_path / "copy")
    finally:
        _run(template, "drop database restored_other with (force)")


def test_a_file_that_rows_name_and_nobody_has_is_counted(filled: str, database: str, tmp_path: Path) -> None:
    with transaction() as session:
        paper = session.exec(select(Attachment)).first()
        assert paper is not None
    folder = backup.files_folder(settings()) / paper.sha256[:2]
    (folder / paper.sha256).rename(folder / "elsewhere")
    try:
        assert backup.back_up(settings(), database, tmp_path / "copy").missing == 1
    finally:
        (folder / "elsewhere").rename(folder / paper.sha256)


def test_a_backup_that_fails_leaves_nothing(database: str, tmp_path: Path) -> None:
    nowhere = database.replace("/test_", "/no_such_")
    with pytest.raises(Exception, match="no_such_"):
        backup.back_up(settings(), nowhere, tmp_path / "copy")
    assert list((tmp_path / "copy").iterdir()) == []


# ---- the shelf -----------------------------------------------------------------------------------

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)


def shelve(shelf: Path, name: str, days: int, *, damaged: bool = False, broken_off: bool = False) -> None:
    """A backup made so many days ago; what is in it does not matter here, that it is as it says does."""
    folder = shelf / name
    folder.mkdir(parents=True)
    for part in (backup.DUMP, backup.FILES):
        (folder / part).write_text(part)
    sums = {"database_sha256": folder / backup.DUMP, "files_sha256": folder / backup.FILES}
    told = {k: "0" * 64 if damaged else backup.sha256_of(f) for k, f in sums.items()}
    at = NOW - timedelta(days=days)
    said = {"revision": "1", "rows": {}, "chains": 0, "heads_sha256": "", "files": 0, "missing": 0}
    (folder / backup.MANIFEST).write_text(json.dumps({"at": at.isoformat(), **said, **told}))
    if broken_off:
        (folder / backup.MANIFEST).unlink()
        os.utime(folder, (at.timestamp(), at.timestamp()))


def left(shelf: Path) -> set[str]:
    return {f.name for f in shelf.iterdir()}


def test_old_backups_go_and_the_newest_of_them_stay(tmp_path: Path) -> None:
    for days in (1, 20, 40, 50, 60):
        shelve(tmp_path, f"d{days}", days)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("not a backup")
    assert backup_shelf.prune(tmp_path, 30, 3, NOW) == ["d60", "d50"]
    assert left(tmp_path) == {"d1", "d20", "d40", "letters"}
    assert backup_shelf.prune(tmp_path, 30, 1, NOW) == ["d40"]


def test_the_newest_good_backup_is_never_removed(tmp_path: Path) -> None:
    shelve(tmp_path, "good", 90)
    shelve(tmp_path, "older", 95)
    shelve(tmp_path, "damaged", 40, damaged=True)
    shelve(tmp_path, "broken", 35, broken_off=True)
    assert backup_shelf.prune(tmp_path, 30, 1, NOW) == ["older", "broken"]
    assert left(tmp_path) == {"good", "damaged"}


def test_keeping_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeTrouble):
        backup_shelf.prune(tmp_path, 0, 1, NOW)
    with pytest.raises(RuntimeTrouble):
        backup_shelf.prune(tmp_path, 30, 0, NOW)
