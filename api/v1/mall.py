"""The register of the mall in JSON: what /mall shows to anybody (J06, J10)."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Reader
from models.vocabulary.errors import Invalid, Problem
from models.vocabulary.text import Text
from services.clock import SHANGHAI
from services.reading import mall as reading

router = APIRouter(prefix="/api/v1/public/malls", tags=["public"])


class GoodItem(BaseModel):
    """A good as it was admitted, and what is left of it now."""

    number: str = Field(examples=["SHPH-SC-2026-0001-01"])
    category: str = Field(examples=["travel"])
    name: str = Field(examples=["共享单车7日骑行券"])
    points: int = Field(description="price in points", examples=[12000])
    stock: int = Field(description="pieces left", examples=[5000])
    per_person: int | None = Field(examples=[2])
    active: bool = Field(description="can be redeemed now")


class MemberItem(BaseModel):
    """A member of the mall."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "number": "SHPH-SC-2026-0001",
                    "name": "绿享低碳权益商城",
                    "merchant": "上海绿享低碳商业服务有限公司",
                    "mode": "third_party_mall",
                    "scope": "",
                    "state": "online",
                    "address": "https://mall.example.com",
                    "opens_at": None,
                    "closes_at": None,
                    "quota": None,
                    "redeemed": 0,
                    "online_at": "2026-11-02T10:00:00+08:00",
                    "exited_at": None,
                    "url": "/mall/SHPH-SC-2026-0001",
                }
            ]
        }
    )

    number: str
    name: str
    merchant: str
    mode: str = Field(description="third_party_mall | sub_platform | event | other")
    scope: str = Field(description="of a sub-platform")
    state: str = Field(description="online | suspended | exited")
    address: str = Field(description="of the mall itself, as the merchant gave it")
    opens_at: datetime | None = Field(description="of an event")
    closes_at: datetime | None = Field(description="of an event")
    quota: int | None = Field(description="pieces of an event")
    redeemed: int
    online_at: datetime | None
    exited_at: datetime | None
    url: str


class MemberDetail(MemberItem):
    """A member with its goods."""

    note: str = Field(description="why it is suspended or has left")
    goods: list[GoodItem]


class MemberList(BaseModel):
    items: list[MemberItem]
    next_cursor: str | None = None


def _here(moment: datetime | None) -> datetime | None:
    return moment.astimezone(SHANGHAI) if moment else None


def _item(entry: reading.Entry) -> dict[str, Any]:
    m = entry.member
    kept = {k: getattr(m, k) for k in ("number", "name", "mode", "scope", "state", "quota", "redeemed")}
    times = {k: _here(getattr(m, k)) for k in ("opens_at", "closes_at", "online_at", "exited_at")}
    return {**kept, **times, "merchant": entry.party, "address": m.url, "url": f"/mall/{m.number}"}


def _good(offered: reading.Offered) -> GoodItem:
    terms, live = offered.terms, offered.live
    return GoodItem(
        number=terms.number,
        category=terms.category,
        name=terms.name,
        points=live.points if live else terms.points_price,
        stock=live.stock if live else terms.stock,
        per_person=terms.per_person,
        active=live is not None and live.active,
    )


@router.get("", summary="Members of the mall, open ones first")
def members(
    session: Reader,
    q: Annotated[str, Query(max_length=80, description="part of the name")] = "",
    mode: Annotated[str, Query(max_length=40)] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str, Query(max_length=80, description="`next_cursor` of the page before")] = "",
) -> MemberList:
    """Whoever is in, or was; those still preparing are shown once they open."""
    found = reading.entries(session, q=q.replace("\x00", ""), mode=mode.replace("\x00", ""))
    first = _after(found, cursor) if cursor else 0
    rows = found[first : first + limit]
    more = len(found) > first + limit
    return MemberList(
        items=[MemberItem(**_item(e)) for e in rows], next_cursor=rows[-1].member.number if more else None
    )


def _after(found: list[reading.Entry], cursor: str) -> int:
    """Where the next page begins. Raises Invalid: a cursor of no page of this list."""
    numbers = [e.member.number for e in found]
    if cursor not in numbers:
        told = Text("Not a cursor of this list.", "不是本列表的翻页标记，请从第一页重新读取。")
        raise Invalid((Problem("cursor", told),))
    return numbers.index(cursor) + 1


@router.get("/{number}", summary="One member with its goods")
def member(session: Reader, number: str) -> MemberDetail:
    """404 while it is still preparing."""
    entry, goods = reading.entry(session, number.replace("\x00", ""))
    return MemberDetail(**_item(entry), note=entry.member.note, goods=[_good(g) for g in goods])
