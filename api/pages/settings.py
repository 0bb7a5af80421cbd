"""Settings with a memory: limits, roles, and the changes that wait for a second person."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session, col, select

from api.dependencies import Has, Posted, Reader
from api.pages.admin import Admin, Overseer, Watcher, show
from models.tables import SettingChange, User
from models.vocabulary.errors import DomainError, NotFound, Problem
from models.vocabulary.roles import ROLE_TITLES, Role
from models.vocabulary.text import Text, day_in_words
from models.vocabulary.whole import plain, whole
from models.vocabulary.written import day_written
from services import administration, clock, setting_changes, setting_proposals
from services.access import Actor
from services.limit_titles import unit_of
from services.reading import settings_preview
from services.session import reading, transaction

router = APIRouter(prefix="/admin")
Decider = Annotated[Actor, Depends(Has(Role.ADMIN, Role.SUPERVISOR))]
DID = {
    "propose": Text(
        "Proposed. It holds once another person has confirmed it.", "已提出，经他人确认后自生效日起执行。"
    ),
    "confirm": Text("Confirmed; it holds from its day on.", "已确认，自生效日期起执行。"),
    "reject": Text("Refused; nothing changes.", "已不同意，设置不变。"),
    "withdraw": Text("Withdrawn; nothing changes.", "已撤回，设置不变。"),
}


# ---- limits --------------------------------------------------------------------------------------


@router.get("/limits")
def limits(request: Request, session: Reader, me: Overseer, edit: str = "") -> Response:
    """Time limits with effective dates."""
    return _limits(request, session, me, edit)


def _limits(
    request: Request,
    session: Session,
    me: Actor,
    edit: str,
    error: DomainError | None = None,
    said: dict[str, str] | None = None,
    preview: settings_preview.Preview | None = None,
) -> Response:
    today = clock.today().date()
    return show(
        request,
        me,
        "limits",
        rows=administration.limits_in_force(session, today),
        waiting={c.subject: c for c in setting_changes.history(session, "limit") if c.state == "proposed"},
        edit=edit,
        today=today.isoformat(),
        problems=(error.problems or (Problem("", error.detail),)) if error else (),
        said=said or {},
        preview=preview,
        administers=me.is_any(Role.ADMIN),
        status_code=error.status if error else 200,
    )


@router.post("/limits/{key}")
def propose_limit(
    request: Request,
    me: Admin,
    key: str,
    value: Annotated[str, Form()] = "",
    effective_from: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    do: Annotated[str, Form(alias="_do")] = "propose",
) -> Response:
    """First what it would touch, with `_do=preview`; then the proposal to a second person."""
    said = {"value": value, "effective_from": effective_from, "reason": reason}
    number, day = whole(plain(value)), _day(effective_from)
    if do == "preview":
        with reading() as session:
            return _previewed(request, session, me, key, number, day, said)
    try:
        with transaction() as session:
            row = setting_proposals.limit(session, me, key, number, day, reason)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        with reading() as session:
            return _limits(request, session, me, key, error, said)
    return RedirectResponse(f"/admin/changes/{row.id}?did=propose", 303)


def _previewed(
    request: Request, session: Session, me: Actor, key: str, value: int, day: date, said: dict[str, str]
) -> Response:
    try:
        administration.check_limit(key, value, day, said["reason"] or "—")
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        return _limits(request, session, me, key, error, said)
    return _limits(request, session, me, key, None, said, settings_preview.of_limit(session, key))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(day_written(text))
    except ValueError:
        return date.min


# ---- roles ---------------------------------------------------------------------------------------


@router.get("/users/{user_id}/roles")
def roles(request: Request, session: Reader, me: Admin, user_id: int) -> Response:
    """The roles of an account, to be changed with a reason."""
    return _roles(request, session, me, user_id)


def _roles(
    request: Request,
    session: Session,
    me: Actor,
    user_id: int,
    error: DomainError | None = None,
    wanted: list[str] | None = None,
    reason: str = "",
) -> Response:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound
    return show(
        request,
        me,
        "roles",
        user=user,
        wanted=wanted if wanted is not None else user.roles,
        roles=list(ROLE_TITLES.items()),
        reason=reason,
        changes=_rows(session, setting_changes.history(session, "roles", user.username)),
        kinds=setting_changes.KINDS,
        states=setting_changes.STATES,
        problems=(error.problems or (Problem("", error.detail),)) if error else (),
        status_code=error.status if error else 200,
    )


@router.post("/users/{user_id}/roles")
def propose_roles(request: Request, me: Admin, user_id: int, form: Posted) -> Response:
    """Propose other roles to a second person."""
    wanted, reason = [str(r) for r in form.getlist("roles")], str(form.get("reason", ""))
    try:
        with transaction() as session:
            row = setting_proposals.roles(session, me, user_id, wanted, reason)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        with reading() as session:
            return _roles(request, session, me, user_id, error, wanted, reason)
    return RedirectResponse(f"/admin/changes/{row.id}?did=propose", 303)


# ---- changes -------------------------------------------------------------------------------------


@router.get("/changes")
def changes(request: Request, session: Reader, me: Watcher, kind: str = "", subject: str = "") -> Response:
    """Every change of a setting: who, when, why, confirmed by whom."""
    return show(
        request,
        me,
        "changes",
        rows=_rows(session, setting_changes.history(session, kind, subject)),
        kind=kind,
        kinds=setting_changes.KINDS,
        states=setting_changes.STATES,
    )


def _rows(session: Session, found: list[SettingChange]) -> list[tuple[SettingChange, str, str]]:
    """Changes with the names of both persons, in one statement."""
    ids = {i for c in found for i in (c.proposed_by, c.decided_by) if i is not None}
    names = dict(session.exec(select(User.id, User.name).where(col(User.id).in_(ids))).all())
    return [(c, names.get(c.proposed_by, ""), names.get(c.decided_by, "")) for c in found]


@router.get("/changes/{change_id}")
def change(request: Request, session: Reader, me: Watcher, change_id: int, did: str = "") -> Response:
    """One change: before and after, the cases it touches, and the decision."""
    return _change(request, session, me, change_id, did)


def _change(
    request: Request,
    session: Session,
    me: Actor,
    change_id: int,
    did: str = "",
    error: DomainError | None = None,
    note: str = "",
) -> Response:
    row = setting_changes.one(session, change_id)
    _, by, decided = _rows(session, [row])[0]
    return show(
        request,
        me,
        "change",
        row=row,
        by=by,
        decided=decided,
        kinds=setting_changes.KINDS,
        states=setting_changes.STATES,
        before=_words(row, row.before),
        after=_words(row, row.after),
        preview=settings_preview.of(session, row) if row.state == "proposed" else None,
        refusal=setting_changes.may_decide(me, row) if row.state == "proposed" else None,
        mine=row.state == "proposed" and row.proposed_person == me.person_key,
        note=note,
        problems=(error.problems or (Problem("", error.detail),)) if error else (),
        flash={"kind": "ok", "text": DID[did]} if did in DID else None,
        status_code=error.status if error else 200,
    )


_DAYS = {"rest": Text("off", "休息"), "work": Text("working", "上班"), "plain": Text("as usual", "普通日")}
_ACTS = {"end": Text("ends", "停止施行"), "withdraw": Text("abolished", "废止")}
_NAMES = {
    "value": Text("Value", "数值"),
    "roles": Text("Roles", "角色"),
    "act": Text("What", "办理"),
    "version": Text("Version", "版本"),
    "moved": Text("Limits moved", "变化的期限数"),
    "covered_until": Text("Official until", "官方安排已知至"),
    "days": Text("Days", "日期"),
    "filename": Text("File", "文件"),
    "lists": Text("Lists and units", "名单及单位数"),
    "sha256": Text("Fingerprint of the file", "文件散列"),
    "body": Text("Issued by", "发文单位"),
    "document": Text("Number of the document", "文号"),
    "published_on": Text("Date of the document", "公布日期"),
    "starts": Text("In force from", "施行日期"),
    "replaces": Text("Version that ends", "停止施行的版本"),
    "ends_on": Text("Last day in force", "最后施行日"),
    "calculator": Text("SHA-256 of the calculator", "计算文件 SHA-256"),
    "posted": Text("Balance (g)", "余额（克）"),
    "held": Text("Set aside (g)", "冻结（克）"),
}

#: Numbers of rows: the page links to what they stand for.
_NOT_SAID = frozenset({"template", "row"})


def _place(key: str) -> int:
    """The order in which the names above stand is that of the page."""
    names = list(_NAMES)
    return names.index(key) if key in names else len(names)


def _words(row: SettingChange, values: dict[str, Any]) -> list[tuple[Text, Text]]:
    """Before or after, in words."""
    out = []
    for key in sorted(values, key=_place):
        value = values[key]
        if key not in _NOT_SAID:
            name, said = _NAMES.get(key) or _as_people_write(key), _value(value)
            out.append((name, _in_units(row, said) if key == "value" else said))
    return [(n, v) for n, v in out if v.zh != ""]


def _in_units(row: SettingChange, number: Text) -> Text:
    """A limit with what it counts."""
    unit = unit_of(row.subject)
    return Text(f"{number.en} {unit.en}".strip(), f"{number.zh} {unit.zh}".strip())


def _value(value: Any) -> Text:
    if isinstance(value, list) and value and isinstance(value[0], list):
        words = [(_as_people_write(d), _DAYS.get(k, Text(k, k)), name) for d, k, name in value]
        return Text(
            "; ".join(f"{d.en} {k.en} {n}" for d, k, n in words),
            "；".join(f"{d.zh} {k.zh} {n}" for d, k, n in words),
        )
    if isinstance(value, list) and all(v in set(Role) for v in value):
        titles = [ROLE_TITLES[Role(v)] for v in value]
        return Text(", ".join(t.en for t in titles), "、".join(t.zh for t in titles))
    plain = "" if value is None else f"{value:,}" if type(value) is int else str(value)
    return (_DAYS | _ACTS).get(plain) or _as_people_write(plain)


def _as_people_write(said: str) -> Text:
    """A day of the calendar as people write it; anything else as it is."""
    try:
        return day_in_words(date.fromisoformat(said)) if len(said) == len("2026-01-01") else Text(said, said)
    except ValueError:
        return Text(said, said)


@router.post("/changes/{change_id}/{act}")
def decide(
    request: Request, me: Decider, change_id: int, act: str, note: Annotated[str, Form()] = ""
) -> Response:
    """Confirm, refuse, or withdraw one's own."""
    try:
        with transaction() as session:
            if act == "confirm":
                setting_changes.confirm(session, me, change_id, note)
            elif act == "reject":
                setting_changes.reject(session, me, change_id, note)
            elif act == "withdraw":
                setting_changes.withdraw(session, me, change_id)
            else:
                raise NotFound
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        with reading() as session:
            return _change(request, session, me, change_id, "", error, note)
    return RedirectResponse(f"/admin/changes/{change_id}?did={act}", 303)
