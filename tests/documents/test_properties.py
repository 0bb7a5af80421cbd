"""What a document says of itself: its office and day, its language, its pictures in words; no program's name."""

import zipfile
from io import BytesIO

import pytest
from docx import Document
from docx.oxml.ns import qn

from models.procedures import PROCEDURES, procedure
from models.tables import Certificate
from services.documents import convert
from services.documents.build import build
from services.documents.render import TEMPLATES, render
from services.ledger_papers import certificate
from tests.documents import issuance_file, sample
from tests.documents.reading import AT, context

PROGRAMS = (b"Word", b"LibreOffice", b"python", b"Normal.dotm", b"Macintosh")
LETTERS = sorted(TEMPLATES.glob("*/*.docx"), key=str)


def _receipt() -> bytes:
    return render(sample.PROCEDURE, "receipt", context("receipt", sample.ordinary()))


def _certificate() -> bytes:
    said = build("issuance_certificate", issuance_file.ordinary(), number=sample.NUMBER, issued_at=AT)
    return render(issuance_file.PROCEDURE, "issuance_certificate", said)


def test_properties_name_the_office_and_no_program() -> None:
    with zipfile.ZipFile(BytesIO(_receipt())) as package:
        told = {name: package.read(name) for name in package.namelist() if name.startswith("docProps/")}
    assert sorted(told) == ["docProps/app.xml", "docProps/core.xml"]
    assert [(name, word) for name, said in told.items() for word in PROGRAMS if word in said] == []
    assert "上海市减污降碳管理运行技术中心".encode() in told["docProps/app.xml"]


def test_properties_carry_the_day_of_issue_and_the_language() -> None:
    properties = Document(BytesIO(_receipt())).core_properties
    assert f"{properties.created:%Y-%m-%d}" == "2026-11-04"  # the evening before in UTC
    assert properties.modified == properties.created
    assert (properties.language, properties.keywords, properties.comments) == ("zh-CN", "", "")


def test_qr_code_is_told_in_words() -> None:
    (picture,) = Document(BytesIO(_certificate())).element.body.iter(qn("wp:docPr"))
    assert picture.get("descr").startswith("二维码，扫描后打开：http")
    assert picture.get("descr").endswith(f"/verify?code={issuance_file.CODE}")


@pytest.mark.parametrize("path", LETTERS, ids=lambda path: path.stem)
def test_template_is_in_chinese_and_carries_its_own_title(path) -> None:  # type: ignore[no-untyped-def]
    document = Document(str(path))
    whole = document.styles.element.find(f"{qn('w:docDefaults')}//{qn('w:lang')}")
    assert (whole.get(qn("w:val")), whole.get(qn("w:eastAsia"))) == ("zh-CN", "zh-CN")
    assert {lang.get(qn("w:eastAsia")) for lang in document.styles.element.iter(qn("w:lang"))} == {"zh-CN"}
    titles = {
        d.title.zh
        for key in _procedures(path.parent.name)
        for d in procedure(key).documents
        if d.key == path.stem
    }
    assert titles == {document.core_properties.title}


def _procedures(folder: str) -> list[str]:
    return list(PROCEDURES) if folder == "shared" else [folder]


@pytest.mark.skipif(not convert.converter_available(), reason="LibreOffice (soffice) is not installed")
def test_pdf_copy_is_tagged_and_in_chinese() -> None:
    made = convert.to_pdf(_receipt())
    assert made is not None
    assert b"/MarkInfo<</Marked true>>" in made
    assert b"/Lang(zh-CN)" in made


def _ledger_paper() -> bytes:
    facts = {
        "holder": "上海示例能源有限公司",
        "purpose_zh": "大型活动碳中和",
        "amount_t": "1.000",
        "amount_g": 1_000_000,
    }
    facts |= {"class": "I", "vintage": 2025, "period": ["2025-01-01", "2026-01-01"]}
    row = Certificate(kind="cancellation", number="SHPH-ZX-2026-000001", code="7K3M", facts=facts, at=AT)
    return certificate(row, "https://example.test/verify/7K3M")


@pytest.mark.rule("G18")
def test_certificate_of_the_ledger_is_a_paper_of_the_office() -> None:
    """On A4, in the styles of the letters; it was made by a program on American paper in 2013, by its properties."""
    content = _ledger_paper()
    paper = Document(BytesIO(content))
    properties, section = paper.core_properties, paper.sections[0]
    assert (properties.author, properties.title) == ("上海市减污降碳管理运行技术中心", "减排量注销凭证")
    assert (properties.language, f"{properties.created:%Y}", properties.comments) == ("zh-CN", "2026", "")
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    with zipfile.ZipFile(BytesIO(content)) as package:
        assert [
            w for w in PROGRAMS if w in package.read("docProps/app.xml") + package.read("docProps/core.xml")
        ] == []
    (picture,) = paper.element.body.iter(qn("wp:docPr"))
    assert picture.get("descr") == "二维码，扫描后打开：https://example.test/verify/7K3M"


def test_certificate_of_the_ledger_reads_as_letters_do() -> None:
    paper = Document(BytesIO(_ledger_paper()))
    said = {row.cells[0].text: row.cells[1].text for row in paper.tables[0].rows}
    assert said["监测期"] == "2025年1月1日至2025年12月31日"
    assert said["登记时间"] == "2026年11月4日0时30分"
    assert said["数量"] == "1.000吨二氧化碳当量（1,000,000克）"
    footer = [p.text for p in paper.sections[0].footer.paragraphs]
    assert footer[:2] == ["凭证编号：SHPH-ZX-2026-000001", "查验码：7K3M"]
    assert not any("{" in p.text for p in paper.paragraphs)


def test_seal_of_a_certificate_of_the_ledger_never_stands_alone() -> None:
    paper = Document(BytesIO(_ledger_paper()))
    last = [p for p in paper.paragraphs if p.text][-3:]
    assert [p.paragraph_format.keep_with_next for p in last] == [True] * 3
