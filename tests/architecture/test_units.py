"""How amounts are written where people read them."""

from models.vocabulary.headings import unit_of
from models.vocabulary.written import number_written
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


def test_the_unit_behind_a_field_is_written_the_same_way_and_read_either_way() -> None:
    assert unit_of("tCO2e").zh == unit_of("tCO2e").en == "tCO₂e"
    assert [number_written(f"1,250 {typed}", "tCO2e") for typed in ("tCO2e", "tCO₂e", "t")] == ["1250"] * 3
