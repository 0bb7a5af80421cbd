"""The yearly plan of evaluations in JSON (M13)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from sqlmodel import Session

from api.dependencies import Has, Reader, Writer
from models.tables import EvaluationPlan
from models.vocabulary.roles import OVERSIGHT, Role
from services import clock, evaluations
from services.access import Actor

router = APIRouter(prefix="/api/v1/evaluations", tags=["evaluations"])
Reading = Annotated[
    Actor, Depends(Has(Role.OFFICER, Role.SUPERVISOR, Role.EXCHANGE, Role.BUREAU, *OVERSIGHT))
]
Planning = Annotated[Actor, Depends(Has(Role.SUPERVISOR))]


class Reason(BaseModel):
    """Why an entry is in the plan."""

    zh: str = Field(examples=["公布后首年"])
    en: str = Field(examples=["in its first year"])


class PlannedEntry(BaseModel):
    """An entry of a plan."""

    project_number: str = Field(examples=["SHPH-XM-2026-0001"])
    name: str
    flagged: bool = Field(description="taken whatever the draw")
    weight: int = Field(description="of the draw, in hundredths", examples=[200])
    reasons: list[Reason]
    case_no: str | None = Field(None, description="the evaluation, once it is opened")


class PlanOut(BaseModel):
    """A plan. A preview keeps nothing; opened with the same seed it becomes the plan."""

    year: int = Field(examples=[2026])
    seed: str = Field(examples=["3f2a90c1d4e5b607"])
    opened: bool
    population: int = Field(description="entries in operation that are not being evaluated")
    items: list[PlannedEntry]


class NewPlan(BaseModel):
    year: int = Field(ge=2000, le=2200, examples=[2026])
    seed: str = Field("", max_length=64, description="of the preview; empty draws a new one")


@router.get("/plan", summary="The plan of a year, or its preview")
def plan(
    me: Reading,
    session: Reader,
    year: Annotated[int | None, Query(ge=2000, le=2200, description="this year where left out")] = None,
    seed: Annotated[str, Query(max_length=64)] = "",
) -> PlanOut:
    """What was opened; before that, what would be, with the seed to open it by."""
    asked = year or clock.today().year
    found = evaluations.of_year(session, asked)
    if found is not None:
        return _opened(session, found)
    wanted = evaluations.preview(session, asked, seed)
    return PlanOut(
        year=asked,
        seed=wanted.seed,
        opened=False,
        population=wanted.population,
        items=[
            PlannedEntry(
                project_number=c.project.number,
                name=c.project.name,
                flagged=c.flagged,
                weight=c.weight,
                reasons=[Reason(zh=s.words.zh, en=s.words.en) for s in c.signs],
            )
            for c in wanted.chosen
        ],
    )


@router.post("/plans", status_code=201, summary="Make the plan of a year (supervisor)")
def make(me: Planning, session: Writer, body: NewPlan) -> PlanOut:
    """Opens an evaluation for each entry; a year that is planned already is answered as it is."""
    evaluations.refuse_past(body.year)
    return _opened(session, evaluations.plan(session, me, body.year, body.seed))


def _opened(session: Session, row: EvaluationPlan) -> PlanOut:
    return PlanOut(
        year=row.year,
        seed=row.seed,
        opened=True,
        population=row.population,
        items=[
            PlannedEntry(
                project_number=project.number,
                name=project.name,
                flagged=item.flagged,
                weight=item.weight,
                reasons=[Reason(**r) for r in item.reasons],
                case_no=case.case_no if case else None,
            )
            for item, project, case in evaluations.items(session, row)
        ],
    )
