"""The revision that makes the ledger: with and without an owner role of its own, up and down."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from runtime import ledger_storm

ROOT = Path(__file__).parents[2]


def alembic(url: str, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *words],
        check=False, cwd=ROOT, env=os.environ | {"PUHUI_DATABASE_URL": url}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_autogenerate_leaves_the_ledger_alone(database: str) -> None:
    found = alembic(database, "check")
    assert "ledger" not in found
    assert "No new upgrade operations" in found


@pytest.fixture
def owned(template: str) -> Iterator[str]:
    """A database whose application may create roles, as on a server of one's own."""
    base = make_url(template)
    address = base.set(drivername="postgresql", database="postgres", username="postgres")
    with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as server:
        server.execute("create role maker login createrole")
        server.execute("create database made owner maker")
        try:
            yield base.set(database="made", username="maker").render_as_string(hide_password=False)
        finally:
            server.execute("drop database made with (force)")
            server.execute("drop role maker")
            server.execute("drop role if exists puhui_ledger")


def test_ledger_of_a_role_nobody_logs_in_as_works_and_cannot_be_changed(owned: str) -> None:
    for words in ("upgrade head", "downgrade 0002", "upgrade head"):
        alembic(owned, *words.split())
    with ledger_storm.working(owned) as session:
        ground = ledger_storm.lay(session, 4)
    storm = ledger_storm.blow(owned, ground, 300, threads=2)
    assert storm.wrong == []
    assert storm.outcomes["posted"] > 50
    address = make_url(owned).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in (
            "insert into ledger.balance values (99, 1, 'holder', 0, 0, 0, 0, 0)",
            "update ledger.balance set posted = 1",
            "delete from ledger.transfer",
            "alter table ledger.transfer disable trigger b_apply",
            "drop trigger b_apply on ledger.transfer",
            "create or replace function ledger.transfer_apply() returns trigger language plpgsql as 'begin return null; end'",
            "drop schema ledger cascade",
            "set role puhui_ledger",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
