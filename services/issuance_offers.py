"""What a project can apply for now, filled in from what it reported: Appendix D and E ready to sign (G19, G20)."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, cast, func
from sqlmodel import Session, col, select

from models.procedures.issuance_forms.rules import last_day_of_month
from models.tables import Case, Claim, Project, ScenarioRecord
from models.vocabulary.whole import is_whole
from services import (
    clock,
    corrections,
    issuance_data,
    issuance_facts,
    issuances,
    issuing,
    limits,
    paths,
    shares,
)
from services.access import Actor
from services.issuance_data import Basis
from services.monitoring.activity import Activity
from services.monitoring.counted import day_of

REASON = "计入期内监测数据已按期报送，结合项目收益分配安排，申请就已结束的监测期单独签发。"


@dataclass(frozen=True)
class Offer:
    """A monitoring period that can be asked for.

    Args:
        period: (first, last) day, or None where nothing is left to ask for today.
        data: what the platform was reported for it; None where nothing was.
        form: the application filled in, as far as the platform knows.
        ready: the platform knows enough to apply in one page (G20).
        again: another issuance lies within twelve months; its reason is asked for (G18).
        owed_g: what a correction left owed for the project; it is taken out of the issuance first (G27).
    """

    project: Project
    period: tuple[date, date] | None
    data: Basis | None
    form: dict[str, Any]
    ready: bool = False
    again: bool = False
    owed_g: int = 0

    @property
    def seen(self) -> str:
        """What is signed on its page: the first and last day, by their numbers, and the grams; empty for nothing."""
        if self.period is None or self.data is None:
            return ""
        first, last = self.period
        return f"{first.toordinal()}-{last.toordinal()}-{self.data.recomputed_g}"


def of_party(session: Session, actor: Actor) -> list[Offer]:
    """What the actor's party can ask for, project by project, those with data first."""
    if actor.party_id is None:
        return []
    projects = session.exec(
        select(Project)
        .join(Case, col(Case.id) == col(Project.case_id))
        .where(
            Case.filer_id == actor.party_id,
            ((Project.kind == "project") & (Project.state == "implementing"))
            | ((Project.kind == "scenario") & (Project.state == "running")),
        )
        .order_by(col(Project.published_at), col(Project.id))
    ).all()
    found = [of_project(session, p) for p in projects]
    return sorted(found, key=lambda o: (not o.ready, o.again, o.period is None))


def of_project(session: Session, project: Project) -> Offer:
    """The next period of a project and what is known of it."""
    period, data = _next(session, project)
    return Offer(
        project,
        period,
        data,
        _form(session, project, period, data),
        ready=data is not None and bool(data.recomputed_g) and data.completeness_pct >= _least(session),
        again=issuing.yearly(project) and bool(issuing.within_a_year(session, project)),
        owed_g=corrections.owed(session, project),
    )


def asked_before(session: Session, project: Project, seen: str) -> Case | None:
    """The case that asks already for the days a page showed (`Offer.seen`, as it came back): sent twice, or from
    another window."""
    first = seen.partition("-")[0]
    if not is_whole(first, 7) or not 0 < int(first) <= date.max.toordinal():
        return None
    query = (
        select(Case)
        .join(Claim, col(Claim.case_id) == col(Case.id))
        .where(Claim.origin_id == project.id, col(Claim.released_at).is_(None))
        .where(func.lower(Claim.period) == date.fromordinal(int(first)))
    )
    return session.exec(query).first()


def _least(session: Session) -> int:
    return limits.value(session, "data_complete_pct")


def next_period(session: Session, project: Project) -> tuple[date, date] | None:
    """From the day after the last period asked for, to the end of that calendar year or the last whole month.

    Of a scenario, the earliest month that is over, has records, and was not asked for (G28).
    """
    if project.kind == "scenario":
        return next(_months(session, project), None)
    begins, ends = day_of(project.crediting_from), day_of(project.crediting_to)
    claims = session.exec(
        select(Claim).where(Claim.origin_id == project.id, col(Claim.released_at).is_(None))
    ).all()
    first = max([c.period.upper for c in claims], default=begins)
    if first is None:
        return None
    whole = clock.today().date().replace(day=1) - timedelta(days=1)
    last = min(date(first.year, 12, 31), whole, ends or whole)
    return (first, last) if first <= last else None


def _next(session: Session, project: Project) -> tuple[tuple[date, date] | None, Basis | None]:
    """The next period with its data; a month of a scenario in which nothing counts does not stand in the way."""
    period = next_period(session, project)
    data = issuance_data.reported(session, project, period) if period else None
    if project.kind == "scenario" and not (data and data.recomputed_g):
        for month in _months(session, project):
            found = issuance_data.reported(session, project, month)
            if found is not None and found.recomputed_g:
                return month, found
    return period, data


def _months(session: Session, scenario: Project) -> Iterator[tuple[date, date]]:
    """Months that are over, have records, and were not asked for."""
    local = func.timezone("Asia/Shanghai", col(ScenarioRecord.at))
    month = cast(func.date_trunc("month", local), Date)
    rows = session.exec(
        select(month).where(ScenarioRecord.project_id == scenario.id).distinct().order_by(month)
    ).all()
    claims = session.exec(
        select(Claim).where(Claim.origin_id == scenario.id, col(Claim.released_at).is_(None))
    ).all()
    this = clock.today().date().replace(day=1)
    for first in rows:
        last = last_day_of_month(first)
        if first < this and not any(c.period.lower <= last and first < c.period.upper for c in claims):
            yield first, last


def _form(
    session: Session, project: Project, period: tuple[date, date] | None, data: Basis | None
) -> dict[str, Any]:
    """Appendix D and E as far as the platform knows them."""
    origin = session.get_one(Case, project.case_id)
    application: dict[str, Any] = {
        "project_number": project.number,
        "project_name": project.name,
        "receiving_accounts": []
        if project.kind == "scenario"
        else [
            {
                "account": issuance_facts.account_of(session, share.party) if share.party else "",
                "pct": f"{share.pct.normalize():f}",
            }
            for share in shares.of_case(session, origin)
        ],
        "contact_name": paths.first(origin.form, "applicant.contact_name") or "",
        "contact_mobile": paths.first(origin.form, "applicant.contact_mobile") or "",
        "double_claim_declaration": False,
    }
    if period:
        application |= {"period_from": period[0].isoformat(), "period_to": period[1].isoformat()}
    if data is None and project.kind == "scenario":
        return {"application": {**application, "data_source": "records"}, "calculation": {}}
    if data is None:
        return {"application": {**application, "data_source": "typed"}, "calculation": _typed(origin)}
    return _reported(project, application, data, origin, period)


def _typed(origin: Case) -> dict[str, Any]:
    """The meters as applied for; readings of the period have yet to be typed."""
    rows = [dict(m) for m in paths.get(origin.form, "design.meters.*") if isinstance(m, dict)]
    return {"meters": rows, "readings": []}


def _reported(
    project: Project,
    application: dict[str, Any],
    data: Basis,
    origin: Case,
    period: tuple[date, date] | None,
) -> dict[str, Any]:
    grams = data.recomputed_g or 0
    years = issuances.by_year(data.calculation, period) if data.calculation else {}
    claim = [{"vintage_year": year, "tco2e": _t(part)} for year, part in years.items() if part]
    application |= {"data_source": data.source, "claim": claim}
    if period:
        off = issuances.variance(grams, issuances.estimated(project.est_annual_g, *period))
        if off is not None and abs(off) > issuances.VARIANCE_PCT:
            application["variance_reason"] = f"按平台已报送的监测数据计算，与设计文件预计量相差 {off}%。"
    notes = _notes(data, origin, grams)
    if data.activity is not None:
        notes |= _notes_of_records(project, data, data.activity, grams)
    return {"application": application, "calculation": notes}


def joined(sentences: list[str]) -> str:
    """Several sentences as one."""
    said = [s for sentence in sentences if (s := sentence.strip().rstrip("。；"))]
    return "；".join(said) + "。" if said else ""


def _notes(data: Basis, origin: Case, grams: int) -> dict[str, Any]:
    """Appendix E in the words of the design document, where the applicant has nothing to add."""
    meters = "、".join(m.number for m in data.meters)
    manager = str(paths.first(origin.form, "applicant.contact_name") or "")
    legal = str(paths.first(origin.form, "applicant.legal_rep_name") or "")
    control = [
        str(paths.first(origin.form, f"design.data_mgmt.{key}") or "")
        for key in ("cross_check", "storage", "backup")
    ]
    return {
        "implementation": "监测期内项目按公布的设计文件连续运行，未发生影响减排量核算的变更。",
        "events": [],
        "monitoring_system": f"由计量表 {meters} 连续计量，数据按期报送碳普惠管理运营平台，本说明采用平台已报送数据。",
        "duties": [
            {
                "post": "监测负责人",
                "duty": str(
                    paths.first(origin.form, "design.data_mgmt.org_chart")
                    or "按监测计划抄表、复核和报送数据。"
                )[:300],
            }
        ],
        "quality_control": joined(control) or "按监测计划开展数据质量控制。",
        "cross_checks": [
            {
                "symbol": q.symbol,
                "source_doc": f"计量表 {meters} 平台报送数据"[:200],
                "cross_check_doc": "结算单和运行记录",
                "difference": "与结算单核对一致，有差异的采用较低值。",
            }
            for q in data.quantities
        ],
        "meters": [],
        "readings": [],
        "gaps": [],
        "er_total_t": _t(grams),
        "conclusion": f"监测期内数据完整率 {data.completeness_pct}%，按方法学计算本期减排量为 {_t(grams)} tCO₂e。",
        "prepared_by": manager or "监测负责人",
        "checked_by": legal if legal and legal != manager else "技术负责人",
    }


def _notes_of_records(project: Project, data: Basis, activity: Activity, grams: int) -> dict[str, Any]:
    """Appendix E of a scenario: what its platform sent, what counts, and why the rest does not."""
    apart = "；".join(f"{reason.zh} {n} 条" for reason, n in activity.reasons) or "无"
    counted = (
        f"计入 {len(activity.counted)} 条、{activity.persons} 人，未计入 {len(activity.apart)} 条（{apart}）"
    )
    return {
        "implementation": "监测期内减排场景按公布的申请材料连续运行，未发生影响减排量核算的变更。",
        "monitoring_system": "业务平台按约定字段报送行为记录，管理运营平台逐条核对用户授权、数据项和适用条件，"
        "按方法学逐条核算。" + counted + "。",
        "cross_checks": [
            {
                "symbol": q.symbol,
                "source_doc": f"{project.number} 业务平台报送的行为记录",
                "cross_check_doc": "业务平台订单和用户授权记录",
                "difference": "逐条核对，重复、超范围和无有效授权的记录不计入。",
            }
            for q in data.quantities
        ],
        "conclusion": f"监测期内共收到行为记录 {len(activity.rows)} 条，{counted}；"
        f"按方法学逐条核算，本期减排量为 {_t(grams)} tCO₂e（{grams:,} 克）。",
    }


def _t(grams: int) -> str:
    """Tonnes to three places, as the forms have them; to the gram where there is something below a kilogram."""
    return f"{Decimal(grams).scaleb(-6):.3f}" if grams % 1000 == 0 else f"{Decimal(grams).scaleb(-6):.6f}"


def draft(session: Session, actor: Actor) -> dict[str, Any]:
    """What a new draft starts with: the first of the party's projects that can ask for something."""
    offers = of_party(session, actor)
    return deepcopy(offers[0].form) if offers else {}


def example(session: Session, actor: Actor, whole: dict[str, Any]) -> dict[str, Any]:
    """The example of the form made to fit a project of the actor's party, where there is one."""
    offers = [o for o in of_party(session, actor) if o.ready]
    if not offers:
        return whole
    known = offers[0].form
    fitted = {part: {**whole[part], **known[part]} for part in ("application", "calculation")}
    for private in ("contact_name", "contact_mobile"):  # an example shows nobody's own
        fitted["application"][private] = whole["application"][private]
    fitted["application"]["changes"] = []
    if offers[0].again:
        fitted["application"]["second_in_year_reason"] = REASON
    return fitted
