"""One storm: cases of all procedures, and every fault at a drawn moment. The same seed draws the same storm."""

import asyncio
import contextlib
import json
import random
import time
from dataclasses import dataclass, field

import httpx

from tests.faults import blindness, checker, courses, shutdown, template
from tests.faults.engine_histories import History, histories
from tests.faults.faults import FAULTS, Figures, Storm
from tests.faults.office import Office
from tests.faults.people import SteadySystem, steady
from tests.system import wait_for

assert all((shutdown, template))  # their faults are registered with the others

#: Seconds of a working day: short enough for five days of publicity, long enough that no expert lapses in an outage.
DAY = "6"
#: Faults that any number of cases can take again.
AGAIN = (
    "worker_killed",
    "web_killed",
    "temporal_killed",
    "postgres_killed",
    "database_refuses",
    "everything_killed",
)
#: The last one: it needs cases that are under way, and a look at the histories before it.
LAST = "engine_lost"


@dataclass(frozen=True)
class Scale:
    """How large a storm.

    Args:
        cases: to be filed; 0 = as many as fit into `seconds`. outage: seconds for which the engine stands still.
    """

    seed: int
    cases: int = 0
    outage: float = 20.0
    seconds: float = 360.0
    only: tuple[str, ...] = ()


@dataclass
class Aftermath:
    """What is left, and what was measured."""

    scale: Scale
    people: SteadySystem
    figures: Figures
    found: dict[str, list[str]]
    unfinished: list[str]
    broken: dict[str, str]
    blind: list[str] = field(default_factory=list)


def storm(office: Office, scale: Scale) -> Aftermath:
    """Everything that happens, in order."""
    began, rng = time.monotonic(), random.Random(scale.seed)
    first = office.start()
    people = steady(office.address)
    cases = courses.Cases(people, courses.drawn(rng, scale.cases or 200))
    scene = Storm(office, people, cases, rng, scale.outage, {"first_start_s": first})
    broken: dict[str, str] = {}
    order = [*_order(rng, scale), *((LAST,) if not scale.only or LAST in scale.only else ())]
    before: dict[str, History] = {}
    for name in order:
        wait_for("work under way", lambda: len(people.diary.decisions) > 5 or None, 300)
        wait_for("all parts are back", lambda: _whole(office), 300, 1)
        time.sleep(rng.uniform(0.5, 4))
        if name == LAST:
            cases.file_no_more() if not scale.cases else None
            before = {k: h for k, h in _histories(office).items() if h.status != "RUNNING"}
        _happens(scene, name, broken)
    _more(scene, scale, began, broken)
    unfinished = cases.finish(max(400.0, scale.cases * 10))
    _quiet(office)
    figures = scene.figures | _counts(people, time.monotonic() - began) | _mails(office, scene.figures)
    files, said = office.disk.folder / "files", people.diary.said
    seen = before | _histories(office)
    found = checker.look(office.database, seen, said, files)
    print(json.dumps({"figures": figures, "found": found, "broken": broken, "unfinished": unfinished}, indent=1,
                     default=str, ensure_ascii=False), flush=True)  # fmt: skip
    blind = blindness.blind(office.chief("puhui"), seen, said, files, found)
    return Aftermath(scale, people, figures, found, unfinished, broken, blind)


def _whole(office: Office) -> bool | None:
    """Is the web there, and did the worker see the engine lately? One fault after the other."""
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{office.address}/readyz", trust_env=False).status_code == 200 or None
    return None


def _order(rng: random.Random, scale: Scale) -> list[str]:
    """Every fault once, in a drawn order."""
    names = sorted(name for name in FAULTS if name != LAST and (not scale.only or name in scale.only))
    rng.shuffle(names)
    return names


def _happens(scene: Storm, name: str, broken: dict[str, str]) -> None:
    """One fault; one that could not be played to its end is told, and the storm goes on."""
    began = time.monotonic()
    print(f"  {name} …", flush=True)
    try:
        FAULTS[name](scene)
    except Exception as error:
        broken[name] = f"{type(error).__name__} {str(error)[:1500]}"
        if not scene.office.is_up():
            scene.office.start()
    finally:
        scene.cases.go.set()
    print(f"  {name}: {time.monotonic() - began:.1f} s {broken.get(name, '')}", flush=True)


def _more(scene: Storm, scale: Scale, began: float, broken: dict[str, str]) -> None:
    """Single faults again and again while there are cases, where a number of cases was asked for."""
    while scale.cases and not scale.only and scene.cases.running() > scale.cases // 10:
        time.sleep(scene.rng.uniform(3, 12))
        _happens(scene, scene.rng.choice(AGAIN), broken)


def _histories(office: Office) -> dict[str, History]:
    return asyncio.run(histories(office.note()["temporal_address"]))


def _quiet(office: Office) -> None:
    """Until nothing is under way any more: messages, mails that can still go."""
    waits = """select 1 from outbox where not dead union all
        select 1 from notification where mail = 'pending' limit 1"""
    wait_for("all messages and mails are out", lambda: not office.rows(waits) or None, 150, 1)
    time.sleep(2)


def _mails(office: Office, figures: Figures) -> Figures:
    """Every mail the rows call sent was taken; one that waited was taken once.

    One on its way in the instant the worker was killed may go again, under its own Message-ID.
    """
    taken = office.mail.taken
    sent = [
        f"<n{row[0]}@puhui.local>" for row in office.rows("select id from notification where mail = 'sent'")
    ]
    return {
        "mails_sent": len(sent),
        "mails_lost": [name for name in sent if not taken[name]],
        "mails_repeated": sum(n - 1 for n in taken.values()),
        "mails_that_waited_and_went_twice": [n for n in figures.get("mails_that_waited", []) if taken[n] > 1],
    }


def _counts(people: SteadySystem, seconds: float) -> Figures:
    times = sorted(d.seconds for d in people.diary.decisions)
    return {
        "seconds": seconds,
        "cases_filed": dict(people.diary.filed),
        "cases_ended": dict(people.diary.ended),
        "decisions": len(times),
        "decision_p50_s": times[len(times) // 2],
        "successes_told": len(people.diary.said),
        "tries_in_vain": len(people.diary.outages),
    }
