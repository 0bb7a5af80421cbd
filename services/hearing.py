"""What the database calls out (LISTEN), heard by a connection that waits for nothing else."""

import asyncio
from collections.abc import Callable

import psycopg


async def hear(address: str, channel: str, begun: Callable[[], None], heard: Callable[[str], None]) -> None:
    """Listen until the connection is lost.

    The socket is watched by the loop itself: a call costs a tenth of what the driver's own waiting costs, and every
    decision calls out twice.

    Args:
        address: of the database, as psycopg reads it.
        begun: called once nothing can be missed any more; what happened before is looked for by whoever listens.
        heard: called with the words of each call.

    Raises:
        psycopg.Error, OSError: the connection could not be made, or is lost.
    """
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        await connection.execute(f"listen {channel}")
        loop, server = asyncio.get_running_loop(), connection.pgconn
        lost: asyncio.Future[None] = loop.create_future()

        def take() -> None:
            try:
                server.consume_input()
                while (call := server.notifies()) is not None:
                    heard(call.extra.decode())
            except psycopg.Error as error:
                loop.remove_reader(socket)
                if not lost.done():
                    lost.set_exception(error)

        socket = connection.fileno()
        loop.add_reader(socket, take)
        try:
            begun()
            take()
            await lost
        finally:
            loop.remove_reader(socket)
