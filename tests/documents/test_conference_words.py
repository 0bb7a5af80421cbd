"""The minutes of a conference: a paper between the two offices, signed by each for itself (G23)."""

from dataclasses import replace
from io import BytesIO

import pytest
from docx import Document

from services.documents.render import render
from tests.documents import sample
from tests.documents.reading import context, paragraphs


@pytest.mark.rule("G23")
def test_minutes_are_addressed_to_the_exchange_and_not_to_who_may_not_read_them() -> None:
    file = replace(sample.ordinary(), procedure="scenario_application")
    assert context("conference_minutes", file).recipient == "上海环境能源交易所"


@pytest.mark.rule("G23")
def test_who_dissents_signs_the_minutes_without_confirming_them() -> None:
    file = replace(sample.ordinary(), procedure="scenario_application")
    paper = render("scenario_application", "conference_minutes", context("conference_minutes", file))
    said = paragraphs(Document(BytesIO(paper)))
    assert "六、环交所意见" in said
    assert [line for line in said if "确认：" in line] == []
    assert [line[:3] for line in said if "环交所：" in line] == ["中心："]
