"""What time it is. Services ask here, so that a test can move time without touching the machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_fixed: ContextVar[datetime | None] = ContextVar("fixed_now", default=None)


def now() -> datetime:
    """The present instant, aware, UTC."""
    return _fixed.get() or datetime.now(UTC)


def today() -> "datetime":
    """The present instant in Shanghai."""
    return now().astimezone(SHANGHAI)


@contextmanager
def at(moment: datetime | None) -> Iterator[None]:
    """Inside, `now()` answers `moment`; None changes nothing."""
    if moment is None:
        yield
        return
    token = _fixed.set(moment)
    try:
        yield
    finally:
        _fixed.reset(token)
