"""Absence of officers: enter it, see who stands in for whom, take an offered task over."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api.dependencies import Has, Posted, Reader, Writer
from api.pages.admin import _day
from api.templating import page
from models.vocabulary.errors import DomainError, Problem
from models.vocabulary.roles import STAFF, Role
from models.vocabulary.text import Text
from services import absences, clock
from services.access import Actor
from services.session import reading, transaction

router = APIRouter(prefix="/absences")
Officer = Annotated[Actor, Depends(Has(*STAFF, Role.ADMIN))]

DID = {
    "enter": Text(
        "Entered. The stand-in has been told.", "已登记。请假开始时，替班人将收到提醒和待接手的事项。"
    ),
    "cancel": Text("Cancelled. What was taken over stays.", "已取消登记；已接手的事项仍由替班人办理。"),
    "take": Text("You have taken it over.", "已接手，本事项现由您代办。"),
}


@router.get("")
def listed(
    request: Request, session: Reader, me: Officer, did: str = "", task: UUID | None = None
) -> Response:
    """My absences, those I stand in for, and what is offered to me; chiefs see everybody's."""
    return _page(request, session, me, did=did, taken=str(task or ""))


def _page(
    request: Request,
    session: Session,
    me: Actor,
    error: DomainError | None = None,
    said: Any = None,
    did: str = "",
    taken: str = "",
) -> Response:
    chief = me.is_any(Role.SUPERVISOR, Role.ADMIN)
    people = absences.colleagues(session)
    problems = error.problems or (Problem("", error.detail),) if error else ()
    return page(
        request,
        "account/absences.html",
        actor=me,
        status_code=error.status if error else 200,
        rows=absences.listed(session, me, everybody=True),
        offers=absences.offers(session, me),
        people=people,
        stand_ins=people if chief else absences.may_stand_in(people, me),
        taken=taken,
        chief=chief,
        title_of=absences.title_of,
        today=clock.today().date(),
        problems=problems,
        said=said or {},
        flash={"kind": "ok", "text": DID[did]} if did in DID else None,
    )


@router.post("")
def enter(request: Request, me: Officer, form: Posted) -> Response:
    """Enter an absence, or show the form again with everything that was typed."""
    said = {k: str(v) for k, v in form.items()}
    first, last = (_day(said.get(k, ""), clock.today().min.time()) for k in ("starts_on", "ends_on"))
    try:
        with transaction() as session:
            absences.enter(
                session,
                me,
                said.get("username", "") or me.username,
                said.get("substitute", ""),
                first.date() if first else None,
                last.date() if last else None,
                said.get("reason", ""),
            )
    except DomainError as error:
        with reading() as session:
            return _page(request, session, me, error, said)
    return RedirectResponse("/absences?did=enter", 303)


@router.post("/{absence_id}/cancel")
def cancel(session: Writer, me: Officer, absence_id: int) -> Response:
    """Take it back."""
    absences.cancel(session, me, absence_id)
    return RedirectResponse("/absences?did=cancel", 303)


@router.post("/tasks/{task_id:uuid}/take")
def take(session: Writer, me: Officer, task_id: UUID) -> Response:
    """Take an offered task over."""
    absences.take(session, me, task_id)
    return RedirectResponse(f"/absences?did=take&task={task_id}", 303)
