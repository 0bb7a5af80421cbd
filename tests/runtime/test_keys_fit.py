"""A system whose keys do not open its data says so at once, instead of failing on every page."""

import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from runtime import backup, start
from runtime.__main__ import app
from runtime.errors import RuntimeTrouble
from services import sealing
from services.session import reading, transaction
from services.settings import settings
from tests import factories
from tests.conftest import environment
from tests.runtime.test_backup import empty

OTHER = "another-key-of-data-" + "1" * 32


@pytest.fixture
def sealed(database: str) -> str:
    """A database with a person whose number is sealed; the key."""
    with transaction() as session:
        factories.user(session, "officer", mobile="13800138000")
    return settings().data_secrets[0]


def _fits() -> bool:
    with reading() as session:
        return sealing.fits(session)


def test_an_empty_database_fits_every_key(database: str) -> None:
    with environment(DATA_KEYS=OTHER):
        assert _fits()


def test_keys_fit_as_long_as_the_old_one_stands_behind_the_new(sealed: str) -> None:
    with environment(DATA_KEYS=f"{OTHER},{sealed}"):
        assert _fits()
        with transaction() as session:
            factories.user(session, "officer", mobile="13900139000")
        assert _fits()
    assert not _fits()  # the newest row is under the new key
    with environment(DATA_KEYS=OTHER):
        assert not _fits()  # the oldest is under the old


def test_a_part_does_not_start_with_keys_that_open_nothing(sealed: str) -> None:
    with environment(DATA_KEYS="of-somebody-else-" + "2" * 32), pytest.raises(SystemExit) as refused:
        start.check_keys()
    assert "PUHUI_DATA_KEYS" in str(refused.value)
    assert "数据密钥" in str(refused.value)


def test_a_part_starts_while_the_database_is_away(database: str) -> None:
    with environment(DATABASE_URL="postgresql+psycopg://puhui@127.0.0.1:1/none"):
        start.check_keys()


def test_a_restored_backup_is_told_to_be_shut_without_its_key(
    sealed: str, database: str, template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    backup.back_up(settings(), database, tmp_path / "copy")
    target = empty(template, "restored_without_key")
    with environment(DATA_DIR=str(tmp_path / "new"), DATABASE_URL=target, DATA_KEYS="3" * 40):
        done: Any = CliRunner().invoke(app, ["restore", str(tmp_path / "copy")])
    assert isinstance(done.exception, RuntimeTrouble)
    assert "已恢复" in str(done.exception)
    assert "数据密钥" in str(done.exception)
