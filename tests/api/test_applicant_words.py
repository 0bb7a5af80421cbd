"""What an applicant reads on the way: nothing misleading, nothing left in the other language."""

import re

import pytest

from models.tables import DocumentRow
from services import clock
from services.session import transaction
from tests import factories
from tests.api import case_world as world

DEFECT = {
    "target": "materials.licence",
    "requirement": "请提供最新营业执照。",
    "basis": "申请指南",
}


@pytest.fixture
def applicant(browser):
    with transaction() as session:
        person = world.filer(session)
    return browser(user=person)


@pytest.fixture
def intake(database):
    with transaction() as session:
        return factories.user(session, "intake")


def english(person, path: str) -> str:
    return person.get(path, headers={"Cookie": f"puhui_session={person.token}; lang=en"}).text


def started(person) -> str:
    answer = person.post("/cases/new", {"procedure": "project_application"})
    return re.search(r"/cases/([^/]+)/edit", answer.headers["location"]).group(1)


def test_a_case_that_waits_for_its_filer_says_so_to_them(applicant, intake):
    world.correction(world.filed(applicant), [DEFECT], intake)
    for path in ("/home", "/cases"):
        page = applicant.get(path).text
        assert (
            "待您办理</" in page or "待您办理" in page.split("</select>")[-1],
            "待申请人办理" in page,
        ) == (True, False)


def test_sections_and_units_of_the_draft_are_in_english_too(applicant) -> None:
    no = started(applicant)
    html = english(applicant, f"/cases/{no}/edit")
    for words in ("1 Overview of the project", "4 Reductions", "CNY 10,000"):
        assert words in html, words
    assert "项目概况" not in html
    assert "万元" not in html


def test_procedure_asked_for_comes_first(applicant) -> None:
    titles = re.findall(r"<h2>([^<]+)</h2>", applicant.get("/cases/new?procedure=issuance").text)
    assert titles[0] == "项目减排量签发"
    assert len(titles) > 1


def test_empty_form_is_not_called_eligible(applicant) -> None:
    html = applicant.get(f"/cases/{started(applicant)}/check").text
    assert "目前未发现问题：" in html
    assert ">符合：" not in html


def test_same_paper_uploaded_twice_is_pointed_out(applicant) -> None:
    no = started(applicant)
    for name in ("执照.pdf", "执照（副本）.pdf"):
        world.upload(applicant, no, "licence", name)
    assert applicant.get(f"/cases/{no}/materials").text.count("与“执照.pdf”内容相同") == 1


def test_request_for_more_time_takes_the_place_of_the_link(applicant, intake) -> None:
    no = world.filed(applicant)
    task = world.correction(no, [DEFECT], intake)
    url = f"/cases/{no}/answer/{task}/extension"
    assert f'href="{url}"' in applicant.get(f"/cases/{no}").text
    applicant.post(url, {"days": "5", "reason": "检定机构排期"})
    html = applicant.get(f"/cases/{no}").text
    assert "已申请延长 5 个工作日，等待经办部门答复" in html
    assert f'href="{url}"' not in html
    assert "Basis: 申请指南" in english(applicant, f"/cases/{no}")


def test_handbook_is_read_in_the_readers_language(applicant) -> None:
    html = english(applicant, "/help/applicant")
    assert "<h1>Handbook for applicants</h1>" in html
    assert "Choosing a methodology" in html
    assert "<h1>申请主体使用手册</h1>" in applicant.get("/help/applicant").text


@pytest.mark.parametrize(
    ("letter", "words", "not_words"),
    [(True, "因逾期未补正", "由主管人员终止"), (False, "由主管人员终止", "因逾期未补正")],
)
def test_end_by_the_office_is_not_called_a_missed_limit(
    browser, letter: bool, words: str, not_words: str
) -> None:
    with transaction() as session:
        person = factories.user(session, "applicant")
        case = factories.case(session, person, status="lapsed", ended_at=clock.now())
        if letter:
            session.add(
                DocumentRow(
                    case_id=case.id, key="termination_notice", number=f"T-{case.case_no}", title="终止办理告知书",
                    audience="filer", sha256="0" * 64, size=1, template_version="1",
                )
            )  # fmt: skip
        number = case.case_no
    html = browser(user=person).get(f"/cases/{number}").text
    assert (words in html, not_words in html) == (True, False)
