"""What meters and readings must say together: arithmetic, months, order."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from models.procedures.shared.answers import problem, today
from models.vocabulary.errors import Problem

if TYPE_CHECKING:
    from models.procedures.project_application_forms.filing import ProjectApplicationForm

KWH_STEP = Decimal("0.01")

Found = Iterator[Problem]


def meters_valid(form: ProjectApplicationForm) -> Found:
    """Each meter once, its verification ending after it began."""
    numbers = [m.meter_no for m in form.design.meters]
    for row, meter in enumerate(form.design.meters):
        if meter.meter_no and meter.meter_no in numbers[:row]:
            yield problem(
                f"design.meters.{row}.meter_no",
                "计量表编号重复，请核对。",
                "This meter is listed twice; please check.",
            )
        if meter.verified_on and meter.valid_to and meter.valid_to < meter.verified_on:
            yield problem(
                f"design.meters.{row}.valid_to",
                "检定有效期不能早于检定日期，请核对证书。",
                "The validity ends before the verification; please check the certificate.",
            )


def reading_arithmetic(form: ProjectApplicationForm) -> Found:
    """(end − start) × multiplier = quantity."""
    for row, r in enumerate(form.design.readings):
        if None in (r.reading_start, r.reading_end, r.multiplier, r.quantity_kwh):
            continue
        expected = (r.reading_end - r.reading_start) * r.multiplier
        if r.reading_end < r.reading_start:
            yield problem(
                f"design.readings.{row}.reading_end",
                "期末读数不能小于期初读数，请核对；换表的请分行填写。",
                "The end reading is below the start; please check, or use one row a meter after a change.",
            )
        elif abs(expected - r.quantity_kwh) > KWH_STEP:
            yield problem(
                f"design.readings.{row}.quantity_kwh",
                f"电量应为（期末－期初）×倍率＝{expected:.2f} kWh，请核对。",
                f"(end − start) × multiplier is {expected:.2f} kWh; please check.",
            )


def reading_meters(form: ProjectApplicationForm) -> Found:
    """Readings belong to listed meters and use their multiplier."""
    multipliers = {m.meter_no: m.multiplier for m in form.design.meters}
    for row, r in enumerate(form.design.readings):
        if r.meter_no and r.meter_no not in multipliers and None not in multipliers:
            yield problem(
                f"design.readings.{row}.meter_no",
                "计量表清单中没有该编号，请先在计量表中填写。",
                "Not among the meters listed; please list it first.",
            )
        elif r.multiplier and multipliers.get(r.meter_no) not in (None, r.multiplier):
            yield problem(
                f"design.readings.{row}.multiplier",
                "倍率与计量表清单不一致，请核对。",
                "Differs from the multiplier in the list of meters; please check.",
            )


def month_number(month: str) -> int:
    """Months since year 0 of "2025-01"."""
    year, number = month.split("-")
    return int(year) * 12 + int(number) - 1


def reading_sequence(form: ProjectApplicationForm) -> Found:
    """Each meter's months follow one another and its readings never run backwards."""
    last: dict[str, tuple[int, Decimal]] = {}
    for row, r in enumerate(form.design.readings):
        if None in (r.month, r.meter_no, r.reading_start, r.reading_end):
            continue
        number = month_number(r.month)
        before = last.get(r.meter_no)
        if before and number != before[0] + 1:
            yield problem(
                f"design.readings.{row}.month",
                "抄表月份应逐月连续，请补齐缺少的月份或删除重复的月份。",
                "Months have to follow one another; add what is missing or remove what is double.",
            )
        if before and r.reading_start < before[1]:
            yield problem(
                f"design.readings.{row}.reading_start",
                "期初读数小于上月期末读数，请核对。",
                "Below the end reading of the month before; please check.",
            )
        last[r.meter_no] = (number, r.reading_end)


def readings_not_ahead(form: ProjectApplicationForm) -> Found:
    """No month is read before it has come."""
    now = today()
    for row, r in enumerate(form.design.readings):
        if r.month and month_number(r.month) > now.year * 12 + now.month - 1:
            yield problem(
                f"design.readings.{row}.month",
                "抄表月份不能晚于本月，请核对。",
                "This month has not come yet; please check.",
            )
