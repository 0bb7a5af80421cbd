"""`python -m runtime city`: builds the city in a database of its own, and measures it against a small one."""

import os
import subprocess
import time
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from runtime.attach import database
from runtime.city import build, measure
from runtime.errors import RuntimeTrouble
from runtime.parts import MIGRATE
from runtime.plan import ROOT
from services.settings import Settings

SMALL = 1000


def run(cases: int, *, name: str, keep: bool, measured: bool) -> None:
    """Build what is missing; with `measured`, print both times of every page.

    Args:
        name: the database; never the one the system works on.
        keep: leave a city that is there as it is.
    """
    with database(Settings()):
        base = os.environ["PUHUI_DATABASE_URL"]
        large = _built(base, name, cases, keep)
        if measured:
            small = _built(base, f"{name}_{SMALL}", SMALL, keep=True)
            print(measure.table(*measure.alternately(small, large), (SMALL, _cases(large))))


def _built(base: str, name: str, cases: int, keep: bool) -> str:
    """The address of a city; made anew unless it is there and kept."""
    if name == make_url(base).database:
        raise RuntimeTrouble(
            "城市数据不能写入系统正在使用的数据库，请另选名称。",
            "The city is never written into the database the system works on; choose another name.",
        )
    url = make_url(base).set(database=name).render_as_string(hide_password=False)
    there = keep and _exists(base, name)
    if not there:
        _do(base, sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        _do(base, sql.SQL("create database {}").format(sql.Identifier(name)))
    subprocess.run(
        MIGRATE, cwd=ROOT, check=True, env=os.environ | {"PUHUI_DATABASE_URL": url}, capture_output=True
    )
    if there:
        return url
    began = time.monotonic()
    sizes = build.build(
        url, cases, lambda words: print(f"{time.monotonic() - began:6.1f} s  {words}", flush=True)
    )
    print(
        f"{name}：{sizes.cases} 办件 · cases，{sizes.tasks} 事项 · tasks，{sizes.events} 审计 · events，"
        f"{sizes.seconds:.0f} s",
        flush=True,
    )
    return url


def _plain(url: str, **changes: str) -> str:
    return make_url(url).set(drivername="postgresql", **changes).render_as_string(hide_password=False)  # type: ignore[arg-type]


def _do(url: str, statement: Any) -> None:
    with psycopg.connect(_plain(url, database="postgres"), autocommit=True) as connection:
        connection.execute(statement)


def _exists(url: str, name: str) -> bool:
    with psycopg.connect(_plain(url, database="postgres")) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
    return (
        found is not None
        and _cases(make_url(url).set(database=name).render_as_string(hide_password=False)) > 0
    )


def _cases(url: str) -> int:
    try:
        with psycopg.connect(_plain(url)) as connection:
            row = connection.execute("select count(*) from case_file").fetchone()
    except psycopg.errors.UndefinedTable:
        return 0
    return int(row[0]) if row else 0
