"""Settings with a memory 设置变更: proposed by one person, confirmed by another where rights or limits are touched.

What a change does once it is agreed is registered by the module that owns the setting (`applies`).
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from models.tables import SettingChange, User
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from services import audit, clock, notifications
from services.access import Actor, actor_of

KINDS: dict[str, Text] = {
    "limit": Text("Time limit", "办理时限"),
    "calendar": Text("Working calendar", "工作日历"),
    "roles": Text("Roles of an account", "账户角色"),
    "template": Text("Word template", "文书模板"),
    "ets": Text("Quota list", "配额单位名单"),
    "expert": Text("Expert library", "专家库"),
    "balance": Text("Balance worked out anew", "余额重算"),
    "methodology": Text("Methodology", "方法学"),
    "methodology_end": Text("End of a methodology", "方法学停止施行、废止"),
}
STATES: dict[str, Text] = {
    "proposed": Text("waits for a second person", "待他人确认"),
    "confirmed": Text("in force from its day", "已确认"),
    "rejected": Text("refused", "不同意"),
    "withdrawn": Text("withdrawn", "已撤回"),
}
#: Rights and limits: two natural persons (M01). Letters bind the office, and the quota list decides
#: who may apply (G03), so both belong here too; so do methodologies, which decide what is issued (G02, M03), and a
#: balance that was changed past the program.
TWO_PERSONS = frozenset(
    {"limit", "calendar", "roles", "template", "ets", "balance", "methodology", "methodology_end"}
)

Apply = Callable[[Session, Actor, SettingChange], Text]
_applies: dict[str, Apply] = {}


def applies(kind: str) -> Callable[[Apply], Apply]:
    """Register what an agreed change of this kind does; it answers with the sentence for the record."""

    def register(function: Apply) -> Apply:
        _applies[kind] = function
        return function

    return register


def propose(
    session: Session,
    actor: Actor,
    kind: str,
    subject: str,
    title: Text,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
    effective_from: date | None = None,
) -> SettingChange:
    """Write a proposal down; nothing changes until a second person confirms it.

    Raises:
        NotAllowed: not an administrator.
        Invalid: no reason.
        Conflict: another proposal for the same setting waits.
    """
    if not actor.is_any(Role.ADMIN):
        raise NotAllowed(Text("Only an administrator can change settings.", "仅系统管理员可以变更设置。"))
    if not reason.strip():
        raise Invalid((Problem("reason", Text("Please give the reason.", "请填写变更原因。")),))
    if waiting(session, kind, subject) is not None:
        raise Conflict(
            Text(
                f"A change of “{title.en}” waits for confirmation; decide or withdraw it first.",
                f"“{title.zh}”已有一项变更等待确认，请先处理该项变更。",
            ),
            "changed",
        )
    row = _row(actor, kind, subject, title, before, after, reason, effective_from)
    session.add(row)
    session.flush()
    _record(
        session, actor, Event.SETTING_PROPOSED, row, Text(f"Proposed: {title.en}", f"提出变更：{title.zh}")
    )
    _ask_others(session, actor, row)
    return row


def _row(
    actor: Actor, kind: str, subject: str, title: Text, before: dict[str, Any], after: dict[str, Any],
    reason: str, effective_from: date | None,
) -> SettingChange:  # fmt: skip
    return SettingChange(
        kind=kind,
        subject=subject,
        title_zh=title.zh,
        title_en=title.en,
        before=before,
        after=after,
        reason=reason.strip()[:500],
        effective_from=effective_from or clock.today().date(),
        proposed_by=actor.user_id,
        proposed_person=actor.person_key,
        proposed_at=clock.now(),
    )


def remember(
    session: Session,
    actor: Actor,
    kind: str,
    subject: str,
    title: Text,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
) -> SettingChange:
    """Keep a change that one person may make alone: it is in force with the transaction it is made in."""
    if kind in TWO_PERSONS:
        raise ValueError(f"{kind} is changed by two persons")
    row = _row(actor, kind, subject, title, before, after, reason, None)
    row.state, row.decided_at = "confirmed", clock.now()
    row.decided_by, row.decided_person = actor.user_id, actor.person_key
    session.add(row)
    session.flush()
    return row


def waiting(session: Session, kind: str, subject: str) -> SettingChange | None:
    """The proposal for this setting that nobody has decided yet."""
    return session.exec(
        select(SettingChange).where(
            SettingChange.kind == kind, SettingChange.subject == subject, SettingChange.state == "proposed"
        )
    ).first()


def one(session: Session, change_id: int) -> SettingChange:
    """Raises NotFound."""
    row = session.get(SettingChange, change_id)
    if row is None:
        raise NotFound
    return row


def history(session: Session, kind: str = "", subject: str = "", limit: int = 200) -> list[SettingChange]:
    """Changes, newest first; what waits stands first."""
    query = select(SettingChange)
    if kind:
        query = query.where(SettingChange.kind == kind)
    if subject:
        query = query.where(SettingChange.subject == subject)
    order = (col(SettingChange.state) != "proposed", col(SettingChange.id).desc())
    return list(session.exec(query.order_by(*order).limit(limit)))


def may_decide(actor: Actor, row: SettingChange) -> Text | None:
    """None when this person may confirm or refuse; else why not."""
    if not actor.is_any(Role.ADMIN, Role.SUPERVISOR):
        return Text(
            "Supervisors and administrators confirm settings.", "由审核负责人或者其他系统管理员确认。"
        )
    if actor.person_key == row.proposed_person:
        return Text(
            "You proposed this change; another person has to confirm it.", "本项变更由您提出，须由他人确认。"
        )
    if row.kind == "roles" and row.subject == actor.username:
        return Text("The change concerns your own rights.", "本项变更涉及您本人的权限，应当回避。")
    return None


def confirm(session: Session, actor: Actor, change_id: int, note: str = "") -> SettingChange:
    """Put a proposal into force, from its day or, if that has passed, from today. Raises NotAllowed, Conflict."""
    row = _open(session, change_id)
    refusal = may_decide(actor, row)
    if refusal is not None:
        raise NotAllowed(refusal)
    row.effective_from = max(row.effective_from, clock.today().date())
    said = _applies[row.kind](session, actor, row)
    _decide(actor, row, "confirmed", note)
    session.flush()
    _record(session, actor, Event.SETTING_CHANGED, row, said)
    _answer(session, row, Text(f"Confirmed: {row.title_en}.", f"您提出的变更已确认：{row.title_zh}。"))
    return row


def reject(session: Session, actor: Actor, change_id: int, note: str) -> SettingChange:
    """Refuse a proposal, with the reason. Raises NotAllowed, Conflict, Invalid."""
    row = _open(session, change_id)
    refusal = may_decide(actor, row)
    if refusal is not None:
        raise NotAllowed(refusal)
    if not note.strip():
        raise Invalid((Problem("note", Text("Please say why.", "请填写不同意的理由。")),))
    _decide(actor, row, "rejected", note)
    words = Text(f"Refused: {row.title_en}. {note}", f"不同意变更：{row.title_zh}。{note}")
    _record(session, actor, Event.SETTING_REFUSED, row, words)
    _answer(session, row, words)
    return row


def withdraw(session: Session, actor: Actor, change_id: int) -> SettingChange:
    """Take one's own proposal back. Raises NotAllowed, Conflict."""
    row = _open(session, change_id)
    if actor.person_key != row.proposed_person:
        raise NotAllowed(Text("Only who proposed it can withdraw it.", "仅提出人可以撤回。"))
    _decide(actor, row, "withdrawn", "")
    words = Text(f"Withdrawn: {row.title_en}", f"撤回变更：{row.title_zh}")
    _record(session, actor, Event.SETTING_REFUSED, row, words)
    return row


def _open(session: Session, change_id: int) -> SettingChange:
    row = session.get(SettingChange, change_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    if row.state != "proposed":
        raise Conflict(
            Text(
                f"It was decided already: {STATES[row.state].en}.",
                f"该项变更此前已处理：{STATES[row.state].zh}。",
            ),
            "changed",
        )
    return row


def _decide(actor: Actor, row: SettingChange, state: str, note: str) -> None:
    row.state, row.note, row.decided_at = state, note.strip()[:500], clock.now()
    row.decided_by, row.decided_person = actor.user_id, actor.person_key


def _ask_others(session: Session, actor: Actor, row: SettingChange) -> None:
    """Everybody who may confirm it hears that it waits."""
    ids = {i for role in (Role.ADMIN, Role.SUPERVISOR) for i in notifications.holders(session, role)}
    people = session.exec(select(User).where(col(User.id).in_(ids)))
    words = Text(
        f"{actor.name} proposed “{row.title_en}”; a second person has to confirm it. Reason: {row.reason}",
        f"{actor.name}提出变更“{row.title_zh}”，待他人确认。原因：{row.reason}",
    )
    notifications.notify(
        session,
        user_ids=[p.id for p in people if p.id and may_decide(actor_of(p), row) is None],
        kind="action_needed",
        dedupe=f"setting:{row.id}",
        text=words,
        link=f"/admin/changes/{row.id}",
        mail=False,
    )


def _answer(session: Session, row: SettingChange, words: Text) -> None:
    """Whoever proposed it hears what became of it."""
    notifications.notify(
        session,
        user_ids=[row.proposed_by],
        kind="reply",
        dedupe=f"setting:{row.id}:{row.state}",
        text=words,
        link=f"/admin/changes/{row.id}",
        mail=False,
    )


def _record(session: Session, actor: Actor, event: Event, row: SettingChange, said: Text) -> None:
    data = {
        "what": row.kind,
        "key": row.subject,
        "change": row.id,
        "from": row.effective_from.isoformat(),
        "before": row.before,
        "after": row.after,
        "reason": row.reason,
        "text": {"zh": f"{said.zh}（{row.reason}）", "en": f"{said.en} ({row.reason})"},
    }
    audit.record(session, event, actor=actor, data=data)
