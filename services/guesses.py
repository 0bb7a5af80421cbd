"""Passwords that are guessed: how often a name and an address may be wrong, and how many passwords are looked at at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import BoundedSemaphore

from sqlalchemy import ColumnElement, func, update
from sqlmodel import Session, col, select

from models.tables import SignInAttempt, User
from models.vocabulary.errors import TooManyTries
from models.vocabulary.text import Text
from services import clock
from services.alone import alone

TRIES_BEFORE_LOCK = 5
TRIES_BY_ADDRESS = 30
#: Within this they are counted, and so long an account is locked.
LOCK = timedelta(minutes=15)
#: Passwords looked at in the same instant: each takes 64 MB of memory and a core.
AT_ONCE = 4
PATIENCE = 10.0  # seconds that somebody waits at the door

LOCKED = Text(
    "Too many wrong passwords: the account is locked for 15 minutes.",
    "密码连续输错次数过多，账户已锁定 15 分钟，请稍后再试。",
)
_DOOR = BoundedSemaphore(AT_ONCE)


@contextmanager
def door() -> Iterator[None]:
    """Few at a time: a crowd that sends passwords takes neither the memory nor the connections of all others.

    Taken before the unit of work in which a password is looked at.

    Raises:
        TooManyTries: nobody before has left in time.
    """
    if not _DOOR.acquire(timeout=PATIENCE):
        words = Text(
            "Very many are signing in at this moment. Please try again shortly.",
            "当前登录人数过多，请稍后再试。",
        )
        raise TooManyTries(words, retry_after=int(PATIENCE))
    try:
        yield
    finally:
        _DOOR.release()


def one_after_the_other(session: Session, username: str) -> None:
    """Those who try a name wait for each other, whether anybody has it or not: the answers must not tell."""
    alone(session, f"sign in/{kept(username)}")


def check_address(session: Session, ip: str) -> None:
    """Raises TooManyTries: too many failures from this address."""
    since = clock.now() - LOCK
    tries = session.exec(
        select(func.count())
        .select_from(SignInAttempt)
        .where(SignInAttempt.ip == ip, col(SignInAttempt.at) > since)
    ).one()
    if tries >= TRIES_BY_ADDRESS:
        raise TooManyTries(
            Text(
                "Too many failed sign-ins from this address. Try again in 15 minutes.",
                "该网络地址登录失败次数过多，请 15 分钟后再试。",
            )
        )


def wrong_key(session: Session, name: str, ip: str) -> None:
    """Write down that a key which opens nothing came from an address; keys that work are not hindered by it.

    Raises:
        TooManyTries: too many failures from this address.
    """
    check_address(session, ip)
    session.add(SignInAttempt(username=name, ip=ip, at=clock.now()))


def is_locked(session: Session, user: User | None, username: str) -> bool:
    """Names nobody has lock like others, and as long."""
    if user is not None:
        return user.locked_until is not None and user.locked_until > clock.now()
    last = session.exec(select(func.max(SignInAttempt.at)).where(_with_name(username))).one()
    if last is None or last + LOCK <= clock.now():
        return False
    return _failures(session, username, last) >= TRIES_BEFORE_LOCK


def failed(session: Session, user: User | None, username: str, ip: str) -> bool:
    """Write a failure down; is the name locked from now on?"""
    now = clock.now()
    session.add(SignInAttempt(username=kept(username), ip=ip, at=now))
    count = _failures(session, username, now)
    locked = count >= TRIES_BEFORE_LOCK
    if user is not None:
        user.failed_attempts = 0 if locked else count
        user.locked_until = now + LOCK if locked else None
    return locked


def forgive(session: Session, user: User) -> None:
    """Nothing is held against the account any more; that somebody tried stays counted for the address."""
    user.failed_attempts, user.locked_until = 0, None
    session.execute(update(SignInAttempt).where(_with_name(user.username)).values(username=""))


def kept(username: str) -> str:
    """As much of a name as is written down."""
    return username[:200]


def _failures(session: Session, username: str, until: datetime) -> int:
    """How often the name was tried in vain in the quarter of an hour before an instant."""
    within = (col(SignInAttempt.at) > until - LOCK, col(SignInAttempt.at) <= until)
    query = select(func.count()).select_from(SignInAttempt)
    return session.exec(query.where(_with_name(username), *within)).one()


def _with_name(username: str) -> ColumnElement[bool]:
    return col(SignInAttempt.username) == kept(username)
