"""The roles of the deployed database: deploy/postgres/roles.sql run on a new PostgreSQL as its container runs it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import yaml

from runtime import embedded
from runtime.binaries import postgres_binaries
from runtime.postgres import SOCKET_NUMBER, Cluster
from tests.architecture.tree import ROOT

FOLDER = "./deploy/postgres:/docker-entrypoint-initdb.d:ro"
PASSWORD = 'it\'s a "password" of 32 characters'


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A new server, what runs once has run, migrated by the role of the house."""
    found = Cluster(tmp_path_factory.mktemp("roles") / "data", durable=False)
    process = embedded.start(found)
    try:
        for file in sorted((ROOT / "deploy/postgres").glob("*.sql")):
            command = [
                str(postgres_binaries() / "psql"), "-v", "ON_ERROR_STOP=1", "--username", "postgres", "--no-password",
                "--no-psqlrc", "--dbname", "postgres", "-h", str(found.socket_directory), "-p", str(SOCKET_NUMBER), "-f", str(file),
            ]  # fmt: skip
            given = os.environ | {"POSTGRES_PASSWORD": PASSWORD}
            done = subprocess.run(command, env=given, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        url = f"postgresql+psycopg://puhui@/puhui?host={quote(str(found.socket_directory), safe='')}&port={SOCKET_NUMBER}"
        subprocess.run(
            [sys.executable, "-m", "alembic", "upgrade", "head"],
            check=True, cwd=ROOT, env=os.environ | {"PUHUI_DATABASE_URL": url}, capture_output=True,
        )  # fmt: skip
        yield found
    finally:
        embedded.stop(process)


def test_the_container_runs_it_and_the_superuser_has_its_usual_name() -> None:
    server = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["postgres"]
    assert FOLDER in server["volumes"]
    assert set(server["environment"]) == {"POSTGRES_PASSWORD_FILE"}
    assert [f.name for f in (ROOT / "deploy/postgres").iterdir()] == ["roles.sql"]


def test_the_house_is_no_superuser_and_the_superuser_does_not_log_in_from_outside(cluster: Cluster) -> None:
    with cluster.connect("postgres") as connection:
        query = "select rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, left(rolpassword, 13) from pg_authid"
        rows = connection.execute(query + " where rolcanlogin order by rolname").fetchall()
        assert rows == [
            ("postgres", True, True, True, True, None),
            ("puhui", False, False, True, False, "SCRAM-SHA-256"),
        ]
        owners = "select pg_get_userbyid(datdba) from pg_database where datname = 'puhui'"
        assert connection.execute(owners).fetchone() == ("puhui",)


@pytest.mark.rule("M10")
@pytest.mark.parametrize(
    "statement",
    [
        "update audit_event set role = ''",
        "delete from audit_event",
        "truncate audit_event",
        "update audit_root set signature = ''",
        "delete from audit_root",
        "set session_replication_role = replica",
        "create role another superuser login",
        "alter system set archive_mode = off",
    ],
)
def test_the_role_of_the_house_may_not_touch_the_trail(cluster: Cluster, statement: str) -> None:
    with (
        cluster.connect("puhui", user="puhui") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)  # type: ignore[arg-type]


def test_nobody_is_let_in_while_the_database_is_still_being_made(cluster: Cluster) -> None:
    """Until then the server answers inside its container only, as this one does: migrations would not reach it."""
    server = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["postgres"]
    path = f"{postgres_binaries()}:{os.environ['PATH']}"
    here = {"PGHOST": str(cluster.socket_directory), "PGPORT": str(SOCKET_NUMBER), "PATH": path}
    assert subprocess.run(["pg_isready"], env=os.environ | here, check=False).returncode == 0
    asked = ["sh", "-c", server["healthcheck"]["test"][1]]
    assert subprocess.run(asked, env=os.environ | here, check=False).returncode != 0


def test_the_engine_makes_its_own_databases_with_the_same_role(cluster: Cluster) -> None:
    with cluster.connect("postgres", user="puhui") as connection:
        connection.execute("create database temporal")
    with cluster.connect("temporal", user="puhui") as connection:
        connection.execute("create extension if not exists btree_gin")
    with cluster.connect("postgres", user="puhui") as connection:
        connection.execute("drop database temporal with (force)")


def test_the_folder_can_be_read_by_the_server() -> None:
    for path in (ROOT / "deploy/postgres", *Path(ROOT / "deploy/postgres").iterdir()):
        assert path.stat().st_mode & 0o004, path
