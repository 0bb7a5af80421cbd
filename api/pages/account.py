"""A person's own pages: messages, account, password, sessions."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.dependencies import CurrentLogin, Me, Reader, Writer
from api.resumption import local_path
from api.templating import page
from models.tables import Notification, User
from models.vocabulary.errors import Invalid, NotFound, Problem
from models.vocabulary.roles import STAFF, Role
from models.vocabulary.text import Text
from services import absences, guesses, notifications, people

router = APIRouter()

SHOWN = 30


@router.get("/account")
def account(request: Request, session: Reader, current: CurrentLogin, done: str = "") -> Response:
    """Who I am here, where I am signed in, my password."""
    flash = (
        Text("Done. Other sessions have been ended.", "已办理，其他设备上的登录已全部退出。")
        if done
        else None
    )
    return page(request, "account/account.html", **_account(session, current), flash=flash)


def _account(session: Reader, current: CurrentLogin) -> dict[str, Any]:
    return {
        "user": session.get_one(User, current.actor.user_id),
        "min_password": people.MIN_PASSWORD,
        "sessions": people.sessions_of(session, current.actor),
        "current": current,
        "user_is_staff": current.actor.is_any(*STAFF, Role.ADMIN),
        "absences_of": absences.listed(session, current.actor)[:5],
    }


@router.get("/account/new-password")
def new_password(request: Request, current: CurrentLogin, next: str = "/home") -> Response:
    """Who came with a one-time password sets one of their own; nothing else opens before."""
    if not current.password_due:
        return RedirectResponse("/account", 303)
    return _new_password(request, current, next)


def _new_password(
    request: Request, current: CurrentLogin, next: str, problems: tuple[Problem, ...] = ()
) -> Response:
    return page(
        request,
        "account/new_password.html",
        status_code=422 if problems else 200,
        user=current.actor,
        min_password=people.MIN_PASSWORD,
        next=local_path(next),
        problems=problems,
    )


@router.post("/account/password")
def password(
    request: Request,
    session: Writer,
    current: CurrentLogin,
    old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/home",
) -> Response:
    """Set a new password; other sessions end."""
    try:
        with guesses.door():
            people.change_password(session, current, old, new, again)
    except Invalid as error:
        if current.password_due:
            return _new_password(request, current, next, error.problems)
        return page(
            request,
            "account/account.html",
            status_code=422,
            **_account(session, current),
            problems=error.problems,
        )
    return RedirectResponse(local_path(next) if current.password_due else "/account?done=1", 303)


@router.post("/account/end-others")
def end_others(session: Writer, current: CurrentLogin) -> Response:
    """End all sessions but this one."""
    people.end_others(session, current)
    return RedirectResponse("/account?done=1", 303)


@router.get("/notifications")
def messages(
    request: Request, session: Reader, actor: Me, cursor: Annotated[int | None, Query()] = None
) -> Response:
    """My messages, newest first."""
    rows = notifications.listed(session, actor.user_id, before_id=cursor, limit=SHOWN + 1)
    following = rows[SHOWN - 1].id if len(rows) > SHOWN else None
    return page(
        request, "account/notifications.html", actor=actor, messages=rows[:SHOWN], next_cursor=following
    )


@router.post("/notifications/read")
def read_all(session: Writer, actor: Me) -> Response:
    """Everything has been read."""
    notifications.mark_read(session, actor.user_id)
    return RedirectResponse("/notifications", 303)


@router.post("/notifications/{number}/open")
def open_message(session: Writer, actor: Me, number: int) -> Response:
    """Read one message and go where it leads."""
    message = session.get(Notification, number)
    if message is None or message.user_id != actor.user_id:
        raise NotFound
    notifications.mark_read(session, actor.user_id, [number])
    return RedirectResponse(local_path(message.link or "/notifications"), 303)
