"""What a handler may ask for: a session, the person, the posted form."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from api.errors import ForeignPost, NotSignedIn, PasswordDue
from models.vocabulary.errors import NotAllowed
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from services import people
from services.access import Actor
from services.people import Login
from services.session import glance, reading, transaction

COOKIE = "puhui_session"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: What somebody who came with a one-time password may open before there is another one.
BEFORE_A_PASSWORD = ("/account/password", "/account/new-password", "/logout", "/lang/")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def address(request: Request) -> str:
    """Network address of the client."""
    return request.client.host if request.client else ""


def bearer(request: Request) -> str:
    """The API token of the request, or empty."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


async def current_login(request: Request) -> Login | None:
    """The session behind the request, looked up once; short, so that no connection is held.

    Only the look takes a thread: this and what hangs on it is asked in every request.
    """
    if hasattr(request.state, "login"):
        return known_login(request)
    return await run_in_threadpool(known_login, request)


def known_login(request: Request) -> Login | None:
    """The same, for what runs in a thread of its own already."""
    if not hasattr(request.state, "login"):
        request.state.login = _look_up(request)
    login: Login | None = request.state.login
    return login


def _look_up(request: Request) -> Login | None:
    token, kind = (
        (bearer(request), "api") if bearer(request) else (request.cookies.get(COOKIE, ""), "browser")
    )
    if not token:
        return None
    with glance() as session:
        login = people.resume(session, token, address(request))
    if login is None or login.kind != kind:
        return None
    if people.needs_touch(login):
        with transaction() as session:
            people.touch(session, login)
    return login


def is_same_site(request: Request) -> bool:
    """Whether the request comes from one of our own pages; clients that are no browsers send neither header."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or origin.partition("://")[2] == request.headers.get("host")


async def guard(request: Request) -> None:
    """Refuse unsafe requests that another site may have forged. Every router is included with it.

    Raises:
        ForeignPost: the token of the session is missing or not the present one.
        PasswordDue: signed in with a one-time password, and another one has not been set.
    """
    login = await current_login(request)
    if login is not None and login.password_due and not request.url.path.startswith(BEFORE_A_PASSWORD):
        raise PasswordDue
    if request.method in SAFE or (login is not None and login.kind == "api"):
        return
    if not is_same_site(request):
        raise ForeignPost(same_site=False)
    if login is not None and await _sent_token(request) != login.csrf:
        raise ForeignPost(same_site=True)


async def _sent_token(request: Request) -> str:
    header = request.headers.get("x-csrf-token")
    if header is not None or not request.headers.get("content-type", "").startswith(FORMS):
        return header or ""
    return str((await posted(request)).get("csrf", ""))


async def posted(request: Request) -> FormData:
    """The posted form, parsed once; empty when the body is no form."""
    if not request.headers.get("content-type", "").startswith(FORMS):
        return FormData()
    return await request.form(max_fields=5000, max_files=50, max_part_size=4 * 1024 * 1024)


async def signed_in(login: Annotated[Login | None, Depends(current_login)]) -> Login:
    """The session, which must be there. Raises NotSignedIn."""
    if login is None:
        raise NotSignedIn
    return login


async def me(login: Annotated[Login, Depends(signed_in)]) -> Actor:
    """The person signed in. Raises NotSignedIn (401, or the sign-in page)."""
    return login.actor


async def maybe_me(login: Annotated[Login | None, Depends(current_login)]) -> Actor | None:
    """The person signed in, or None."""
    return login.actor if login else None


class Has:
    """Lets in people who have one of the roles: `Annotated[Actor, Depends(Has(Role.ADMIN))]`."""

    def __init__(self, *roles: Role) -> None:
        self.roles = roles

    async def __call__(self, actor: Annotated[Actor, Depends(me)]) -> Actor:
        """The person. Raises NotAllowed (403)."""
        if not actor.is_any(*self.roles):
            raise NotAllowed(Text("This page belongs to another role.", "您的角色不能使用本页面。"))
        return actor


async def writer() -> AsyncIterator[Session]:
    """A session in a transaction that is committed before the answer is sent, or rolled back by an error."""
    async with _ended_in_a_thread(transaction()) as session:
        yield session


async def reader() -> AsyncIterator[Session]:
    """A session whose changes are not kept."""
    async with _ended_in_a_thread(reading()) as session:
        yield session


@asynccontextmanager
async def _ended_in_a_thread(work: AbstractContextManager[Session]) -> AsyncIterator[Session]:
    """A unit of work asks nothing of the database when it begins; its end does, and never waits for a free thread."""
    session, own = work.__enter__(), CapacityLimiter(1)
    try:
        yield session
    except Exception as error:
        if not await to_thread.run_sync(work.__exit__, type(error), error, error.__traceback__, limiter=own):
            raise
    else:
        await to_thread.run_sync(work.__exit__, None, None, None, limiter=own)


Writer = Annotated[Session, Depends(writer, scope="function")]
Reader = Annotated[Session, Depends(reader, scope="function")]
Me = Annotated[Actor, Depends(me)]
MaybeMe = Annotated[Actor | None, Depends(maybe_me)]
CurrentLogin = Annotated[Login, Depends(signed_in)]
Posted = Annotated[FormData, Depends(posted)]
