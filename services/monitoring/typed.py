"""Readings typed into a page 填写读数: handed on as the workbook they stand for (R25).

Nothing is judged here: what was typed becomes the rows of the template, and those are looked at, kept and
written down by the same functions as an uploaded file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, Decimal

from sqlmodel import Session

from models.tables import DataBatch, Project
from models.vocabulary.errors import Invalid, Problem
from models.vocabulary.text import Text
from models.vocabulary.written import number_written
from services import blobs
from services.access import Actor
from services.monitoring import devices as registered
from services.monitoring import sheets, uploads
from services.monitoring.dataset import plain
from services.monitoring.judging import judge
from services.monitoring.rows import DECIMALS, LARGEST, Rejected, Row, days_of
from services.monitoring.typed_table import DAY, Cell, Sheet
from services.quantification.definition import exact


@dataclass(frozen=True)
class Filled:
    """What was typed.

    Args:
        rows: as the template has them.
        at: words for a cell, by its name. problems: the same as a list, the meter named.
        amounts: quantity by the name of its cell. sums: quantity by device.
    """

    rows: tuple[Row, ...] = ()
    at: Mapping[str, Text] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    sums: Mapping[int, Decimal] = field(default_factory=dict)


def fill(session: Session, project: Project, table: Sheet, typed: Mapping[str, str]) -> Filled:
    """What was typed into the table, judged as an uploaded file is."""
    sent = [line for n in range(len(table.devices)) for line in _typed(_down(table, n), typed)]
    sent.sort(key=lambda line: line[0].month)
    numbered = list(enumerate(sent, sheets.HEADING + 1))
    rows = tuple((number, row) for number, (_, row) in numbered)
    refused: dict[int, list[Rejected]] = {}
    for one in judge(session, project, rows).rejected if rows else ():
        refused.setdefault(one.row, []).append(one)
    at: dict[str, Text] = {}
    problems: list[Problem] = []
    amounts = {cell.end_name: amount for _, (cell, row) in numbered if (amount := _amount(row)) is not None}
    for number, (cell, row) in numbered:
        fault = _told(cell, refused.get(number, []), typed)
        if fault is not None:
            words = worded(cell, row, fault)
            name = cell.start_name if cell.asks_start and fault.column == "reading_start" else cell.end_name
            at[name] = words
            meter = cell.device.meter_no
            problems.append(Problem(name, Text(f"{meter}, {words.en}", f"{meter} {words.zh}")))
    sums = {d.id or 0: sum((amounts.get(c.end_name, Decimal(0)) for c in _down(table, n)), Decimal(0))
            for n, d in enumerate(table.devices)}  # fmt: skip
    return Filled(rows, at, tuple(problems), amounts, sums)


def _down(table: Sheet, n: int) -> list[Cell]:
    return [cells[n] for _, cells in table.lines]


def _typed(cells: Sequence[Cell], typed: Mapping[str, str]) -> Iterator[tuple[Cell, dict[str, str]]]:
    """The rows of a meter: each starts where the one before ended."""
    above = ""
    for cell in cells:
        end, start = typed.get(cell.end_name, "").strip(), typed.get(cell.start_name, "").strip()
        if end or (start and cell.asks_start):
            yield cell, _row(cell, _start(cell, above, start, end), end)
        above = end


def _start(cell: Cell, above: str, start: str, end: str) -> str:
    if cell.kept is not None:  # reported meanwhile: the same days again
        return f"{cell.kept.start:f}"
    if cell.state != "open":
        return end
    if cell.joined and cell.before is not None:
        return f"{cell.before.end:f}"
    return above if cell.follows else start


def _row(cell: Cell, start: str, end: str) -> dict[str, str]:
    row = {
        "meter_no": cell.device.meter_no,
        "first_day": cell.first.isoformat(),
        "last_day": cell.last.isoformat(),
        "reading_start": start,
        "reading_end": end,
        "multiplier": f"{plain(cell.device.multiplier):f}",
    }
    return {**row, "quantity": f"{_amount(row) or Decimal(0):f}"}


def _amount(row: Mapping[str, str]) -> Decimal | None:
    """(end − start) × multiplier to the places a row may have; None where the readings give none."""
    start, end = number(row["reading_start"]), number(row["reading_end"])
    if start is None or end is None or end < start:
        return None
    return plain(
        ((end - start) * Decimal(row["multiplier"])).quantize(Decimal(1).scaleb(-DECIMALS), ROUND_DOWN)
    )


def number(text: str) -> Decimal | None:
    """What was typed as a number, or None."""
    try:
        found = exact(number_written(text))
    except ValueError:
        return None
    return found if 0 <= found <= LARGEST else None


def _told(cell: Cell, faults: Sequence[Rejected], typed: Mapping[str, str]) -> Rejected | None:
    """The fault to be told at the cell; one the cell above has already told is not told again."""
    for fault in faults:
        if fault.column == "reading_start" and cell.follows and typed.get(_above(cell), "").strip():
            continue
        return fault
    return None


def _above(cell: Cell) -> str:
    return f"end-{cell.device.id}-{cell.month - DAY:%Y-%m}"


def worded(cell: Cell, row: Mapping[str, str], fault: Rejected) -> Text:
    """A fault of the row in the words of the table: the month, what is wrong, what to do."""
    en, zh = _words(cell, row, fault)
    return Text(f"{cell.month:%Y-%m}: {en}", f"{cell.month.year}年{cell.month.month}月：{zh}")


def _words(cell: Cell, row: Mapping[str, str], fault: Rejected) -> tuple[str, str]:
    start, end = number(row["reading_start"]), number(row["reading_end"])
    if fault.column == "reading_end" and start is not None and end is not None and end < start:
        earlier = ("the start reading", "期初读数") if cell.asks_start else ("the reading before", "上月读数")
        return (
            f"{end:f} is below {earlier[0]} {start:f}. Check it; if the meter was replaced, register the new one first.",
            f"读数 {end:f} 比{earlier[1]} {start:f} 小，请核对；如已换表，请先登记新表，再分别填写。",
        )
    if fault.column == "reading_start" and cell.follows:
        return (
            "the month before is empty, so nothing tells where this one starts. Fill it in first.",
            "上一个月还没有填写，无法确定期初读数，请先填写上一个月的读数。",
        )
    if fault.column == "quantity":
        amount = row["quantity"]
        return f"the quantity comes to {amount}. {fault.reason.en}", f"算得数量 {amount}。{fault.reason.zh}"
    if fault.column == "reading_start":
        return f"start reading: {fault.reason.en}", f"期初读数：{fault.reason.zh}"
    return fault.reason.en, fault.reason.zh


def preview(
    session: Session, actor: Actor, project: Project, table: Sheet, typed: Mapping[str, str]
) -> DataBatch:
    """Keep what was typed as the workbook it stands for, to be looked at and confirmed like any other.

    The actor came by :func:`services.monitoring.access.owned`.

    Raises:
        Invalid: nothing was typed, or a cell is wrong. Conflict: the project takes no data now.
    """
    filled = fill(session, project, table, typed)
    if filled.problems:
        raise Invalid(filled.problems)
    if not filled.rows:
        words = Text("Type at least one reading.", "请至少填写一个读数，再继续。")
        raise Invalid((Problem("", words),))
    days = sorted(str(row["first_day"])[:7] for _, row in filled.rows)
    span = days[0] if days[0] == days[-1] else f"{days[0]}至{days[-1]}"
    content = sheets.filled(project, [row for _, row in filled.rows])
    return uploads.preview(session, actor, project, f"网页填写_{span}.xlsx", content, typed=True)


def again(session: Session, project: Project, batch: DataBatch) -> tuple[list[date], dict[str, str]]:
    """Months and words of the table that a batch was typed into, to be changed. Empty for any other batch."""
    if batch.channel != "page":
        return [], {}
    ids = {d.meter_no: d.id for d in registered.of_project(session, project)}
    typed: dict[str, str] = {}
    months: set[date] = set()
    for _, row in sheets.read(batch.filename, blobs.get(batch.sha256)):
        first = date.fromisoformat(str(days_of(row)[0])).replace(day=1)
        months.add(first)
        for name, column in (("start", "reading_start"), ("end", "reading_end")):
            typed[f"{name}-{ids.get(str(row['meter_no']))}-{first:%Y-%m}"] = str(row[column])
    return sorted(months), typed
