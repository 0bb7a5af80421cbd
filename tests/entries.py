"""Published entries made directly, with reductions issued for them, for tests that begin after publication."""

from datetime import date
from typing import Any
from uuid import uuid4

from sqlmodel import Session, select

from models.procedures import PROCEDURES
from models.tables import Case, LedgerAccount, Lot, Party, Project, User
from models.vocabulary.forms import example_data
from services import clock, ledger, ledger_issuance
from services.access import actor_of
from services.ledger_issuance import Issuance

PERIOD = date(2025, 1, 1), date(2025, 12, 31)


def published(session: Session, n: int, holder: User, kind: str = "project", **values: Any) -> Project:
    """A published project or scenario of the holder's party, which acts for nobody else."""
    key = f"{kind}_application"
    form = example_data(PROCEDURES[key].form)
    form["applicant"] |= {"is_agency": False}
    form["entrustment"] = None
    case = Case(
        case_no=f"TP-2024-P{n:05d}",
        procedure=key,
        title=f"示例已公布{'场景' if kind == 'scenario' else '项目'}{n}",
        status="published",
        filer_id=holder.party_id or 0,
        created_by=holder.id or 0,
        filed_by=holder.id,
        form=form,
        submitted_at=clock.now(),
        ended_at=clock.now(),
    )
    session.add(case)
    session.flush()
    project = Project(
        **{
            "number": f"SHPH-TP-2024-{n:04d}",
            "case_id": case.id,
            "kind": kind,
            "name": case.title,
            "applicant": session.get_one(Party, holder.party_id).name,
            "methodology": "DEMO-PV-2024",
            "methodology_version": "1.0",
            "method_class": "I",
            "crediting_from": "2024-12-20",
            "crediting_to": "2034-12-19",
            "est_annual_g": 356_049_000,
            "state": "running" if kind == "scenario" else "implementing",
            "published_at": clock.now(),
            **values,
        }
    )
    session.add(project)
    session.flush()
    return project


def issued(
    session: Session, project: Project, grams: int, *, approvers: tuple[int, int], issuer: User
) -> tuple[Lot, LedgerAccount]:
    """A lot of the whole year to the holder of the entry."""
    case = session.get_one(Case, project.case_id)
    account = ledger.open_account(session, None, session.get_one(Party, case.filer_id))
    claim = ledger_issuance.claim(session, project, case.id, *PERIOD)
    what = Issuance(
        key=f"{uuid4()}/issue",
        claim_id=claim.id or 0,
        case_id=case.id,
        approved_g=grams,
        recomputed_g=grams,
        calculation=b"as filed",
        approvers=approvers,
        shares=[(account.id or 0, grams)],
    )
    act = ledger_issuance.issue(session, actor_of(issuer), what)
    return ledger_issuance.lot_of_act(session, act), account


def named(session: Session, username: str) -> User:
    """The account of that name."""
    return session.exec(select(User).where(User.username == username)).one()
