"""Time limits 期限: their values, with the dates from which they hold."""

from datetime import date

from sqlmodel import Session, col, select

from models.tables import LimitSetting
from models.vocabulary.limits import DEFAULT_LIMITS
from services import clock

#: Seeded values hold since the measures came into force.
IN_FORCE_SINCE = date(2025, 11, 1)


def value(session: Session, key: str, on: date | None = None) -> int:
    """The value of a limit on a day (today if None), in the unit its key names.

    Raises:
        KeyError: no setting and no default has this key.
    """
    day = on or clock.today().date()
    row = session.exec(
        select(LimitSetting.value)
        .where(LimitSetting.key == key, LimitSetting.effective_from <= day)
        .order_by(col(LimitSetting.effective_from).desc(), col(LimitSetting.id).desc())
        .limit(1)
    ).first()
    return DEFAULT_LIMITS[key] if row is None else row


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
