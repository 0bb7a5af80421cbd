"""The embedded PostgreSQL keeps what was committed, however it ended."""

import os
import signal
import stat
import time
from pathlib import Path

import psycopg
import pytest

from runtime.embedded import embedded_postgres, start, stop
from runtime.errors import RuntimeTrouble
from runtime.postgres import Cluster


def _connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url.replace("+psycopg", "", 1))


def test_cluster_keeps_committed_rows_after_kill(home: Path) -> None:
    cluster = Cluster(home / "pg")
    process = start(cluster)
    cluster.ensure_database()
    with _connect(cluster.url()) as connection:
        connection.execute("create table kept as select 42 as answer")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    again = start(cluster)
    try:
        with _connect(cluster.url()) as connection:
            assert connection.execute("select answer from kept").fetchall() == [(42,)]
    finally:
        stop(again)


def test_cluster_starts_when_pid_file_names_another_program(home: Path) -> None:
    cluster = Cluster(home / "pg")
    stop(start(cluster))
    (cluster.directory / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.directory}\n1\n5432\n\n\n")
    process = start(cluster)
    try:
        assert cluster.is_ready()
    finally:
        stop(process)


def test_cluster_ends_server_left_over(home: Path) -> None:
    cluster = Cluster(home / "pg")
    leftover = start(cluster)
    process = start(cluster)
    try:
        assert leftover.wait(60) == 0
        assert cluster.is_ready()
    finally:
        stop(process)


def test_cluster_begins_anew_when_initdb_was_interrupted(home: Path) -> None:
    half = home / "pg.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with embedded_postgres(home) as url, _connect(url) as connection:
        assert connection.execute("select 1").fetchall() == [(1,)]


def test_cluster_is_durable_unless_asked_otherwise(home: Path) -> None:
    durable = Cluster(home / "pg").command()
    for_tests = Cluster(home / "pg", durable=False).command()
    assert [word for word in durable if "fsync" in word] == ["--fsync=on"]
    assert [word for word in for_tests if "fsync" in word] == ["--fsync=off"]


def test_cluster_is_reachable_by_its_owner_only(home: Path) -> None:
    with embedded_postgres(home) as url, _connect(url) as connection:
        row = connection.execute(
            "select current_setting('listen_addresses'), rolsuper from pg_roles where rolname = current_user"
        ).fetchone()
    assert row == ("", False)
    assert stat.S_IMODE((home / "pg").stat().st_mode) == 0o700


def test_cluster_uses_short_socket_path_when_its_own_is_too_long(home: Path) -> None:
    deep = home / ("d" * 60) / ("e" * 60)
    with embedded_postgres(deep) as url, _connect(url) as connection:
        assert connection.execute("select 1").fetchall() == [(1,)]


@pytest.mark.parametrize("program", ["postgres", "initdb"])
def test_binaries_come_from_the_wheel(program: str) -> None:
    from runtime.binaries import postgres_binaries

    assert (postgres_binaries() / program).is_file()


def test_server_that_cannot_start_is_told_at_once_with_its_log(home: Path) -> None:
    with embedded_postgres(home):
        pass
    (home / "pg" / "PG_VERSION").write_text("3\n")
    began = time.monotonic()
    with pytest.raises(RuntimeTrouble, match=r"pg\.log"):
        start(Cluster(home / "pg"))
    assert time.monotonic() - began < 60  # not the ten minutes a recovery is given
