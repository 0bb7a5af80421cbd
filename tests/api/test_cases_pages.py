"""The applicant's pages without JavaScript: draft, papers, check, submission, correction, versions, withdrawal."""

import re

import pytest

from models.vocabulary.statuses import CaseStatus
from services.session import transaction
from tests import factories
from tests.api import case_world as world


@pytest.fixture
def applicant(browser):
    with transaction() as session:
        person = world.filer(session)
    return browser(user=person)


@pytest.fixture
def intake(database):
    with transaction() as session:
        return factories.user(session, "intake")


def started(person) -> str:
    answer = person.post("/cases/new", {"procedure": "project_application"})
    assert answer.status_code == 303
    return re.search(r"/cases/([^/]+)/edit", answer.headers["location"]).group(1)


def hidden(html: str, name: str) -> str:
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', html).group(1).replace("&#34;", '"')


def states(html: str) -> dict[str, str]:
    """What the list of parts says of each."""
    found = re.findall(r"<span>([^<]+)<small>([^<]+)</small></span></a></li>", html)
    return {title.strip(): state for title, state in found}


def test_a_part_that_an_answer_elsewhere_asks_for_is_not_called_complete(applicant) -> None:
    case_no = started(applicant)
    at = f"/cases/{case_no}/edit?section=s4"
    part = "4 其他相关证明材料"
    assert states(applicant.get(at).text)[part] == "选填，未填"
    sent = {"_version": "1", "_section": "s1", "applicant.is_agency": "true"}
    version = hidden(applicant.get(at).text, "_version")
    assert applicant.post(f"/cases/{case_no}/edit", {**sent, "_version": version}).status_code == 303
    page = applicant.get(at).text
    assert (states(page)[part], "处需要修改" in page) == ("缺 1 项", False)


def test_list_is_filtered_by_every_state_a_case_can_have(applicant) -> None:
    started(applicant)
    html = applicant.get("/cases").text
    assert [s.value for s in CaseStatus if f'<option value="{s.value}"' not in html] == []


def test_first_visit_says_what_can_be_filed(browser) -> None:
    html = browser("applicant").get("/cases").text
    assert "您还没有申请" in html
    assert 'href="/cases/new"' in html


def test_staff_are_led_to_their_own_list(browser) -> None:
    assert browser("officer").get("/cases").headers["location"] == "/staff/cases"


def test_draft_is_saved_section_by_section_and_shows_what_is_wrong(applicant) -> None:
    no = started(applicant)
    url = f"/cases/{no}/edit"
    saved = applicant.post(
        url, {"_version": "1", "_section": "s1", "_do": "go:s3", "applicant.applicant_uscc": "911"}
    )
    assert saved.headers["location"] == f"/cases/{no}/edit?section=s3"
    html = applicant.get(f"{url}?section=s1").text
    assert 'value="911"' in html
    assert "统一社会信用代码不正确" in html
    assert 'href="#f-applicant-applicant_uscc"' in html


def test_rows_are_added_and_removed_by_buttons(applicant) -> None:
    no = started(applicant)
    added = applicant.post(
        f"/cases/{no}/edit",
        {"_version": "1", "_section": "s4", "design.equipment": "", "_rows": "add:design.equipment"},
    )
    assert added.headers["location"].endswith("#f-design-equipment")
    assert applicant.get(f"/api/v1/cases/{no}").json()["form"]["design"]["equipment"] == [{}]
    applicant.post(
        f"/cases/{no}/edit",
        {
            "_version": "2",
            "_section": "s4",
            "design.equipment.0.name": "组件",
            "_rows": "remove:design.equipment.0",
        },
    )
    assert applicant.get(f"/api/v1/cases/{no}").json()["form"]["design"]["equipment"] == []


def test_autosave_answers_with_time_and_new_version(applicant) -> None:
    no = started(applicant)
    answer = applicant.send(
        "PUT",
        f"/cases/{no}/draft",
        data={"_version": "1", "_section": "s1", "applicant.applicant_name": "甲"},
    )
    assert answer.status_code == 200
    assert re.search(r"已保存 \d\d:\d\d:\d\d", answer.text)
    assert hidden(answer.text, "_version") == "2"
    stale = applicant.send(
        "PUT",
        f"/cases/{no}/draft",
        data={"_version": "1", "_section": "s1", "applicant.applicant_name": "乙"},
    )
    assert (stale.status_code, "其他窗口" in stale.text) == (412, True)


def test_check_links_every_defect_to_its_field(applicant) -> None:
    html = applicant.get(f"/cases/{started(applicant)}/check").text
    assert re.search(r"edit\?section=s\d+&(amp;)?check=1#f-project-lon", html)
    assert "#m-licence" in html
    assert "未重复申请" in html


def test_bad_file_is_told_at_its_place(applicant) -> None:
    no = started(applicant)
    answer = applicant.send(
        "POST",
        f"/cases/{no}/materials",
        data={"kind": "licence", "csrf": applicant.csrf},
        files={"file": ("执照.pdf", b"no pdf", "application/pdf")},
    )
    assert answer.status_code == 415
    assert 'id="error-licence"' in answer.text
    empty = applicant.post(f"/cases/{no}/materials", {"kind": "licence"})
    assert "请先选择要上传的文件" in empty.text


def test_declaration_must_be_accepted_and_signed(applicant) -> None:
    no = world.number_of(
        applicant.post("/api/v1/cases", json={"procedure": "project_application", "form": world.form()})
    )
    assert applicant.get(f"/cases/{no}/declare").headers["location"] == f"/cases/{no}/check"
    for kind in world.PAPERS:
        world.upload(applicant, no, kind)
    answer = applicant.post(f"/cases/{no}/submit", {"signatory": ""})
    assert answer.status_code == 422
    assert "请阅读并同意申请人申明" in answer.text
    done = applicant.post(f"/cases/{no}/submit", {"accepted": "true", "signatory": "张明"})
    assert done.headers["location"] == f"/cases/{no}/submitted"
    confirmation = applicant.get(f"/cases/{no}/submitted").text
    assert no in confirmation
    assert "形式审查" in confirmation


def test_status_page_answers_the_five_questions(applicant) -> None:
    no = world.filed(applicant)
    world.asked(no, "formal_review", "formal_review")
    html = applicant.get(f"/cases/{no}").text
    for words in (
        "提交",
        "现在",
        "轮到谁",
        "最迟决定",
        "问谁",
        "第 1/7 步",
        "您现在不需要做什么",
        "期限是怎么算的",
    ):
        assert words in html, words
    assert f'hx-sse:connect="/api/v1/cases/{no}/events' in html


def test_panel_is_only_drawn_again_when_something_happened(applicant) -> None:
    no = world.filed(applicant)
    seen = re.search(r"panel\?seen=(\d+)", applicant.get(f"/cases/{no}").text).group(1)
    assert applicant.get(f"/cases/{no}/panel?seen={seen}").status_code == 204
    world.asked(no, "formal_review", "formal_review")
    assert applicant.get(f"/cases/{no}/panel?seen={seen}").status_code == 200


DEFECTS = [
    {"target": "project.address", "requirement": "请写明门牌号", "basis": "指南"},
    {"target": "design.meters.0.certificate", "requirement": "证书编号有误", "basis": "指南"},
]


def test_correction_opens_only_what_was_asked_for(applicant, intake) -> None:
    no = world.filed(applicant)
    task = world.correction(no, DEFECTS, intake)
    assert f'href="/cases/{no}/answer/{task}#finding-2"' in applicant.get(f"/cases/{no}").text
    html = applicant.get(f"/cases/{no}/answer/{task}").text
    assert 'name="v.project.address"' in html
    assert 'name="v.design.meters.0.certificate"' in html
    assert 'name="v.project.project_name"' not in html


def answered(no: str, task: str, person, **more: str) -> object:
    case = person.get(f"/api/v1/cases/{no}").json()["form"]
    data = {"v.project.address": "上海市闵行区示例路300弄1号", "v.design.meters": ""}
    for i, row in enumerate(case["design"]["meters"]):
        data |= {f"v.design.meters.{i}.{k}": str(v) for k, v in row.items()}
    data["v.design.meters.0.certificate"] = "JD-2026-0009"
    return person.post(f"/cases/{no}/answer/{task}", {**data, **more})


def test_unanswered_item_is_named_and_nothing_typed_is_lost(applicant, intake) -> None:
    no = world.filed(applicant)
    task = world.correction(no, DEFECTS, intake)
    answer = answered(no, task, applicant, **{"reply.1": "已更正", "_do": "review"})
    assert answer.status_code == 422
    assert "请答复第 2 项要求" in answer.text
    assert "示例路300弄1号" in answer.text
    assert "JD-2026-0009" in applicant.get(f"/cases/{no}/answer/{task}").text


@pytest.mark.rule("G10")
def test_correction_is_compared_sent_and_makes_a_version(applicant, intake) -> None:
    no = world.filed(applicant)
    task = world.correction(no, DEFECTS, intake)
    replies = {"reply.1": "已更正", "reply.2": "已更正"}
    assert answered(no, task, applicant, **replies, _do="review").headers["location"].endswith("/review")
    review = applicant.get(f"/cases/{no}/answer/{task}/review").text
    assert "共 2 处修改" in review
    assert "<ins>JD-2026-0009</ins>" in review
    assert "超出要求范围" not in review
    sent = applicant.post(f"/cases/{no}/answer/{task}/submit")
    assert sent.headers["location"].endswith("/done")
    assert "已提交" in applicant.get(f"/cases/{no}/answer/{task}/done").text
    versions = applicant.get(f"/cases/{no}/versions").text
    assert "第 1 版 → 第 2 版：2 处修改" in versions


def test_change_beyond_the_request_is_marked(applicant, intake) -> None:
    no = world.filed(applicant)
    task = world.correction(no, DEFECTS[:1], intake)
    more = {
        "reply.1": "已更正",
        "_also": "contribution.sd_environment",
        "v.contribution.sd_environment": "环境效益说明有更新",
        "_do": "review",
    }
    applicant.post(f"/cases/{no}/answer/{task}", {"v.project.address": "新地址1号", **more})
    assert "1 处超出要求范围" in applicant.get(f"/cases/{no}/answer/{task}/review").text


def test_more_time_is_asked_for_once(applicant, intake) -> None:
    no = world.filed(applicant)
    task = world.correction(no, DEFECTS[:1], intake)
    url = f"/cases/{no}/answer/{task}/extension"
    assert applicant.post(url, {"days": "99", "reason": ""}).status_code == 422
    assert applicant.post(url, {"days": "5", "reason": "检定机构排期"}).status_code == 303
    assert applicant.post(url, {"days": "5", "reason": "再次"}).status_code == 409
    assert "您已申请延长 5 个工作日" in applicant.get(url).text


def test_withdrawal_is_interrupted_by_its_consequences(applicant) -> None:
    no = world.filed(applicant)
    assert "不能恢复" in applicant.get(f"/cases/{no}/withdraw").text
    assert "请填写撤回原因" in applicant.post(f"/cases/{no}/withdraw", {"reason": ""}).text
    assert applicant.post(f"/cases/{no}/withdraw", {"reason": "方案调整"}).status_code == 303
    html = applicant.get(f"/cases/{no}").text
    assert "已撤回" in html
    assert ("止于此环节" in html, "已完成" in html) == (True, False)  # nothing of it was completed
    assert f"/cases/{no}/withdraw" not in html


def test_pages_of_another_party_do_not_exist(applicant, browser) -> None:
    no, stranger = world.filed(applicant), browser("applicant")
    for path in (
        "",
        "/panel",
        "/form",
        "/versions",
        "/withdraw",
        "/materials",
        "/check",
        "/edit",
        "/submitted",
        "/documents/1",
    ):
        assert stranger.get(f"/cases/{no}{path}").status_code == 404, path


def test_application_can_be_read_in_full_by_its_owner(applicant) -> None:
    no = world.filed(applicant)
    html = applicant.get(f"/cases/{no}/form").text
    assert world.form()["applicant"]["legal_rep_id_no"] in html
    assert "扫描件.pdf" in html


def test_english_pages_have_english_words(applicant) -> None:
    no = world.filed(applicant)
    html = applicant.get(f"/cases/{no}", headers={"Cookie": f"puhui_session={applicant.token}; lang=en"}).text
    for words in ("Whose turn", "Decision by", "What happened", "Withdraw the application"):
        assert words in html, words


@pytest.mark.rule("M05")
def test_reply_to_an_objection_is_drafted_and_sent(applicant) -> None:
    no = world.filed(applicant)
    task = world.asked(no, "objection_reply", "publicity")
    url = f"/cases/{no}/answer/{task}"
    assert applicant.post(url, {"_do": "send", "reply": ""}).status_code == 422
    applicant.post(url, {"_do": "save", "reply": "正在核实"})
    assert "正在核实" in applicant.get(url).text
    assert (
        applicant.post(url, {"_do": "send", "reply": "检定证书有效。"}).headers["location"] == f"{url}/done"
    )
    assert world.task_row(task).outcome == "reply"


@pytest.mark.rule("G19")
def test_who_contests_an_amount_is_never_taken_to_confirm_it(applicant) -> None:
    no = world.filed(applicant)
    task = world.asked(no, "amount_confirmation", "first_issuance")
    url = f"/cases/{no}/answer/{task}"
    assert chosen(applicant.get(url).text) == []  # nobody chooses for them
    unsaid = applicant.post(url, {"_do": "send", "note": "12 月不应折减"})
    assert unsaid.status_code == 422
    assert "请在“办理结果”中选择一项。" in unsaid.text
    assert "12 月不应折减" in unsaid.text
    assert applicant.post(url, {"_do": "send", "_outcome": "contest", "note": ""}).status_code == 422
    assert chosen(applicant.get(url).text) == ["contest"]
    applicant.post(url, {"_do": "save", "_outcome": "contest", "note": "正在核实"})
    assert chosen(applicant.get(f"{url}?saved=1").text) == ["contest"]
    applicant.post(url, {"_do": "send", "_outcome": "contest", "note": "续检证书已取得。"})
    assert world.task_row(task).outcome == "contest"


@pytest.mark.rule("M05")
def test_who_saves_a_reply_after_it_was_given_is_told_and_loses_no_word(applicant) -> None:
    no = world.filed(applicant)
    task = world.asked(no, "objection_reply", "publicity")
    url = f"/cases/{no}/answer/{task}"
    applicant.post(url, {"_do": "send", "reply": "检定证书有效。"})
    late = applicant.post(url, {"_do": "save", "reply": "另一窗口里写的"})
    assert late.status_code == 409
    assert "已由" in late.text
    assert "另一窗口里写的" in late.text


def chosen(html: str) -> list[str]:
    """The outcomes a page has marked."""
    return re.findall(r'name="_outcome" value="(\w+)" checked', html)


def test_issued_document_is_shown_and_downloaded(applicant, browser) -> None:
    no = world.filed(applicant)
    number = world.issued(no, "receipt")
    page = applicant.get(f"/cases/{no}/documents/{number}").text
    assert f'data-docx="/cases/{no}/documents/{number}/file"' in page
    listed = applicant.get(f"/api/v1/cases/{no}").json()["documents"]
    assert [(d["id"], d["kind"]) for d in listed] == [(number, "receipt")]
    for url in (f"/cases/{no}/documents/{number}/file", f"/api/v1/cases/{no}/documents/{number}"):
        answer = applicant.get(url)
        assert answer.content.startswith(b"PK"), url
        assert answer.headers["etag"] == f'"{listed[0]["sha256"]}"'
    assert browser("applicant").get(f"/api/v1/cases/{no}/documents/{number}").status_code == 404
