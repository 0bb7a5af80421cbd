"""Sizes, lock files, and what must not stand in any file."""

import ast
import re
from pathlib import Path

from tests.architecture.tree import CODE, ROOT, modules, parsed, tracked

FILE_LINES, FUNCTION_LINES = 400, 60
#: Longer than the house allows, each with its reason.
LONG_FILES = {
    "tests/rights/table.py": "one line a route",
    "services/audit_verifier.py": "auditors take this one file away and run it without the rest",
    "tests/scenarios/test_issuance.py": "one test a turn of the course; a reader wants them in one place",
    "tests/scenarios/test_project_application.py": "one test a turn of the course; a reader wants them in one place",
    "tests/api/test_tasks_pages.py": "one test a page and a conflict of the task pages",
}
LONG_FUNCTIONS = {
    "tests/api/provider.py application": "a whole sign-in provider, made of closures over one state",
    "services/casefile_load.py load": "one expression that gathers a whole case file, a line a part",
}
_NOT_TEXT = {".docx", ".png", ".gz", ".ico", ".woff2", ".jpg", ".xlsx", ".pdf"}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_files_are_short() -> None:
    long = {_name(p) for p in modules(*CODE, "tests") if len(p.read_text().splitlines()) > FILE_LINES}
    assert long - set(LONG_FILES) == set()


def test_functions_are_short() -> None:
    long = {
        f"{_name(path)} {node.name}"
        for path in modules(*CODE, "tests")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    }
    assert long - set(LONG_FUNCTIONS) == set()


#: Written in pieces, so that this file is not found by itself.
_FORBIDDEN = {
    "the address of a package host": r"py"
    r"pi\.(org|io|tuna)|files\.python"
    r"hosted|registry\.npm|npm"
    r"mirror|mirrors\.\w+",
    "a path of somebody's machine": r"(?<![\w./])/" + r"(work|home/\w+|Users/\w+|root)/",
    "a neighbouring folder": r"\.\./" + r"shared",
}


def test_no_file_names_a_package_host_a_machine_or_a_neighbour() -> None:
    found = [
        f"{_name(path)}: {what}: {match.group()}"
        for path in tracked()
        if path.suffix not in _NOT_TEXT
        for what, pattern in _FORBIDDEN.items()
        if (match := re.search(pattern, path.read_text(errors="replace")))
    ]
    assert found == []


def test_python_lock_pins_every_package_with_hashes_and_no_address() -> None:
    for lock in ROOT.glob("*.lock"):
        text = lock.read_text()
        assert "://" not in text, lock.name
        packages = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
        assert packages, lock.name
        assert [p.split()[0] for p in packages if "==" not in p or "--hash=sha256:" not in p] == [], lock.name


def test_lock_has_every_package_asked_for() -> None:
    asked = re.findall(r"^([A-Za-z0-9_.\-]+)", (ROOT / "requirements.in").read_text(), re.MULTILINE)
    locked = {
        n.lower().replace("_", "-")
        for n in re.findall(
            r"^([A-Za-z0-9_.\-]+)(?:\[.*?\])?==", (ROOT / "requirements.lock").read_text(), re.MULTILINE
        )
    }
    assert [a for a in asked if a.lower().replace("_", "-") not in locked] == []


def test_front_end_lock_has_hashes_and_no_address() -> None:
    text = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert '"integrity"' in text
