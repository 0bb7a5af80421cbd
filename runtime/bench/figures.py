"""Numbers: percentiles of milliseconds, processor time and memory of processes."""

import contextlib
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import psutil

Figures = dict[str, Any]


def timed(what: Callable[[], Any]) -> float:
    """Milliseconds that one call takes."""
    began = time.perf_counter()
    what()
    return (time.perf_counter() - began) * 1000


def percentile(values: Iterable[float], part: float) -> float:
    """The value that `part` (0..1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else float("nan")


def spread(values: list[float]) -> Figures:
    """Median and 95 percent point, in milliseconds, and how many there were."""
    if not values:
        return {"p50": None, "p95": None, "n": 0}
    return {
        "p50": round(statistics.median(values), 2),
        "p95": round(percentile(values, 0.95), 2),
        "n": len(values),
    }


@dataclass(frozen=True)
class Part:
    """A process of the system and what it has started."""

    name: str
    pid: int

    def cpu_ms(self) -> float:
        """Processor time of the process, of its children alive, and of those that have ended."""
        seconds = 0.0
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self.pid)
            own = process.cpu_times()
            seconds += own.user + own.system + own.children_user + own.children_system
            for child in process.children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    spent = child.cpu_times()
                    seconds += spent.user + spent.system
        return seconds * 1000

    def memory_mb(self) -> float:
        """Memory of the process and its children; pages that several share are divided between them."""
        total = 0
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self.pid)
            for one in (process, *process.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    full = one.memory_full_info()
                    total += int(getattr(full, "pss", full.rss))
        return total / 1024**2


@dataclass
class CpuMeter:
    """Processor milliseconds of each part since it was made."""

    parts: list[Part]

    def __post_init__(self) -> None:
        self.before = {p.name: p.cpu_ms() for p in self.parts}

    def per(self, count: int) -> dict[str, float]:
        """Milliseconds of each part for one of `count`, and of all together."""
        spent = {p.name: round((p.cpu_ms() - self.before[p.name]) / max(1, count), 2) for p in self.parts}
        return {**spent, "all": round(sum(spent.values()), 2)}
