"""Cases the office opens by itself 依职权办理: about a published entry, on the side of whoever holds it."""

from sqlmodel import Session, select

from models.tables import Case, Party, Project
from models.vocabulary.specs import ProcedureSpec
from models.vocabulary.text import Text
from services.access import Actor
from services.alone import found_or_made

#: The centre as a party: it stands on a draft until the entry, and with it the holder, is settled.
OFFICE_KEY = "office:centre"
OFFICE_NAME = "上海市减污降碳管理运行技术中心"


def side_of(session: Session, actor: Actor, spec: ProcedureSpec) -> int | None:
    """The party a new draft lies with: the actor's own, or the office where the office opens it. None: none."""
    return _office(session).id if spec.ex_officio else actor.party_id


def _office(session: Session) -> Party:
    return found_or_made(
        session,
        f"party/{OFFICE_KEY}",
        lambda: session.exec(select(Party).where(Party.key == OFFICE_KEY)).first(),
        lambda: Party(key=OFFICE_KEY, kind="authority", name=OFFICE_NAME, account_active=False),
    )


def turn_to_holder(session: Session, case: Case) -> None:
    """From its submission the case lies with the holder of the entry: asked, told, and read by them."""
    entry = session.get_one(Project, case.project_id)
    theirs = session.get_one(Case, entry.case_id)
    case.filer_id, case.principal_id, case.title = theirs.filer_id, theirs.principal_id, entry.name[:200]
    case.methodology, case.methodology_version = entry.methodology, entry.methodology_version
    case.district = entry.district


def not_withdrawn(case: Case) -> Text:
    """Why the holder cannot take the case back."""
    return Text(
        f"{case.case_no} was opened by the office; it cannot be withdrawn.",
        f"{case.case_no} 由中心依职权启动，不能撤回；如有异议，请在反馈环节提出。",
    )
