"""Imports go down only, one function commits, and engineers see why."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, modules, parsed


def test_import_contracts_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_contracts_know_every_procedure() -> None:
    """A new procedure joins the contract that keeps procedures apart."""
    from models.procedures import PROCEDURES

    contracts = (ROOT / "pyproject.toml").read_text()
    independent = re.search(r'type = "independence"\nmodules = \[(.*?)\]', contracts, re.DOTALL)
    assert independent is not None
    named = set(re.findall(r'"models\.procedures\.(\w+)"', independent.group(1)))
    assert named == set(PROCEDURES)


def _calls(name: str, *folders: str) -> Iterator[str]:
    for path in modules(*folders):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] == name:
                yield f"{path.relative_to(ROOT)}:{node.lineno}"


def test_only_the_transaction_commits() -> None:
    found = {
        place.partition(":")[0]
        for place in _calls("commit", "models", "services", "activities", "api", "runtime")
    }
    # migrations run before there is a session; alembic's own connection commits. A city is written by COPY.
    assert found == {"services/session.py", "models/migrations/env.py", "runtime/city/build.py"}


@pytest.mark.parametrize("folder", ["services", "models"])
def test_services_open_no_transaction_of_their_own(folder: str) -> None:
    assert list(_calls("transaction", folder)) == []


def test_checker_after_a_storm_shares_no_code_with_the_house() -> None:
    """It would otherwise repeat a mistake of ours and find nothing."""
    own = {f"tests.faults.{name}" for name in ("checker", "engine_histories", "letters")}
    found: set[str] = set()
    for name in own:
        for node in ast.walk(parsed(ROOT / f"{name.replace('.', '/')}.py")):
            if isinstance(node, ast.ImportFrom):
                found.add(node.module or "")
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
    others = {m for m in found - own if m.partition(".")[0] not in sys.stdlib_module_names}
    assert {m.partition(".")[0] for m in others} == {"psycopg", "temporalio"}


def test_digits_are_told_in_one_place() -> None:
    """`isdigit` takes characters that `int` refuses, and `int` refuses numbers of thousands of digits."""
    found = [
        p for name in ("isdigit", "isdecimal", "isnumeric") for p in _calls(name, "models", "services", "api")
    ]
    assert {place.partition(":")[0] for place in found} == {"models/vocabulary/whole.py"}


def test_the_web_writes_through_services_only() -> None:
    """Pages may look a row up; what changes a row is a verb of the services."""
    adds = [place for name in ("add", "add_all", "merge", "delete") for place in _calls_on_session(name)]
    statements = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules("api")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").split(".")[0] in ("sqlalchemy", "sqlmodel")
        and {a.name for a in node.names} & {"insert", "update", "delete", "text"}
    ]
    assert adds + statements == []


def _calls_on_session(name: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules("api")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"session.{name}"
    ]
