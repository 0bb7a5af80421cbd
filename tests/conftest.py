"""Real PostgreSQL for every test.

`session` is rolled back after the test. `client` and `browser` go through the real application,
which commits, on a database of the test module's own, cloned from a migrated template.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy.engine import make_url
from sqlmodel import Session
from xdist.scheduler import LoadFileScheduling

from runtime.embedded import embedded_postgres
from services import calendar, people
from services import session as sessions
from services.settings import settings

with warnings.catch_warnings():  # the test client asks for a successor of httpx that is not needed here
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

#: A property is judged by values: on a busy machine any example may be kept waiting, in its making as in the test.
hypothesis.settings.register_profile(
    "puhui", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("puhui")

ROOT = Path(__file__).parent.parent
TEMPLATE = "puhui"
NAMES = count(1)


class ByFile(LoadFileScheduling):
    """A file stays in one process, and so does a folder whose tests share one system: a second process would start it,
    and play its cases, again."""

    together = ("blackbox", "e2e", "scenarios")

    def _split_scope(self, nodeid: str) -> str:
        """What stays together: `tests/e2e`, or `tests/api/test_x.py`."""
        folder = "/".join(nodeid.split("/")[:2])
        return folder if folder.removeprefix("tests/") in self.together else str(super()._split_scope(nodeid))


def _forget() -> None:
    """Settings and engine are read anew after the environment has changed."""
    if sessions.engine.cache_info().currsize:
        sessions.engine().dispose()
    sessions.engine.cache_clear()
    settings.cache_clear()


#: Where the folders with a system and limits of their own come among the others: not both at a time.
PLACE = {"e2e": "", "blackbox": "scenarios~"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The order of the folders where processes share them."""
    if hasattr(config, "workerinput"):
        folders = {item: item.path.relative_to(ROOT / "tests").parts[0] for item in items}
        items.sort(key=lambda item: PLACE.get(folders[item], folders[item]))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """How tests are shared out among processes."""
    return ByFile(config, log)


@contextlib.contextmanager
def environment(**values: str) -> Iterator[None]:
    """Settings for the length of a with-block: `environment(WORKING_DAY_SECONDS="1")`."""
    before = {f"PUHUI_{k}": os.environ.get(f"PUHUI_{k}") for k in values}
    os.environ.update({f"PUHUI_{k}": v for k, v in values.items()})
    _forget()
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
        _forget()


@pytest.fixture(scope="session", autouse=True)
def data_dir() -> Iterator[Path]:
    """Settings no test depends on the machine for."""
    for name in [n for n in os.environ if n.startswith("PUHUI_") and n != "PUHUI_REQUIRE_ALL"]:
        del os.environ[name]
    with (
        tempfile.TemporaryDirectory(prefix="puhui-", ignore_cleanup_errors=True) as folder,
        environment(
            DATA_DIR=folder,
            SECRET_KEY="only-for-tests-" + "0" * 32,
            DEMO_PASSWORD="only-for-tests",
            LOG_LEVEL="WARNING",
        ),
    ):
        yield Path(folder)


@pytest.fixture(scope="session", autouse=True)
def slow_hasher() -> Iterator[PasswordHash]:
    """The house's own way to hash a password, slow on purpose; meanwhile the tests hash quickly."""
    with pytest.MonkeyPatch.context() as patch:
        own = people.HASHER
        quick = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(people, "HASHER", PasswordHash((quick,)))
        yield own


@pytest.fixture(scope="session")
def template(data_dir: Path) -> Iterator[str]:
    """Address of a migrated database with the calendar and nothing else; only to be cloned."""
    with embedded_postgres() as url:
        subprocess.run(
            [sys.executable, "-m", "alembic", "upgrade", "head"],
            check=True,
            cwd=ROOT,
            env=os.environ | {"PUHUI_DATABASE_URL": url},
            capture_output=True,
        )
        engine = sessions.make_engine(url)
        with Session(engine) as session:
            calendar.seed(session)
            session.commit()
        engine.dispose()
        yield url


def _run(url: str, statement: str) -> None:
    address = (
        make_url(url).set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    )
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


@contextlib.contextmanager
def clone_of(template: str) -> Iterator[str]:
    """A fresh copy of the template, dropped afterwards; its address."""
    name = f"test_{next(NAMES)}"
    _run(template, f"create database {name} template {TEMPLATE}")
    try:
        yield make_url(template).set(database=name).render_as_string(hide_password=False)
    finally:
        _run(template, f"drop database if exists {name} with (force)")


@pytest.fixture(scope="session")
def rolled_back(template: str) -> Iterator[str]:
    """The database `session` works on."""
    with clone_of(template) as url:
        yield url


@pytest.fixture(scope="session")
def rolled_back_engine(rolled_back: str) -> Iterator[Any]:
    engine = sessions.make_engine(rolled_back)
    yield engine
    engine.dispose()


@pytest.fixture
def session(rolled_back_engine: Any) -> Iterator[Session]:
    """A session for tests of services; whatever it commits or writes is gone after the test."""
    with rolled_back_engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        outer.rollback()


@pytest.fixture(scope="module")
def database(template: str) -> Iterator[str]:
    """A database of the module's own, in the settings: `transaction()` and the application use it."""
    with clone_of(template) as url, environment(DATABASE_URL=url):
        yield url


@pytest.fixture
def client(database: str) -> Iterator[TestClient]:
    """The real application over the module's database; redirects are not followed. Errors are answers (500)."""
    from api.app import app

    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


@dataclass
class Browser:
    """A signed-in browser: posts carry the session's token."""

    client: TestClient
    csrf: str
    token: str
    user: Any

    def get(self, path: str, **more: Any) -> Any:
        return self._send("GET", path, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
        """Post a form (`data`) or, with `json=`, a JSON body."""
        if "json" not in more:
            more["data"] = {**(data or {}), "csrf": self.csrf}
        return self._send("POST", path, **more)

    def send(self, method: str, path: str, **more: Any) -> Any:
        return self._send(method, path, **more)

    @property
    def headers(self) -> dict[str, str]:
        """What tells who asks."""
        return {"Cookie": f"puhui_session={self.token}; lang=zh", "X-CSRF-Token": self.csrf}

    def _send(self, method: str, path: str, **more: Any) -> Any:
        headers = self.headers | more.pop("headers", {})
        return self.client.request(method, path, headers=headers, **more)


@pytest.fixture
def browser(client: TestClient) -> Callable[..., Browser]:
    """Signs a person in: `browser("officer")` makes a new user with these roles, `browser(user=row)` takes yours."""
    from services import people
    from services.session import transaction
    from tests import factories

    def sign_in(*roles: str, user: Any = None, **more: Any) -> Browser:
        with transaction() as session:
            person = user or factories.user(session, *roles, **more)
            signed_in = people.open_session(session, person, ip="testclient")
        return Browser(client, signed_in.csrf, signed_in.token, person)

    return sign_in
