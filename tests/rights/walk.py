"""Every route of the application, asked by everybody about everything; nothing a walk asks for is kept."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi.testclient import TestClient
from sqlmodel import select
from starlette.routing import BaseRoute

from models.tables import LoginSession
from services import clock, people
from services.session import transaction
from tests.conftest import Browser
from tests.rights.world import PDF, World

#: What an answer means for the person's rights. Anything that is not a refusal counts as let in: a walk sends
#: nothing useful, so those who may come in are told 409 or 422.
REFUSALS = {401: "sign in", 403: "forbidden", 404: "unknown"}


def routes(found: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    """(method, path) of every route, through the included routers."""
    for route in found:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes(inner.routes)
        elif getattr(route, "methods", None):
            for method in sorted(route.methods - {"HEAD"}):  # type: ignore[attr-defined]
                yield method, re.sub(r":\w+}", "}", route.path)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Who:
    """Somebody at the door; `browser` is None for nobody."""

    name: str
    client: TestClient
    browser: Browser | None

    def ask(self, method: str, path: str) -> Any:
        body = bodies(method, path)
        if self.browser is None:
            return self.client.request(method, path, **body)
        return self.browser.send(method, path, **body)

    def request(self, method: str, path: str, body: dict[str, Any]) -> httpx.Request:
        """The same question, to be asked with others."""
        known = self.browser.headers if self.browser else {}
        headers = {**known, **body.get("headers", {})}
        return httpx.Request(method, f"http://testserver{path}", **body | {"headers": headers})


def ask_all(people: Mapping[str, Who], method: str, path: str) -> dict[str, httpx.Response]:
    """What each is answered, one after the other in the application's own loop: the way there and back between
    threads, and the cookies and redirects of a client, cost as much as the answers."""
    client = next(iter(people.values())).client
    door = httpx.ASGITransport(client.app, raise_app_exceptions=False, client=("testclient", 50000))
    body = bodies(method, path)

    async def each() -> dict[str, httpx.Response]:
        found = {}
        for name, who in people.items():
            found[name] = await door.handle_async_request(who.request(method, path, body))
            await found[name].aread()
        return found

    assert client.portal is not None, "the client has to be open"
    return client.portal.call(each)


def just_seen() -> None:
    """Everybody has come by a moment ago: a session that was not would be moved on at every request of a walk, which
    keeps nothing."""
    with transaction() as session:
        for row in session.exec(select(LoginSession)):
            row.seen_at = clock.now()


def bodies(method: str, path: str) -> dict[str, Any]:
    """Something well-formed that nobody may succeed with."""
    if method in ("GET", "DELETE"):
        return {}
    if method == "PUT" and path.endswith("/form"):
        return {"json": _json(path), "headers": {"If-Match": '"1"'}}
    if path.endswith("/attachments"):
        return {"data": {"kind": "no such kind"}, "files": {"file": ("a.pdf", PDF, "application/pdf")}}
    if "/objections/" in path and path.endswith("/papers"):
        return {"files": {"file": ("a.pdf", PDF, "application/pdf")}}
    if path.startswith("/api/"):
        return {"json": _json(path)}
    if path.endswith("/materials"):
        return {"data": {"kind": "no such kind"}, "files": {"file": ("a.pdf", PDF, "application/pdf")}}
    return {"data": {"reason": ""}}


def _json(path: str) -> Any:
    last = path.rsplit("/", 1)[-1]
    return {
        "submit": {"declaration": {"accepted": False, "signatory": ""}},
        "claim": None,
        "form": {"form": {}},
        "draft": {"outcome": "", "form": {}},
        "hold": {"reason": "", "until": None},
        "override": {"outcome": "no such outcome", "reason": ""},
        "complete": {"outcome": "no such outcome", "form": {}},
        "delegate": {"to": "nobody at all", "reason": ""},
        "reassign": {"to": "nobody at all", "reason": ""},
        "extend": {"days": 1, "reason": ""},
        "extension": {"days": 1, "reason": ""},
        "cases": {"procedure": "no such procedure", "form": {}},
        "readings": {"rows": []},
        "records": {"rows": []},
        "consents": {"rows": []},
        "withdrawals": {"user": "nobody at all"},
    }.get(last, {"reason": ""})


def verdict(answer: Any) -> str:
    """in | sign in | forbidden | unknown | ERROR."""
    if answer.status_code >= 500 and answer.status_code != 501:
        return "ERROR"
    if answer.status_code == 303 and answer.headers.get("location", "").startswith("/login"):
        return "sign in"
    return REFUSALS.get(answer.status_code, "in")


def everybody(client: TestClient, city: World) -> dict[str, Who]:
    """Each demonstration role once, the experts by their part in the panel, and nobody."""
    roles = [
        "applicant",
        "agent",
        "merchant",
        "resident",
        "intake",
        "officer",
        "supervisor",
        "issuer",
        "exchange",
        "mall",
        "bureau",
        "agency",
        "admin",
        "auditor",
        "principal",
    ]
    names = {r: r for r in roles} | {f"expert {part}": name for part, name in city.seats.items()}
    with transaction() as session:
        signed = {k: people.open_session(session, city.users[n], ip="testclient") for k, n in names.items()}
    found = {k: Who(k, client, Browser(client, s.csrf, s.token, None)) for k, s in signed.items()}
    return found | {"nobody": Who("nobody", client, None)}
