"""Personal data: masked by default, shown for a reason, every look written down (rule M10)."""

from typing import Any

from sqlmodel import Session

from models.tables import Case
from models.vocabulary.errors import Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.text import Text
from models.vocabulary.whole import is_whole
from services import audit
from services.access import Actor, case_for, owns, reads_personal

SHORTEST_REASON = 4
LONGEST_REASON = 200


def reveal(session: Session, actor: Actor, case_no: str, path: str, reason: str) -> str:
    """The unmasked value at a dotted path of the case's form (rule M10); who looked and why is kept.

    Raises:
        NotFound: no such case for this person, or nothing at that path.
        NotAllowed: neither staff nor the filing party; administrators' work needs no personal data.
        Invalid: the reason is missing.
    """
    case = case_for(session, actor, case_no, lock=True)
    if not reads_personal(actor, case):
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


def looked(session: Session, actor: Actor, case: Case, what: str, sha256: str) -> None:
    """Keep that somebody other than its owner has opened a paper that shows personal data in full (rule M10)."""
    if owns(actor, case):
        return
    case = case_for(session, actor, case.case_no, lock=True)
    audit.record(
        session, Event.PERSONAL_DATA_SEEN, case=case, actor=actor, rests_on=sha256, data={"path": what}
    )


def taken(
    session: Session, actor: Actor, case: Case, what: str, title: str, sha256: str, personal: bool
) -> None:
    """Keep that somebody has taken a paper of the case away; of one with personal data it is a look (rule M10)."""
    if personal and not owns(actor, case):
        looked(session, actor, case, what, sha256)
        return
    case = case_for(session, actor, case.case_no, lock=True)
    words = {"zh": f"下载“{title}”", "en": f"Downloaded “{title}”"}
    audit.record(
        session, Event.EXPORTED, case=case, actor=actor, rests_on=sha256, data={"what": what, "text": words}
    )


def _leaf(form: Any, path: str) -> str:
    """The text or number at a dotted path; lists by index. Raises NotFound."""
    for part in path.split("."):
        if isinstance(form, dict):
            form = form.get(part)
        elif isinstance(form, list) and is_whole(part) and int(part) < len(form):
            form = form[int(part)]
        else:
            raise NotFound
    if form is None or isinstance(form, dict | list):
        raise NotFound
    return str(form)
