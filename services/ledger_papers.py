"""A certificate of the ledger as people read it, on the page and as a Word file with code and address to check it."""

import io
from datetime import date, timedelta
from typing import Any

from models.tables import Certificate
from models.vocabulary.text import Text
from services import qr
from services.clock import SHANGHAI
from services.documents.builders.words import tight, zh_date, zh_time
from services.ex_officio import OFFICE_NAME

TITLES: dict[str, Text] = {
    "issuance": Text("Certificate of issuance", "减排量签发凭证"),
    "cancellation": Text("Certificate of cancellation", "减排量注销凭证"),
    "donation": Text("Certificate of donation", "碳积分捐赠凭证"),
}
#: Of the label and of what is said, in millimetres: the width of a letter's tables.
_WIDTHS = (40, 116)
#: Donated points have no beneficiary yet: they are cancelled for the purpose when it ends (J04).
_FOR = {"donation": Text("Donated to", "捐赠用途")}


def title(row: Certificate) -> Text:
    """What the paper is called; cancelled points have a name of their own."""
    if row.kind == "cancellation" and "points" in row.facts:
        return Text("Certificate of points cancelled", "碳积分自愿注销凭证")
    return TITLES[row.kind]


def lines(row: Certificate) -> list[tuple[Text, Text]]:
    """The facts as label and value, in the order of the paper."""
    facts = row.facts
    found: list[tuple[Text, Text | str]] = [
        (Text("Holder", "持有人"), facts.get("holder") or _many(facts)),
        (_FOR.get(row.kind, Text("In the name of", "受益人")), facts.get("beneficiary", "")),
        (Text("Purpose", "用途"), _purpose(facts)),
        (Text("Replaces of lot", "抵补批次"), facts.get("replaces", "")),
        (Text("Points", "碳积分"), f"{int(facts['points']):,}" if "points" in facts else ""),
        (Text("Amount", "数量"), _amount(facts)),
        (Text("Lot", "批次"), facts.get("lot", "")),
        (Text("Lots", "批次"), _lots(facts)),
        (Text("Project or scenario", "项目（场景）编号"), facts.get("origin", "")),
        (Text("Methodology", "方法学"), facts.get("methodology", "")),
        (Text("Class and vintage", "类别与年份"), _class(facts)),
        (Text("Period", "监测期"), _period(facts)),
        (Text("Serial numbers", "序列号"), "；".join(facts.get("serials", [])[:20])),
        (
            Text("Entered on", "登记时间"),
            Text(f"{row.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", zh_time(row.at)),
        ),
    ]
    both = [(label, value if isinstance(value, Text) else Text(value, value)) for label, value in found]
    return [(label, value) for label, value in both if value.zh]


def _purpose(facts: dict[str, Any]) -> Text:
    zh = facts.get("purpose_zh", "")
    return Text(facts.get("purpose_en") or zh, zh)


def _amount(facts: dict[str, Any]) -> Text:
    tonnes, grams = facts["amount_t"], f"{int(facts['amount_g']):,}"
    return Text(f"{tonnes} tCO₂e ({grams} g)", f"{tonnes} 吨二氧化碳当量（{grams} 克）")


def _lots(facts: dict[str, Any]) -> Text:
    lots = [(number, kind, f"{int(grams):,}") for number, kind, grams in facts.get("lots", [])]
    return Text(
        "; ".join(f"{n} (class {c}) {g} g" for n, c, g in lots),
        "；".join(f"{n}（{c}类）{g} 克" for n, c, g in lots),
    )


def _many(facts: dict[str, Any]) -> Text:
    count = facts.get("holders", 0)
    return Text(f"{count:,} accounts", f"共 {count:,} 个账户") if count > 1 else Text("", "")


def _class(facts: dict[str, Any]) -> Text:
    if "class" not in facts:
        return Text("", "")
    years = [str(y) for y in facts.get("vintages") or [facts.get("vintage")]]
    return Text(f"{facts['class']} · {', '.join(years)}", f"{facts['class']}类 · {'、'.join(years)} 年")


def _period(facts: dict[str, Any]) -> Text:
    if "period" not in facts:
        return Text("", "")
    first, after = facts["period"]
    last = date.fromisoformat(after) - timedelta(days=1)
    return Text(f"{first} – {last}", f"{zh_date(first)}至{zh_date(last)}")


def certificate(row: Certificate, address: str) -> bytes:
    """The certificate as a Word file, in the styles of the letters and on their paper."""
    from docx import Document  # late: loading it takes a while, and a start makes no papers
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    from services.documents.render import built_in

    paper = Document(io.BytesIO(built_in("issuance", "issuance_certificate")))
    body = paper.element.body
    for element in [e for e in body if not e.tag.endswith("}sectPr")]:
        if not element.xpath("./w:pPr/w:pStyle[@w:val='红线']/../w:pBdr"):  # the rule of the letterhead stays
            body.remove(element)
    rule = paper.paragraphs[0]
    rule.insert_paragraph_before(OFFICE_NAME, style="红头")
    rule.insert_paragraph_before(f"凭证编号：{row.number}", style="文号")
    paper.add_paragraph(title(row).zh, style="Title")
    _facts(paper, lines(row))
    _check(paper, row, address)
    for said_last in (OFFICE_NAME, zh_date(row.at)):
        line = paper.add_paragraph(said_last, style="落款")
        line.alignment, line.paragraph_format.keep_with_next = WD_ALIGN_PARAGRAPH.RIGHT, True
    _foot(paper, row)
    return _packed(paper, row)


def _facts(paper: Any, said: list[tuple[Text, Text]]) -> None:
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.shared import Mm

    table = paper.add_table(rows=len(said), cols=2)
    table.style, table.autofit, table.alignment = "Table Grid", False, WD_TABLE_ALIGNMENT.CENTER
    for grid, width in zip(table._tbl.tblGrid.gridCol_lst, _WIDTHS, strict=True):  # its columns hold on to it
        grid.w = Mm(width)
    for n, (label, value) in enumerate(said):  # by cell: a list of a row's cells holds on to the row
        for column, (told, style) in enumerate(((label.zh, "表格居中"), (tight(value.zh), "表格文字"))):
            cell = table.cell(n, column)
            cell.text, cell.width = told, Mm(_WIDTHS[column])
            cell.paragraphs[0].style = style


def _check(paper: Any, row: Certificate, address: str) -> None:
    """How anybody can check the certificate; the picture is told in words, too."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Mm

    paper.add_paragraph("查验", style="Heading 1")
    paper.add_paragraph(f"查验码：{row.code}", style="附注")
    paper.add_picture(io.BytesIO(qr.png(address)), width=Mm(26))
    shown = paper.paragraphs[-1]
    shown.alignment = WD_ALIGN_PARAGRAPH.CENTER
    shown.paragraph_format.line_spacing = 1.0  # an exact one cuts it off
    (picture,) = paper.element.body.iter(qn("wp:docPr"))
    picture.set("name", "二维码")
    picture.set("descr", f"二维码，扫描后打开：{address}")
    where = f"任何人可以扫描上方二维码，或者在 {address} 核对本凭证内容。本凭证内容以登记簿为准。"
    told = paper.add_paragraph(where, style="附注")
    told.alignment = WD_ALIGN_PARAGRAPH.LEFT  # a long address would tear the line apart
    told.paragraph_format.keep_with_next = True  # a seal never stands alone


def _foot(paper: Any, row: Certificate) -> None:
    """Number and code on every page, over the page numbers the template counts."""
    first, second, *_ = paper.sections[0].footer.paragraphs
    first.text, second.text = f"凭证编号：{row.number}", f"查验码：{row.code}"


def _packed(paper: Any, row: Certificate) -> bytes:
    """The file, which names the office and no program."""
    from services.documents.packing import name_office, take_apart

    properties = paper.core_properties
    properties.title, properties.subject = title(row).zh, row.number
    properties.created = properties.modified = row.at
    name_office(paper, OFFICE_NAME)
    out = io.BytesIO()
    paper.save(out)
    take_apart(paper)
    return out.getvalue()
