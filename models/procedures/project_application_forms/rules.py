"""What the fields of the application must say together. Every rule tells all it finds; none hides another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from models.procedures.project_application_forms.reading_rules import (
    meters_valid,
    reading_arithmetic,
    reading_meters,
    reading_sequence,
    readings_not_ahead,
)
from models.procedures.shared.answers import problem
from models.procedures.shared.party_rules import entrusted, principal_is_another, quota_managed, shares_sum
from models.vocabulary.errors import Problem

if TYPE_CHECKING:
    from models.procedures.project_application_forms.filing import ProjectApplicationForm

#: Years a crediting period lasts at most, and the box that Shanghai lies in (degrees).
MAX_CREDITING_YEARS = 10
LON_BOX = (Decimal("120.85"), Decimal("122.20"))
LAT_BOX = (Decimal("30.67"), Decimal("31.88"))
TONNE_STEP = Decimal("0.001")
SCALE_TOLERANCE = Decimal("0.01")

Found = Iterator[Problem]


def last_day(start: date, years: int) -> date:
    """The last day of a span of whole years; 29 February counts on to 28 February."""
    try:
        return start.replace(year=start.year + years) - timedelta(days=1)
    except ValueError:
        return date(start.year + years, 2, 28)


def dates_in_order(form: ProjectApplicationForm) -> Found:
    """开工 ≤ 运行 ≤ 计入期起 ≤ 计入期止."""
    p = form.project
    if p.commenced_on and p.operated_on and p.commenced_on > p.operated_on:
        yield problem(
            "project.commenced_on",
            "开工时间不能晚于运行时间，请核对。",
            "The project cannot commence after it operates; please check both dates.",
        )
    if p.operated_on and p.crediting_from and p.crediting_from < p.operated_on:
        yield problem(
            "project.crediting_from",
            "计入期不能早于项目运行时间，请调整计入期起始日。",
            "The crediting period cannot begin before operation; move its start.",
        )
    if p.crediting_from and p.crediting_to and p.crediting_to < p.crediting_from:
        yield problem(
            "project.crediting_to",
            "计入期截止日不能早于起始日，请核对。",
            "The crediting period ends before it begins; please check.",
        )


def crediting_years(form: ProjectApplicationForm) -> Found:
    """At most ten years."""
    p = form.project
    if (
        p.crediting_from
        and p.crediting_to
        and p.crediting_to > last_day(p.crediting_from, MAX_CREDITING_YEARS)
    ):
        yield problem(
            "project.crediting_to",
            f"计入期最长 {MAX_CREDITING_YEARS} 年，请调整计入期截止日。",
            f"The crediting period lasts {MAX_CREDITING_YEARS} years at most; move its end.",
        )


def crediting_in_lifetime(form: ProjectApplicationForm) -> Found:
    """Nothing is credited after the lifetime."""
    start, years, end = form.design.activity_start, form.design.lifetime_years, form.project.crediting_to
    if start and years and end and end > last_day(start, years):
        yield problem(
            "project.crediting_to",
            f"计入期超出项目寿命期（至 {last_day(start, years)}），请核对寿命或调整计入期。",
            f"The crediting period runs past the lifetime (to {last_day(start, years)}); please check both.",
        )


def inside_shanghai(form: ProjectApplicationForm) -> Found:
    """The site lies in Shanghai."""
    for name, (low, high) in (("lon", LON_BOX), ("lat", LAT_BOX)):
        value = getattr(form.project, name)
        if value is not None and not low <= value <= high:
            yield problem(
                f"project.{name}",
                f"坐标不在本市范围内（应在 {low} 至 {high} 之间），请核对经纬度是否填反。",
                f"Outside Shanghai (between {low} and {high}); are longitude and latitude swapped?",
            )


def scale_of_equipment(form: ProjectApplicationForm) -> Found:
    """Σ quantity × rated power of what counts = installed scale, within one percent."""
    scale = form.project.scale_kw
    if not scale:
        return
    total = sum((e.qty * e.rated for e in form.design.equipment if e.counts), Decimal(0))
    if abs(total - scale) > scale * SCALE_TOLERANCE:
        yield problem(
            "design.equipment",
            f"计入规模的设备合计 {total:.2f} kW，与装机规模 {scale} kW 不一致，请核对数量、功率或规模。",
            f"The equipment that counts sums to {total:.2f} kW, the scale says {scale} kW; please check.",
        )


def yearly_balance(form: ProjectApplicationForm) -> Found:
    """ER = BE − PE − LE in every year."""
    for row, year in enumerate(form.design.yearly):
        if None in (year.BE, year.PE, year.LE, year.ER):
            continue
        expected = year.BE - year.PE - year.LE
        if abs(year.ER - expected) > TONNE_STEP:
            yield problem(
                f"design.yearly.{row}.ER",
                f"减排量应等于基准线排放减去项目排放和泄漏，即 {expected} tCO2e，请核对。",
                f"The reduction is baseline less project and leakage: {expected} tCO2e; please check.",
            )


def yearly_years(form: ProjectApplicationForm) -> Found:
    """Each year once, and within the crediting period."""
    p, seen = form.project, [y.year for y in form.design.yearly]
    for row, year in enumerate(seen):
        if year and year in seen[:row]:
            yield problem(
                f"design.yearly.{row}.year",
                f"{year} 年重复，请合并。",
                f"{year} is listed twice; please merge.",
            )
        if (
            year
            and p.crediting_from
            and p.crediting_to
            and not p.crediting_from.year <= year <= p.crediting_to.year
        ):
            yield problem(
                f"design.yearly.{row}.year",
                f"{year} 年不在计入期内，请删除或调整计入期。",
                f"{year} lies outside the crediting period; remove it or move the period.",
            )


def yearly_total(form: ProjectApplicationForm) -> Found:
    """Σ yearly = est_total, and est_annual is their average, within 0.001 t a year."""
    rows, p = form.design.yearly, form.project
    if not rows:
        return
    allowed = TONNE_STEP * len(rows)
    total = sum((y.ER for y in rows), Decimal(0))
    if abs(total - p.est_total_t) > allowed:
        yield problem(
            "project.est_total_t",
            f"与年度减排量预估合计 {total} tCO2e 不一致，请核对。",
            f"The yearly estimates sum to {total} tCO2e; please check.",
        )
    if abs(total - p.est_annual_t * len(rows)) > allowed:
        yield problem(
            "project.est_annual_t",
            f"年均减排量与年度预估（{len(rows)} 年合计 {total} tCO2e）不一致，请核对。",
            f"Not the average of the yearly estimates ({total} tCO2e in {len(rows)} years); please check.",
        )


def bundled(form: ProjectApplicationForm) -> Found:
    """A bundle has at least two sub-projects; a single project has none."""
    bundle = form.design.bundle
    if bundle.is_bundled and len(bundle.sub_projects) < 2:
        yield problem(
            "design.bundle.sub_projects",
            "合并申报须列明至少两个子项目。",
            "A bundle lists at least two sub-projects.",
        )
    if bundle.is_bundled is False and bundle.sub_projects:
        yield problem(
            "design.bundle.is_bundled",
            "已填写子项目，请将“是否合并申报”改为是，或清空子项目。",
            "Sub-projects are listed; say that it is bundled, or clear them.",
        )


def owned_by_others(form: ProjectApplicationForm) -> Found:
    """Whose sub-project is another's applies for that owner: an entrusted application (G08, S02)."""
    owners = {sub.owner_uscc for sub in form.design.bundle.sub_projects if sub.owner_uscc}
    if form.applicant.is_agency is False and owners - {form.applicant.applicant_uscc}:
        yield problem(
            "applicant.is_agency",
            "有子项目的业主不是申请主体，属于受托申请，请改为“是”，填写委托信息并提供委托书。",
            "A sub-project belongs to somebody else, so you apply on behalf of its owner: say so, and give the entrustment.",
        )


def first_issuance_complete(form: ProjectApplicationForm) -> Found:
    """First issuance needs its period and amount; without it they stay empty (G18)."""
    names = ("first_period_from", "first_period_to", "first_amount_t")
    for name in names:
        value = getattr(form.project, name)
        if form.project.apply_first_issuance and not value:
            yield problem(
                f"project.{name}",
                "同步申请首次签发的，须填写监测期和申请减排量。",
                "Applying for first issuance needs the period and the amount.",
            )
        if form.project.apply_first_issuance is False and value is not None:
            yield problem(
                f"project.{name}",
                "未申请首次签发，请清空，或将“是否同步申请首次签发”改为是。",
                "Clear it, or say that you apply for first issuance.",
            )


def first_period(form: ProjectApplicationForm) -> Found:
    """The period lies in the crediting period and is a year at most (G18)."""
    p = form.project
    start, end = p.first_period_from, p.first_period_to
    earliest = max((d for d in (p.operated_on, p.crediting_from) if d), default=None)
    if start and earliest and start < earliest:
        yield problem(
            "project.first_period_from",
            f"首次监测期不能早于运行时间和计入期起始日（{earliest}），请调整。",
            f"The period cannot begin before operation and crediting ({earliest}).",
        )
    if start and end and end < start:
        yield problem(
            "project.first_period_to",
            "监测期截止日不能早于起始日，请核对。",
            "The period ends before it begins.",
        )
    if start and end and end > last_day(start, 1):
        yield problem(
            "project.first_period_to",
            "减排量原则上每年签发一次，监测期不超过 12 个月，请调整。",
            "Issuance is yearly; the period is twelve months at most.",
        )
    if end and p.crediting_to and end > p.crediting_to:
        yield problem(
            "project.first_period_to",
            "监测期不能超出计入期，请调整。",
            "The period runs past the crediting period.",
        )


RULES: tuple[Callable[[ProjectApplicationForm], Found], ...] = (
    quota_managed,
    entrusted,
    principal_is_another,
    shares_sum,
    dates_in_order,
    crediting_years,
    crediting_in_lifetime,
    inside_shanghai,
    scale_of_equipment,
    yearly_balance,
    yearly_years,
    yearly_total,
    bundled,
    owned_by_others,
    meters_valid,
    reading_arithmetic,
    reading_meters,
    reading_sequence,
    readings_not_ahead,
    first_issuance_complete,
    first_period,
)
