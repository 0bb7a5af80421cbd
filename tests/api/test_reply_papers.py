"""What somebody reads before an answer: the letters of the case beside it, and what a decision leaves open."""

from typing import Any

import pytest

from models.tables import Case, DocumentRow, User
from models.vocabulary.facts import TaskRequest
from services import clock, course
from services.access import actor_of
from services.session import transaction
from tests import factories
from tests.services.test_mall import case_of


def paper(session: Any, case: Case, key: str, title: str) -> int:
    row = DocumentRow(
        case_id=case.id, key=key, number=f"沪碳普惠〔2026〕{next(factories.NUMBERS):06d}号", title=title,
        audience="filer", sha256="0" * 64, size=1, template_version="0",
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id or 0


@pytest.mark.rule("J10")
def test_who_signs_the_agreement_can_open_its_draft_from_there(browser: Any) -> None:
    with transaction() as session:
        keeper: User = factories.user(session, "merchant")
        case = case_of(session, actor_of(keeper))
        made = course.project(session, str(case.id), "agreement", [TaskRequest(key="agreement")])
        draft = paper(session, case, "agreement_draft", "入驻商城合作协议（草案）")
        no, task = case.case_no, made.tasks[0].task_id
    page = browser(user=keeper).get(f"/cases/{no}/answer/{task}").text
    assert f'<a href="/cases/{no}/documents/{draft}">入驻商城合作协议（草案）</a>' in page


@pytest.mark.rule("G18")
def test_page_of_a_rejected_case_promises_no_other_remedy_than_its_letter(browser: Any) -> None:
    with transaction() as session:
        keeper: User = factories.user(session, "merchant")
        case = case_of(session, actor_of(keeper))
        case.status, case.ended_at = "rejected", clock.now()
        no = case.case_no
    page = browser(user=keeper).get(f"/cases/{no}").text
    assert "可以按文书所述陈述意见并提交证明材料" in page
    assert "行政复议" not in page
