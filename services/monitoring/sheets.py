"""Excel for those without an interface 手工报送: a template to fill in, the file read back, the refused rows (R25)."""

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from models.tables import DataBatch, Device, Project, RejectedRow
from models.vocabulary.errors import BadUpload
from models.vocabulary.text import Text
from services import exports, materials, packages
from services.monitoring.rows import COLUMNS, MOST_ROWS, Row

SHEET, EXAMPLE = Text("Readings", "抄表数据"), Text("Example", "填写示例")
NOTES, METERS = Text("Notes", "填写说明"), Text("Meters", "计量表")
#: Name of the file.
TITLE = Text("Report of monitoring data", "监测数据报送表")
LARGEST_MB = 5
_UNPACKED = (
    20 * 1024 * 1024
)  # ten times what the most rows need; a sheet is read before its rows can be counted
HEADING = 3  # row of the column names; data begins below
WIDEST = 40  # columns looked at
ROW, COLUMN, REASON = Text("Row", "行号"), Text("Column", "问题所在列"), Text("Why", "退回原因")
REFUSED = Text("Rows not taken", "退回行")
_HEADS = {words: key for key, text in COLUMNS.items() for words in (text.zh, text.en)} | {
    "电量": "quantity",
    "电量（kWh）": "quantity",
    "月份": "month",
}

_BEGIN = Text(
    "Fill in from row 4, one stretch of readings a row; how is said under “Notes”.",
    "自第 4 行起填写，一行一段读数；填写要求见“填写说明”。",
)
_NOTES = (
    Text(
        "1. A row holds the readings of one meter over one stretch of whole days, first and last day included; stretches "
        "neither overlap nor leave days out.",
        "1. 每行填写一块计量表在一段完整日期内的读数，起止日期均含当日，期间不得重叠或遗漏。",
    ),
    Text(
        "2. Days are written 2025-01-31; the last one must lie before the day of delivery.",
        "2. 日期格式为 2025-01-31；截止日期应早于报送当日。",
    ),
    Text(
        "3. Quantity = (reading at the end - reading at the start) x multiplier, in the unit of the meter (kWh of electricity "
        "meters, km of odometers). Write plain numbers: no formulas, no units, no signs but commas of thousands.",
        "3. 数量＝（期末读数－期初读数）×倍率，单位随计量表（电能表为 kWh，里程表为 km），请直接填写数值，不要使用公式、单位或千分位以外的符号。",
    ),
    Text(
        f"4. A file holds {MOST_ROWS} rows and {LARGEST_MB} MB at most; meters must be registered here, with the multiplier "
        "that is registered.",
        f"4. 每个文件不超过 {MOST_ROWS} 行、{LARGEST_MB} MB；计量表编号须已在系统登记，倍率须与登记一致。",
    ),
    Text(
        "5. What you upload is shown first: rows that can be taken, and rows that cannot with the reason. Once you confirm, "
        "the good rows are taken; the others can be downloaded, mended and uploaded again.",
        "5. 上传后先预览：合格的行和退回的行分别列出，确认后合格的行入库，退回的行可下载修改后再次上传。",
    ),
    Text(
        "6. Readings of a meter outside its calibration are kept apart and count towards no reduction yet: please send the "
        "certificate.",
        "6. 计量表未在检定有效期内的读数另行存放，不直接计入减排量；请及时提交检定证书。",
    ),
)
_OF_METERS = (
    Text("Meter no.", "计量表编号"), Text("Kind", "类别"), Text("Multiplier", "倍率"),
    Text("In use from", "启用日期"), Text("In use until", "停用日期"),
)  # fmt: skip
_WRONG = Text("Not right", "填写有误")
_METER = Text("Choose a registered meter.", "请选择已登记的计量表编号。")
_FROM = Text("Write a day, such as 2025-01-01.", "请填写日期，如 2025-01-01。")
_TO = Text("Write a day, such as 2025-01-31.", "请填写日期，如 2025-01-31。")
_AMOUNT = Text("Write a number, 0 or more.", "请填写不小于 0 的数值。")
_EXAMPLE = (
    ("SHPV0001-G", "2025-01-01", "2025-01-31", "1024.50", "1607.86", "80", "46668.80"),
    ("SHPV0001-G", "2025-02-01", "2025-02-28", "1607.86", "2221.10", "80", "49059.20"),
)


def template(project: Project, devices: Sequence[Device], lang: str) -> bytes:
    """The workbook to fill in, in the reader's words: the sheet for data with validation, an example, instructions, the
    meters. It is read back in either language."""
    from openpyxl import Workbook  # late, here and below: it takes a while to load

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEET.of(lang)
    _put(sheet, 1, 1, f"{project.number} {TITLE.of(lang)}", bold=True)
    _put(sheet, 2, 1, _BEGIN.of(lang))
    _heads(sheet, HEADING, lang)
    sheet.freeze_panes = f"A{HEADING + 1}"
    _example(book, lang)
    _notes(book, lang)
    _meters(book, devices, lang)
    _validate(sheet, len(devices), lang)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def filled(project: Project, rows: Sequence[Mapping[str, str]]) -> bytes:
    """The sheet for data with rows in it, every value as the text it was typed."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEET.zh
    _put(sheet, 1, 1, f"{project.number} {TITLE.zh}", bold=True)
    _put(sheet, 2, 1, "由网页“填写读数”生成。")
    _heads(sheet, HEADING, "zh")
    for n, row in enumerate(rows, HEADING + 1):
        for m, column in enumerate(COLUMNS, 1):
            _put(sheet, n, m, row[column])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _heads(sheet: Any, row: int, lang: str) -> None:
    from openpyxl.styles import Alignment, PatternFill
    from openpyxl.utils import get_column_letter

    for n, text in enumerate(COLUMNS.values(), 1):
        cell = _put(sheet, row, n, text.of(lang), bold=True)
        cell.fill = PatternFill("solid", fgColor="E6F0EA")
        cell.alignment = Alignment(horizontal="center")
        sheet.column_dimensions[get_column_letter(n)].width = 18


def _example(book: Any, lang: str) -> None:
    sheet = book.create_sheet(EXAMPLE.of(lang))
    _heads(sheet, 1, lang)
    for n, row in enumerate(_EXAMPLE, 2):
        for m, value in enumerate(row, 1):
            _put(sheet, n, m, value if m <= 3 else float(value))


def _notes(book: Any, lang: str) -> None:
    sheet = book.create_sheet(NOTES.of(lang))
    sheet.column_dimensions["A"].width = 100
    for n, note in enumerate(_NOTES, 1):
        _put(sheet, n, 1, note.of(lang))


def _meters(book: Any, devices: Sequence[Device], lang: str) -> None:
    """The registered meters, with what a row about them has to say."""
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(METERS.of(lang))
    for n, name in enumerate(_OF_METERS, 1):
        _put(sheet, 1, n, name.of(lang), bold=True)
        sheet.column_dimensions[get_column_letter(n)].width = 18
    for n, d in enumerate(devices, 2):
        for m, value in enumerate(
            (
                d.meter_no,
                d.kind,
                f"{d.multiplier.normalize():f}",
                d.in_use_from.isoformat(),
                str(d.in_use_to or ""),
            ),
            1,
        ):
            _put(sheet, n, m, value)


def _put(sheet: Any, row: int, column: int, value: Any, *, bold: bool = False) -> Any:
    """A cell whose text stays text (a name may begin like a formula)."""
    cell = sheet.cell(row=row, column=column, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
        if value.startswith(exports.FORMULA):
            cell.quotePrefix = True
    if bold:
        from openpyxl.styles import Font

        cell.font = Font(bold=True)
    return cell


def _validate(sheet: Any, meters: int, lang: str) -> None:
    """Excel itself refuses what cannot be right."""
    from openpyxl.worksheet.datavalidation import DataValidation

    def day() -> Any:
        return DataValidation(type="date", operator="greaterThan", formula1="36526")

    def amount() -> Any:
        return DataValidation(type="decimal", operator="greaterThanOrEqual", formula1="0")

    known = DataValidation(type="list", formula1=f"={METERS.of(lang)}!$A$2:$A${max(2, meters + 1)}")
    first, last = HEADING + 1, HEADING + MOST_ROWS
    rules = [("A", known, _METER), ("B", day(), _FROM), ("C", day(), _TO)]
    rules += [(column, amount(), _AMOUNT) for column in "DEFG"]
    # 00123 is a number of a meter, not a hundred and twenty-three
    sheet.column_dimensions["A"].number_format = "@"
    for column, rule, words in rules:
        rule.error, rule.errorTitle, rule.allow_blank = words.of(lang), _WRONG.of(lang), True
        # a date may also be typed as text; the upload reads both, so Excel only warns
        rule.errorStyle = "warning" if column in "BC" else "stop"
        sheet.add_data_validation(rule)
        rule.add(f"{column}{first}:{column}{last}")


def read(filename: str, content: bytes) -> list[Row]:
    """The rows of an uploaded workbook, numbered as Excel numbers them; empty rows are passed over.

    Raises:
        BadUpload: not an Excel workbook, too large, no such columns, no rows, or too many.
    """
    from openpyxl import load_workbook

    if len(content) > LARGEST_MB * 1024 * 1024:
        raise _bad(f"larger than {LARGEST_MB} MB", f"文件超过 {LARGEST_MB} MB，请拆分后上传", 413)
    excel = filename.lower().endswith(".xlsx")
    if excel:
        materials.checked(filename, content)
    if not excel or packages.unpacked(content) > _UNPACKED:
        raise _bad("not an Excel workbook (.xlsx)", "请上传 Excel 工作簿（.xlsx），可下载模板填写", 415)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    except Exception as error:  # a damaged workbook fails in many ways, all of them the sender's
        raise _bad(
            "the workbook cannot be read", "文件无法读取，请用 Excel 或 WPS 另存后再上传", 415
        ) from error
    try:
        rows = list(_rows(_sheet(book)))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise _bad(
            "the workbook cannot be read", "文件无法读取，请用 Excel 或 WPS 另存后再上传", 415
        ) from error
    finally:
        book.close()
    if not rows:
        raise _bad("no rows were found", "没有找到数据行，请在“抄表数据”页表头下方填写", 422)
    return rows


def _sheet(book: Any) -> Any:
    """The sheet for data of a template in either language, or the first there is."""
    return next((book[n] for n in (SHEET.zh, SHEET.en) if n in book.sheetnames), book.worksheets[0])


def _rows(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # what a file says of its own size is not believed
    heads: dict[int, str] = {}
    count = 0
    for number, cells in enumerate(sheet.iter_rows(max_col=WIDEST), 1):
        values = [c.value for c in cells]
        if not heads:
            heads = _heading(values)
            if not heads and number > 20:
                break
            continue
        if all(v is None or str(v).strip() == "" for v in values):
            continue
        count += 1
        if count > MOST_ROWS:
            raise _bad(f"more than {MOST_ROWS} rows", f"超过 {MOST_ROWS} 行，请拆分后分次上传", 413)
        yield number, {key: _cell(cells[n]) for n, key in heads.items() if n < len(cells)}
    if not heads:
        names = "、".join(t.zh for t in COLUMNS.values())
        raise _bad("the columns of the template were not found", f"没有找到表头。表头应为：{names}", 422)


def _heading(values: Sequence[Any]) -> dict[int, str]:
    found = {
        n: _HEADS[key]
        for n, v in enumerate(values)
        if (key := str(v or "").strip().replace("(kWh)", "（kWh）")) in _HEADS
    }
    return found if {"meter_no", "reading_start", "reading_end"} <= set(found.values()) else {}


def _cell(cell: Any) -> Any:
    """The value; a formula is refused as what it is, for nobody can see what it gave when it was signed off."""
    if cell.data_type == "f":
        return str(cell.value)
    return cell.value.date() if isinstance(cell.value, datetime) else cell.value


def _bad(en: str, zh: str, status: int) -> BadUpload:
    return BadUpload(Text(f"The file was not taken: {en}.", f"{zh}。"), status)


def refused(batch: DataBatch, rows: Sequence[RejectedRow], lang: str) -> bytes:
    """The rows not taken as a workbook in the reader's words: as sent, with row, column and reason; nothing in it can
    be executed, and it can be mended and sent again."""
    named = COLUMNS | {"month": Text("Month", "月份")}
    columns = [ROW.of(lang), *(t.of(lang) for t in COLUMNS.values()), COLUMN.of(lang), REASON.of(lang)]
    lines = [
        [
            r.row,
            *(r.raw.get(k, "") for k in COLUMNS),
            named[r.column].of(lang) if r.column in named else r.column,
            Text(r.reason_en, r.reason_zh).of(lang),
        ]
        for r in rows
    ]
    note = Text(
        f"Batch {batch.id}: {batch.rejected} rows were not taken. Mend them and upload them again; rows that were "
        "taken need not be sent once more.",
        f"批次 {batch.id}：退回 {batch.rejected} 行。请改正后重新上传，已入库的行无需重复报送。",
    )
    return exports.workbook(REFUSED.of(lang), columns, lines, note.of(lang))
