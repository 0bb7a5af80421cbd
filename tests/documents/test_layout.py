"""How the Word templates are laid out: rules, labels, columns, running heads, places to sign."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn

from services.documents.render import TEMPLATES

LETTERS = sorted(TEMPLATES.glob("*/*.docx"), key=str)
APPENDICES = {
    "project_application/appendix_a": "附录A　碳普惠减排项目申请表",
    "project_application/appendix_b": "附录B　减排项目设计文件",
    "scenario_application/appendix_c": "附录C　碳普惠减排场景申请表",
    "issuance/appendix_d": "附录D　项目减排量签发申请表",
    "issuance/appendix_e": "附录E　项目减排量计算过程说明",
    "issuance/monitoring_report": "项目减排量监测报告",
    "shared/quantity_report": "减排量技术审查报告",
}
#: Twentieths of a point: a day such as 2026年11月30日 in the small print of a table, with its margins.
DAY = 1790
every_letter = pytest.mark.parametrize("path", LETTERS, ids=lambda path: path.stem)


def _text(element: Any) -> str:
    return "".join(t.text or "" for t in element.iter(qn("w:t")))


def _style(paragraph: Any) -> str:
    found = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return "" if found is None else str(found.get(qn("w:val")))


def _is_ruled(paragraph: Any) -> bool:
    return paragraph.find(f"{qn('w:pPr')}/{qn('w:pBdr')}") is not None


def _cells(body: Any) -> Iterator[tuple[str, str, int]]:
    """Text, style and width of every cell that is not a mark of its own."""
    for cell in body.iter(qn("w:tc")):
        width = cell.find(f"{qn('w:tcPr')}/{qn('w:tcW')}")
        yield _text(cell), _style(next(cell.iter(qn("w:p")))), int(width.get(qn("w:w")))


@every_letter
def test_only_the_letterhead_is_ruled(path: Path) -> None:
    """The red rule stands under the number of a letter, and nowhere else; every letterhead has one."""
    body = Document(str(path)).element.body
    ruled = [p.getprevious() for p in body.iter(qn("w:p")) if _style(p) == "红线" and _is_ruled(p)]
    heads = [p for p in body.iter(qn("w:p")) if _style(p) == "红头"]
    assert [_style(p) for p in ruled] == ["文号"] * len(heads)


@every_letter
def test_label_of_a_line_is_no_heading(path: Path) -> None:
    """Rows of Appendix A are its sections; elsewhere a label would fill the outline of the document."""
    body = Document(str(path)).element.body
    labels = [text for text, style, _ in _cells(body) if style == "栏目" and not text[:1].isdigit()]
    assert labels == []


@every_letter
def test_number_of_a_row_and_a_day_fit_their_column(path: Path) -> None:
    narrow = [
        text
        for text, style, width in _cells(Document(str(path)).element.body)
        if (text == "序号" and width < (545 if style == "表头小" else 640))
        or (style.startswith("表格小字") and text.rstrip("} ").endswith(("_on", ".date")) and width < DAY)
    ]
    assert narrow == []


@every_letter
def test_headings_stay_with_what_follows(path: Path) -> None:
    styles = Document(str(path)).styles
    assert [
        n for n in ("Heading 1", "Heading 2", "Heading 3") if not styles[n].paragraph_format.keep_with_next
    ] == []


@pytest.mark.rule("G05")
@pytest.mark.parametrize(("name", "title"), APPENDICES.items())
def test_appendix_names_itself_on_every_page(name: str, title: str) -> None:
    paper = Document(str(TEMPLATES / f"{name}.docx"))
    assert [p.text for p in paper.sections[0].header.paragraphs] == [title]


@pytest.mark.rule("G05")
@pytest.mark.parametrize("name", ["scenario_application/appendix_c", "issuance/appendix_d"])
def test_place_to_sign_has_a_line_for_each(name: str) -> None:
    said = [p.text for p in Document(str(TEMPLATES / f"{name}.docx")).paragraphs]
    at = said.index("法定代表人或个人签字：{{ declared_by }}")
    assert said[at + 1 : at + 3] == ["（加盖企业或单位公章，如有）", "日期：{{ declared_on }}"]


@pytest.mark.rule("G05")
def test_appendix_d_leaves_room_for_the_review() -> None:
    table = Document(str(TEMPLATES / "issuance/appendix_d.docx")).tables[-1]
    labels = [cell.text for row in table.rows for cell in row.cells if cell.text.strip()]
    assert labels == [
        "审查意见",
        "核定减排量",
        "经办人员",
        "审核人员",
        "签发人员",
        "日期",
        "　　年　　月　　日",
    ]


@pytest.mark.rule("G05")
def test_parts_of_appendix_c_are_headings() -> None:
    paper = Document(str(TEMPLATES / "scenario_application/appendix_c.docx"))
    styles = {p.text: p.style.name for p in paper.paragraphs if p.style}
    assert [styles[t] for t in ("{{ s.title }}", "{{ part.title }}", "{{ materials_title }}")] == [
        "Heading 1",
        "Heading 2",
        "Heading 2",
    ]


@pytest.mark.parametrize("name", ["shared/expert_opinion", "mall_onboarding/mall_application_form"])
def test_parts_of_a_form_are_headings_of_the_first_rank(name: str) -> None:
    styles = {p.style.name for p in Document(str(TEMPLATES / f"{name}.docx")).paragraphs if p.style}
    assert "Heading 1" in styles
    assert "Heading 2" not in styles


@every_letter
def test_seal_has_a_paragraph_of_the_letter_above_it(path: Path) -> None:
    """What stands before a seal goes with it to the next page: more than the names of who dealt with the case."""
    for table in Document(str(path)).element.body.iter(qn("w:tbl")):
        if "（公章）" not in _text(table) or "{{ issued_on }}" not in _text(table):
            continue
        before = table.getprevious()
        while before is not None and (_style(before) in ("红线", "附注") or "{%p" in _text(before)):
            before = before.getprevious()
        assert before is not None
        kept = before.find(f"{qn('w:pPr')}/{qn('w:keepNext')}")
        in_table = before.tag == qn("w:tbl")
        assert in_table or (kept is not None and kept.get(qn("w:val")) != "0"), _text(before)
