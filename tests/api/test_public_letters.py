"""Letters that anybody may read or check, without signing in."""

import hashlib
from datetime import datetime

import pytest

from models.tables import DocumentRow, DocumentVoid
from services import blobs, clock
from services.session import transaction
from tests import public_rows as rows


def test_every_page_leads_to_the_check_of_letters(client):
    assert 'href="/verify"' in client.get("/").text


def _document(audience: str, number: str, content: bytes) -> DocumentRow:
    with transaction() as session:
        case = rows.a_case(session)
        row = DocumentRow(
            case_id=case.id,
            key="publicity_notice",
            number=number,
            title="公示公告",
            title_en="Notice",
            audience=audience,
            sha256=blobs.put(content),
            check_code=hashlib.sha256(number.encode()).hexdigest()[:16],
            size=len(content),
            template_version="1",
            issued_at=clock.now(),
        )
        session.add(row)
        session.flush()
        return row


def test_only_documents_for_the_public_are_downloaded(client):
    shown = _document("public", "沪碳普惠公示〔2026〕9001号", b"open")
    kept = _document("filer", "沪碳普惠补〔2026〕9001号", b"secret")
    answer = client.get(f"/public/documents/{shown.id}")
    assert (answer.status_code, answer.content) == (200, b"open")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert client.get(f"/public/documents/{kept.id}").status_code == 404


@pytest.mark.parametrize(
    "ask",
    [
        lambda d: d.number,
        lambda d: d.number.replace("〔", "[").replace("〕", "]"),
        lambda d: d.sha256[:16],
        lambda d: d.check_code.upper(),
        lambda d: d.number.replace("〔", "（").replace("〕", "）").replace("2026", "２０２６"),
    ],
)
def test_issued_letter_is_verified_by_number_code_or_hash(client, ask):
    number = f"沪碳普惠受〔2026〕{hashlib.sha256(ask.__code__.co_code + str(ask.__code__.co_consts).encode()).hexdigest()[:6]}号"
    row = _document("filer", number, number.encode())
    page = client.get("/verify", params={"code": ask(row)})
    assert (page.status_code, "由本中心出具" in page.text) == (200, True)
    found = client.get(f"/api/v1/public/certificates/{ask(row)}").json()
    assert (found["number"], found["sha256"]) == (row.number, row.sha256)


def test_certificate_asked_for_by_its_number_is_told_how_it_is_checked(client):
    told = client.get("/verify", params={"code": "SHPH-QF-2026-000001"})
    assert (told.status_code, "16 位查验码，不按凭证编号查询" in told.text) == (404, True)


def test_void_letter_says_so_to_people_and_programs(client):
    row = _document("filer", "沪碳普惠受〔2026〕8001号", b"void")
    asked = "/api/v1/public/certificates/沪碳普惠受〔2026〕8001号"
    assert client.get(asked).json()["void_at"] is None
    with transaction() as session:
        session.add(DocumentVoid(document_id=row.id, at=datetime.fromisoformat("2026-11-02T10:00:00+08:00")))
    assert "作废，不再有效" in client.get("/verify", params={"code": row.number}).text
    assert client.get(asked).json()["void_at"] == "2026-11-02T10:00:00+08:00"


def test_file_is_verified_by_its_content(client):
    _document("filer", "沪碳普惠受〔2026〕7001号", b"the very bytes")
    same = client.post("/verify", files={"file": ("a.docx", b"the very bytes")})
    other = client.post("/verify", files={"file": ("a.docx", b"the very bytes.")})
    assert (same.status_code, other.status_code) == (200, 404)
    assert "可能已被改动" in other.text


@pytest.mark.parametrize("code", ["沪碳普惠受〔1999〕0001号", "0123456789abcde", "f" * 64, "%"])
def test_unknown_letter_is_not_found(client, code):
    assert client.get("/verify", params={"code": code}).status_code == 404
    assert client.get(f"/api/v1/public/certificates/{code.replace('%', '%25')}").status_code == 404
