"""The shape of a methodology file 方法学定义文件."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Status = Literal["verified", "assumption", "unverified"]
Role = Literal["default", "design", "monitored", "derived", "flag"]
Level = Literal["row", "period"]

#: What a flat parameter says of its only factor row.
_ROW_KEYS = ("value", "valid_from", "valid_to", "status", "source", "note")


def exact(value: object) -> Decimal:
    """A finite number written as text or as a whole number; binary fractions are refused."""
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("应为以文本书写的十进制数 (a decimal number written as text)")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError("不是数字 (not a number)") from None
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise ValueError("数值超出范围 (out of range)")
    return number


def _day(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


Exact = Annotated[Decimal, BeforeValidator(exact)]
Day = Annotated[date, BeforeValidator(_day)]
Symbol = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,31}$")]
Words = Annotated[str, Field(min_length=1, max_length=300)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FactorRow(_Part):
    """A value with the days of activity it holds for; a change is a new version of the methodology."""

    value: Exact
    valid_from: Day | None = None
    valid_to: Day | None = None
    status: Status
    source: str = ""
    note: str = ""

    def covers(self, day: date) -> bool:
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


class Derivation(_Part):
    """How derived data comes from data before it: the mean of a parameter over the days before, all of them there."""

    mean_of: Symbol
    days: Annotated[int, Field(ge=1, le=366)]


class Parameter(_Part):
    """A name of the formulas. `default` and `design` carry factor rows, the others come with the data.

    `minimum` is the least value of monitored and derived data (0 unless said otherwise), in the unit.
    `meter` is the word by which the meters that deliver it are known; `field` the name it has in the records
    of a platform; `derivation` says how derived data is worked out.
    """

    symbol: Symbol
    label: Words
    label_en: str = ""
    unit: str = "1"
    role: Role
    period: str = ""
    minimum: Exact = Decimal(0)
    meter: str = ""
    field: str = ""
    derivation: Derivation | None = None
    rows: list[FactorRow] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not any(key in data for key in _ROW_KEYS):
            return data
        if "rows" in data:
            raise ValueError("取值应全部列在 rows 中 (give the values in rows only)")
        row = {k: data[k] for k in _ROW_KEYS if k in data}
        return {k: v for k, v in data.items() if k not in _ROW_KEYS} | {"rows": [row]}

    @model_validator(mode="after")
    def _rows_where_due(self) -> Self:
        if self.is_factor and not self.rows:
            raise ValueError("缺少取值 (a factor needs a value)")
        if not self.is_factor and self.rows:
            raise ValueError("监测数据不应带有取值 (data carries no value of its own)")
        return self

    @property
    def is_factor(self) -> bool:
        return self.role in ("default", "design")

    @property
    def is_monitored(self) -> bool:
        return self.role == "monitored"

    @property
    def sent_as(self) -> str:
        """Its name in the records of a platform."""
        return self.field or self.symbol


class Fact(_Part):
    """A statement about the project or scenario that the conditions of use speak of."""

    symbol: Symbol
    label: Words
    label_en: str = ""
    type: Literal["number", "text", "flag"]
    unit: str = "1"


class Condition(_Part):
    """A condition of use 适用条件, or of a record being plausible 合理性校核.

    The latter speaks of the data of one record, of `duration_s`, the seconds from its beginning to its end, and
    of each monitored quantity by the hour (`D_per_h`).
    """

    id: str
    expr: str
    message: Words
    message_en: str = ""


class Formula(_Part):
    """One step: `target = expr`, in `unit`, for every row of data or once for the period."""

    target: Symbol
    label: str = ""
    label_en: str = ""
    expr: Annotated[str, Field(min_length=1, max_length=500)]
    unit: str
    level: Level = "period"


class Rounding(_Part):
    """Down to a step, e.g. "0.001 tCO2e"; nothing is ever rounded up (I04)."""

    mode: Literal["floor"]
    unit: Annotated[str, Field(pattern=r"^[0-9.]+ \S+$")]


class Vector(_Part):
    """A worked example that is part of the published version.

    `expected` names targets (exact values), and `amount` (rounded, in the unit of `rounding`) or `grams`.
    """

    name: Words
    on: Day | None = None
    rows: list[dict[str, Any]] = Field(min_length=1)
    expected: dict[str, Exact] = Field(min_length=1)


class Definition(_Part):
    """A methodology version as published: of one kind, of one class (M03)."""

    code: Annotated[str, Field(pattern=r"^[A-Z0-9-]{3,60}$")]
    version: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)*$")]
    name: Words
    name_en: str = ""
    kind: Literal["project", "scenario"]
    method_class: Literal["I", "II"]
    status: Literal["draft", "published", "withdrawn"] = "published"
    effective_from: Day
    effective_to: Day | None = None
    modelled_on: str = ""
    class_status: str = ""
    facts: list[Fact] = Field(default_factory=list)
    applicability: list[Condition] = Field(default_factory=list)
    plausibility: list[Condition] = Field(default_factory=list)
    parameters: list[Parameter] = Field(min_length=1)
    formulas: list[Formula] = Field(min_length=1)
    result: Symbol
    rounding: Rounding
    test_vectors: list[Vector] = Field(min_length=1)
