"""The nightly backup is known to the system, and so to the alerts, whether it came about or not."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.tables import EngineHealth
from runtime import backup, nightly
from runtime.__main__ import TOOLS, app
from runtime.errors import RuntimeTrouble
from services import clock, health
from services.reading import health_words
from services.session import reading


def told() -> EngineHealth:
    with reading() as session:
        row = session.get_one(EngineHealth, "backup")
        session.expunge(row)
        return row


def test_a_backup_is_told_and_old_ones_beside_it_go(database: str, tmp_path: Path) -> None:
    old = tmp_path / "20200101T020000Z"
    backup.files_folder(nightly.settings()).mkdir(parents=True, exist_ok=True)
    old.mkdir()
    (old / backup.DUMP).write_text("broken off")
    os.utime(old, (0, 0))
    nightly.run(tmp_path / "20261121T020000Z", keep_days=30)
    assert [f.name for f in tmp_path.iterdir()] == ["20261121T020000Z"]
    row = told()
    assert row.ok
    assert 0 < row.data["free"] <= 1
    health.measure(reading)
    assert clock.now().timestamp() - health.BACKED_UP._value.get() < 60
    assert health.DISK.labels("backups")._value.get() == row.data["free"]
    assert 0 < health.DISK.labels("files")._value.get() <= 1
    said = " ".join(t.zh for t in health_words.lines(row))
    assert "最近一次成功" in said


def test_a_backup_that_failed_is_told_and_the_last_good_one_not_forgotten(
    database: str, tmp_path: Path
) -> None:
    nightly.run(tmp_path / "good")
    before = told().data["made_at"]
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("in the way")
    with clock.at(clock.now() + timedelta(days=1)), pytest.raises(RuntimeTrouble):
        nightly.run(tmp_path / "full")
    row = told()
    assert (row.ok, row.data["made_at"]) == (False, before)
    assert "不是空文件夹" in row.data["error"]
    assert 0 < row.data["free"] <= 1
    nightly.run(tmp_path / "next")
    assert told().ok
    assert "error" not in told().data


def test_keeping_no_backup_is_refused_before_one_is_made(database: str, tmp_path: Path) -> None:
    with pytest.raises(RuntimeTrouble):
        nightly.run(tmp_path / "copy", keep_days=30, keep=0)
    assert not (tmp_path / "copy").exists()


def test_every_command_that_is_named_is_there() -> None:
    listed = CliRunner().invoke(app, ["--help"]).output
    for name in TOOLS:
        assert f" {name} " in listed, name
