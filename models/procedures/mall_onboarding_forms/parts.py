"""Parts every mode tells: credit report, goods, buying back of points (rules J05, J07)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from models.procedures.shared.answers import today
from models.vocabulary.forms import Group, field
from models.vocabulary.text import Text
from models.vocabulary.types import PastDate

_CREDIT, _GOODS, _BACK = "2 信用报告", "4 权益和规则", "9 积分回兑"
Yuan = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
CATEGORIES = {
    "travel": Text("Green travel", "绿色出行"),
    "catering": Text("Catering", "餐饮"),
    "culture": Text("Culture and cinema", "文化观影"),
    "daily": Text("Daily goods", "生活日用"),
    "public_good": Text("Public good", "环保公益"),
    "other": Text("Other", "其他"),
}


class CreditReport(Group):
    """信用报告: who issued it, when, what it says."""

    issuer: str = field(
        "出具机构",
        "Issued by",
        example="上海市公共信用信息服务中心",
        min_length=2,
        max_length=100,
        section=_CREDIT,
        hint="出具信用报告的机构。",
        hint_en="The body that issued it.",
    )
    issued_on: PastDate = field(
        "出具日期",
        "Issued on",
        example=(
            today() - timedelta(days=14)
        ).isoformat(),  # reports grow old: a fixed day would not stay valid
        widget="date",
        section=_CREDIT,
        hint="应为近三个月内出具。",
        hint_en="Within the last three months.",
    )
    bad_record: bool = field(
        "是否有严重失信记录",
        "Serious dishonesty on record",
        example=False,
        widget="radio",
        section=_CREDIT,
        hint="报告载明列入严重失信主体名单的选“是”。",
        hint_en="Yes when the report lists the merchant as seriously dishonest.",
    )


class GoodPlan(Group):
    """A kind of goods or service that points can be redeemed for."""

    category: str = field(
        "品类",
        "Category",
        example="travel",
        choices=CATEGORIES,
        pattern="^(" + "|".join(CATEGORIES) + ")$",
        section=_GOODS,
        hint="权益品类。",
        hint_en="What kind it is.",
    )
    name: str = field(
        "名称",
        "Name",
        example="共享单车7日骑行券",
        min_length=2,
        max_length=100,
        section=_GOODS,
        hint="商品或服务名称。",
        hint_en="Name of the good or service.",
    )
    face_value_yuan: Yuan = field(
        "价值",
        "Value",
        example="12.00",
        unit="元",
        section=_GOODS,
        hint="单件市场价值。",
        hint_en="Market value of one.",
    )
    points_price: int = field(
        "积分价格",
        "Price in points",
        example=12000,
        gt=0,
        le=10**12,
        unit="积分",
        section=_GOODS,
        hint="单件所需积分，为正整数。",
        hint_en="Points for one, a positive whole number.",
    )
    stock: int = field(
        "库存",
        "Stock",
        example=5000,
        ge=0,
        le=10**9,
        unit="件",
        section=_GOODS,
        hint="首批库存数量。",
        hint_en="The first stock.",
    )
    per_person: int | None = field(
        "每人限兑",
        "Limit a person",
        example=2,
        default=None,
        ge=1,
        le=10**6,
        unit="件",
        section=_GOODS,
        hint="留空表示不限。",
        hint_en="Empty means no limit.",
    )
    available_from: date | None = field(
        "可兑起始日期",
        "Available from",
        default=None,
        examples=[None],
        widget="date",
        section=_GOODS,
        hint="留空表示自上线起。",
        hint_en="Empty means from the day it goes online.",
    )
    available_to: date | None = field(
        "可兑截止日期",
        "Available to",
        default=None,
        examples=[None],
        widget="date",
        section=_GOODS,
        hint="留空表示长期。",
        hint_en="Empty means without end.",
    )


def _good(
    category: str, name: str, value: str, points: int, stock: int, per_person: int | None
) -> dict[str, Any]:
    return {
        "category": category,
        "name": name,
        "face_value_yuan": value,
        "points_price": points,
        "stock": stock,
        "per_person": per_person,
        "available_from": None,
        "available_to": None,
    }


GOODS = [
    _good("travel", "共享单车7日骑行券", "12.00", 12000, 5000, 2),
    _good("travel", "地铁单程抵扣3元券", "3.00", 30000, 8000, 5),
    _good("culture", "观影满减20元券", "20.00", 150000, 600, 1),
]


def goods_field() -> Any:
    """权益计划: at least one kind of goods."""
    return field(
        "权益计划",
        "Goods",
        example=GOODS,
        min_length=1,
        max_length=500,
        section=_GOODS,
        hint="逐项列明权益品类、价值、积分价格、库存和限兑。",
        hint_en="Category, value, price in points, stock and limit of each.",
    )


class RedeemBack(Group):
    """积分回兑 of what is collected (J05)."""

    account_no: str = field(
        "回兑账户",
        "Account",
        example="SHJG-2026-588635",
        min_length=4,
        max_length=40,
        section=_BACK,
        hint="权益方名下的碳普惠机构账户，回兑所得减排量记入该账户。",
        hint_en="The merchant's own institutional account; what is bought back goes there.",
    )
    planned_use: str = field(
        "回兑减排量用途",
        "Planned use",
        example="用于本单位经营活动碳中和，剩余部分自愿注销。",
        min_length=4,
        max_length=1000,
        widget="textarea",
        section=_BACK,
        hint="回兑所得减排量的计划用途。",
        hint_en="What the reductions will be used for.",
    )
