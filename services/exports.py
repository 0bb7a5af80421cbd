"""Tables as Excel workbooks that stay what they are: no cell of ours becomes a formula."""

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import IO, Any

from services.clock import SHANGHAI

#: Excel keeps fifteen digits of a number; longer ones go out as text, exact.
EXACT = 10**15
LONGEST = 32_767  # characters of a cell
#: Rows of a sheet, as many as the format knows; what is left goes on in another sheet.
ROWS = 1_048_576
#: What the format of the files has no place for.
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: What a spreadsheet takes for the beginning of a formula, full-width forms included.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], note: str = "") -> bytes:
    """One sheet with a heading row, frozen and filtered.

    Text is written as text whatever it begins with; what looks like a formula also carries the mark
    that Excel shows as a leading apostrophe. Instants are written in Shanghai time.
    """
    out = io.BytesIO()
    write(out, title, columns, rows, note)
    return out.getvalue()


def write(
    out: IO[bytes], title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], note: str = ""
) -> int:
    """The same into a file, row after row as they come; memory does not grow with them. How many rows.

    What a sheet has no room for goes on in the next one, under the same heading.
    """
    from openpyxl import Workbook  # late, here and below: it takes a while to load

    book = Workbook(write_only=True)
    sheet = _begun(book, _sheet_name(title), columns, note)
    count, room = 0, ROWS - (2 if note else 1)
    for count, row in enumerate(rows, 1):
        full, first = divmod(count - 1, room)
        if full and not first:
            sheet = _begun(book, f"{_sheet_name(title)[:22]} ({full + 1})", columns, note)
        sheet.append([cell(sheet, value) for value in row])
    book.save(out)
    return count


def _begun(book: Any, title: str, columns: Sequence[str], note: str) -> Any:
    """A sheet with its note and its heading row."""
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A3" if note else "A2"
    for n, name in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(n)].width = min(48, max(12, 2 * len(name) + 4))
    if note:
        sheet.append([cell(sheet, note)])
    sheet.append([cell(sheet, name, bold=True) for name in columns])
    return sheet


def csv_cell(value: str) -> str:
    """A cell of a text table that no program takes for a formula, whatever stands before it; one line."""
    line = " ".join(value.split())
    return f"'{line}" if line.startswith(FORMULA) else line


def cell(sheet: Any, value: Any, *, bold: bool = False) -> Any:
    """A cell that cannot be executed."""
    from openpyxl.cell import WriteOnlyCell

    made = WriteOnlyCell(sheet, value=_plain(value))
    if isinstance(made.value, str):
        made.data_type = "s"
        if made.value.startswith(FORMULA):
            made.style = "Normal"
            made.quotePrefix = True
    if bold:
        from openpyxl.styles import Alignment, Font

        made.font = Font(bold=True)
        made.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return "" if value is None else ("是" if value else "否")
    if isinstance(value, int):
        return value if abs(value) < EXACT else str(value)
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return ILLEGAL.sub("", str(value))[:LONGEST]


def _sheet_name(title: str) -> str:
    return "".join(c for c in title if c not in "[]:*?/\\'")[:31] or "数据"
