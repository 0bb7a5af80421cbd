"""States of a published entry after an evaluation: suspended, going on, struck off (G29). Each act once."""

from sqlmodel import Session

from models.tables import Case, Project
from models.vocabulary.events import Event
from models.vocabulary.text import Text
from services import audit, clock

_OVER = ("closed", "deregistered")


def about(session: Session, case: Case) -> Project:
    """The published entry a case is about. Raises NoResultFound where it is about none."""
    return session.get_one(Project, case.project_id)


def suspend(session: Session, case: Case) -> None:
    """Neither records are taken nor reductions issued until it goes on; what it was is kept."""
    entry = about(session, case)
    if entry.state in ("suspended", *_OVER):
        return
    before = {"from": entry.state, "case_no": case.case_no, "at": clock.now().isoformat()}
    entry.data, entry.state = {**entry.data, "suspension": before}, "suspended"
    _told(
        session,
        Event.PROJECT_SUSPENDED,
        case,
        entry,
        Text(f"{entry.number} is suspended", f"{entry.number} 暂停数据报送和减排量签发"),
    )


def resume(session: Session, case: Case) -> None:
    """As it was before the suspension; what is not suspended stays as it is."""
    entry = about(session, case)
    if entry.state != "suspended":
        return
    entry.state = str((entry.data.get("suspension") or {}).get("from") or "implementing")
    entry.data = {key: value for key, value in entry.data.items() if key != "suspension"}
    said = Text(f"{entry.number} goes on", f"{entry.number} 恢复数据报送和减排量签发")
    _told(session, Event.PROJECT_RESUMED, case, entry, said)


def case_ended(session: Session, case: Case) -> None:
    """What the case itself suspended goes on, where two persons ended it before anybody decided."""
    entry = session.get(Project, case.project_id) if case.project_id is not None else None
    if entry is not None and (entry.data.get("suspension") or {}).get("case_no") == case.case_no:
        resume(session, case)


def deregister(session: Session, case: Case) -> None:
    """Struck off the register by the bureau's decision; what was issued stays with its holders."""
    entry = about(session, case)
    if entry.state == "deregistered":
        return
    entry.data = {**entry.data, "deregistered_at": clock.now().isoformat(), "deregistered_by": case.case_no}
    entry.state = "deregistered"
    said = Text(f"{entry.number} is struck off the register", f"{entry.number} 自登记簿注销")
    _told(session, Event.PROJECT_DEREGISTERED, case, entry, said)


def _told(session: Session, event: Event, case: Case, entry: Project, said: Text) -> None:
    words = {"zh": said.zh, "en": said.en}
    audit.record(session, event, case=case, public=True, data={"project": entry.number, "text": words})
