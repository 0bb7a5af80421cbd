"""Published projects 公开发布: a permanent number, and never before publicity and its objections are done (G15, M05)."""

import copy
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlmodel import Session, col, select

from models.procedures import PROCEDURES
from models.tables import Case, Methodology, Notice, Party, Project
from models.vocabulary.errors import Conflict, NotFound
from models.vocabulary.events import Event
from models.vocabulary.text import Text
from models.vocabulary.types import mask_text
from services import audit, clock, notices, numbering, objections, paths
from services.clock import SHANGHAI
from services.monitoring import devices

GRAMS = Decimal(1_000_000)

#: States of a published project, with the words people see.
STATES: dict[str, Text] = {
    "implementing": Text("Implementing", "实施中"),
    "connecting": Text("Published, connecting", "已公布，对接中"),
    "running": Text("Running", "运行中"),
    "suspended": Text("Suspended", "暂停"),
    "closed": Text("Crediting period ended", "计入期结束"),
    "deregistered": Text("Deregistered", "已注销"),
}


def publish(session: Session, case: Case) -> Project:
    """Enter the project into the public register under its permanent number; publishing twice is publishing once.

    Raises:
        Conflict: publicity has not ended (M05), or an objection has no answer yet (I20).
    """
    case = session.exec(
        select(Case).where(Case.id == case.id).with_for_update().execution_options(populate_existing=True)
    ).one()
    found = session.exec(select(Project).where(Project.case_id == case.id)).first()
    if found is not None:
        return found
    notice = _ended_notice(session, case)
    _refuse_unanswered(session, case)
    project = _entry(session, case, notice)
    session.add(project)
    session.flush()
    audit.record(
        session,
        Event.PROJECT_PUBLISHED,
        case=case,
        public=True,
        rests_on=notice.sha256,
        data={
            "project": project.number,
            "text": {
                "zh": f"向社会公布，项目编号 {project.number}",
                "en": f"Published under number {project.number}",
            },
        },
    )
    devices.open_for(session, project)
    return project


def refuse_published(session: Session, case: Case) -> None:
    """What is in the public register is not withdrawn, also while its notice is being made. Raises Conflict."""
    project = of_case(session, case.id)
    if project is not None:
        raise Conflict(
            Text(
                f"{case.case_no} has been published as {project.number}; it can no longer be withdrawn.",
                f"{case.case_no} 已公布（编号 {project.number}），不能撤回；如需停止运行，请与中心联系。",
            ),
            "changed",
        )


def go_live(session: Session, case: Case) -> Project:
    """A published scenario goes into operation once both sides have accepted its connection (G25).

    Raises:
        Conflict: it is not published, or no longer in the register as one that connects.
    """
    project = of_case(session, case.id)
    if project is None or project.state not in ("connecting", "running"):
        raise Conflict(
            Text(
                f"{case.case_no} has no published entry that could go live.",
                f"办件 {case.case_no} 尚未公布或已停止运行，不能上线。",
            ),
            "changed",
        )
    if project.state == "connecting":
        project.state = "running"
        project.data = {**project.data, "live_at": clock.now().isoformat()}
        said = Text(f"{project.number} went live.", f"{project.number} 通过对接验收，正式上线运行")
        audit.record(
            session,
            Event.PROJECT_LIVE,
            case=case,
            public=True,
            data={"project": project.number, "text": {"zh": said.zh, "en": said.en}},
        )
    return project


def takes_records(project: Project) -> bool:
    """Are records of it to be taken? A scenario counts from the day it is live, and not while suspended (G25)."""
    return project.state in ("running", "implementing")


def _ended_notice(session: Session, case: Case) -> Notice:
    """The last notice of the case, its days over."""
    notice = session.exec(
        select(Notice).where(Notice.case_id == case.id).order_by(col(Notice.round).desc()).limit(1)
    ).first()
    if notice is None or notice.state != "closed":
        raise Conflict(
            Text(
                f"{case.case_no} cannot be published before its publicity has ended.",
                f"办件 {case.case_no} 公示期未满，不能公布。",
            ),
            "changed",
        )
    return notice


def _refuse_unanswered(session: Session, case: Case) -> None:
    rows = objections.unanswered(session, case)
    if rows:
        numbers = [r.receipt_no for r in rows]
        raise Conflict(
            Text(
                f"Objections without an answer: {', '.join(numbers)}. Answer them first.",
                f"以下异议尚未答复：{'、'.join(numbers)}。请先逐条答复后再公布。",
            ),
            "changed",
        )


def _entry(session: Session, case: Case, notice: Notice) -> Project:
    now = clock.now()
    prefix = PROCEDURES[case.procedure].prefix
    number = f"SHPH-{prefix}-{now.astimezone(SHANGHAI).year}-{numbering.next_number(session, 'public.' + prefix, now):04d}"
    form = _open_form(session, case, notice)
    method = session.exec(
        select(Methodology).where(
            Methodology.code == case.methodology, Methodology.version == case.methodology_version
        )
    ).first()
    return Project(
        number=number,
        case_id=case.id,
        name=mask_text(case.title),
        published_at=now,
        kind=PROCEDURES[case.procedure].kind,
        state=PROCEDURES[case.procedure].register_state,
        applicant=_party(session, case.filer_id),
        owner=_party(session, case.principal_id),
        district=case.district or _text(case, form, "district"),
        address=mask_text(_text(case, form, "address")),
        methodology=case.methodology,
        methodology_version=case.methodology_version,
        method_class=method.method_class if method else "",
        crediting_from=_text(case, form, "crediting_from"),
        crediting_to=_text(case, form, "crediting_to"),
        est_annual_g=_grams(paths.named(case.procedure, form, "est_annual_t")),
        data={
            "case_no": case.case_no,
            "notice": notice.id,
            "notice_sha256": notice.sha256,
            "methodology_name": method.name if method else "",
            "project_type": _text(case, form, "project_type"),
            "scale_kw": _text(case, form, "scale_kw"),
        },
    )


def _open_form(session: Session, case: Case, notice: Notice) -> dict[str, Any]:
    """The submitted form without what the release kept back; the register shows no more than the notice did (I35)."""
    form = copy.deepcopy(notices.submitted_form(session, case))
    for path in notices.release(session, case, notice.round).get("hidden_fields") or ():
        for value in paths.get(form, path)[:1]:
            paths.put(form, path, type(value)() if isinstance(value, dict | list) else None)
    return form


def _party(session: Session, party_id: int | None) -> str:
    """The name as published: organisations in full, a natural person by the first character."""
    party = session.get(Party, party_id) if party_id is not None else None
    if party is None:
        return ""
    return party.name[:1] + "**" if party.kind == "person" else party.name


def _text(case: Case, form: dict[str, Any], fact: str) -> str:
    value = paths.named(case.procedure, form, fact)
    return "" if value is None else str(value)


def _grams(tonnes: Any) -> int:
    """Tonnes as typed, in whole grams, rounded down; 0 when there is no number."""
    try:
        return int(Decimal(str(tonnes)) * GRAMS)
    except (InvalidOperation, ValueError):
        return 0


def one(session: Session, number: str) -> Project:
    """A project by its permanent number. Raises NotFound."""
    project = session.exec(select(Project).where(Project.number == number.replace("\x00", ""))).first()
    if project is None:
        raise NotFound(
            Text("There is no published project under this number.", "未找到该编号的已公布项目，请核对编号。")
        )
    return project


def of_case(session: Session, case_id: Any) -> Project | None:
    """The published project that came of a case."""
    return session.exec(select(Project).where(Project.case_id == case_id)).first()
