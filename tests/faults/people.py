"""People who go on working while parts of the system die: they file, answer, and try again as a person would."""

import re
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx

from tests.faults.checker import Said
from tests.system import System

#: What a successful POST means: (path, what was said, where its name is: in the path, or a field of the answer).
SAYINGS = (
    (re.compile(r"^/cases$"), "draft", "case_no"),
    (re.compile(r"^/cases/([^/]+)/attachments$"), "paper", "id"),
    (re.compile(r"^/cases/([^/]+)/submit$"), "submitted", ""),
    (re.compile(r"^/cases/([^/]+)/withdraw$"), "withdrawn", ""),
    (re.compile(r"^/tasks/([^/]+)/complete$"), "decision", ""),
    (re.compile(r"^/public/notices/\d+/objections$"), "objection", "receipt_no"),
    (re.compile(r"^/admin/acts$"), "act", "id"),
)


@dataclass
class Decision:
    """A decision the web has said yes to."""

    kind: str
    at: float
    seconds: float


class Diary:
    """What was said to the people, what stood in their way, and what should never have been said."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.said: list[Said] = []
        self.decisions: list[Decision] = []
        self.outages: list[tuple[float, str]] = []
        self.errors: list[str] = []
        self.filed: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.leave = threading.Event()

    def note(self, path: str, request: dict[str, Any], response: httpx.Response, began: float) -> None:
        """Keep what a success promises."""
        for pattern, what, name in SAYINGS:
            if (found := pattern.match(path)) is None:
                continue
            key = str(response.json()[name]) if name else found.group(1)
            body = request.get("json") or {}
            detail = {"decision": body.get("outcome", ""), "act": body.get("kind", "")}.get(what, "")
            now = time.monotonic()
            with self.lock:
                self.said.append(Said(what, key, detail))
                if what == "decision":
                    self.decisions.append(Decision(response.json().get("kind", ""), now, now - began))

    def since(self, moment: float) -> list[Decision]:
        """Decisions accepted since then."""
        return [d for d in list(self.decisions) if d.at >= moment]

    def in_the_way(self, moment: float) -> list[str]:
        """Outages met since then."""
        return [what for at, what in list(self.outages) if at >= moment]


class Steady(httpx.Client):
    """A client that outlives outages: tries until there is an answer that is none, and notes what it was told."""

    def __init__(self, diary: Diary, **options: Any) -> None:
        super().__init__(**options)
        self.diary = diary

    def request(self, method: str, url: Any, **options: Any) -> httpx.Response:
        """Try again every quarter of a second; TimeoutError when the storm is over.

        A decision carries its task as Idempotency-Key. Filing has none: filed before the answer got lost, the second
        try is told so, and that is a success.
        """
        path, tries = str(url), 0
        if path.endswith("/complete"):
            options["headers"] = {"Idempotency-Key": path.split("/")[-2]}
        while True:
            began, tries = time.monotonic(), tries + 1
            try:
                response = super().request(method, url, **options)
            except httpx.TransportError as error:
                self.diary.outages.append((time.monotonic(), f"{method} {path}: {type(error).__name__}"))
            else:
                if response.status_code < 500 and not _busy(response):
                    return self._answered(method, path, options, response, began, tries)
                self._refused(method, path, response)
            if self.diary.leave.wait(0.25):
                raise TimeoutError(path)

    def _answered(
        self, method: str, path: str, options: Any, response: httpx.Response, began: float, tries: int
    ) -> httpx.Response:
        if tries > 1 and response.status_code == 409 and path.endswith(("/submit", "/withdraw")):
            response = httpx.Response(202, json={}, request=response.request)
        if method == "POST" and response.is_success:
            self.diary.note(path, options, response, began)
        return response

    def _refused(self, method: str, path: str, response: httpx.Response) -> None:
        self.diary.outages.append((time.monotonic(), f"{method} {path}: {response.status_code}"))
        if response.status_code not in (503, 409):
            self.diary.errors.append(f"{method} {path}: {response.status_code} {response.text[:300]}")


def _busy(response: httpx.Response) -> bool:
    """Others were before them for too long: nothing has changed, and it is worth another try."""
    return response.status_code == 409 and response.json().get("kind") == "busy"


class SteadySystem(System):
    """The system as its people know it: always there, sometimes slow to answer."""

    diary: Diary

    def client(self, token: str = "", **headers: str) -> httpx.Client:
        if token:
            headers["Authorization"] = f"Bearer {token}"
        # a proxy from the environment must not stand between us and this machine
        return Steady(
            self.diary,
            base_url=self.address + "/api/v1",
            headers=headers,
            timeout=30,
            trust_env=False,
            limits=httpx.Limits(max_connections=None),
        )


def steady(address: str) -> SteadySystem:
    """People who work at an address."""
    system = SteadySystem(address)
    system.diary = Diary()
    return system
