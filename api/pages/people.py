"""Signing in and out: by password, or at the city's portal by OpenID Connect; the language; unmasking."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer

from api import resumption
from api.dependencies import COOKIE, CurrentLogin, MaybeMe, Me, Writer, address
from api.resumption import local_path
from api.templating import page
from models.vocabulary.errors import Invalid, NotFound, TooManyTries
from models.vocabulary.text import Text
from services import guesses, oidc, people, personal_data
from services.people import Refused, SignedIn
from services.session import transaction
from services.settings import settings

router = APIRouter()

PENDING = "puhui_oidc"
PENDING_SECONDS = 600
YEAR_SECONDS = 365 * 24 * 3600


@router.get("/login")
def login_page(request: Request, actor: MaybeMe, next: str = "/home") -> Response:
    """The sign-in page; who is signed in already goes on."""
    if actor is not None:
        return RedirectResponse(local_path(next), 303)
    return page(request, "login.html", next=local_path(next))


@router.post("/login")
def login(
    request: Request,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/home",
    late: Annotated[str, Form()] = "",
) -> Response:
    """Sign in and go on, with the late form if there is one."""
    try:
        with guesses.door(), transaction() as session:
            result = people.sign_in(
                session,
                username,
                password,
                ip=address(request),
                agent=_agent(request),
                replaces=request.cookies.get(COOKIE, ""),
            )
    except TooManyTries as error:
        result = Refused(error.detail, locked=True)
    if isinstance(result, Refused):
        form = resumption.opened(late) if late else None
        return page(
            request,
            "login.html",
            status_code=429 if result.locked else 401,
            problem=result.reason,
            username=username,
            next=local_path(next),
            late=late,
            kept=len(form.fields) if form else 0,
        )
    return _go_on(request, result, next, late)


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _go_on(request: Request, signed_in: SignedIn, next: str, late: str = "") -> Response:
    """Into the house with a new session; a late form waits for one more click."""
    form = resumption.opened(late) if late else None
    response: Response
    if form is not None and form.username in {"", signed_in.actor.username}:
        response = page(request, "resume.html", actor=signed_in.actor, csrf=signed_in.csrf, form=form)
    else:
        response = RedirectResponse(local_path(next), 303)
    own = settings()
    response.set_cookie(
        COOKIE, signed_in.token, httponly=True, samesite="lax", secure=own.cookie_secure, path="/"
    )
    response.set_cookie(
        "lang",
        request.cookies.get("lang") or signed_in.actor.lang,
        max_age=YEAR_SECONDS,
        samesite="lax",
        secure=own.cookie_secure,
    )
    return response


@router.post("/logout")
def logout(session: Writer, current: CurrentLogin) -> Response:
    """End the session."""
    people.sign_out(session, current)
    response = RedirectResponse("/", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/lang/{lang}")
def switch_language(session: Writer, actor: MaybeMe, lang: str, next: str = "/") -> Response:
    """Read the pages in Chinese or English from now on."""
    chosen = "en" if lang == "en" else "zh"
    if actor is not None:
        people.set_language(session, actor, chosen)
    response = RedirectResponse(local_path(next), 303)
    response.set_cookie("lang", chosen, max_age=YEAR_SECONDS, samesite="lax", secure=settings().cookie_secure)
    return response


@router.post("/personal-data")
def show_personal_data(
    request: Request,
    session: Writer,
    actor: Me,
    case_no: Annotated[str, Form()],
    path: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "",
) -> Response:
    """The unmasked value: in place where a script asked, else on a page of its own (rule M10).

    The page of its own asks again where the reason is wanting; `back` is where the person came from.
    """
    in_place = "hx-request" in request.headers
    told: dict[str, Any] = {
        "case_no": case_no, "path": path, "reason": reason, "problems": (),
        "back": local_path(back) if back else resumption.came_from(request),
    }  # fmt: skip
    try:
        value = personal_data.reveal(session, actor, case_no, path, reason)
    except Invalid as error:
        if in_place:
            raise
        return page(request, "unmasked.html", status_code=error.status, **told | {"problems": error.problems})
    return page(request, "unmasked_fragment.html" if in_place else "unmasked.html", value=value, **told)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().secret_key, salt="oidc")


def _callback() -> str:
    return f"{settings().base_url}/login/portal/return"


@router.get("/login/portal")
def portal(request: Request, next: str = "/home") -> Response:
    """Go and prove who you are at the portal."""
    if not oidc.is_on():
        raise NotFound
    try:
        errand = oidc.begin(_callback())
    except oidc.PortalTrouble as trouble:
        return _not_in(request, trouble.reason)
    response = RedirectResponse(errand.url, 303)
    sealed = _signer().dumps({**errand.secrets, "next": local_path(next)})
    response.set_cookie(
        PENDING,
        str(sealed),
        max_age=PENDING_SECONDS,
        httponly=True,
        samesite="lax",
        secure=settings().cookie_secure,
        path="/login/portal",
    )
    return response


@router.get("/login/portal/return")
def portal_return(request: Request) -> Response:
    """Back from the portal: the code becomes an identity, the identity an account."""
    try:
        pending = _signer().loads(request.cookies.get(PENDING, ""), max_age=PENDING_SECONDS)
        identity = oidc.finish(pending, dict(request.query_params), _callback())
    except BadSignature:
        return _not_in(
            request,
            Text(
                "The sign-in took too long or was started elsewhere. Please start again.",
                "登录等待时间过长，或不是从本页面发起。请重新登录。",
            ),
        )
    except oidc.PortalTrouble as trouble:
        return _not_in(request, trouble.reason)
    with transaction() as session:
        user = oidc.account_of(session, identity)
        signed_in = (
            None
            if user is None
            else people.open_session(
                session,
                user,
                ip=address(request),
                agent=_agent(request),
                replaces=request.cookies.get(COOKIE, ""),
            )
        )
    if signed_in is None:
        return page(request, "unknown_person.html", status_code=403, identity=identity)
    response = _go_on(request, signed_in, str(pending["next"]))
    response.delete_cookie(PENDING, path="/login/portal")
    return response


def _not_in(request: Request, reason: Text) -> Response:
    response = page(request, "login.html", status_code=401, problem=reason, next="/home")
    response.delete_cookie(PENDING, path="/login/portal")
    return response
