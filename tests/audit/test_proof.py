"""The proof of the living trail: pages, jobs, roots on the disk, and rows changed behind the back."""

import asyncio
import io
import re
import stat
import subprocess
import sys

import pytest
from openpyxl import load_workbook
from sqlmodel import col, select
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from activities import proofs
from activities.proofs import ProofDesk
from models.tables import SYSTEM_CHAIN, AuditEvent, AuditRoot, ProofJob
from models.vocabulary.events import EVENT_TITLES, Event
from services import audit, audit_export, audit_seal, audit_verifier, clock, proof_check, proof_jobs
from services.session import transaction
from tests import factories
from tests.audit import exports as ex
from tests.histories import kept
from workflows import WORKFLOWS
from workflows.sandbox import runner

pytestmark = pytest.mark.rule("M10")


class Shelf:
    """Stands where the engine's client stands, and gives a kept history."""

    def __init__(self, history: WorkflowHistory | None = None) -> None:
        self.history = history

    def get_workflow_handle(self, name: str) -> "Shelf":
        return self

    async def fetch_history(self) -> WorkflowHistory:
        assert self.history is not None
        return self.history


def desk(history=None):
    replayer = Replayer(workflows=WORKFLOWS, workflow_runner=runner(), data_converter=pydantic_data_converter)
    return ProofDesk(Shelf(history), replayer)


def turn(history=None):
    asyncio.run(desk(history).turn())


def newest(kind):
    with transaction() as session:
        return proof_jobs.latest(session, kind)


def events_of(event):
    with transaction() as session:
        return list(
            session.exec(select(AuditEvent).where(AuditEvent.event == event).order_by(col(AuditEvent.id)))
        )


@pytest.fixture
def made(database):
    """Cases with a history, sealed; a case has gone on since."""
    with transaction() as session:
        ex.history(session, 3)
    number = proofs.seal_now()
    with transaction() as session:
        ex.history(session, 1, 2)
    return number


def test_key_is_made_once_and_for_its_owner_alone(made):
    file = audit_seal.key_file()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert audit_seal.public_key() == audit_seal.public_key() == file.with_suffix(".pub").read_text().strip()


def test_worker_signs_a_root_a_day_and_writes_its_file(database, made):
    with transaction() as session:
        before = audit_seal.newest(session).number
    turn()
    with transaction() as session:
        assert audit_seal.newest(session).number == before
        root = audit_seal.newest(session)
        assert audit_export.file_of(root).exists()
        assert not audit_seal.due(session)
        with clock.at(clock.now().replace(year=2030)):
            assert audit_seal.due(session)
    audit_export.file_of(root).unlink()
    turn()
    assert audit_verifier.verify_lines(audit_verifier.lines_of(audit_export.file_of(root))).intact


def test_file_of_a_root_that_was_undone_is_kept_under_another_name(made):
    """The database was taken back to an instant: the next root bears a number that a file on the disk has already."""
    with transaction() as session:
        root = audit_seal.newest(session)
    undone = [audit_export.folder() / f"audit-{root.number + 1:06d}.{kind}" for kind in ("jsonl", "tsr")]
    for file in undone:
        file.write_bytes(audit_export.file_of(root).read_bytes())
    with transaction() as session:
        ex.history(session, 1)
    number = proofs.seal_now()
    assert undone[0].name == f"audit-{number:06d}.jsonl"
    report = audit_verifier.verify_lines(audit_verifier.lines_of(undone[0]))
    assert (report.intact, report.root) == (True, number)
    kept = [file.with_name(f"{file.name}.before") for file in undone]
    assert [k.read_bytes() for k in kept] == [audit_export.file_of(root).read_bytes()] * 2
    assert not undone[1].exists()


def test_page_follows_a_check_from_the_button_to_the_result(browser, made):
    auditor = browser("auditor")
    assert "尚未" in auditor.get("/admin/audit/verify").text
    assert auditor.post("/admin/audit/verify").status_code == 303
    assert 'http-equiv="refresh"' in auditor.get("/admin/audit/verify").text
    auditor.post("/admin/audit/verify")
    turn()
    page = auditor.get("/admin/audit/verify").text
    assert "完好：" in page
    assert 'http-equiv="refresh"' not in page
    job = newest("verify")
    assert (job.state, job.result["intact"], job.result["uncovered"] > 0) == ("done", True, True)
    with transaction() as session:
        assert len(session.exec(select(ProofJob).where(ProofJob.kind == "verify")).all()) == 1


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        ("update audit_event set data = '{}' where id = %(id)s", "changed"),
        ("update audit_event set ip = '10.0.0.1' where id = %(id)s", "changed"),
        ("delete from audit_event where id = %(id)s", "deleted"),
        ("delete from audit_event where chain = %(chain)s and seq >= 4", "cut_off"),
        ("delete from audit_event where chain = %(chain)s", "chain_removed"),
    ],
)
def test_a_row_changed_behind_the_back_is_named(session, damage, kind, tmp_path):
    ex.history(session, 3)
    root = ex.sealed(session)
    audit_export.write(session, root)
    victim = session.exec(
        select(AuditEvent)
        .where(AuditEvent.chain != SYSTEM_CHAIN, AuditEvent.seq == 3)
        .order_by(col(AuditEvent.id).desc())
    ).first()
    connection = session.connection()
    connection.exec_driver_sql("grant update, delete on audit_event to current_user")
    connection.exec_driver_sql("alter table audit_event disable trigger user")
    connection.exec_driver_sql(damage, {"id": victim.id, "chain": victim.chain})
    session.expire_all()
    result = proof_check.check(session, lambda done, total: None)
    audit_export.file_of(root).unlink()
    assert result["intact"] is False
    assert {(f["kind"], bool(f["case_no"])) for f in result["findings"]} == {(kind, True)}


@pytest.mark.parametrize("change", ["seq = 9", "prev_hash = repeat('a', 64)", "seq = 1; prev_hash = ''"])
def test_database_refuses_what_does_not_continue_its_chain(session, change):
    ex.history(session, 1)
    last = session.exec(
        select(AuditEvent).where(AuditEvent.chain != SYSTEM_CHAIN).order_by(col(AuditEvent.id).desc())
    ).first()
    connection = session.connection()
    values = {"case_id": last.case_id, "seq": last.seq + 1, "prev_hash": f"'{last.hash}'", "hash": "b" * 64}
    for part in change.split("; "):
        name, _, value = part.partition(" = ")
        values[name] = value
    with pytest.raises(Exception, match=r"does not continue|duplicate key"), connection.begin_nested():
        connection.exec_driver_sql(
            "insert into audit_event (case_id, seq, prev_hash, hash, at, event, stage, role, public, data, ip, rests_on)"
            f" values ('{values['case_id']}', {values['seq']}, {values['prev_hash']}, '{values['hash']}', now(),"
            " 'case.ended', '', '', false, '{}', '', '')"
        )


def test_events_without_a_case_form_the_chain_of_the_system(session):
    ex.history(session, 1, 3)
    rows = session.exec(
        select(AuditEvent).where(AuditEvent.chain == SYSTEM_CHAIN).order_by(AuditEvent.seq)
    ).all()
    assert [r.seq for r in rows] == list(range(1, len(rows) + 1))
    assert audit.verify(session, SYSTEM_CHAIN) == []


def test_roots_cannot_be_changed(session):
    ex.history(session, 1)
    ex.sealed(session)
    connection = session.connection()
    for change in ("update audit_root set merkle = ''", "delete from audit_root"):
        with pytest.raises(Exception, match="permission denied"), connection.begin_nested():
            connection.exec_driver_sql(change)


def test_reading_the_trail_is_written_down(browser, made):
    auditor = browser("auditor")
    page = auditor.get("/admin/audit?event=stage.entered&since=2020-01-01")
    assert page.status_code == 200
    read = events_of(Event.AUDIT_READ)[-1]
    assert (read.user_id, read.data["filters"]["event"], read.ip) == (
        auditor.user.id,
        "stage.entered",
        "testclient",
    )


def test_search_by_case_person_action_and_pages(browser, made):
    auditor = browser("auditor")
    seen, cursor = [], ""
    for _ in range(20):
        answer = auditor.get(f"/api/v1/admin/audit?event=session.signed_in&limit=9{cursor}").json()
        seen += [i["id"] for i in answer["items"]]
        if not answer["next_cursor"]:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert len(seen) == len(set(seen)) == len(events_of(Event.SIGNED_IN))
    assert auditor.get("/api/v1/admin/audit?person=nobody").json()["items"] == []
    assert auditor.get("/api/v1/admin/audit?case_no=XX").json()["items"] == []
    mine = auditor.get(f"/api/v1/admin/audit?person={auditor.user.name}").json()["items"]
    assert {i["username"] for i in mine} == {auditor.user.username}


def test_search_goes_out_as_a_workbook_and_the_export_is_kept(browser, made):
    auditor = browser("auditor")
    answer = auditor.get("/admin/audit/search.xlsx?event=stage.entered")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert rows[0][:3] == ("时间", "事件", "办件")
    assert {r[1] for r in rows[1:]} == {"进入环节"}
    assert events_of(Event.EXPORTED)[-1].data["what"] == "audit_search"


def test_workbook_of_a_search_is_in_the_language_of_who_reads_it(browser, made):
    auditor = browser("auditor")
    english = {"Cookie": f"puhui_session={auditor.token}; lang=en"}
    answer = auditor.get("/admin/audit/search.xlsx?event=stage.entered", headers=english)
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert 'filename="Audit trail-' in answer.headers["content-disposition"]
    assert (sheet.title, rows[0][:3]) == ("Audit trail", ("When", "Event", "Case"))
    assert {r[1] for r in rows[1:]} == {EVENT_TITLES[Event.STAGE_ENTERED].en}
    words = "".join(str(r[n] or "") for r in rows for n in (1, 6, 9))
    assert not re.search("[\u4e00-\u9fff]", words), words


def test_what_an_auditor_takes_away_proves_itself(browser, made, tmp_path):
    auditor = browser("auditor")
    program, export = tmp_path / "audit_verifier.py", tmp_path / "full.jsonl"
    program.write_bytes(auditor.get("/admin/audit/verifier.py").content)
    export.write_bytes(auditor.get("/admin/audit/full").content)
    day = auditor.get("/admin/audit/roots/1")
    assert ex.verdict(day.content).intact
    key = audit_seal.public_key()
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(program), str(export), "--key", key],
        check=False,
        capture_output=True,
    )
    assert (done.returncode, b"INTACT" in done.stdout) == (0, True)
    assert auditor.get("/admin/audit/roots/99").status_code == 404


def test_a_root_is_signed_on_demand(browser, made):
    with transaction() as session:
        before = len(session.exec(select(AuditRoot)).all())
    browser("admin").post("/admin/audit/seal")
    turn()
    assert newest("seal").result == {"root": before + 1}


def golden():
    return kept.read(next(p for p in kept.files() if "refusal_needs_two_persons" in p.name))


def ask_replay(browser):
    with transaction() as session:
        case = factories.case(session, factories.user(session, "applicant"), status="submitted")
        proof_jobs.ask(session, factories.actor(session, "auditor"), "replay", case.case_no)
    return case


def test_replay_of_a_course_the_code_still_knows(browser, database):
    ask_replay(browser)
    turn(golden())
    job = newest("replay")
    assert (job.state, job.result["ok"]) == ("done", True)


def test_replay_names_where_the_code_goes_another_way(browser, database):
    ask_replay(browser)
    history = golden()
    text = history.to_json().replace('"name": "issue_documents"', '"name": "burn_documents"')
    turn(WorkflowHistory.from_json(history.workflow_id, text))
    job = newest("replay")
    assert (job.state, job.result["ok"]) == ("done", False)
    assert job.result["difference"]
