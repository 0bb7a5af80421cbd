"""The rows of the bare design, and the one statement that writes them."""

from functools import cache
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool
from temporalio import activity

CHANNEL = "bench_bare"
SCHEMA = """
    drop schema if exists bench_bare cascade; create schema bench_bare;
    create table bench_bare.task (case_id text, no int, state text, closed_at timestamptz, primary key (case_id, no));
    create table bench_bare.audit (id bigserial primary key, case_id text, no int, data jsonb,
                                   at timestamptz default now());
    create function bench_bare.tell() returns trigger language plpgsql as $$ begin
        perform pg_notify('bench_bare', new.case_id || ' ' || new.no);
        return null;
    end $$;
    create trigger tell after insert on bench_bare.task for each row execute function bench_bare.tell();"""
#: Close the task before, write the trail, open the next: one statement, idempotent.
WRITE = """
    with done as (update bench_bare.task set state = 'done', closed_at = now()
                  where case_id = %(case)s and no = %(no)s - 1 and state = 'open' returning no),
    told as (insert into bench_bare.audit (case_id, no, data) select %(case)s, no, '{"outcome": "accept"}' from done)
    insert into bench_bare.task (case_id, no, state) select %(case)s, %(no)s, 'open' where %(no)s <= 10
    on conflict do nothing"""


@cache
def pool(address: str) -> ConnectionPool[psycopg.Connection[Any]]:
    """The connections of this process."""
    return ConnectionPool(address, min_size=4, max_size=20, kwargs={"autocommit": True}, open=True)


address_of_rows = ""


@activity.defn
def bare_write(case_id: str, no: int) -> None:
    """Write what the decision before has led to."""
    with pool(address_of_rows).connection() as connection:
        connection.execute(WRITE, {"case": case_id, "no": no})
