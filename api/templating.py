"""Pages: the Jinja2 environment, its words and filters, and what every page gets."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from api.errors import language, request_id, wants_json
from api.navigation import menu
from api.translated import Translated
from models.vocabulary import amounts
from models.vocabulary.errors import Problem
from models.vocabulary.headings import symbol
from models.vocabulary.roles import ROLE_TITLES, Role
from models.vocabulary.text import Text, day_in_words, in_number
from models.vocabulary.types import mask_id, mask_mobile, mask_text
from services import clock, deadlines
from services.access import Actor
from services.clock import SHANGHAI
from services.settings import settings

FOLDER = Path(__file__).parent / "templates"
GRAMS = Decimal(1_000_000)


def text_of(value: Any, lang: str) -> str:
    """A Text, a {"zh", "en"} document or a plain text in the language of the page."""
    if isinstance(value, Text):
        return value.of(lang)
    if isinstance(value, dict):
        return str(value.get(lang) or value.get("zh") or "")
    if isinstance(value, list | tuple) and len(value) == 2:
        return str(value[1] if lang == "en" else value[0])
    return "" if value is None else str(value)


@pass_context
def _both(context: Context, zh: str, en: str) -> str:
    return in_number(en) if context["lang"] == "en" else zh


@pass_context
def _text(context: Context, value: Any) -> str:
    return text_of(value, context["lang"])


@pass_context
def _csrf_field(context: Context) -> Markup:
    return Markup('<input type="hidden" name="csrf" value="{}">').format(context.get("csrf", ""))


def local(moment: datetime | date | str | None) -> datetime | date | None:
    """The moment on a clock in Shanghai."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment) if "T" in moment else date.fromisoformat(moment)
    return moment.astimezone(SHANGHAI) if isinstance(moment, datetime) else moment


@pass_context
def _date(context: Context, moment: datetime | date | str | None) -> str:
    """3月12日 or 12 Mar; with the year unless it is this one, and always on what is kept for years (`with_years`)."""
    here = local(moment) if moment else None
    if here is None:
        return ""
    this_year = here.year == clock.today().year and not context.get("with_years")
    if context["lang"] == "en":
        return f"{here.day} {here:%b}" if this_year else f"{here.day} {here:%b} {here.year}"
    return f"{here.month}月{here.day}日" if this_year else f"{here.year}年{here.month}月{here.day}日"


@pass_context
def _day(context: Context, moment: datetime | date | str | None) -> str:
    """2026年3月12日 or 12 Mar 2026, whatever the year is now: of periods and of what is kept for years."""
    here = local(moment) if moment else None
    return day_in_words(here).of(context["lang"]) if here else ""


@pass_context
def _limit(context: Context, moment: datetime | None) -> str:
    """The day of a limit; under the demonstration clock, whose days are seconds, the instant."""
    return _datetime(context, moment) if settings().working_day_seconds else _date(context, moment)


@pass_context
def _datetime(context: Context, moment: datetime | str | None) -> str:
    """3月12日 09:05; seconds only under the demonstration clock, where they matter."""
    here = local(moment) if moment else None
    if not isinstance(here, datetime):
        return _date(context, moment)
    return f"{_date(context, here)} {here:{'%H:%M:%S' if settings().working_day_seconds else '%H:%M'}}"


@pass_context
def _ago(context: Context, moment: datetime | None) -> str:
    """2小时前 · 2 hours ago; a date after a week."""
    if moment is None:
        return ""
    passed = clock.now() - moment
    en = context["lang"] == "en"
    if passed < timedelta(minutes=1):
        return "just now" if en else "刚刚"
    for unit, zh, name in (
        (timedelta(days=1), "天", "day"),
        (timedelta(hours=1), "小时", "hour"),
        (timedelta(minutes=1), "分钟", "minute"),
    ):
        if passed >= unit and passed < timedelta(days=7):
            n = passed // unit
            return f"{n} {name}{'s' if n > 1 else ''} ago" if en else f"{n}{zh}前"
    return _date(context, moment)


def tonnes(grams: int | None) -> str:
    """Integer grams as tonnes with three decimals at most: 1,234.5."""
    if grams is None:
        return ""
    amount = f"{Decimal(grams) / GRAMS:,.3f}"
    return amount.rstrip("0").rstrip(".")


def iso(moment: datetime | date | None) -> str:
    """Machine-readable time for <time datetime>."""
    here = local(moment)
    return here.isoformat() if here else ""


def deadline(due_at: datetime | None, paused: bool = False) -> dict[str, Any]:
    """What a due cell shows: {state, label: Text, due_at}; state is paused | overdue | today | soon | ok."""
    if paused or due_at is None:
        return {"state": "paused", "label": deadlines.PAUSED, "due_at": due_at}
    now = clock.now()
    label = deadlines.label(due_at, now)
    if due_at <= now:
        state = "overdue"
    elif local(due_at - timedelta(seconds=1)).date() == local(now).date():  # type: ignore[union-attr]
        state = "today"
    else:
        state = "soon" if due_at - now < timedelta(days=3) else "ok"
    if settings().working_day_seconds and state != "overdue":
        state = "ok"
    return {"state": state, "label": label, "due_at": due_at}


def last_day(due_at: datetime | None) -> datetime | None:
    """The day people may still act on: a limit ends at 24:00, which is the next day's 00:00."""
    if due_at is None or (settings().working_day_seconds and local(due_at).time() != time()):  # type: ignore[union-attr]
        return due_at  # a day of the demonstration ends at any second
    return due_at - timedelta(seconds=1)


@pass_context
def _query(context: Context, **changes: Any) -> str:
    """The address of this page with some parameters changed (None removes one); for filters and pages of lists."""
    request: Request = context["request"]
    pairs = [(k, v) for k, v in request.query_params.multi_items() if k not in changes]
    pairs += [(k, str(v)) for k, v in changes.items() if v is not None and v != ""]
    return request.url.path + (f"?{urlencode(pairs)}" if pairs else "")


def role_title(role: str) -> Text:
    return ROLE_TITLES[Role(role)] if role in set(Role) else Text(role, role)


@lru_cache
def static_version() -> str:
    """Changes when an own static file changes, so that browsers may keep files for a year."""
    newest = max(
        (f.stat().st_mtime_ns for f in (FOLDER.parent / "static").rglob("*") if f.is_file()), default=0
    )
    return format(newest // 1_000_000, "x")


def static(name: str) -> str:
    """Address of a static file."""
    return f"/static/{name}?v={static_version()}"


@lru_cache
def environment() -> Environment:
    """The templates; everything printed is escaped."""
    env = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=Translated(),
    )
    env.globals.update(
        {
            "_": _both,
            "t": _text,
            "csrf_field": _csrf_field,
            "deadline": deadline,
            "last_day": last_day,
            "query": _query,
            "static": static,
            "role_title": role_title,
            "now": clock.now,
        }
    )
    env.filters.update(
        {
            "date": _date,
            "day": _day,
            "datetime": _datetime,
            "limit": _limit,
            "ago": _ago,
            "tonnes": tonnes,
            "exact_tonnes": amounts.tonnes,
            "unit": symbol,
            "mask_id": mask_id,
            "mask_mobile": mask_mobile,
            "mask_text": mask_text,
            "iso": iso,
        }
    )
    return env


def page(
    request: Request,
    template: str,
    *,
    actor: Actor | None = None,
    status_code: int = 200,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """A page in the language of the reader.

    Args:
        template: path under templates/, e.g. "applicant/cases.html".
        actor: the reader; without it the person behind the request's session.
        context: what the template needs; wins over what every page gets.
    """
    login = getattr(request.state, "login", None)
    reader = actor or (login.actor if login else None)
    own = settings()
    shared = {
        "request": request,
        "lang": language(request),
        "actor": reader,
        "csrf": login.csrf if login else "",
        "unread": login.unread if login else 0,
        "menu": menu(reader),
        "path": request.url.path,
        "working_day_seconds": own.working_day_seconds,
        "contact": own.contact,
        "oidc_label": own.oidc_label if own.oidc_issuer else "",
        "request_id": request_id(request),
    }
    html = environment().get_template(template).render({**shared, **context})
    return HTMLResponse(html, status_code, {"Cache-Control": "no-store", **(headers or {})})


def error_page(
    request: Request,
    status: int,
    title: Text,
    detail: Text,
    problems: Sequence[Problem] = (),
    kind: str = "",
    headers: dict[str, str] | None = None,
    late: object = None,
) -> HTMLResponse:
    """A page that says what happened and what to do next; never what broke inside.

    Args:
        late: the form that was not carried out (`resumption.Late`), to be sent again from this page.
    """
    if not hasattr(request.state, "login"):
        _try_login(request)
    kept = {k: v for k, v in (headers or {}).items() if k.lower() in {"retry-after", "allow"}}
    return page(
        request,
        "error.html",
        status_code=status,
        headers=kept,
        status=status,
        title=title,
        detail=detail,
        problems=problems,
        kind=kind,
        late=late,
    )


def _try_login(request: Request) -> None:
    """Know the reader on pages outside of every router; without a database the page goes without."""
    from api.dependencies import known_login

    try:
        known_login(request)
    except Exception:
        request.state.login = None


__all__ = ["environment", "error_page", "page", "text_of", "wants_json"]
