"""One log for all processes: a coloured name before every line."""

import asyncio
import contextlib
import os
import sys
import time
from typing import TextIO

COLOURS = {"puhui": 36, "postgres": 34, "temporal": 35, "migrate": 33, "seed": 33, "worker": 32, "web": 96}
NAME_WIDTH = 9


class Console:
    """Prints whole lines of many writers; colours only on a terminal and without NO_COLOR."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.coloured = self.stream.isatty() and "NO_COLOR" not in os.environ

    def line(self, name: str, text: str) -> None:
        """Print one line under a process name; a closed terminal is no reason to stop."""
        prefix = f"{name:<{NAME_WIDTH}}│ "
        if self.coloured:
            prefix = f"\x1b[{COLOURS.get(name, 37)}m{prefix}\x1b[0m"
        with contextlib.suppress(BrokenPipeError, ValueError):
            print(prefix + text, file=self.stream, flush=True)

    def say(self, zh: str, en: str) -> None:
        """A sentence of the supervisor itself, in both languages."""
        self.line("puhui", f"{zh} · {en}")

    def block(self, lines: list[str]) -> None:
        """Lines that stand out: the addresses and the accounts."""
        for text in ["", *lines, ""]:
            self.line("puhui", f"\x1b[1m{text}\x1b[0m" if self.coloured and text else text)

    async def pump(self, name: str, process: asyncio.subprocess.Process) -> None:
        """Copy a process's output line by line until it ends."""
        while process.stdout is not None:
            try:
                raw = await process.stdout.readline()
            except ValueError:  # a line longer than the reader's limit was dropped
                self.line(name, "…")
                continue
            if not raw:
                return
            self.line(name, raw.decode("utf-8", "replace").rstrip())


class Stopwatch:
    """Seconds since it was made, for "ready after 0.4 s"."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began
