"""The floors: P, the bare SQL of a decision; H, the emptiest signed-in request."""

import json

import psycopg

from runtime.bench.figures import Figures, spread, timed
from runtime.bench.people import Desk

SCHEMA = """
    drop schema if exists bench_floor cascade; create schema bench_floor;
    create table bench_floor.task (id int primary key, state text, version int, closed_at timestamptz);
    create table bench_floor.audit (id bigserial primary key, task int, data jsonb, at timestamptz default now());
    create table bench_floor.outbox (id bigserial primary key, task int, payload jsonb);
    insert into bench_floor.task select n, 'open', 1, null from generate_series(1, 2000) n;"""
#: The row, its trail, and the message: one statement, one commit.
DECIDE = """
    with done as (
        update bench_floor.task set state = 'done', version = version + 1, closed_at = now()
        where id = %(id)s and state = 'open' returning id),
    told as (insert into bench_floor.audit (task, data) select id, %(data)s from done)
    insert into bench_floor.outbox (task, payload) select id, %(data)s from done"""


def bare_sql(address: str, times: int = 500) -> Figures:
    """P: the bare statement of a decision, committed, one after another."""
    data = json.dumps({"outcome": "accept", "key": "formal_review"})
    with psycopg.connect(address, autocommit=True) as database:
        database.execute(SCHEMA)

        def decide(n: int) -> float:
            return timed(lambda: database.execute(DECIDE, {"id": n, "data": data}))

        return spread([decide(n) for n in range(1, times + 1)])


def empty_request(desk: Desk, times: int = 200) -> Figures:
    """H: who am I, signed in, over a connection that stays open."""
    for _ in range(20):
        desk.call("GET", "/api/v1/me", "intake")
    return spread([timed(lambda: desk.call("GET", "/api/v1/me", "intake")) for _ in range(times)])
