"""One supervisor for one data directory."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from runtime.errors import RuntimeTrouble


@contextlib.contextmanager
def only_one(directory: Path) -> Iterator[None]:
    """Hold the directory's lock; RuntimeTrouble if another process has it.

    The kernel gives the lock back when its holder dies, however it dies.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "supervisor.lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(file)
            raise RuntimeTrouble(
                f"普惠系统已在 {directory} 上运行（进程 {holder}）。"
                "请先停止它，或用 PUHUI_DATA_DIR 另选目录。",
                f"Puhui is already running on {directory} (process {holder}). "
                "Stop it first, or choose another directory with PUHUI_DATA_DIR.",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _holder(file: TextIO) -> str:
    """Who has it; one that took it in the same instant writes its number a moment later."""
    for _ in range(20):
        file.seek(0)
        if holder := file.read().strip():
            return holder
        time.sleep(0.05)
    return "?"
