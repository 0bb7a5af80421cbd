"""Messages to people 消息: one row each, told once, mailed only when somebody has to act or the public status changed."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import Session, col, select

from models.procedures import PROCEDURES
from models.tables import Case, Notification, Objection, TaskRow, User
from models.vocabulary.roles import FILERS, Role
from models.vocabulary.text import Text, day_in_words
from services import clock, direct, stand_ins
from services.clock import SHANGHAI
from services.settings import settings

#: Whoever works elsewhere is mailed; the centre's people live in the system (pain P30).
MAILED_ROLES = FILERS | {Role.RESIDENT, Role.EXPERT, Role.AGENCY}


def mail_state(wanted: bool = True) -> str:
    """How a message starts: to be mailed where a mail server is set."""
    return "pending" if wanted and settings().smtp_host else "none"


def notify(
    session: Session,
    *,
    user_ids: Iterable[int],
    kind: str,
    dedupe: str,
    text: Text,
    case: Case | None = None,
    task: TaskRow | None = None,
    link: str = "",
    mail: bool | None = None,
) -> int:
    """Tell these people once.

    Args:
        dedupe: natural key of the message; the same key never reaches the same person twice.
        link: path within the system, e.g. "/cases/SHTPH-XM-2026-0001".
        mail: also by mail, where a mail server is set. Left out: yes, except about tasks of the centre's own people.

    Returns:
        How many rows are new.
    """
    by_mail = mail if mail is not None else task is None or Role(task.role) in MAILED_ROLES
    rows = [_values(user, kind, dedupe, text, case, task, link, by_mail) for user in sorted(set(user_ids))]
    if not rows:
        return 0
    return len(direct.ask(session, _TELL, rows).all())


_TELL = (
    insert(Notification)
    .on_conflict_do_nothing(index_elements=["user_id", "dedupe"])
    .returning(col(Notification.id))
)


def _values(
    user_id: int,
    kind: str,
    dedupe: str,
    text: Text,
    case: Case | None,
    task: TaskRow | None,
    link: str,
    mail: bool,
) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "case_id": case.id if case else None,
        "task_id": task.id if task else None,
        "kind": kind,
        "dedupe": dedupe,
        "text_zh": text.zh,
        "text_en": text.en,
        "link": link,
        "at": clock.now(),
        "mail": mail_state(mail),
        "mail_tries": 0,
        "mail_note": "",
    }


def notify_role(
    session: Session,
    role: Role,
    *,
    kind: str,
    dedupe: str,
    text: Text,
    case: Case | None = None,
    task: TaskRow | None = None,
    link: str = "",
    mail: bool | None = None,
    party_id: int | None = None,
) -> int:
    """Tell everybody who has the role (and belongs to the party, where one is named)."""
    return notify(
        session,
        user_ids=holders(session, role, party_id),
        kind=kind,
        dedupe=dedupe,
        text=text,
        case=case,
        task=task,
        link=link,
        mail=mail,
    )


def holders(session: Session, role: Role, party_id: int | None = None) -> list[int]:
    """Active accounts with the role; whoever is away is stood in for."""
    of, where = (_OF_ROLE, {}) if party_id is None else (_OF_PARTY, {"party": party_id})
    own = [int(i) for i in direct.ask(session, of, {"role": [role.value], **where}).scalars()]
    here = stand_ins.present(session, own)
    return here if set(here) <= set(own) else _with_role(session, here, role)


_OF_ROLE = (
    select(User.id)
    .where(col(User.active).is_(True), col(User.roles).contains(bindparam("role", type_=JSONB)))
    .order_by(col(User.id))
)
_OF_PARTY = _OF_ROLE.where(col(User.party_id) == bindparam("party"))


def _with_role(session: Session, ids: list[int], role: Role) -> list[int]:
    """Those who could do what the role is asked; a stand-in without the role is not bothered with it."""
    query = select(User.id).where(col(User.id).in_(ids), col(User.roles).contains([role.value]))
    return [i for i in session.exec(query.order_by(col(User.id))) if i is not None]


# ---- what the course tells people ------------------------------------------------------------------------------------


def on_task_opened(session: Session, case: Case, task: TaskRow) -> int:
    """Somebody has something to do: those outside the centre by mail too, the centre in the system only."""
    return notify(
        session,
        user_ids=recipients(session, task),
        kind="action_needed",
        dedupe=f"task:{task.id}:opened",
        text=_asked(session, case, task),
        case=case,
        task=task,
        link=task_link(case, task),
    )


def on_limit_moved(session: Session, case: Case, task: TaskRow, old: datetime, new: datetime) -> int:
    """The working calendar has changed, and with it the last day somebody was told."""
    title = title_of(session, task)
    before, now = (day_in_words(_last(due).date()) for due in (old, new))
    return notify(
        session,
        user_ids=recipients(session, task),
        kind="reminder",
        dedupe=f"task:{task.id}:moved:{new.isoformat()}",
        text=Text(
            f"{case.case_no}: the working calendar has changed; “{title.en}” is due by {now.en}, no longer {before.en}.",
            f"{case.case_no}：工作日历已调整，“{title.zh}”的期限由{before.zh}改为{now.zh}。",
        ),
        case=case,
        task=task,
        link=task_link(case, task),
    )


def recipients(session: Session, task: TaskRow) -> list[int]:
    """Who is asked: the person it is reserved for or in hand of, else the party's people, else the role."""
    if task.reserved_for is not None:
        return [task.reserved_for]
    if task.assignee_id is not None:
        return stand_ins.present(session, [task.assignee_id])
    return holders(session, Role(task.role), task.party_id)


def task_link(case: Case, task: TaskRow) -> str:
    """Where the person does it: filers answer on the page of their case."""
    return f"/cases/{case.case_no}" if Role(task.role) in FILERS else f"/tasks/{task.id}"


def title_of(session: Session, task: TaskRow) -> Text:
    """What a task is called in a message: of several objections, each by its number."""
    spec = PROCEDURES[task.procedure].task(task.key)
    title = spec.title
    if not spec.each_objection:
        return title
    mine = Objection.case_id == task.case_id, Objection.slot == task.slot
    number = session.exec(
        select(Objection.receipt_no).where(*mine).order_by(col(Objection.id).desc())
    ).first()
    return Text(f"{title.en} {number}", f"{title.zh}（{number}）") if number else title


def _asked(session: Session, case: Case, task: TaskRow) -> Text:
    title = title_of(session, task)
    until = _until(task.due_at)
    return Text(
        f"Please act: {title.en} — {case.title} ({case.case_no}){until.en}",
        f"请办理：{title.zh}——{case.title}（{case.case_no}）{until.zh}",
    )


def _until(due: datetime | None) -> Text:
    """The last day in words; a limit ends at 24:00 of its last day."""
    if due is None:
        return Text("", "")
    last = _last(due)
    if settings().working_day_seconds:
        return Text(
            f", by {due.astimezone(SHANGHAI):%-d %b %Y %H:%M:%S}",
            f"，请于 {due.astimezone(SHANGHAI):%m月%d日 %H:%M:%S} 前完成",
        )
    day = day_in_words(last.date())
    return Text(f", by {day.en} 24:00", f"，请于 {day.zh}前完成")


def _last(due: datetime) -> datetime:
    return (due - timedelta(microseconds=1)).astimezone(SHANGHAI)


def on_public_status(session: Session, case: Case, text: Text, at: datetime | None = None) -> int:
    """The public status has changed; the sides of the case are told once for each change.

    Args:
        text: the new status in public words.
        at: when, for what can happen again within one stage.
    """
    message = Text(f"{case.title} ({case.case_no}): {text.en}", f"{case.title}（{case.case_no}）：{text.zh}")
    return notify(
        session,
        user_ids=sides(session, case),
        kind="status_changed",
        dedupe=status_key(case, text, at),
        text=message,
        case=case,
        link=f"/cases/{case.case_no}",
        mail=True,
    )


def status_key(case: Case, text: Text, at: datetime | None = None) -> str:
    """Natural key of a status message: status, stage and since when; `mail` reads the first three parts again."""
    when = at or case.stage_since
    since = when.astimezone(UTC).isoformat() if when else "-"
    short = hashlib.sha256(text.zh.encode()).hexdigest()[:8]
    return f"status|{case.status}|{case.stage}|{case.id}|{since}|{short}"


def sides(session: Session, case: Case) -> list[int]:
    """The people of the filing party and of its principal, and whoever filed."""
    parties = [p for p in (case.filer_id, case.principal_id) if p is not None]
    roles = [r.value for r in FILERS]
    rows = session.exec(select(User).where(col(User.active).is_(True), col(User.party_id).in_(parties))).all()
    people = {u.id for u in rows if set(roles) & set(u.roles)} | {case.filed_by, case.created_by}
    return sorted(p for p in people if p is not None)


# ---- reading -------------------------------------------------------------------------------------------------------


def unread(session: Session, user_id: int) -> int:
    """How many messages this person has not opened."""
    return session.exec(
        select(func.count())
        .select_from(Notification)
        .where(Notification.user_id == user_id, col(Notification.read_at).is_(None))
    ).one()


def listed(
    session: Session,
    user_id: int,
    *,
    only_unread: bool = False,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Notification]:
    """A person's messages, newest first."""
    query = select(Notification).where(Notification.user_id == user_id)
    if only_unread:
        query = query.where(col(Notification.read_at).is_(None))
    if before_id is not None:
        query = query.where(col(Notification.id) < before_id)
    return list(session.exec(query.order_by(col(Notification.id).desc()).limit(limit)))


def mark_read(session: Session, user_id: int, ids: Iterable[int] | None = None) -> int:
    """Mark messages of this person as read, all of them when no ids are named. Returns how many changed."""
    statement = update(Notification).where(
        col(Notification.user_id) == user_id, col(Notification.read_at).is_(None)
    )
    if ids is not None:
        statement = statement.where(col(Notification.id).in_(list(ids)))
    return session.connection().execute(statement.values(read_at=clock.now())).rowcount
