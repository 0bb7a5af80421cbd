"""Scenario, mall, event and evaluation, as their side, the offices and the public see them."""

import hashlib
import io
import zipfile

import docx
import pytest

from tests.blackbox.play import Played
from tests.blackbox.procedures import OTHERS
from tests.blackbox.scenarios import Cases
from tests.system import System

ENDS = {
    "scenario": "online",
    "mall": "online",
    "event": "closed",
    "conform": "closed",
    "rectify": "closed",
    "issuances": "issued",
}
JOINED = ["receipt", "mall_application_form", "acceptance_notice", "mall_assessment_opinion"]
EVALUATED = ["evaluation_findings", "evaluation_report"]
LETTERS = {
    "scenario": [
        "receipt",
        "appendix_c",
        "acceptance_notice",
        "joint_review_opinion",
        "publicity_notice",
        "technical_opinion",
        "publication_notice",
        "connection_acceptance",
    ],
    "mall": [*JOINED, "agreement_draft", "cooperation_agreement", "mall_admission"],
    "event": [*JOINED, "mall_admission", "activity_report"],
    "conform": EVALUATED,
    "rectify": [*EVALUATED, "rectification_notice", "rectification_notice"],
}
STAGES = {
    "scenario": [
        "readiness",
        "formal_review",
        "joint_review",
        "publicity",
        "opinion",
        "publication",
        "connection",
    ],
    "mall": ["formal_review", "assessment", "bureau_report", "agreement", "connection"],
    "event": ["formal_review", "assessment", "event_schedule", "event", "activity_report"],
    "conform": ["data_check", "evaluation_report"],
    "rectify": ["data_check", "evaluation_report", "rectification"],
}
#: Who reads a case of each kind on its own side, and who else would like to.
SIDES = {
    "scenario": ("operator", ("applicant", "merchant", "mall", "resident", "agency", "expert01")),
    "mall": ("merchant", ("applicant", "operator", "intake", "officer", "issuer", "resident")),
    "event": ("merchant", ("applicant", "operator", "intake", "officer", "issuer", "resident")),
    "conform": ("applicant", ("operator", "merchant", "mall", "intake", "agent", "expert01")),
    "rectify": ("applicant", ("operator", "merchant", "mall", "intake", "agent", "expert01")),
    "issuances": ("applicant", ("operator", "agent", "merchant", "exchange", "mall", "agency")),
}


@pytest.mark.parametrize("name", list(OTHERS))
def test_course_ends_where_the_guideline_says(cases: Cases, name: str) -> None:
    end = cases[name].end
    assert end["status"] == ENDS[name]
    assert (end["open_tasks"], end["forecast"]) == ([], [])
    line = end["timeline"]
    assert [e["at"] for e in line] == sorted(e["at"] for e in line)
    assert all(e["text"] and e["by"] for e in line)
    assert line[-1]["event"] == "case.ended"


@pytest.mark.parametrize("name", list(LETTERS))
def test_stages_and_letters_are_those_of_the_course(cases: Cases, name: str) -> None:
    assert cases[name].stages() == STAGES[name]
    assert cases[name].kinds() == LETTERS[name]


@pytest.mark.parametrize("name", list(OTHERS))
def test_letters_open_in_word_for_the_side_and_for_nobody_else(
    system: System, cases: Cases, name: str
) -> None:
    played, (side, others) = cases[name], SIDES[name]
    for document in played.end["documents"]:
        path = f"/cases/{played.case_no}/documents/{document['id']}"
        content = system.as_(side).get(path).content
        assert hashlib.sha256(content).hexdigest() == document["sha256"]
        assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
        assert docx.Document(io.BytesIO(content)).paragraphs
        checked = system.get("", f"/public/certificates/{document['sha256'][:16]}")
        assert checked["number"] == document["number"]
        assert {system.as_(who).get(path).status_code for who in others} == {404}


@pytest.mark.parametrize("name", list(OTHERS))
def test_case_of_another_party_does_not_exist(system: System, cases: Cases, name: str) -> None:
    for who in SIDES[name][1]:
        assert system.as_(who).get(f"/cases/{cases[name].case_no}").status_code == 404, who
        listed = system.get(who, "/cases", q=cases[name].case_no)["items"]
        assert listed == [], who


@pytest.mark.rule("G25")
def test_scenario_is_in_the_register_and_running(system: System, cases: Cases) -> None:
    played = cases["scenario"]
    items = system.get("", "/public/projects", limit=100)["items"]
    [item] = [p for p in items if p["case_no"] == played.case_no]
    assert (item["kind"], item["state"]) == ("scenario", "running")
    one = system.get("", f"/public/projects/{item['number']}")
    assert {d["kind"] for d in one["documents"]} == {"publication_notice", "publicity_notice"}


@pytest.mark.rule("G23")
def test_centre_and_exchange_both_review_the_scenario(cases: Cases) -> None:
    played = cases["scenario"]
    assert (played.who("centre_review"), played.who("exchange_review")) == (["officer"], ["exchange"])
    assert (played.who("centre_acceptance"), played.who("exchange_acceptance")) == (["officer"], ["exchange"])


def _member(system: System, played: Played) -> dict[str, object]:
    name = played.end["form"]["display_name"]
    [found] = [m for m in system.get("", "/public/malls", limit=100)["items"] if m["name"] == name]
    one: dict[str, object] = system.get("", f"/public/malls/{found['number']}")
    assert {k: one[k] for k in found} == found
    return one


@pytest.mark.rule("J10")
def test_mall_is_open_with_its_goods(system: System, cases: Cases) -> None:
    played = cases["mall"]
    member = _member(system, played)
    assert (member["mode"], member["state"]) == ("third_party_mall", "online")
    planned = {g["name"] for g in played.end["form"]["goods_plan"]}
    offered = system.get("", "/ledger/goods")["items"]
    assert {g["title"] for g in offered if g["number"].startswith(f"{member['number']}-")} == planned
    assert played.who("bureau_receipt") == ["bureau"]


@pytest.mark.rule("J10")
def test_event_closed_by_itself_and_was_reported_on(system: System, cases: Cases) -> None:
    played = cases["event"]
    member = _member(system, played)
    assert (member["mode"], member["state"]) == ("event", "exited")
    offered = system.get("", "/ledger/goods")["items"]
    assert [g for g in offered if g["number"].startswith(f"{member['number']}-")] == []
    assert "bureau_receipt" not in {k for k, _, _ in played.answered}
    assert played.outcomes("activity_report") == ["report"]


@pytest.mark.rule("G29")
def test_evaluation_is_signed_by_both_and_put_to_the_holder(cases: Cases) -> None:
    for name in ("conform", "rectify"):
        played = cases[name]
        assert played.who("feedback") == ["applicant"]
        signed = played.who("report_signature") + played.who("exchange_report_signature")
        assert signed == ["supervisor", "exchange"]


@pytest.mark.rule("S04")
def test_rectification_is_asked_for_again_until_it_is_settled(system: System, cases: Cases) -> None:
    played = cases["rectify"]
    assert played.outcomes("rectification_check") == ["again", "ok"]
    assert played.who("rectification") == ["applicant", "applicant"]
    number = played.end["form"]["subject"]["project_number"]
    assert system.get("", f"/public/projects/{number}")["state"] == "implementing"
