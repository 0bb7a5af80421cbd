"""The case calls of the contract, through the real application."""

import pytest

from services.session import transaction
from tests import factories
from tests.api import case_world as world


@pytest.fixture
def applicant(browser):
    with transaction() as session:
        person = world.filer(session)
    return browser(user=person)


def new_case(person, form=None) -> str:
    return world.number_of(
        person.post("/api/v1/cases", json={"procedure": "project_application", "form": form or {}})
    )


def test_incomplete_draft_is_fine_and_has_version_1(applicant) -> None:
    answer = applicant.post(
        "/api/v1/cases", json={"procedure": "project_application", "form": {"project": {"lon": "x"}}}
    )
    assert (answer.status_code, answer.json()["status"], answer.json()["version"]) == (201, "draft", 1)
    assert answer.headers["location"].endswith(answer.json()["case_no"])


def test_unknown_procedure_is_not_found(applicant) -> None:
    assert applicant.post("/api/v1/cases", json={"procedure": "nothing", "form": {}}).status_code == 404


def test_officer_cannot_file(browser) -> None:
    assert (
        browser("officer").post("/api/v1/cases", json={"procedure": "project_application"}).status_code == 403
    )


def test_draft_is_saved_with_its_version_and_refused_with_an_old_one(applicant) -> None:
    no = new_case(applicant)
    url = f"/api/v1/cases/{no}/form"
    saved = applicant.send("PUT", url, json={"project": {"project_name": "甲"}}, headers={"If-Match": '"1"'})
    assert (saved.status_code, saved.json()["version"], saved.headers["etag"]) == (200, 2, '"2"')
    stale = applicant.send("PUT", url, json={"project": {"project_name": "乙"}}, headers={"If-Match": "1"})
    assert (stale.status_code, stale.headers["content-type"]) == (412, "application/problem+json")
    assert applicant.get(f"/api/v1/cases/{no}").json()["form"] == {"project": {"project_name": "甲"}}


def test_save_without_version_says_what_is_missing(applicant) -> None:
    answer = applicant.send("PUT", f"/api/v1/cases/{new_case(applicant)}/form", json={})
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, "If-Match")


@pytest.mark.rule("G06")
def test_submission_lists_every_defect_of_form_papers_and_declaration(applicant) -> None:
    answer = applicant.post(f"/api/v1/cases/{new_case(applicant)}/submit", json={})
    places = {e["loc"] for e in answer.json()["errors"]}
    assert answer.status_code == 422
    assert {
        "project.lon",
        "design.equipment",
        "materials.licence",
        "declaration.accepted",
        "declaration.signatory",
    } <= places


def test_example_of_the_schema_can_be_filed_and_is_frozen(applicant) -> None:
    no = world.filed(applicant)
    case = applicant.get(f"/api/v1/cases/{no}").json()
    assert (case["status"], case["applicant"]) == ("submitted", "上海浦晖新能源科技有限公司")
    assert [e["event"] for e in case["timeline"]][-1] == "case.submitted"
    assert [f["stage"] for f in case["forecast"]] == [
        "formal_review",
        "technical_review",
        "expert_review",
        "publicity",
        "opinion",
        "publication",
        "first_issuance",  # the example asks for it
    ]
    assert [v["kind"] for v in applicant.get(f"/api/v1/cases/{no}/versions").json()] == ["submission"]
    again = applicant.post(f"/api/v1/cases/{no}/submit", json=world.DECLARED)
    assert again.status_code == 409


@pytest.mark.rule("G04")
def test_same_project_cannot_be_filed_twice(applicant) -> None:
    no = world.filed(applicant)
    twin = new_case(applicant, applicant.get(f"/api/v1/cases/{no}").json()["form"])
    found = applicant.get(f"/api/v1/cases/{twin}/check").json()["errors"]
    assert {"project.project_name", "project.lon"} <= {e["loc"] for e in found}


def test_file_that_lies_about_its_type_is_refused(applicant) -> None:
    no = new_case(applicant)
    assert world.upload(applicant, no, "licence", content=b"MZ executable").status_code == 415
    assert world.upload(applicant, no, "licence", name="x.exe").status_code == 415
    assert world.upload(applicant, no, "nonsense").status_code == 422
    assert applicant.get(f"/api/v1/cases/{no}/attachments").json() == []


@pytest.mark.rule("M10")
def test_paper_taken_out_of_the_draft_is_its_owners_alone(applicant, browser) -> None:
    no = world.number_of(
        applicant.post("/api/v1/cases", json={"procedure": "project_application", "form": world.form()})
    )
    taken = world.upload(applicant, no, "licence").json()["id"]
    assert applicant.send("DELETE", f"/api/v1/cases/{no}/attachments/{taken}").status_code == 204
    kept = {kind: world.upload(applicant, no, kind).json()["id"] for kind in world.PAPERS}
    assert applicant.post(f"/api/v1/cases/{no}/submit", json=world.DECLARED).status_code == 202
    officer = browser("officer")
    at = f"/api/v1/cases/{no}/attachments"
    assert officer.get(f"{at}/{kept['licence']}").status_code == 200
    assert officer.get(f"{at}/{taken}").status_code == 404
    assert officer.get(f"/cases/{no}/materials/{taken}").status_code == 404
    assert applicant.get(f"{at}/{taken}").status_code == 200


def test_paper_comes_back_as_it_was_and_can_be_taken_out(applicant) -> None:
    no = new_case(applicant)
    row = world.upload(applicant, no, "licence", name="营业执照.pdf").json()
    url = f"/api/v1/cases/{no}/attachments/{row['id']}"
    answer = applicant.get(url)
    assert (answer.content, answer.headers["etag"]) == (world.PDF, f'"{row["sha256"]}"')
    assert answer.headers["content-disposition"].startswith("attachment")
    assert applicant.send("DELETE", url).status_code == 204
    assert applicant.get(f"/api/v1/cases/{no}/attachments").json() == []


def test_case_of_another_party_does_not_exist(applicant, browser) -> None:
    no, stranger = new_case(applicant), browser("applicant")
    for method, path in (
        ("GET", ""),
        ("GET", "/check"),
        ("GET", "/attachments"),
        ("GET", "/versions"),
        ("GET", "/events"),
        ("GET", "/documents/1"),
        ("POST", "/submit"),
        ("POST", "/withdraw"),
        ("POST", "/suspend"),
    ):
        more = {"json": {}} if method == "POST" else {}
        assert stranger.send(method, f"/api/v1/cases/{no}{path}", **more).status_code == 404, path
    assert (
        stranger.send("PUT", f"/api/v1/cases/{no}/form", json={}, headers={"If-Match": "1"}).status_code
        == 404
    )


def test_draft_is_invisible_to_staff(applicant, browser) -> None:
    assert browser("officer").get(f"/api/v1/cases/{new_case(applicant)}").status_code == 404


@pytest.mark.rule("M10")
def test_staff_read_personal_data_masked_and_the_owner_in_full(applicant, browser) -> None:
    no = world.filed(applicant)
    own = applicant.get(f"/api/v1/cases/{no}").json()["form"]["applicant"]
    seen = browser("officer").get(f"/api/v1/cases/{no}").json()["form"]["applicant"]
    assert seen["legal_rep_id_no"] != own["legal_rep_id_no"]
    assert "*" in seen["legal_rep_id_no"]
    assert seen["applicant_uscc"] == own["applicant_uscc"]


def test_applicant_reads_offices_and_staff_read_names(applicant, browser) -> None:
    no = world.filed(applicant)
    supervisor = browser("supervisor", name="赵负责")
    assert supervisor.post(f"/api/v1/cases/{no}/suspend", json={"reason": "涉诉"}).status_code == 202
    mine = applicant.get(f"/api/v1/cases/{no}").json()["timeline"][-1]
    theirs = supervisor.get(f"/api/v1/cases/{no}").json()["timeline"][-1]
    assert (mine["event"], mine["by"], theirs["by"]) == ("case.suspended", "市减污降碳中心", "赵负责")
    assert "涉诉" in mine["text"]


def test_withdrawal_needs_a_reason_and_happens_once(applicant) -> None:
    no = world.filed(applicant)
    assert applicant.post(f"/api/v1/cases/{no}/withdraw", json={}).status_code == 422
    done = applicant.post(f"/api/v1/cases/{no}/withdraw", json={"reason": "方案调整"})
    assert (done.status_code, done.json()["status"]) == (202, "withdrawn")
    assert applicant.post(f"/api/v1/cases/{no}/withdraw", json={"reason": "再次"}).status_code == 409
    assert applicant.get(f"/api/v1/cases/{no}").json()["forecast"] == []


def test_list_goes_page_by_page_without_gaps(applicant) -> None:
    made = {new_case(applicant) for _ in range(5)}
    seen, cursor = [], ""
    while cursor is not None:
        page = applicant.get(f"/api/v1/cases?status=draft&limit=2&cursor={cursor}").json()
        seen += [i["case_no"] for i in page["items"]]
        cursor = page["next_cursor"]
    assert made <= set(seen)
    assert len(seen) == len(set(seen))
    assert applicant.get("/api/v1/cases?cursor=nonsense").status_code == 422


def test_list_filters_by_word_and_status(applicant) -> None:
    no = new_case(applicant, {"project": {"project_name": "百分号%项目"}})
    found = applicant.get("/api/v1/cases", params={"q": "百分号%"}).json()["items"]
    assert [i["case_no"] for i in found] == [no]
    assert (
        applicant.get("/api/v1/cases", params={"q": "百分号%", "status": "published"}).json()["items"] == []
    )
    assert applicant.get("/api/v1/cases", params={"q": no, "overdue": True}).json()["items"] == []


def test_correction_opens_a_duty_and_its_answer_makes_a_version(applicant, browser) -> None:
    no = world.filed(applicant)
    with transaction() as session:
        intake = factories.user(session, "intake")
    task = world.correction(
        no, [{"target": "project.address", "requirement": "写明门牌号", "basis": "指南"}], intake
    )
    case = applicant.get(f"/api/v1/cases/{no}").json()
    assert (case["status"], [t["kind"] for t in case["open_tasks"]]) == ("waiting_applicant", ["correction"])
    answer = applicant.post(
        f"/api/v1/tasks/{task}/complete",
        json={
            "outcome": "resubmit",
            "form": {
                "replies": [{"finding": 1, "reply": "已更正"}],
                "changes": [{"path": "project.address", "value": "上海市闵行区示例路300弄1号"}],
            },
        },
    )
    assert answer.status_code in (200, 202), answer.text
    assert [v["kind"] for v in applicant.get(f"/api/v1/cases/{no}/versions").json()] == [
        "submission",
        "correction",
    ]
    assert (
        applicant.get(f"/api/v1/cases/{no}").json()["form"]["project"]["address"]
        == "上海市闵行区示例路300弄1号"
    )
