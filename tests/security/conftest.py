"""One world for a module, everybody signed in; how far the random tests go is set by SECURITY_EXAMPLES."""

import os
from collections.abc import Iterator

import pytest
import sqlmodel

from api.app import app
from tests.conftest import TestClient
from tests.rights import walk, world
from tests.rights.walk import Who
from tests.rights.world import World

#: Random requests for each operation: a few in `make test`, many in `make security`.
EXAMPLES = int(os.environ.get("SECURITY_EXAMPLES", "1"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked slow is left to `make security`."""
    if "SECURITY_EXAMPLES" in os.environ:
        return
    left = [i for i in items if i.get_closest_marker("slow")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [i for i in items if not i.get_closest_marker("slow")]


@pytest.fixture(scope="module")
def city(database: str) -> World:
    """The demonstration's people and cases of two applicants in several stages."""
    return world.build()


@pytest.fixture(scope="module")
def everybody(city: World) -> Iterator[dict[str, Who]]:
    """Each role signed in, and nobody."""
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        yield walk.everybody(client, city)


@pytest.fixture
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every commit only flushes: what is sent is gone when the session closes."""
    monkeypatch.setattr(sqlmodel.Session, "commit", sqlmodel.Session.flush)
