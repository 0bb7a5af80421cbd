"""An application for issuance made from what the platform knows, reviewed and posted through the services."""

from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from models.procedures import procedure
from models.tables import Case, IssuanceRow, Party, Project, Submission, TaskRow, User
from services import checks, clock, eligibility, issuance_facts, issuance_offers, issuing
from services.issuances import IssuanceFacts
from services.monitoring import consents, records
from services.monitoring.access import Sender
from tests import entries, factories

#: When March is over.
AFTER = datetime(2026, 4, 3, 2, tzinfo=UTC)
CONSENT = {"platform": "骑迹App", "operator": "骑迹", "version": "2026-01", "withdraw_how": "App 内"}
SHANGHAI = "+08:00"


def form_of(session: Session, project: Project) -> dict[str, Any]:
    """The one-page application as the platform fills it in (G20)."""
    return issuance_offers.of_project(session, project).form


def asked(session: Session, project: Project, form: dict[str, Any] | None = None) -> Case:
    """The application filed: it passes its own checks and the services', and its days are claimed."""
    whole = form or form_of(session, project)
    spec = procedure("issuance")
    filled = spec.form.model_validate(whole)
    assert [p.msg.en for p in filled.problems("")] == []
    origin = session.get_one(Case, project.case_id)
    user = session.get_one(User, origin.created_by)
    case = factories.case(
        session, user, status="in_progress", procedure="issuance", form=whole, project_id=project.id
    )
    assert [(p.loc, p.msg.en) for p in eligibility.run(session, case)] == []
    issuing.form_taken(session, case)
    return case


def facts(session: Session, case: Case) -> IssuanceFacts:
    found = issuance_facts.of_case(session, case)
    assert found is not None
    return found


def answered(
    session: Session, case: Case, key: str, role: str, outcome: str, form: dict[str, Any]
) -> TaskRow:
    """An officer's answer, as the desk keeps it."""
    by = factories.user(session, role)
    task = TaskRow(
        case_id=case.id, procedure="issuance", key=key, role=role, state="done", outcome=outcome,
        closed_at=clock.now(), closed_by=by.id,
    )  # fmt: skip
    session.add(task)
    session.flush()
    session.add(
        Submission(
            task_id=task.id, case_id=case.id, outcome=outcome, form=form, form_key=key, by_user=by.id or 0,
            role=role, sha256="0" * 64,
        )
    )  # fmt: skip
    session.flush()
    return task


def reviewed(session: Session, case: Case, approved_t: str) -> list[str]:
    """The officer agrees to an amount and the issuer approves; what the checks say against it, if anything."""
    data = {"approved_t": approved_t, "reason": "按复核计算量核定。", "opinion": "同意。"}
    task = answered(session, case, "quantity_review", "officer", "agree", data)
    against = checks.CHECKS["approved_is_supported"](session, case, task, "agree", data)
    if not against:
        issuing.reviewed(session, case, "agree", data)
        answered(session, case, "issuance_approval", "issuer", "approve", {})
        session.expire_all()
    return [p.msg.en for p in against]


def issued(session: Session, project: Project, form: dict[str, Any] | None = None) -> Case:
    """Asked, reviewed at what was recomputed, posted."""
    case = asked(session, project, form)
    recomputed = facts(session, case).recomputed_g
    assert recomputed is not None
    whole, rest = divmod(recomputed, 1_000_000)
    assert reviewed(session, case, f"{whole}.{rest:06d}") == []
    assert issuing.post(session, case) == "posted"
    return case


def row_of(session: Session, case: Case) -> IssuanceRow:
    row = issuance_facts.row_of(session, case)
    assert row is not None
    return row


def scenario(session: Session, methodology: str, version: str = "1.0") -> Project:
    holder = factories.user(session, "applicant")
    return entries.published(
        session, next(factories.NUMBERS), holder, "scenario", methodology=methodology,
        methodology_version=version, method_class="II", crediting_from="", crediting_to="", est_annual_g=0,
    )  # fmt: skip


def person(session: Session, project: Project, user: str, granted: str, *, account: bool = True) -> Party:
    """Somebody who consented on the platform; with an account here unless said otherwise."""
    no = f"SHGR-2026-{next(factories.NUMBERS):06d}"
    party = factories.party(session, kind="person", name="张小满", account_no=no)
    row = {**CONSENT, "user": user, "granted_at": granted} | ({"account": no} if account else {})
    assert consents.grant(session, Sender(), project, [row]).accepted == 1
    return party


#: (number, user, begin, end, metres, grams); as in the worked example of the scenario.
TRIPS = [
    ("01", "USR-01", "2026-03-02T08:01:00", "2026-03-02T08:10:00", 1520, 147),
    ("02", "USR-01", "2026-03-02T18:22:00", "2026-03-02T18:33:00", 1604, 155),
    ("03", "USR-02", "2026-03-02T08:30:00", "2026-03-02T08:44:00", 2333, 226),
    ("04", "USR-03", "2026-03-10T07:55:00", "2026-03-10T08:02:00", 1010, 97),
    ("05", "USR-03", "2026-03-16T07:55:00", "2026-03-16T08:02:00", 1010, None),  # withdrawn by then
    ("06", "USR-04", "2026-03-03T09:10:00", "2026-03-03T09:22:00", 1999, None),  # no consent
    ("07", "USR-02", "2026-03-04T08:31:00", "2026-03-04T08:34:00", 4200, 0),  # 84 km/h
    ("08", "USR-02", "2026-03-05T08:31:00", "2026-03-05T11:41:00", 21800, 0),  # 21.8 km
    ("09", "USR-01", "2026-03-06T08:01:00", "2026-03-06T08:01:00", 0, 0),  # no time
    ("10", "USR-05", "2026-03-07T10:00:00", "2026-03-07T10:16:00", 2750, 266),
    ("11", "USR-05", "2026-03-07T10:05:00", "2026-03-07T10:17:00", 2100, 0),  # overlaps
    ("12", "USR-01", "2026-03-02T08:01:00", "2026-03-02T08:10:00", 1520, None),  # the first one again
]
USERS = {"USR-01": "2026-01-05", "USR-02": "2026-02-11", "USR-03": "2026-01-20", "USR-05": "2026-03-01"}


def rides(session: Session) -> tuple[Project, dict[str, Party]]:
    project = scenario(session, "DEMO-BIKE-2024")
    people = {u: person(session, project, u, f"{day}T12:00:00{SHANGHAI}") for u, day in USERS.items()}
    consents.withdraw(session, Sender(), project, "USR-03", datetime(2026, 3, 14, 16, tzinfo=UTC))
    sent = [
        {"record_no": f"QJ2026030000{no}", "user": user, "start_at": a + SHANGHAI, "end_at": b + SHANGHAI,
         "distance_m": metres}
        for no, user, a, b, metres, _ in TRIPS
    ]  # fmt: skip
    taken = records.take_records(session, Sender(), project, sent, "march")
    assert taken.batch.accepted == sum(grams is not None for *_, grams in TRIPS)
    return project, people
