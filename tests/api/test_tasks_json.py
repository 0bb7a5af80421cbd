"""Tasks over JSON: lists, one task, its acts; and oversight."""

from typing import Any

import pytest
from sqlmodel import select

from models.tables import Case, TaskRow
from services.session import transaction
from tests import factories
from tests.api import case_world


@pytest.fixture
def filer(browser: Any) -> Any:
    with transaction() as session:
        row = case_world.filer(session)
    return browser(user=row)


@pytest.fixture
def case_no(filer: Any) -> str:
    return case_world.filed(filer)


@pytest.fixture
def review(case_no: str) -> str:
    return case_world.asked(case_no, "formal_review", "formal_review")


def answer(task: dict[str, Any], outcome: str = "") -> dict[str, Any]:
    """The answer the task itself offers as its example."""
    wanted = outcome or task["outcomes"][0]
    return {
        "outcome": wanted,
        "form": next(o["example"] for o in task["outcome_details"] if o["key"] == wanted),
    }


def test_the_queue_holds_what_my_role_may_claim(browser: Any, review: str) -> None:
    ids = [i["id"] for i in browser("intake").get("/api/v1/tasks?queue=queue&limit=200").json()["items"]]
    others = browser("officer").get("/api/v1/tasks?queue=queue&limit=200").json()["items"]
    assert review in ids
    assert review not in [i["id"] for i in others]


def test_a_claimed_task_moves_from_the_queue_to_the_inbox(browser: Any, review: str) -> None:
    me = browser("intake")
    assert me.post(f"/api/v1/tasks/{review}/claim", json={}).json()["state"] == "claimed"
    mine = me.get("/api/v1/tasks").json()["items"]
    assert [(i["id"], i["assignee"]) for i in mine] == [(review, me.user.username)]
    assert review not in [i["id"] for i in me.get("/api/v1/tasks?queue=queue&limit=200").json()["items"]]


def test_the_second_claim_is_told_who_has_it(browser: Any, review: str) -> None:
    first, second = browser("intake"), browser("intake")
    first.post(f"/api/v1/tasks/{review}/claim", json={})
    refused = second.post(f"/api/v1/tasks/{review}/claim", json={})
    assert (refused.status_code, refused.json()["kind"]) == (409, "taken")
    assert first.user.name in refused.json()["detail"]


@pytest.mark.rule("G09")
def test_the_example_of_every_outcome_is_accepted(browser: Any, filer: Any) -> None:
    for outcome in ("accept", "request_correction", "refuse"):
        task_id = case_world.asked(case_world.filed(filer), "formal_review", "formal_review")
        me = browser("intake")
        task = me.get(f"/api/v1/tasks/{task_id}").json()
        done = me.post(f"/api/v1/tasks/{task_id}/complete", json=answer(task, outcome))
        assert (done.status_code, done.json()["state"], done.json()["outcome"]) == (202, "done", outcome)


def test_the_same_key_again_answers_the_same_and_another_gets_409(browser: Any, review: str) -> None:
    me, other = browser("intake"), browser("intake")
    said = answer(me.get(f"/api/v1/tasks/{review}").json())
    first = me.post(f"/api/v1/tasks/{review}/complete", json=said, headers={"Idempotency-Key": "k1"})
    again = me.post(f"/api/v1/tasks/{review}/complete", json=said, headers={"Idempotency-Key": "k1"})
    second = other.post(f"/api/v1/tasks/{review}/complete", json=said)
    assert (first.status_code, again.status_code, again.json()) == (202, 202, first.json())
    assert (second.status_code, second.json()["kind"]) == (409, "ended")


def test_a_stale_version_is_412(browser: Any, review: str) -> None:
    me = browser("intake")
    task = me.get(f"/api/v1/tasks/{review}").json()
    me.post(f"/api/v1/tasks/{review}/claim", json={})
    late = me.post(f"/api/v1/tasks/{review}/complete", json={**answer(task), "version": task["version"]})
    assert late.status_code == 412


def test_all_defects_come_at_once_with_their_places(browser: Any, review: str) -> None:
    me = browser("intake")
    form = {"items": [{"kind": "appendix_a", "complete": "maybe", "conforming": True, "sealed": True}]}
    refused = me.post(f"/api/v1/tasks/{review}/complete", json={"outcome": "refuse", "form": form})
    assert refused.status_code == 422
    assert {"items.0.complete", "eligibility_confirmed", "reason_code", "reason"} <= {
        e["loc"] for e in refused.json()["errors"]
    }


@pytest.mark.rule("M01")
def test_nobody_of_the_applicant_reviews_and_is_told_in_advance(
    browser: Any, filer: Any, review: str
) -> None:
    with transaction() as session:
        row = factories.user(session, "intake", party=None, person_key=filer.user.person_key)
    me = browser(user=row)
    listed = {i["id"]: i["blocked"] for i in me.get("/api/v1/tasks?queue=queue&limit=200").json()["items"]}
    refused = me.post(f"/api/v1/tasks/{review}/claim", json={})
    assert listed[review] == refused.json()["detail"]
    assert refused.status_code == 403


@pytest.mark.rule("M01")
def test_delegation_does_not_open_a_way_around_four_eyes(browser: Any, case_no: str) -> None:
    """Whoever refused cannot have the refusal confirmed through a colleague."""
    task_id = case_world.asked(case_no, "formal_review", "formal_review")
    with transaction() as session:
        both = factories.user(session, "intake", "supervisor")
    reviewer, friend = browser(user=both), browser("supervisor")
    reviewer.post(
        f"/api/v1/tasks/{task_id}/complete",
        json=answer(reviewer.get(f"/api/v1/tasks/{task_id}").json(), "refuse"),
    )
    confirm = case_world.asked(case_no, "refusal_approval")
    assert reviewer.post(f"/api/v1/tasks/{confirm}/claim", json={}).status_code == 403
    friend.post(f"/api/v1/tasks/{confirm}/claim", json={})
    passed = friend.post(f"/api/v1/tasks/{confirm}/delegate", json={"to": both.username, "reason": "外出"})
    assert passed.status_code == 403


def test_other_peoples_tasks_look_as_if_they_did_not_exist(browser: Any, review: str) -> None:
    for role in ("expert", "agency", "merchant"):
        assert browser(role).get(f"/api/v1/tasks/{review}").status_code == 404


def test_an_administrator_looks_but_never_decides(browser: Any, review: str) -> None:
    admin = browser("admin")
    task = admin.get(f"/api/v1/tasks/{review}").json()
    assert admin.post(f"/api/v1/tasks/{review}/complete", json=answer(task)).status_code == 403


def test_reassigning_needs_a_reason_and_moves_the_task(browser: Any, review: str) -> None:
    boss, colleague = browser("supervisor"), browser("intake")
    to = colleague.user.username
    assert (
        boss.post(f"/api/v1/admin/tasks/{review}/reassign", json={"to": to, "reason": " "}).status_code == 422
    )
    moved = boss.post(f"/api/v1/admin/tasks/{review}/reassign", json={"to": to, "reason": "休假"})
    assert (moved.status_code, moved.json()["assignee"]) == (200, to)


def test_pages_of_a_list_join_without_gap_or_repeat(browser: Any, filer: Any) -> None:
    made = {case_world.asked(case_world.filed(filer), "formal_review", "formal_review") for _ in range(3)}
    me, seen, cursor = browser("intake"), [], ""
    for _ in range(50):
        page = me.get(f"/api/v1/tasks?queue=queue&limit=2&cursor={cursor}").json()
        seen += [i["id"] for i in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == page["total"]
    assert made <= set(seen)


def test_a_cursor_nobody_gave_out_is_refused(browser: Any) -> None:
    assert browser("intake").get("/api/v1/tasks?cursor=abc").status_code == 422


def test_the_trail_is_intact_and_a_changed_row_is_found(browser: Any, case_no: str) -> None:
    auditor = browser("auditor")
    path = f"/api/v1/admin/audit/verify?case_no={case_no}"
    assert auditor.get(path).json()["intact"] is True
    rows = auditor.get(f"/api/v1/admin/audit?case_no={case_no}&event=case.submitted").json()["items"]
    assert [r["case_no"] for r in rows] == [case_no]


@pytest.mark.parametrize("path", ["stalled", "audit", "audit/verify", "statistics"])
def test_oversight_is_for_overseers_only(browser: Any, path: str) -> None:
    assert browser("auditor").get(f"/api/v1/admin/{path}").status_code == 200
    assert browser("officer").get(f"/api/v1/admin/{path}").status_code == 403
    assert browser("applicant").get(f"/api/v1/admin/{path}").status_code == 403


def test_an_overdue_task_is_on_the_list_with_the_reason(browser: Any, case_no: str, review: str) -> None:
    from datetime import timedelta

    from services import clock

    with transaction() as session:
        row = session.exec(select(TaskRow).where(TaskRow.id == review)).one()
        row.due_at = clock.now() - timedelta(days=20)
    items = browser("auditor").get("/api/v1/admin/stalled?limit=500").json()["items"]
    mine = [i for i in items if i["case_no"] == case_no]
    assert [(i["cause"], i["kind"]) for i in mine] == [("overdue", "formal_review")]
    assert "受理人员" in mine[0]["why"]


def test_why_a_case_is_parked_is_told_in_words_with_the_detail_in_a_fold(browser: Any, case_no: str) -> None:
    with transaction() as session:
        case = session.exec(select(Case).where(Case.case_no == case_no)).one()
        case.needs_operator = "OSError: file 8a0f is damaged"
    page = browser("admin").get(f"/staff/cases/{case_no}").text
    assert "存储的文件已损坏或丢失" in page
    assert "<summary>技术细节</summary>" in page
    item = browser("admin").get("/api/v1/admin/stalled").json()["items"][0]
    assert ("OSError" in item["why"], item["detail"]) == (False, "OSError: file 8a0f is damaged")
    with transaction() as session:
        session.exec(select(Case).where(Case.case_no == case_no)).one().needs_operator = ""


def test_a_parked_case_is_named_first_and_can_be_nudged(browser: Any, case_no: str) -> None:
    with transaction() as session:
        session.exec(select(Case).where(Case.case_no == case_no)).one().needs_operator = "文书模板缺失"
    admin = browser("admin")
    first = admin.get("/api/v1/admin/stalled").json()["items"][0]
    assert first["cause"] == "operator"
    assert "文书模板缺失" in first["why"]
    done = admin.post(f"/api/v1/admin/cases/{case_no}/nudge", json={})
    assert (done.status_code, done.json()["case_no"]) == (202, case_no)
    assert browser("auditor").post(f"/api/v1/admin/cases/{case_no}/nudge", json={}).status_code == 403
