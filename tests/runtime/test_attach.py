"""Tools find the system that runs, and do not take a note left by a dead one for it."""

import json
import os
from pathlib import Path

import pytest

from runtime.attach import database, running
from runtime.lock import only_one
from services.settings import Settings

NOTE = {
    "web": "w",
    "temporal_ui": "t",
    "temporal_address": "127.0.0.1:7",
    "database_url": "postgresql+psycopg://x",
}


@pytest.fixture
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """database() writes the environment of the process; give it back after the test."""
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr("runtime.attach.MIGRATE", ["true"])


def test_running_is_none_when_nobody_holds_the_lock(home: Path) -> None:
    (home / "running.json").write_text(json.dumps(NOTE))
    assert running(home) is None


def test_running_tells_addresses_while_the_lock_is_held(home: Path) -> None:
    (home / "running.json").write_text(json.dumps(NOTE))
    with only_one(home):
        assert running(home) == NOTE


@pytest.mark.usefixtures("_clean_environment")
def test_database_uses_the_running_system(home: Path) -> None:
    (home / "running.json").write_text(json.dumps(NOTE))
    with only_one(home), database(Settings(data_dir=home, database_url="", temporal_address="")):
        assert os.environ["PUHUI_DATABASE_URL"] == NOTE["database_url"]
        assert os.environ["PUHUI_TEMPORAL_ADDRESS"] == NOTE["temporal_address"]
    assert not (home / "postgres").exists()


@pytest.mark.usefixtures("_clean_environment")
def test_database_starts_the_embedded_one_when_none_runs(home: Path) -> None:
    with database(Settings(data_dir=home, database_url="", temporal_address="")):
        assert os.environ["PUHUI_DATABASE_URL"].endswith(f"host={home / 'postgres'}&port=5432")
    assert (home / "postgres" / "PG_VERSION").exists()
