"""Reading a case file from the rows."""

from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import (
    Attachment,
    Case,
    CaseVersion,
    Deadline,
    DocumentRow,
    Expert,
    Finding,
    MallMember,
    Methodology,
    Notice,
    Objection,
    Panel,
    PanelMember,
    Party,
    Project,
    Submission,
    TaskRow,
    User,
)
from services import corrections, deadlines, issuance_facts, limits, voiding
from services.casefile import (
    Answer,
    CaseFile,
    DueInfo,
    FindingInfo,
    MaterialInfo,
    NoticeInfo,
    ObjectionInfo,
    PartyInfo,
    SeatInfo,
    Version,
)


def _member_number(session: Session, case: Case) -> str:
    """The entry in the register of the mall, where the case has made one."""
    return session.exec(select(MallMember.number).where(MallMember.case_id == case.id)).first() or ""


def load(session: Session, case: Case) -> CaseFile:
    """Read everything of one case."""
    people, parties = _people(session, case), _parties(session, case)
    panel = session.exec(
        select(Panel).where(Panel.case_id == case.id).order_by(col(Panel.round).desc())
    ).first()
    method = session.exec(
        select(Methodology).where(
            Methodology.code == case.methodology, Methodology.version == case.methodology_version
        )
    ).first()
    project = session.exec(select(Project).where(Project.case_id == case.id)).first()
    if project is None and case.project_id is not None:  # what the case is about
        project = session.get(Project, case.project_id)
    return CaseFile(
        case_no=case.case_no,
        procedure=case.procedure,
        title=case.title,
        status=case.status,
        stage=case.stage,
        form=case.form,
        submitted_at=case.submitted_at,
        accepted_at=case.accepted_at,
        complex=case.complex,
        filer=parties[case.filer_id],
        principal=parties.get(case.principal_id),
        agency=parties.get(case.agency_id),
        methodology={
            "code": method.code,
            "version": method.version,
            "name": method.name,
            "class": method.method_class,
            **method.data,
        }
        if method
        else {},
        versions=_versions(session, case, people),
        answers=_answers(session, case, people),
        findings=_findings(session, case),
        seats=_seats(session, panel) if panel else [],
        panel={
            "round": panel.round,
            "size": panel.size,
            "seed": panel.seed,
            "eligible": panel.eligible,
            "excluded": panel.excluded,
            "meeting": panel.meeting,
        }
        if panel
        else {},
        materials=_materials(session, case),
        notices=_notices(session, case),
        objections=_objections(session, case),
        dues=_dues(session, case),
        limits=_limits(session, case),
        issuance=issuance_facts.of_case(session, case),
        corrections=[row.model_dump() for row in corrections.of_case(session, case)],
        project_no=project.number if project else _member_number(session, case),
        documents=[
            {
                "key": d.key,
                "round": d.round,
                "slot": d.slot,
                "number": d.number,
                "at": d.issued_at,
                "title": d.title,
            }
            for d in session.exec(
                select(DocumentRow)
                .where(DocumentRow.case_id == case.id, voiding.standing())
                .order_by(col(DocumentRow.id))
            )
        ],
    )


def _people(session: Session, case: Case) -> dict[int | None, str]:
    """Names of those who have answered or signed, by id."""
    wrote = select(Submission.by_user).where(Submission.case_id == case.id)
    stood_in = select(Submission.on_behalf).where(Submission.case_id == case.id)
    signed = select(CaseVersion.by_user).where(CaseVersion.case_id == case.id)
    ids = wrote.union(stood_in, signed)
    return dict(session.exec(select(User.id, User.name).where(col(User.id).in_(ids))).all())


def _parties(session: Session, case: Case) -> dict[int | None, PartyInfo]:
    """The sides of the case by id."""
    ids = {case.filer_id, case.principal_id, case.agency_id} - {None}
    return {
        p.id: PartyInfo(
            id=p.id or 0,
            name=p.name,
            uscc=p.uscc or "",
            kind=p.kind,
            district=p.district,
            address=p.address,
            account_no=p.account_no or "",
        )
        for p in session.exec(select(Party).where(col(Party.id).in_(ids)))
    }


def _versions(session: Session, case: Case, people: dict[int | None, str]) -> list[Version]:
    rows = session.exec(
        select(CaseVersion).where(CaseVersion.case_id == case.id).order_by(col(CaseVersion.number))
    )
    return [
        Version(
            round=v.number,
            kind=v.kind,
            form=v.form,
            sha256=v.sha256,
            at=v.at,
            by=people.get(v.by_user, ""),
            declaration=v.declaration,
        )
        for v in rows
    ]


def _answers(session: Session, case: Case, people: dict[int | None, str]) -> list[Answer]:
    rows = session.exec(
        select(Submission, TaskRow)
        .join(TaskRow, col(TaskRow.id) == col(Submission.task_id))
        .where(Submission.case_id == case.id)
        .order_by(col(Submission.id))
    )
    return [
        Answer(
            task_id=str(t.id),
            key=t.key,
            slot=t.slot,
            round=t.round,
            outcome=s.outcome,
            form=s.form,
            by=people.get(s.by_user, ""),
            role=s.role,
            at=s.at,
            on_behalf=people.get(s.on_behalf, "") if s.on_behalf else "",
        )
        for s, t in rows
    ]


def _findings(session: Session, case: Case) -> list[FindingInfo]:
    rows = session.exec(
        select(Finding)
        .where(Finding.case_id == case.id)
        .order_by(col(Finding.stage), col(Finding.round), col(Finding.number))
    )
    return [
        FindingInfo(
            id=f.id or 0,
            number=f.number,
            stage=f.stage,
            source=f.source,
            round=f.round,
            target=f.target,
            text=f.text,
            basis=f.basis,
            reply=f.reply,
            verdict=f.verdict,
        )
        for f in rows
    ]


def _seats(session: Session, panel: Panel) -> list[SeatInfo]:
    rows = session.exec(
        select(PanelMember, Expert)
        .join(Expert, col(Expert.id) == col(PanelMember.expert_id))
        .where(PanelMember.panel_id == panel.id)
        .order_by(col(PanelMember.seat), col(PanelMember.attempt))
    )
    return [
        SeatInfo(
            slot=m.slot,
            seat=m.seat,
            state=m.state,
            name=e.name,
            specialty=e.specialty,
            employer=e.employer,
            title=e.title,
            is_lead=m.is_lead,
            reason=m.reason,
            at=m.changed_at,
        )
        for m, e in rows
    ]


def _materials(session: Session, case: Case) -> list[MaterialInfo]:
    titles = {m.kind: m.title.zh for m in procedure(case.procedure).materials}
    rows = session.exec(
        select(Attachment)
        .where(Attachment.case_id == case.id, col(Attachment.removed_at).is_(None))
        .order_by(col(Attachment.id))
    )
    return [
        MaterialInfo(
            kind=a.kind,
            title=titles.get(a.kind, a.kind),
            filename=a.filename,
            sha256=a.sha256,
            size=a.size,
            sealed=a.sealed,
            at=a.at,
        )
        for a in rows
    ]


def _notices(session: Session, case: Case) -> list[NoticeInfo]:
    rows = session.exec(select(Notice).where(Notice.case_id == case.id).order_by(col(Notice.round)))
    return [
        NoticeInfo(
            round=n.round,
            title=n.title,
            text=n.text,
            opened_at=n.opened_at,
            closes_at=n.closes_at,
            days=_counted_days(session, n),
            state=n.state,
        )
        for n in rows
    ]


def _counted_days(session: Session, notice: Notice) -> list[str]:
    deadline = session.exec(select(Deadline).where(Deadline.notice_id == notice.id)).first()
    if deadline is None:
        return []
    return [line.day.isoformat() for line in deadlines.explain(session, deadline).lines if line.counted]


def _objections(session: Session, case: Case) -> list[ObjectionInfo]:
    rows = session.exec(select(Objection).where(Objection.case_id == case.id).order_by(col(Objection.id)))
    return [
        ObjectionInfo(
            slot=o.slot,
            receipt_no=o.receipt_no,
            name=o.name,
            content=o.content,
            topics=o.topics,
            at=o.at,
            reply_due=o.reply_due,
            state=o.state,
        )
        for o in rows
    ]


def _dues(session: Session, case: Case) -> dict[str, DueInfo]:
    rows = session.exec(
        select(TaskRow, Deadline)
        .join(Deadline, col(Deadline.task_id) == col(TaskRow.id))
        .where(TaskRow.case_id == case.id)
    )
    return {f"{t.key}/{t.slot}/{t.round}": DueInfo(budget=d.budget, due_at=d.due_at) for t, d in rows}


def _limits(session: Session, case: Case) -> dict[str, int]:
    return limits.when_filed(session, case.submitted_at or case.created_at)
