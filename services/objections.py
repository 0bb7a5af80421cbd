"""Objections 异议: anybody may object while a notice runs; each gets a number, a promised date and an answer (M05, I20)."""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.tables import AuditEvent, Case, Notice, Objection
from models.vocabulary.errors import Invalid, NotFound, Problem, TooManyTries
from models.vocabulary.events import Event
from models.vocabulary.forms import Form, field
from models.vocabulary.objections import TOPICS
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from models.vocabulary.types import EMAIL
from models.vocabulary.whole import half_width
from services import audit, clock, forms, notices, notifications, numbering, objection_papers, voiding
from services.alone import alone
from services.clock import SHANGHAI
from services.counting import Pause
from services.objection_papers import Upload

#: So many objections an hour from one address: to one notice, and in all.
PER_NOTICE_HOUR, PER_ADDRESS_HOUR = 5, 30


class ObjectionForm(Form):
    """An objection to a notice 公示异议."""

    topics: list[str] = field(
        "异议事项",
        "Topics",
        example=["data"],
        default_factory=list,
        widget="checkboxes",
        choices=TOPICS,
        max_length=6,
        hint="可多选；不选按“其他”登记",
        hint_en="Choose any; none is registered as “other”",
    )
    content: str = field(
        "异议内容及事实依据",
        "Objection and its grounds",
        widget="textarea",
        max_length=5000,
        example="公示的装机规模与现场安装的组件数量不一致，请核实设备清单。",
        hint="请写明事实和依据，不少于 10 个字；请勿填写身份证号等无关个人信息",
        hint_en="State facts and grounds, at least 10 characters; leave out identity numbers",
    )
    name: str = field(
        "姓名或单位联系人", "Your name", example="张三", default="", max_length=60, personal=True
    )
    organisation: str = field(
        "单位名称（如有）", "Organisation, if any", example="示例科技有限公司", default="", max_length=120
    )
    contact: str = field(
        "联系方式",
        "Contact",
        example="zhangsan@example.com",
        default="",
        max_length=120,
        personal=True,
        hint="邮箱、手机号或固定电话，仅用于答复，不公开",
        hint_en="E-mail or telephone, for the answer only; never published",
    )
    lead_only: bool = field(
        "仅反映线索，不需要答复",
        "A lead only, no answer wanted",
        example=False,
        default=False,
        widget="checkbox",
        hint="选中后可不留联系方式",
        hint_en="No contact is needed then",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """What the field types cannot see; all of it at once."""
        return content_problems(self.content) + contact_problems(self.contact, self.lead_only)


def content_problems(content: str) -> list[Problem]:
    if len(re.sub(r"\s", "", content)) >= 10:
        return []
    return [
        Problem(
            "content",
            Text(
                "Describe facts and grounds in at least 10 characters.",
                "请写明异议的事实和依据，不少于 10 个字。",
            ),
        )
    ]


_PHONE = re.compile(r"\+?[0-9\s\-()（）]{7,20}")


def contact_problems(contact: str, lead_only: bool) -> list[Problem]:
    if not contact:
        return (
            []
            if lead_only
            else [
                Problem(
                    "contact",
                    Text(
                        "Leave an e-mail address or telephone for the answer, or mark it as a lead.",
                        "请留下邮箱或电话以便答复；如无需答复，请勾选“仅反映线索”。",
                    ),
                )
            ]
        )
    if EMAIL.fullmatch(contact) or _PHONE.fullmatch(contact):
        return []
    return [
        Problem(
            "contact", Text("Write an e-mail address or a telephone number.", "请填写正确的邮箱或电话号码。")
        )
    ]


def parse(data: Mapping[str, Any]) -> ObjectionForm:
    """The checked form. Raises Invalid with every defect at once, each at its field."""
    data = {
        key: value.replace("\x00", "") if isinstance(value, str) else value for key, value in data.items()
    }
    if isinstance(contact := data.get("contact"), str):
        data["contact"] = half_width(contact)  # ＠ and １３８ as an input method types them
    form, problems = forms.validate(ObjectionForm, data)
    if isinstance(form, ObjectionForm) and not problems:
        return form
    told = {p.loc for p in problems}
    raise Invalid((*problems, *(p for p in _readable_problems(data) if p.loc not in told)))


def _readable_problems(data: Mapping[str, Any]) -> list[Problem]:
    """Defects of the fields that could be read although others could not."""
    content, contact = data.get("content", ""), data.get("contact", "")
    return [
        *(content_problems(content) if isinstance(content, str) else []),
        *(
            contact_problems(contact.strip(), data.get("lead_only") is True)
            if isinstance(contact, str)
            else []
        ),
    ]


def file(
    session: Session,
    notice_id: int,
    data: Mapping[str, Any],
    ip: str,
    papers: Sequence[Upload] = (),
    key: str = "",
) -> Objection:
    """Register an objection; after the end of publicity it is kept as late.

    Args:
        data: fields of :class:`ObjectionForm`.
        ip: address it came from; empty = not limited (seeds, letters typed in by the centre).
        papers: (file name, bytes) of what is attached, see :mod:`services.objection_papers`.
        key: of the form that is sent; the same form sent again is the objection it has made. Empty = not asked.

    Raises:
        Invalid: every defect at once.
        TooManyTries: too many from this address within an hour.
        NotFound: no such notice. NotKept: no room for the papers; nothing was registered.
    """
    notice = notices.one(session, notice_id)
    form, checked = _checked(data, papers)
    if key:
        alone(session, f"objection/{notice_id}/{key}")
        if earlier := _sent_before(session, notice_id, key, form):
            case = session.get_one(Case, notice.case_id, with_for_update=True, populate_existing=True)
            if objection_papers.takes(session, earlier):
                objection_papers.add_checked(session, case, earlier, checked)  # chosen since it was sent
            return earlier
    _limit(session, notice_id, ip)
    case = session.exec(
        select(Case)
        .where(Case.id == notice.case_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    session.refresh(notice, with_for_update=True)
    objection = _row(session, notice, form, ip)
    objection.sent_key = key
    session.add(objection)
    session.flush()
    objection_papers.keep(session, objection, checked)
    _announce(session, case, notice, objection, len(checked))
    return objection


def _checked(
    data: Mapping[str, Any], papers: Sequence[Upload]
) -> tuple[ObjectionForm, list[objection_papers.Checked]]:
    """Form and papers. Raises Invalid with the defects of both."""
    checked, defects = objection_papers.checked(papers)
    try:
        form = parse(data)
    except Invalid as error:
        raise Invalid((*error.problems, *defects)) from None
    if defects:
        raise Invalid(tuple(defects))
    return form, checked


def _sent_before(session: Session, notice_id: int, key: str, form: ObjectionForm) -> Objection | None:
    """What this form has made, unless something else has been typed into it since."""
    query = select(Objection).where(Objection.notice_id == notice_id, Objection.sent_key == key)
    row = session.exec(query.execution_options(**voiding.SHOWN)).first()
    if row is None:
        return None
    said = (row.name, row.contact, row.organisation, row.topics, row.content)
    if said == (form.name, form.contact, form.organisation, form.topics or ["other"], form.content):
        return row
    row.sent_key = ""  # the form goes on to what is typed into it now
    session.flush()
    return None


def _row(session: Session, notice: Notice, form: ObjectionForm, ip: str) -> Objection:
    now = clock.now()
    late = notice.state != "open" or (notice.closes_at is not None and now >= notice.closes_at)
    number = numbering.next_number(session, "YY", now)
    taken = session.exec(
        select(func.count())
        .select_from(Objection)
        .where(Objection.case_id == notice.case_id)
        .execution_options(**voiding.SHOWN)
    ).one()
    return Objection(
        notice_id=notice.id or 0,
        case_id=notice.case_id,
        slot=str(taken + 1),
        receipt_no=f"YY-{now.astimezone(SHANGHAI).year}-{number:04d}",
        lookup=secrets.token_urlsafe(18),
        name=form.name,
        contact=form.contact,
        organisation=form.organisation,
        topics=form.topics or ["other"],
        content=form.content,
        ip=ip,
        at=now,
        late=late,
        reply_due=None if late else notices.reply_due(session, notice),
    )


def _limit(session: Session, notice_id: int, ip: str) -> None:
    if not ip:
        return
    alone(session, f"object/{ip}")  # those sent in one instant are counted one after the other
    hour = clock.now() - timedelta(hours=1)
    query = select(Objection.notice_id).where(Objection.ip == ip, col(Objection.at) > hour)
    rows = session.exec(query.execution_options(**voiding.SHOWN)).all()
    if len(rows) >= PER_ADDRESS_HOUR or rows.count(notice_id) >= PER_NOTICE_HOUR:
        raise TooManyTries(
            Text(
                "Many objections came from your address within an hour. Please try again later, or write to the centre.",
                "您的网络地址一小时内提交的异议较多，请稍后再试，或以书面形式反映。",
            )
        )


def _announce(session: Session, case: Case, notice: Notice, objection: Objection, papers: int) -> None:
    late = Text(" (late)", "（逾期）") if objection.late else Text("", "")
    text = Text(
        f"Objection {objection.receipt_no} received{late.en}: {notice.title}",
        f"收到异议 {objection.receipt_no}{late.zh}：{notice.title}",
    )
    audit.record(
        session,
        Event.OBJECTION_RECEIVED,
        case=case,
        role="public",
        public=True,
        data={
            "notice": notice.id,
            "slot": objection.slot,
            "late": objection.late,
            "papers": papers,
            "text": {"zh": text.zh, "en": text.en},
        },
    )
    notifications.notify_role(
        session,
        Role.OFFICER,
        kind="objection",
        dedupe=f"objection:{objection.id}",
        text=text,
        case=case,
        link=f"/staff/cases/{case.case_no}",
        mail=False,
    )


def by_lookup(session: Session, lookup: str) -> tuple[Objection, Notice]:
    """The objector's own page. Raises NotFound."""
    query = select(Objection).where(Objection.lookup == lookup.replace("\x00", ""))
    row = session.exec(query.execution_options(**voiding.SHOWN)).first()
    if row is None:
        raise NotFound(
            Text(
                "This link leads to no objection. Check that it is complete.",
                "该链接未对应任何异议，请核对链接是否完整。",
            )
        )
    return row, notices.one(session, row.notice_id)


def record_answer(
    session: Session, case: Case, slot: str, outcome: str, form: Mapping[str, Any]
) -> Objection:
    """Keep the answer of the centre to one objection; the objector is told.

    Args:
        slot: of the objection, counted over the whole case.
        outcome: not_upheld | upheld_curable | upheld_fatal.
        form: answer of the task objection_answer; its `answer` is what the objector reads.
    """
    row = session.exec(
        select(Objection)
        .where(Objection.case_id == case.id, Objection.slot == slot)
        .order_by(col(Objection.id).desc())
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound
    row.finding, row.state = outcome, "answered"
    row.answer = str(form.get("answer") or form.get("decision") or "")
    row.answered_at = clock.now()
    if "@" in row.contact:
        row.mail = notifications.mail_state()
    session.flush()
    return row


def unanswered(session: Session, case: Case) -> list[Objection]:
    """Objections made in time that have no answer yet (I20)."""
    return list(
        session.exec(
            select(Objection)
            .where(
                Objection.case_id == case.id, col(Objection.late).is_(False), Objection.state != "answered"
            )
            .order_by(col(Objection.id))
        )
    )


def move_promises(session: Session, case: Case) -> None:
    """The case goes on after a suspension: what objectors were promised moves by what stood still (M05, SM-W).

    The caller holds the case row's lock. While publicity runs, the promise is counted when it ends.
    """
    pauses = _stood_still(session, case)
    for row in unanswered(session, case):
        notice = notices.one(session, row.notice_id)
        if notice.state == "closed":
            notices.promise(session, notice, row, pauses)
    session.flush()


def _stood_still(session: Session, case: Case) -> list[Pause]:
    """The times the case was suspended and went on again."""
    marks = (Event.CASE_SUSPENDED.value, Event.CASE_RESUMED.value)
    query = select(AuditEvent.event, AuditEvent.at).where(
        AuditEvent.case_id == case.id, col(AuditEvent.event).in_(marks)
    )
    found: list[Pause] = []
    since: datetime | None = None
    for event, at in session.exec(query.order_by(col(AuditEvent.seq))):
        if event == marks[0]:
            since = at
        elif since is not None:
            found.append(Pause(since, at, ""))
            since = None
    return found
