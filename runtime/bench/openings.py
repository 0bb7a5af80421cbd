"""Which task was opened when: heard as live pages hear it, and read from the rows then."""

import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psycopg

CHANNEL = "puhui_events"
#: Of the events called out, those that opened a task, in their order.
OPENED = """
    select e.case_id::text, t.id::text, t.key, t.round from audit_event e join task t on t.id = e.task_id
    where e.id = any(%s) and e.event = 'task.opened' order by e.id"""
#: The newest events, for a call may get lost with its process or its connection.
LATELY = "select array(select id from audit_event order by id desc limit 200)"


@dataclass(frozen=True)
class Opening:
    """A task that is there now. `at` is of time.perf_counter()."""

    case_id: str
    task_id: str
    key: str
    round: int
    at: float


class Openings:
    """Listens in a thread while a with-block runs; each case has a queue, or one reader takes all."""

    def __init__(self, address: str) -> None:
        self._connection = psycopg.connect(address, autocommit=True)
        self._connection.execute(f"listen {CHANNEL}")
        self._rows = psycopg.connect(address, autocommit=True, prepare_threshold=1)
        self._queues: dict[str, queue.SimpleQueue[Opening]] = defaultdict(queue.SimpleQueue)
        self._told: set[str] = set()
        self._lock = threading.Lock()
        self._ends = threading.Event()
        self.reader: Callable[[Opening], None] | None = None
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.set()
        self._thread.join(5)
        self._connection.close()
        self._rows.close()

    def _listen(self) -> None:
        while not self._ends.is_set():
            # whatever has been called out by now: one look for all of it
            notices = self._connection.notifies(timeout=0.5, stop_after=1)
            self._look([int(n.payload.split(" ")[1]) for n in notices] or self._lately())

    def _lately(self) -> list[int]:
        row = self._rows.execute(LATELY).fetchone()
        return row[0] if row else []

    def _look(self, events: list[int]) -> None:
        for case_id, task_id, key, round_ in self._rows.execute(OPENED, (events,)).fetchall():
            if task_id not in self._told:
                self._told.add(task_id)
                opening = Opening(case_id, task_id, key, round_, time.perf_counter())
                (self.reader or self._queue(case_id).put)(opening)

    def _queue(self, case_id: str) -> "queue.SimpleQueue[Opening]":
        with self._lock:
            return self._queues[case_id]

    def next(self, case_id: str, seconds: float = 60) -> Opening:
        """The next task of the case. Raises queue.Empty when there is none in time."""
        return self._queue(case_id).get(timeout=seconds)
