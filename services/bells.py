"""Calls to whoever listens (LISTEN), made once the commit is there.

Called in the transaction itself, PostgreSQL lets the commits of all callers through one at a time, each to the end of
its writing to disk: with eight people at work a commit took seven times as long. So a call is noted in the session,
and a thread of the process makes it right after the commit, many in one statement. A process that dies in between
leaves a call unmade: whoever listens looks by itself as well, within half a second (relay) or a few (open pages).
"""

import threading
import time
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Any

import structlog
from sqlmodel import Session

Call = tuple[str, str]
Send = Callable[[list[Call]], None]
log = structlog.get_logger()
_NOTED = "bells"
#: Calls made in one statement at most.
TOGETHER = 500
#: Seconds to wait before calls that could not be made are made again; after the last they are given up.
PAUSES = (0.2, 1.0, 5.0)


def ring(session: Session, channel: str, words: str = "") -> None:
    """Call out on the channel when, and only when, the session's transaction is committed."""
    session.info.setdefault(_NOTED, {})[channel, words] = None


def noted(session: Session) -> list[Call]:
    """What is to be called out, each once, in order; from here on forgotten."""
    return list(session.info.pop(_NOTED, ()))


def call(session: Session, calls: Iterable[Call]) -> None:
    """Call out now, in one statement; sent by the driver itself, for there is nothing to put together."""
    channels, words = zip(*calls, strict=True)
    driver: Any = session.connection().connection.driver_connection
    driver.execute(_CALL, (list(channels), list(words)))


_CALL = "select pg_notify(c, w) from unnest(%s::text[], %s::text[]) as t (c, w)"


class Ringer:
    """Makes the calls of this process, in the order they are handed over.

    Args:
        send: makes a batch of calls. After what it raises it is tried some times more; then these calls are left to
            those who look by themselves.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: SimpleQueue[list[Call]] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def take(self, calls: list[Call]) -> None:
        """Have them made soon; never waits."""
        if not calls:
            return
        self._waiting.put(calls)
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name="bells", daemon=True)
                    self._thread.start()

    def _work(self) -> None:
        while True:
            calls = dict.fromkeys(self._waiting.get())
            for pause in (*PAUSES, None):
                self._gather(calls)
                if self._sent(list(calls), pause):
                    break

    def _gather(self, calls: dict[Call, None]) -> None:
        """What else waits by now goes with them."""
        while len(calls) < TOGETHER:
            try:
                calls.update(dict.fromkeys(self._waiting.get_nowait()))
            except Empty:
                return

    def _sent(self, calls: list[Call], pause: float | None) -> bool:
        """True once they are made; after a failure, when it is time to try again, False."""
        try:
            self._send(calls)
        except Exception as error:
            log.warning("bells_not_heard", calls=len(calls), error=type(error).__name__, again_in_s=pause)
            if pause is not None:
                time.sleep(pause)
            return False
        return True
