"""A certificate of the ledger as people read it, on the page and as a Word file with code and address to check it."""

import io
from datetime import date, timedelta
from typing import Any

from models.tables import Certificate
from models.vocabulary.text import Text
from services import qr
from services.clock import SHANGHAI
from services.documents.release import take_apart

TITLES: dict[str, Text] = {
    "issuance": Text("Certificate of issuance", "减排量签发凭证"),
    "cancellation": Text("Certificate of cancellation", "减排量注销凭证"),
    "donation": Text("Certificate of donation", "碳积分捐赠凭证"),
}


def title(row: Certificate) -> Text:
    """What the paper is called; cancelled points have a name of their own."""
    if row.kind == "cancellation" and "points" in row.facts:
        return Text("Certificate of points cancelled", "碳积分自愿注销凭证")
    return TITLES[row.kind]


def lines(row: Certificate) -> list[tuple[Text, str]]:
    """The facts as label and value, in the order of the paper."""
    facts = row.facts
    found = [
        (Text("Holder", "持有人"), facts.get("holder") or _many(facts)),
        (Text("In the name of", "受益人"), facts.get("beneficiary", "")),
        (Text("Purpose", "用途"), facts.get("purpose_zh", "")),
        (Text("Points", "碳积分"), f"{int(facts['points']):,}" if "points" in facts else ""),
        (Text("Amount", "数量"), f"{facts['amount_t']} 吨二氧化碳当量（{int(facts['amount_g']):,} 克）"),
        (Text("Lot", "批次"), facts.get("lot", "")),
        (Text("Lots", "批次"), "；".join(f"{n}（{c}类）{int(g):,} 克" for n, c, g in facts.get("lots", []))),
        (Text("Project or scenario", "项目（场景）编号"), facts.get("origin", "")),
        (Text("Methodology", "方法学"), facts.get("methodology", "")),
        (Text("Class and vintage", "类别与年份"), _class(facts)),
        (Text("Period", "监测期"), _period(facts)),
        (Text("Serial numbers", "序列号"), "；".join(facts.get("serials", [])[:20])),
        (Text("Entered on", "登记时间"), f"{row.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
    ]
    return [(label, value) for label, value in found if value]


def _many(facts: dict[str, Any]) -> str:
    return f"共 {facts['holders']:,} 个账户" if facts.get("holders", 0) > 1 else ""


def _class(facts: dict[str, Any]) -> str:
    years = facts.get("vintages") or [facts.get("vintage")]
    return f"{facts['class']}类 · {'、'.join(str(y) for y in years)} 年" if "class" in facts else ""


def _period(facts: dict[str, Any]) -> str:
    if "period" not in facts:
        return ""
    first, after = facts["period"]
    return f"{first} 至 {date.fromisoformat(after) - timedelta(days=1)}"


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
        table.cell(n, 0).text, table.cell(n, 1).text = label.zh, value
    paper.add_paragraph()
    paper.add_picture(io.BytesIO(qr.png(address)), width=Mm(30))
    paper.add_paragraph(f"校验码：{row.code}")
    paper.add_paragraph(f"查验地址：{address}")
    paper.add_paragraph("任何人可扫描二维码，或凭校验码在上述地址核对本凭证内容。本凭证内容以登记簿为准。")
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
