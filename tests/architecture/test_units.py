"""How amounts are written where people read them."""

from tests.architecture.tree import ROOT


def test_pages_write_carbon_dioxide_with_its_index() -> None:
    """Letters and forms print CO₂; a page that says CO2 beside them looks like another unit."""
    wrong = [
        f"{page.relative_to(ROOT)}: {line.strip()[:80]}"
        for page in sorted((ROOT / "api" / "templates").rglob("*.html"))
        for line in page.read_text().splitlines()
        if "CO2" in line
    ]
    assert wrong == []
