"""Shapes of tasks on the wire."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from api.form_schema import outcome_example, task_schema
from models.procedures import procedure
from models.tables import Case, TaskRow, User
from models.vocabulary.errors import NotFound
from models.vocabulary.specs import Task
from services import access, clock, findings, holders, materials, panels, tasks
from services.access import Actor, owns, spec_of
from services.form_masking import masked
from services.reading import blind, prepared
from services.reading.inbox import Item

EXAMPLE_ID = "5f3c1f0a-8a3b-4c3e-9a53-4f6c2b7d9a10"


class TaskSummary(BaseModel):
    """A task as lists show it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": EXAMPLE_ID,
                    "kind": "formal_review",
                    "case_no": "XM-2026-0001",
                    "case_title": "屋顶分布式光伏发电项目",
                    "title": "开展形式审查",
                    "stage": "formal_review",
                    "procedure": "project_application",
                    "state": "open",
                    "round": 1,
                    "slot": "1",
                    "role": "intake",
                    "assignee": None,
                    "due_at": "2026-11-28T00:00:00+08:00",
                    "overdue": False,
                    "held": False,
                    "blocked": None,
                    "version": 1,
                    "opened_at": "2026-11-20T10:00:00+08:00",
                }
            ]
        }
    )

    id: UUID
    kind: str
    case_no: str
    case_title: str
    title: str
    stage: str
    procedure: str
    state: str
    round: int
    slot: str
    role: str
    assignee: str | None = Field(description="user name of the holder; null while nobody has it")
    due_at: datetime | None = Field(description="end of the limit; null while its clock stands still")
    overdue: bool
    held: bool = False
    blocked: str | None = Field(None, description="why you may not answer it (four eyes), null if you may")
    outcome: str | None = None
    version: int
    opened_at: datetime
    closed_at: datetime | None = None


class OutcomeOut(BaseModel):
    """A way to answer, and where it leads."""

    key: str
    label: str
    leads_to: str
    negative: bool
    example: dict[str, Any] = Field(description="a whole valid `form` for this outcome in this case")


class TaskDetail(TaskSummary):
    """One task, with all that is needed to answer it."""

    outcomes: list[str] = Field(description="keys to choose from; the first is the straight path")
    outcome_details: list[OutcomeOut]
    form_schema: dict[str, Any] = Field(
        description="JSON Schema of `form`; its `examples[0]` is valid for the first outcome"
    )
    rules: list[str]
    overrides: list[str] = Field(description="outcomes a supervisor may set when nobody answers")
    context: dict[str, Any] = Field(
        description="the case as far as you may read it, findings, materials, documents, draft"
    )


class TaskList(BaseModel):
    items: list[TaskSummary]
    next_cursor: str | None
    total: int = Field(description="all tasks under the same filters")


def shanghai(moment: datetime | None) -> datetime | None:
    """The moment with the offset people here read."""
    return moment.astimezone(clock.SHANGHAI) if moment else None


def summary(item: Item, assignee: str | None, lang: str) -> dict[str, Any]:
    """What lists show of a task."""
    t, c = item.task, item.case
    return {
        "id": t.id,
        "kind": t.key,
        "case_no": c.case_no,
        "case_title": c.title,
        "title": item.title.of(lang),
        "stage": c.stage,
        "procedure": t.procedure,
        "state": t.state,
        "round": t.round,
        "slot": t.slot,
        "role": t.role,
        "assignee": assignee,
        "due_at": shanghai(t.due_at),
        "overdue": bool(t.due_at and t.due_at <= clock.now() and not t.closed_at),
        "held": item.held,
        "blocked": item.blocked.of(lang) if item.blocked else None,
        "outcome": t.outcome,
        "version": t.version,
        "opened_at": shanghai(t.opened_at),
        "closed_at": shanghai(t.closed_at),
    }


def username(session: Session, user_id: int | None) -> str | None:
    user = session.get(User, user_id) if user_id else None
    return user.username if user else None


def _holder(session: Session, actor: Actor, user_id: int | None) -> str | None:
    """Who has it, for those who may know names (M10)."""
    user = session.get(User, user_id) if user_id else None
    return user.username if user and holders.may_name(actor, user) else None


def detail(session: Session, actor: Actor, item: Item, lang: str) -> TaskDetail:
    """One task in full."""
    spec = spec_of(item.task)
    ways = [_way(session, item, spec, o.key, lang) for o in spec.outcomes]
    first = ways[0].example if ways else None
    shown = summary(item, _holder(session, actor, item.task.assignee_id), lang)
    shown["outcome"] = None if blind.hides(session, actor, item.task) else shown["outcome"]
    return TaskDetail(
        **shown,
        outcomes=[o.key for o in spec.outcomes],
        outcome_details=ways,
        form_schema=task_schema(spec, first),
        rules=list(spec.rules),
        overrides=list(spec.overrides),
        context=_context(session, actor, item, lang),
    )


def _way(session: Session, item: Item, spec: Task, key: str, lang: str) -> OutcomeOut:
    found = next(o for o in spec.outcomes if o.key == key)
    example = prepared.fitted(session, item.case, item.task, outcome_example(spec, key))
    return OutcomeOut(
        key=key,
        label=found.label.of(lang),
        leads_to=found.leads_to.of(lang),
        negative=found.negative,
        example=example,
    )


def _context(session: Session, actor: Actor, item: Item, lang: str) -> dict[str, Any]:
    task, case = item.task, item.case
    draft = tasks.draft_of(session, actor, task)
    out: dict[str, Any] = {
        "case": {
            "case_no": case.case_no,
            "title": case.title,
            "applicant": item.applicant,
            "status": case.status,
            "stage": case.stage,
            "version": case.version,
        },
        "findings": [_finding(f) for f in _findings(session, case, task)],
        "draft": {"outcome": draft.outcome, "form": draft.form, "saved_at": draft.saved_at.isoformat()}
        if draft
        else None,
    }
    if not opens_papers(session, actor, task, case):
        return out
    out["case"]["form"] = (
        case.form if owns(actor, case) else masked(procedure(case.procedure).form, case.form)
    )
    out["materials"] = [
        {"id": a.id, "kind": a.kind, "filename": a.filename, "sealed": a.sealed, "sha256": a.sha256}
        for a in materials.readable(session, actor, case)
    ]
    out["documents"] = [
        {
            "id": d.id,
            "kind": d.key,
            "number": d.number,
            "title": d.title if lang != "en" else d.title_en or d.title,
        }
        for d in access.visible_documents(session, actor, case)
        if d.void_at is None
    ]
    if task.key in ("group_opinion", "panel_approval", "group_signature"):
        panel = panels.current(session, case)
        out["panel"] = (
            {**panels.arithmetic(session, panel), "votes": panels.votes(session, case)} if panel else {}
        )
    return out


def _findings(session: Session, case: Case, task: TaskRow) -> list[Any]:
    if task.key == "correction":
        return findings.of(session, case, "correction", task.round)
    if task.key.startswith("revision"):
        return findings.of(session, case, "revision", task.round)
    return []


def _finding(row: Any) -> dict[str, Any]:
    return {
        "finding": row.number,
        "round": row.round,
        "target": row.target,
        "text": row.text,
        "basis": row.basis,
        "reply": row.reply,
        "verdict": row.verdict,
        "note": row.note,
    }


def opens_papers(session: Session, actor: Actor, task: TaskRow, case: Case) -> bool:
    """May this person read the case's papers from this task? Experts only after they have declared (pain P39)."""
    if task.key == "expert_invitation" and actor.user_id == task.reserved_for:
        return False
    try:
        access.case_for(session, actor, case.case_no)
    except NotFound:
        return False
    return procedure(case.procedure).has_task(task.key)
