"""The Word templates: complete, in step with their contexts, and fit for an office."""

from io import BytesIO

import pytest
from docx import Document
from docx.oxml.ns import qn

from models.procedures import PROCEDURES, procedure
from services.documents.build import BUILDERS
from services.documents.contexts import CONTEXTS
from services.documents.placeholders import fields_of
from services.documents.render import TEMPLATES, placeholders, template_path, template_version
from tests.documents import sample

KEYS = sorted(document.key for document in procedure(sample.PROCEDURE).documents)


def _template(key: str):
    return Document(BytesIO(template_path(sample.PROCEDURE, key).read_bytes()))


@pytest.mark.parametrize("spec", PROCEDURES.values(), ids=list(PROCEDURES))
def test_documents_of_the_nouns_have_template_builder_and_context(spec):
    for document in spec.documents:
        assert template_path(spec.key, document.key).is_file()
        assert document.key in BUILDERS
        assert document.title.zh == CONTEXTS[document.key].DOCUMENT
        assert placeholders(spec.key, document.key) == fields_of(CONTEXTS[document.key])


def test_templates_all_belong_to_a_document_of_the_nouns():
    nouns = {key: {d.key for d in spec.documents} for key, spec in PROCEDURES.items()}
    nouns["shared"] = set().union(*nouns.values())
    stray = [p for p in TEMPLATES.glob("*/*.docx") if p.stem not in nouns.get(p.parent.name, set())]
    assert stray == []


@pytest.mark.rule("G27")
@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*/*.docx")), ids=lambda p: p.stem)
def test_letter_promises_no_remedy_that_no_text_gives(path):
    """A centre that is no authority decides nothing that could be taken to administrative review."""
    said = "".join(t.text or "" for t in Document(str(path)).element.body.iter(qn("w:t")))
    assert [word for word in ("行政复议", "行政诉讼") if word in said] == []


def test_shared_letters_are_kept_once():
    shared = {path.stem for path in (TEMPLATES / "shared").glob("*.docx")}
    assert not [p for p in TEMPLATES.glob("*/*.docx") if p.parent.name != "shared" and p.stem in shared]


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
