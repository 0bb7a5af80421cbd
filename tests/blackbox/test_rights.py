"""Who may see and do what; what one may not know of looks as if it did not exist."""

from typing import Any

import pytest

from tests.blackbox.play import PROCEDURE, attach, case_of, draft, filed, task_of
from tests.blackbox.scenarios import Cases, notice_of
from tests.system import PDF, System

OTHERS = ("operator", "agent", "merchant", "resident")


@pytest.fixture(scope="module")
def fresh(system: System) -> dict[str, Any]:
    """A case in its formal review that nobody touches."""
    case_no = filed(system)
    task = task_of(system, case_no, "formal_review")
    paper = system.get("applicant", f"/cases/{case_no}/attachments")[0]
    document = case_of(system, case_no)["documents"][0]
    return {"no": case_no, "task": task["id"], "paper": paper["id"], "document": document["id"]}


def _calls(f: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    case, task, reason = f"/cases/{f['no']}", f"/tasks/{f['task']}", {"json": {"reason": "试试"}}
    return [
        ("GET", case, {}),
        ("GET", f"{case}/check", {}),
        ("GET", f"{case}/versions", {}),
        ("GET", f"{case}/attachments", {}),
        ("GET", f"{case}/attachments/{f['paper']}", {}),
        ("GET", f"{case}/documents/{f['document']}", {}),
        ("GET", f"{case}/events", {}),
        ("PUT", f"{case}/form", {"json": {}, "headers": {"If-Match": "*"}}),
        ("POST", f"{case}/attachments", {"data": {"kind": "licence"}, "files": {"file": ("a.pdf", PDF)}}),
        ("DELETE", f"{case}/attachments/{f['paper']}", {}),
        ("POST", f"{case}/submit", {"json": {"declaration": {"accepted": True, "signatory": "甲"}}}),
        ("POST", f"{case}/withdraw", reason),
        ("POST", f"{case}/suspend", reason),
        ("POST", f"{case}/resume", reason),
        ("GET", task, {}),
        ("POST", f"{task}/claim", {}),
        ("POST", f"{task}/release", reason),
        ("POST", f"{task}/delegate", {"json": {"to": "operator", "reason": "试试"}}),
        ("POST", f"{task}/complete", {"json": {"outcome": "accept", "form": {}}}),
    ]


@pytest.mark.parametrize("who", [*OTHERS, "expert01", "expert12", "agency"])
def test_case_of_others_does_not_exist(system: System, fresh: dict[str, Any], who: str) -> None:
    for method, path, more in _calls(fresh):
        answer = system.as_(who).request(method, path, **more)
        assert answer.status_code == 404, (who, method, path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        unknown = path.replace(fresh["no"], "SHTPH-XM-2026-9999").replace(
            fresh["task"], "5f3c1f0a-8a3b-4c3e-9a53-4f6c2b7d9a10"
        )
        same = system.as_(who).request(method, unknown, **more)
        assert (same.status_code, same.json()["detail"]) == (404, answer.json()["detail"]), (method, path)


def test_nobody_without_signing_in(system: System, fresh: dict[str, Any]) -> None:
    public = [("GET", "/me", {}), ("GET", "/cases", {}), ("GET", "/tasks", {}), ("GET", "/admin/audit", {})]
    for method, path, more in [
        *_calls(fresh),
        *public,
        ("POST", "/cases", {"json": {"procedure": PROCEDURE}}),
    ]:
        answer = system.as_("").request(method, path, **more)
        assert answer.status_code == 401, (method, path)
        assert answer.headers["www-authenticate"]


def test_wrong_token_is_nobody(system: System) -> None:
    for token in ("x", "ä", "0" * 5000, "a b"):
        answer = system.as_("").get("/me", headers={"Authorization": f"Bearer {token}".encode()})
        assert answer.status_code == 401


def test_others_do_not_find_the_case_in_their_lists(system: System, fresh: dict[str, Any]) -> None:
    for who in (*OTHERS, "expert01", "agency"):
        found = system.get(who, "/cases", q=fresh["no"])["items"]
        assert not [c for c in found if c["case_no"] == fresh["no"]]
        for queue in ("inbox", "queue", "waiting", "archive", "all"):
            tasks = system.get(who, "/tasks", queue=queue, limit=200)["items"]
            assert not [t for t in tasks if t["case_no"] == fresh["no"]], (who, queue)


def test_expert_reads_the_case_only_after_having_accepted(system: System, cases: Cases) -> None:
    played = cases["experts"]
    declined = {w for k, o, w in played.answered if k == "expert_invitation" and o != "accept"}
    sat = set(played.who("expert_opinion"))
    never = {f"expert{n:02d}" for n in range(1, 13)} - {w for _, _, w in played.answered}
    for who in declined | never:
        assert system.as_(who).get(f"/cases/{played.case_no}").status_code == 404, who
    for who in sat:
        assert system.as_(who).get(f"/cases/{played.case_no}").status_code == 200, who


def test_invited_expert_sees_no_papers_before_declaring(cases: Cases) -> None:
    invitation = next(t for t in cases["straight"].tasks.values() if t["kind"] == "expert_invitation")
    assert not {"materials", "documents"} & set(invitation["context"])
    assert "form" not in invitation["context"]["case"]
    opinion = next(t for t in cases["straight"].tasks.values() if t["kind"] == "expert_opinion")
    assert opinion["context"]["case"]["form"]
    assert opinion["context"]["materials"]


def test_expert_reads_no_opinion_of_another(system: System, cases: Cases) -> None:
    played = cases["straight"]
    who = played.who("expert_opinion")[0]
    read = system.get(who, f"/cases/{played.case_no}")["documents"]
    assert "technical_opinion" not in {d["kind"] for d in read}


def test_auditor_reads_everything_and_writes_nothing(system: System, fresh: dict[str, Any]) -> None:
    for method, path, more in _calls(fresh):
        if path.endswith("/events"):
            continue
        answer = system.as_("auditor").request(method, path, **more)
        assert answer.status_code == (200 if method == "GET" else 403), (
            method,
            path,
            answer.status_code,
            answer.text,
        )
    for path in ("/admin/stalled", "/admin/audit", "/admin/audit/verify", "/admin/statistics"):
        assert system.as_("auditor").get(path).status_code == 200, path
    for path, body in (
        (f"/admin/tasks/{fresh['task']}/reassign", {"to": "intake", "reason": "试试"}),
        (f"/admin/tasks/{fresh['task']}/extend", {"days": 2, "reason": "试试"}),
        (f"/admin/cases/{fresh['no']}/nudge", {}),
        ("/cases", {"procedure": PROCEDURE, "form": {}}),
    ):
        assert system.as_("auditor").post(path, json=body).status_code == 403, path


def test_administrator_decides_no_case(system: System, fresh: dict[str, Any]) -> None:
    answer = system.as_("admin").post(
        f"/tasks/{fresh['task']}/complete", json={"outcome": "accept", "form": {}}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "who", ["applicant", "operator", "officer", "intake", "expert01", "agency", "resident"]
)
def test_administration_is_for_administrators_and_auditors(system: System, who: str) -> None:
    for path in ("/admin/audit", "/admin/audit/verify", "/admin/stalled", "/admin/statistics"):
        assert system.as_(who).get(path).status_code == 403, path


def test_officer_of_another_step_may_not_decide(system: System, fresh: dict[str, Any]) -> None:
    for who in ("officer", "supervisor", "issuer", "bureau"):
        answer = system.as_(who).post(
            f"/tasks/{fresh['task']}/complete", json={"outcome": "accept", "form": {}}
        )
        assert answer.status_code in {403, 404}, who


def test_applicant_does_not_answer_the_offices_task(system: System, fresh: dict[str, Any]) -> None:
    answer = system.as_("applicant").post(
        f"/tasks/{fresh['task']}/complete", json={"outcome": "accept", "form": {}}
    )
    assert answer.status_code in {403, 404}


@pytest.mark.parametrize("who", ["merchant", "resident", "intake", "officer", "expert01", "admin"])
def test_only_applicants_file(system: System, who: str) -> None:
    answer = system.as_(who).post("/cases", json={"procedure": PROCEDURE, "form": {}})
    assert answer.status_code == 403


def test_draft_is_nobodys_business_but_the_applicants(system: System) -> None:
    case_no = draft(system, {}, papers=False)
    for who in ("operator", "intake", "officer", "supervisor", "bureau", "expert01", "agency"):
        assert system.as_(who).get(f"/cases/{case_no}").status_code == 404, who


def test_personal_data_is_masked_for_the_office(system: System, fresh: dict[str, Any]) -> None:
    own = case_of(system, fresh["no"])["form"]["applicant"]
    seen = case_of(system, fresh["no"], "officer")["form"]["applicant"]
    for name in ("legal_rep_id_no", "contact_mobile"):
        assert "*" not in own[name]
        assert "*" in seen[name]


def test_personal_data_is_not_in_a_task_either(system: System, fresh: dict[str, Any]) -> None:
    own = case_of(system, fresh["no"])["form"]["applicant"]
    task = system.as_("intake").get(f"/tasks/{fresh['task']}").text
    assert own["legal_rep_id_no"] not in task
    assert own["contact_mobile"] not in task


def test_public_reads_no_personal_data(system: System, cases: Cases) -> None:
    played = cases["straight"]
    notice = notice_of(system, played.case_no)
    assert notice is not None
    text = system.as_("").get(f"/public/notices/{notice['id']}").text
    person = played.end["form"]["applicant"]
    for name in ("legal_rep_id_no", "contact_mobile", "contact_email"):
        assert person[name] not in text, name


def test_paper_of_a_case_is_a_download(system: System, fresh: dict[str, Any]) -> None:
    answer = system.as_("intake").get(f"/cases/{fresh['no']}/attachments/{fresh['paper']}")
    assert answer.content == PDF
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_papers_of_a_filed_case_are_not_changed(system: System, fresh: dict[str, Any]) -> None:
    assert attach(system, fresh["no"], "licence").status_code == 409
    answer = system.as_("applicant").delete(f"/cases/{fresh['no']}/attachments/{fresh['paper']}")
    assert answer.status_code == 409
