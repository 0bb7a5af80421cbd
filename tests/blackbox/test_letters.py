"""Documents: which, when, numbered, unchanged, and opening in Word."""

import hashlib
import io
import shutil
import zipfile
from typing import Any

import docx
import pytest

from tests.blackbox.scenarios import SCENARIOS, Cases
from tests.system import System

HEAD = ["receipt", "appendix_a", "appendix_b"]
EXPECTED = {
    "straight": [
        *HEAD,
        "acceptance_notice",
        "group_opinion",
        "publicity_notice",
        "technical_opinion",
        "publication_notice",
        "quantity_opinion",
        "issuance_notice",
        "issuance_certificate",
    ],
    "refusal": [*HEAD, "refusal_notice"],
    "lapse": [*HEAD, "correction_notice", "termination_notice"],
    "rejection": [*HEAD, "acceptance_notice", "agency_report", "rejection_notice"],
}


def _text(content: bytes) -> str:
    document = docx.Document(io.BytesIO(content))
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def _download(system: System, who: str, case_no: str, document: Any, **query: str) -> Any:
    return system.as_(who).get(f"/cases/{case_no}/documents/{document['id']}", params=query)


@pytest.mark.parametrize("name", list(EXPECTED))
def test_applicant_gets_the_letters_of_the_course(cases: Cases, name: str) -> None:
    assert cases[name].kinds() == EXPECTED[name]


def test_single_opinions_are_for_the_centre_only(cases: Cases) -> None:
    assert cases["straight"].kinds("supervisor").count("expert_opinion") >= 5
    assert "expert_opinion" not in cases["straight"].kinds()


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_letter_is_what_its_hash_says_and_opens_in_word(system: System, cases: Cases, name: str) -> None:
    played = cases[name]
    seen = set()
    for document in played.staff_end["documents"]:
        answer = _download(system, "supervisor", played.case_no, document)
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).hexdigest() == document["sha256"]
        assert "attachment" in answer.headers["content-disposition"]
        assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
        text = _text(answer.content)
        assert "{{" not in text
        assert "None" not in text
        assert document["number"]
        seen.add(document["number"])
    assert len(seen) == len(played.staff_end["documents"])


def test_numbers_are_unique_in_the_whole_office(cases: Cases) -> None:
    numbers = [d["number"] for played in cases.all() for d in played.staff_end["documents"]]
    assert len(numbers) == len(set(numbers))


def test_letter_carries_its_number_the_project_and_the_applicant(system: System, cases: Cases) -> None:
    played = cases["straight"]
    for document in played.end["documents"]:
        text = _text(_download(system, "applicant", played.case_no, document).content)
        assert "示例职业技术学校屋顶分布式光伏发电项目" in text, document["kind"]
        if not document["kind"].startswith("appendix"):
            assert document["number"] in text, document["kind"]


def test_appendix_b_carries_the_readings_of_the_year(system: System, cases: Cases) -> None:
    played = cases["straight"]
    document = next(d for d in played.end["documents"] if d["kind"] == "appendix_b")
    text = _text(_download(system, "applicant", played.case_no, document).content)
    for needed in ("2025年1月", "2025年12月", "11621.20", "SHPV0001-G", "121.381234"):
        assert needed in text, needed


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice (libreoffice-writer) is not installed")
def test_letter_is_there_as_pdf(system: System, cases: Cases) -> None:
    played = cases["straight"]
    answer = _download(system, "applicant", played.case_no, played.end["documents"][0], format="pdf")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_unknown_format_is_refused(system: System, cases: Cases) -> None:
    played = cases["straight"]
    answer = _download(system, "applicant", played.case_no, played.end["documents"][0], format="exe")
    assert answer.status_code == 422


def test_issued_letter_can_be_checked_by_anybody(system: System, cases: Cases) -> None:
    document = cases["straight"].end["documents"][-1]
    for code in (document["number"], document["sha256"][:16]):
        found = system.get("", f"/public/certificates/{code}")
        assert found["sha256"] == document["sha256"]
    assert system.as_("").get("/public/certificates/nothing-of-the-kind").status_code == 404


def test_letter_of_another_case_is_not_found_under_this_one(system: System, cases: Cases) -> None:
    other = cases["refusal"].end["documents"][0]
    assert _download(system, "applicant", cases["straight"].case_no, other).status_code == 404
