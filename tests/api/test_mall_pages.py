"""The register of the mall on screen: what is refused answers as refused, with what was typed."""

from typing import Any

import pytest

from models.tables import User
from services import mall
from services.access import actor_of
from services.session import transaction
from tests import factories
from tests.services.test_mall import BEFORE, case_of


@pytest.fixture
def shop(browser: Any) -> Any:
    """A merchant signed in, whose mall is open; `number` of the member, `good` of its first good."""
    with transaction() as session:
        keeper: User = factories.user(session, "merchant")
        case = case_of(session, actor_of(keeper))
        mall.admit(session, case, BEFORE)
        member = mall.open_up(session, case, BEFORE)
        number, good = member.number, mall.goods(session, member)[0].number
    who = browser(user=keeper)
    who.number, who.good = number, good
    return who


def test_refused_change_of_a_good_answers_as_refused_and_keeps_what_was_typed(shop: Any) -> None:
    for typed, status in (("many", 422), ("-5", 422), ("４０", 303)):
        answer = shop.post(f"/mall-goods/{shop.good}", {"stock": typed, "points": "", "active": "1"})
        assert (typed, answer.status_code) == (typed, status)
        assert status == 303 or f'value="{typed}"' in answer.text
    page = shop.get(f"/mall/{shop.number}").text
    assert 'value="40"' in page


def test_member_is_not_suspended_without_a_reason(shop: Any, browser: Any) -> None:
    desk = browser("mall")
    refused = desk.post(f"/mall/{shop.number}/suspend", {"reason": " "})
    assert (refused.status_code, "请填写原因" in refused.text) == (422, True)
    assert desk.post(f"/mall/{shop.number}/suspend", {"reason": "系统维护"}).status_code == 303
    late = desk.post(f"/mall/{shop.number}/suspend", {"reason": "再次"})
    assert (late.status_code, "再次" in late.text) == (409, True)
