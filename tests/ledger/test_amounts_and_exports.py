"""Grams, points and tonnes are one exact number; workbooks carry no formula."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlmodel import Session

from models.vocabulary import amounts
from runtime.ledger_storm import Ground
from services import exports, ledger_reading


@pytest.mark.rule("J01")
@given(st.integers(min_value=0, max_value=amounts.MOST))
def test_grams_tonnes_and_back_lose_nothing(value: int) -> None:
    assert amounts.grams_of_tonnes(amounts.tonnes(value)) == value
    whole, rest = amounts.whole_tonnes(amounts.points(value))
    assert whole * amounts.GRAMS_PER_TONNE + rest == value


@pytest.mark.rule("J01")
@pytest.mark.parametrize(
    ("points", "tonnes", "remain"), [(999_999, 0, 999_999), (1_000_000, 1, 0), (3_456_789, 3, 456_789)]
)
def test_points_become_whole_tonnes(points: int, tonnes: int, remain: int) -> None:
    assert amounts.whole_tonnes(points) == (tonnes, remain)


@pytest.mark.parametrize(
    ("grams", "words"),
    [(0, "0"), (1, "0.000001"), (356_049_000, "356.049"), (-1_500_000, "-1.5"), (10**18, "1" + "0" * 12)],
)
def test_tonnes_are_written_exactly(grams: int, words: str) -> None:
    assert amounts.tonnes(grams) == words


@pytest.mark.parametrize("typed", ["", "1e3", "-1", "1.0000001", "٣", ".5", "1.", "NaN", "1 "])
def test_tonnes_that_are_no_plain_number_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="decimal places"):
        amounts.grams_of_tonnes(typed)


NASTY = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    "=cmd|' /C calc'!A0",
    "正常",
    "a\x00b",
    10**15,
    7,
]


def test_workbook_has_no_formula() -> None:
    sheet = load_workbook(io.BytesIO(exports.workbook("a/b[1]", ["=x", "y"], [[v, v] for v in NASTY]))).active
    assert sheet is not None
    cells = [c for row in sheet.iter_rows() for c in row]
    assert {c.data_type for c in cells} == {"s", "n"}
    values = [c.value for c in cells[2::2]]
    assert values == [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "＝1",
        "=cmd|' /C calc'!A0",
        "正常",
        "ab",
        str(10**15),
        7,
    ]
    assert [bool(c.quotePrefix) for c in cells[2::2]] == [True] * 8 + [False] * 4


def test_rows_a_sheet_has_no_room_for_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "ROWS", 4)  # a note, a heading, two rows
    out = io.BytesIO()
    assert exports.write(out, "对账单", ["n"], ([n] for n in range(5)), "截至今日") == 5
    book = load_workbook(out)
    found = [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets]
    assert found == [["截至今日", "n", 0, 1], ["截至今日", "n", 2, 3], ["截至今日", "n", 4]]
    assert book.sheetnames == ["对账单", "对账单 (2)", "对账单 (3)"]
    assert len(load_workbook(io.BytesIO(exports.workbook("满", ["n"], [[1], [2]], "注"))).worksheets) == 1
    assert len(load_workbook(io.BytesIO(exports.workbook("空", ["n"], []))).worksheets) == 1


@pytest.mark.parametrize("odd", ["a\ufffeb", "a\uffffb", "a\ud800b"])
def test_what_the_format_has_no_place_for_is_left_out(odd: str) -> None:
    book = load_workbook(io.BytesIO(exports.workbook("t", ["n"], [[odd]])))
    assert book.active is not None
    assert book.active["A2"].value == "ab"


def test_statement_is_exported(session: Session, ground: Ground) -> None:
    account = ground.accounts[0]
    until = datetime(2100, 1, 1, tzinfo=UTC)
    lines = ledger_reading.statement(session, account, datetime(2020, 1, 1, tzinfo=UTC), until)
    sheet = load_workbook(io.BytesIO(ledger_reading.statement_sheet(lines, account, until))).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1][:5] == ("登记时间", "业务", "批次", "对方账户", "转入（克）")
    assert rows[2][1:9] == ("签发", ground.lot.number, "签发", 1_000_000, 0, 0, 1_000_000, "1")
    held = ledger_reading.holdings(session, account)
    sheet = load_workbook(io.BytesIO(ledger_reading.holdings_sheet(held, account, until))).active
    assert sheet is not None
    assert list(sheet.iter_rows(values_only=True))[2][7:] == (1_000_000, 0, 1_000_000, "1")
