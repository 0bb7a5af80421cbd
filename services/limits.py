"""Time limits 期限: their values, with the dates from which they hold."""

from datetime import date, datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models.tables import LimitSetting
from models.vocabulary.errors import Invalid, Problem
from models.vocabulary.limits import DEFAULT_LIMITS
from models.vocabulary.text import Text
from services import clock, direct, from_when, pictures
from services.clock import SHANGHAI

#: Seeded values hold since the measures came into force.
IN_FORCE_SINCE = date(2025, 11, 1)

#: What the measures themselves fix; no setting goes below it (M05, G12).
LEAST = {"publicity_wd": 5, "panel_min": 5}


def value(session: Session, key: str, on: date | None = None) -> int:
    """The value of a limit on a day (today if None), in the unit its key names.

    Raises:
        KeyError: no setting and no default has this key.
    """
    return values(session, on)[key]


def values(session: Session, on: date | None = None) -> dict[str, int]:
    """All limits of a day (today if None), as `value` gives each; one statement."""
    day = on or clock.today().date()
    return pictures.once(session, ("limits", day), lambda: _in_force(session, day))


def _in_force(session: Session, day: date) -> dict[str, int]:
    set_ = {row.key: row.value for row in direct.ask(session, _SET, {"day": day})}
    return {key: max(n, LEAST.get(key, 0)) for key, n in (DEFAULT_LIMITS | set_).items()}


_SET = (
    select(LimitSetting.key, LimitSetting.value)
    .where(col(LimitSetting.effective_from) <= bindparam("day"))
    .order_by(col(LimitSetting.effective_from), col(LimitSetting.id))
)


def when_filed(session: Session, at: datetime | None) -> dict[str, int]:
    """All limits as whoever filed at an instant found them (now if None): what is set later that day counts for others.

    A course that has to begin again asks this a second time, months later perhaps, and hears what it heard before.
    """
    moment = at or clock.now()
    rows = direct.ask(session, _SET_BY, {"day": moment.astimezone(SHANGHAI).date(), "at": moment})
    set_ = {row.key: row.value for row in rows}
    return {key: max(n, LEAST.get(key, 0)) for key, n in (DEFAULT_LIMITS | set_).items()}


_SET_BY = _SET.where(col(LimitSetting.created_at) <= bindparam("at"))


def change(
    session: Session, key: str, days: int, effective_from: date, note: str, user_id: int | None
) -> LimitSetting:
    """Set a limit from a day on; limits that run already keep theirs.

    Raises:
        Invalid: unknown limit, below what the rules allow, or in the past.
    """
    problems, least = [], LEAST.get(key, 1)
    if key not in DEFAULT_LIMITS:
        problems.append(Problem("key", Text(f"There is no limit “{key}”.", f"没有“{key}”这一期限。")))
    if days < least:
        problems.append(
            Problem("value", Text(f"The rules allow no less than {least}.", f"按规定不得少于 {least}。"))
        )
    problems += from_when.not_past(effective_from)
    if problems:
        raise Invalid(tuple(problems))
    row = LimitSetting(key=key, value=days, effective_from=effective_from, note=note.strip(), by_user=user_id,
                       created_at=clock.now())  # fmt: skip
    session.add(row)
    session.flush()
    pictures.changed(session)
    return row


def seed(session: Session) -> None:
    """The default of every limit that has no setting yet."""
    there = set(session.exec(select(LimitSetting.key)).all())
    session.add_all(
        LimitSetting(
            key=key, value=days, effective_from=IN_FORCE_SINCE, note="默认值", created_at=clock.now()
        )
        for key, days in DEFAULT_LIMITS.items()
        if key not in there
    )
    session.flush()
