"""The capsule of a case: complete, offline, provable, and no more in it than the reader may have."""

import hashlib
import io
import json
import re
import zipfile

import pytest
from sqlmodel import select

from activities import proofs
from models.tables import AuditEvent, Case, User
from services import documents_issue
from services.capsule import safe
from services.session import transaction
from tests.audit import exports as ex
from tests.services import desk_rows as rows

pytestmark = pytest.mark.rule("M10")
REASON = "案卷归档留存"


@pytest.fixture(scope="module")
def case(database):
    """A filed case with a decision, a receipt and the applicant's sealed papers, covered by a root."""
    with transaction() as session:
        rows.city(session)
        case = rows.filed(session)
        review = rows.asked(session, case, "formal_review", stage="formal_review")
        rows.answer(session, rows.who(session, "intake"), review)
        documents_issue.issue(session, case, "receipt")
        documents_issue.issue(session, case, "appendix_a")
    proofs.seal_now()
    return case


def signed_in(browser, username):
    with transaction() as session:
        user = session.exec(select(User).where(User.username == username)).one()
    return browser(user=user)


def taken(browser, case, username="officer", **more):
    answer = signed_in(browser, username).post(
        f"/staff/cases/{case.case_no}/capsule", {"reason": REASON, **more}
    )
    assert answer.status_code == 200, answer.text
    return zipfile.ZipFile(io.BytesIO(answer.content))


def read(archive, case, name):
    return archive.read(f"{case.case_no}/{name}")


def secrets_of(case):
    """Personal values of the form as they were typed."""
    text = json.dumps(case.form, ensure_ascii=False)
    return set(re.findall(r"(?<!\d)1[3-9]\d{9}(?!\w)", text))


def test_capsule_holds_the_case_and_its_manifest_fits(browser, case):
    archive = taken(browser, case, personal="1")
    names = {n.removeprefix(f"{case.case_no}/") for n in archive.namelist()}
    assert {"index.html", "case.json", "timeline.json", "ledgers.json", "forms/version-1.json", "manifest.json",
            "audit/proof.jsonl", "audit/audit_verifier.py"} <= names  # fmt: skip
    assert sum(n.startswith("documents/") for n in names) == 2
    assert any(n.startswith("materials/") for n in names)
    hashes = json.loads(read(archive, case, "manifest.json"))["sha256"]
    assert hashes == {
        n: hashlib.sha256(read(archive, case, n)).hexdigest() for n in names if n != "manifest.json"
    }


def test_page_of_the_capsule_needs_nothing_from_outside(browser, case):
    archive = taken(browser, case)
    html = read(archive, case, "index.html").decode()
    assert not re.search(r'(src|href)="(?!#|[\w%.\-/]+")', html)
    assert not re.search(r"https?://|<script|/static/|<form", html)
    links = set(re.findall(r'href="([^#"]+)"', html))
    names = set(archive.namelist())
    from urllib.parse import unquote

    assert {f"{case.case_no}/{unquote(link)}" for link in links} <= names


def test_times_in_the_capsule_carry_their_year(browser, case):
    page = read(taken(browser, case), case, "index.html").decode()
    days = re.findall(r"(?<!年)\b\d{1,2}月\d{1,2}日 \d\d:\d\d", page)
    assert (days, f"{case.submitted_at.year}年" in page) == ([], True)


def test_proof_in_the_capsule_proves_the_case(browser, case):
    report = ex.verdict(read(taken(browser, case), case, "audit/proof.jsonl"))
    assert (report.findings, report.kind, report.chains) == ([], "case", 1)
    assert report.events > 5


def test_personal_data_only_for_those_who_may_and_ask(browser, case):
    hidden = secrets_of(case)
    assert hidden
    plain, full = taken(browser, case), taken(browser, case, personal="1")
    text = "".join(read(plain, case, n).decode() for n in ("index.html", "forms/version-1.json"))
    assert [(s, text[text.index(s) - 80 : text.index(s) + 20]) for s in hidden if s in text] == []
    assert not any("appendix" in n or "附" in n for n in plain.namelist() if "documents/" in n)
    assert any(s in read(full, case, "forms/version-1.json").decode() for s in hidden)
    admin = signed_in(browser, "admin")
    answer = admin.post(f"/staff/cases/{case.case_no}/capsule", {"reason": REASON, "personal": "1"})
    assert answer.status_code == 403


def test_export_is_written_down_with_its_reason(browser, case):
    taken(browser, case, personal="1")
    with transaction() as session:
        case = session.exec(select(Case).where(Case.case_no == case.case_no)).one()
        kept = session.exec(
            select(AuditEvent).where(AuditEvent.case_id == case.id).order_by(AuditEvent.seq.desc()).limit(2)
        ).all()
    assert [e.event for e in kept] == ["personal_data.seen", "data.exported"]
    assert all(e.data["reason"] == REASON for e in kept)


def test_without_a_reason_nothing_leaves_and_the_page_says_why(browser, case):
    officer = signed_in(browser, "officer")
    answer = officer.post(f"/staff/cases/{case.case_no}/capsule", {"reason": " "})
    assert (answer.status_code, "请写明导出理由" in answer.text) == (422, True)
    assert officer.get(f"/staff/cases/{case.case_no}/capsule").status_code == 200


def test_applicants_and_strangers_get_none(browser, case):
    for username, status in (("applicant", 403), ("expert01", 403)):
        answer = signed_in(browser, username).post(f"/staff/cases/{case.case_no}/capsule", {"reason": REASON})
        assert answer.status_code == status


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "C:\\x\\con.pdf",
        "a\x00b.pdf",
        "沪碳普惠受〔2026〕0001号",
        "...",
        "x" * 300 + ".pdf",
    ],
)
def test_names_stay_in_their_folder(name):
    made = safe(name)
    assert made
    assert not re.search(r'[\x00-\x1f/\\:*?"<>|]', made)
    assert made not in (".", "..")
    assert len(made) <= 90


def test_past_and_replay_pages_open(browser, case):
    officer, auditor = signed_in(browser, "officer"), signed_in(browser, "auditor")
    base = f"/staff/cases/{case.case_no}"
    assert "谁能看到什么" in officer.get(f"{base}/at").text
    moment = case.submitted_at.isoformat().replace("+", "%2B")
    assert "新出具文书" in officer.get(f"{base}/at?t={moment}&and=2030-01-01T00:00:00").text
    assert "尚未创建" in officer.get(f"{base}/at?t=2001-01-01T00:00").text
    wrong = officer.get(f"{base}/at?t=yesterday&and=x")
    assert (wrong.status_code, wrong.text.count("请填写日期和时间")) == (422, 2)
    assert officer.get(f"{base}/replay").status_code == 403
    assert "尚未重演过" in auditor.get(f"{base}/replay").text
    assert auditor.post(f"{base}/replay").status_code == 303
    assert "正在重演" in auditor.get(f"{base}/replay").text
    assert "历史状态" in officer.get(base).text
