"""How the parts are loaded: the collector rests meanwhile, compiled code is kept, what is not needed stays out."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

import worker
from runtime.plan import Plan
from runtime.start import loading
from services.settings import Settings


@pytest.fixture
def thawed() -> Iterator[None]:
    """What loading has frozen is collected again afterwards."""
    yield
    gc.enable()
    gc.unfreeze()


def test_collector_rests_while_a_program_is_loaded_and_leaves_it_alone_afterwards(thawed: None) -> None:
    before = gc.get_freeze_count()
    with loading():
        assert not gc.isenabled()
        made = [{"stays": n} for n in range(100)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(made)


def test_collector_works_after_a_program_could_not_be_loaded(thawed: None) -> None:
    with pytest.raises(ImportError), loading():
        raise ImportError("missing")
    assert gc.isenabled()


def test_parts_keep_compiled_code_whatever_the_shell_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    plan = Plan(Settings(), Path(), None, None, "", "")
    assert plan.environment()["PYTHONDONTWRITEBYTECODE"] == ""


def test_courses_are_known_by_a_digest_of_their_sources() -> None:
    assert worker.courses_id() == worker.courses_id.__wrapped__()
    assert len(bytes.fromhex(worker.courses_id())) == 16
