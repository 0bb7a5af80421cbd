"""What the fields of an issuance application must say together; each rule tells all it finds."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.procedures.project_application_forms import reading_rules
from models.procedures.project_application_forms.rules import last_day
from models.procedures.shared.answers import problem
from models.vocabulary.errors import Problem

if TYPE_CHECKING:
    from models.procedures.issuance_forms.filing import IssuanceForm

Found = Iterator[Problem]

#: Projects are issued in steps of a kilogram.
STEP = Decimal("0.001")


def period_in_order(form: IssuanceForm) -> Found:
    """From before to, and twelve months at most (G18)."""
    first, last = form.application.period_from, form.application.period_to
    if last < first:
        yield problem(
            "application.period_to",
            "监测期截止日不能早于起始日，请核对。",
            "The period ends before it begins; please check.",
        )
    if last > last_day(first, 1):
        yield problem(
            "application.period_to",
            "减排量原则上每年签发一次，监测期不超过 12 个月，请分期申请。",
            "Issuance is yearly: a period is twelve months at most; apply period by period.",
        )


def claim_by_year(form: IssuanceForm) -> Found:
    """Each year once and within the period, together what Appendix E works out (I04)."""
    rows, a = form.application.claim, form.application
    for n, row in enumerate(rows):
        if row.vintage_year in [r.vintage_year for r in rows[:n]]:
            yield problem(
                f"application.claim.{n}.vintage_year",
                f"{row.vintage_year} 年重复，请合并。",
                f"{row.vintage_year} is listed twice; please merge.",
            )
        if a.period_from and a.period_to and not a.period_from.year <= row.vintage_year <= a.period_to.year:
            yield problem(
                f"application.claim.{n}.vintage_year",
                f"{row.vintage_year} 年不在监测期内，请核对。",
                f"{row.vintage_year} lies outside the period; please check.",
            )
        if a.data_source != "records" and row.tco2e is not None and row.tco2e % STEP:
            yield problem(
                f"application.claim.{n}.tco2e",
                "项目减排量保留三位小数，舍去 0.001 吨以下部分。",
                "The reduction of a project has three decimals, rounded down.",
            )
    if a.claimed_t <= 0:
        yield problem(
            "application.claim", "申请签发减排量应大于 0。", "The amount applied for must be above zero."
        )
    if form.calculation.er_total_t is not None and a.claimed_t != form.calculation.er_total_t:
        yield problem(
            "calculation.er_total_t",
            f"与申请签发减排量合计 {a.claimed_t} tCO2e 不一致，请核对。",
            f"The amounts applied for sum to {a.claimed_t} tCO2e; please check.",
        )


def shares_sum(form: IssuanceForm) -> Found:
    """Receiving accounts: each once, together exactly 100 percent (G08)."""
    rows = form.application.receiving_accounts
    if form.application.data_source == "records":
        if rows:
            yield problem(
                "application.receiving_accounts",
                "减排场景的减排量按行为记录签发给个人，不填写接收账户，请清空。",
                "A scenario is issued to the persons who acted; clear this table.",
            )
        return
    for n, row in enumerate(rows):
        if row.account in [r.account for r in rows[:n]]:
            yield problem(
                f"application.receiving_accounts.{n}.account",
                "该账户重复，请合并。",
                "This account is listed twice; please merge.",
            )
    total = sum((row.pct for row in rows), Decimal(0))
    if total != 100:
        yield problem(
            "application.receiving_accounts",
            f"各账户比例合计为 {total}%，应为 100%，请调整。",
            f"The shares sum to {total} %; adjust them to exactly 100 %.",
        )


def not_claimed_elsewhere(form: IssuanceForm) -> Found:
    """What another mechanism has had is not issued here (G04, I14)."""
    if form.application.double_claim_declaration:
        yield problem(
            "application.double_claim_declaration",
            "本监测期的减排量已参与其他机制或绿电绿证交易的，不得申请签发。",
            "Reductions claimed under another mechanism, or sold as green power, cannot be issued.",
        )


def two_persons(form: IssuanceForm) -> Found:
    """Whoever drew it up does not check it."""
    e = form.calculation
    if e.prepared_by and e.prepared_by == e.checked_by:
        yield problem(
            "calculation.checked_by",
            "复核人与编制人不能为同一人。",
            "The person who checks is not the one who drew it up.",
        )


def inside_period(form: IssuanceForm) -> Found:
    """Events, gaps and changes lie within the period."""
    first, last = form.application.period_from, form.application.period_to
    for name in ("events", "gaps"):
        for n, row in enumerate(getattr(form.calculation, name)):
            if row.last < row.first:
                yield problem(
                    f"calculation.{name}.{n}.last", "止日早于起日，请核对。", "It ends before it begins."
                )
            if row.first < first or row.last > last:
                yield problem(
                    f"calculation.{name}.{n}.first",
                    "不在监测期内，请核对。",
                    "Outside the monitoring period.",
                )
    for n, change in enumerate(form.application.changes):
        if not first <= change.on <= last:
            yield problem(
                f"application.changes.{n}.on", "不在监测期内，请核对。", "Outside the monitoring period."
            )


@dataclass(frozen=True)
class _AsDesign:
    """Appendix E seen as the design document, for the rules both share."""

    design: Any


def _shared(rule: Callable[[Any], Iterator[Problem]]) -> Callable[[IssuanceForm], Found]:
    def told(form: IssuanceForm) -> Found:
        for found in rule(_AsDesign(form.calculation)):
            yield replace(found, loc=found.loc.replace("design.", "calculation.", 1))

    return told


def verifications(form: IssuanceForm) -> Found:
    """A verification ends after it began, and a meter keeps its multiplier."""
    known: dict[str, Decimal] = {}
    for n, meter in enumerate(form.calculation.meters):
        if meter.valid_to < meter.verified_on:
            yield problem(
                f"calculation.meters.{n}.valid_to",
                "检定有效期不能早于检定日期，请核对证书。",
                "The validity ends before the verification; please check the certificate.",
            )
        if known.setdefault(meter.meter_no, meter.multiplier) != meter.multiplier:
            yield problem(
                f"calculation.meters.{n}.multiplier",
                "同一计量表的倍率前后不一致，请核对。",
                "The same meter has two multipliers; please check.",
            )


def data_given(form: IssuanceForm) -> Found:
    """Readings are typed, or they are the platform's: never both (G19, G20)."""
    typed, e = form.application.data_source == "typed", form.calculation
    if typed and not e.readings:
        yield problem(
            "calculation.readings",
            "请填写抄表记录；已报送数据的，请将监测数据来源改为平台已报送数据。",
            "Type the readings, or use what was reported to the platform.",
        )
    if typed and not e.meters:
        yield problem(
            "calculation.meters", "请填写计量器具及检定情况。", "List the meters and their verifications."
        )
    if not typed and e.readings:
        yield problem(
            "calculation.readings",
            "采用平台已报送数据的，不再填写抄表记录，请清空。",
            "The platform's readings are used; clear this table.",
        )


def month_of_records(form: IssuanceForm) -> Found:
    """Records are issued by the calendar month, whole (G28)."""
    a = form.application
    if a.data_source != "records":
        return
    if a.period_from.day != 1 or a.period_to != last_day_of_month(a.period_from):
        yield problem(
            "application.period_to",
            "减排场景按自然月申请签发，监测期应为同一个月的第一日至最后一日。",
            "A scenario applies by the calendar month: from the first to the last day of one month.",
        )


def last_day_of_month(day: date) -> date:
    """The last day of the month of a day."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


RULES: tuple[Callable[[IssuanceForm], Found], ...] = (
    period_in_order,
    claim_by_year,
    shares_sum,
    not_claimed_elsewhere,
    two_persons,
    inside_period,
    data_given,
    month_of_records,
    verifications,
    _shared(reading_rules.reading_arithmetic),
    _shared(reading_rules.reading_meters),
    _shared(reading_rules.reading_sequence),
    _shared(reading_rules.readings_not_ahead),
)
