"""The mall: who has joined it, and on which terms their goods are redeemed."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Numeric, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, instant


class MallMember(SQLModel, table=True):
    """A merchant's entry in the mall 入驻登记, under a number that never changes (J06, J10).

    An event is open from `opens_at` to `closes_at` for `quota` pieces, and the row itself holds that (I26).
    """

    __tablename__ = "mall_member"
    __table_args__ = (
        CheckConstraint("state in ('connecting', 'online', 'suspended', 'exited')", name="mall_member_state"),
        CheckConstraint("redeemed >= 0 and (quota is null or redeemed <= quota)", name="mall_member_quota"),
        CheckConstraint(
            "mode <> 'event' or (quota is not null and opens_at is not null and closes_at is not null)",
            name="mall_member_event",
        ),
        CheckConstraint("closes_at is null or opens_at < closes_at", name="mall_member_window"),
    )
    id: int | None = big_id()
    number: str = Field(unique=True)
    case_id: UUID = Field(foreign_key="case_file.id", unique=True)
    party_id: int = Field(foreign_key="party.id", index=True)
    name: str
    mode: str
    scope: str = ""  # of a sub-platform
    url: str = ""
    state: str = "connecting"
    opens_at: datetime | None = instant(nullable=True)
    closes_at: datetime | None = instant(nullable=True)
    quota: int | None = Field(default=None, sa_type=BigInteger)
    redeemed: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = instant(now=True)
    online_at: datetime | None = instant(nullable=True)
    exited_at: datetime | None = instant(nullable=True)
    note: str = ""  # why it is suspended or has left


class MallGood(SQLModel, table=True):
    """A good as it was admitted 权益: its price, the stock it began with, who may have how many of it, and when.

    What is left of the stock stands with the redemptions, in the `reward_good` of the same number.
    """

    __tablename__ = "mall_good"
    __table_args__ = (
        UniqueConstraint("member_id", "name"),
        CheckConstraint("points_price > 0", name="mall_good_price"),
        CheckConstraint("stock >= 0", name="mall_good_stock"),
        CheckConstraint("per_person is null or per_person > 0", name="mall_good_per_person"),
    )
    id: int | None = big_id()
    number: str = Field(unique=True)
    member_id: int = Field(foreign_key="mall_member.id", index=True)
    category: str
    name: str
    face_value_yuan: Decimal = Field(default=Decimal(0), sa_type=Numeric(14, 2))
    points_price: int = Field(sa_type=BigInteger)
    stock: int = Field(default=0, sa_type=BigInteger)
    per_person: int | None = None
    available_from: datetime | None = instant(nullable=True)
    available_to: datetime | None = instant(nullable=True)
    listed: bool = True
