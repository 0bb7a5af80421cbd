"""The page of absences: only people who can stand in are offered, and who takes a task over is led to it."""

from typing import Any

import pytest

from models.vocabulary.facts import TaskRequest
from services import clock, course
from services.session import transaction
from tests import factories


@pytest.fixture
def held(browser: Any) -> tuple[Any, Any, str]:
    """(who holds a task, who may stand in, the task)."""
    holder, deputy = browser("intake"), browser("intake", "officer")
    with transaction() as session:
        case = factories.case(session, factories.user(session, "applicant"), status="submitted")
        made = course.project(session, str(case.id), "formal_review", [TaskRequest(key="formal_review")])
    task = made.tasks[0].task_id
    holder.post(f"/tasks/{task}/claim")
    return holder, deputy, task


def test_only_people_with_a_role_in_common_are_offered_and_none_is_told_in_words(
    browser: Any, held: Any
) -> None:
    holder, deputy, _ = held
    page = holder.get("/absences").text
    assert f'value="{deputy.user.username}"' in page
    assert f'value="{holder.user.username}"' not in page
    assert "目前没有与您角色相同的工作人员" in browser("bureau").get("/absences").text


def test_who_takes_a_task_over_is_led_to_it(held: Any) -> None:
    holder, deputy, task = held
    day = clock.today().date().isoformat()
    said = {"substitute": deputy.user.username, "starts_on": day, "ends_on": day}
    assert holder.post("/absences", said).status_code == 303
    taken = deputy.post(f"/absences/tasks/{task}/take")
    page = deputy.get(taken.headers["location"]).text
    assert "已接手，本事项现由您代办。" in page
    assert f'href="/tasks/{task}">办理该事项' in page


def test_colleagues_are_listed_with_their_roles_and_no_codes(browser: Any, held: Any) -> None:
    page = browser("supervisor").get("/absences").text
    away = page.split('id="f-username"')[1].split("</select>")[0]
    assert ("受理人员" in away, f"（{held[0].user.username}）" in away) == (True, False)
