"""An embedded PostgreSQL 18 in a directory of its own, reached through a Unix socket only.

The cluster is one directory, made once and never rebuilt. Only its owner can enter the directory
with the socket, so local connections need no password and nothing listens on the network.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from runtime.binaries import postgres_binaries
from runtime.errors import RuntimeTrouble
from runtime.processes import Identity, allow_traversal, database_identity, find_process

DATABASE = "puhui"
ROLE = "puhui"
SUPERUSER = "postgres"
SOCKET_NUMBER = 5432  # part of the socket's file name; no network port is opened
LONGEST_SOCKET_DIRECTORY = 85  # a socket path holds 107 bytes, 103 on macOS

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
COMMON = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "log_line_prefix": "",
    "logging_collector": "off",
}


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL data directory and how to run it.

    ``durable=False`` trades safety after a power cut for speed and is for tests only.
    """

    directory: Path
    durable: bool = True

    @cached_property
    def identity(self) -> Identity | None:
        """Whom the server runs as (see database_identity)."""
        return database_identity()

    @cached_property
    def socket_directory(self) -> Path:
        """The cluster itself, or a short private directory when that path is too long."""
        if len(os.fsencode(self.directory)) <= LONGEST_SOCKET_DIRECTORY:
            return self.directory
        digest = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"puhui-{os.geteuid()}-{digest}"

    @property
    def is_made(self) -> bool:
        return (self.directory / "PG_VERSION").exists()

    def command(self) -> list[str]:
        """The server in the foreground; SIGINT is PostgreSQL's fast and orderly shutdown."""
        settings = COMMON | (DURABLE if self.durable else FOR_TESTS)
        options = [f"--{name}={value}" for name, value in settings.items()]
        where = ["-D", str(self.directory), "-k", str(self.socket_directory), "-p", str(SOCKET_NUMBER)]
        return [str(postgres_binaries() / "postgres"), *where, *options]

    def url(self, database: str = DATABASE) -> str:
        """The SQLAlchemy address of a database, as the application's own role."""
        return f"postgresql+psycopg://{ROLE}@/{database}?host={self.socket_directory}&port={SOCKET_NUMBER}"

    def prepare(self) -> None:
        """Make the cluster once, and clear what a crash left behind."""
        self.directory.parent.mkdir(parents=True, exist_ok=True)
        if self.identity is not None:
            allow_traversal(self.directory)
            allow_traversal(postgres_binaries() / "postgres")
        if not self.is_made:
            self._initialise()
        self._own(self.socket_directory)
        self._end_leftover()

    def _own(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, exist_ok=True)
        owner = self.identity.uid if self.identity else os.geteuid()
        if self.identity and directory.stat().st_uid == 0:
            os.chown(directory, self.identity.uid, self.identity.gid)
        if directory.stat().st_uid != owner:  # somebody else's directory under a name we expected
            raise RuntimeTrouble(f"目录 {directory} 属于其他用户。", f"{directory} belongs to another user.")
        directory.chmod(0o700)

    def _initialise(self) -> None:
        """initdb beside the final place, then rename: half a cluster is never taken for a whole one."""
        fresh = self.directory.with_name(self.directory.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        self._own(fresh)
        options = ["--auth=trust", f"--username={SUPERUSER}", "--encoding=UTF8", "--no-instructions"]
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        sync = [] if self.durable else ["--no-sync"]
        self._run("initdb", "-D", str(fresh), *options, *locale, *sync)
        with contextlib.suppress(FileNotFoundError):
            self.directory.rmdir()  # an empty directory may be waiting there
        fresh.rename(self.directory)

    def _run(self, program: str, *arguments: str) -> None:
        who = self.identity
        done = subprocess.run(
            [str(postgres_binaries() / program), *arguments],
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
            user=who.uid if who else None,
            group=who.gid if who else None,
        )
        if done.returncode:
            raise RuntimeTrouble(
                f"PostgreSQL 的 {program} 失败：{done.stderr.strip()}",
                f"{program} of PostgreSQL failed: {done.stderr.strip()}",
            )

    def _end_leftover(self) -> None:
        """End a server that outlived its supervisor; forget a pid that is no longer a server."""
        file = self.directory / "postmaster.pid"
        try:
            pid = int(file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        process = find_process(pid, "postgres")
        if process is None:
            file.unlink(missing_ok=True)
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(5)

    def connect(self, database: str, user: str = SUPERUSER) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of the superuser, for making databases; the application never uses it."""
        return psycopg.connect(
            host=str(self.socket_directory),
            port=SOCKET_NUMBER,
            user=user,
            dbname=database,
            autocommit=True,
            connect_timeout=3,
        )

    def is_ready(self) -> bool:
        try:
            with self.connect("postgres") as connection:
                connection.execute("select 1")
        except psycopg.OperationalError:
            return False
        return True

    def wait_until_ready(self, process: "subprocess.Popen[bytes]", seconds: float = 600) -> None:
        """Block until the server answers; after a crash it first reads its log of changes, which may take minutes.

        Raises:
            RuntimeTrouble: the server has ended. TimeoutError: no answer within ``seconds``.
        """
        end = time.monotonic() + seconds
        while not self.is_ready():
            if process.poll() is not None:
                log = self.directory.with_name(self.directory.name + ".log")
                raise RuntimeTrouble(
                    f"PostgreSQL 未能启动（返回值 {process.returncode}），原因见 {log}。",
                    f"PostgreSQL did not start (exit code {process.returncode}); see {log}.",
                )
            if time.monotonic() > end:
                raise TimeoutError(f"PostgreSQL in {self.directory} did not answer within {seconds:g} s")
            time.sleep(0.03)

    def ensure_database(self, database: str = DATABASE) -> None:
        """Make the application's role (not a superuser) and a database it owns, unless they exist."""
        with self.connect("postgres") as connection:
            if not connection.execute("select 1 from pg_roles where rolname = %s", [ROLE]).fetchone():
                connection.execute(sql.SQL("create role {} login createdb").format(sql.Identifier(ROLE)))
            if not connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone():
                statement = sql.SQL("create database {} owner {}")
                connection.execute(statement.format(sql.Identifier(database), sql.Identifier(ROLE)))
