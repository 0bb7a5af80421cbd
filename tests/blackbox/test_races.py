"""Two at once: one counts, the other is told so."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.blackbox.play import case_of, draft, example_for, filed, submit, task_of
from tests.system import Json, System, wait_for


@pytest.fixture
def review(system: System) -> tuple[str, str, Json]:
    """(case number, task id, a valid answer) of a formal review."""
    case_no = filed(system)
    task = task_of(system, case_no, "formal_review")
    return case_no, task["id"], example_for(system.get("intake", f"/tasks/{task['id']}"))


def _complete(system: System, task_id: str, body: Json, key: str = "", who: str = "intake") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return system.as_(who).post(f"/tasks/{task_id}/complete", json=body, headers=headers)


def test_two_officers_deciding_at_once_decide_once(system: System, review: tuple[str, str, Json]) -> None:
    case_no, task_id, body = review
    other = example_for(system.get("intake", f"/tasks/{task_id}"), "request_correction")
    clients = [system.client(system.token("intake")) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(
                lambda n: clients[n].post(f"/tasks/{task_id}/complete", json=(body, other)[n % 2]), range(6)
            )
        )
    assert sorted(a.status_code for a in answers) == [202, *[409] * 5]
    for answer in answers:
        if answer.status_code == 409:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["kind"]
    reviewed = [
        e for e in case_of(system, case_no, "supervisor")["timeline"] if e["event"] == "task.completed"
    ]
    assert len(reviewed) == 1
    for client in clients:
        client.close()


def test_submitting_twice_at_once_files_once(system: System) -> None:
    case_no = draft(system)
    with ThreadPoolExecutor(4) as pool:
        codes = sorted(pool.map(lambda _: submit(system, case_no).status_code, range(4)))
    assert codes == [202, 409, 409, 409]
    task_of(system, case_no, "formal_review")
    view = case_of(system, case_no)
    assert [e["event"] for e in view["timeline"]].count("case.submitted") == 1
    wait_for("papers", lambda: len(case_of(system, case_no)["documents"]) == 3 or None)


def test_withdrawing_while_deciding_leaves_one_course(system: System, review: tuple[str, str, Json]) -> None:
    case_no, task_id, body = review
    with ThreadPoolExecutor(2) as pool:
        decided = pool.submit(_complete, system, task_id, body)
        gone = pool.submit(
            system.as_("applicant").post, f"/cases/{case_no}/withdraw", json={"reason": "撤回"}
        )
    assert gone.result().status_code == 202
    assert decided.result().status_code in {202, 409}
    assert case_of(system, case_no)["status"] == "withdrawn"
    assert wait_for(
        "no task is left", lambda: case_of(system, case_no, "supervisor")["open_tasks"] == [] or None
    )


def test_repeated_answer_with_its_key_counts_once(system: System, review: tuple[str, str, Json]) -> None:
    _, task_id, body = review
    first, again = _complete(system, task_id, body, "key-1"), _complete(system, task_id, body, "key-1")
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert _complete(system, task_id, body, "key-2").status_code == 409
    assert _complete(system, task_id, body).status_code == 409
    assert _complete(system, task_id, {**body, "outcome": "refuse"}, "key-1").status_code == 409


def test_key_of_another_task_does_not_help(system: System, review: tuple[str, str, Json]) -> None:
    _, task_id, body = review
    assert _complete(system, task_id, body, "shared-key").status_code == 202
    case_no = filed(system)
    task = task_of(system, case_no, "formal_review")
    assert _complete(system, task["id"], body, "shared-key").status_code in {202, 409, 422}
    assert case_of(system, case_no)["case_no"] == case_no


@pytest.mark.parametrize("key", ["x" * 5000, "ключ".encode(), b"\xff\xfe", "a b"])
def test_odd_keys_do_no_harm(system: System, review: tuple[str, str, Json], key: str | bytes) -> None:
    _, task_id, body = review
    answer = system.as_("intake").post(
        f"/tasks/{task_id}/complete", json=body, headers={"Idempotency-Key": key}
    )
    assert answer.status_code in {202, 422}, answer.text


def test_claimed_task_belongs_to_one(system: System, review: tuple[str, str, Json]) -> None:
    _, task_id, _ = review
    intake = system.as_("intake")
    assert intake.post(f"/tasks/{task_id}/claim").status_code == 200
    inbox = system.get("intake", "/tasks", queue="inbox", limit=200)["items"]
    assert task_id in {t["id"] for t in inbox}
    assert intake.post(f"/tasks/{task_id}/release", json={"reason": "退回"}).status_code == 200
    queue = system.get("intake", "/tasks", queue="queue", limit=200)["items"]
    assert task_id in {t["id"] for t in queue}


def test_answered_task_is_in_the_archive(system: System, review: tuple[str, str, Json]) -> None:
    _, task_id, body = review
    assert _complete(system, task_id, body).status_code == 202
    done = system.get("intake", "/tasks", queue="archive", limit=200)["items"]
    assert task_id in {t["id"] for t in done}
    assert system.as_("intake").post(f"/tasks/{task_id}/claim").status_code == 409


def test_stale_version_of_a_task_is_told(system: System, review: tuple[str, str, Json]) -> None:
    _, task_id, body = review
    assert _complete(system, task_id, {**body, "version": 999}).status_code == 412


def test_administration_extends_and_nudges(system: System, review: tuple[str, str, Json]) -> None:
    case_no, task_id, _ = review
    before = system.get("intake", f"/tasks/{task_id}")["due_at"]
    answer = system.as_("supervisor").post(
        f"/admin/tasks/{task_id}/extend", json={"days": 3, "reason": "材料较多"}
    )
    assert answer.status_code in {200, 202}, answer.text
    assert system.get("intake", f"/tasks/{task_id}")["due_at"] > before
    assert system.as_("admin").post(f"/admin/cases/{case_no}/nudge").status_code in {200, 202}
    for body in ({}, {"days": 10**12, "reason": "x"}, {"days": -1, "reason": "x"}, {"days": 1, "reason": ""}):
        assert system.as_("supervisor").post(f"/admin/tasks/{task_id}/extend", json=body).status_code in {
            409,
            422,
        }, body


def test_trail_is_unbroken(system: System) -> None:
    verdict = system.get("auditor", "/admin/audit/verify")
    assert verdict["intact"] is True, verdict
