"""Who could see what of a case at a past moment: the rules of `services.access` on the rows of then (M01, M10)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import Case, DocumentRow, Expert, Notice, Panel, PanelMember, Party, Project, TaskRow
from models.vocabulary.roles import CENTRE, OVERSIGHT, ROLE_TITLES, STAFF, Role
from models.vocabulary.specs import Audience, Document
from models.vocabulary.statuses import CaseStatus, SeatState
from models.vocabulary.text import Text
from services import voiding
from services.access import READ_AFTER

FORM = Text("form and materials", "申请表和申请材料")
NOTICE = Text("redacted notice", "公示文本（已脱敏）")
REGISTER = Text("entry of the register", "公布信息")
#: Roles that read personal data in full (services.access.reads_personal).
PERSONAL = CENTRE | {Role.EXCHANGE, Role.MALL, Role.BUREAU, Role.AUDITOR}
GONE = (SeatState.DECLINED.value, SeatState.CONFLICTED.value, SeatState.SILENT.value)


@dataclass(frozen=True)
class Readers:
    """A group or person that could read the case, what of it, which documents, and personal data in full or masked."""

    who: Text
    what: Text
    documents: list[DocumentRow]
    personal: bool


NEVER = timedelta(0)
Allows = Callable[[DocumentRow, Document], bool]


def readers(
    session: Session,
    case: Case,
    tasks: list[TaskRow],
    documents: list[DocumentRow],
    status: CaseStatus,
    moment: datetime,
) -> list[Readers]:
    """Everybody who could read the case at the moment, the filing party first."""
    spec = procedure(case.procedure)
    blind = any(
        t.key == "expert_opinion" and t.opened_at <= moment and (t.closed_at is None or t.closed_at > moment)
        for t in tasks
    )

    def shown(personal: bool, allows: Allows) -> list[DocumentRow]:
        nouns = [(d, spec.document(d.key)) for d in documents]
        return [d for d, n in nouns if (personal or not n.personal) and (_public(d) or allows(d, n))]

    def unveiled(d: DocumentRow, n: Document) -> bool:
        return d.key != "expert_opinion" or not blind

    parties = _parties(session, case)
    out = [
        Readers(
            _named("Filing party", "申请主体", parties[case.filer_id]), FORM, shown(True, _of_filer), True
        )
    ]
    if status is CaseStatus.DRAFT:
        return out
    if case.principal_id is not None:
        who = _named("Principal", "委托方", parties[case.principal_id])
        out.append(Readers(who, FORM, shown(False, _of_filer), False))
    for role in (r for r in Role if r in (spec.read_by & STAFF) | OVERSIGHT):
        allows = (lambda d, n: True) if role is Role.AUDITOR else unveiled
        full = role in PERSONAL
        out.append(Readers(ROLE_TITLES[role], FORM, shown(full, allows), full))
    if case.agency_id is not None and _agency_asked(tasks, moment):
        who = _named("Technical institution", "专业技术服务机构", parties[case.agency_id])
        out.append(Readers(who, FORM, shown(False, lambda d, n: Role.AGENCY in n.reviewers), False))

    def of_expert(d: DocumentRow, n: Document) -> bool:
        return Role.EXPERT in n.reviewers or (d.key == "expert_opinion" and not blind)

    experts = _experts(session, case, tasks, moment)
    out += [Readers(_named("Expert", "专家", n), FORM, shown(False, of_expert), False) for n in experts]
    public = _public_part(session, case, moment)
    if public is not None:
        out.append(
            Readers(Text("The public", "社会公众"), public, [d for d in documents if _public(d)], False)
        )
    return out


def _public(document: DocumentRow) -> bool:
    return document.audience == Audience.PUBLIC.value


def _of_filer(document: DocumentRow, noun: Document) -> bool:
    return document.audience == Audience.FILER.value


def _named(en: str, zh: str, name: str) -> Text:
    return Text(f"{en}: {name}", f"{zh}：{name}")


def _parties(session: Session, case: Case) -> dict[int | None, str]:
    ids = [i for i in (case.filer_id, case.principal_id, case.agency_id) if i is not None]
    return dict(session.exec(select(Party.id, Party.name).where(col(Party.id).in_(ids))).all())


def _agency_asked(tasks: list[TaskRow], moment: datetime) -> bool:
    """An institution reads while it is asked and a while after."""
    return any(
        t.role == Role.AGENCY.value
        and t.opened_at <= moment
        and (t.closed_at is None or t.closed_at + (READ_AFTER if t.state != "cancelled" else NEVER) > moment)
        for t in tasks
    )


def _experts(session: Session, case: Case, tasks: list[TaskRow], moment: datetime) -> list[str]:
    """Experts whose papers were open: invited, not in conflict, the invitation accepted; till a while after the end."""
    if case.ended_at is not None and case.ended_at + READ_AFTER <= moment:
        return []
    accepted = {
        (t.slot, t.round)
        for t in tasks
        if t.key == "expert_invitation" and t.outcome == "accept" and t.closed_at and t.closed_at <= moment
    }
    query = (
        select(PanelMember, Panel.round, Expert.name)
        .join(Panel, col(Panel.id) == col(PanelMember.panel_id))
        .join(Expert, col(Expert.id) == col(PanelMember.expert_id))
        .where(PanelMember.case_id == case.id)
        .order_by(col(PanelMember.id))
        .execution_options(**voiding.SHOWN)
    )
    return [
        name
        for seat, round_, name in session.exec(query)
        if (seat.slot, round_) in accepted and not (seat.state in GONE and seat.changed_at <= moment)
    ]


def _public_part(session: Session, case: Case, moment: datetime) -> Text | None:
    """What anybody could read: a notice once it was open, an entry once it was published."""
    published = select(Project.id).where(Project.case_id == case.id, col(Project.published_at) <= moment)
    if session.exec(published).first() is not None:
        return REGISTER
    noticed = select(Notice.id).where(Notice.case_id == case.id, col(Notice.opened_at) <= moment)
    return NOTICE if session.exec(noticed.execution_options(**voiding.SHOWN)).first() is not None else None
