"""Times the lists and numbers of a city through the real application. `python -m runtime.city.measure` prints JSON."""

import json
import math
import os
import statistics
import subprocess
import sys
import time
import warnings
from datetime import timedelta
from typing import Any

from runtime.plan import ROOT

#: (name, who asks, path). The first two digits of a case number are in every one, so a search has much to look at.
ASKED = (
    ("督查台 · console", "admin", "/admin/stalled"),
    ("工作台待领 · queue", "intake", "/tasks?queue=queue"),
    ("工作台 JSON · queue JSON", "intake", "/api/v1/tasks?queue=queue"),
    ("办件列表 · cases", "officer", "/staff/cases"),
    ("办件页 · case page", "officer", "/staff/cases/{case_no}"),
    ("检索办件号 · search a number", "officer", "/staff/cases?q={number}"),
    ("检索名称 · search words", "officer", "/staff/cases?q=光伏"),
    ("统计 · statistics", "supervisor", "/admin/statistics"),
    (
        "统计（限定时间） · statistics of a time",
        "supervisor",
        "/admin/statistics?since={since}&until={until}",
    ),
    ("公示 · public notices", "", "/notices"),
    ("已公布项目 · public register", "", "/projects"),
    ("审计 · audit trail", "auditor", "/admin/audit"),
)
#: Answers asked of each city at a time, the first not counted; and how often both are asked in turn.
ROUNDS, TURNS = 8, 3
Samples = dict[str, list[float]]


def alternately(small: str, large: str) -> tuple[dict[str, float], dict[str, float]]:
    """The median milliseconds of each path on two databases, asked in turn."""
    found: tuple[Samples, Samples] = ({}, {})
    for _ in range(TURNS):
        for known, url in zip(found, (small, large), strict=True):
            for name, samples in of(url).items():
                known.setdefault(name, []).extend(samples)
    first, second = ({name: statistics.median(ms) for name, ms in known.items()} for known in found)
    return first, second


def of(url: str) -> Samples:
    """Milliseconds of each answer of each path on a database, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "runtime.city.measure"],
        cwd=ROOT,
        env=os.environ
        | {"PUHUI_DATABASE_URL": url, "PUHUI_LOG_LEVEL": "ERROR", "PUHUI_WORKING_DAY_SECONDS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    found: Samples = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _measure() -> Samples:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient

        from api.app import app
    words = _words()
    with TestClient(app, follow_redirects=False) as client:
        return {name: _times(client, _headers(who), path.format(**words)) for name, who, path in ASKED}


def _words() -> dict[str, str]:
    """What the paths name: a case that went the whole way, and a span of filing that begins and ends within a month."""
    from sqlmodel import col, select

    from models.tables import Case
    from services import clock
    from services.session import transaction

    with transaction() as session:
        went = select(Case.case_no).where(Case.status == "published").order_by(col(Case.ended_at).desc())
        case_no = session.exec(went.limit(1)).one()
    today = clock.today().date()
    since, until = today - timedelta(days=500), today - timedelta(days=40)
    number = case_no.rpartition("-")[2]
    return {"case_no": case_no, "number": number, "since": f"{since}", "until": f"{until}"}


def _headers(who: str) -> dict[str, str]:
    from sqlmodel import select

    from models.tables import User
    from services import people
    from services.session import transaction

    if not who:
        return {}
    with transaction() as session:
        user = session.exec(select(User).where(User.username == who)).one()
        signed = people.open_session(session, user, ip="127.0.0.1")
    return {"Cookie": f"puhui_session={signed.token}; lang=zh"} if signed.token else {}


def _times(client: Any, headers: dict[str, str], path: str) -> list[float]:
    if path.startswith("/api/"):
        headers = {"Authorization": f"Bearer {_token(headers)}"}
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = client.get(path, headers=headers)
        times.append(round((time.perf_counter() - began) * 1000, 2))
        if answer.status_code != 200:
            print(f"{path}: {answer.status_code}", file=sys.stderr)
            return [math.nan]
    return times[1:]


def _token(headers: dict[str, str]) -> str:
    """An API token of the same person."""
    from sqlmodel import select

    from models.tables import LoginSession, User
    from services import people
    from services.session import transaction

    with transaction() as session:
        newest = session.exec(select(LoginSession).order_by(LoginSession.created_at.desc())).first()  # type: ignore[attr-defined]
        user = session.get_one(User, newest.user_id) if newest else None
        assert user is not None, headers
        return people.open_session(session, user, ip="127.0.0.1", kind="api").token


def table(small: dict[str, float], large: dict[str, float], sizes: tuple[int, int]) -> str:
    """The two measurements side by side, in Markdown."""
    lines = [f"| 页面 · page | {sizes[0]} | {sizes[1]} | 倍数 · ratio |", "| --- | ---: | ---: | ---: |"]
    for name, ms in large.items():
        lines.append(f"| {name} | {small[name]:.0f} ms | {ms:.0f} ms | {ms / small[name]:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(json.dumps(_measure(), ensure_ascii=False))
    sys.stdout.flush()
    os._exit(0)
