"""Decisions through HTTP: how long the answer takes, and when the next task is there."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from runtime.bench.figures import CpuMeter, Figures, percentile, spread
from runtime.bench.openings import Opening, Openings
from runtime.bench.people import Desk, People, file
from runtime.bench.stand import Stand
from services.session import transaction

ROLES = ("intake", "officer")
#: A rate is carried when so much of it was answered, and the next task came within so many milliseconds.
CARRIED, WITHIN = 0.95, 1000.0


@dataclass
class Taken:
    """Milliseconds: from the click to its answer, and to the next task."""

    answered: list[float] = field(default_factory=list)
    visible: list[float] = field(default_factory=list)

    def figures(self) -> Figures:
        return {"answered_ms": spread(self.answered), "visible_ms": spread(self.visible)}


@dataclass(frozen=True)
class Office:
    """All that deciding needs."""

    stand: Stand
    who: People
    tokens: dict[str, str]
    form: dict[str, object]
    openings: Openings

    def file(self) -> str:
        """A new case."""
        with transaction() as session:
            return file(session, self.who.filer, dict(self.form))

    def desk(self) -> Desk:
        return Desk(self.stand, self.tokens)

    def open_cases(self, number: int) -> list[Opening]:
        """So many new cases, each with its first task open."""
        cases = [self.file() for _ in range(number)]
        return [self.openings.next(case) for case in cases]


def play_case(office: Office, decide: Callable[[Opening], float], taken: Taken) -> None:
    """One case from filing to its tenth answer."""
    opening = office.openings.next(office.file())
    for n in range(10):
        began = time.perf_counter()
        taken.answered.append(decide(opening))
        if n < 9:
            opening = office.openings.next(opening.case_id)
            taken.visible.append((opening.at - began) * 1000)


def alone(office: Office, cases: int) -> Figures:
    """One person on a system that does nothing else; the first case warms up."""
    desk, taken = office.desk(), Taken()
    play_case(office, desk.decide, Taken())
    for _ in range(cases):
        play_case(office, desk.decide, taken)
    desk.close()
    return taken.figures()


def together(work: Sequence[Callable[[], None]]) -> float:
    """Do all of it side by side; seconds it took. Raises what one of them raised."""
    wrong: list[BaseException] = []

    def run(one: Callable[[], None]) -> None:
        try:
            one()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]
    return time.perf_counter() - began


def at_once(office: Office, people: int, cases: int) -> Figures:
    """So many people, each with cases of their own and no time to think."""
    taken = [Taken() for _ in range(people)]
    desks = [office.desk() for _ in range(people)]
    meter = CpuMeter(office.stand.parts)

    def person(n: int) -> None:
        for _ in range(cases):
            play_case(office, desks[n].decide, taken[n])

    seconds = together([lambda n=n: person(n) for n in range(people)])  # type: ignore[misc]
    whole = Taken([v for t in taken for v in t.answered], [v for t in taken for v in t.visible])
    done = len(whole.answered)
    return {
        **whole.figures(),
        "people": people,
        "cases_per_s": round(people * cases / seconds, 2),
        "tasks_per_s": round(done / seconds, 1),
        "cpu_ms_per_task": meter.per(done),
    }


class Steady:
    """Clicks that come at a steady rate whatever the system does; times count from when each was due."""

    def __init__(self, office: Office, rate: float, seconds: float, clerks: int = 24) -> None:
        self.office, self.rate, self.clerks = office, rate, clerks
        self.clicks = int(rate * seconds)
        self.due: dict[str, float] = {}
        self.taken = Taken()
        self.ready: queue.SimpleQueue[Opening] = queue.SimpleQueue()
        self.jobs: queue.SimpleQueue[tuple[Opening, float] | None] = queue.SimpleQueue()

    def opened(self, opening: Opening) -> None:
        """A next task is there: note how long it took, and offer it."""
        due = self.due.pop(opening.case_id, None)
        if due is not None:
            self.taken.visible.append((opening.at - due) * 1000)
        self.ready.put(opening)

    def clicking(self, opening: Opening, due: float) -> None:
        """For whoever wants to know."""

    def clerk(self) -> None:
        """Answer what is due."""
        desk = self.office.desk()
        while (job := self.jobs.get()) is not None:
            opening, due = job
            self.due[opening.case_id] = due
            self.clicking(opening, due)
            desk.decide(opening)
            self.taken.answered.append((time.perf_counter() - due) * 1000)
        desk.close()

    def pace(self) -> None:
        """Hand out one click after another at their instants."""
        began = time.perf_counter()
        for n in range(self.clicks):
            due = began + n / self.rate
            time.sleep(max(0.0, due - time.perf_counter()))
            self.jobs.put((self.ready.get(timeout=60), due))
        self.seconds = time.perf_counter() - began
        for _ in range(self.clerks):
            self.jobs.put(None)

    def run(self, waiting: Sequence[Opening]) -> Figures:
        """Use the open tasks `waiting` first."""
        for opening in waiting:
            self.ready.put(opening)
        self.office.openings.reader = self.opened
        try:
            together([self.pace, *[self.clerk] * self.clerks])
            end = time.monotonic() + 10
            while self.due and time.monotonic() < end:
                time.sleep(0.05)
        finally:
            self.office.openings.reader = None
        late = percentile(self.taken.visible, 0.95)
        achieved = self.clicks / max(self.seconds, self.clicks / self.rate)
        carried = achieved >= CARRIED * self.rate and late < WITHIN
        return {"rate": self.rate, "achieved": round(achieved, 1), "carried": carried, **self.taken.figures()}


def steady(office: Office, rates: Sequence[float], seconds: float) -> list[Figures]:
    """One rate after another until one is not carried; each works on cases of its own."""
    found: list[Figures] = []
    for rate in rates:
        # answers to the tenth task open nothing: enough cases that none is asked more than eight times
        waiting = office.open_cases(max(20, int(rate * seconds / 7)))
        found.append(Steady(office, rate, seconds).run(waiting))
        if not found[-1]["carried"]:
            break
    return found
