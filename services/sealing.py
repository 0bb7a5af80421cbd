"""The keys of data at rest, from the settings of this process (M10)."""

from sqlmodel import Session, col, or_, select

from models.tables import Case, User
from models.tables.sealed import CannotOpen, keys_from, open_file, seal_file
from services.settings import settings

keys_from(lambda: settings().data_secrets)

__all__ = ["fits", "open_file", "seal_file"]


def fits(session: Session) -> bool:
    """Whether the keys open what is there: the oldest and the newest of persons and cases, for keys are added."""
    reach = select(User.email, User.mobile).where(or_(col(User.email) != "", col(User.mobile) != "")).limit(1)
    typed = select(Case.form).limit(1)
    by_number, by_time = col(User.id), col(Case.created_at)
    try:
        session.exec(reach.order_by(by_number)).all()
        session.exec(reach.order_by(by_number.desc())).all()
        session.exec(typed.order_by(by_time)).all()
        session.exec(typed.order_by(by_time.desc())).all()
    except CannotOpen:
        return False
    return True
