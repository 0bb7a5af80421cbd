"""Connections inside the house: TLS with both sides certified, to the engine and to the database, as settings say."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlmodel import Session
from temporalio.client import Client
from temporalio.service import TLSConfig

import worker
from runtime import backup
from runtime.engine_tls import tls
from runtime.processes import die_with_parent, free_port
from runtime.temporal import TemporalServer, answers, polls
from services.session import make_engine
from services.settings import settings
from tests.conftest import _run, environment
from tests.security.authority import Authority, door


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ours") / "ca", "Ours")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs as well as ours, but nobody here trusts it."""
    return Authority(tmp_path_factory.mktemp("theirs") / "ca", "Theirs")


# ---- the engine ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an engine that is reached through its door only."""
    server = TemporalServer(tmp_path_factory.mktemp("engine") / "temporal.db", free_port(0))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(server.command(), preexec_fn=die_with_parent(signal.SIGTERM), **quiet)  # type: ignore[call-overload]
    try:
        while not asyncio.run(answers(server.address, server.namespace)):
            assert process.poll() is None
        with door(authority, lambda: socket.create_connection(("127.0.0.1", server.port))) as port:
            yield f"localhost:{port}"
    finally:
        process.terminate()
        process.wait(60)


def _named(authority: Authority, trusted: Authority) -> dict[str, str]:
    """The settings of an office that has a certificate of one authority and trusts another's."""
    cert, key = authority.certify("worker")
    return {"TEMPORAL_TLS_CA": str(trusted.ca), "TEMPORAL_TLS_CERT": str(cert), "TEMPORAL_TLS_KEY": str(key)}


def test_without_an_authority_there_is_no_tls() -> None:
    assert tls(settings()) is False


def test_the_worker_reaches_the_engine_by_mutual_tls(engine: str, authority: Authority) -> None:
    async def counted() -> int:
        client = await asyncio.wait_for(worker.connect(settings()), 20)
        return (await client.count_workflows()).count

    with environment(TEMPORAL_ADDRESS=engine, **_named(authority, authority)):
        assert asyncio.run(counted()) == 0


def test_make_up_sees_its_worker_poll_an_engine_behind_tls(engine: str, authority: Authority) -> None:
    async def seen() -> bool:
        client = await worker.connect(settings())
        own = worker.make_worker(client, "behind-tls", ThreadPoolExecutor(20))
        async with own:
            for _ in range(100):
                if await polls(engine, "default", "behind-tls", os.getpid(), tls(settings())):
                    return True
                await asyncio.sleep(0.1)
        return False

    with environment(TEMPORAL_ADDRESS=engine, **_named(authority, authority)):
        assert asyncio.run(asyncio.wait_for(seen(), 40))


@pytest.mark.parametrize(
    "who", ["without a certificate", "with a stranger's", "who trusts a stranger", "without TLS"]
)
def test_nobody_else_reaches_it(engine: str, authority: Authority, stranger: Authority, who: str) -> None:
    named = {
        "with a stranger's": _named(stranger, authority),
        "who trusts a stranger": _named(authority, stranger),
    }
    with environment(**named.get(who, {})):
        kind = tls(settings())
    if who == "without a certificate":
        kind = TLSConfig(server_root_ca_cert=authority.ca.read_bytes())

    async def count() -> None:
        client = await Client.connect(engine, tls=kind)
        await client.count_workflows()

    with pytest.raises(RuntimeError):
        asyncio.run(asyncio.wait_for(count(), 20))


# ---- the database --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(authority: Authority, database: str) -> Iterator[str]:
    """Address of the database that is reached through its door only; what TLS needs is still to be said."""
    url = make_url(database)
    path = f"{url.query['host']}/.s.PGSQL.{url.query['port']}"

    def dial() -> socket.socket:
        found = socket.socket(socket.AF_UNIX)
        found.connect(path)
        return found

    with door(authority, dial, database=True) as port:
        yield f"postgresql+psycopg://{url.username}@localhost:{port}/{url.database}"


def _with(authority: Authority, trusted: Authority) -> str:
    cert, key = authority.certify("puhui")
    return f"?sslmode=verify-full&sslrootcert={trusted.ca}&sslcert={cert}&sslkey={key}"


def test_the_database_is_reached_by_mutual_tls(address: str, authority: Authority) -> None:
    engine = make_engine(address + _with(authority, authority))
    with Session(engine) as session:
        assert session.connection().execute(text("select count(*) from alembic_version")).scalar_one() == 1
        raw = session.connection().connection.driver_connection
        assert raw is not None
        assert raw.pgconn.ssl_in_use
    engine.dispose()


def test_a_backup_is_made_and_restored_over_the_same_connection(
    address: str, authority: Authority, template: str, tmp_path: Path
) -> None:
    """PostgreSQL's own programs come without TLS; no password stands on their command line."""
    ours = _with(authority, authority)
    kept = backup.back_up(settings(), address + ours, tmp_path / "copy")
    _run(template, "create database restored_by_tls")
    try:
        with environment(DATA_DIR=str(tmp_path / "new")):
            target = make_url(address).set(database="restored_by_tls", password="not-asked-for")
            whole = target.render_as_string(hide_password=False) + ours
            assert backup.restore(settings(), whole, tmp_path / "copy").revision == kept.revision
    finally:
        _run(template, "drop database restored_by_tls with (force)")


def test_no_backup_is_made_for_a_stranger(address: str, stranger: Authority, tmp_path: Path) -> None:
    with pytest.raises(psycopg.OperationalError):
        backup.back_up(settings(), address + _with(stranger, stranger), tmp_path / "copy")


@pytest.mark.parametrize(
    "who", ["without a certificate", "with a stranger's", "who trusts a stranger", "without TLS"]
)
def test_nobody_else_reaches_the_database(
    address: str, authority: Authority, stranger: Authority, who: str
) -> None:
    said = {
        "without a certificate": f"?sslmode=verify-full&sslrootcert={authority.ca}",
        "with a stranger's": _with(stranger, authority),
        "who trusts a stranger": _with(authority, stranger),
        "without TLS": "?sslmode=disable",
    }[who]
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address.replace("+psycopg", "", 1) + said, connect_timeout=60)
