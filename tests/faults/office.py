"""The whole system as a thing that can be broken: its processes, its disk, its mail server, its rows."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import psycopg
from aiosmtpd.controller import Controller

from tests.system import ROOT, System, _environment, free_port, running

PARTS = ("worker", "web", "temporal", "postgres")
DISK_MB = 512


class Mailbox:
    """A mail server that can be taken down; what it took, by Message-ID."""

    def __init__(self) -> None:
        self.port, self.taken = free_port(), Counter[str]()
        self.controller: Controller | None = None

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        self.taken[str(message_from_bytes(envelope.content)["Message-ID"])] += 1
        return "250 OK"

    def up(self) -> None:
        """Take mails from now on."""
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def down(self) -> None:
        """Nobody answers any more."""
        if self.controller is not None:
            self.controller.stop()
            self.controller = None


class Disk:
    """Where files are kept: a small disk of its own that can be filled up. Needs the right to mount."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.filler = folder, folder / "filler"
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)]
        self.real = subprocess.run(mount, capture_output=True, check=False).returncode == 0

    def fill(self) -> None:
        """Not a byte is left."""
        with self.filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"0" * (1 << 20))
        with self.filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"0" * 512)

    def empty(self) -> None:
        """There is room again."""
        self.filler.unlink()

    def gone(self) -> None:
        """Given back."""
        if self.real:
            subprocess.run(["umount", "-l", str(self.folder)], check=False)


class Office:
    """One data directory, started, stopped and killed as often as it takes, always under one address.

    Args:
        home: the data directory. day: seconds of a working day.
    """

    def __init__(self, home: Path, day: str, disk: Disk, mail: Mailbox) -> None:
        self.home, self.day, self.disk, self.mail, self.port = home, day, disk, mail, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.settings = {
            "HTTP_PORT": str(self.port),
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mail.port),
            "BLOB_URL": (disk.folder / "files").as_uri(),
        }
        self.stack = contextlib.ExitStack()

    def start(self) -> float:
        """Start as `make up` does; seconds until it is ready."""
        began = time.monotonic()
        self.stack.enter_context(running(self.home, self.day, **self.settings))
        return time.monotonic() - began

    def stop(self) -> float:
        """Ctrl-C; seconds until all have ended."""
        began = time.monotonic()
        self.stack.close()
        return time.monotonic() - began

    def is_up(self) -> bool:
        """Whether the supervisor lives."""
        try:
            os.kill(int((self.home / "supervisor.lock").read_text()), 0)
        except (OSError, ValueError):
            return False
        return True

    def pid(self, name: str) -> int:
        return int(json.loads((self.home / "children.json").read_text())[name][0])

    def kill(self, name: str) -> None:
        """kill -9, as a fault would."""
        self.send(name, signal.SIGKILL)

    def send(self, name: str, what: signal.Signals) -> None:
        """A signal to one part."""
        os.kill(self.pid(name), what)

    def kill_everything(self) -> None:
        """kill -9 of the supervisor and of all its children in the same instant."""
        pids = [int((self.home / "supervisor.lock").read_text()), *(self.pid(name) for name in PARTS)]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.stack.close()

    def freeze(self, name: str) -> Callable[[], None]:
        """Stop a process without ending it; call what is returned to let it go on."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGSTOP)
        return lambda: os.kill(pid, signal.SIGCONT)

    def second(self) -> subprocess.CompletedProcess[str]:
        """Somebody starts the same data directory again, on another port."""
        return subprocess.run(
            [sys.executable, "-m", "runtime", "up"],
            cwd=ROOT,
            env=_environment(self.home, 0, self.day, self.settings | {"HTTP_PORT": str(free_port())}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def note(self) -> dict[str, str]:
        """The addresses of the parts."""
        found: dict[str, str] = json.loads((self.home / "running.json").read_text())
        return found

    @property
    def database(self) -> str:
        return self.note()["database_url"].replace("+psycopg", "", 1)

    def chief(self, database: str) -> str:
        """The address for the database's superuser, who can do what no program may."""
        return self.database.replace("puhui@/puhui", f"postgres@/{database}")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Look into the database, by a way of our own."""
        with psycopg.connect(self.database) as connection:
            return connection.execute(query).fetchall()

    @contextlib.contextmanager
    def refusing(self) -> Iterator[None]:
        """PostgreSQL is there and lets nobody in."""
        with psycopg.connect(self.chief("postgres"), autocommit=True) as chief:
            chief.execute("alter database puhui with allow_connections false")
            try:
                chief.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'puhui'"
                )
                yield
            finally:
                chief.execute("alter database puhui with allow_connections true")

    def plain(self) -> System:
        """A client that takes every answer for what it is."""
        return System(self.address)


@contextlib.contextmanager
def office(day: str) -> Iterator[Office]:
    """A running office on a folder of its own."""
    # not pytest's own folder: another run of pytest would shut the database's user out of it
    with tempfile.TemporaryDirectory(prefix="puhui-storm-", ignore_cleanup_errors=True) as folder:
        disk, mail = Disk(Path(folder) / "disk"), Mailbox()
        found = Office(Path(folder) / "data", day, disk, mail)
        found.home.mkdir()
        mail.up()
        try:
            yield found
        finally:
            found.stop()
            mail.down()
            disk.gone()


def together(*work: Callable[[], Any]) -> None:
    """Do it side by side and wait."""
    threads = [threading.Thread(target=w) for w in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
