"""`make up` as a person meets it: refusals in plain words, ready in time, gone in time."""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from runtime.keys import demo_password, secret_key
from runtime.lock import only_one
from runtime.plan import ROOT
from runtime.processes import free_port

UP = [sys.executable, "-m", "runtime", "up"]
READY_WITHIN = 400  # seconds; a crowded machine takes long to play the demonstration
GONE_WITHIN = 10
PATIENCE = 60  # on a machine that is busy with something else


def _environment(home: Path, port: int) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PUHUI_")}
    # the demonstration clock makes four cases instead of fifteen at the first start
    ours = {
        "PUHUI_DATA_DIR": str(home / "var"),
        "PUHUI_HTTP_PORT": str(port),
        "PUHUI_WORKING_DAY_SECONDS": "1",
    }
    return inherited | ours


def _refused(home: Path, port: int) -> str:
    done = subprocess.run(
        UP, check=False, cwd=ROOT, env=_environment(home, port), capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 1
    return done.stderr


def test_second_supervisor_on_the_same_directory_is_refused(home: Path) -> None:
    with only_one(home / "var"):
        told = _refused(home, free_port(0))
    assert f"Puhui is already running on {home / 'var'} (process {os.getpid()})" in told
    assert "PUHUI_DATA_DIR" in told


def test_taken_port_is_told_before_anything_starts(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = _refused(home, port)
    assert f"端口 {port} 已被占用" in told
    assert not (home / "var" / "postgres").exists()


def test_wrong_setting_is_named(home: Path) -> None:
    environment = _environment(home, 0) | {"PUHUI_HTTP_PORT": "many"}
    done = subprocess.run(
        UP, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 1
    assert "PUHUI_HTTP_PORT: Input should be a valid integer" in done.stderr
    assert "Traceback" not in done.stderr


def test_secrets_are_made_once_and_private(home: Path) -> None:
    first = (secret_key(home), demo_password(home, ""))
    assert (secret_key(home), demo_password(home, "another")) == first
    assert [stat.S_IMODE((home / name).stat().st_mode) for name in ("secret_key", "demo_password")] == [
        0o600
    ] * 2
    assert re.fullmatch(r"([a-hj-km-np-z2-9]{4}-){2}[a-hj-km-np-z2-9]{4}", first[1])


def _wait_for_note(home: Path, supervisor: subprocess.Popen[str]) -> None:
    end = time.monotonic() + READY_WITHIN
    while not (home / "var" / "running.json").exists():
        assert supervisor.poll() is None, (home / "log").read_text()
        assert time.monotonic() < end, (home / "log").read_text()
        time.sleep(0.1)


def _start(home: Path, port: int) -> subprocess.Popen[str]:
    with (home / "log").open("w") as log:
        return subprocess.Popen(UP, cwd=ROOT, env=_environment(home, port), stdout=log, stderr=log, text=True)


@pytest.fixture(scope="module")
def lived_in() -> Iterator[Path]:
    """A directory a system has been started on; the demonstration is played at the first start only."""
    directory = Path(tempfile.mkdtemp(prefix="puhui-"))
    yield directory.resolve()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.mark.e2e
def test_system_starts_stops_and_starts_again(lived_in: Path) -> None:
    port, took = free_port(0), []
    for _ in ("first", "second"):
        supervisor = _start(lived_in, port)
        try:
            _wait_for_note(lived_in, supervisor)
            children = psutil.Process(supervisor.pid).children()
            assert (
                httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False, timeout=90).status_code == 200
            )
            began = time.monotonic()
            supervisor.send_signal(signal.SIGINT)
            assert supervisor.wait(PATIENCE) == 0
            took.append(time.monotonic() - began)
            assert [child.is_running() for child in children] == [False] * len(children)
        finally:
            supervisor.kill()
            supervisor.wait()
    assert min(took) < GONE_WITHIN


@pytest.mark.e2e
def test_nothing_outlives_a_killed_supervisor(lived_in: Path) -> None:
    supervisor = _start(lived_in, free_port(0))
    _wait_for_note(lived_in, supervisor)
    children = psutil.Process(supervisor.pid).children(recursive=True)
    supervisor.kill()
    supervisor.wait()
    _, alive = psutil.wait_procs(children, timeout=PATIENCE)
    assert alive == []
