"""What a case has come to when it ends well, and where its filer finds that."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from models.tables import AuditEvent, Case, Claim, Lot, ReplacementDuty
from models.vocabulary.amounts import tonnes
from models.vocabulary.events import Event
from models.vocabulary.statuses import CaseStatus
from models.vocabulary.text import Text
from services import mall, projects

_NOTHING = Text("", "")


@dataclass(frozen=True)
class Ending:
    """`label` and `numbers`: what it is called from now on; `links`: (words, address), the first the one to take.

    `more`: what has to be known besides. Not `good` where the case has ended and its filer still has something to do.
    """

    title: Text
    label: Text
    numbers: tuple[str, ...]
    links: tuple[tuple[Text, str], ...]
    good: bool = True
    more: Text = _NOTHING


_ENTRY = Text("See the publication", "查看公布信息")


def ending(session: Session, case: Case) -> Ending | None:
    """What a case has come to; None while it goes on, and where nothing is left to be looked at or done."""
    if case.status in (CaseStatus.PUBLISHED.value, CaseStatus.ONLINE.value):
        return _entry(session, case) or _member(session, case)
    if case.status == CaseStatus.CLOSED.value:
        return _owing(session, case)
    return _issued(session, case) if case.status == CaseStatus.ISSUED.value else None


def _owing(session: Session, case: Case) -> Ending | None:
    """What its correction left owed; there is no limit, but the next issuance is netted (G27)."""
    mine = ReplacementDuty.case_id == case.id, ReplacementDuty.party_id == case.filer_id
    owed = session.exec(select(ReplacementDuty).where(*mine, ReplacementDuty.state == "open")).all()
    if not owed:
        return None
    left = tonnes(sum(duty.grams - duty.settled_g for duty in owed))
    return Ending(
        Text("Reductions are left to be replaced", "数据修正后尚有减排量需要补足"),
        Text(
            "Still owed (cancel as much, or the next issuance is netted):",
            "尚需补足（注销等量减排量抵补；未抵补的，从以后签发的减排量中扣抵）：",
        ),
        (f"{left} tCO₂e",),
        ((Text("Open the ledger", "查看登记簿"), "/ledger"),),
        good=False,
    )


def _entry(session: Session, case: Case) -> Ending | None:
    entry = projects.of_case(session, case.id)
    if entry is None:
        return None
    page = (_ENTRY, f"/projects/{entry.number}")
    data = (Text("Report its data", "报送数据"), f"/my/projects/{entry.number}/data")
    if entry.kind == "scenario":
        online = case.status == CaseStatus.ONLINE.value
        title = (
            Text("The scenario is published and online", "减排场景已公布并上线")
            if online
            else Text("The scenario has been published", "减排场景已向社会公布")
        )
        return Ending(title, Text("Scenario number", "场景编号"), (entry.number,), (page, data))
    return Ending(
        Text("The project has been published", "项目已向社会公布"),
        Text("Project number", "项目编号"),
        (entry.number,),
        (page, data),
    )


def _member(session: Session, case: Case) -> Ending | None:
    member = mall.of_case(session, case)
    if member is None:
        return None
    return Ending(
        Text("You are in the mall", "已入驻碳积分商城"),
        Text("Member number", "入驻编号"),
        (member.number,),
        (
            (Text("Goods and orders", "权益和兑换单"), "/ledger/goods"),
            (Text("The public page", "查看公开页面"), f"/mall/{member.number}"),
        ),
    )


def _issued(session: Session, case: Case) -> Ending | None:
    lots = session.exec(
        select(Lot.number)
        .join(Claim, col(Claim.id) == col(Lot.claim_id))
        .where(col(Claim.case_id) == case.id)
        .order_by(col(Lot.number))
    ).all()
    if not lots:
        return None
    return Ending(
        Text("The reductions are in the ledger", "减排量已签发并登记入账"),
        Text("Lot", "批次"),
        tuple(lots),
        ((Text("Open the ledger", "查看登记簿"), "/ledger"),),
        more=_netted(session, case),
    )


def _netted(session: Session, case: Case) -> Text:
    """What was issued, what of it replaced what was owed, and what is in the accounts; empty where nothing was owed."""
    found = session.exec(
        select(AuditEvent)
        .where(AuditEvent.case_id == case.id, AuditEvent.event == Event.REDUCTION_ISSUED.value)
        .order_by(col(AuditEvent.id).desc())
    ).first()
    if found is None or not int(found.data.get("netted_g") or 0):
        return _NOTHING
    told = found.data["text"]
    return Text(str(told["en"]), f"{told['zh']}。")
