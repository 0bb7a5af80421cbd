"""Issuing to many holders against one bare insert … select, with the prototype's tables and triggers.

What is compared, and how, says runtime.ledger_timing; here it runs several times on a database of its own.
"""

import statistics

from runtime import ledger_storm, ledger_timing
from runtime.bench.figures import Figures
from runtime.bench.stand import Stand


def measure(stand: Stand, holders: int, times: int) -> Figures:
    """The whole act with its commit, as a ratio to the bare posting of as many movements."""
    assert stand.plan.cluster is not None
    stand.plan.cluster.ensure_database("bench_ledger")
    url = stand.plan.cluster.url("bench_ledger")
    ledger_storm.migrated(url)
    ledger_timing.measure(url, max(100, holders // 100))
    runs = [ledger_timing.measure(url, holders) for _ in range(times)]
    return {
        "holders": holders,
        "seconds": round(statistics.median(r["seconds"] for r in runs), 2),
        "bare_seconds": round(statistics.median(r["plain"] for r in runs), 2),
        "ratio": round(statistics.median(r["ratio"] for r in runs), 2),
    }
