"""The generated pages are current, and links between pages lead somewhere."""

import re
from pathlib import Path

import pytest

from runtime import docs
from runtime.docs import markdown
from runtime.seeds.files import ROOT

WRITTEN = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
#: Words of the machine a page was written on have no place in it.
FOREIGN = re.compile(r"(?<![\w.])/(?:work|tmp|home|root)/")


def test_generated_pages_are_current() -> None:
    assert docs.outdated() == [], "run `make docs` and commit what it writes"


@pytest.mark.parametrize("file", WRITTEN, ids=lambda f: str(f.relative_to(ROOT)))
def test_links_lead_to_files_that_are_there(file: Path) -> None:
    targets = [t for t in LINK.findall(file.read_text(encoding="utf-8")) if "://" not in t]
    assert [t for t in targets if not (file.parent / t).exists()] == []


@pytest.mark.parametrize("file", WRITTEN, ids=lambda f: str(f.relative_to(ROOT)))
def test_pages_name_no_machine(file: Path) -> None:
    assert FOREIGN.findall(file.read_text(encoding="utf-8")) == []


def test_excerpt_in_the_readme_is_in_the_workflow() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    excerpt = text.split("```python\n")[1].split("```")[0]
    assert excerpt in (ROOT / "workflows" / "project_application.py").read_text(encoding="utf-8"), (
        "README.md is old"
    )


def test_every_decision_and_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = [
        f.relative_to(ROOT / "docs").as_posix() for f in (ROOT / "docs").rglob("*.md") if f.name != "index.md"
    ]
    assert [p for p in pages if p not in index] == []


def test_outdated_page_is_named(tmp_path: Path) -> None:
    for name, text in docs.pages().items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert docs.outdated(tmp_path) == []
    (tmp_path / "settings.md").write_text("old")
    assert docs.outdated(tmp_path) == ["settings.md"]


def test_table_keeps_bars_inside_cells() -> None:
    assert markdown.table(["a"], [["x|y"]]).splitlines()[-1] == "| x\\|y |"


def test_every_test_the_security_page_names_is_there() -> None:
    """Those without a folder are in tests/security."""
    named = set(
        re.findall(
            r"`((?:tests/)?[\w/]*test_\w+\.py)`", (ROOT / "docs/security.md").read_text(encoding="utf-8")
        )
    )
    assert len(named) > 15
    places = [n if n.startswith("tests/") else f"tests/security/{n}" for n in sorted(named)]
    assert [p for p in places if not (ROOT / p).exists()] == []
