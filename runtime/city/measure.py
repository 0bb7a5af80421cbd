"""Times the lists and numbers of a city through the real application. `python -m runtime.city.measure` prints JSON."""

import json
import math
import os
import subprocess
import sys
import time
import warnings
from typing import Any

from runtime.plan import ROOT

#: (name, who asks, path). The first two digits of a case number are in every one, so a search has much to look at.
ASKED = (
    ("督查台 · console", "admin", "/admin/stalled"),
    ("工作台待领 · queue", "intake", "/tasks?queue=queue"),
    ("工作台 JSON · queue JSON", "intake", "/api/v1/tasks?queue=queue"),
    ("办件列表 · cases", "officer", "/staff/cases"),
    ("检索办件号 · search a number", "officer", "/staff/cases?q=C000321"),
    ("检索名称 · search words", "officer", "/staff/cases?q=光伏"),
    ("统计（首次） · statistics, cold", "supervisor", "/admin/statistics?anew=1"),
    ("统计（再看） · statistics, again", "supervisor", "/admin/statistics"),
    ("公示 · public notices", "", "/notices"),
    ("已公布项目 · public register", "", "/projects"),
    ("审计 · audit trail", "auditor", "/admin/audit"),
)
ROUNDS = 7
#: So often both cities are asked in turn; the quickest answer counts, as least disturbed by what else the machine does.
TURNS = 3


def alternately(small: str, large: str) -> tuple[dict[str, float], dict[str, float]]:
    """The milliseconds of each path on two databases, asked in turn."""
    found: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for _ in range(TURNS):
        for known, url in zip(found, (small, large), strict=True):
            for name, ms in of(url).items():
                known[name] = min(ms, known.get(name, ms))
    return found


def of(url: str) -> dict[str, float]:
    """Milliseconds of the quickest answer of each path on a database, in a process of its own."""
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
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _measure() -> dict[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient

        from api.app import app
    with TestClient(app, follow_redirects=False) as client:
        return {name: _quickest(client, _headers(who), path) for name, who, path in ASKED}


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


def _quickest(client: Any, headers: dict[str, str], path: str) -> float:
    if path.startswith("/api/"):
        headers = {"Authorization": f"Bearer {_token(headers)}"}
    times = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        answer = client.get(path, headers=headers)
        times.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            print(f"{path}: {answer.status_code}", file=sys.stderr)
            return math.nan
    return round(min(times[1:]), 1)


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
