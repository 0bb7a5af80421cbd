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

SHEET = "抄表数据"
METERS = "计量表"
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

_NOTES = (
    "1. 每行填写一块计量表在一段完整日期内的读数，起止日期均含当日，期间不得重叠或遗漏。",
    "2. 日期格式为 2025-01-31；截止日期应早于报送当日。",
    "3. 数量＝（期末读数－期初读数）×倍率，单位随计量表（电能表为 kWh，里程表为 km），请直接填写数值，不要使用公式、单位或千分位以外的符号。",
    f"4. 每个文件不超过 {MOST_ROWS} 行、{LARGEST_MB} MB；计量表编号须已在系统登记，倍率须与登记一致。",
    "5. 上传后先预览：合格的行和退回的行分别列出，确认后合格的行入库，退回的行可下载修改后再次上传。",
    "6. 计量表未在检定有效期内的读数另行存放，不直接计入减排量；请及时提交检定证书。",
)
_EXAMPLE = (
    ("SHPV0001-G", "2025-01-01", "2025-01-31", "1024.50", "1607.86", "80", "46668.80"),
    ("SHPV0001-G", "2025-02-01", "2025-02-28", "1607.86", "2221.10", "80", "49059.20"),
)


def template(project: Project, devices: Sequence[Device]) -> bytes:
    """The workbook to fill in: the sheet for data with validation, an example, instructions, the meters."""
    from openpyxl import Workbook  # late, here and below: it takes a while to load

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEET
    _put(sheet, 1, 1, f"{project.number} 监测数据报送表", bold=True)
    _put(sheet, 2, 1, "自第 4 行起填写，一行一段读数；填写要求见“填写说明”。")
    _heads(sheet, HEADING)
    sheet.freeze_panes = f"A{HEADING + 1}"
    _example(book)
    _notes(book)
    _meters(book, devices)
    _validate(sheet, len(devices))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def filled(project: Project, rows: Sequence[Mapping[str, str]]) -> bytes:
    """The sheet for data with rows in it, every value as the text it was typed."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEET
    _put(sheet, 1, 1, f"{project.number} 监测数据报送表", bold=True)
    _put(sheet, 2, 1, "由网页“填写读数”生成。")
    _heads(sheet, HEADING)
    for n, row in enumerate(rows, HEADING + 1):
        for m, column in enumerate(COLUMNS, 1):
            _put(sheet, n, m, row[column])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _heads(sheet: Any, row: int) -> None:
    from openpyxl.styles import Alignment, PatternFill
    from openpyxl.utils import get_column_letter

    for n, text in enumerate(COLUMNS.values(), 1):
        cell = _put(sheet, row, n, text.zh, bold=True)
        cell.fill = PatternFill("solid", fgColor="E6F0EA")
        cell.alignment = Alignment(horizontal="center")
        sheet.column_dimensions[get_column_letter(n)].width = 18


def _example(book: Any) -> None:
    sheet = book.create_sheet("填写示例")
    _heads(sheet, 1)
    for n, row in enumerate(_EXAMPLE, 2):
        for m, value in enumerate(row, 1):
            _put(sheet, n, m, value if m <= 3 else float(value))


def _notes(book: Any) -> None:
    sheet = book.create_sheet("填写说明")
    sheet.column_dimensions["A"].width = 100
    for n, note in enumerate(_NOTES, 1):
        _put(sheet, n, 1, note)


def _meters(book: Any, devices: Sequence[Device]) -> None:
    """The registered meters, with what a row about them has to say."""
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(METERS)
    for n, name in enumerate(("计量表编号", "类别", "倍率", "启用日期", "停用日期"), 1):
        _put(sheet, 1, n, name, bold=True)
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


def _validate(sheet: Any, meters: int) -> None:
    """Excel itself refuses what cannot be right."""
    from openpyxl.worksheet.datavalidation import DataValidation

    first, last = HEADING + 1, HEADING + MOST_ROWS
    rules = [
        (
            "A",
            DataValidation(type="list", formula1=f"={METERS}!$A$2:$A${max(2, meters + 1)}"),
            "请选择已登记的计量表编号。",
        ),
        (
            "B",
            DataValidation(type="date", operator="greaterThan", formula1="36526"),
            "请填写日期，如 2025-01-01。",
        ),
        (
            "C",
            DataValidation(type="date", operator="greaterThan", formula1="36526"),
            "请填写日期，如 2025-01-31。",
        ),
        *(
            (
                c,
                DataValidation(type="decimal", operator="greaterThanOrEqual", formula1="0"),
                "请填写不小于 0 的数值。",
            )
            for c in "DEFG"
        ),
    ]
    sheet.column_dimensions[
        "A"
    ].number_format = "@"  # 00123 is a number of a meter, not a hundred and twenty-three
    for column, rule, words in rules:
        rule.error, rule.errorTitle, rule.allow_blank = words, "填写有误", True
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
        rows = list(_rows(book[SHEET] if SHEET in book.sheetnames else book.worksheets[0]))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise _bad(
            "the workbook cannot be read", "文件无法读取，请用 Excel 或 WPS 另存后再上传", 415
        ) from error
    finally:
        book.close()
    if not rows:
        raise _bad("no rows were found", "没有找到数据行，请在“抄表数据”页表头下方填写", 422)
    return rows


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
