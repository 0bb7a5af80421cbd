"""Accounts 账户: registered, switched off and on, given a one-time password. Rights of the office take two persons (M01).

`by` is the administrator at the screen; None is the command line, open to whoever holds the database itself.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlmodel import Session, col, or_, select, update

from models.tables import AuditEvent, Case, LoginSession, Party, SettingChange, TaskRow, User
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.statuses import OPEN_STATES
from models.vocabulary.text import Text
from models.vocabulary.types import normalise_code
from services import audit, clock, guesses, notifications, people, setting_proposals
from services.access import Actor
from services.account_checks import (
    Asked,
    added_words,
    contact_problems,
    name_problems,
    of_person,
    party_of,
    personal,
)
from services.alone import found_or_made
from services.evaluations import SCHEDULE

#: How long a password somebody else made may wait for its owner.
ONE_TIME = timedelta(days=7)
#: What one administrator may grant alone: these decide nothing of the office.
DIRECT = frozenset({Role.APPLICANT, Role.MERCHANT, Role.RESIDENT})
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read for something else

_ON_ACCOUNTS = (
    Event.ACCOUNT_ADDED,
    Event.ACCOUNT_CORRECTED,
    Event.ACCOUNT_DISABLED,
    Event.ACCOUNT_ENABLED,
    Event.ACCOUNT_RENEWED,
)
#: Numbers and addresses themselves stay out of the trail.
_CONTACT = {"name": "姓名", "email": "邮箱", "mobile": "手机"}


@dataclass(frozen=True)
class Opened:
    """A new account, one with a new password, or one let in again.

    Args:
        password: the one-time password, to be shown once; empty when none was made.
        change: the roles that wait for a second person.
    """

    user: User
    password: str
    change: SettingChange | None = None


@dataclass(frozen=True)
class Contact:
    """What can be corrected of an account."""

    name: str
    email: str = ""
    mobile: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Held:
    """An open task in the hands of an account."""

    task: TaskRow
    case: Case


def _admin(by: Actor | None) -> None:
    if by is not None and not by.is_any(Role.ADMIN):
        raise NotAllowed(Text("Only an administrator manages accounts.", "仅系统管理员可以管理账户。"))


def _reason(by: Actor | None, reason: str) -> list[Problem]:
    if by is None or reason.strip():
        return []
    return [Problem("reason", Text("Please give the reason.", "请填写原因。"))]


# ---- a new account -------------------------------------------------------------------------------


def register(session: Session, by: Actor | None, asked: Asked, password: str = "") -> Opened:
    """Register an account. Roles of the office wait for a second person, unless it is done at the machine.

    Args:
        password: typed by the owner at the machine; empty = a one-time password is made.

    Raises:
        NotAllowed: not an administrator.
        Invalid: every defect at its field.
    """
    _admin(by)
    party, problems = party_of(session, asked)
    problems = [*personal(session, asked), *of_person(by, asked), *problems, *_reason(by, asked.reason)]
    problems += setting_proposals.role_problems(_nobody(), asked.roles)
    problems += people.password_problems(asked.username, password) if password else []
    if problems:
        raise Invalid(tuple(problems))
    once = "" if password else one_time()
    user = _new(session, asked, party)
    people.set_password(user, password or once)
    user.one_time_until = clock.now() + ONE_TIME if once else None
    session.add(user)
    session.flush()
    change = _granted(session, by, user, asked.roles, asked.reason)
    said = added_words(user, alone=change is None)
    _record(session, by, Event.ACCOUNT_ADDED, user, said, asked.reason, party=_key(party))
    return Opened(user, once, change)


def _granted(
    session: Session, by: Actor | None, user: User, wanted: list[str], reason: str
) -> SettingChange | None:
    """Roles of the office wait for a second person: nobody makes or opens, alone, an account that decides (M01)."""
    user.roles = sorted(set(wanted))
    if by is None or {Role(r) for r in wanted} <= DIRECT:
        return None
    user.roles = []
    session.flush()
    return setting_proposals.roles(session, by, user.id or 0, sorted(set(wanted)), reason)


def one_time() -> str:
    """A password of 79 bits that can be read out."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


def _nobody() -> User:
    return User(username="", name="", person_key="", roles=[])


def _new(session: Session, asked: Asked, party: Party | None) -> User:
    key = people.person_key_of(asked.id_number)
    if party is None and Role.RESIDENT in asked.roles:
        party = _person(session, key, asked.name.strip())
    return User(
        username=asked.username.strip(),
        name=asked.name.strip(),
        person_key=key,
        roles=[],
        party_id=party.id if party else None,
        email=asked.email.strip(),
        mobile=str(normalise_code(asked.mobile)),
        created_at=clock.now(),
    )


def _person(session: Session, person_key: str, name: str) -> Party:
    """A resident is a party: certificates and points are held by it."""
    key = f"person:{person_key}"
    return found_or_made(
        session,
        f"party/{key}",
        lambda: session.exec(select(Party).where(Party.key == key)).first(),
        lambda: Party(key=key, kind="person", name=name),
    )


def _key(party: Party | None) -> str:
    return party.key if party else ""


# ---- off, on, a new password ---------------------------------------------------------------------


def named(session: Session, username: str) -> User:
    """The account of a user name. Raises NotFound."""
    row = session.exec(select(User).where(User.username == username.strip())).first()
    if row is None:
        raise NotFound
    return row


def _locked(session: Session, by: Actor | None, user_id: int) -> User:
    """The account, locked, which is another person's than the administrator's. Raises NotFound, NotAllowed."""
    _admin(by)
    user = session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None or is_system(user):
        raise NotFound
    if by is not None and user.person_key == by.person_key:
        words = Text(
            "This is your own account: another administrator does it.",
            "不能对本人的账户办理，请由其他管理员办理。",
        )
        raise NotAllowed(words)
    return user


def disable(session: Session, by: Actor | None, user_id: int, reason: str) -> User:
    """Switch an account off: every session ends at once, what it did stays, supervisors hear of its open tasks.

    Raises:
        NotFound, NotAllowed: no such account, or one's own.
        Invalid: no reason.
        Conflict: off already, or the last administrator.
    """
    user = _locked(session, by, user_id)
    if problems := _reason(by, reason):
        raise Invalid(tuple(problems))
    if not user.active:
        raise Conflict(Text("It is disabled already.", "该账户已经停用。"), "changed")
    if Role.ADMIN in user.roles and _administrators(session) <= 1:
        words = Text(
            "This is the last administrator: register another one first.",
            "这是最后一名在用的系统管理员，请先登记另一名系统管理员。",
        )
        raise Conflict(words, "last")
    user.active = False
    end_sessions(session, user)
    open_tasks = len(held(session, user))
    said = Text(f"Account disabled: {user.username}", f"停用账户：{user.name}（{user.username}）")
    _record(session, by, Event.ACCOUNT_DISABLED, user, said, reason, open_tasks=open_tasks)
    if open_tasks:
        _tell_supervisors(session, user, open_tasks)
    return user


def _administrators(session: Session) -> int:
    """How many could still act; their rows are locked, so that two do not switch each other off at once."""
    query = select(User.id).where(col(User.active).is_(True), col(User.roles).contains([Role.ADMIN.value]))
    return len(session.exec(query.order_by(col(User.id)).with_for_update()).all())


def end_sessions(session: Session, user: User) -> None:
    """Every session and token of the account ends now; a late form still knows whose it was."""
    session.exec(
        update(LoginSession).where(col(LoginSession.user_id) == user.id).values(expires_at=clock.now())
    )


def _tell_supervisors(session: Session, user: User, count: int) -> None:
    notifications.notify_role(
        session,
        Role.SUPERVISOR,
        kind="reply",
        dedupe=f"account:{user.id}:disabled:{clock.now().isoformat()}",
        text=Text(
            f"The account of {user.name} was disabled; {count} open task(s) are still with it. Please reassign them.",
            f"{user.name}的账户已停用，名下仍有 {count} 项待办事项，请改派。",
        ),
        link=f"/tasks?queue=all&holder={user.username}",
    )


def enable(session: Session, by: Actor | None, user_id: int, reason: str) -> Opened:
    """Let a disabled account in again; roles of the office come back when a second person confirms (M01).

    Raises:
        NotFound, NotAllowed: no such account, or one's own.
        Invalid: no reason. Conflict: not disabled, or a change of its roles waits.
    """
    user = _locked(session, by, user_id)
    if problems := _reason(by, reason):
        raise Invalid(tuple(problems))
    if user.active:
        raise Conflict(Text("It is not disabled.", "该账户并未停用。"), "changed")
    user.active = True
    guesses.forgive(session, user)
    change = _granted(session, by, user, user.roles, reason)
    en, zh = ("; its roles wait for a second person", "，角色待他人确认") if change else ("", "")
    said = Text(f"Account enabled: {user.username}{en}", f"启用账户：{user.name}（{user.username}）{zh}")
    _record(session, by, Event.ACCOUNT_ENABLED, user, said, reason)
    return Opened(user, "", change)


def reset(session: Session, by: Actor | None, user_id: int, reason: str, password: str = "") -> Opened:
    """Give the account a one-time password (or one its owner typed at the machine); its sessions end, its owner is told.

    Whoever holds the password could act as its owner: roles of the office come back when a second person confirms.

    Raises:
        NotFound, NotAllowed: no such account, or one's own.
        Invalid: no reason, or a password too short.
        Conflict: disabled.
    """
    user = _locked(session, by, user_id)
    problems = _reason(by, reason)
    problems += people.password_problems(user.username, password) if password else []
    if problems:
        raise Invalid(tuple(problems))
    if not user.active:
        raise Conflict(Text("Enable the account first.", "该账户已停用，请先启用。"), "changed")
    once = "" if password else one_time()
    people.set_password(user, password or once)
    guesses.forgive(session, user)
    user.one_time_until = clock.now() + ONE_TIME if once else None
    end_sessions(session, user)
    said = Text(f"Password reset: {user.username}", f"重置密码：{user.name}（{user.username}）")
    _record(session, by, Event.ACCOUNT_RENEWED, user, said, reason)
    notifications.notify(
        session,
        user_ids=[cast(int, user.id)],
        kind="reply",
        dedupe=f"account:{user.id}:password:{clock.now().isoformat()}",
        text=Text(
            "Your password was reset by an administrator. If you did not ask for it, tell the auditor.",
            "系统管理员重置了您的密码。如非您本人提出，请立即告知审计员。",
        ),
        link="/account",
    )
    return Opened(user, once, _granted(session, by, user, user.roles, reason))


def amend(session: Session, by: Actor | None, user_id: int, said: Contact) -> User:
    """Correct a name or how to reach somebody. Who changes the organisation gets another account: rights hang on it.

    Raises:
        NotFound, NotAllowed: no such account, or one's own.
        Invalid: every defect at its field (`name`, `email`, `mobile`, `reason`).
    """
    user = _locked(session, by, user_id)
    values = {
        "name": said.name.strip(),
        "email": said.email.strip(),
        "mobile": str(normalise_code(said.mobile)),
    }
    problems = name_problems(said.name) + contact_problems(said.email, said.mobile) + _reason(by, said.reason)
    changed = [k for k, v in values.items() if getattr(user, k) != v]
    if not changed and not problems:
        problems = [Problem("", Text("Nothing is changed.", "没有任何变更。"))]
    if problems:
        raise Invalid(tuple(problems))
    for key in changed:
        setattr(user, key, values[key])
    en, zh = ", ".join(changed), "、".join(_CONTACT[k] for k in changed)
    words = Text(
        f"Account corrected: {user.username}: {en}", f"更正账户：{user.name}（{user.username}），{zh}"
    )
    _record(session, by, Event.ACCOUNT_CORRECTED, user, words, said.reason, changed=changed)
    return user


# ---- looking -------------------------------------------------------------------------------------


def held(session: Session, user: User) -> list[Held]:
    """Open tasks in the account's hands or reserved for it, the most urgent first."""
    query = (
        select(TaskRow, Case)
        .join(Case, col(Case.id) == col(TaskRow.case_id))
        .where(
            or_(col(TaskRow.assignee_id) == user.id, col(TaskRow.reserved_for) == user.id),
            col(TaskRow.state).in_([s.value for s in OPEN_STATES]),
        )
        .order_by(col(TaskRow.due_at).asc().nulls_last(), col(TaskRow.opened_at))
    )
    return [Held(task, case) for task, case in session.exec(query)]


def is_system(user: User) -> bool:
    """The account the yearly schedule opens cases by: nobody's, and never let in."""
    return user.username == SCHEDULE


def history(session: Session, user: User, limit: int = 20) -> list[AuditEvent]:
    """What was done with the account, newest first."""
    query = select(AuditEvent).where(
        col(AuditEvent.event).in_([e.value for e in _ON_ACCOUNTS]),
        col(AuditEvent.data)["user"].astext == user.username,
    )
    return list(session.exec(query.order_by(col(AuditEvent.id).desc()).limit(limit)))


def same_person(session: Session, user: User) -> list[User]:
    """Other accounts of the same natural person."""
    query = select(User).where(User.person_key == user.person_key, col(User.id) != user.id)
    return list(session.exec(query.order_by(col(User.username))))


def _record(
    session: Session, by: Actor | None, event: Event, user: User, said: Text, reason: str, **more: Any
) -> None:
    why = reason.strip()[:500]
    data = {
        "user": user.username,
        "roles": list(user.roles),
        "reason": why,
        "at_the_machine": by is None,
        "text": {
            "zh": said.zh + (f"（{why}）" if why else ""),
            "en": said.en + (f" ({why})" if why else ""),
        },
        **more,
    }
    audit.record(session, event, actor=by, data=data)
