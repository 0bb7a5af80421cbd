"""One system for all tests here; the long cases are played in the background while the short tests run."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.blackbox.collector import Collector
from tests.blackbox.scenarios import Cases
from tests.system import System, free_port, system_for

HERE = Path(__file__).parent
#: Seconds of a working day: an invitation has three of them and publicity five, also where every answer takes seconds.
WORKING_DAY = "4"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here needs the whole system; waiting for a case to be played out takes its time."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(1200))


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Takes the traces of the system."""
    with Collector() as found:
        yield found


@pytest.fixture(scope="session")
def worker_measures() -> str:
    """Where the worker tells its measures: host:port."""
    return f"127.0.0.1:{free_port()}"


@pytest.fixture(scope="session")
def system(collector: Collector, worker_measures: str) -> Iterator[System]:
    """A running system on the demonstration clock."""
    with (
        tempfile.TemporaryDirectory(prefix="puhui-outside-", ignore_cleanup_errors=True) as folder,
        system_for(
            Path(folder),
            working_day_seconds=WORKING_DAY,
            TRACES_URL=collector.address,
            WORKER_METRICS=worker_measures,
        ) as found,
    ):
        yield found


@pytest.fixture(scope="session", autouse=True)
def early(request: pytest.FixtureRequest) -> None:
    """Cases that any of the tests will ask for are on their way from the start of the first test."""
    if any("cases" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("cases")


@pytest.fixture(scope="session")
def cases(system: System) -> Iterator[Cases]:
    """The scenarios, side by side."""
    played = Cases(system)
    yield played
    played.pool.shutdown(wait=True, cancel_futures=True)


@pytest.fixture
def quiet(cases: Cases) -> None:
    """All scenarios are over: for tests that measure, or that disturb."""
    cases.all()
