"""What a holder does on the ledger, once for pages and programs: the body of each act and who carries it out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from models.tables import Act, LedgerAccount, Lot, Offer
from models.vocabulary.amounts import CancelPurpose
from models.vocabulary.errors import Invalid, NotFound, Problem
from models.vocabulary.text import Text
from services import ledger, ledger_issuance, points, purposes, replacements, trading
from services.access import Actor

GRAMS = Field(gt=0, le=2**62, strict=True, description="grams of CO2e", examples=[1_000_000])
LOT = Field(max_length=80, description="number of the lot", examples=["SHPH-XM-2026-0001-01"])
ACCOUNT = Field(max_length=40, description="number of the other account", examples=["SHJG-2026-000001"])
NOTE = Field(default="", max_length=200)
FEN = Field(gt=0, le=10**9, strict=True, description="fen a tonne", examples=[6000])
POINTS = Field(gt=0, le=2**62, strict=True, description="1 point is 1 gram", examples=[1000])


class Body(BaseModel):
    """Of an act; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class CancelIn(Body):
    """Cancel reductions for good. Compliance: class I and quota-managed units only."""

    lot: str = LOT
    amount_g: int = GRAMS
    purpose: CancelPurpose = Field(examples=["voluntary"])
    beneficiary: str = Field(default="", max_length=80, examples=["上海示例会展有限公司"])
    reason: str = NOTE


class ReplaceIn(Body):
    """Cancel reductions for good towards what a correction left owed."""

    duty: int = Field(gt=0, le=2**62, strict=True, description="`id` of the duty", examples=[1])
    lot: str = LOT
    amount_g: int = GRAMS
    reason: str = NOTE


class TransferIn(Body):
    """Offer grams to another account; it accepts or declines."""

    to: str = ACCOUNT
    lot: str = LOT
    amount_g: int = GRAMS
    reason: str = NOTE


class AgreementIn(TransferIn):
    """Sell to one account at an agreed price; the exchange settles."""

    price_fen: int = FEN


class ListingIn(Body):
    """Offer whole tonnes to whoever buys first."""

    lot: str = LOT
    amount_g: int = GRAMS
    price_fen: int = FEN
    reason: str = NOTE


class ConvertIn(Body):
    """Turn one's own reductions into points; there is no way back."""

    lot: str = LOT
    amount_g: int = GRAMS


class DonateIn(Body):
    """Donate points to a named purpose."""

    purpose: str = Field(max_length=40, description="number of the purpose", examples=["JZ-2026-00001"])
    points: int = POINTS


class CancelPointsIn(Body):
    """Cancel points for good."""

    points: int = POINTS
    beneficiary: str = Field(default="", max_length=80)


def lot_of(session: Session, number: str) -> Lot:
    """The lot, or Invalid at its field."""
    found = ledger_issuance.lot(session, number.replace("\x00", ""))
    if found is None:
        raise Invalid((Problem("lot", Text("No such lot.", "未找到该批次，请从持有的批次中选择。")),))
    return found


def other_account(session: Session, number: str) -> LedgerAccount:
    """The counterparty's account, or Invalid at its field."""
    try:
        return ledger.account(session, number.strip().replace("\x00", ""))
    except NotFound as error:
        told = Text("There is no such account.", "未找到该账户，请核对账户编号。")
        raise Invalid((Problem("to", told),)) from error


def cancel(session: Session, me: Actor, account: LedgerAccount, key: str, body: CancelIn) -> Act:
    """Carry out `CancelIn`."""
    return ledger.cancel(
        session, me, key=key, lot=lot_of(session, body.lot), source=account, amount=body.amount_g,
        purpose=body.purpose, beneficiary=body.beneficiary.strip(), reason=body.reason,
    )  # fmt: skip


def replace(session: Session, me: Actor, account: LedgerAccount, key: str, body: ReplaceIn) -> Act:
    """Carry out `ReplaceIn`."""
    return replacements.cancel(
        session, me, key=key, duty_id=body.duty, lot=lot_of(session, body.lot), source=account,
        amount=body.amount_g, reason=body.reason,
    )  # fmt: skip


def transfer(session: Session, me: Actor, account: LedgerAccount, key: str, body: TransferIn) -> Offer:
    """Carry out `TransferIn` or `AgreementIn`."""
    price = body.price_fen if isinstance(body, AgreementIn) else 0
    return trading.offer(
        session, me, key=key, kind="agreement" if price else "transfer", source=account,
        lot=lot_of(session, body.lot), amount=body.amount_g, target=other_account(session, body.to),
        price_fen=price, reason=body.reason,
    )  # fmt: skip


def listing(session: Session, me: Actor, account: LedgerAccount, key: str, body: ListingIn) -> Offer:
    """Carry out `ListingIn`."""
    return trading.offer(
        session, me, key=key, kind="listing", source=account, lot=lot_of(session, body.lot),
        amount=body.amount_g, price_fen=body.price_fen, reason=body.reason,
    )  # fmt: skip


def convert(session: Session, me: Actor, account: LedgerAccount, key: str, body: ConvertIn) -> Act:
    """Carry out `ConvertIn`."""
    return points.convert(
        session, me, key=key, account=account, lot=lot_of(session, body.lot), amount=body.amount_g
    )


def donate(session: Session, me: Actor, account: LedgerAccount, key: str, body: DonateIn) -> Act:
    """Carry out `DonateIn`."""
    purpose = purposes.one(session, body.purpose)
    return points.donate(session, me, key=key, account=account, purpose=purpose, amount=body.points)


def cancel_points(session: Session, me: Actor, account: LedgerAccount, key: str, body: CancelPointsIn) -> Act:
    """Carry out `CancelPointsIn`."""
    return points.cancel(
        session, me, key=key, account=account, amount=body.points, beneficiary=body.beneficiary.strip()
    )


NOTHING = Text("", "")


@dataclass(frozen=True)
class Asked:
    """A field of an act's page. kind: duty | lot | tonnes | points | account | yuan | choice | purpose | text."""

    name: str
    kind: str
    label: Text
    hint: Text = NOTHING
    required: bool = True


@dataclass(frozen=True)
class ActSpec:
    """An act as its page shows it. `final`: cannot be taken back, and is confirmed."""

    key: str
    title: Text
    lead: Text
    body: type[Body]
    do: Callable[..., Any]
    fields: tuple[Asked, ...]
    final: bool = False
    of: str = ""  # person | institution | either
    icon: str = "arrows-exchange"


_LOT = Asked("lot", "lot", Text("Lot", "批次"))
_TONNES = Asked(
    "amount_g",
    "tonnes",
    Text("Amount (t CO₂e)", "数量（吨）"),
    Text("Up to six decimals.", "最多六位小数，精确到克。"),
)
_WHOLE = Asked(
    "amount_g", "tonnes", Text("Amount (t CO₂e)", "数量（吨）"), Text("Whole tonnes.", "交易按整吨进行。")
)
_TO = Asked("to", "account", Text("Account of the other side", "对方账户编号"))
_PRICE = Asked("price_fen", "yuan", Text("Price (yuan a tonne)", "单价（元/吨）"))
_NOTE = Asked("reason", "text", Text("Remark", "备注"), required=False)
_POINTS = Asked(
    "points",
    "points",
    Text("Points", "碳积分"),
    Text("1 point is 1 gram.", "1 碳积分等于 1 克二氧化碳当量。"),
)
_FOR = Asked(
    "beneficiary", "text", Text("In the name of", "受益人"),
    Text("Printed on the certificate.", "将载入凭证，可填写单位、活动或个人名称。"), required=False,
)  # fmt: skip

SPECS: dict[str, ActSpec] = {
    s.key: s
    for s in (
        ActSpec(
            "cancel", Text("Cancel reductions", "注销减排量"),
            Text("Cancelled units are used up and never move again.", "注销后的减排量视为已使用，不能再划转或交易。"),
            CancelIn, cancel, (_LOT, _TONNES, Asked("purpose", "choice", Text("Purpose", "用途")), _FOR, _NOTE),
            final=True, icon="circle-check",
        ),
        ActSpec(
            "replace", Text("Replace what is owed", "抵补应补足的减排量"),
            Text("Reductions issued too much were gone when the data were corrected. Cancelling as much meets the duty; "
                 "what is not replaced is taken out of your next issuance.",
                 "数据修正后，多签发的减排量已不在账户中的，注销等量减排量抵补；未抵补的，从以后签发的减排量中扣抵。"),
            ReplaceIn, replace,
            (Asked("duty", "duty", Text("What is owed", "应补足的减排量")), _LOT, _TONNES, _NOTE),
            final=True, icon="scale",
        ),
        ActSpec(
            "transfer", Text("Transfer", "划转减排量"),
            Text("Set aside now, moved when the other side accepts, returned after 10 days.",
                 "提交后先行冻结，对方确认后划转；10 日内未确认的自动解冻退回。"),
            TransferIn, transfer, (_TO, _LOT, _TONNES, _NOTE), icon="arrow-right",
        ),
        ActSpec(
            "agreement", Text("Sell by agreement", "协议转让"),
            Text("Set aside now; the other side accepts, the exchange settles delivery against payment.",
                 "提交后先行冻结，对方确认后由环交所核验，券款同时交割。"),
            AgreementIn, transfer, (_TO, _LOT, _WHOLE, _PRICE, _NOTE), icon="file-dollar",
        ),
        ActSpec(
            "listing", Text("List for sale", "挂牌出售"),
            Text("Set aside now; whoever buys pays at once, in whole or in part.",
                 "提交后先行冻结，其他账户可全部或部分买入，款项即时划付。"),
            ListingIn, listing, (_LOT, _WHOLE, _PRICE, _NOTE), icon="building-store",
        ),
        ActSpec(
            "convert", Text("Convert into points", "转换为碳积分"),
            Text("1 gram becomes 1 point. There is no way back.", "1 克减排量转换为 1 碳积分，转换后不能退回。"),
            ConvertIn, convert, (_LOT, _TONNES), final=True, of="person", icon="coins",
        ),
        ActSpec(
            "donate", Text("Donate points", "捐赠碳积分"),
            Text("For the carbon neutrality of the purpose you choose; you get a certificate.",
                 "用于所选用途实现碳中和，捐赠后出具凭证。"),
            DonateIn, donate, (Asked("purpose", "purpose", Text("Purpose", "捐赠用途")), _POINTS), final=True, icon="heart",
        ),
        ActSpec(
            "cancel-points", Text("Cancel points", "注销碳积分"),
            Text("Points and the reductions behind them are used up; you get a certificate.",
                 "碳积分及其对应的减排量一并注销，不可恢复，注销后出具凭证。"),
            CancelPointsIn, cancel_points, (_POINTS, _FOR), final=True, icon="leaf",
        ),
    )
}  # fmt: skip


def offered(kind: str, *, owes: bool = True) -> list[ActSpec]:
    """The acts of a kind of account; nothing is replaced where nothing is owed."""
    return [s for s in SPECS.values() if s.of in ("", kind) and (owes or s.key != "replace")]
