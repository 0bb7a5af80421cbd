"""Reading and exporting the trail, which is itself written down (M10)."""

from typing import Any

from sqlmodel import Session

from models.tables import AuditRoot
from models.vocabulary.errors import NotAllowed, NotFound
from models.vocabulary.events import EVENT_TITLES, Event
from models.vocabulary.roles import OVERSIGHT, ROLE_TITLES, Role
from models.vocabulary.text import Text
from services import audit, exports
from services.access import Actor
from services.reading import oversight
from services.reading.oversight import TrailFilters, TrailRow

#: Rows of one workbook; who needs more narrows the search or takes the whole export.
LONGEST = 50_000
TITLE = Text("Audit trail", "审计记录")
COLUMNS = (
    Text("When", "时间"), Text("Event", "事件"), Text("Case", "办件"), Text("No.", "序号"), Text("Who", "办理人"),
    Text("Account", "账户"), Text("Role", "角色"), Text("On behalf of", "代何人"), Text("Address", "来源地址"),
    Text("What happened", "内容"), Text("Reason", "理由"), Text("Hash it rests on", "依据散列"), Text("Hash", "记录散列"),
)  # fmt: skip


#: What is taken away that belongs to no case, in words.
EXPORTS: dict[str, Text] = {
    "audit_search": Text("what a search of the trail found", "审计记录查询结果"),
    "audit_day": Text("the daily file of the trail", "审计记录每日文件"),
    "audit_full": Text("the whole trail", "全部审计记录"),
    "timestamp": Text("the timestamp of a root", "签名根时间戳"),
    "tasks": Text("a list of tasks", "事项清单"),
    "statistics": Text("figures", "统计数据"),
    "statistics_list": Text("the cases behind a figure", "统计所列办件"),
    "statistics_chart": Text("a chart", "统计图"),
    "readings_form": Text("the workbook for readings", "监测数据报送表"),
    "rejected_rows": Text("rows that were not accepted", "监测数据退回行"),
    "scenario_records": Text("records of a scenario's month", "场景行为记录"),
    "scenario_issuance": Text("the issuances of a scenario", "场景签发清单"),
    "receipts": Text("one's own reductions", "本人减排量"),
    "calibration": Text("a calibration certificate", "计量器具检定证书"),
    "template": Text("a Word template", "文书模板"),
    "methodology": Text("a file of a methodology", "方法学文件"),
    "template_preview": Text("a letter on another template", "文书模板预览"),
}


def _overseer(actor: Actor) -> None:
    if not actor.is_any(*OVERSIGHT):
        raise NotAllowed(Text("Administrators and auditors only.", "仅系统管理员和审计员可以查阅审计记录。"))


def _said(filters: TrailFilters) -> dict[str, str]:
    values = {
        "case_no": filters.case_no,
        "event": filters.event,
        "person": filters.person,
        "since": filters.since.isoformat() if filters.since else "",
        "until": filters.until.isoformat() if filters.until else "",
    }
    return {k: v[:100] for k, v in values.items() if v}


def looked(session: Session, actor: Actor, filters: TrailFilters, rows: int) -> None:
    """Keep who has read which part of the trail."""
    _overseer(actor)
    asked = _said(filters)
    words = "、".join(asked.values())
    audit.record(
        session,
        Event.AUDIT_READ,
        actor=actor,
        data={
            "filters": asked,
            "rows": rows,
            "text": {
                "zh": f"查阅审计记录（条件：{words}）" if words else "查阅审计记录（全部）",
                "en": f"Read the audit trail ({words or 'all'})",
            },
        },
    )


def workbook(session: Session, actor: Actor, filters: TrailFilters, lang: str) -> bytes:
    """What a search finds as an Excel workbook in the reader's words, newest first; the export is kept in the trail."""
    _overseer(actor)
    rows = oversight.trail(session, filters)
    exported(session, actor, "audit_search", {"filters": _said(filters), "rows": len(rows)})
    cut = Text(
        f"No more than {LONGEST} entries; for earlier ones narrow the search and export again.",
        f"最多导出 {LONGEST} 条，更早的记录请缩小查询范围后再次导出。",
    )
    note = cut.of(lang) if len(rows) >= LONGEST else ""
    heads = [column.of(lang) for column in COLUMNS]
    return exports.workbook(TITLE.of(lang), heads, (_cells(r, lang) for r in rows), note)


def _cells(row: TrailRow, lang: str) -> tuple[Any, ...]:
    e = row.event
    title = EVENT_TITLES[Event(e.event)].of(lang) if e.event in set(Event) else e.event
    named = [ROLE_TITLES[Role(r)].of(lang) for r in e.role.split(",") if r in set(Role)]
    roles = Text(", ", "、").of(lang).join(named)
    reason = str(e.data.get("reason") or e.data.get("why") or "")
    who = row.by or Text("System", "系统").of(lang)
    return (
        e.at, title, row.case_no, e.seq, who, row.username, roles, e.on_behalf, e.ip, row.text.of(lang), reason,
        e.rests_on, e.hash,
    )  # fmt: skip


def exported(session: Session, actor: Actor, what: str, data: dict[str, Any]) -> None:
    """Keep that something has left the system: what, by whom, how much of it."""
    title = EXPORTS.get(what)
    words = {"text": {"zh": f"导出{title.zh}", "en": f"Exported: {title.en}"}} if title else {}
    audit.record(session, Event.EXPORTED, actor=actor, data={"what": what, **words, **data})


def root_of(session: Session, actor: Actor, number: int) -> AuditRoot:
    """A root by its number. Raises NotFound."""
    _overseer(actor)
    row = session.get(AuditRoot, number)
    if row is None:
        raise NotFound
    return row
