"""Eligibility of an issuance: whose project, which days, how often, on what data (I02, I09, I13, I25)."""

from datetime import date
from decimal import Decimal

from sqlmodel import Session, col, select

from models.tables import Case, Claim, Party, Project
from models.vocabulary.amounts import tonnes
from models.vocabulary.errors import Problem
from models.vocabulary.text import Text
from services import (
    issuance_data,
    issuance_facts,
    issuances,
    issuing,
    ledger_issuance,
    limits,
    paths,
    quota,
    shares,
)
from services.eligibility.kinds import Guard, named
from services.issuance_data import Basis
from services.monitoring.counted import day_of, number_of

PERIOD = "application.period_from"


def _project(session: Session, case: Case) -> Project | None:
    """The project the form names, whoever it belongs to."""
    number = paths.first(case.form, "application.project_number")
    return session.exec(select(Project).where(Project.number == str(number))).first() if number else None


def _own(session: Session, case: Case) -> Project | None:
    """The project, where it is the filer's."""
    project = _project(session, case)
    if project is None or session.get_one(Case, project.case_id).filer_id != case.filer_id:
        return None
    return project


def _period(case: Case) -> tuple[date, date] | None:
    first, last = (day_of(paths.first(case.form, f"application.period_{p}")) for p in ("from", "to"))
    return (first, last) if first and last and first <= last else None


def project_is_own(session: Session, case: Case) -> list[Problem]:
    """The project is in the register and its applicant is the one signed in (G19)."""
    if not paths.first(case.form, "application.project_number"):
        return []
    project, where = _own(session, case), "application.project_number"
    if project is None or not _right_kind(project, case):
        return [
            Problem(
                where,
                Text(
                    "None of your published projects has this number; choose it from your projects.",
                    "本单位没有该编号的已公布减排项目，请从本单位项目中选择。",
                ),
            )
        ]
    if (name := paths.first(case.form, "application.project_name")) and str(name) != project.name:
        return [
            Problem(
                "application.project_name",
                Text(
                    f"It was published as “{project.name}”.",
                    f"与公布的项目名称“{project.name}”不一致，请核对。",
                ),
            )
        ]
    return []


def _right_kind(project: Project, case: Case) -> bool:
    """Records are the data of a scenario, readings those of a project."""
    records = paths.first(case.form, "application.data_source") == "records"
    return project.kind == ("scenario" if records else "project")


def project_implements(session: Session, case: Case) -> list[Problem]:
    """It is being implemented and not suspended (I09), by a methodology that its data can be worked out by."""
    project = _own(session, case)
    if project is None:
        return []
    where = "application.project_number"
    if project.state not in ("implementing", "running"):
        return [
            Problem(
                where,
                Text(
                    f"{project.number} is not being implemented; nothing is issued for it.",
                    f"项目 {project.number} 不在实施状态（已暂停、计入期结束或注销），不能申请签发。",
                ),
            )
        ]
    if issuance_data.calculator(session, project) is None:
        return [
            Problem(
                where,
                Text(
                    f"Methodology {project.methodology} cannot be worked out from the data reported.",
                    f"方法学 {project.methodology} 第 {project.methodology_version} 版不能按所报送的数据计算减排量，"
                    "请联系中心办理。",
                ),
            )
        ]
    return []


def period_is_free(session: Session, case: Case) -> list[Problem]:
    """Over, inside the crediting period, and asked for by nobody else (M06, I02)."""
    project, period = _own(session, case), _period(case)
    if project is None or period is None:
        return []
    found = ledger_issuance.check_period(session, project, *period, but=case.id)
    problems = [Problem(PERIOD, p.msg) for p in found.problems]
    return problems + [_names(session, case, other) for other in _overlapping(session, case, project, period)]


def _overlapping(session: Session, case: Case, project: Project, period: tuple[date, date]) -> list[Case]:
    """The other cases, of the same applicant: who files may know of them."""
    claims = session.exec(
        select(Claim).where(
            Claim.origin_id == project.id, col(Claim.released_at).is_(None), Claim.case_id != case.id
        )
    ).all()
    ids = {c.case_id for c in claims if c.period.lower <= period[1] and period[0] < c.period.upper}
    return list(session.exec(select(Case).where(col(Case.id).in_(ids), Case.filer_id == case.filer_id)))


def _names(session: Session, case: Case, other: Case) -> Problem:
    return Problem(
        PERIOD,
        Text(f"It is case {other.case_no}.", f"与本单位办件 {other.case_no} 的监测期重叠。"),
    )


def once_a_year(session: Session, case: Case) -> list[Problem]:
    """A second issuance within twelve months needs its reason; the supervisor decides (G18, I25)."""
    project = _own(session, case)
    if project is None or str(paths.first(case.form, "application.second_in_year_reason") or "").strip():
        return []
    if not issuing.yearly(project) or not issuing.within_a_year(session, project, case):
        return []
    return [
        Problem(
            "application.second_in_year_reason",
            Text(
                "Issuance is yearly and one was asked for within twelve months; give the reason for another.",
                "减排量原则上每年签发一次，本项目 12 个月内已签发或正在申请签发；确需再次申请的，请写明理由。",
            ),
        )
    ]


def not_quota_managed_then(session: Session, case: Case) -> list[Problem]:
    """Owner, applicant and site were not on the quota list of any year of the period (G03, I13)."""
    project, period = _own(session, case), _period(case)
    if project is None or period is None:
        return []
    origin = session.get_one(Case, project.case_id)
    return [
        Problem(
            PERIOD,
            Text(
                f"{u.name} is on the {u.scope} quota list of {u.year}; reductions of that year are not issued.",
                f"{u.name} 已列入 {u.year} 年{'全国' if u.scope == 'national' else '上海市'}碳市场配额管理单位名单，该年度减排量不予签发。",
            ),
        )
        for u in quota.in_period(session, origin, *period)
    ]


def data_are_complete(session: Session, case: Case) -> list[Problem]:
    """Readings cover the period as far as the rules ask, and none is wrong (G16, G17)."""
    project, period = _own(session, case), _period(case)
    if project is None or period is None:
        return []
    reported = issuance_data.reported(session, project, period)
    if project.kind == "scenario":
        return _records_bear(case, reported)
    if reported is None and paths.first(case.form, "application.data_source") == "reported":
        return [
            Problem(
                "application.data_source",
                Text(
                    "Nothing was reported for this period; type the readings.",
                    "平台没有该监测期的报送数据，请先报送，或改为随本申请填报。",
                ),
            )
        ]
    data = issuance_data.of_form(session, project, case.form, period)
    problems = [
        Problem(f"calculation.readings.{f.row - 1}.{_COLUMNS.get(f.column.value, f.column.value)}", f.reason)
        for f in data.faults
    ]
    least = Decimal(limits.value(session, "data_complete_pct"))
    if not problems and data.completeness_pct < least:
        problems.append(
            Problem(
                "calculation.readings",
                Text(
                    f"Readings cover {data.completeness_pct} % of the period; at least {least} % is needed.",
                    f"监测数据完整率为 {data.completeness_pct}%，低于 {least}% 的要求，请补齐抄表记录。",
                ),
            )
        )
    return problems


def _records_bear(case: Case, found: Basis | None) -> list[Problem]:
    """A scenario has records that count, and no less is asked for than they give: it belongs to the persons."""
    if found is None or not found.recomputed_g:
        words = "平台没有该月可以计入的行为记录，请核对监测期和已报送的记录。"
        return [Problem(PERIOD, Text("No record of this month counts.", words))]
    claimed = [number_of(v) or Decimal(0) for v in paths.get(case.form, "application.claim.*.tco2e")]
    if issuances.grams_of(sum(claimed, Decimal(0))) == found.recomputed_g:
        return []
    return [
        Problem(
            "application.claim",
            Text(
                f"The records give {tonnes(found.recomputed_g)} t; apply for that.",
                f"按平台已收到的行为记录计算为 {tonnes(found.recomputed_g)} tCO₂e，申请量应与之一致；"
                "记录有误的请先更正。",
            ),
        )
    ]


_COLUMNS = {"period": "month", "quantity": "quantity_kwh"}


def no_open_correction(session: Session, case: Case) -> list[Problem]:
    """Data of the period is not being corrected (I09)."""
    project, period = _own(session, case), _period(case)
    if project is None or period is None or not issuance_data.blocked(session, project, *period):
        return []
    return [
        Problem(
            PERIOD,
            Text(
                "Data of this period is being corrected; apply when that is done.",
                "该监测期的数据正在修正，请在修正完成后申请。",
            ),
        )
    ]


def variance_explained(session: Session, case: Case) -> list[Problem]:
    """More than 20 percent off the design document needs its reason."""
    project, period = _own(session, case), _period(case)
    if (
        project is None
        or period is None
        or str(paths.first(case.form, "application.variance_reason") or "").strip()
    ):
        return []
    claimed = sum(
        (number_of(v) or Decimal(0) for v in paths.get(case.form, "application.claim.*.tco2e")), Decimal(0)
    )
    off = issuances.variance(issuances.grams_of(claimed), issuances.estimated(project.est_annual_g, *period))
    if off is None or abs(off) <= issuances.VARIANCE_PCT:
        return []
    return [
        Problem(
            "application.variance_reason",
            Text(
                f"The amount is {off} % off the estimate of the design document; say why.",
                f"申请量与设计文件预计量相差 {off}%，请说明原因。",
            ),
        )
    ]


def receivers_known(session: Session, case: Case) -> list[Problem]:
    """Receiving accounts exist, are active, and share as the letter of entrustment says (G08)."""
    project = _own(session, case)
    rows = [r for r in paths.get(case.form, "application.receiving_accounts.*") if isinstance(r, dict)]
    if project is None or project.kind == "scenario" or not rows:
        return []
    split = shares.of_case(session, session.get_one(Case, project.case_id))
    agreed = {share.party.id: share.pct for share in split if share.party}
    problems = [
        Problem("application.receiving_accounts", shares.waiting(share.name, share.pct))
        for share in split
        if not share.party
    ]
    for n, row in enumerate(rows):
        party = issuance_facts.party_of_account(session, str(row.get("account")))
        if party is None or not party.account_active or party.id not in agreed:
            problems.append(_not_a_receiver(n, [share.party for share in split if share.party]))
        elif number_of(row.get("pct")) != agreed[party.id]:
            problems.append(
                Problem(
                    f"application.receiving_accounts.{n}.pct",
                    Text(
                        f"The share agreed for {party.name} is {agreed[party.id]:f} %.",
                        f"与委托书约定的比例不一致，{party.name} 应为 {agreed[party.id]:f}%。",
                    ),
                )
            )
    return problems


def _not_a_receiver(row: int, parties: list[Party]) -> Problem:
    known = "、".join(f"{p.name} {p.account_no or ''}".strip() for p in parties)
    return Problem(
        f"application.receiving_accounts.{row}.account",
        Text(
            f"Not an active account of a party to this project ({known}).",
            f"该账户不存在、已停用，或不属于本项目减排量的分配方（{known}）。",
        ),
    )


CHECKS: dict[str, Guard] = named(
    project_is_own,
    project_implements,
    period_is_free,
    once_a_year,
    not_quota_managed_then,
    data_are_complete,
    no_open_correction,
    variance_explained,
    receivers_known,
)
