"""`make bench`: measure everything on a system of its own, and write the table.

FULL=1 takes longer and measures more of each; ONLY=floors,decisions,… measures some of it; PUBLISH=1 also
writes the table and the plot under docs/.
"""

import json
import os
import platform
import queue
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runtime.bench.figures import Figures
from runtime.plan import ROOT


@dataclass(frozen=True)
class Profile:
    """How much is measured. `rates` are clicks a second, tried until one is not carried."""

    name: str
    alone: int
    people: int
    cases: int
    rates: tuple[float, ...]
    seconds: float
    histories: int
    open_cases: int
    watchers: int
    watched_rate: float
    documents: int
    holders: int
    postings: int
    lived: int
    kills: int


QUICK = Profile(
    "quick", alone=8, people=20, cases=3, rates=(10, 20, 30, 40, 50, 75, 100), seconds=6, histories=8, open_cases=40,
    watchers=2000, watched_rate=50, documents=100, holders=100_000, postings=1, lived=0, kills=1,
)  # fmt: skip
FULL = Profile(
    "full", alone=30, people=20, cases=10, rates=(10, 20, 30, 40, 50, 75, 100), seconds=20, histories=30,
    open_cases=300, watchers=2000, watched_rate=50, documents=1000, holders=100_000, postings=3, lived=10_000, kills=3,
)  # fmt: skip
TINY = Profile(
    "tiny", alone=1, people=2, cases=1, rates=(5,), seconds=1, histories=1, open_cases=2, watchers=8,
    watched_rate=5, documents=1, holders=200, postings=1, lived=0, kills=1,
)  # fmt: skip
PROFILES = {p.name: p for p in (QUICK, FULL, TINY)}


class Session:
    """One run: what is measured in which order, and what was found."""

    def __init__(self, profile: Profile, only: frozenset[str], home: Path) -> None:
        self.profile, self.only, self.home = profile, only, home
        self.found: dict[str, Any] = {"machine": machine(), "profile": profile.name}

    def measure(self, name: str, what: Callable[[], Any]) -> None:
        """One section, unless it is not wanted; what it took is told."""
        if self.only and name not in self.only:
            return
        began = time.monotonic()
        try:
            self.found[name] = what()
        except (TimeoutError, RuntimeError, queue.Empty) as error:  # the other sections are worth having
            self.found.setdefault("failed", {})[name] = f"{type(error).__name__}: {error}"[:300]
            print(f"{name:12} {self.found['failed'][name]}", flush=True)
            return
        print(
            f"{name:12} {time.monotonic() - began:5.1f} s  {json.dumps(self.found[name], ensure_ascii=False)[:600]}",
            flush=True,
        )

    def bearable(self) -> float:
        """The rate of decisions beside the live pages: what is asked for, or the most this machine has carried."""
        carried = [r["rate"] for r in self.found.get("steady", ()) if r["carried"]]
        least = self.profile.rates[0] if "steady" in self.found else self.profile.watched_rate
        return min(self.profile.watched_rate, max(carried, default=least))

    def run(self) -> Figures:
        """Everything that is wanted."""
        from runtime.bench import (
            bare,
            cases,
            decisions,
            documents,
            floors,
            history,
            outages,
            people,
            posting,
            watchers,
        )
        from runtime.bench import memory as sizes
        from runtime.bench.openings import Openings
        from runtime.bench.stand import stand

        own, began = self.profile, time.monotonic()
        with stand(self.home) as system, Openings(system.address) as openings:
            self.found["started_in_s"] = round(time.monotonic() - began, 1)
            tokens = people.sign_in(system, "intake", "officer", "applicant")
            office = decisions.Office(system, people.people(), tokens, people.example_form(), openings)
            self.measure("memory", lambda: sizes.memory(system))
            self.measure("floors", lambda: {
                "P_ms": floors.bare_sql(system.address),
                "H_ms": floors.empty_request(office.desk()),
                **bare.measure(system, own.alone, own.people, own.cases),
            })  # fmt: skip
            self.measure("alone", lambda: decisions.alone(office, own.alone))
            self.measure("at_once", lambda: decisions.at_once(office, own.people, own.cases))
            self.measure("steady", lambda: decisions.steady(office, own.rates, own.seconds))
            self.measure("services", lambda: cases.through_services(office, own.people, own.cases))
            self.measure("peer", lambda: cases.peer(system, own.people, own.cases))
            self.measure("history", lambda: history.measure(office, own.histories))
            self.measure("open_cases", lambda: history.open_cases(office, own.open_cases))
            self.measure(
                "watchers", lambda: watchers.measure(office, own.watchers, self.bearable(), own.seconds * 2)
            )
            self.measure("outage", lambda: outages.engine_stands_still(office, 5, own.people))
            self.measure("worker_dies", lambda: outages.worker_dies(office, own.kills))
            self.measure("growth", lambda: lived(office, own.lived or own.people * own.cases))
            self.measure("posting", lambda: posting.measure(system, own.holders, own.postings))
            self.measure("documents", lambda: documents.measure(5 if own.documents > 1 else 1, own.documents))
        return self.found


def lived(office: Any, cases: int) -> Figures:
    """Files and memory before and after so many cases."""
    from runtime.bench import cases as whole
    from runtime.bench import memory as sizes

    before = sizes.files(office.stand)
    people = min(20, cases)
    whole.through_services(office, people, cases // people)
    done = cases // people * people
    return {
        "cases": done,
        "kb_per_case": sizes.growth(before, sizes.files(office.stand), done),
        "memory_mb_after": sizes.memory(office.stand),
    }


def machine() -> Figures:
    """Where it was measured."""
    names = [line for line in _cpuinfo() if line.startswith("model name")]
    return {
        "cores": os.cpu_count(),
        "processor": names[0].partition(":")[2].strip() if names else platform.processor(),
        "system": platform.system() + " " + platform.release(),
        "python": platform.python_version(),
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "load": [round(n, 1) for n in os.getloadavg()],
    }


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def measure(profile: Profile, only: frozenset[str] = frozenset()) -> Figures:
    """All figures of one run, on a directory that is removed afterwards."""
    home = Path(tempfile.mkdtemp(prefix="puhui-bench-"))
    try:
        return Session(profile, only, home).run()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    """Measure, print the table, and keep it."""
    from runtime.bench import report

    profile = PROFILES[os.environ.get("PROFILE") or ("full" if os.environ.get("FULL") else "quick")]
    only = frozenset(filter(None, os.environ.get("ONLY", "").split(",")))
    found = measure(profile, only)
    rows = report.rows(found)
    kept = ROOT / "var" / "bench.json"
    report.keep(kept, found, rows)
    print(report.table(rows))
    print(f"→ {kept.relative_to(ROOT)}, var/bench.svg")
    if os.environ.get("PUBLISH"):
        report.publish(ROOT / "docs", found, rows)
