"""A letter is printed before it has a number: the number and the check code are put in last, and nobody can tell."""

import zipfile
from io import BytesIO

import pytest
from docx import Document

from models.procedures import procedure
from services.documents.build import build, numbered
from services.documents.render import Printed, printed, render
from tests.documents import sample
from tests.documents.reading import AT, SLOTS, context

KEYS = sorted(document.key for document in procedure(sample.PROCEDURE).documents)


@pytest.mark.parametrize("kind", [sample.ordinary, sample.extreme])
@pytest.mark.parametrize("key", KEYS)
def test_number_put_in_last_makes_the_same_letter(key, kind):
    whole = context(key, kind())
    blank = build(key, kind(), number="", issued_at=AT, slot=SLOTS.get(key, "1"))
    paper = printed(sample.PROCEDURE, key, blank)
    assert numbered(blank, sample.NUMBER) == whole
    assert paper.completed(whole) == render(sample.PROCEDURE, key, whole)


def test_what_is_put_in_is_text_and_not_markup():
    said = context("receipt", sample.ordinary())
    paper = printed(sample.PROCEDURE, "receipt", said)
    made = paper.completed(said.model_copy(update={"number": '<w:b/>&"号\x07'}))
    assert '<w:b/>&"号' in Document(BytesIO(made)).sections[0].footer.paragraphs[0].text


def test_part_in_another_encoding_keeps_it():
    parts = {
        "a.xml": b"<?xml version='1.0' encoding='ASCII'?><a>MARK</a>",
        "b.xml": b"<?xml version='1.0' encoding='UTF-8'?><a>MARK</a>",
    }
    said = context("receipt", sample.ordinary())
    with zipfile.ZipFile(BytesIO(Printed(parts, {"number": "MARK"}).completed(said))) as made:
        assert made.read("a.xml").isascii()
        assert sample.NUMBER in made.read("b.xml").decode()
