"""Bad input in forms: every defect at once, each at its field, in plain words; a workflow never minds."""

from typing import Any

import pytest

from tests.blackbox.play import (
    PROCEDURE,
    attach,
    case_of,
    complete,
    draft,
    example_for,
    example_form,
    filed,
    submit,
    task_of,
)
from tests.blackbox.scenarios import SAMPLE, Cases
from tests.system import Json, System

VECTORS = SAMPLE["validation_vectors"]


def refused(answer: Any, status: int = 422) -> dict[str, str]:
    """The defects of a problem+json answer, by location."""
    assert answer.status_code == status, (answer.status_code, answer.text[:800])
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return {e["loc"]: e["msg"] for e in body.get("errors", [])}


def _defects(system: System, form: Json) -> dict[str, str]:
    return refused(submit(system, draft(system, form, papers=False)))


@pytest.mark.parametrize("code", [*VECTORS["credit_code_invalid"], "", "91310199marfngnq8g", "0" * 18])
def test_wrong_credit_code_is_named(system: System, code: str) -> None:
    form = example_form(system)
    form["applicant"]["applicant_uscc"] = code
    form["entrustment"]["principal_uscc"] = code
    assert {"applicant.applicant_uscc", "entrustment.principal_uscc"} <= set(_defects(system, form))


@pytest.mark.parametrize("number", [*VECTORS["id_number_invalid"], "1"])
def test_wrong_identity_number_is_named_and_not_repeated(system: System, number: str) -> None:
    form = example_form(system)
    form["applicant"]["legal_rep_id_no"] = number
    found = _defects(system, form)
    assert found["applicant.legal_rep_id_no"]
    assert len(number) < 15 or number not in found["applicant.legal_rep_id_no"]


@pytest.mark.parametrize("mobile", VECTORS["mobile_invalid"])
def test_wrong_mobile_is_named(system: System, mobile: str) -> None:
    form = example_form(system)
    form["applicant"]["contact_mobile"] = mobile
    assert "applicant.contact_mobile" in _defects(system, form)


def test_dates_out_of_order_are_named(system: System) -> None:
    form = example_form(system)
    form["project"] |= {
        "commenced_on": "2024-12-21",
        "crediting_from": "2035-01-01",
        "first_period_to": "2024-01-01",
    }
    found = _defects(system, form)
    assert any(loc in found for loc in ("project.operated_on", "project.commenced_on"))
    assert any(loc in found for loc in ("project.crediting_to", "project.crediting_from"))
    assert any(loc in found for loc in ("project.first_period_to", "project.first_period_from"))


@pytest.mark.parametrize(
    "shares", [("40", "59.99"), ("40", "60.01"), ("0", "0"), ("-40", "140"), ("1e3", "NaN")]
)
def test_shares_must_sum_to_a_hundred(system: System, shares: tuple[str, str]) -> None:
    form = example_form(system)
    for row, share in zip(form["entrustment"]["benefit_split"], shares, strict=True):
        row["pct"] = share
    assert any(loc.startswith("entrustment.benefit_split") for loc in _defects(system, form))


def test_readings_that_do_not_follow_are_named_by_row(system: System) -> None:
    form = example_form(system)
    form["design"]["readings"][3]["reading_end"] = "1.00"
    form["design"]["readings"][7]["quantity_kwh"] = "1"
    found = _defects(system, form)
    assert any(loc.startswith("design.readings.3") for loc in found), found
    assert any(loc.startswith("design.readings.7") for loc in found), found


def test_every_defect_is_told_at_once(system: System) -> None:
    form = example_form(system)
    form["applicant"] |= {
        "applicant_uscc": "x",
        "legal_rep_id_no": "x",
        "contact_mobile": "x",
        "contact_email": "x",
    }
    form["project"] |= {"lon": "200", "district": "火星", "commenced_on": "2025-02-30"}
    case_no = draft(system, form, papers=False)
    answer = system.as_("applicant").post(
        f"/cases/{case_no}/submit", json={"declaration": {"accepted": False, "signatory": ""}}
    )
    found = refused(answer)
    expected = {
        "applicant.applicant_uscc", "applicant.legal_rep_id_no", "applicant.contact_mobile", "applicant.contact_email",
        "project.lon", "project.district", "project.commenced_on", "declaration.accepted", "declaration.signatory",
    }  # fmt: skip
    assert expected <= set(found), expected - set(found)
    assert any("licence" in loc for loc in found)
    assert all(found.values())
    view = case_of(system, case_no)
    assert view["status"] == "draft"
    assert view["form"]["applicant"]["applicant_uscc"] == "x"


def test_project_claimed_already_is_refused(system: System) -> None:
    form = example_form(system)
    filed(system, form)
    assert _defects(system, form)


def test_ets_covered_applicant_is_refused(system: System) -> None:
    form = example_form(system)
    organisation = SAMPLE["organisations"]["ORG-ETS"]
    form["applicant"] |= {
        "applicant_name": organisation["name"],
        "applicant_uscc": organisation["unified_social_credit_code"],
    }
    assert any("applicant" in loc for loc in _defects(system, form))


@pytest.mark.parametrize(
    "form",
    [
        {}, {"applicant": None}, {"applicant": []}, {"applicant": "x"}, {"applicant": {"applicant_name": {"a": 1}}},
        {"design": {"readings": "x"}}, {"design": {"readings": [None, 1, "x", []]}}, {"project": {"lon": True}},
        {"unknown": {"deep": [1, 2, {"x": None}]}}, {"project": {"project_name": ["x"], "scale_kw": 10**400}},
        {"entrustment": {"benefit_split": [{"party": 1, "pct": "∞"}]}}, {"": {"": ""}}, {"project": {"lon": "1" * 100_000}},
        {"project": {"commenced_on": "0000-00-00", "operated_on": "99999-01-01", "crediting_from": -1}},
    ],
)  # fmt: skip
def test_any_shape_is_kept_as_draft_and_refused_at_submission(system: System, form: Json) -> None:
    case_no = draft(system, form, papers=False)
    assert refused(submit(system, case_no))
    assert case_of(system, case_no)["form"] == form
    checked = system.get("applicant", f"/cases/{case_no}/check")
    assert checked["errors"]
    assert not checked["ready"]


def test_office_pages_survive_any_draft(system: System) -> None:
    browser = system.browser("applicant")
    for form in (
        {"applicant": "x"},
        {"design": {"readings": [None, 1, "x"]}},
        {"project": {"project_name": ["x"]}},
    ):
        case_no = draft(system, form, papers=False)
        for page in ("", "/edit", "/check", "/declare"):
            assert browser.get(f"/cases/{case_no}{page}", follow_redirects=True).status_code < 500, (
                form,
                page,
            )
    browser.close()


def test_draft_saved_elsewhere_is_not_overwritten(system: System) -> None:
    case_no, client = draft(system, {"project": {}}, papers=False), system.as_("applicant")
    put = f"/cases/{case_no}/form"
    version = str(case_of(system, case_no)["version"])
    assert (
        client.put(put, json={"project": {"project_name": "甲"}}, headers={"If-Match": version}).status_code
        == 200
    )
    assert refused(client.put(put, json={"project": {}}, headers={"If-Match": version}), 412) == {}
    assert case_of(system, case_no)["form"] == {"project": {"project_name": "甲"}}
    refused(client.put(put, json={}))
    for odd in ("x", "9" * 60, "-1", "²", '"', "W/", "١"):
        answer = client.put(put, json={}, headers={"If-Match": odd.encode()})
        assert answer.status_code in {412, 422}, (odd, answer.status_code)


def test_two_drafts_saved_at_once_keep_one(system: System) -> None:
    from concurrent.futures import ThreadPoolExecutor

    case_no, client = draft(system, {}, papers=False), system.as_("applicant")
    version = str(case_of(system, case_no)["version"])
    with ThreadPoolExecutor(6) as pool:
        found = pool.map(
            lambda n: (
                client.put(f"/cases/{case_no}/form", json={"n": n}, headers={"If-Match": version}).status_code
            ),
            range(6),
        )
    assert sorted(found) == [200, *[412] * 5]


def test_filed_form_is_not_saved_over(system: System) -> None:
    case_no = filed(system)
    answer = system.as_("applicant").put(f"/cases/{case_no}/form", json={}, headers={"If-Match": "*"})
    refused(answer, 409)


def test_decision_with_defects_is_refused_with_all_of_them(system: System) -> None:
    case_no = filed(system)
    task = task_of(system, case_no, "formal_review")
    detail = system.get("intake", f"/tasks/{task['id']}")
    body = example_for(detail, "request_correction")
    for form in (
        {},
        {**body["form"], "defects": []},
        {**body["form"], "items": "x"},
        {"items": [None]},
        {"x": 1},
    ):
        found = refused(
            system.as_("intake").post(
                f"/tasks/{task['id']}/complete", json={"outcome": "request_correction", "form": form}
            )
        )
        assert found, form
    assert refused(complete_with(system, task["id"], {"outcome": "nothing", "form": {}}))
    for body in ({}, {"outcome": None}, {"outcome": "accept", "form": []}, [], "x", None):
        assert refused(complete_with(system, task["id"], body))
    assert complete(system, "intake", task["id"]).status_code == 202
    task_of(system, case_no, "triage")


def complete_with(system: System, task_id: str, body: Any) -> Any:
    return system.as_("intake").post(f"/tasks/{task_id}/complete", json=body)


def test_acts_after_the_end_are_refused(system: System, cases: Cases) -> None:
    played = cases["withdrawal"]
    for path, who, body in (
        ("withdraw", "applicant", {"reason": "再次撤回"}),
        ("suspend", "supervisor", {"reason": "中止"}),
        ("resume", "supervisor", {"reason": "恢复"}),
        ("submit", "applicant", {"declaration": {"accepted": True, "signatory": "甲"}}),
    ):
        refused(system.as_(who).post(f"/cases/{played.case_no}/{path}", json=body), 409)
    refused(attach(system, played.case_no, "licence"), 409)
    for task_id, (_, _, who) in zip(played.tasks, played.answered, strict=True):
        refused(
            system.as_(who).post(f"/tasks/{task_id}/complete", json=example_for(played.tasks[task_id])), 409
        )


def test_decision_after_the_case_ended_is_refused(system: System) -> None:
    case_no = filed(system)
    task = task_of(system, case_no, "formal_review")
    body = example_for(system.get("intake", f"/tasks/{task['id']}"))
    assert (
        system.as_("applicant").post(f"/cases/{case_no}/withdraw", json={"reason": "不办了"}).status_code
        == 202
    )
    answer = system.as_("intake").post(f"/tasks/{task['id']}/complete", json=body)
    refused(answer, 409)
    assert answer.json()["kind"]


def test_withdrawal_needs_a_reason(system: System) -> None:
    case_no = filed(system)
    for body in ({}, {"reason": ""}, {"reason": "  "}, {"reason": None}, {"reason": "x" * 100_000}):
        assert refused(system.as_("applicant").post(f"/cases/{case_no}/withdraw", json=body))


def test_objection_with_defects_is_refused_with_all_of_them(system: System, cases: Cases) -> None:
    notice = cases["objection_dismissed"].notes["objections"][0]["notice"]
    for body in (
        {},
        {"content": ""},
        {"content": None, "topics": "x"},
        {"topics": ["nothing"], "content": "x" * 200_000},
    ):
        assert refused(system.as_("").post(f"/public/notices/{notice}/objections", json=body)), body
    for body in ([], "x", None, 1):
        assert refused(system.as_("").post(f"/public/notices/{notice}/objections", json=body)), body


def test_objection_after_the_end_is_kept_as_late(system: System, cases: Cases) -> None:
    from tests.blackbox.scenarios import objection

    notice = cases["objection_dismissed"].notes["objections"][0]["notice"]
    answer = system.as_("").post(f"/public/notices/{notice}/objections", json=objection(system))
    assert answer.status_code == 201
    assert answer.json()["late"] is True


def test_unknown_form_of_another_procedure(system: System) -> None:
    answer = system.as_("applicant").post("/cases", json={"procedure": PROCEDURE, "form": "x"})
    assert "form" in refused(answer)
