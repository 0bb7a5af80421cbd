"""The Word templates: complete, in step with their contexts, and fit for an office."""

from io import BytesIO

import pytest
from docx import Document
from docx.oxml.ns import qn

from models.procedures import procedure
from services.documents.build import BUILDERS
from services.documents.contexts import CONTEXTS
from services.documents.placeholders import fields_of
from services.documents.render import TEMPLATES, placeholders, template_path, template_version
from tests.documents import sample

KEYS = sorted(BUILDERS)


def _template(key: str):
    return Document(BytesIO(template_path(sample.PROCEDURE, key).read_bytes()))


def test_documents_of_the_nouns_have_template_builder_and_context():
    nouns = {document.key for document in procedure(sample.PROCEDURE).documents}
    files = {path.stem for path in (TEMPLATES / sample.PROCEDURE).glob("*.docx")}
    assert nouns == files == set(BUILDERS) == set(CONTEXTS)


def test_document_titles_are_those_of_the_nouns():
    titles = {document.key: document.title.zh for document in procedure(sample.PROCEDURE).documents}
    assert {key: CONTEXTS[key].DOCUMENT for key in CONTEXTS} == titles


@pytest.mark.parametrize("key", KEYS)
def test_placeholders_equal_context_fields(key):
    assert placeholders(sample.PROCEDURE, key) == fields_of(CONTEXTS[key])


@pytest.mark.parametrize("key", KEYS)
def test_template_version_is_short_and_stable(key):
    version = template_version(sample.PROCEDURE, key)
    assert len(version) == 12
    assert version == template_version(sample.PROCEDURE, key)


@pytest.mark.parametrize(
    ("procedure_key", "key"), [("project_application", "nothing"), ("..", "receipt"), ("x", "../receipt")]
)
def test_template_unknown_is_refused(procedure_key, key):
    with pytest.raises(FileNotFoundError):
        template_path(procedure_key, key)


@pytest.mark.parametrize("key", KEYS)
def test_template_counts_its_pages_in_fields(key):
    fields = "".join(i.text for i in _template(key).sections[0].footer._element.iter(qn("w:instrText")))
    assert fields.split() == ["PAGE", "NUMPAGES"]


@pytest.mark.parametrize("key", KEYS)
def test_template_names_chinese_fonts(key):
    styles = _template(key).styles
    east = {
        name: styles[name].element.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia"))
        for name in ("Normal", "Title", "Heading 1", "Heading 2")
    }
    assert east == {
        "Normal": "仿宋_GB2312",
        "Title": "方正小标宋简体",
        "Heading 1": "黑体",
        "Heading 2": "楷体_GB2312",
    }


@pytest.mark.parametrize("key", KEYS)
def test_template_tables_that_repeat_rows_repeat_their_heading(key):
    for table in _template(key).tables:
        rows = list(table._tbl.tr_lst)
        texts = ["".join(t.text or "" for t in row.iter(qn("w:t"))) for row in rows]
        if texts[1:2] and texts[1].startswith("{%tr for"):
            assert rows[0].find(f".//{qn('w:tblHeader')}") is not None, texts[0]
            assert rows[2].find(f".//{qn('w:cantSplit')}") is not None, texts[2]
