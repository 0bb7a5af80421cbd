"""Small facts about processes: whom to run as, and how a child dies with its parent."""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1
DATABASE_USER = "puhui-postgres"


@dataclass(frozen=True)
class Identity:
    """The system user a child runs as."""

    name: str
    uid: int
    gid: int


def database_identity() -> Identity | None:
    """Whom PostgreSQL runs as; None means: as ourselves.

    PostgreSQL refuses to run as root, so root (a container, a CI machine) gets a system user of
    its own, or ``nobody`` where no user can be made.
    """
    if os.geteuid() != 0:
        return None
    for name in (DATABASE_USER, "nobody"):
        with contextlib.suppress(KeyError):
            return _identity(name)
        if name == DATABASE_USER and shutil.which("useradd"):
            subprocess.run(
                ["useradd", "--system", "--no-create-home", name], check=False, capture_output=True
            )
            with contextlib.suppress(KeyError):
                return _identity(name)
    raise RuntimeError("no system user to run PostgreSQL as")


def _identity(name: str) -> Identity:
    entry = pwd.getpwnam(name)
    return Identity(name, entry.pw_uid, entry.pw_gid)


def allow_traversal(path: Path) -> None:
    """Let other users pass through (not list) the directories above ``path``.

    Needed only for root, whose PostgreSQL runs as another user; adds ``x`` for others and
    nothing more.
    """
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def die_with_parent(sent: signal.Signals) -> Callable[[], None]:
    """A ``preexec_fn`` that asks the kernel to signal the child when its parent dies.

    Covers a supervisor killed with -9, which can stop nobody itself. Linux only; elsewhere the
    next start ends what was left over.
    """
    parent = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def ask() -> None:
        if libc is None:
            return
        libc.prctl(PR_SET_PDEATHSIG, int(sent), 0, 0, 0)
        if os.getppid() != parent:  # the parent died before we asked
            os.kill(os.getpid(), sent)

    return ask


def find_process(pid: int, name: str) -> psutil.Process | None:
    """The living process ``pid`` if its program is called ``name``; numbers are used again."""
    try:
        process = psutil.Process(pid)
        alive = process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        return process if alive and process.name() == name else None
    except psutil.Error:
        return None


def is_port_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(preferred: int, host: str = "127.0.0.1") -> int:
    """The preferred port if nobody listens there, otherwise (and for 0) any free one."""
    if preferred and is_port_free(host, preferred):
        return preferred
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port
