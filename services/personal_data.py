"""Personal data: masked by default, shown for a reason, every look written down (rule M10)."""

from typing import Any

from sqlmodel import Session

from models.vocabulary.errors import Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import OVERSIGHT, STAFF
from models.vocabulary.text import Text
from services import audit
from services.access import Actor, case_for

SHORTEST_REASON = 4
LONGEST_REASON = 200


def reveal(session: Session, actor: Actor, case_no: str, path: str, reason: str) -> str:
    """The unmasked value at a dotted path of the case's form (rule M10); who looked and why is kept.

    Raises:
        NotFound: no such case for this person, or nothing at that path.
        NotAllowed: neither staff nor the filing party.
        Invalid: the reason is missing.
    """
    case = case_for(session, actor, case_no, lock=True)
    is_party = actor.party_id is not None and actor.party_id in (case.filer_id, case.principal_id)
    if not is_party and not actor.is_any(*STAFF, *OVERSIGHT):
        raise NotAllowed(
            Text(
                "Personal data is shown to the staff in charge only.",
                "个人信息仅限经办机构工作人员因办件需要查看。",
            )
        )
    reason = reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Invalid(
            (
                Problem(
                    "reason",
                    Text(
                        "Say in a few words why you need it.",
                        "请写明查看原因（4 至 200 字），例如：核对申请人身份。",
                    ),
                ),
            )
        )
    value = _leaf(case.form, path)
    audit.record(
        session, Event.PERSONAL_DATA_SEEN, case=case, actor=actor, data={"path": path, "reason": reason}
    )
    return value


def _leaf(form: Any, path: str) -> str:
    """The text or number at a dotted path; lists by index. Raises NotFound."""
    for part in path.split("."):
        if isinstance(form, dict):
            form = form.get(part)
        elif isinstance(form, list) and part.isdigit() and int(part) < len(form):
            form = form[int(part)]
        else:
            raise NotFound
    if form is None or isinstance(form, dict | list):
        raise NotFound
    return str(form)
