"""Shapes of the library of methodologies."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

STATES = "in_force | coming | superseded | ended | withdrawn"
_ITEM: dict[str, Any] = {
    "number": "DEMO-PV-2024",
    "version": "1.0",
    "name": "分布式光伏发电减排项目方法学",
    "name_en": "Distributed photovoltaic power (project)",
    "kind": "project",
    "method_class": "I",
    "field": "renewable",
    "state": "in_force",
    "effective_from": "2024-03-11",
    "effective_to": None,
    "versions": ["1.0"],
    "published": 12,
    "issued_g": 356049000,
    "url": "/methodologies/DEMO-PV-2024",
}
_FACTOR: dict[str, Any] = {
    "symbol": "EF",
    "label": "电力排放因子",
    "label_en": "Grid emission factor",
    "role": "default",
    "value": "0.42",
    "unit": "kgCO2/kWh",
    "valid_from": "2022-02-11",
    "valid_to": None,
    "status": "verified",
    "source": "沪环气〔2022〕34号：4.2 tCO2/万千瓦时",
    "note": "",
}
_FORMULA: dict[str, Any] = {
    "target": "BE",
    "label": "基准线排放量",
    "label_en": "Baseline emissions",
    "expr": "sum(EGadj) * EF / 1000",
    "text": "BE = Σ(EGadj) × EF ÷ 1000",
    "unit": "tCO2e",
    "level": "period",
    "symbols": ["EGadj", "EF"],
}
_DATUM: dict[str, Any] = {
    "symbol": "EG",
    "label": "发电量",
    "label_en": "Generation",
    "role": "monitored",
    "unit": "kWh",
    "period": "month",
    "sent_as": "EG",
    "source": "发电量计量表（电能表）的抄表读数",
    "monitoring": "连续计量，每月抄表一次。",
}
_EXAMPLE: dict[str, Any] = {
    "name": "一整年抄表，计量表均在检定有效期内",
    "rows": [{"on": "2025-01-01", "EG": "46668.80", "calibration_overdue": False}],
    "steps": [
        {
            "target": "BE",
            "row": None,
            "formula": "Σ(EGadj) × EF ÷ 1000",
            "substitution": "847736 × 0.42 ÷ 1000",
            "result": "356.04912",
            "unit": "tCO2e",
        }
    ],
    "amount": "356.049",
    "unit": "tCO2e",
    "amount_g": 356049000,
    "agrees": True,
}
_CHANGE: dict[str, Any] = {
    "part": "factor",
    "symbol": "EF",
    "kind": "changed",
    "before": "0.42 kgCO₂/kWh（2022年2月11日起），方法学默认值",
    "after": "0.40 kgCO₂/kWh（2027年1月1日起），方法学默认值",
}


class MethodologyItem(BaseModel):
    """A methodology by the version in force, else the newest (rule M03)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ITEM]})

    number: str
    version: str
    name: str
    name_en: str
    kind: str = Field(description="project | scenario")
    method_class: str = Field(description="I | II; only reductions of class I serve compliance")
    field: str = Field(
        description="renewable | efficiency | recycling | travel | household | sink | other; empty where not said"
    )
    state: str = Field(description=STATES)
    effective_from: date
    effective_to: date | None
    versions: list[str] = Field(description="all published versions, the newest first")
    published: int = Field(description="projects or scenarios in the public register resting on any version")
    issued_g: int = Field(description="grams of CO2e issued by any version")
    url: str


class MethodologyList(BaseModel):
    items: list[MethodologyItem]
    next_cursor: str | None = None


class FactorOut(BaseModel):
    """A value with the days of activity it holds for; both days included, null is open."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FACTOR]})

    symbol: str
    label: str
    label_en: str
    role: str = Field(description="default | design")
    value: str = Field(description="an exact decimal number as text")
    unit: str
    valid_from: date | None
    valid_to: date | None
    status: str = Field(description="verified | assumption | unverified")
    source: str
    note: str


class DatumOut(BaseModel):
    """What comes with the data of a period."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DATUM]})

    symbol: str
    label: str
    label_en: str
    role: str = Field(description="monitored | derived | flag")
    unit: str
    period: str
    sent_as: str = Field(description="its name in the records of a platform")
    source: str
    monitoring: str


class FormulaOut(BaseModel):
    """One step of the calculation."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FORMULA]})

    target: str
    label: str
    label_en: str
    expr: str = Field(description="as the calculator reads it")
    text: str = Field(description="as an office writes it")
    unit: str
    level: str = Field(description="row | period")
    symbols: list[str]


class ConditionOut(BaseModel):
    """A condition of use, or of a record counting."""

    id: str = Field(examples=["cap"])
    expr: str = Field(examples=["capacity_kw <= 1000"])
    text: str = Field(examples=["单个项目装机规模须在1MW及以下"])
    text_en: str = Field(examples=["A project has at most 1 MW installed."])


class StepOut(BaseModel):
    target: str
    row: int | None = Field(description="from 1; null for a formula of the period")
    formula: str
    substitution: str
    result: str
    unit: str


class ExampleOut(BaseModel):
    """An example of the methodology, worked out by the calculator for this answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: str
    rows: list[dict[str, Any]]
    steps: list[StepOut]
    amount: str
    unit: str
    amount_g: int
    agrees: bool = Field(description="whether this is what the methodology says comes out")


class ChangeOut(BaseModel):
    """A difference from the version before, worked out from the two definitions."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHANGE]})

    part: str
    symbol: str
    kind: str = Field(description="added | removed | changed")
    before: str
    after: str


class VersionOut(BaseModel):
    version: str = Field(examples=["1.0"])
    state: str = Field(description=STATES, examples=["in_force"])
    effective_from: date
    effective_to: date | None
    published: int = Field(examples=[12])
    issued_g: int = Field(examples=[356049000])
    taken_back_g: int = Field(examples=[0], description="of these, corrected away since")
    before: str = Field(examples=[""], description="the version it is compared with; empty for the first")
    changes: list[ChangeOut] | None = Field(description="null where a file of the two cannot be read")


class PublicationOut(BaseModel):
    """The document a version was published by, as it was recorded."""

    body: str = Field(examples=["上海市生态环境局"])
    document: str = Field(examples=["沪环气候〔2026〕1号"])
    published_on: date = Field(examples=["2026-01-01"])


class MethodologyDetail(MethodologyItem):
    """One version in full. What a missing calculator leaves unknown is empty."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_ITEM,
                    "demonstration": True,
                    "publisher": "演示文本，随本系统提供",
                    "basis": "参照《上海市碳普惠减排项目方法学 分布式光伏发电》编写",
                    "summary": "适用于装机规模不超过 1 MW 的分布式光伏发电项目。",
                    "baseline": "没有本项目时，同等电量由电网供应。",
                    "boundary": ["项目边界：光伏组件、逆变器、汇流和并网设施。"],
                    "requirements": [],
                    "conditions": [
                        {
                            "id": "cap",
                            "expr": "capacity_kw <= 1000",
                            "text": "单个项目装机规模须在1MW及以下",
                            "text_en": "A project has at most 1 MW installed.",
                        }
                    ],
                    "checks": [],
                    "formulas": [_FORMULA],
                    "result": "ER",
                    "rounding": "0.001 tCO2e",
                    "factors": [_FACTOR],
                    "data": [_DATUM],
                    "examples": [_EXAMPLE],
                    "history": [],
                    "projects": ["SHPH-XM-2026-0001"],
                    "sha256": "9f…",
                }
            ]
        }
    )

    demonstration: bool = Field(description="true: not a published text, not for real applications")
    publisher: str
    publication: PublicationOut | None = Field(None, description="null for those that come with the program")
    basis: str
    summary: str
    baseline: str
    boundary: list[str]
    requirements: list[str]
    conditions: list[ConditionOut]
    checks: list[ConditionOut] = Field(description="a record that fails one does not count")
    formulas: list[FormulaOut]
    result: str = Field(description="the formula that gives the reduction")
    rounding: str = Field(description="the step the reduction is rounded down to")
    factors: list[FactorOut]
    data: list[DatumOut]
    examples: list[ExampleOut]
    history: list[VersionOut]
    projects: list[str] = Field(description="numbers of the latest 20 published under it")
    sha256: str = Field(description="of the calculator's definition, whatever its spacing")
