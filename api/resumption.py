"""A form that came too late, or without its token, is not lost: it travels through the sign-in page.

What was typed is kept in a signed field of the page itself, never on the server. Files cannot be
kept by a browser; the continue page asks for them again.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import Response
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.dependencies import COOKIE, is_same_site, posted
from api.templating import page
from services import people
from services.session import reading
from services.settings import settings

KEPT_SECONDS = 12 * 3600
#: Where passwords are typed: nothing of such a form is ever written on a page or sent along; it is typed again.
PASSWORDS = ("/login", "/account/password")
#: What browsers leave out of an address, or take for a slash.
_MISREAD = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True)
class Late:
    """A posted form that waits for its person."""

    path: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    username: str
    back: str


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().secret_key, salt="late-form")


def sealed(late: Late) -> str:
    """The form as one signed text."""
    return str(_signer().dumps(asdict(late)))


def opened(text: str) -> Late | None:
    """The form in a signed text; None when it was changed on the way or is too old."""
    try:
        data: dict[str, Any] = _signer().loads(text, max_age=KEPT_SECONDS)
    except BadSignature:
        return None
    fields = tuple((str(k), str(v)) for k, v in data["fields"])
    return Late(data["path"], fields, tuple(data["files"]), data["username"], data["back"])


def local_path(target: str | None) -> str:
    """`target` if it is an address of this site, else the home page: no redirect leads elsewhere."""
    text = target or ""
    if not text.startswith("/") or text.startswith("//") or _MISREAD.search(text):
        return "/home"
    return text


def own_path(request: Request) -> str:
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def quoted_path(request: Request) -> str:
    """Path and query of the request, for the query of the sign-in page."""
    return quote(own_path(request), safe="/")


def came_from(request: Request) -> str:
    """The page of ours the form stood on."""
    parts = urlsplit(request.headers.get("referer", ""))
    if parts.netloc and parts.netloc != request.headers.get("host"):
        return "/home"
    return local_path(parts.path + (f"?{parts.query}" if parts.query else ""))


async def caught(request: Request) -> Late:
    """The posted form of this request, and whose it is; of one with a password only the way back."""
    form = [] if _has_password(request) else (await posted(request)).multi_items()
    return _late(request, form, await run_in_threadpool(_whose, request))


async def unsent(request: Request) -> Late | None:
    """A form that could not be carried out for want of the database; None when the request brought none.

    A form with a password is none either: nobody is to read one on a page.
    """
    if request.method != "POST" or not is_same_site(request) or _has_password(request):
        return None
    form = (await posted(request)).multi_items()
    return _late(request, form, "") if form else None


def _has_password(request: Request) -> bool:
    return request.url.path in PASSWORDS


def _late(request: Request, form: list[tuple[str, UploadFile | str]], username: str) -> Late:
    fields = tuple((k, v) for k, v in form if isinstance(v, str) and k != "csrf")
    files = tuple(sorted({k for k, v in form if isinstance(v, UploadFile)}))
    return Late(own_path(request), fields, files, username, came_from(request))


def _whose(request: Request) -> str:
    token = request.cookies.get(COOKIE, "")
    if not token:
        return ""
    with reading() as session:
        return people.whose(session, token)


async def sign_in_page(request: Request) -> Response:
    """The sign-in page in answer to a form that came after the session had ended."""
    if "hx-request" in request.headers:
        return page(request, "login_fragment.html", status_code=401, headers={"HX-Retarget": "#flash"})
    late = await caught(request) if is_same_site(request) and not _has_password(request) else None
    return page(
        request,
        "login.html",
        status_code=401,
        late=sealed(late) if late else "",
        kept=len(late.fields) if late else 0,
        next="/home",
        username=late.username if late else "",
    )


async def refused_page(request: Request, *, same_site: bool) -> Response:
    """The answer to a form without its token: what was typed stays readable, and is sent again only by hand."""
    late = await caught(request)
    again = same_site and not _has_password(request)
    return page(request, "refused.html", status_code=403, late=late, same_site=same_site, again_by_hand=again)
