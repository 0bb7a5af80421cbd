"""Appendix D and E, the monitoring report and the letters of an issuance (G05, G18, G19, G20)."""

from io import BytesIO

import pytest
from docx import Document

from services.documents.build import build
from services.documents.render import render
from tests.documents import issuance_file as files
from tests.documents import sample
from tests.documents.reading import AT, paragraphs, text

KEYS = (
    "appendix_d",
    "appendix_e",
    "monitoring_report",
    "quantity_report",
    "quantity_opinion",
    "issuance_notice",
    "issuance_certificate",
    "issuance_refusal",
)
FILES = {"ordinary": files.ordinary, "extreme": files.extreme, "empty": files.empty}


def printed(key, file):
    said = build(key, file, number=sample.NUMBER, issued_at=AT)
    return Document(BytesIO(render(files.PROCEDURE, key, said)))


@pytest.mark.parametrize("kind", sorted(FILES))
@pytest.mark.parametrize("key", KEYS)
def test_paper_renders_without_template_marks(key, kind):
    said = text(printed(key, FILES[kind]()))
    typed = sample.NASTY if kind == "extreme" else ""
    assert [m for m in ("{%tr", "{%p", "{{", "}}") if said.count(m) and m not in typed] == []


@pytest.mark.rule("G19")
def test_appendix_e_prints_every_step_to_the_result():
    said = text(printed("appendix_e", files.ordinary()))
    assert "BE = Σ(EGadj) × EF ÷ 1000" in said
    assert "847736 × 0.42 ÷ 1000" in said
    assert "356.049 tCO₂e" in said
    for month in range(1, 13):
        assert f"2025年{month}月" in said
    headings = [
        p for p in paragraphs(printed("appendix_e", files.ordinary())) if p[:1].isdigit() and "　" in p
    ]
    assert [h.split("　")[0] for h in headings] == [
        "1", "2", "2.1", "2.2", "3", "3.1", "3.2", "3.3", "4", "4.1", "4.2", "4.3", "4.4", "4.5",
        "5", "5.1", "5.2", "5.3", "5.4", "5.5", "5.6", "6",
    ]  # fmt: skip


@pytest.mark.rule("G19")
def test_monitoring_report_and_appendix_e_rest_on_the_same_data():
    file = files.ordinary()
    told = [build(k, file, number=sample.NUMBER, issued_at=AT) for k in ("appendix_e", "monitoring_report")]
    assert told[0].data_digest == told[1].data_digest != "—"
    assert told[0].activity == told[1].activity


@pytest.mark.rule("G18")
def test_certificate_carries_code_serials_and_grams():
    said = text(printed("issuance_certificate", files.ordinary()))
    for told in (files.CODE, "000000001", "356,049,000 gCO₂e", "356.049 tCO₂e", "I类项目减排量"):
        assert told in said


def test_opinion_puts_claimed_recomputed_and_approved_side_by_side():
    table = next(
        t for t in printed("quantity_opinion", files.ordinary()).tables if t.rows[0].cells[0].text == "年度"
    )
    assert [c.text for c in table.rows[1].cells] == ["2025年", *["356.049 tCO₂e"] * 3]


@pytest.mark.rule("J03")
@pytest.mark.rule("G18")
def test_certificate_carries_a_qr_code_and_one_without_a_code_carries_none():
    for kind, pictures in (("ordinary", 1), ("empty", 0)):
        paper = printed("issuance_certificate", FILES[kind]())
        assert len(paper.inline_shapes) == pictures, kind
    said = build("issuance_certificate", files.ordinary(), number=sample.NUMBER, issued_at=AT)
    assert said.qr_verify == said.verify_address
    again = [render(files.PROCEDURE, "issuance_certificate", said) for _ in range(2)]
    assert again[0] == again[1]


@pytest.mark.rule("M06")
def test_refusal_says_why_on_what_and_what_may_be_done() -> None:
    said = paragraphs(printed("issuance_refusal", files.ordinary()))
    assert [line for line in said if line[1:2] == "、"] == ["一、理由", "二、依据", "三、后续事项"]
    assert "关于减排量审查和签发的规定" in "".join(said)
