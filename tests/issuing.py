"""An application for issuance made from what the platform knows, reviewed and posted through the services."""

from typing import Any

from sqlmodel import Session

from models.procedures import procedure
from models.tables import Case, IssuanceRow, Project, Submission, TaskRow, User
from services import checks, clock, eligibility, issuance_facts, issuance_offers, issuing
from services.issuances import IssuanceFacts
from tests import factories


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
