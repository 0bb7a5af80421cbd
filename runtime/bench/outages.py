"""What people notice when a part fails: the engine stands still for a while, a worker dies."""

import signal
import statistics
import time

from runtime.bench.decisions import Office
from runtime.bench.figures import Figures, percentile


def engine_stands_still(office: Office, seconds: float, people: int) -> Figures:
    """Decide while the engine does not answer; then wait for every next task.

    The process is stopped, not ended: connections stay, answers do not come, as with an engine that hangs.
    """
    waiting, desk = office.open_cases(2 * people), office.desk()
    usual = [desk.decide(o) for o in waiting[:people]]
    for opening in waiting[:people]:
        office.openings.next(opening.case_id)
    engine = office.stand.processes["temporal"]
    engine.send_signal(signal.SIGSTOP)
    began = time.perf_counter()
    during = [desk.decide(o) for o in waiting[people:]]
    time.sleep(max(0.0, seconds - (time.perf_counter() - began)))
    engine.send_signal(signal.SIGCONT)
    back = time.perf_counter()
    seen = [office.openings.next(o.case_id).at - back for o in waiting[people:]]
    desk.close()
    return {
        "seconds": seconds,
        "decisions_failed": 0,  # one that fails raises
        "answered_p95_ratio": round(percentile(during, 0.95) / percentile(usual, 0.95), 2),
        "first_next_task_s": round(min(seen), 2),
        "all_next_tasks_s": round(max(seen), 2),
    }


def worker_dies(office: Office, times: int) -> Figures:
    """Kill the only worker right after a click, start another at once; seconds until the next task is there."""
    desk, slowest, booted = office.desk(), [], []
    for _ in range(times):
        waiting = office.open_cases(5)
        for opening in waiting:
            desk.decide(opening)
        began = time.perf_counter()
        office.stand.kill_worker()
        office.stand.run_worker()
        booted.append(time.perf_counter() - began)
        slowest.append(max(office.openings.next(o.case_id).at for o in waiting) - began)
    desk.close()
    return {
        "times": times,
        "worker_up_s": round(statistics.median(booted), 1),
        "slowest_step_s": round(max(slowest), 2),
    }
