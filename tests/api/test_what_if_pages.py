"""The page of suppositions tells limits as they are counted: in days, under the demonstration clock to the second."""

import re
from typing import Any

from services.session import transaction
from tests.api import case_world
from tests.conftest import environment

CLOCK = re.compile(r"\d\d:\d\d:\d\d")


def limits_told(browser: Any) -> str:
    """The table of limits when the open task is answered three days late."""
    with transaction() as session:
        filer = case_world.filer(session)
    number = case_world.filed(browser(user=filer))
    case_world.asked(number, "formal_review", "formal_review")
    page = browser("officer").get(f"/staff/what-if/{number}?kind=late&days=3")
    assert page.status_code == 200
    return str(page.text).split('<th scope="col">届满</th>')[1].split("</table>")[0]


def test_limits_are_days(browser: Any) -> None:
    told = limits_told(browser)
    assert re.search(r"\d+月\d+日", told)
    assert not CLOCK.search(told)


def test_under_the_demonstration_clock_limits_are_instants(browser: Any) -> None:
    with environment(WORKING_DAY_SECONDS="60"):
        assert len(CLOCK.findall(limits_told(browser))) >= 2
