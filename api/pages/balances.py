"""A balance that is not the sum of its movements: what is written, what it should be, and the proposal to put it right."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api.dependencies import Has, Reader
from api.pages.admin import tabs_of
from api.templating import page
from models.vocabulary.errors import Conflict, DomainError, NotFound, Problem
from models.vocabulary.roles import Role
from services import recounting, setting_changes
from services.access import Actor
from services.session import reading, transaction

router = APIRouter(prefix="/admin/balances")
Admin = Annotated[Actor, Depends(Has(Role.ADMIN))]
Position = Annotated[int, Path(ge=1, le=2**62)]


@router.get("/{position}")
def look(request: Request, session: Reader, me: Admin, position: Position) -> Response:
    """The difference, or that there is none."""
    return _look(request, session, me, position)


def _look(
    request: Request,
    session: Session,
    me: Actor,
    position: int,
    error: DomainError | None = None,
    reason: str = "",
) -> Response:
    found: dict[str, Any] | None = None
    status = error.status if error else 200
    try:
        found = recounting.found(session, position)
    except Conflict as in_order:
        error = error or in_order
    return page(
        request,
        "admin/balance.html",
        actor=me,
        section="stalled",
        sections=tabs_of(me),
        found=found,
        position=position,
        waiting=setting_changes.waiting(session, recounting.KIND, str(position)),
        reason=reason,
        problems=(error.problems or (Problem("", error.detail),)) if error else (),
        status_code=status,
    )


@router.post("/{position}")
def propose(request: Request, me: Admin, position: Position, reason: Annotated[str, Form()] = "") -> Response:
    """Propose it to a second person."""
    try:
        with transaction() as session:
            row = recounting.propose(session, me, position, reason)
    except NotFound:
        raise
    except DomainError as error:
        with reading() as session:
            return _look(request, session, me, position, error, reason)
    return RedirectResponse(f"/admin/changes/{row.id}?did=propose", 303)
