"""Issuance of scenarios to persons on screen: months and runs for operator and centre, receipts for the person (G28)."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.dependencies import Me, Reader
from api.downloads import download, kept
from api.errors import language
from api.pages.monitoring import deliveries
from api.templating import page
from models.tables import Case, Project
from models.vocabulary.amounts import tonnes
from models.vocabulary.errors import NotFound
from models.vocabulary.text import Text
from services import exports
from services.monitoring import access
from services.monitoring.activity import Activity
from services.reading import scenario_runs as reading

router = APIRouter()
Month = Annotated[str, Query(max_length=10)]

RECORD_COLUMNS = (
    Text("Record", "记录编号"), Text("Began", "开始时间"), Text("Ended", "结束时间"), Text("Measured", "监测数据"),
    Text("Counted or set apart", "计入情况"), Text("Reductions (g)", "减排量（克）"), Text("Why set apart", "不计入原因"),
)  # fmt: skip
RUN_COLUMNS = (
    Text("Month", "月份"), Text("State", "状态"), Text("Records counted", "计入记录"), Text("Persons", "人数"),
    Text("Reductions (g)", "减排量（克）"), Text("Reductions (t)", "减排量（吨）"),
    Text("Persons converted", "已转换人数"), Text("Lot", "批次"), Text("Case", "办件编号"),
)  # fmt: skip
RECEIPT_COLUMNS = (
    Text("When", "行为时间"), Text("Scenario", "减排场景"), Text("Record", "记录编号"),
    Text("Reductions (g)", "减排量（克）"), Text("Points", "碳积分"),
)  # fmt: skip
MINE = Text("My reductions", "我的减排量")


@router.get("/scenarios/{number}/issuance")
def show(
    request: Request, me: Me, session: Reader, number: str, month: Month = "", batches: str = ""
) -> Response:
    """What was issued month by month, and the records of one month with their grams or their reason."""
    scenario = access.seen(session, me, number, "scenario")
    runs, months = reading.runs(session, scenario), reading.months(session, scenario)
    first = _first(month, months)
    found = reading.month(session, scenario, first) if first else None
    return page(
        request,
        "monitoring/scenario_issuance.html",
        actor=me,
        project=scenario,
        own=access.owns(me, _case(session, scenario)),
        runs=runs,
        totals=reading.totals(runs),
        states=reading.STATES,
        months=months,
        first=first,
        found=found,
        apart=found.apart[: reading.SHOWN] if found else (),
        counted=found.counted[: reading.SHOWN] if found else (),
        shown=reading.SHOWN,
        **deliveries(session, scenario, batches),
    )


def _case(session: Reader, scenario: Project) -> Case:
    return session.get_one(Case, scenario.case_id)


def _first(typed: str, months: Sequence[tuple[date, int]]) -> date | None:
    """The month asked for, where there are records of it; otherwise the latest."""
    wanted = next((m for m, _ in months if f"{m:%Y-%m}" == typed), None)
    return wanted or (months[0][0] if months else None)


@router.get("/scenarios/{number}/issuance.xlsx")
def sheet(request: Request, me: Me, session: Reader, number: str, month: Month = "") -> Response:
    """The records of a month, or, without one, every run, as Excel in the reader's language.

    Raises:
        NotFound: there are no records of the month.
    """
    scenario, lang = access.seen(session, me, number, "scenario"), language(request)
    first = next((m for m, _ in reading.months(session, scenario) if f"{m:%Y-%m}" == month), None)
    if month and first is None:
        raise NotFound(Text("There are no records of this month.", "该月没有行为记录，请核对月份。"))
    found = reading.month(session, scenario, first) if first else None
    if found is not None and first is not None:
        kept(me, "scenario_records", scenario=scenario.number, month=f"{first:%Y-%m}", rows=len(found.rows))
        return _records(scenario, first, found, lang)
    rows = (
        (
            f"{r.row.month:%Y-%m}", reading.STATES[r.state].of(lang), r.row.records, r.row.persons, r.row.grams,
            tonnes(r.row.grams), r.row.converted, r.row.lot, r.case_no,
        )
        for r in reading.runs(session, scenario)
    )  # fmt: skip
    title, heads = Text("Issued", "签发").of(lang), [c.of(lang) for c in RUN_COLUMNS]
    content = exports.workbook(f"{title} {scenario.number}", heads, rows, scenario.name)
    kept(me, "scenario_issuance", scenario=scenario.number)
    name = Text("Issuances of scenario", "场景签发").of(lang)
    return download(content, f"{name}_{scenario.number}.xlsx", exports.MEDIA_TYPE)


def _records(scenario: Project, first: date, found: Activity, lang: str) -> Response:
    counted, apart, grams = len(found.counted), len(found.apart), f"{found.grams:,}"
    note = Text(
        f"{scenario.name} · {first:%Y-%m} · {counted} counted, {grams} g, {apart} set apart",
        f"{scenario.name} · {first:%Y年%m月} · 计入 {counted} 条、{grams} 克，不计入 {apart} 条",
    )
    heads = [c.of(lang) for c in RECORD_COLUMNS]
    cells = reading.cells(found.rows, lang)
    content = exports.workbook(f"{scenario.number} {first:%Y-%m}", heads, cells, note.of(lang))
    name = Text("Records", "行为记录").of(lang)
    return download(content, f"{name}_{scenario.number}_{first:%Y-%m}.xlsx", exports.MEDIA_TYPE)


@router.get("/my/receipts")
def receipts(request: Request, me: Me, session: Reader) -> Response:
    """What the person was given for records, month by month and record by record."""
    party = me.party_id
    return page(
        request,
        "monitoring/receipts.html",
        actor=me,
        receipts=reading.receipts(session, party) if party is not None else [],
        records=reading.receipt_records(session, party, reading.SHOWN) if party is not None else [],
        shown=reading.SHOWN,
    )


@router.get("/my/receipts.xlsx")
def receipts_file(request: Request, me: Me, session: Reader) -> Response:
    """Every record of one's own that was issued."""
    found = reading.receipt_records(session, me.party_id) if me.party_id is not None else []
    rows = ((r.at, p.name, r.record_no, grams, grams) for r, grams, p in found)
    lang = language(request)
    note = Text("A gram of reductions is a point.", "一克减排量为一个碳积分").of(lang)
    content = exports.workbook(MINE.of(lang), [c.of(lang) for c in RECEIPT_COLUMNS], rows, note)
    kept(me, "receipts", rows=len(found))
    return download(content, f"{MINE.of(lang)}.xlsx", exports.MEDIA_TYPE)
