"""Whole cases: through the real services, with the bare design, and with DBOS, in the same run."""

import json
import subprocess
import sys

import psycopg

from runtime.bench.bare_rows import SCHEMA
from runtime.bench.decisions import Office, Taken, play_case, together
from runtime.bench.figures import CpuMeter, Figures
from runtime.bench.people import decide
from runtime.bench.stand import Stand
from runtime.plan import ROOT

PROCESSES = 2  # of DBOS, so that it has both cores


def through_services(office: Office, people: int, cases: int) -> Figures:
    """So many people deciding in one process through services.tasks; worker and relay as in production."""
    taken = [Taken() for _ in range(people)]
    meter = CpuMeter([p for p in office.stand.parts if p.name != "web"])

    def person(n: int) -> None:
        for _ in range(cases):
            play_case(office, lambda opening: decide(office.who, opening), taken[n])

    seconds = together([lambda n=n: person(n) for n in range(people)])  # type: ignore[misc]
    whole = Taken([v for t in taken for v in t.answered], [v for t in taken for v in t.visible])
    return {
        **whole.figures(),
        "cases_per_s": round(people * cases / seconds, 2),
        "cpu_ms_per_task": meter.per(people * cases * 10),
    }


def peer(stand: Stand, people: int, cases: int) -> Figures:
    """DBOS on the same database server, `people` in all; seconds of the slower process count."""
    assert stand.plan.cluster is not None
    stand.plan.cluster.ensure_database("bench_dbos")
    system = stand.plan.cluster.url("bench_dbos").replace("+psycopg", "", 1)
    with psycopg.connect(stand.address, autocommit=True) as connection:
        connection.execute(SCHEMA)
    # side by side they would make the tables of the same database twice
    running = [_peer(stand, system, n, people // PROCESSES, cases) for n in range(PROCESSES)]
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [json.loads(_line(process)) for process in running]
    for process in running:
        process.wait()
    seconds = max(t["seconds"] for t in told)
    return {"cases_per_s": round(people // PROCESSES * PROCESSES * cases / seconds, 2)}


def _peer(stand: Stand, system: str, n: int, people: int, cases: int) -> "subprocess.Popen[str]":
    command = [
        sys.executable, "-m", "runtime.bench.peer", stand.address, system, f"p{n}", str(people), str(cases)
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=stand.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        stderr=(stand.home / f"dbos{n}.log").open("w"),
    )
    while (line := _line(process)) != "ready\n":
        if not line:
            raise RuntimeError(f"DBOS did not start: {(stand.home / f'dbos{n}.log').read_text()[-1500:]}")
    return process


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()
