"""Statistics (W02): numbers, charts, the rows behind each number, Excel."""

import tempfile
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api import days, targets
from api.dependencies import Reader
from api.downloads import kept, streamed
from api.errors import language
from api.pages.admin import Watcher, show
from models.procedures import PROCEDURES
from models.vocabulary.amounts import tonnes
from models.vocabulary.errors import Invalid, NotFound, Problem
from models.vocabulary.text import Text
from services import charts, exports
from services.charts import Bar, Station
from services.clock import SHANGHAI
from services.reading.statistics import figures as counting
from services.reading.statistics.dimensions import DIMENSIONS, Counted, Dimension, Group, behind, every
from services.reading.statistics.figures import Figures
from services.reading.statistics.scope import Scope

router = APIRouter(prefix="/admin")
MOST_BARS, PAGE = 12, 50
#: The charts of the page, in order; the correction reasons are named from the form.
SHOWN = (
    "stage",
    "status",
    "age",
    "turn",
    "on_time",
    "correction",
    "officer",
    "officer_open",
    "expert",
    "expert_open",
    "organisation",
    "grams_class",
    "grams_methodology",
    "grams_district",
)


def scope_of(since: str, until: str, procedure: str) -> tuple[Scope, tuple[Problem, ...]]:
    """What the address asks for, and what of it is no date, no procedure, or ends before it begins."""
    first, last, problems = days.span(since, until)
    if procedure not in ("", *PROCEDURES):
        words = Text(f"There is no procedure “{procedure[:40]}”.", f"没有“{procedure[:40]}”这一事项。")
        return Scope(first, last), (*problems, Problem("procedure", words))
    return Scope(first, last, procedure), problems


def _scope(since: str, until: str, procedure: str) -> Scope:
    """The same for what is no page with these fields. Raises Invalid."""
    scope, problems = scope_of(since, until, procedure)
    if problems:
        raise Invalid(problems)
    return scope


def _query(scope: Scope, **more: str) -> str:
    words = {
        "since": scope.since.isoformat() if scope.since else "",
        "until": scope.until.isoformat() if scope.until else "",
        "procedure": scope.procedure,
        **more,
    }
    return urlencode({k: v for k, v in words.items() if v})


def name_of(dimension: Dimension, group: Group, lang: str) -> str:
    """The words of a figure."""
    return _named(dimension, group.value, group.title.of(lang), lang)


def _named(dimension: Dimension, value: str, label: str, lang: str) -> str:
    if dimension.key == "correction":
        key, _, target = value.partition("/")
        return targets.title(PROCEDURES[key], target).of(lang) if key in PROCEDURES else target
    found = dimension.name(value)
    return found.of(lang) if found else label or {"en": "not stated", "zh": "未填写"}[lang]


def _size(dimension: Dimension, group: Group) -> float:
    return float(group.weight if dimension.summed else group.count)


def _shown(dimension: Dimension, group: Group, lang: str) -> tuple[float, str]:
    if not dimension.summed:
        return float(group.count), f"{group.count} {dimension.unit.of(lang)}"
    if dimension.key.startswith("grams"):
        return float(group.weight), f"{tonnes(group.weight)} tCO₂e（{group.count}）"
    return float(group.weight), f"{group.weight} {dimension.unit.of(lang)}"


def chart(found: Figures, key: str, lang: str) -> str:
    """A dimension as bars; each leads to its rows."""
    dimension = DIMENSIONS[key]
    groups = sorted(found.groups[key], key=lambda g: -_size(dimension, g))
    if key == "age":
        groups.sort(key=lambda g: g.value)
    whole = sum(_size(dimension, g) for g in groups) or 1
    rows = []
    for g in groups[:MOST_BARS]:
        size, words = _shown(dimension, g, lang)
        percent = f" · {100 * size / whole:.0f}%" if key in ("turn", "on_time", "status") else ""
        href = f"/admin/statistics/list?{_query(found.scope, of=key, value=g.value)}"
        rows.append(Bar(name_of(dimension, g, lang), size, words + percent, href))
    return charts.bars(dimension.title.of(lang), rows)


def heat_map(found: Figures, procedure: str, lang: str) -> str:
    """The course of a procedure drawn from its stages: how much of its limit each takes, and what is late there."""
    spec, stations = PROCEDURES[procedure], []
    optional = {s.key: s.optional for s in spec.stages}
    for t in (t for t in found.times if t.procedure == procedure):
        value = f"{t.procedure}/{t.stage}"
        here, late = found.number("stage", value), found.number("late", value)
        heat = t.median / t.limit if t.limit else 0.0
        heat = max(heat, late / here if here else 0.0) if late else heat
        lines = (
            Text(f"{here} here now", f"在办 {here} 件").of(lang),
            Text(f"{late} overdue", f"逾期 {late} 项").of(lang),
            Text(f"median {t.median:g} of {t.limit} wd", f"中位 {t.median:g}／限 {t.limit} 日").of(lang),
        )
        href = f"/admin/statistics/list?{_query(found.scope, of='stage', value=value)}"
        stations.append(Station(t.title.of(lang), heat, lines, href, optional[t.stage]))
    return charts.course(spec.title.of(lang), stations)


@router.get("/statistics")
def statistics(
    request: Request,
    session: Reader,
    me: Watcher,
    since: str = "",
    until: str = "",
    procedure: str = "",
) -> Response:
    """Everything on one page; time and procedure stand in the address."""
    scope, problems = scope_of(since, until, procedure)
    found, lang = counting.figures(session, scope), language(request)
    keys = [procedure] if scope.procedure else list(PROCEDURES)
    empty = [DIMENSIONS[k].title for k in SHOWN if not found.groups[k]]
    return show(
        request,
        me,
        "statistics",
        found=found,
        wanted={"since": since, "until": until, "procedure": procedure},
        at={p.loc: p.msg for p in problems},
        query=_query(scope),
        procedures={k: p.title for k, p in PROCEDURES.items()},
        maps=[(k, heat_map(found, k, lang)) for k in keys],
        charts=[(k, chart(found, k, lang)) for k in SHOWN if found.groups[k]],
        empty=empty,
        status_code=422 if problems else 200,
    )


@router.get("/statistics/chart/{key}.svg")
def picture(
    request: Request,
    session: Reader,
    _me: Watcher,
    key: str,
    since: str = "",
    until: str = "",
    procedure: str = "",
) -> Response:
    """One chart as a file."""
    scope = _scope(since, until, procedure)
    if key not in DIMENSIONS and key not in PROCEDURES:
        raise NotFound
    found, lang = counting.figures(session, scope), language(request)
    drawn = heat_map(found, key, lang) if key in PROCEDURES else chart(found, key, lang)
    kept(_me, "statistics_chart", chart=key)
    return _file(drawn.encode(), "image/svg+xml", f"{key}.svg")


@router.get("/statistics/list")
def listed(
    request: Request,
    session: Reader,
    me: Watcher,
    of: str = "status",
    value: str = "",
    since: str = "",
    until: str = "",
    procedure: str = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """The very rows a figure counts."""
    scope = _scope(since, until, procedure)
    dimension = _dimension(of)
    rows, total = behind(session, scope, dimension, value, PAGE, (page - 1) * PAGE)
    if not rows and page > 1:  # fewer than there were; the last page is shown
        page = max(1, -(-total // PAGE))
        rows, total = behind(session, scope, dimension, value, PAGE, (page - 1) * PAGE)
    lang = language(request)
    return show(
        request,
        me,
        "statistics_list",
        dimension=dimension,
        name=_named(dimension, value, rows[0].label if rows else value, lang),
        rows=rows,
        total=total,
        number=page,
        pages=-(-total // PAGE),
        query=_query(scope, of=of, value=value),
        back=_query(scope),
    )


def _dimension(key: str) -> Dimension:
    if key not in DIMENSIONS:
        raise NotFound
    return DIMENSIONS[key]


@router.get("/statistics/list.xlsx")
def listed_excel(
    request: Request,
    session: Reader,
    _me: Watcher,
    of: str = "status",
    value: str = "",
    since: str = "",
    until: str = "",
    procedure: str = "",
) -> Response:
    """The same rows as a workbook, all of them; written to a file as they come, and sent from there."""
    scope = _scope(since, until, procedure)
    dimension, lang = _dimension(of), language(request)
    first, total = behind(session, scope, dimension, value, 1)
    title = (
        f"{dimension.title.of(lang)}：{_named(dimension, value, first[0].label if first else value, lang)}"
    )
    amount = dimension.amount.of(lang)
    columns = (
        ("Case", "Title", "Item", "Since", f"Amount ({amount})" if dimension.summed else "Amount")
        if lang == "en"
        else ("办件编号", "名称", "条目", "时间", f"数值（{amount}）" if dimension.summed else "数值")
    )
    file = tempfile.SpooledTemporaryFile(max_size=2**20)  # noqa: SIM115 - closed when it has been sent
    rows = (_line(r) for r in every(session, scope, dimension, value))
    count = exports.write(file, title, columns, rows, f"{title} · {total}")
    kept(_me, "statistics_list", of=of, value=value, rows=count)
    return streamed(file, f"statistics-{of}.xlsx", exports.MEDIA_TYPE)


def _line(row: Counted) -> tuple[Any, ...]:
    return row.case_no, row.title, row.item, row.at, row.weight


@router.get("/statistics.xlsx")
def excel(
    request: Request,
    session: Reader,
    _me: Watcher,
    since: str = "",
    until: str = "",
    procedure: str = "",
) -> Response:
    """Every figure in one table."""
    scope = _scope(since, until, procedure)
    found, lang = counting.figures(session, scope), language(request)
    rows: list[tuple[Any, ...]] = [
        (
            d.title.of(lang), name_of(d, g, lang), g.count, g.weight if d.summed else "",
            (d.amount if d.summed else d.unit).of(lang),
        )
        for key, d in DIMENSIONS.items()
        for g in found.groups[key]
    ]  # fmt: skip
    for t in found.times:
        title = Text("Working days by stage", "各环节用时（工作日）").of(lang)
        spread = f"P50 {t.median:g} · P80 {t.p80:g} · P95 {t.p95:g} · {t.limit}"
        rows.append((title, f"{t.title.of(lang)}（{spread}）", t.passed, t.over, ""))
    columns = (
        ("Figure", "Value", "Number", "Amount", "Unit")
        if lang == "en"
        else ("指标", "取值", "数量", "合计", "单位")
    )
    note = f"{Text('Counted at', '统计时点').of(lang)} {found.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M} {_query(scope)}"
    kept(_me, "statistics", scope=_query(scope))
    return _file(
        exports.workbook(Text("Statistics", "统计").of(lang), columns, rows, note),
        exports.MEDIA_TYPE,
        "statistics.xlsx",
    )


def _file(body: bytes, kind: str, name: str) -> Response:
    return Response(
        body,
        media_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
