"""`make docs`: the generated pages under docs/, from the same objects that the system runs on."""

from pathlib import Path

from runtime.docs import course, glossary, rules, settings_page
from runtime.seeds.files import ROOT

FOLDER = ROOT / "docs"


def pages() -> dict[str, str]:
    """Path below docs/ and content of every generated page."""
    return {
        "rules.md": rules.page(),
        "settings.md": settings_page.page(),
        "glossary.md": glossary.page(),
        **course.pages(),
    }


def outdated(folder: Path = FOLDER) -> list[str]:
    """Pages that are not what `make docs` would write now."""
    return [name for name, text in pages().items() if _text(folder / name) != text]


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def main() -> None:
    """Write the pages; say which have changed and which rules have no test."""
    changed = outdated()
    for name, text in pages().items():
        file = FOLDER / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    print(f"已更新 {len(changed)} 页 · {len(changed)} page(s) changed: {', '.join(changed) or '—'}")
    if bare := rules.unproven():
        print(f"尚无测试的规则 · rules without a test: {', '.join(bare)}")
