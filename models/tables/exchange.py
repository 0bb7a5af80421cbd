"""What people do with reductions and points: mandates, offers, deals and their money, purposes, goods, experience.

Account and book numbers are those of the schema `ledger`; the ledger alone says who has how much.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, instant


class Mandate(SQLModel, table=True):
    """A recorded mandate 交易委托 to trade for another's account (M08)."""

    __tablename__ = "ledger_mandate"
    __table_args__ = (
        CheckConstraint("principal_id <> agent_id", name="mandate_two_parties"),
        CheckConstraint("limit_g is null or limit_g > 0", name="mandate_limit_positive"),
    )
    id: int | None = big_id()
    principal_id: int = Field(foreign_key="party.id", index=True)
    agent_id: int = Field(foreign_key="party.id", index=True)
    limit_g: int | None = Field(default=None, sa_type=BigInteger)  # of one order; empty: none
    valid_until: datetime = instant()
    signed_by: int = Field(foreign_key="user_account.id")
    at: datetime = instant(now=True)
    revoked_at: datetime | None = instant(nullable=True)


class Offer(SQLModel, table=True):
    """A transfer 划转, an agreement 协议转让 or a listing 挂牌; its grams are set aside while it is open (I11)."""

    __tablename__ = "ledger_offer"
    __table_args__ = (
        CheckConstraint("kind in ('transfer', 'agreement', 'listing')", name="offer_kind"),
        CheckConstraint(
            "state in ('open', 'accepted', 'settled', 'rejected', 'withdrawn', 'expired')", name="offer_state"
        ),
        CheckConstraint("amount_g > 0 and left_g between 0 and amount_g", name="offer_amount"),
        CheckConstraint("(kind = 'listing') or buyer_id is not null", name="offer_buyer"),
        CheckConstraint("(kind = 'transfer') = (price_fen = 0) and price_fen >= 0", name="offer_price"),
    )
    id: int | None = big_id()
    number: str = Field(unique=True)
    kind: str
    book_id: int
    seller_id: int = Field(sa_type=BigInteger, index=True)
    buyer_id: int | None = Field(default=None, sa_type=BigInteger, index=True)
    amount_g: int = Field(sa_type=BigInteger)
    left_g: int = Field(sa_type=BigInteger)
    price_fen: int = Field(default=0, sa_type=BigInteger)  # fen a tonne
    state: str = Field(default="open", index=True)
    hold_act: UUID
    expires_at: datetime = instant(index=True)
    mandate_id: int | None = Field(default=None, foreign_key="ledger_mandate.id")
    made_by: int = Field(foreign_key="user_account.id")
    reason: str = ""
    at: datetime = instant(now=True)
    changed_at: datetime = instant(now=True)


class TradingFund(SQLModel, table=True):
    """Money of an account at the exchange 交易资金, in fen; never below nothing."""

    __tablename__ = "trading_fund"
    __table_args__ = (CheckConstraint("balance_fen >= 0", name="fund_not_overdrawn"),)
    account_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    balance_fen: int = Field(default=0, sa_type=BigInteger)


class FundEntry(SQLModel, table=True):
    """A movement of money; empty ends are the bank. Under the caller's key it happens once."""

    __tablename__ = "trading_fund_entry"
    __table_args__ = (
        CheckConstraint("fen > 0", name="fund_entry_positive"),
        CheckConstraint("kind in ('deposit', 'withdrawal', 'deal')", name="fund_entry_kind"),
    )
    id: int | None = big_id()
    key: str = Field(unique=True)
    kind: str
    from_id: int | None = Field(default=None, sa_type=BigInteger, index=True)
    to_id: int | None = Field(default=None, sa_type=BigInteger, index=True)
    fen: int = Field(sa_type=BigInteger)
    note: str = ""
    by_user: int | None = Field(default=None, foreign_key="user_account.id")
    at: datetime = instant(now=True)


class Deal(SQLModel, table=True):
    """Delivery against payment 交割: a row names both or does not exist (M08)."""

    __tablename__ = "ledger_deal"
    __table_args__ = (CheckConstraint("amount_g > 0 and fen > 0", name="deal_positive"),)
    id: int | None = big_id()
    number: str = Field(unique=True)
    offer_id: int = Field(foreign_key="ledger_offer.id", index=True)
    buyer_id: int = Field(sa_type=BigInteger)
    amount_g: int = Field(sa_type=BigInteger)
    fen: int = Field(sa_type=BigInteger)
    delivery_act: UUID = Field(unique=True)
    payment_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("trading_fund_entry.id"), nullable=False, unique=True)
    )
    at: datetime = instant(now=True)


class Purpose(SQLModel, table=True):
    """A named purpose of carbon neutrality that points are donated to 捐赠用途 (J04)."""

    __tablename__ = "donation_purpose"
    __table_args__ = (
        CheckConstraint("use in ('operations', 'event')", name="purpose_use"),
        CheckConstraint("target_points is null or target_points > 0", name="purpose_target"),
    )
    id: int | None = big_id()
    number: str = Field(unique=True)
    title: str
    use: str
    organiser_id: int = Field(foreign_key="party.id", index=True)
    account_id: int = Field(
        sa_type=BigInteger, unique=True
    )  # of the purpose itself, apart from its organiser's
    target_points: int | None = Field(default=None, sa_type=BigInteger)
    closes_at: datetime = instant()
    closed_at: datetime | None = instant(nullable=True)
    made_by: int = Field(foreign_key="user_account.id")
    at: datetime = instant(now=True)


class Good(SQLModel, table=True):
    """What points are redeemed for 权益, with its stock: the last one goes once (J02)."""

    __tablename__ = "reward_good"
    __table_args__ = (
        CheckConstraint("points > 0", name="good_points"),
        CheckConstraint("stock >= 0", name="good_stock"),
    )
    id: int | None = big_id()
    number: str = Field(unique=True)
    merchant_id: int = Field(foreign_key="party.id", index=True)
    title: str
    detail: str = ""
    points: int = Field(sa_type=BigInteger)
    stock: int = 0
    active: bool = True
    at: datetime = instant(now=True)


class SentForm(SQLModel, table=True):
    """A form that was carried out 已办理的表单, under its key: sent again, it is answered as the first time.

    `sha256` is of what was asked for, `answer` the number of what it made or changed.
    """

    __tablename__ = "sent_form"
    key: str = Field(primary_key=True)
    sha256: bytes = Field(sa_type=LargeBinary)
    answer: str
    by_user: int = Field(foreign_key="user_account.id")
    at: datetime = instant(now=True)


class Redemption(SQLModel, table=True):
    """An order 兑换单: points set aside, then handed over with the good or given back."""

    __tablename__ = "redemption"
    __table_args__ = (
        CheckConstraint("state in ('held', 'fulfilled', 'refunded')", name="redemption_state"),
        CheckConstraint("quantity > 0 and points > 0", name="redemption_positive"),
    )
    id: int | None = big_id()
    number: str = Field(unique=True)
    key: str = Field(unique=True)
    good_id: int = Field(foreign_key="reward_good.id", index=True)
    account_id: int = Field(sa_type=BigInteger, index=True)
    quantity: int
    points: int = Field(sa_type=BigInteger)
    state: str = Field(default="held", index=True)
    hold_act: UUID
    expires_at: datetime = instant(index=True)
    made_by: int = Field(foreign_key="user_account.id")
    at: datetime = instant(now=True)
    changed_at: datetime = instant(now=True)


class Experience(SQLModel, table=True):
    """Experience 经验值 of a behaviour scenario: no reduction, no point, and no way to become one (M12)."""

    __tablename__ = "experience_entry"
    __table_args__ = (
        UniqueConstraint("scenario", "record_no"),
        CheckConstraint("value > 0", name="experience_positive"),
    )
    id: int | None = big_id()
    party_id: int = Field(foreign_key="party.id", index=True)
    scenario: str
    record_no: str
    value: int
    at: datetime = instant(now=True)


class ScenarioRun(SQLModel, table=True):
    """The issuance of one scenario for one month 场景签发批次; stopped anywhere it goes on (G28)."""

    __tablename__ = "scenario_run"
    __table_args__ = (
        UniqueConstraint("project_id", "month"),
        CheckConstraint("state in ('gathering', 'issued', 'empty')", name="scenario_run_state"),
    )
    id: int | None = big_id()
    project_id: int = Field(foreign_key="project.id")
    month: date
    state: str = "gathering"
    case_id: UUID = Field(foreign_key="case_file.id")
    approver_a: int = Field(foreign_key="user_account.id")
    approver_b: int = Field(foreign_key="user_account.id")
    records: int = 0
    persons: int = 0
    grams: int = Field(default=0, sa_type=BigInteger)
    converted: int = 0  # persons whose grams have become points
    lot: str = ""
    at: datetime = instant(now=True)
    changed_at: datetime = instant(now=True)


class ScenarioIssued(SQLModel, table=True):
    """A record that a run has counted; no other run ever counts it again (G28)."""

    __tablename__ = "scenario_issued"
    record_id: int = Field(sa_column=Column(BigInteger, ForeignKey("scenario_record.id"), primary_key=True))
    run_id: int = Field(foreign_key="scenario_run.id", index=True)
    party_id: int = Field(foreign_key="party.id")
    grams: int = Field(sa_type=BigInteger)
