"""The first request for corrections may name anything, in whatever round of the review it comes (G09, I27)."""

from typing import Any

import pytest
from sqlmodel import Session

from models.tables import Case
from models.vocabulary.errors import Problem
from services import checks, findings
from tests import public_rows as rows

DEFECTS = {"defects": [{"target": "project.address", "requirement": "请写明门牌号。"}]}


def problems(session: Session, case: Case, round_: int, data: dict[str, Any]) -> list[Problem]:
    task = rows.a_task(session, case, "formal_review", round=round_)
    return checks.CHECKS["defects_listed"](session, case, task, "request_correction", data)


@pytest.mark.rule("G09")
def test_review_after_a_refusal_was_sent_back_can_ask_for_corrections(session: Session) -> None:
    case = rows.a_case(session)
    assert problems(session, case, 2, DEFECTS) == []


@pytest.mark.rule("G09")
def test_second_request_adds_nothing_that_was_visible_before(session: Session) -> None:
    case = rows.a_case(session)
    items = [("project.project_name", "请与营业执照一致。", "")]
    findings.add(session, case, stage="correction", round_=2, source="formal", items=items)
    assert [p.loc for p in problems(session, case, 3, DEFECTS)] == ["defects.0.target"]
