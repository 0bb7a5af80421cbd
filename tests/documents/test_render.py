"""Rendering: whatever is in the data comes out as it was typed, and the same way twice."""

from dataclasses import replace
from io import BytesIO

import pytest
from docx import Document
from jinja2 import UndefinedError

from models.procedures import procedure
from services.documents.build import build
from services.documents.render import clean, render
from tests.documents import sample
from tests.documents.reading import AT, context, footer, paragraphs, printed, text

KEYS = sorted(document.key for document in procedure(sample.PROCEDURE).documents)
FILES = {"ordinary": sample.ordinary, "extreme": sample.extreme, "empty": sample.empty}


@pytest.mark.parametrize("kind", sorted(FILES))
@pytest.mark.parametrize("key", KEYS)
def test_render_leaves_no_template_marks(key, kind):
    said = text(printed(key, FILES[kind]()))
    marks = ("{%tr", "{%p", "{%", "{{", "}}", "%}")
    typed = sample.NASTY if kind == "extreme" else ""
    assert [mark for mark in marks if said.count(mark) and mark not in typed] == []


@pytest.mark.parametrize("key", KEYS)
def test_render_same_input_gives_same_bytes(key):
    said = context(key, sample.ordinary())
    assert render(sample.PROCEDURE, key, said) == render(sample.PROCEDURE, key, said)


@pytest.mark.parametrize("key", KEYS)
def test_render_footer_carries_number_and_check_code(key):
    said = context(key, sample.ordinary())
    line = footer(printed(key, sample.ordinary()))
    assert f"文书编号：{sample.NUMBER}　案件编号：SHTPH-XM-2026-0001" in line
    assert f"校验码：{said.check_code}　模板版本：{said.template_version}" in line
    assert len(said.check_code) == 16


@pytest.mark.parametrize("key", KEYS)
def test_check_code_follows_the_data(key):
    first = context(key, sample.ordinary())
    other = build(
        key,
        sample.ordinary(),
        number="沪碳普惠测〔2026〕0002号",
        issued_at=AT,
        round=1,
        slot="1.1" if key == "expert_opinion" else "1",
    )
    assert first.check_code != other.check_code
    assert first == context(key, sample.ordinary())


def test_render_text_with_markup_and_jinja_stays_literal():
    form = sample.twisted(sample.ordinary().form)
    file = replace(sample.ordinary(), form=form, versions=[replace(sample.ordinary().versions[0], form=form)])
    said = text(printed("appendix_b", file))
    assert "{{ 7*7 }}{% for x in y %}" in said
    assert "A<b>&\"'</b>" in said
    assert "]]>" in said
    assert "49" not in said.replace("0049", "")


def test_render_line_breaks_become_paragraphs():
    plain = sample.ordinary()
    form = {**plain.form, "design": {**plain.form["design"], "overview_text": "第一段\r\n第二段\n\n第三段"}}
    said = paragraphs(printed("appendix_b", replace(plain, versions=[replace(plain.versions[0], form=form)])))
    start = said.index("第一段")
    assert said[start : start + 4] == ["第一段", "第二段", "", "第三段"]


def test_render_table_of_two_hundred_rows_is_complete():
    tables = printed("appendix_b", sample.extreme()).tables
    equipment = next(table for table in tables if table.rows[0].cells[1].text == "设备名称")
    assert len(equipment.rows) == 201
    assert [row.cells[0].text for row in equipment.rows[1:4]] == ["1", "2", "3"]


def test_render_removes_what_xml_cannot_hold():
    assert clean("a\x00b\x07c\x1fd") == "abcd"


def test_render_misspelt_placeholder_is_an_error(tmp_path, monkeypatch):
    folder = tmp_path / "project_application"
    folder.mkdir()
    wrong = Document()
    wrong.add_paragraph("{{ numbre }}")
    wrong.save(folder / "receipt_wrong.docx")
    monkeypatch.setattr("services.documents.render.TEMPLATES", tmp_path)
    with pytest.raises(UndefinedError):
        render("project_application", "receipt_wrong", context("receipt", sample.ordinary()))


def test_render_names_the_document_in_its_properties():
    properties = Document(
        BytesIO(render(sample.PROCEDURE, "receipt", context("receipt", sample.ordinary())))
    ).core_properties
    assert (properties.title, properties.author) == ("收件回执", "上海市减污降碳管理运行技术中心")
    assert properties.subject == f"SHTPH-XM-2026-0001 {sample.NUMBER}"
