"""PDF copies, where LibreOffice is installed."""

import pytest

from services.documents import convert
from services.documents.build import BUILDERS
from services.documents.render import render
from tests.documents import sample
from tests.documents.reading import context

needs_office = pytest.mark.skipif(
    not convert.converter_available(),
    reason="LibreOffice (soffice) is not installed: no PDF copies on this machine",
)


@needs_office
@pytest.mark.parametrize("key", ["appendix_a", "appendix_b", "group_opinion"])
def test_to_pdf_makes_a_pdf(key):
    assert key in BUILDERS
    made = convert.to_pdf(render(sample.PROCEDURE, key, context(key, sample.ordinary())))
    assert made is not None
    assert made.startswith(b"%PDF-")


@needs_office
def test_to_pdf_too_slow_is_stopped():
    docx = render(sample.PROCEDURE, "receipt", context("receipt", sample.ordinary()))
    assert convert.to_pdf(docx, timeout_s=0.01) is None


def test_to_pdf_without_converter_is_none(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert not convert.converter_available()
    assert convert.to_pdf(b"") is None
