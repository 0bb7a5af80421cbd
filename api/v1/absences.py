"""Absence and substitution on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from api.dependencies import Has, Reader, Writer
from api.errors import language
from models.tables import Absence, TaskRow, User
from models.vocabulary.roles import STAFF, Role
from services import absences
from services.access import Actor

router = APIRouter(prefix="/api/v1/absences", tags=["absences"])
Officer = Annotated[Actor, Depends(Has(*STAFF, Role.ADMIN))]


class AbsenceIn(BaseModel):
    """Both days are included. `username` empty = oneself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "username": "",
                    "substitute": "intake2",
                    "starts_on": "2026-12-01",
                    "ends_on": "2026-12-04",
                    "reason": "年休假",
                }
            ]
        }
    )

    username: str = ""
    substitute: str
    starts_on: date
    ends_on: date
    reason: str = ""


class AbsenceOut(BaseModel):
    id: int
    username: str
    name: str
    substitute: str
    substitute_name: str
    starts_on: date
    ends_on: date
    reason: str
    cancelled: bool


class AbsenceList(BaseModel):
    items: list[AbsenceOut]
    next_cursor: str | None = None


class OfferOut(BaseModel):
    """An open task of somebody who is away; `refusal` tells why the stand-in must not take it."""

    task_id: UUID
    case_no: str
    title: str
    away: str
    refusal: str | None


class OfferList(BaseModel):
    items: list[OfferOut]
    next_cursor: str | None = None


class Taken(BaseModel):
    """`substitution` in words: 张三请假，由李四代办."""

    task_id: UUID
    state: str
    substitution: str


@router.get("", summary="Absences: one's own and those one stands in for; all, for chiefs")
def listed(session: Reader, me: Officer) -> AbsenceList:
    return AbsenceList(items=[_out(a, u, s) for a, u, s in absences.listed(session, me, everybody=True)])


@router.post("", status_code=201, summary="Enter an absence with who stands in")
def enter(session: Writer, me: Officer, body: AbsenceIn) -> AbsenceOut:
    row = absences.enter(
        session, me, body.username or me.username, body.substitute, body.starts_on, body.ends_on, body.reason
    )
    return _one(session, row)


@router.post(
    "/{absence_id}/cancel", summary="Take an absence back; what was taken over stays with the stand-in"
)
def cancel(session: Writer, me: Officer, absence_id: int) -> AbsenceOut:
    return _one(session, absences.cancel(session, me, absence_id))


@router.get("/offers", summary="Open tasks of those one stands in for today")
def offers(request: Request, session: Reader, me: Officer) -> OfferList:
    lang = language(request)
    return OfferList(
        items=[
            OfferOut(
                task_id=o.task.id,
                case_no=o.case.case_no,
                title=absences.title_of(o.task).of(lang),
                away=o.away,
                refusal=o.refusal.of(lang) if o.refusal else None,
            )
            for o in absences.offers(session, me)
        ]
    )


@router.post("/offers/{task_id}/take", summary="Take an offered task over")
def take(request: Request, session: Writer, me: Officer, task_id: str) -> Taken:
    return _taken(absences.take(session, me, task_id), language(request))


def _taken(task: TaskRow, lang: str) -> Taken:
    return Taken(task_id=task.id, state=task.state, substitution=str(task.substitution.get(lang, "")))


def _one(session: Session, row: Absence) -> AbsenceOut:
    return _out(row, session.get_one(User, row.user_id), session.get_one(User, row.substitute_id))


def _out(row: Absence, user: User, deputy: User) -> AbsenceOut:
    return AbsenceOut(
        id=row.id or 0,
        username=user.username,
        name=user.name,
        substitute=deputy.username,
        substitute_name=deputy.name,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        reason=row.reason,
        cancelled=row.cancelled_at is not None,
    )
