"""What an evaluation compares with 申报与报送内容: the entry's application, its reported data, its lots (G29)."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sqlmodel import Session, func, select

from models.procedures import procedure
from models.tables import Case, Project, ScenarioRecord
from models.vocabulary.amounts import tonnes
from models.vocabulary.specs import Highlight
from services import corrections, entry_states, paths
from services.documents.builders.words import unit, zh_date
from services.form_fields import trail_of
from services.monitoring.dataset import dataset

Row = dict[str, str]
#: What became of a record a platform reported.
RECORDS = {"received": "已接收"}


def checklist(session: Session, case: Case) -> list[Row]:
    """The rows both members of the team start from, each with what was filed or reported; nothing judged."""
    entry = entry_states.about(session, case)
    first, last = (date.fromisoformat(str(case.form["coverage"][k])) for k in ("period_from", "period_to"))
    return [
        *_application(session, entry),
        _row("soundness", "方法学适用条件", f"{entry.methodology} {entry.methodology_version}".strip()),
        _row("soundness", "监测与核算方法", "按公布时的监测计划执行"),
        *(_records(session, entry) if entry.kind == "scenario" else _readings(session, entry, first, last)),
        *_lots(session, entry, first, last),
    ]


def _row(criterion: str, item: str, filed: str) -> Row:
    return {
        "criterion": criterion,
        "item": item[:200],
        "filed": filed[:2000],
        "found": "",
        "result": "unchecked",
    }


def _application(session: Session, entry: Project) -> Iterator[Row]:
    """The summary of the application as it was published."""
    filed = session.get_one(Case, entry.case_id)
    spec = procedure(filed.procedure)
    for line in spec.highlights:
        if said := told(filed.procedure, filed.form, line):
            yield _row("consistency", line.title.zh, said)


def told(procedure_key: str, form: dict[str, Any], line: Highlight) -> str:
    """A line of the summary as letters word it; empty where nothing was filed."""
    spec = procedure(procedure_key)
    value = paths.first(form, line.path)
    if value is None:
        return ""
    if line.path == spec.fact_paths.get("crediting_from"):
        return f"{zh_date(value)}至{zh_date(paths.first(form, spec.fact_paths['crediting_to']))}"
    trail = trail_of(spec.form, line.path)
    if trail and trail[-1].kind == "date":
        return zh_date(value)
    known = {key: words.zh for key, words in trail[-1].choices} if trail else {}
    values = value if isinstance(value, list) else [value]
    shown = unit(trail[-1].unit) if trail else ""
    said = "、".join(known.get(str(v), str(v)) for v in values)
    return f"{said} {shown}" if shown and f"（{shown}）" not in line.title.zh else said


def days(what: str, first: date, last: date) -> str:
    """Something and the days it is about."""
    return f"{what}（{zh_date(first)}至{zh_date(last)}）"


def records(counted: Iterable[tuple[str, int]]) -> str:
    """How many records there are, by what became of them."""
    return "、".join(f"{RECORDS.get(state, state)}{n}条" for state, n in counted) or "无记录"


def _readings(session: Session, entry: Project, first: date, last: date) -> Iterator[Row]:
    """What the metering devices of a project have reported for the period."""
    data = dataset(session, entry, first, last)
    meters = "、".join(m.number for m in data.meters) or "未登记计量器具"
    yield _row("authenticity", "计量器具", meters)
    yield _row(
        "authenticity",
        "未有效检定期间的读数",
        "、".join(days(a.reading.meter, a.reading.first, a.reading.last) for a in data.apart[:20]) or "无",
    )
    yield _row("accuracy", "报送数据完整率", f"{data.completeness_pct}%（有效 {data.good_pct}%）")
    gaps = "、".join(days(g.meter, g.first, g.last) for g in data.gaps[:20])
    yield _row("accuracy", "数据缺失期间", gaps or "无")


def _records(session: Session, entry: Project) -> Iterator[Row]:
    """What the platform of a scenario has reported."""
    counted = session.exec(
        select(ScenarioRecord.state, func.count())
        .where(ScenarioRecord.project_id == entry.id)
        .group_by(ScenarioRecord.state)
    ).all()
    total = sum(n for _, n in counted)
    yield _row("authenticity", "用户授权与行为记录", f"共报送{total}条行为记录")
    yield _row("accuracy", "重复和异常记录", records(counted))


def _lots(session: Session, entry: Project, first: date, last: date) -> Iterator[Row]:
    """What has been issued for the period."""
    lots = corrections.lots_within(session, entry, first, last)
    issued = "；".join(f"{lot.number} {tonnes(lot.approved_g)} tCO₂e" for lot in lots)
    yield _row("accuracy", "评估期减排量签发", issued or "尚未签发")
