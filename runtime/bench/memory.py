"""Memory of the whole embedded system, and how its files grow with the cases."""

import psycopg

from runtime.bench.figures import Figures
from runtime.bench.stand import Stand


def memory(stand: Stand) -> Figures:
    """Megabytes of each part now; pages that processes share are divided between them."""
    parts = {p.name: round(p.memory_mb(), 1) for p in stand.parts}
    return {**parts, "all": round(sum(parts.values()), 1)}


def files(stand: Stand) -> dict[str, int]:
    """Bytes of the database, and of the engine's file with its log."""
    with psycopg.connect(stand.address, autocommit=True) as connection:
        row = connection.execute("select pg_database_size(current_database())").fetchone()
    engine = sum(p.stat().st_size for p in stand.home.glob("temporal.db*") if not p.name.endswith("-wal"))
    return {"postgres": int(row[0]) if row else 0, "temporal": engine}


def growth(before: dict[str, int], after: dict[str, int], cases: int) -> dict[str, float]:
    """Kilobytes a case."""
    return {name: round((after[name] - before[name]) / 1024 / max(1, cases), 1) for name in before}
