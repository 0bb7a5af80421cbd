"""The expert library 专家库 (rule M02): made up by the bureau, every change on record."""

from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from models.tables import Expert, User
from models.vocabulary.errors import Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from services import audit, clock, setting_changes
from services.access import Actor

TOPICS: dict[str, Text] = {
    "boundary": Text("Boundary", "核算边界"),
    "quantification": Text("Quantification", "减排量核算"),
    "data": Text("Data", "数据来源"),
    "monitoring": Text("Monitoring", "监测"),
}
_KEPT_BY = Text("The library is kept by the bureau and the supervisor.", "专家库由主管部门和审核负责人维护。")
_MADE_UP_BY = Text(
    "The bureau makes up the library: please have it enter the expert, or take the expert out.",
    "专家库由市生态环境局组建，专家入库、出库请由市生态环境局办理。",
)
EDITED = ("specialty", "employer", "title", "topics", "active", "available", "conflicts")


def may_edit(actor: Actor) -> bool:
    """Who keeps what is said of an expert up to date."""
    return actor.is_any(Role.BUREAU, Role.SUPERVISOR)


def may_make_up(actor: Actor) -> bool:
    """Who says which experts are in the library: the bureau alone (M02)."""
    return actor.is_any(Role.BUREAU)


def edit(session: Session, actor: Actor, expert_id: int, values: dict[str, Any], reason: str) -> Expert:
    """Change an entry, with a reason; panels drawn before keep what they recorded.

    Args:
        values: some of EDITED; conflicts as [{party, relation, until}].

    Raises:
        NotAllowed: neither the bureau nor a supervisor; or not the bureau, and somebody would come in or go out.
    """
    if not may_edit(actor):
        raise NotAllowed(_KEPT_BY)
    row = session.get(Expert, expert_id, with_for_update=True)
    if row is None:
        raise NotFound
    if values.get("active", row.active) != row.active and not may_make_up(actor):
        raise NotAllowed(_MADE_UP_BY)
    problems = _problems(values, reason)
    if problems:
        raise Invalid(tuple(problems))
    before = {k: getattr(row, k) for k in EDITED}
    for key in EDITED:
        if key in values:
            setattr(row, key, values[key])
    changed = {k: [before[k], getattr(row, k)] for k in EDITED if before[k] != getattr(row, k)}
    if changed:
        setting_changes.remember(
            session,
            actor,
            "expert",
            row.key,
            Text(f"Expert library: {row.name}", f"专家库：{row.name}"),
            {k: v[0] for k, v in changed.items()},
            {k: v[1] for k, v in changed.items()},
            reason,
        )
        audit.record(
            session,
            Event.SETTING_CHANGED,
            actor=actor,
            data={
                "what": "expert",
                "expert": row.key,
                "changed": changed,
                "reason": reason.strip(),
                "text": {
                    "zh": f"修改专家库：{row.name}。{reason.strip()}",
                    "en": f"Expert library: {row.key} changed. {reason.strip()}",
                },
            },
        )
    return row


def without_entry(session: Session) -> list[User]:
    """Accounts with the role of an expert that have no entry in the library yet."""
    query = (
        select(User)
        .outerjoin(Expert, col(Expert.user_id) == col(User.id))
        .where(col(User.active).is_(True), col(User.roles).contains([Role.EXPERT.value]))
        .where(col(Expert.id).is_(None))
    )
    return list(session.exec(query.order_by(col(User.name), col(User.id))))


def add(session: Session, actor: Actor, user_id: int, values: dict[str, Any], reason: str) -> Expert:
    """Enter an expert into the library (M02). The account is there before, with its role confirmed by two persons.

    Args:
        values: some of EDITED; specialty and employer are needed.

    Raises:
        NotAllowed: not the bureau, or one's own entry.
        Invalid: every defect at its field (`user`, `specialty`, `employer`, `topics`, `reason`).
    """
    if not may_make_up(actor):
        raise NotAllowed(_MADE_UP_BY)
    session.execute(text("lock table expert in share row exclusive mode"))  # numbers are given one by one
    user = next((u for u in without_entry(session) if u.id == user_id), None)
    problems = _problems({"specialty": "", "employer": "", **values}, reason)
    if user is None:
        words = Text("Choose an account of an expert without an entry.", "请选择尚未入库的专家账户。")
        problems.insert(0, Problem("user", words))
    if problems or user is None:
        raise Invalid(tuple(problems))
    if user.person_key == actor.person_key:
        raise NotAllowed(Text("Nobody enters themselves.", "不能将本人登记入库，请由他人办理。"))
    row = Expert(
        user_id=user_id,
        key=_next_key(session),
        name=user.name,
        joined_at=clock.now(),
        **{k: values[k] for k in EDITED if k in values},
    )
    session.add(row)
    session.flush()
    _remember_new(session, actor, row, reason.strip())
    return row


def _next_key(session: Session) -> str:
    keys = session.exec(select(Expert.key).where(col(Expert.key).regexp_match("^EXP-[0-9]+$")))
    return f"EXP-{max((int(k[4:]) for k in keys), default=0) + 1:02d}"


def _remember_new(session: Session, actor: Actor, row: Expert, reason: str) -> None:
    entry = {k: getattr(row, k) for k in EDITED}
    title = Text(f"Expert library: {row.name} entered", f"专家库：{row.name}入库")
    setting_changes.remember(session, actor, "expert", row.key, title, {}, entry, reason)
    said = {"zh": f"专家入库：{row.name}（{row.key}）。{reason}", "en": f"Expert {row.key} entered. {reason}"}
    data = {"what": "expert", "expert": row.key, "added": entry, "reason": reason, "text": said}
    audit.record(session, Event.SETTING_CHANGED, actor=actor, data=data)


def _problems(values: dict[str, Any], reason: str) -> list[Problem]:
    found = []
    for key, zh, en in (
        ("specialty", "请填写专业。", "Please give the specialty."),
        ("employer", "请填写工作单位。", "Please give the employer."),
    ):
        if key in values and not str(values[key]).strip():
            found.append(Problem(key, Text(en, zh)))
    if not set(values.get("topics", [])) <= set(TOPICS):
        found.append(Problem("topics", Text("Choose from the list.", "请从列表中选择。")))
    if not all(c["party"] for c in values.get("conflicts", [])):
        told = Text("Choose the body, or empty the row.", "请选择回避的单位，不需要的行请清空。")
        found.append(Problem("conflicts", told))
    if not reason.strip():
        found.append(Problem("reason", Text("Please give the reason.", "请填写变更原因。")))
    return found
