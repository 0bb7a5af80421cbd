"""The benchmark: what a decision costs through the whole system, as ratios to floors of the same run.

Floors: P, the bare SQL of a decision (close a row, write the trail, queue a message) on the same database;
H, the emptiest signed-in request of the same web. Written as a table and to ``var/bench.json``.
"""

import json
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from runtime.attach import running
from runtime.client import Player
from runtime.plan import ROOT
from runtime.tour import own_system

CASES = int(os.environ.get("PUHUI_BENCH_CASES", "12"))
STEPS = ("formal_review", "triage", "panel_setup", "panel_approval")
SCHEMA = """
    create schema bench_floor; set search_path = bench_floor, public;
    create table floor_task (id int primary key, state text, version int, closed_at timestamptz);
    create table floor_audit (id bigserial primary key, task int, data jsonb, at timestamptz default now());
    create table floor_outbox (id bigserial primary key, task int, payload jsonb);
    insert into floor_task select n, 'open', 1, null from generate_series(1, 2000) n;"""
DECIDE = """
    with done as (
        update floor_task set state = 'done', version = version + 1, closed_at = now()
        where id = %(id)s and state = 'open' returning id),
    told as (insert into floor_audit (task, data) select id, %(data)s from done)
    insert into floor_outbox (task, payload) select id, %(data)s from done"""


def timed(what: Callable[[], Any]) -> float:
    """Milliseconds that one call takes."""
    began = time.perf_counter()
    what()
    return (time.perf_counter() - began) * 1000


def spread(values: list[float]) -> dict[str, float]:
    """Median and 95 percent point, in milliseconds."""
    ordered = sorted(values)
    return {
        "p50": round(statistics.median(ordered), 2),
        "p95": round(ordered[int(len(ordered) * 0.95) - 1], 2),
    }


def floor_sql(database: psycopg.Connection[Any]) -> list[float]:
    """P: the bare statement of a decision, committed, one after another."""
    database.execute(SCHEMA)
    data = json.dumps({"outcome": "accept", "key": "formal_review"})
    return [timed(lambda n=n: database.execute(DECIDE, {"id": n, "data": data})) for n in range(1, 501)]  # type: ignore[misc]


def floor_http(player: Player) -> list[float]:
    """H: who am I, signed in."""
    player.get("/me", "officer")
    return [timed(lambda: player.get("/me", "officer")) for _ in range(200)]


class Decisions:
    """Decides the first steps of fresh cases and watches the rows for the next task."""

    def __init__(self, player: Player, database: psycopg.Connection[Any]) -> None:
        self.player, self.database = player, database
        self.answered: list[float] = []
        self.visible: list[float] = []

    def play(self) -> None:
        """One case: submit, then each step; notes the answer's time and when the next task is there."""
        case_no = self.player.file("project_application")
        for kind in STEPS:
            self.decide(case_no, self.player.task_of(case_no, kind))

    def decide(self, case_no: str, task: dict[str, Any]) -> None:
        """Answer one task."""
        who = self.player.account_for("project_application", task)
        detail = self.player.get(f"/tasks/{task['id']}", who)
        outcome = detail["outcomes"][0]
        form = next(o["example"] for o in detail["outcome_details"] if o["key"] == outcome)
        before = self._tasks(case_no)
        began = time.perf_counter()
        self.player.post(f"/tasks/{task['id']}/complete", who, {"outcome": outcome, "form": form})
        self.answered.append((time.perf_counter() - began) * 1000)
        while self._tasks(case_no) == before:
            time.sleep(0.0005)
        self.visible.append((time.perf_counter() - began) * 1000)

    def _tasks(self, case_no: str) -> int:
        row = self.database.execute(
            "select count(*) from task join case_file c on c.id = task.case_id where c.case_no = %s",
            (case_no,),
        ).fetchone()
        return int(row[0]) if row else 0


def measure(player: Player, url: str) -> dict[str, Any]:
    """All figures of one run."""
    address = url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(address, autocommit=True) as database:
        run = Decisions(player, database)
        run.play()
        run.answered.clear()
        run.visible.clear()
        bare, empty = floor_sql(database), floor_http(player)
        for n in range(CASES):
            run.play()
            print(f"\r办件 {n + 1}/{CASES}", end="", flush=True)
        print()
    p, h = statistics.median(bare), statistics.median(empty)
    answered, visible = spread(run.answered), spread(run.visible)
    return {
        "machine": {
            "cores": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "floors_ms": {"P": spread(bare), "H": spread(empty)},
        "decision_answered_ms": answered,
        "next_task_visible_ms": visible,
        "ratios": {
            "answered_p50 / (H + 10 P)": round(answered["p50"] / (h + 10 * p), 2),
            "answered_p50 / H": round(answered["p50"] / h, 2),
            "visible_p50 / answered_p50": round(visible["p50"] / answered["p50"], 2),
        },
        "decisions": len(run.answered),
    }


def main() -> None:
    """Run on a system of its own and keep the figures."""
    home = Path(tempfile.mkdtemp(prefix="puhui-bench-"))
    try:
        with own_system(home, seconds="60") as (address, password):
            note = running(home)
            player = Player(address, password)
            found = measure(player, note["database_url"] if note else "")
            player.close()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    kept = ROOT / "var" / "bench.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    for name, value in found.items():
        print(f"{name:24} {json.dumps(value, ensure_ascii=False)}")
    print(f"→ {kept.relative_to(ROOT)}")
