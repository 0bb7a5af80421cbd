"""A letter that is printed leaves nothing behind that waits for the collector."""

import gc
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from models.tables import Certificate
from services.documents.render import built_in, placeholders_of, render
from services.ledger_papers import certificate
from tests.documents import sample
from tests.documents.reading import context


def _render() -> None:
    render(sample.PROCEDURE, "appendix_b", context("appendix_b", sample.ordinary()))


def _read() -> None:
    placeholders_of(built_in(sample.PROCEDURE, "appendix_b"))


def _certify() -> None:
    facts = {"holder": "上海示例能源有限公司", "amount_t": "1.000", "amount_g": 1_000_000}
    row = Certificate(
        kind="cancellation", number="1", code="2", facts=facts, at=datetime(2026, 9, 1, tzinfo=UTC)
    )
    certificate(row, "https://example.test/verify/2")


def _trees() -> int:
    """Trees of XML and parts of Word files that are in memory."""
    kinds = ("lxml.etree", "docx.opc.package", "docx.package")
    return sum(type(o).__module__ in kinds for o in gc.get_objects())


@pytest.mark.parametrize("act", [_render, _read, _certify])
def test_printing_leaves_no_trees_for_the_collector(act: Callable[[], None]) -> None:
    """Before it was mended, memory grew by 100 MB with a thousand letters: circles kept each letter's trees."""
    act()  # what is made once stays
    gc.collect()
    gc.disable()
    try:
        before = _trees()
        for _ in range(3):
            act()
        assert _trees() == before
    finally:
        gc.enable()
