"""How the parts are loaded: the collector rests meanwhile, compiled code is kept, what is not needed stays out."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import worker
from runtime.plan import ROOT, Plan
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


#: What takes long to load and is needed for single acts only: sheets, units, papers, portals, time stamps, a calendar.
LATE = {"openpyxl", "pint", "authlib", "joserfc", "rfc3161_client", "holidays", "segno", "markdown_it"}


@pytest.mark.parametrize("part", ["worker", "api.app"])
def test_part_starts_without_what_only_single_acts_need(part: str) -> None:
    """A start is as long as what it loads; whoever imports one of these at the top of a module makes every start wait."""
    code = f"import os, sys, {part}; print(*sys.modules); sys.stdout.flush(); os._exit(0)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert LATE & set(done.stdout.split()) == set()
