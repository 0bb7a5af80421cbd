"""What surrounds every request: its id, its log line, its measure, the headers, the last net for errors."""

import re
import secrets
import time
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import Request
from opentelemetry.trace import Span
from prometheus_client import Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import DETAILS, TITLES, answer
from services import tracing
from services.settings import settings

REQUESTS = Counter("puhui_http_requests", "HTTP requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "puhui_http_seconds",
    "Time to the end of the answer, in seconds; live pages left out",
    ["method", "route"],
)
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
FORM_OVERHEAD = 2 * 1024 * 1024  # the fields that travel with a file
#: A body that is no form is read into memory, where it may take thirty times its size; the largest delivery has half.
PLAIN = 4 * 1024 * 1024
FORMS = (b"multipart/form-data", b"application/x-www-form-urlencoded")

log = structlog.get_logger("puhui.web")


class Envelope:
    """The outermost layer, so that its headers are also on what the inner layers refuse."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; an error nobody handled becomes a 500 with the request's id."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        run = _Run(scope, receive, send)
        try:
            with tracing.span(scope["method"], server=True, request_id=run.id) as span:
                await self.app(scope, run.receive, run.send)
                run.describe(span)
        except Exception:
            log.exception("request_failed", request_id=run.id, method=scope["method"], path=scope["path"])
            if run.status:
                raise  # the answer is on its way already; the server closes the connection
            await run.fail()
        finally:
            run.measure()


class _Run:
    """One request on its way through."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        self.id = given if GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
        self.scope, self._receive, self._send = scope, receive, send
        self.began = time.perf_counter()
        self.status = 0
        self.live = False  # an answer that stays open: how long says nothing about how quick
        self.read = 0
        kinds = [value.lower() for name, value in scope["headers"] if name == b"content-type"]
        form = bool(kinds) and all(kind.startswith(FORMS) for kind in kinds)
        self.limit = settings().max_upload_mb * 1024 * 1024 + FORM_OVERHEAD if form else PLAIN
        scope.setdefault("state", {})["request_id"] = self.id

    async def receive(self) -> Message:
        """The body, as far as it is not too large."""
        message = await self._receive()
        self.read += len(message.get("body", b""))
        if self.read > self.limit:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            self.live = headers.get("content-type", "").startswith("text/event-stream")
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")  # nothing of a person stays in a cache unasked
            headers["X-Request-Id"] = self.id
        await self._send(message)

    async def fail(self) -> None:
        """Answer 500."""
        request = Request(self.scope, self._receive)
        response = await answer(request, 500, TITLES[500], DETAILS[500])
        await response(self.scope, self._receive, self.send)

    def describe(self, span: Span) -> None:
        """Name the span as the measures are named; addresses and queries as typed stay out."""
        span.update_name(f"{self.scope['method']} {self._route()}")
        span.set_attribute("http.response.status_code", self.status)

    def measure(self) -> None:
        """One log line and one observation a request; static files only when they fail."""
        taken = time.perf_counter() - self.began
        route = self._route()
        method = self.scope["method"]
        REQUESTS.labels(method, route, str(self.status)).inc()
        if not self.live:
            SECONDS.labels(method, route).observe(taken)
        quiet = (
            route in {"/static", "/healthz", "/readyz", "/metrics"} and self.status < HTTPStatus.BAD_REQUEST
        )
        (log.debug if quiet else log.info)("request", **self._facts(taken))

    def _facts(self, taken: float) -> dict[str, Any]:
        login = self.scope["state"].get("login")
        return {
            "method": self.scope["method"],
            "path": self.scope["path"],
            "status": self.status,
            "ms": round(taken * 1000, 1),
            "request_id": self.id,
            "user": login.actor.username if login else None,
        }

    def _route(self) -> str:
        """The pattern of the address, so that numbers in it do not multiply the measures."""
        if self.scope["path"].startswith("/static/"):
            return "/static"
        return str(getattr(self.scope.get("route"), "path", "") or "(none)")
