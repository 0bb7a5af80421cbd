"""People at the door: signing in and out, sessions, passwords."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import bindparam, delete, func, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from models.tables import LoginSession, Notification, SignInAttempt, User
from models.vocabulary.errors import Invalid, Problem
from models.vocabulary.events import Event
from models.vocabulary.text import Text
from models.vocabulary.types import normalise_code
from services import audit, clock, direct, guesses
from services.access import Actor, actor_of
from services.settings import settings

TOUCH_AFTER = timedelta(seconds=60)  # a session's end moves at most once a minute
REMEMBER = timedelta(days=1)  # ended sessions stay so long: a late form still knows whose it was
MIN_PASSWORD = 10

WRONG = Text("The user name or the password is not right.", "用户名或密码不正确。")
FIRST_ON_A_PAGE = Text(
    "This is a one-time password: sign in on the site and set your own first.",
    "当前为一次性密码，请先在网页登录并设置新密码。",
)


@dataclass(frozen=True)
class SignedIn:
    """A session just opened. `token` is shown to the client once; only its hash is kept."""

    token: str
    csrf: str
    expires_in: int  # seconds
    actor: Actor


@dataclass(frozen=True)
class Refused:
    """A sign-in that failed; the reason never tells whether the account exists."""

    reason: Text
    locked: bool = False


@dataclass(frozen=True)
class Login:
    """The session a request came with."""

    actor: Actor
    kind: str
    csrf: str
    unread: int
    token_hash: str
    seen_at: datetime
    password_due: bool = False  # came with a one-time password: another one is set before anything else


#: argon2id at the library's own costs: 64 MB and three rounds a password.
HASHER = PasswordHash((Argon2Hasher(),))


@lru_cache
def _nobodys_hash() -> str:
    """Compared for unknown names, so that an answer takes as long as for a known one."""
    return hash_password(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """argon2id hash of a password."""
    return HASHER.hash(password)


def token_hash(token: str) -> str:
    """What the table knows of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@lru_cache(maxsize=256)
def person_key_of(id_number: str) -> str:
    """Key of a natural person from the identity number: equal for equal people, costly to turn back."""
    normal = str(normalise_code(id_number))
    return "p-" + hashlib.pbkdf2_hmac("sha256", normal.encode(), b"puhui.person", 20_000).hex()[:32]


def sign_in(
    session: Session,
    username: str,
    password: str,
    *,
    ip: str,
    agent: str = "",
    kind: str = "browser",
    replaces: str = "",
) -> SignedIn | Refused:
    """Check name and password and open a session. A refusal is an answer, so that its traces are committed.

    Args:
        kind: "browser" or "api".
        replaces: token of the session the browser came with; it ends (rotation).

    Raises:
        TooManyTries: too many failures from this address.
    """
    username = username.strip()
    guesses.check_address(session, ip)
    guesses.one_after_the_other(session, username)
    user = session.exec(select(User).where(User.username == username).with_for_update()).first()
    if guesses.is_locked(session, user, username):
        return Refused(guesses.LOCKED, locked=True)
    known = user.password_hash if user is not None and user.active and not _is_over(user) else ""
    if not HASHER.verify(password, known or _nobodys_hash()) or not known or user is None:
        return _fail(session, user, username, ip)
    guesses.forgive(session, user)
    due = user.one_time_until is not None
    if due and kind == "api":
        return Refused(FIRST_ON_A_PAGE)
    return open_session(session, user, ip=ip, agent=agent, kind=kind, replaces=replaces, password_due=due)


def _is_over(user: User) -> bool:
    """A one-time password nobody used in time opens nothing."""
    return user.one_time_until is not None and user.one_time_until <= clock.now()


def _fail(session: Session, user: User | None, username: str, ip: str) -> Refused:
    actor, name = actor_of(user, ip) if user else None, guesses.kept(username)
    audit.record(session, Event.SIGN_IN_FAILED, actor=actor, ip=ip, data={"username": name, "ip": ip})
    if guesses.failed(session, user, username, ip):
        return Refused(guesses.LOCKED, locked=True)
    return Refused(WRONG)


def open_session(
    session: Session,
    user: User,
    *,
    ip: str,
    agent: str = "",
    kind: str = "browser",
    replaces: str = "",
    password_due: bool = False,
) -> SignedIn:
    """Open a session for a person whose identity has been proved; with `password_due` for a new password only."""
    _tidy(session)
    if replaces:
        session.execute(delete(LoginSession).where(col(LoginSession.token_hash) == token_hash(replaces)))
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    session.add(
        LoginSession(
            token_hash=token_hash(token),
            user_id=cast(int, user.id),
            kind=kind,
            csrf=csrf,
            ip=ip,
            created_at=clock.now(),
            seen_at=clock.now(),
            expires_at=clock.now() + lifetime(),
            agent=agent[:300],
            password_due=password_due,
        )
    )
    actor = actor_of(user, ip)
    audit.record(session, Event.SIGNED_IN, actor=actor, data={"kind": kind})
    return SignedIn(token, csrf, int(lifetime().total_seconds()), actor)


def lifetime() -> timedelta:
    """How long a session lives after the last click."""
    return timedelta(hours=settings().session_hours)


def _tidy(session: Session) -> None:
    """Forget what ended long ago."""
    session.execute(delete(LoginSession).where(col(LoginSession.expires_at) < clock.now() - REMEMBER))
    session.execute(delete(SignInAttempt).where(col(SignInAttempt.at) < clock.now() - REMEMBER))


def resume(session: Session, token: str, ip: str) -> Login | None:
    """The living session of a token, with the person and the number of unread messages; None if it ended."""
    row = direct.ask(session, _LIVING, {"token": token_hash(token), "now": clock.now()}).first()
    if row is None:
        return None
    return Login(
        actor_of(row, ip), row.kind, row.csrf, row.unread, row.token_hash, row.seen_at, row.password_due
    )


_UNREAD = (
    select(func.count())
    .select_from(Notification)
    .where(col(Notification.user_id) == col(User.id), col(Notification.read_at).is_(None))
    .scalar_subquery()
)
_OF_SESSION = (
    LoginSession.kind,
    LoginSession.csrf,
    LoginSession.token_hash,
    LoginSession.seen_at,
    LoginSession.password_due,
)
_OF_PERSON = (User.id, User.username, User.name, User.roles, User.party_id, User.person_key, User.lang)
_LIVING = (
    columns(*(col(c) for c in (*_OF_SESSION, *_OF_PERSON)), _UNREAD.label("unread"))
    .join(User, col(User.id) == col(LoginSession.user_id))
    .where(
        col(LoginSession.token_hash) == bindparam("token"),
        col(LoginSession.expires_at) > bindparam("now"),
        col(User.active).is_(True),
    )
)


def living(session: Session, hashes: Collection[str]) -> set[str]:
    """Which of these sessions have not ended, by the hashes of their tokens."""
    if not hashes:
        return set()
    query = (
        select(LoginSession.token_hash)
        .join(User, col(User.id) == col(LoginSession.user_id))
        .where(
            col(LoginSession.token_hash).in_(sorted(hashes)),
            col(LoginSession.expires_at) > clock.now(),
            col(User.active).is_(True),
        )
    )
    return set(session.exec(query))


def needs_touch(login: Login) -> bool:
    """Whether the session's end has to be moved by now."""
    return clock.now() - login.seen_at > TOUCH_AFTER


def touch(session: Session, login: Login) -> None:
    """Move the session's end: it lives so long after the last click."""
    session.execute(
        update(LoginSession)
        .where(col(LoginSession.token_hash) == login.token_hash)
        .values(seen_at=clock.now(), expires_at=clock.now() + lifetime())
    )


def whose(session: Session, token: str) -> str:
    """User name behind a session, also one that has expired lately; empty when it is forgotten."""
    return (
        session.exec(
            select(User.username)
            .join(LoginSession, col(LoginSession.user_id) == col(User.id))
            .where(LoginSession.token_hash == token_hash(token))
        ).first()
        or ""
    )


def sign_out(session: Session, login: Login) -> None:
    """End the session."""
    session.execute(delete(LoginSession).where(col(LoginSession.token_hash) == login.token_hash))
    audit.record(session, Event.SIGNED_OUT, actor=login.actor)


def sessions_of(session: Session, actor: Actor) -> list[LoginSession]:
    """Where the person is signed in, latest first."""
    return list(
        session.exec(
            select(LoginSession)
            .where(LoginSession.user_id == actor.user_id, col(LoginSession.expires_at) > clock.now())
            .order_by(col(LoginSession.seen_at).desc())
        )
    )


def end_others(session: Session, login: Login) -> int:
    """End all other sessions and tokens of the person; how many."""
    ended: Any = session.execute(
        delete(LoginSession).where(
            col(LoginSession.user_id) == login.actor.user_id, col(LoginSession.token_hash) != login.token_hash
        )
    )
    return int(ended.rowcount)


def set_password(user: User, password: str) -> None:
    """Set a password without asking for the old one (seeds, administrator); its owner's from now on."""
    user.password_hash = hash_password(password)
    user.failed_attempts, user.locked_until, user.one_time_until = 0, None, None


def change_password(session: Session, login: Login, old: str, new: str, again: str) -> int:
    """The person sets a new password; all other sessions end. How many ended.

    Who came with a one-time password has just shown it and is not asked again.

    Raises:
        Invalid: every defect at its field (`old`, `new`, `again`).
    """
    user = session.get_one(User, login.actor.user_id, with_for_update=True)
    problems = []
    if not login.password_due and not HASHER.verify(old, user.password_hash or _nobodys_hash()):
        problems.append(Problem("old", Text("This is not your present password.", "当前密码不正确。")))
    problems += password_problems(user.username, new)
    if not problems and login.password_due and HASHER.verify(new, user.password_hash or _nobodys_hash()):
        problems.append(
            Problem("new", Text("Not the one-time password again.", "新密码不能与一次性密码相同。"))
        )
    if new != again:
        problems.append(Problem("again", Text("The two entries differ.", "两次输入的新密码不一致。")))
    if problems:
        raise Invalid(tuple(problems))
    set_password(user, new)
    session.execute(
        update(LoginSession)
        .where(col(LoginSession.token_hash) == login.token_hash)
        .values(password_due=False)
    )
    audit.record(session, Event.SETTING_CHANGED, actor=login.actor, data={"what": "password"})
    return end_others(session, login)


def password_problems(username: str, new: str) -> list[Problem]:
    """What is wrong with a new password, at the field `new`."""
    if len(new) >= MIN_PASSWORD and new != username:
        return []
    words = Text(f"At least {MIN_PASSWORD} characters.", f"新密码至少 {MIN_PASSWORD} 个字符。")
    return [Problem("new", words)]


def set_language(session: Session, actor: Actor, lang: str) -> None:
    """Remember the language the person reads."""
    session.execute(update(User).where(col(User.id) == actor.user_id).values(lang=lang))
