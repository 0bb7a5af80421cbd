"""Open pages: very many people watch cases through one web process while decisions go on."""

import asyncio
import contextlib
import random
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psycopg

from runtime.bench.decisions import Office, Steady
from runtime.bench.figures import Figures, spread
from runtime.bench.openings import Opening

#: Who has a case's page open. What they are told of each decision is measured at the staff's pages: the applicant's
#: page hears of it only when whose turn it is changes.
READERS = ("intake", "officer", "intake", "applicant")
STAFF = 3
AT_ONCE = 50  # connections opened side by side


@dataclass
class Crowd:
    """Connections that read events in a thread of their own."""

    address: str
    tokens: dict[str, str]
    arrived: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    listening: int = 0

    async def _watch(self, case_id: str, case_no: str, n: int, gate: asyncio.Semaphore) -> None:
        place = urlsplit(self.address)
        async with gate:
            reader, writer = await asyncio.open_connection(place.hostname, place.port)
            writer.write(
                f"GET /api/v1/cases/{case_no}/events HTTP/1.1\r\nHost: {place.netloc}\r\n"
                f"Authorization: Bearer {self.tokens[READERS[n]]}\r\nAccept: text/event-stream\r\n\r\n".encode()
            )
            while b"listening" not in await reader.readline():
                """Headers."""
            self.listening += 1
        with contextlib.closing(writer):
            while line := await reader.readline():
                if line.startswith(b"event:"):
                    self.arrived[case_id, n].append(time.perf_counter())

    async def _all(self, cases: list[tuple[str, str]]) -> None:
        gate = asyncio.Semaphore(AT_ONCE)
        pages = [(i, no, n) for i, no in cases for n in range(len(READERS))]
        self.tasks = [asyncio.create_task(self._watch(*page, gate)) for page in pages]
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def start(self, cases: list[tuple[str, str]]) -> None:
        """Open all of them; returns when each is listening. Raises TimeoutError."""
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=(self._all(cases),))
        self.thread.start()
        end = time.monotonic() + 120
        while self.listening < len(cases) * len(READERS):
            if time.monotonic() > end:
                self.stop()
                raise TimeoutError(f"{self.listening} of {len(cases) * len(READERS)} pages are listening")
            time.sleep(0.1)

    def stop(self) -> None:
        """Close all of them."""
        for task in self.tasks:
            self.loop.call_soon_threadsafe(task.cancel)
        self.thread.join(30)


class Timed(Steady):
    """Steady clicks that remember when each case was clicked on."""

    def __init__(self, office: Office, rate: float, seconds: float) -> None:
        super().__init__(office, rate, seconds)
        self.clicked: dict[str, list[float]] = defaultdict(list)

    def clicking(self, opening: Opening, due: float) -> None:
        self.clicked[opening.case_id].append(due)


def measure(office: Office, watchers: int, rate: float, seconds: float) -> Figures:
    """Milliseconds from a click to the first event of it at each page that watches the case; KB of web a page."""
    waiting = office.open_cases(watchers // len(READERS))
    random.Random(1).shuffle(waiting)  # noqa: S311 - an order, no secret
    numbers = _numbers(office)
    cases = [(o.case_id, numbers[o.case_id]) for o in waiting]
    part = office.stand.part("web")
    office.desk().call("GET", "/api/v1/me", "intake")
    before = part.memory_mb()
    crowd, clicks = Crowd(office.stand.web, office.tokens), Timed(office, rate, seconds)
    began = time.perf_counter()
    crowd.start(cases)
    opening = time.perf_counter() - began
    memory = part.memory_mb()
    resting = _resting_cpu(office)
    went = clicks.run(waiting)
    time.sleep(1)
    found = _delays(clicks.clicked, crowd.arrived)
    crowd.stop()
    return {
        "watchers": crowd.listening,
        "cases": len(cases),
        "opened_in_s": round(opening, 1),
        "kb_each": round((memory - before) * 1024 / crowd.listening, 1),
        "web_cpu_at_rest": resting,
        "event_ms": spread([d for one in found for d in one]),
        "missed": sum(STAFF - len(one) for one in found),
        "decisions": went,
    }


def _numbers(office: Office) -> dict[str, str]:
    with psycopg.connect(office.stand.address) as connection:
        return {str(i): no for i, no in connection.execute("select id, case_no from case_file").fetchall()}


def _resting_cpu(office: Office, seconds: float = 5) -> float:
    """Share of a core the web takes while all watch and nothing happens."""
    part = office.stand.part("web")
    before = part.cpu_ms()
    time.sleep(seconds)
    return round((part.cpu_ms() - before) / seconds / 1000, 2)


def _delays(
    clicked: dict[str, list[float]], arrived: dict[tuple[str, int], list[float]]
) -> list[list[float]]:
    """For each click, how long until the first event after it reached each of the staff's pages on the case."""
    found: list[list[float]] = []
    for case_id, clicks in clicked.items():
        for n, at in enumerate(clicks):
            until = clicks[n + 1] if n + 1 < len(clicks) else float("inf")
            firsts = [
                next((t for t in arrived.get((case_id, page), []) if at < t < until), None)
                for page in range(STAFF)
            ]
            found.append([(t - at) * 1000 for t in firsts if t is not None])
    return found
