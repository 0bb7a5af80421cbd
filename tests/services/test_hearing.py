"""Calls of the database are heard, in order, until the connection is lost, and then it is said."""

import asyncio

import psycopg
import pytest

from services.hearing import hear


def plain(database: str) -> str:
    return database.replace("+psycopg", "", 1)


def test_calls_are_heard_in_order_and_the_loss_is_told(database: str) -> None:
    heard: list[str] = []

    async def play() -> None:
        begun, done = asyncio.Event(), asyncio.Event()

        def note(words: str) -> None:
            heard.append(words)
            if words == "last":
                done.set()

        listening = asyncio.create_task(hear(plain(database), "hearing_test", begun.set, note))
        await asyncio.wait_for(begun.wait(), 30)
        async with await psycopg.AsyncConnection.connect(plain(database), autocommit=True) as other:
            for words in ("one", "two", "last"):
                await other.execute("select pg_notify('hearing_test', %s)", (words,))
            await asyncio.wait_for(done.wait(), 30)
            await other.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen hearing_test'"
            )
        with pytest.raises(psycopg.OperationalError):
            await asyncio.wait_for(listening, 30)

    asyncio.run(play())
    assert heard == ["one", "two", "last"]


def test_a_database_that_is_not_there_is_told(database: str) -> None:
    nowhere = plain(database).replace("port=5432", "port=1")
    with pytest.raises(psycopg.OperationalError):
        asyncio.run(hear(nowhere, "hearing_test", lambda: None, lambda _: None))
