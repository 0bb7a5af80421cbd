"""The code itself, read by a program that knows the usual faults."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("models", "services", "activities", "workflows", "runtime", "worker.py")


def test_bandit_finds_nothing_but_what_the_settings_answer_for():
    found = subprocess.run(
        [sys.executable, "-m", "bandit", "-q", "-c", "pyproject.toml", "-r", *CODE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout


def test_what_bandit_leaves_to_ruff_is_asked_there():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "S" in settings["tool"]["ruff"]["lint"]["select"]
    left = {"B105", "B106", "B107", "B311", "B608", "B704"}
    assert left <= set(settings["tool"]["bandit"]["skips"])
    assert not {rule.replace("B", "S") for rule in left} & set(settings["tool"]["ruff"]["lint"]["ignore"])
