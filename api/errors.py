"""Errors become pages for people and problem+json for programs (RFC 9457). No traces leave the house."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from api.malformed import problem_of
from models.vocabulary.errors import Conflict, DomainError, Problem, TooManyTries
from models.vocabulary.text import Text
from services import storable

log = structlog.get_logger("puhui.web")


class NotSignedIn(Exception):
    """Nobody is signed in, or no more."""


class ForeignPost(Exception):
    """A change without the session's token: another site's page, or a page older than the session."""

    def __init__(self, *, same_site: bool) -> None:
        super().__init__("request without the session's token")
        self.same_site = same_site


class PasswordDue(Exception):
    """Signed in with a one-time password: another one has to be set before anything else."""


TITLES: dict[int, Text] = {
    400: Text("The request could not be read", "请求无法识别"),
    401: Text("Please sign in", "请先登录"),
    403: Text("Not allowed", "无权办理"),
    404: Text("Not found", "未找到"),
    405: Text("Not possible here", "不支持该操作"),
    409: Text("The matter has moved on", "事项状态已变化"),
    412: Text("A newer version exists", "内容已被更新"),
    413: Text("Too large", "提交的内容过大"),
    415: Text("The file was not accepted", "文件未被接收"),
    422: Text("Please mend the fields marked", "请修改标出的内容"),
    429: Text("Too many tries", "尝试次数过多"),
    500: Text("Something went wrong on our side", "系统出现错误"),
    503: Text("Temporarily not available", "系统暂时无法使用"),
}
DETAILS: dict[int, Text] = {
    400: Text("Go back, reload the page and try again.", "请返回上一页刷新后重试。"),
    401: Text("This needs an account. Your session may have ended.", "办理本事项需要登录，或登录已过期。"),
    404: Text(
        "There is nothing at this address, or you may not see it.",
        "未找到该页面或编号，或您无权查看。请核对地址，或从首页重新进入。",
    ),
    405: Text(
        "This address does not take such a request; one that only takes a form is reached from its page.",
        "该地址不接受此类请求。只用于提交表单的地址不能直接打开，请从相应页面进入。",
    ),
    413: Text(
        "The files sent exceed the limit. Send fewer or smaller files.",
        "上传内容超出大小限制，请压缩或分次上传。",
    ),
    500: Text(
        "What happened has been recorded. Nothing was changed; please try again, and tell us the number below "
        "if it happens again.",
        "错误已被记录，本次操作未生效。请稍后重试；如再次出现，请将下方编号告知我们。",
    ),
    503: Text(
        "The database does not answer at the moment. Please try again in a minute.",
        "系统暂时无法访问数据，请稍后重试。已提交的内容不受影响。",
    ),
}


def wants_json(request: Request) -> bool:
    """Whether the answer is for a program."""
    return request.url.path.startswith("/api/")


def problem(
    request: Request,
    status: int,
    title: Text,
    detail: Text,
    problems: Sequence[Problem] = (),
    kind: str = "",
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """An application/problem+json answer in the client's language."""
    lang = language(request)
    body: dict[str, Any] = {
        "type": f"urn:puhui:problem:{kind}" if kind else "about:blank",
        "title": title.of(lang),
        "status": status,
        "detail": _whole(detail.of(lang)),
        "instance": request.url.path,
        "request_id": request_id(request),
    }
    if kind:
        body["kind"] = kind
    if problems or status == HTTPStatus.UNPROCESSABLE_ENTITY:
        body["errors"] = [{"loc": _whole(p.loc), "msg": _whole(p.msg.of(lang))} for p in problems]
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def _whole(text: str) -> str:
    """The text without half characters, which no answer can carry."""
    return text.encode("utf-8", "replace").decode()


def language(request: Request) -> str:
    """Cookie first, then what a program or browser says it accepts; Chinese otherwise."""
    chosen = request.cookies.get("lang")
    if chosen in {"zh", "en"}:
        return str(chosen)
    login = getattr(request.state, "login", None)
    if login is not None and not wants_json(request):
        return str(login.actor.lang)
    return (
        "en"
        if request.headers.get("accept-language", "").lower().startswith("en") and wants_json(request)
        else "zh"
    )


def request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))


async def answer(
    request: Request,
    status: int,
    title: Text,
    detail: Text,
    problems: Sequence[Problem] = (),
    kind: str = "",
    headers: dict[str, str] | None = None,
) -> Response:
    """The error as the client can read it."""
    if wants_json(request):
        return problem(request, status, title, detail, problems, kind, headers)
    from api import resumption
    from api.templating import error_page

    if "hx-request" in request.headers:
        from api.templating import page

        return await run_in_threadpool(
            page,
            request,
            "error_fragment.html",
            status_code=status,
            headers=headers,
            detail=detail,
            problems=problems,
        )
    late = await resumption.unsent(request) if status == 503 or kind == "busy" else None
    return await run_in_threadpool(error_page, request, status, title, detail, problems, kind, headers, late)


async def on_domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)
    kind = error.kind if isinstance(error, Conflict) else ""
    return await answer(
        request,
        error.status,
        error.title,
        error.detail,
        error.problems,
        kind,
        {"Retry-After": str(error.retry_after)} if isinstance(error, TooManyTries) else None,
    )


async def on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    title = TITLES.get(status, Text(HTTPStatus(status).phrase, "无法办理"))
    said = str(error.detail)
    fallback = DETAILS.get(status, Text(said, said))
    return await answer(request, status, title, fallback, headers=dict(error.headers or {}))


async def on_malformed(request: Request, error: Exception) -> Response:
    """422 for a request whose shape is wrong, every location named."""
    assert isinstance(error, RequestValidationError)
    defects = tuple(problem_of(e) for e in error.errors())
    detail = Text(
        f"{len(defects)} item(s) of the request are not as expected.",
        f"请求中有 {len(defects)} 处不符合要求。",
    )
    return await answer(request, 422, TITLES[422], detail, defects)


async def on_not_signed_in(request: Request, _error: Exception) -> Response:
    """401 for programs; the sign-in page for people, which keeps what a late form carried."""
    if wants_json(request):
        return problem(request, 401, TITLES[401], DETAILS[401], headers={"WWW-Authenticate": "Bearer"})
    from api import resumption

    if request.method in {"GET", "HEAD"} and "hx-request" not in request.headers:
        return RedirectResponse(f"/login?next={resumption.quoted_path(request)}", 303)
    return await resumption.sign_in_page(request)


async def on_password_due(request: Request, _error: Exception) -> Response:
    """403 for programs; people are led to the page where they set a password of their own."""
    if wants_json(request):
        detail = Text("Set a password of your own on the site first.", "请先在网页上设置新密码。")
        return problem(request, 403, TITLES[403], detail, kind="password_due")
    from api import resumption

    there = "/account/new-password"
    if "hx-request" in request.headers:
        return Response(status_code=403, headers={"HX-Redirect": there})
    wanted = resumption.quoted_path(request) if request.method in {"GET", "HEAD"} else "/home"
    return RedirectResponse(f"{there}?next={wanted}", 303)


async def on_foreign_post(request: Request, error: Exception) -> Response:
    assert isinstance(error, ForeignPost)
    if wants_json(request):
        return problem(
            request,
            403,
            Text("Token missing", "缺少防伪令牌"),
            Text(
                "Send the session's token in the header X-CSRF-Token, or use a bearer token.",
                "请在请求头 X-CSRF-Token 中提供会话令牌，或使用 Bearer 令牌。",
            ),
            kind="csrf",
        )
    from api import resumption

    return await resumption.refused_page(request, same_site=error.same_site)


async def on_unkeepable(request: Request, error: Exception) -> Response:
    """422 for a value no column takes: a null character, half a character, a number beyond all numbers."""
    log.warning("value_not_kept", error=type(error).__name__, request_id=request_id(request))
    detail = Text(
        "A value in the request cannot be kept: a character or a number outside what is possible.",
        "请求中含有无法保存的字符或超出范围的数值，请修改后重试。",
    )
    return await answer(request, 422, TITLES[422], detail)


async def on_too_deep(request: Request, error: Exception) -> Response:
    """422 for what is nested deeper than anybody can walk through."""
    log.warning("nested_too_deep", request_id=request_id(request), exc_info=error)
    return await answer(request, 422, TITLES[422], storable.DEPTH)


BUSY = Text(
    "Others are acting on this very matter just now, and it did not come to your turn. Nothing was changed; "
    "please look at it again in a moment.",
    "其他人员正在办理同一事项，等候时间过长，本次操作未生效。请稍后刷新，查看最新情况后再办理。",
)


async def on_busy(request: Request, error: DBAPIError) -> Response:
    """409 for whoever waited for a row as long as anybody may, or stood in each other's way with somebody."""
    log.warning("row_busy", error=type(error.orig).__name__, request_id=request_id(request))
    return await answer(request, 409, TITLES[409], BUSY, kind="busy", headers={"Retry-After": "3"})


async def on_no_database(request: Request, error: Exception) -> Response:
    """503 while the database is away; any other database error is a defect of ours."""
    if isinstance(error, DataError):
        return await on_unkeepable(request, error)
    if isinstance(error, DBAPIError) and isinstance(error.orig, LockNotAvailable | DeadlockDetected):
        return await on_busy(request, error)
    if isinstance(error, DBAPIError) and not (
        isinstance(error, OperationalError) or error.connection_invalidated
    ):
        raise error
    log.warning("database_unreachable", error=type(error).__name__, request_id=request_id(request))
    return await answer(request, 503, TITLES[503], DETAILS[503], headers={"Retry-After": "5"})


CROWDED = Text(
    "Very many people are at work at this moment, and it did not come to your turn. Nothing was changed; please try "
    "again in a moment.",
    "当前办理人数较多，等候时间过长，本次操作未生效。请稍后重试，已填写的内容不受影响。",
)


async def on_crowd(request: Request, _error: Exception) -> Response:
    """503 for whom no connection came free: too many at once, the database itself is well."""
    log.warning("no_connection_free", request_id=request_id(request))
    return await answer(request, 503, TITLES[503], CROWDED, headers={"Retry-After": "5"})


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(DomainError, on_domain_error)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_malformed)
    app.add_exception_handler(NotSignedIn, on_not_signed_in)
    app.add_exception_handler(ForeignPost, on_foreign_post)
    app.add_exception_handler(PasswordDue, on_password_due)
    app.add_exception_handler(DBAPIError, on_no_database)
    app.add_exception_handler(UnicodeEncodeError, on_unkeepable)
    app.add_exception_handler(RecursionError, on_too_deep)
    app.add_exception_handler(PoolTimeout, on_crowd)
