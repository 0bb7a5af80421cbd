"""What can be filed and decided: stages, forms, materials, tasks, limits — all from the nouns."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlmodel import Session

from api.dependencies import MaybeMe, Reader
from api.form_schema import form_schema, fresh_example, task_schema
from models.procedures import PROCEDURES, examples_for
from models.vocabulary.errors import NotFound
from models.vocabulary.roles import ROLE_TITLES
from models.vocabulary.specs import OVERDUE, Material, ProcedureSpec, Task
from models.vocabulary.text import Text
from services import drafts, limits

router = APIRouter(prefix="/api/v1/procedures", tags=["procedures"])


class Words(BaseModel):
    """A text in both languages."""

    zh: str
    en: str


class StageOut(BaseModel):
    """A step people see."""

    key: str = Field(examples=["formal_review"])
    title: Words
    public: Words = Field(description="what the applicant and the public read")
    optional: bool = Field(description="not every case goes through it")
    rules: list[str] = Field(examples=[["G09"]])


class MaterialOut(BaseModel):
    """An item of the materials list."""

    kind: str = Field(examples=["appendix_a"])
    title: Words
    required: bool = Field(description="for the example of the form")
    when: Words = Field(description="when it is required")
    generated: bool = Field(description="made by the system from the form; a sealed scan may be uploaded")


class OutcomeOut(BaseModel):
    """One way to answer a task."""

    key: str = Field(examples=["accept"])
    label: Words
    leads_to: Words
    negative: bool
    example: dict[str, Any] = Field(description="a whole answer that passes the checks")


class LimitOut(BaseModel):
    """How long a task may take."""

    key: str = Field(examples=["formal_review_wd"])
    days: int = Field(examples=[5])
    unit: str = Field(description="wd working days, d calendar days", examples=["wd"])


class TaskOut(BaseModel):
    """What is asked of whom."""

    kind: str = Field(examples=["formal_review"])
    title: Words
    role: str = Field(examples=["intake"])
    role_title: Words
    not_by: list[str] = Field(
        description="earlier tasks whose person may not do this one; `filer` is the applicant"
    )
    outcomes: list[OutcomeOut]
    limit: LimitOut
    silence: str | None = Field(
        description="the outcome when the limit passes; null: people are reminded instead"
    )
    overrides: list[str] = Field(description="outcomes the supervisor may set with a reason")
    rules: list[str]
    form_schema: dict[str, Any]


class ProcedureLine(BaseModel):
    """A procedure in the list."""

    key: str = Field(examples=["project_application"])
    title: Words
    summary: Words
    filed_by: list[str] = Field(description="roles that may file", examples=[["applicant"]])
    stages: list[StageOut]
    form_schema: dict[str, Any]


class ProcedureOut(ProcedureLine):
    """A procedure with everything a client needs to file and decide."""

    declaration: Words = Field(description="what the applicant declares at submission")
    materials: list[MaterialOut]
    tasks: list[TaskOut]
    rules: list[str]


class ProcedureList(BaseModel):
    items: list[ProcedureLine]
    next_cursor: None = None


def words(text: Text) -> Words:
    return Words(zh=text.zh, en=text.en)


@router.get("", summary="The procedures")
def listed() -> ProcedureList:
    """The procedures, their stages and the schema of their forms."""
    return ProcedureList(items=[ProcedureLine(**_line(spec)) for spec in PROCEDURES.values()])


@router.get("/{key}", summary="One procedure")
def one(key: str, session: Reader, who: MaybeMe) -> ProcedureOut:
    """Forms, materials, and for every kind of task who may do it, its outcomes and its limit.

    The example of the form fits what the reader could file, where the system knows it.
    """
    spec = PROCEDURES.get(key)
    if spec is None:
        raise NotFound
    line = _line(spec)
    if who is None or who.roles & spec.filers:
        fitted = drafts.fitted(session, who, key, line["form_schema"]["examples"][0])
        line["form_schema"] = form_schema(spec.form, fitted)
    example = line["form_schema"]["examples"][0]
    return ProcedureOut(
        **line,
        declaration=words(spec.declaration),
        materials=[_material(m, example) for m in spec.materials],
        tasks=[_task(session, task) for task in spec.tasks],
        rules=list(spec.rules),
    )


def _line(spec: ProcedureSpec) -> dict[str, Any]:
    return {
        "key": spec.key,
        "title": words(spec.title),
        "summary": words(spec.summary),
        "filed_by": sorted(spec.filers),
        "stages": [_stage(stage) for stage in spec.stages],
        "form_schema": form_schema(spec.form),
    }


def _stage(stage: Any) -> StageOut:
    return StageOut(
        key=stage.key,
        title=words(stage.title),
        public=words(stage.public),
        optional=stage.optional,
        rules=list(stage.rules),
    )


def _material(material: Material, form: dict[str, Any]) -> MaterialOut:
    """`required` is told for the example of the form, which a client starts from."""
    return MaterialOut(
        kind=material.kind,
        title=words(material.title),
        required=material.needed(form),
        when=words(material.when),
        generated=material.generated,
    )


def _task(session: Session, task: Task) -> TaskOut:
    limit = LimitOut(key=task.limit.key, unit=task.limit.unit, days=limits.value(session, task.limit.key))
    return TaskOut(
        kind=task.key,
        title=words(task.title),
        role=task.by,
        role_title=words(ROLE_TITLES[task.by]),
        not_by=list(task.not_by),
        outcomes=[_outcome(task, outcome) for outcome in task.outcomes],
        limit=limit,
        silence=OVERDUE if task.lapses else None,
        overrides=list(task.overrides),
        rules=list(task.rules),
        form_schema=task_schema(task),
    )


def _outcome(task: Task, outcome: Any) -> OutcomeOut:
    return OutcomeOut(
        key=outcome.key,
        label=words(outcome.label),
        leads_to=words(outcome.leads_to),
        negative=outcome.negative,
        example=fresh_example(task.form, examples_for(task, outcome.key)),
    )
