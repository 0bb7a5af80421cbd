"""Tables that the papers of an issuance share, from its numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from models.procedures import procedure
from models.vocabulary.amounts import tonnes as in_tonnes
from services.casefile import CaseFile
from services.documents.builders import reading
from services.documents.builders.reading import get, rows
from services.documents.builders.words import BLANK, number, text, tonnes, zh_date
from services.documents.builders.words import unit as in_print
from services.documents.contexts import issuance as paper
from services.documents.contexts.base import NamedValue
from services.issuances import GRAMS, IssuanceFacts
from services.monitoring.activity import Activity, Judged
from services.monitoring.checks import Apart, Calibration, Reading
from services.quantification import Calculation, lines
from services.quantification.printing import Line, figure

COUNTS_IN_FULL = "全额计入"
CONSERVATIVE = "检定逾期，扣除最大允许误差后计入"
LEFT_OUT = "未经检定，不计入"
INCOMPLETE = "同期其他数据不完整，不计入"
DATA_SOURCES = {"reported": "平台报送数据", "records": "业务平台报送的行为记录"}
STATUS = {"verified": "已核实", "unverified": "未核实", "assumption": "假定值"}


def t(grams: int | None) -> str:
    """Grams as tonnes, to three places at least, or a dash."""
    if grams is None:
        return BLANK
    whole, _, rest = in_tonnes(grams).partition(".")
    return f"{whole}.{rest:0<3} tCO₂e"


def estimate(grams: int | None) -> str:
    """An estimate worked out by days: three decimals, cut, for more would say more than is known."""
    return BLANK if grams is None else f"{tonnes(Decimal(grams) / GRAMS)} tCO₂e"


def g(grams: int | None) -> str:
    """Grams with separators, or a dash."""
    return BLANK if grams is None else f"{grams:,} gCO₂e"


def days(first: object, last: object) -> str:
    """Both days, in Chinese."""
    return f"{zh_date(first)}至{zh_date(last)}"


def years(facts: IssuanceFacts | None) -> list[paper.YearRow]:
    """Claimed, recomputed and approved by calendar year."""
    return [
        paper.YearRow(
            year=f"{v.year}年", claimed=t(v.claimed_g), recomputed=t(v.recomputed_g), approved=t(v.approved_g)
        )
        for v in (facts.vintages if facts else ())
    ]


def holders(facts: IssuanceFacts | None) -> list[paper.HolderRow]:
    """Receiving accounts."""
    return [
        paper.HolderRow(
            no=str(no),
            account=text(h.account),
            name=text(h.name),
            pct=f"{figure(h.pct)}%",
            amount=t(h.grams),
            grams=g(h.grams),
        )
        for no, h in enumerate(facts.holders if facts else (), 1)
    ]


def project_lines(facts: IssuanceFacts | None) -> list[NamedValue]:
    """Which project, which days, by which methodology."""
    if facts is None:
        return []
    told = {
        f"{origin(facts)}名称": facts.project_name,
        f"{origin(facts)}编号": facts.project_number,
        "公布日期": zh_date(facts.published_on),
        "申请主体": facts.applicant,
        "项目业主": facts.owner or None,
        "适用方法学": method(facts, f"{facts.method_class}类"),
        "监测期": days(facts.first, facts.last),
        "签发类别": f"{kind(facts)}签发（第{facts.sequence}期）",
    }
    return [NamedValue(name=name, value=text(value)) for name, value in told.items() if value is not None]


def method(facts: IssuanceFacts, *more: str) -> str:
    """《名称》（编号，版本）, and what else is told of it."""
    inside = "，".join((facts.methodology, f"版本{facts.version}", *more))
    return f"《{facts.methodology_name}》（{inside}）"


def kind(facts: IssuanceFacts) -> str:
    """首次 with the application, or where nothing has been issued yet; else 再次."""
    return "首次" if facts.first_time or facts.sequence == 1 else "再次"


def origin(facts: IssuanceFacts) -> str:
    """What the reductions come from."""
    return "减排场景" if facts.activity is not None else "项目"


def data_source(facts: IssuanceFacts | None) -> str:
    """Where the data comes from."""
    return DATA_SOURCES.get(facts.data_source if facts else "", "申请材料填报数据")


def earlier_lines(facts: IssuanceFacts | None) -> list[NamedValue]:
    """What was issued before."""
    return [
        NamedValue(name=f"第{no}期（{days(e.first, e.last)}）", value=f"{t(e.approved_g)}，批次 {e.lot}")
        for no, e in enumerate(facts.earlier if facts else (), 1)
    ]


def factors(facts: IssuanceFacts | None) -> list[paper.FactorRow]:
    """Every factor version that counted; the error of a meter only where one was overdue."""
    if facts is None or facts.calculation is None:
        return []
    used = [f for f in facts.calculation.factors if f.symbol != "MPE" or facts.conservative]
    return [
        paper.FactorRow(
            symbol=f.symbol,
            name=text(f.label),
            value=figure(f.value),
            unit=in_print(text(f.unit)),
            status=STATUS.get(f.status, f.status),
            source=in_print(text(f.source)),
        )
        for f in used
    ]


def instruments(facts: IssuanceFacts | None) -> list[paper.InstrumentRow]:
    """Meters, one line a verification, with what it means for the period."""
    out: list[paper.InstrumentRow] = []
    for meter in facts.meters if facts else ():
        for first, last in meter.verified or ((None, None),):
            out.append(
                paper.InstrumentRow(
                    no=str(len(out) + 1),
                    meter=text(meter.number),
                    multiplier=figure(meter.multiplier),
                    verified=days(first, last) if first else "未检定",
                    state=_covers(facts, first, last),
                )
            )
    return out


def _covers(facts: IssuanceFacts | None, first: date | None, last: date | None) -> str:
    if facts is None or first is None or last is None:
        return "无有效检定"
    if first <= facts.first and facts.last <= last:
        return "覆盖全部监测期"
    if last < facts.first or facts.last < first:
        return "不在监测期内"
    return f"覆盖 {zh_date(max(first, facts.first))}至{zh_date(min(last, facts.last))}"


def activity(facts: IssuanceFacts | None) -> list[paper.ActivityRow]:
    """Every reading in time order, with how it counts."""
    if facts is None:
        return []
    if facts.activity is not None:
        return _by_day(facts.activity)
    rows_: list[tuple[Reading, str]] = [
        *((r, COUNTS_IN_FULL) for r in facts.readings),
        *_said(facts.conservative, CONSERVATIVE),
        *_said((a for a in facts.left_out if a.calibration is not Calibration.VALID), LEFT_OUT),
        *_said((a for a in facts.left_out if a.calibration is Calibration.VALID), INCOMPLETE),
    ]
    ordered = sorted(rows_, key=lambda pair: (pair[0].first, pair[0].meter))
    return [_reading(no, r, how) for no, (r, how) in enumerate(ordered, 1)]


def _said(apart: Iterable[Apart], how: str) -> list[tuple[Reading, str]]:
    return [(a.reading, how) for a in apart]


def _by_day(found: Activity) -> list[paper.ActivityRow]:
    """Records of persons day by day: how many count, and to how much; then those set apart, by reason."""
    by_day: dict[date, list[Judged]] = {}
    for row in found.counted:
        by_day.setdefault(row.on, []).append(row)
    told = [
        (zh_date(day), f"行为记录{len(group)}条", f"计入{sum(r.grams for r in group):,}克", _sum(group))
        for day, group in sorted(by_day.items())
    ]
    told += [("全月", f"行为记录{n}条", f"不计入：{reason.zh}", BLANK) for reason, n in found.reasons]
    return [
        paper.ActivityRow(
            no=str(no), period=period, meter=what, start=BLANK, end=BLANK, multiplier=BLANK, quantity=quantity,
            counts=counts,
        )
        for no, (period, what, counts, quantity) in enumerate(told, 1)
    ]  # fmt: skip


def _sum(rows_: list[Judged]) -> str:
    """What the records measured, added up; of several things each."""
    names = sorted({k for r in rows_ for k, v in r.values.items() if isinstance(v, Decimal)})
    sums = [sum((v for r in rows_ if isinstance(v := r.values.get(k), Decimal)), Decimal(0)) for k in names]
    return "；".join(number(s) for s in sums)


def _reading(no: int, r: Reading, how: str) -> paper.ActivityRow:
    return paper.ActivityRow(
        no=str(no),
        period=_month(r.first, r.last),
        meter=text(r.meter),
        start=number(r.start),
        end=number(r.end),
        multiplier=figure(r.multiplier),
        quantity=number(r.quantity),
        counts=how,
    )


def _month(first: date, last: date) -> str:
    """A whole month by its name, other days by both ends."""
    whole = (
        first.day == 1
        and (last + timedelta(days=1)).day == 1
        and (first.year, first.month) == (last.year, last.month)
    )
    return f"{first.year}年{first.month}月" if whole else days(first, last)


def steps(found: Iterable[Line]) -> list[paper.StepRow]:
    """Steps as an office writes them."""
    return [
        paper.StepRow(
            no=str(no),
            label=f"{line.label}（{line.target}）",
            formula=f"{line.target} = {line.formula}",
            substitution=line.substitution,
            result=f"{line.result} {in_print(line.unit)}".strip(),
        )
        for no, line in enumerate(found, 1)
    ]


def chapters(calculation: Calculation | None) -> dict[str, list[paper.StepRow]]:
    """The steps by chapter of Appendix E: rows, baseline, project emissions, leakage, reduction."""
    told = list(lines(calculation)) if calculation else []
    if (
        calculation is not None and calculation.method.result.is_per_row
    ):  # a record after the other: one as example
        told = [replace(line, label=f"{line.label}（逐条计算，示例）") for line in told]
    chapter = {"PE": "emissions", "LE": "leakage", "ER": "reduction"}
    out: dict[str, list[Line]] = {
        k: [] for k in ("row_steps", "baseline", "emissions", "leakage", "reduction")
    }
    for line in told:
        out["row_steps" if line.row is not None else chapter.get(line.target, "baseline")].append(line)
    return {name: steps(found) for name, found in out.items()}


def totals(found: Iterable[Line]) -> list[Line]:
    """The steps of the whole period."""
    return [line for line in found if line.row is None]


def gaps(file: CaseFile, facts: IssuanceFacts | None, calc: Mapping[str, Any]) -> list[paper.GapRow]:
    """Missing days: those the applicant explains, and those the data shows besides."""
    told = rows(calc, "gaps")
    kind = procedure(file.procedure).form
    out = [
        paper.GapRow(
            no=str(no),
            days=days(row.get("first"), row.get("last")),
            cause=text(row.get("cause")),
            treatment=reading.label(kind, "calculation.gaps.treatment", row.get("treatment")),
        )
        for no, row in enumerate(told, 1)
    ]
    for gap in facts.gaps if facts else ():
        out.append(
            paper.GapRow(
                no=str(len(out) + 1),
                days=f"{gap.meter}：{days(gap.first, gap.last)}",
                cause="监测数据中没有该时段读数",
                treatment="不计入减排量",
            )
        )
    return out


def percent(value: Decimal | None) -> str:
    """A percentage, or a dash."""
    return BLANK if value is None else f"{figure(value)}%"


def events(calc: Mapping[str, Any]) -> list[paper.EventRow]:
    """What happened within the period."""
    return [
        paper.EventRow(
            no=str(no),
            days=days(row.get("first"), row.get("last")),
            what=text(row.get("what")),
            effect=text(row.get("effect")),
        )
        for no, row in enumerate(rows(calc, "events"), 1)
    ]


def parameters(calc: Mapping[str, Any]) -> list[paper.ParameterRow]:
    """Monitored parameters."""
    return [
        paper.ParameterRow(
            symbol=text(row.get("symbol")),
            source=text(row.get("source_doc")),
            checked_against=text(row.get("cross_check_doc")),
            result=text(row.get("difference")),
        )
        for row in rows(calc, "cross_checks")
    ]


def grams_of_claim(form: Mapping[str, Any]) -> int | None:
    """The claim as typed, in grams; None where nothing readable stands there."""
    amounts = [row.get("tco2e") for row in rows(form, "application.claim")]
    try:
        return sum(int(Decimal(str(a)) * GRAMS) for a in amounts) if amounts else None
    except ArithmeticError:
        return None


def said(form: Mapping[str, Any], path: str) -> str:
    """A text of the form."""
    return text(get(form, path))
