"""Numbers and days as people write them."""

import pytest

from models.vocabulary.whole import plain
from models.vocabulary.written import day_written, number_written


@pytest.mark.parametrize(
    ("typed", "unit", "number"),
    [
        (" 1,250 kW ", "kW", "1250"),
        ("９８０．５", "tCO2e", "980.5"),
        ("9,805吨", "tCO2e", "9805"),
        ("12.5 tCO₂e", "tCO2e", "12.5"),
        ("60％", "%", "60"),
        ("2,000 万元", "万元", "2000"),
        ("121.567890°", "°E", "121.567890"),
        ("-3", "", "-3"),
    ],
)
def test_a_number_with_its_unit_and_its_grouping_is_that_number(typed: str, unit: str, number: str) -> None:
    assert number_written(typed, unit) == number


@pytest.mark.parametrize(
    ("typed", "unit"),
    [
        ("1,5", ""),
        ("1,2500", ""),
        ("31°14'00\"", "°N"),
        ("12 kW", "tCO2e"),
        ("约 5", ""),
        ("10²", ""),
        ("", "kW"),
    ],
)
def test_what_is_no_number_stays_as_it_was_typed(typed: str, unit: str) -> None:
    assert number_written(typed, unit) == typed


@pytest.mark.parametrize(
    "typed", ["2025-03-01", "2025.3.1", "2025/3/1", "２０２５.３.１", "2025年3月1日", " 2025 年 3 月 1 日 "]
)
def test_a_day_is_that_day_however_it_is_written(typed: str) -> None:
    assert day_written(typed) == "2025-03-01"


@pytest.mark.parametrize("typed", ["2025.2.30", "2025-3", "3/1/2025", "昨天", ""])
def test_what_is_no_day_stays_as_it_was_typed(typed: str) -> None:
    assert day_written(typed) == typed


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1,000.5", "1000.5"), ("１，０００", "1000"), ("1,5", "1,5"), ("1,00", "1,00"), (",1", ",1")],
)
def test_only_commas_that_group_thousands_are_left_out(typed: str, number: str) -> None:
    assert plain(typed) == number
