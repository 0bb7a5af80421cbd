"""Whom the ledger tells: who has something to answer before its time is over, and who waited for the answer (M08)."""

from datetime import datetime

from sqlmodel import Session, col, select

from models.tables import Good, LedgerAccount, Offer, Redemption, ReplacementDuty, User
from models.vocabulary.amounts import tonnes
from models.vocabulary.roles import Role
from models.vocabulary.text import Text, day_in_words
from models.vocabulary.trades import KINDS, STATES
from services import notifications, stand_ins
from services.clock import SHANGHAI

MARKET, GOODS, DEBTS = "/ledger/market", "/ledger/goods", "/ledger/overview"


def of_offer(session: Session, row: Offer, what: str) -> int:
    """Tell the other side of what was offered to it, the exchange of what it settles, the seller of the outcome.

    Returns:
        How many messages are new.
    """
    if what == "offered" and row.buyer_id is not None:
        asked = _people(session, row.buyer_id)
        return _tell(session, asked, f"{row.number}/asked", _asked(session, row), mail=True)
    if what == "accepted" and row.kind == "agreement":
        said = Text(
            f"Agreement {row.number} waits to be checked and settled.",
            f"协议转让 {row.number} 双方已确认，请核验交割。",
        )
        return _tell(session, notifications.holders(session, Role.EXCHANGE), f"{row.number}/settle", said)
    if what in ("settled", "rejected", "expired"):
        return _tell(session, _people(session, row.seller_id), f"{row.number}/{what}", _ended(row, what))
    return 0


def _asked(session: Session, row: Offer) -> Text:
    """What is offered, by which account, and the last day to answer."""
    seller = session.get_one(LedgerAccount, row.seller_id).number
    kind, amount, day = KINDS[row.kind], tonnes(row.amount_g), _day(row.expires_at)
    return Text(
        f"{kind.en} {row.number}: account {seller} offers you {amount} t. Answer by {day.en}, or it goes back.",
        f"请办理：确认{kind.zh} {row.number}——账户 {seller}，{amount} 吨，请于 {day.zh} 前确认，逾期自动退回。",
    )


def _ended(row: Offer, what: str) -> Text:
    kind, state = KINDS[row.kind], STATES[what]
    return Text(f"{kind.en} {row.number}: {state.en}.", f"{kind.zh} {row.number}：{state.zh}。")


def of_order(session: Session, row: Redemption, what: str) -> int:
    """Tell the merchant of an order, and whoever ordered of what became of it.

    Returns:
        How many messages are new.
    """
    good = session.get_one(Good, row.good_id)
    if what == "ordered":
        day = _day(row.expires_at)
        said = Text(
            f"Order {row.number}: “{good.title}” × {row.quantity}. Hand over by {day.en}, or the points go back.",
            f"请办理：兑付 {row.number}——{good.title} × {row.quantity}，请于 {day.zh} 前兑付，逾期积分自动退回。",
        )
        keepers = _of_party(session, good.merchant_id)
        return _tell(session, keepers, f"{row.number}/asked", said, link=GOODS, mail=True)
    said = (
        Text(
            f"Order {row.number}: “{good.title}” × {row.quantity} was handed over.",
            f"兑换单 {row.number}：{good.title} × {row.quantity} 已兑付。",
        )
        if what == "fulfilled"
        else Text(
            f"Order {row.number}: “{good.title}” × {row.quantity} came back with its {row.points:,} points.",
            f"兑换单 {row.number}：{good.title} × {row.quantity} 未兑付，{row.points:,} 积分已退回。",
        )
    )
    return _tell(session, _people(session, row.account_id), f"{row.number}/{what}", said, link=GOODS)


def of_debt(session: Session, duty: ReplacementDuty, case_no: str) -> int:
    """Ask whoever owes after a correction to replace it (G27).

    Returns:
        How many messages are new.
    """
    said = Text(
        f"Correction {case_no}: {tonnes(duty.grams)} t of lot {duty.lot_number} have to be replaced. Cancel as much "
        "from your account, or it is taken out of your next issuance.",
        f"请办理：数据修正 {case_no}——批次 {duty.lot_number} 应补足 {tonnes(duty.grams)} 吨，"
        "可以在登记账户中注销等量减排量抵补；未抵补的，从以后签发的减排量中扣抵。",
    )
    debtor = _of_party(session, duty.party_id)
    return _tell(session, debtor, f"duty/{duty.id}/owed", said, link="/ledger", mail=True)


def of_netting(
    session: Session, party_id: int, case_no: str, lot_number: str, issued: int, grams: int
) -> int:
    """Tell a holder what was taken out of its part of an issuance towards what it owed, and what it has of it (G27).

    Args:
        issued: grams of its part. grams: of these, what was taken.

    Returns:
        How many messages are new.
    """
    said = Text(
        f"{case_no}: of {tonnes(issued)} t you were issued of lot {lot_number}, {tonnes(grams)} t were taken for what "
        f"a correction had left owed; {tonnes(issued - grams)} t are in your account.",
        f"{case_no}：所得批次 {lot_number} 的减排量 {tonnes(issued)} 吨中，{tonnes(grams)} 吨已扣抵数据修正后应补足的减排量，"
        f"实际入账 {tonnes(issued - grams)} 吨。",
    )
    return _tell(
        session, _of_party(session, party_id), f"netted/{case_no}/{lot_number}", said, link="/ledger"
    )


def of_replacement(session: Session, duty: ReplacementDuty, case_no: str, grams: int, act_id: str) -> int:
    """Tell the office what was cancelled towards a duty, and what is left of it.

    Returns:
        How many messages are new.
    """
    left, whole = tonnes(duty.grams - duty.settled_g), duty.state == "settled"
    said = Text(
        f"Correction {case_no}: {tonnes(grams)} t cancelled for lot {duty.lot_number}; "
        + ("nothing is owed any more." if whole else f"{left} t still owed."),
        f"数据修正 {case_no}：已注销 {tonnes(grams)} 吨抵补批次 {duty.lot_number}，"
        + ("已全部补足。" if whole else f"尚需补足 {left} 吨。"),
    )
    office = {*notifications.holders(session, Role.ISSUER), *notifications.holders(session, Role.SUPERVISOR)}
    return _tell(session, sorted(office), f"duty/{duty.id}/{act_id}", said, link=DEBTS)


def _tell(
    session: Session, people: list[int], dedupe: str, said: Text, *, link: str = MARKET, mail: bool = False
) -> int:
    """By mail only where an answer is asked."""
    return notifications.notify(
        session, user_ids=people, kind="ledger", dedupe=f"ledger/{dedupe}", text=said, link=link, mail=mail
    )


def _people(session: Session, account_id: int) -> list[int]:
    return _of_party(session, session.get_one(LedgerAccount, account_id).party_id)


def _of_party(session: Session, party_id: int) -> list[int]:
    """Everybody who acts for the party, or their stand-ins; a natural person is a party too."""
    query = select(User.id).where(col(User.party_id) == party_id, col(User.active).is_(True))
    own = [i for i in session.exec(query) if i is not None]
    return stand_ins.present(session, own)


def _day(until: datetime) -> Text:
    """The last instant, as people write it."""
    here = until.astimezone(SHANGHAI)
    day = day_in_words(here)
    return Text(f"{day.en} {here:%H:%M}", f"{day.zh} {here:%H:%M}")
