"""The real programs of a deployment, started for the length of a with-block on this machine only."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from runtime.processes import die_with_parent

T = TypeVar("T")


def program(name: str, package: str) -> str:
    """Where a program is. Skips the test without it, or fails where everything is required."""
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if found is None:
        word = f"{name} is not installed (Debian package {package})"
        if os.environ.get("PUHUI_REQUIRE_ALL") == "1":
            pytest.fail(word, pytrace=False)
        pytest.skip(word)
    return found


def said(*command: str) -> str:
    """What a program says; its failure is the test's."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def eventually(what: str, look: Callable[[], T], seconds: float = 180) -> T:
    """Look until there is something to be seen."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(httpx.TransportError):
            if found := look():
                return found
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)


@contextlib.contextmanager
def started(command: list[str], log: Path, answers: str) -> Iterator[None]:
    """Run a server until the end of the block; `answers` is an address that answers once it is ready."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, preexec_fn=die_with_parent(signal.SIGTERM), process_group=0
        )
        try:
            eventually(command[0], lambda: _answers(process, log, answers))
            yield
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(process: subprocess.Popen[bytes], log: Path, address: str) -> bool:
    assert process.poll() is None, log.read_text(errors="replace")[-3000:]
    return httpx.get(address, trust_env=False, timeout=90, verify=False).status_code < 500
