"""A certificate of the ledger as people read it, on the page and as a Word file with code and address to check it."""

import io
from datetime import date, timedelta
from typing import Any

from models.tables import Certificate
from models.vocabulary.text import Text
from services import qr
from services.clock import SHANGHAI
from services.documents.packing import take_apart
from services.ex_officio import OFFICE_NAME

TITLES: dict[str, Text] = {
    "issuance": Text("Certificate of issuance", "减排量签发凭证"),
    "cancellation": Text("Certificate of cancellation", "减排量注销凭证"),
    "donation": Text("Certificate of donation", "碳积分捐赠凭证"),
}
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
        (Text("Entered on", "登记时间"), f"{row.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
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
    return Text(f"{first} – {last}", f"{first} 至 {last}")


def certificate(row: Certificate, address: str) -> bytes:
    """The certificate as a Word file."""
    from docx import Document  # late: loading it takes a while, and a start makes no papers
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    paper = Document()
    _font(paper)
    head = paper.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = head.add_run(title(row).zh)
    run.bold, run.font.size = True, Pt(20)
    number = paper.add_paragraph(f"编号：{row.number}")
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    said = lines(row)
    table = paper.add_table(rows=len(said), cols=2, style="Table Grid")
    for n, (label, value) in enumerate(said):  # by cell: a list of a row's cells holds on to the row
        for column, (words, width) in enumerate(((label.zh, 40), (value.zh, 120))):
            cell = table.cell(n, column)
            cell.text, cell.width = words, Mm(width)
    paper.add_paragraph()
    paper.add_picture(io.BytesIO(qr.png(address)), width=Mm(30))
    paper.add_paragraph(f"查验码：{row.code}")
    paper.add_paragraph(f"查验地址：{address}")
    paper.add_paragraph("任何人可扫描二维码，或凭查验码在上述地址核对本凭证内容。本凭证内容以登记簿为准。")
    for said_last in (OFFICE_NAME, f"{row.at.astimezone(SHANGHAI):%Y年%-m月%-d日}"):
        paper.add_paragraph(said_last).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    out = io.BytesIO()
    paper.save(out)
    take_apart(paper)
    return out.getvalue()


def _font(paper: Any) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt

    style = paper.styles["Normal"]
    style.font.name, style.font.size = "仿宋", Pt(12)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "仿宋")
