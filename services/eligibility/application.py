"""Eligibility of an application (domain guards G1–G6): who files, by which methodology, claimed once."""

from datetime import date
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import Case, EtsUnit, Methodology, Party, Project
from models.vocabulary.errors import Problem
from models.vocabulary.statuses import NEGATIVE_ENDS, CaseStatus
from models.vocabulary.text import Text
from services import clock, paths, quota, shares
from services.eligibility.kinds import Guard, named


def _value(case: Case, what: str) -> Any:
    path = procedure(case.procedure).identity_paths.get(what)
    return paths.first(case.form, path) if path else None


def _path(case: Case, what: str) -> str:
    return procedure(case.procedure).identity_paths.get(what, "").replace(".*", "")


def _fact(case: Case, what: str) -> Any:
    return paths.named(case.procedure, case.form, what)


def _fact_path(case: Case, what: str) -> str:
    return procedure(case.procedure).fact_paths.get(what, "")


def filer_is_organisation(session: Session, case: Case) -> list[Problem]:
    """Only organisations may apply (G01); the applicant named is the one signed in."""
    filer = session.get_one(Party, case.filer_id)
    if filer.kind != "organisation":
        return [
            Problem(
                "",
                Text(
                    "Only an organisation may file this application; please sign in with its account.",
                    "仅机关、企事业单位、社会团体等单位可以申请，请使用单位账户登录。",
                ),
            )
        ]
    typed = _value(case, "applicant_uscc")
    if typed and filer.uscc and str(typed) != filer.uscc:
        return [
            Problem(
                _path(case, "applicant_uscc"),
                Text(
                    f"The credit code differs from that of your account ({filer.uscc}).",
                    f"统一社会信用代码与登录单位（{filer.name}，{filer.uscc}）不一致，请核对。",
                ),
            )
        ]
    return []


def methodology_in_force(session: Session, case: Case) -> list[Problem]:
    """The methodology is published, of the right family and in force on the day of submission (G02, I15)."""
    code, version = _value(case, "methodology"), _value(case, "methodology_version")
    where = _path(case, "methodology")
    if not code:
        return []
    rows = session.exec(select(Methodology).where(Methodology.code == str(code))).all()
    if not rows:
        return [
            Problem(
                where,
                Text(
                    f"There is no published methodology “{code}”; choose one from the library of methodologies.",
                    f"没有已公布的方法学“{code}”，请在方法学库中查找编号。",
                ),
            )
        ]
    family = procedure(case.procedure).kind
    row = next((r for r in rows if not version or r.version == str(version)), None)
    if row is None:
        return [
            Problem(
                where,
                Text(
                    f"Methodology {code} has no version {version}.",
                    f"方法学 {code} 没有版本 {version}，请重新选择。",
                ),
            )
        ]
    return _not_usable(row, family, where)


def _not_usable(row: Methodology, family: str, where: str) -> list[Problem]:
    today = clock.today().date()
    if row.kind != family:
        return [
            Problem(
                where,
                Text(
                    f"“{row.name}” is a {row.kind} methodology and cannot be used here.",
                    f"“{row.name}”属于{'场景' if row.kind == 'scenario' else '项目'}类方法学，不适用于本申请。",
                ),
            )
        ]
    if not row.is_in_force(today):
        return [
            Problem(
                where,
                Text(
                    f"“{row.name}” is not in force today.",
                    f"方法学“{row.name}”目前不在有效期内，请选择现行有效的方法学。",
                ),
            )
        ]
    return []


def not_ets_covered(session: Session, case: Case) -> list[Problem]:
    """Units under carbon-market quota management cannot take part (G03, I13)."""
    found = ets_matches(session, case)
    return [
        Problem(
            _path(case, "applicant_uscc"),
            Text(
                f"{u.name} is on the {u.scope} list of quota-managed units ({u.year}); its projects cannot take part.",
                f"{u.name} 已列入{'全国' if u.scope == 'national' else '上海市'}碳市场配额管理单位名单（{u.year} 年），不得参与碳普惠。",
            ),
        )
        for u in found
    ]


def ets_matches(session: Session, case: Case) -> list[EtsUnit]:
    """Quota-managed units of this year that match the applicant, the owner or the site of the case."""
    return quota.managed(session, case, clock.today().year)


def not_claimed_twice(session: Session, case: Case) -> list[Problem]:
    """The same project is under one live case only and registered once (G04, I16)."""
    mine = identity_of(case)
    problems = [
        Problem(
            _path(case, what),
            Text(
                f"Another application or project already uses this {_WHAT[what].en}; one project can be filed once only.",
                f"该{_WHAT[what].zh}已用于其他在办申请或已公布项目，同一项目不得重复申请。",
            ),
        )
        for other in _lookalikes(session, case, mine)
        for what in _shared(mine, other.identity)
    ]
    return list(dict.fromkeys(problems))


_WHAT = {
    "project_name": Text("project name", "项目名称"),
    "lon": Text("site", "项目坐标"),
    "meters": Text("meter", "计量表编号"),
    "platforms": Text("platform", "平台或设施编号"),
}
#: What there may be several of: one shared is enough.
_MANY = ("meters", "platforms")


def identity_of(case: Case) -> dict[str, Any]:
    """What makes the project the same project: name, site, meters, platforms."""
    spec = procedure(case.procedure)
    out: dict[str, Any] = {}
    for what in ("project_name", "lon", "lat", *_MANY):
        values = paths.get(case.form, spec.identity_paths[what]) if what in spec.identity_paths else []
        if values:
            out[what] = sorted({str(v).strip() for v in values}) if what in _MANY else str(values[0]).strip()
    return out


#: Cases whose result is in the register, whatever they ended with themselves.
_PUBLIC = select(Project.case_id).where(Project.state != "deregistered")


def _lookalikes(session: Session, case: Case, mine: dict[str, Any]) -> list[Case]:
    ways = []
    if "project_name" in mine:
        ways.append(col(Case.identity)["project_name"].astext == mine["project_name"])
    if "lon" in mine and "lat" in mine:
        ways.append(
            (col(Case.identity)["lon"].astext == mine["lon"])
            & (col(Case.identity)["lat"].astext == mine["lat"])
        )
    ways += [func.jsonb_exists_any(col(Case.identity)[what], mine[what]) for what in _MANY if mine.get(what)]
    if not ways:
        return []
    dead = [s.value for s in NEGATIVE_ENDS] + [CaseStatus.DRAFT.value]
    return list(
        session.exec(
            select(Case).where(
                Case.id != case.id,
                Case.procedure == case.procedure,
                col(Case.status).not_in(dead) | col(Case.id).in_(_PUBLIC),
                or_(*ways),
            )
        )
    )


def _shared(mine: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    same = [w for w in ("project_name",) if mine.get(w) and mine.get(w) == theirs.get(w)]
    if mine.get("lon") and (mine.get("lon"), mine.get("lat")) == (theirs.get("lon"), theirs.get("lat")):
        same.append("lon")
    return same + [what for what in _MANY if set(mine.get(what, [])) & set(theirs.get(what, []))]


def entrustment_complete(session: Session, case: Case) -> list[Problem]:
    """The principal of an entrusted application is not the applicant, and whoever shares is a party known (G08, S02)."""
    principal, filer = _value(case, "principal_uscc"), session.get_one(Party, case.filer_id)
    found = shares.problems(session, case)
    if principal and str(principal) == (filer.uscc or ""):
        words = Text(
            "The principal cannot be the applicant itself.",
            "委托方不能与申请主体相同；如非受托申请，请将“是否受托申请”改为否。",
        )
        found.insert(0, Problem(_path(case, "principal_uscc"), words))
    return found


def platform_account(session: Session, case: Case) -> list[Problem]:
    """The platform account exists, is active and is the applicant's (domain G5, R58)."""
    typed = _fact(case, "platform_account")
    filer = session.get_one(Party, case.filer_id)
    if not typed or (str(typed) == filer.account_no and filer.account_active):
        return []
    return [
        Problem(
            _fact_path(case, "platform_account"),
            Text(
                f"This is not an active platform account of {filer.name}"
                + (f"; yours is {filer.account_no}." if filer.account_no else "."),
                "该碳普惠管理运营平台账户不存在、已停用或不属于本单位"
                + (f"，本单位账户为 {filer.account_no}。" if filer.account_no else "，请先开立账户。"),
            ),
        )
    ]


def dates_in_order(session: Session, case: Case) -> list[Problem]:
    """Nothing operates in the future: the operation date is not after today (domain G6)."""
    typed = _fact(case, "operated_on")
    try:
        later = typed is not None and date.fromisoformat(str(typed)) > clock.today().date()
    except ValueError:
        return []
    if not later:
        return []
    return [
        Problem(
            _fact_path(case, "operated_on"),
            Text(
                "The operation date lies in the future; file after operation has begun.",
                "运行时间晚于今天，请在项目投入运行后申请。",
            ),
        )
    ]


CHECKS: dict[str, Guard] = named(
    filer_is_organisation,
    methodology_in_force,
    not_ets_covered,
    not_claimed_twice,
    entrustment_complete,
    platform_account,
    dates_in_order,
)
