"""Meters and a year of their readings 计量表与抄表记录; the example is a whole year of one roof."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from models.vocabulary.forms import Group, field
from models.vocabulary.types import Kwh, PastDate

_SECTION = "4.4 监测计划"
_YEAR = "5 其他相关证明材料"
_METER = "SHPV0001-G"

Reading = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
Multiplier = Annotated[Decimal, Field(gt=0, le=100000, max_digits=10, decimal_places=2)]


class Meter(Group):
    """计量表: instrument and its verification."""

    meter_no: str = field(
        "计量表编号",
        "Meter number",
        example=_METER,
        min_length=2,
        max_length=40,
        section=_SECTION,
        fresh=True,
        hint="铭牌编号，在本市唯一。",
        hint_en="As on the plate; unique in the city.",
    )
    kind: str = field(
        "类别",
        "Kind",
        example="发电侧计量表",
        min_length=1,
        max_length=40,
        section=_SECTION,
        hint="如发电侧计量表、关口计量表。",
        hint_en="Generation or interchange meter.",
    )
    accuracy_class: str = field(
        "准确度等级",
        "Accuracy class",
        example="0.5S",
        min_length=1,
        max_length=10,
        section=_SECTION,
        hint="铭牌标注的等级。",
        hint_en="As on the plate.",
    )
    multiplier: Multiplier = field(
        "倍率",
        "Multiplier",
        example="80",
        section=_SECTION,
        hint="互感器综合倍率，直通表填 1。",
        hint_en="Of the transformers; 1 without.",
    )
    verified_on: PastDate = field(
        "检定日期",
        "Verified on",
        example="2024-12-01",
        widget="date",
        section=_SECTION,
        hint="检定证书载明的日期。",
        hint_en="As on the certificate.",
    )
    valid_to: date = field(
        "有效期至",
        "Valid to",
        example="2025-11-30",
        widget="date",
        section=_SECTION,
        hint="检定有效期的最后一日。",
        hint_en="Last day of validity.",
    )
    certificate: str = field(
        "检定证书编号",
        "Certificate",
        example="JD-2024-0001",
        min_length=1,
        max_length=60,
        section=_SECTION,
        hint="检定证书的编号。",
        hint_en="Number of the certificate.",
    )


METERS = [
    {
        "meter_no": _METER,
        "kind": "发电侧计量表",
        "accuracy_class": "0.5S",
        "multiplier": "80",
        "verified_on": "2024-12-01",
        "valid_to": "2025-11-30",
        "certificate": "JD-2024-0001",
    },
    {
        "meter_no": "SHPV0001-E",
        "kind": "关口计量表",
        "accuracy_class": "0.5S",
        "multiplier": "80",
        "verified_on": "2024-12-01",
        "valid_to": "2030-11-30",
        "certificate": "JD-2024-0002",
    },
]


class MeterReading(Group):
    """抄表记录: (end - start) x multiplier = quantity in kWh."""

    month: str = field(
        "月份",
        "Month",
        example="2025-01",
        pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$",
        section=_YEAR,
        hint="格式为 年-月，例如 2025-01。",
        hint_en="Year and month, e.g. 2025-01.",
    )
    meter_no: str = field(
        "计量表编号",
        "Meter number",
        example=_METER,
        min_length=2,
        max_length=40,
        section=_YEAR,
        fresh=True,
        hint="须为计量表清单中的编号。",
        hint_en="One of the meters listed.",
    )
    reading_start: Reading = field(
        "期初读数",
        "Reading at start",
        example="1024.50",
        section=_YEAR,
        hint="月初表底读数。",
        hint_en="At the start of the month.",
    )
    reading_end: Reading = field(
        "期末读数",
        "Reading at end",
        example="1607.86",
        section=_YEAR,
        hint="月末表底读数。",
        hint_en="At the end of the month.",
    )
    multiplier: Multiplier = field(
        "倍率",
        "Multiplier",
        example="80",
        section=_YEAR,
        hint="与计量表清单一致。",
        hint_en="As in the list of meters.",
    )
    quantity_kwh: Kwh = field(
        "电量",
        "Quantity",
        example="46668.80",
        unit="kWh",
        section=_YEAR,
        hint="等于（期末读数－期初读数）×倍率。",
        hint_en="(end − start) × multiplier.",
    )
    settlement_doc: str = field(
        "结算凭证",
        "Settlement paper",
        example="国网上海电费结算单202501",
        default="",
        max_length=100,
        section=_YEAR,
        hint="可交叉核对的电费结算单等。",
        hint_en="For cross-checking.",
    )


_ENDS = (
    "1607.86",
    "2221.10",
    "3073.61",
    "4096.20",
    "5227.63",
    "6199.41",
    "7417.51",
    "8589.92",
    "9516.38",
    "10355.54",
    "11013.57",
    "11621.20",
)


def _year() -> list[dict[str, str]]:
    rows, start = [], "1024.50"
    for month, end in enumerate(_ENDS, 1):
        quantity = (Decimal(end) - Decimal(start)) * 80
        rows.append(
            {
                "month": f"2025-{month:02}",
                "meter_no": _METER,
                "reading_start": start,
                "reading_end": end,
                "multiplier": "80",
                "quantity_kwh": f"{quantity:.2f}",
                "settlement_doc": f"国网上海电费结算单2025{month:02}",
            }
        )
        start = end
    return rows


#: 847736.00 kWh in twelve months.
READINGS = _year()
