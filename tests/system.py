"""A whole running system for tests from outside: started like `make up`, spoken to over HTTP only.

Knows the commands, the settings and the HTTP interface; nothing of the code behind them.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
Json = dict[str, Any]
ROOT = Path(__file__).parent.parent
PASSWORD = "demo-pass-2026"  # a word of the tests' own
API = "/api/v1"
ENDS = frozenset(
    {"published", "issued", "online", "closed", "not_accepted", "rejected", "withdrawn", "lapsed"}
)

#: A small paper that every check of content takes for what it is.
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def wait_for(what: str, look: Callable[[], T | None], seconds: float = 120.0, pause: float = 0.15) -> T:
    """Look until there is an answer. Raises AssertionError with `what` when there is none in time."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found is not None:
            return found
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(pause)


@dataclass
class System:
    """A running system, and a signed-in client for each account."""

    address: str
    password: str = PASSWORD
    _clients: dict[str, httpx.Client] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def client(self, token: str = "", **headers: str) -> httpx.Client:
        """A client of the caller's own; the public without a token."""
        if token:
            headers["Authorization"] = f"Bearer {token}"
        # a proxy from the environment must not stand between us and this machine
        return httpx.Client(base_url=self.address + API, headers=headers, timeout=90, trust_env=False)

    def as_(self, who: str) -> httpx.Client:
        """The client of an account (or of the public: ""), signed in once and shared by all threads."""
        with self._lock:
            if who not in self._clients:
                self._clients[who] = self.client(self.token(who) if who else "")
            return self._clients[who]

    def token(self, who: str) -> str:
        """A new bearer token."""
        with self.client() as public:
            answer = public.post("/auth/token", data={"username": who, "password": self.password})
        assert answer.status_code == 200, (who, answer.text)
        return str(answer.json()["access_token"])

    def get(self, who: str, path: str, **query: Any) -> Any:
        """The JSON of a GET that must succeed."""
        answer = self.as_(who).get(path, params=query)
        assert answer.status_code == 200, (who, path, answer.status_code, answer.text[:600])
        return answer.json()

    def browser(self, who: str) -> httpx.Client:
        """A signed-in browser without JavaScript: keeps cookies, does not follow redirects."""
        browser = httpx.Client(base_url=self.address, timeout=90, trust_env=False)
        page = browser.get("/login")
        fields = {"username": who, "password": self.password, **hidden_fields(page.text)}
        assert browser.post("/login", data=fields).status_code == 303
        return browser

    def close(self) -> None:
        """Give the connections back."""
        for client in self._clients.values():
            client.close()


def hidden_fields(html: str) -> dict[str, str]:
    """Names and values of the hidden fields of a page."""
    from html.parser import HTMLParser

    found: dict[str, str] = {}

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "input" and given.get("type") == "hidden" and given.get("name"):
                found[str(given["name"])] = given.get("value") or ""

    Reader().feed(html)
    return found


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(data_dir: Path, port: int, day: str, more: dict[str, str]) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PUHUI_")}
    ours = {
        "DATA_DIR": str(data_dir),
        "HTTP_PORT": str(port),
        "WORKING_DAY_SECONDS": day,
        "DEMO_PASSWORD": PASSWORD,
        **more,
    }
    return kept | {f"PUHUI_{k}": v for k, v in ours.items()}


@contextlib.contextmanager
def running(data_dir: Path, working_day_seconds: str = "1", **settings: str) -> Iterator[System]:
    """Start everything with `python -m runtime up`, yield when it is ready, stop it with Ctrl-C.

    Args:
        data_dir: of this system only; what it logs is kept there in `up.log`.
        working_day_seconds: of the demonstration clock; "" is the real calendar.
        settings: more settings without their prefix, e.g. ``MAX_UPLOAD_MB="1"``.
    """
    port = int(settings.get("HTTP_PORT") or free_port())
    with (data_dir / "up.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "runtime", "up"],
            cwd=ROOT,
            env=_environment(data_dir, port, working_day_seconds, settings),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal reaches the tests, which then stop it in order
        )
        system = System(f"http://127.0.0.1:{port}")
        try:
            wait_for("the system is up", lambda: _ready(system, process, data_dir), 600, 0.3)
            yield system
        finally:
            system.close()
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def _ready(system: System, process: subprocess.Popen[bytes], data_dir: Path) -> bool | None:
    assert process.poll() is None, (data_dir / "up.log").read_text(errors="replace")[-3000:]
    if not (data_dir / "running.json").exists():
        return None
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(system.address + "/readyz", trust_env=False).status_code == 200 or None
    return None


@contextlib.contextmanager
def system_for(data_dir: Path, **settings: str) -> Iterator[System]:
    """The system the environment names (`TRY_ADDRESS`, `TRY_PASSWORD`: for trying on a running one), or a fresh one."""
    if address := os.environ.get("TRY_ADDRESS"):
        system = System(address, os.environ.get("TRY_PASSWORD", PASSWORD))
        yield system
        system.close()
        return
    with running(data_dir, **settings) as system:
        yield system
