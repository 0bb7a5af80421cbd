"""Accounts and parties, kept by administrators: registered, switched off and on, given a one-time password."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from api.dependencies import Posted, Reader
from api.pages.admin import Admin, tabs_of
from api.templating import page
from models.procedures.shared.codes import DISTRICTS
from models.tables import Party, User
from models.vocabulary.errors import DomainError, NotFound, Problem
from models.vocabulary.roles import ROLE_TITLES
from models.vocabulary.text import Text
from services import access, accounts, parties, setting_changes
from services.access import Actor
from services.account_checks import Asked
from services.accounts import Contact, Opened
from services.parties import Typed
from services.session import reading, transaction

router = APIRouter(prefix="/admin")
#: Parties of a page.
PARTIES = 200
DID = {
    "disable": Text("Disabled; every session has ended.", "已停用，该账户的登录已全部退出。"),
    "enable": Text("Enabled.", "已启用。"),
    "waits": Text(
        "Enabled. Its roles wait for another person; until then it has no rights.",
        "已启用，角色待另一人确认，确认前该账户没有任何权限。",
    ),
    "add": Text("Registered.", "已登记。"),
    "correct": Text("Corrected; kept in the audit trail.", "已更正，变更已记入审计。"),
}


def _show(request: Request, me: Actor, template: str, section: str = "users", **context: Any) -> Response:
    return page(request, f"admin/{template}.html", actor=me, section=section, sections=tabs_of(me), **context)


def _refused(error: DomainError | None) -> dict[str, Any]:
    """What a page needs to tell why nothing was done."""
    problems = (error.problems or (Problem("", error.detail),)) if error else ()
    return {"problems": problems, "status_code": error.status if error else 200}


def _flash(did: str) -> dict[str, Any] | None:
    return {"kind": "ok", "text": DID[did]} if did in DID else None


# ---- accounts ------------------------------------------------------------------------------------


@router.get("/users/new")
def new_account(request: Request, me: Admin, party: str = "") -> Response:
    """The form for a new account."""
    return _new(request, me, Asked("", "", "", party=party))


def _new(request: Request, me: Actor, said: Asked, error: DomainError | None = None) -> Response:
    roles = [(r, title, r in accounts.DIRECT) for r, title in ROLE_TITLES.items()]
    return _show(request, me, "account_new", said=said, roles=roles, **_refused(error))


@router.post("/users")
def register(request: Request, me: Admin, form: Posted) -> Response:
    """Register an account; the one-time password stands on the answer and nowhere else."""
    said = _said(form)
    try:
        with transaction() as session:
            opened = accounts.register(session, me, said)
    except DomainError as error:
        return _new(request, me, said, error)
    return _opened(request, me, opened)


def _said(form: FormData) -> Asked:
    typed = {
        k: str(form.get(k, ""))
        for k in ("username", "name", "id_number", "email", "mobile", "party", "reason")
    }
    return Asked(**typed, roles=[str(r) for r in form.getlist("roles")])


def _opened(request: Request, me: Actor, opened: Opened) -> Response:
    return _show(request, me, "account_opened", opened=opened, days=accounts.ONE_TIME.days)


@router.get("/users/{user_id}")
def account(request: Request, session: Reader, me: Admin, user_id: int, did: str = "") -> Response:
    """An account: who, which roles, what is in its hands, and what can be done with it."""
    return _account(request, session, me, user_id, flash=_flash(did))


def _account(
    request: Request,
    session: Session,
    me: Actor,
    user_id: int,
    error: DomainError | None = None,
    act: str = "",
    reason: str = "",
    flash: dict[str, Any] | None = None,
) -> Response:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound
    return _show(
        request,
        me,
        "account",
        user=user,
        party=session.get(Party, user.party_id) if user.party_id else None,
        mine=user.person_key == me.person_key,
        direct=set(user.roles) <= accounts.DIRECT,
        system=accounts.is_system(user),
        held=[(h, access.spec_of(h.task).title) for h in accounts.held(session, user)],
        twins=accounts.same_person(session, user),
        waiting=setting_changes.waiting(session, "roles", user.username),
        history=accounts.history(session, user),
        act=act,
        reason=reason,
        flash=flash,
        **_refused(error),
    )


@router.get("/users/{user_id}/edit")
def edit_account(request: Request, session: Reader, me: Admin, user_id: int) -> Response:
    """The form that corrects a name or how to reach somebody."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound
    return _edit(request, me, user, Contact(user.name, user.email, user.mobile))


def _edit(
    request: Request, me: Actor, user: User, said: Contact, error: DomainError | None = None
) -> Response:
    return _show(request, me, "account_edit", user=user, said=said, **_refused(error))


@router.post("/users/{user_id}/edit")
def amend(request: Request, me: Admin, user_id: int, form: Posted) -> Response:
    """Correct an account, with a reason."""
    said = Contact(**{k: str(form.get(k, "")) for k in ("name", "email", "mobile", "reason")})
    try:
        with transaction() as session:
            accounts.amend(session, me, user_id, said)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        with reading() as session:
            return _edit(request, me, session.get_one(User, user_id), said, error)
    return RedirectResponse(f"/admin/users/{user_id}?did=correct", 303)


@router.post("/users/{user_id}/disable")
def disable(request: Request, me: Admin, user_id: int, reason: Annotated[str, Form()] = "") -> Response:
    """Switch an account off, with a reason."""
    try:
        with transaction() as session:
            accounts.disable(session, me, user_id, reason)
    except DomainError as error:
        return _again(request, me, user_id, error, "disable", reason)
    return RedirectResponse(f"/admin/users/{user_id}?did=disable", 303)


@router.post("/users/{user_id}/enable")
def enable(request: Request, me: Admin, user_id: int, reason: Annotated[str, Form()] = "") -> Response:
    """Let a disabled account in again, with a reason; another person confirms roles of the office."""
    try:
        with transaction() as session:
            opened = accounts.enable(session, me, user_id, reason)
    except DomainError as error:
        return _again(request, me, user_id, error, "enable", reason)
    return RedirectResponse(f"/admin/users/{user_id}?did={'waits' if opened.change else 'enable'}", 303)


@router.post("/users/{user_id}/password")
def reset(request: Request, me: Admin, user_id: int, reason: Annotated[str, Form()] = "") -> Response:
    """Give an account a one-time password, which stands on the answer and nowhere else."""
    try:
        with transaction() as session:
            opened = accounts.reset(session, me, user_id, reason)
    except DomainError as error:
        return _again(request, me, user_id, error, "password", reason)
    return _opened(request, me, opened)


def _again(request: Request, me: Actor, user_id: int, error: DomainError, act: str, reason: str) -> Response:
    if isinstance(error, NotFound):
        raise error
    with reading() as session:
        return _account(request, session, me, user_id, error, act, reason)


# ---- parties -------------------------------------------------------------------------------------


@router.get("/parties")
def listed(
    request: Request,
    session: Reader,
    me: Admin,
    q: str = "",
    after: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """Organisations and authorities, by name; `after` is the last one of the page before."""
    rows = parties.found(session, q, PARTIES + 1, after)
    more = rows[PARTIES - 1].id if len(rows) > PARTIES else None
    return _show(request, me, "parties", "parties", rows=rows[:PARTIES], more=more, q=q)


@router.get("/parties/new")
def new_party(request: Request, me: Admin) -> Response:
    """The form for a new party."""
    return _party(request, me, None, Typed("", ""))


def _party(
    request: Request,
    me: Actor,
    row: Party | None,
    said: Typed,
    error: DomainError | None = None,
    flash: dict[str, Any] | None = None,
) -> Response:
    return _show(
        request,
        me,
        "party",
        "parties",
        row=row,
        said=said,
        districts=DISTRICTS,
        flash=flash,
        **_refused(error),
    )


@router.post("/parties")
def add_party(request: Request, me: Admin, form: Posted) -> Response:
    """Register a party."""
    said = _typed(form)
    try:
        with transaction() as session:
            row = parties.register(session, me, said)
    except DomainError as error:
        return _party(request, me, None, said, error)
    return RedirectResponse(f"/admin/parties/{row.id}?did=add", 303)


def _typed(form: FormData) -> Typed:
    words = {k: str(form.get(k, "")) for k in ("name", "uscc", "nature", "district", "address", "reason")}
    return Typed(**words, is_agency=form.get("is_agency") == "true")


@router.get("/parties/{party_id}")
def party(request: Request, session: Reader, me: Admin, party_id: int, did: str = "") -> Response:
    """A party, to be corrected with a reason."""
    row = parties.one(session, party_id)
    return _party(request, me, row, parties.typed_of(row), flash=_flash(did))


@router.post("/parties/{party_id}")
def correct_party(request: Request, me: Admin, party_id: int, form: Posted) -> Response:
    """Correct a party, with a reason."""
    said = _typed(form)
    try:
        with transaction() as session:
            parties.correct(session, me, party_id, said)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        with reading() as session:
            return _party(request, me, parties.one(session, party_id), said, error)
    return RedirectResponse(f"/admin/parties/{party_id}?did=correct", 303)
