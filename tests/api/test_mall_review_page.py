"""The exchange's technical review of a mall on screen: what it looks at, each under its own heading (J08)."""

import re
from typing import Any

import pytest

from models.tables import User
from models.vocabulary.facts import TaskRequest
from services import course
from services.access import actor_of
from services.session import transaction
from tests import factories
from tests.services.test_mall import case_of


@pytest.fixture
def desk(browser: Any) -> Any:
    """The mall desk with a technical review in hand; `page` is its text."""
    with transaction() as session:
        keeper: User = factories.user(session, "merchant")
        case = case_of(session, actor_of(keeper))
        made = course.project(session, str(case.id), "formal_review", [TaskRequest(key="formal_review")])
        task = made.tasks[0].task_id
    who = browser("mall")
    who.post(f"/tasks/{task}/claim")
    who.page = who.get(f"/tasks/{task}").text
    return who


@pytest.mark.rule("J08")
def test_each_material_is_reviewed_under_headings_that_stand_over_their_marks(desk: Any) -> None:
    table = re.search(r'<table class="table review-table">.*?</table>', desk.page, re.DOTALL)
    assert table is not None
    heads = re.findall(r"<th[^>]*>([^<]+)</th>", table[0])
    assert heads == ["材料", "齐全", "规范", "盖章", "可靠", "说明"]
    first = table[0].split("<tbody>")[1].split("</tr>")[0]
    marks = re.findall(r'<input class="form-check-input"[^>]* name="items\.0\.(\w+)"', first)
    assert marks == ["complete", "conforming", "sealed", "reliable"]
    assert re.findall(r'name="items\.0\.note" value="([^"]*)"', first) == [""]


@pytest.mark.rule("J08")
def test_mall_is_not_refused_for_what_only_a_project_can_lack(desk: Any) -> None:
    grounds = re.search(r'<select[^>]* name="reason_code".*?</select>', desk.page, re.DOTALL)
    assert grounds is not None
    assert re.findall(r'<option value="(\w+)"', grounds[0]) == ["not_merchant", "no_title", "other"]
