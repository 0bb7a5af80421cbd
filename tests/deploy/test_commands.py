"""Each command of the compose file, with the environment and the secrets it is given there, run without containers.

Names of other containers, folders and ports are this machine's; everything else is as it stands in the file.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import yaml
from sqlalchemy.engine import make_url

from models.tables import EngineHealth
from runtime.binaries import postgres_binaries, temporal_binary
from runtime.processes import die_with_parent, free_port
from runtime.temporal import TemporalServer
from services.session import reading
from tests.architecture.tree import ROOT
from tests.conftest import _run, environment
from tests.deploy.tools import eventually

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
OURS = {n: s for n, s in SERVICES.items() if s["image"].startswith("puhui:")}
SECRET = {"puhui_secret_key": "k" * 40, "puhui_data_keys": "d" * 40, "puhui_smtp_password": "", "puhui_oidc_client_secret": ""}  # fmt: skip


@dataclass(frozen=True)
class Machine:
    """What the containers would have around them."""

    home: Path
    database: str
    engine: TemporalServer
    ports: dict[str, int]

    def text(self, value: str) -> str:
        """Words of the compose file with the names of this machine in place of those inside."""
        for theirs, here in {
            "temporal:7233": self.engine.address,
            "$(hostname -i):7233": self.engine.address,
            "/run/secrets": str(self.home / "secrets"),
            "/var/lib/puhui": str(self.home / "data"),
            "/backups/": f"{self.home}/backups/",
            "0.0.0.0": "127.0.0.1",
            "-h 127.0.0.1": f"-h {self.postgres['PGHOST']}",
            "8000": str(self.ports["web"]),
            "8080": str(self.engine.ui_port),
            "9464": str(self.ports["worker"]),
        }.items():
            value = value.replace(theirs, here)
        return value

    def environment(self, service: dict[str, Any]) -> dict[str, str]:
        """As compose makes it: defaults where nobody has set anything, and nothing of ours but what stands there."""
        told = {k: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", str(v)) for k, v in service["environment"].items()}
        rest = {k: v for k, v in os.environ.items() if not k.startswith("PUHUI_")}
        path = f"{Path(sys.executable).parent}:{self.home}/bin:{postgres_binaries()}:{rest['PATH']}"
        return rest | {k: self.text(v) for k, v in told.items()} | {"PATH": path}

    def words(self, command: list[str]) -> list[str]:
        return [self.text(re.sub(r"\$\{\w+:-(.*?)\}", r"\1", w).replace("$$", "$")) for w in command]

    def started(self, name: str) -> "contextlib.AbstractContextManager[subprocess.Popen[bytes]]":
        return _started(self, name)

    def ran(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run a service to its end."""
        command = self.words(OURS[name]["command"])
        around = self.environment(OURS[name])
        return subprocess.run(command, cwd=ROOT, env=around, capture_output=True, text=True, check=False, timeout=300)  # fmt: skip

    def healthy(self, name: str) -> bool:
        """What the container's health check says."""
        kind, *command = SERVICES[name]["healthcheck"]["test"]
        command = self.words(command)
        if kind == "CMD-SHELL":
            command = ["/bin/sh", "-c", *command]
        around = self.environment(OURS.get(name, OURS["migrate"])) | self.postgres
        return (
            subprocess.run(command, env=around, capture_output=True, check=False, timeout=120).returncode == 0
        )

    @property
    def postgres(self) -> dict[str, str]:
        """Where the programs of PostgreSQL find the server that stands beside them in its container."""
        url = make_url(self.database)
        return {"PGHOST": str(url.query["host"]), "PGPORT": str(url.query["port"])}


@contextlib.contextmanager
def _started(machine: Machine, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """A service until the end of the block, then told to end as compose does: it must be gone in its grace period."""
    log = machine.home / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            machine.words(OURS[name]["command"]), cwd=ROOT, env=machine.environment(OURS[name]), stdout=out,
            stderr=out, preexec_fn=die_with_parent(signal.SIGTERM),
        )  # fmt: skip
        try:
            eventually(f"{name} is healthy", lambda: _alive(process, log) and machine.healthy(name), 90)
            yield process
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            grace = float(OURS[name]["stop_grace_period"].removesuffix("s"))
            assert time.monotonic() - began < grace
            assert process.returncode in (0, -signal.SIGTERM), log.read_text(errors="replace")[-3000:]
        finally:
            process.kill()
            process.wait()


def _alive(process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text(errors="replace")[-3000:]
    return True


@pytest.fixture(scope="module")
def machine(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """An engine, an empty database, secrets as files; nothing is migrated yet."""
    home = tmp_path_factory.mktemp("compose")
    _run(template, "create database composed")
    url = make_url(template).set(database="composed").render_as_string(hide_password=False)
    for folder in ("secrets", "data", "backups", "bin"):
        (home / folder).mkdir()
    for name, content in {**SECRET, "puhui_database_url": url}.items():
        (home / "secrets" / name).write_text(content + "\n")
    (home / "bin" / "temporal").symlink_to(temporal_binary())
    engine = TemporalServer(home / "temporal.db", free_port(0), ui_port=free_port(0))
    found = Machine(home, url, engine, {"web": free_port(0), "worker": free_port(0)})
    server = subprocess.Popen(
        engine.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )  # fmt: skip
    try:
        eventually("the engine is healthy", lambda: found.healthy("temporal"))
        eventually("its pages are, too", lambda: found.healthy("temporal-ui"))
        yield found
    finally:
        server.terminate()
        server.wait(60)
        _run(template, "drop database composed with (force)")


@pytest.fixture(scope="module")
def migrated(machine: Machine) -> Machine:
    """As `depends_on` has it: the migration has succeeded before anything else starts."""
    done = machine.ran("migrate")
    assert done.returncode == 0, done.stderr
    return machine


def test_database_is_healthy_to_its_own_check(machine: Machine) -> None:
    eventually("it is healthy", lambda: machine.healthy("postgres"))


def test_migration_can_be_repeated(migrated: Machine) -> None:
    assert migrated.ran("migrate").returncode == 0
    with psycopg.connect(migrated.database.replace("+psycopg", "", 1)) as connection:
        assert connection.execute("select count(*) from alembic_version").fetchone() == (1,)


def test_web_answers_and_ends_in_its_time(migrated: Machine) -> None:
    assert not migrated.healthy("web")
    with migrated.started("web"):
        site = f"http://127.0.0.1:{migrated.ports['web']}"
        answer = httpx.get(f"{site}/login", trust_env=False, timeout=90)
        assert answer.status_code == 200
        assert "server" not in answer.headers
        assert "Secure" in httpx.get(f"{site}/lang/en", trust_env=False, timeout=90).headers["set-cookie"]


def test_worker_serves_the_engine_and_ends_in_its_time(migrated: Machine) -> None:
    assert not migrated.healthy("worker")
    with migrated.started("worker"):
        log = migrated.home / "worker.log"
        eventually("it takes work", lambda: "worker.ready" in log.read_text(errors="replace"))
        with environment(DATABASE_URL=migrated.database):
            eventually("the engine is seen", _reachable)


def _reachable() -> bool:
    with reading() as session:
        row = session.get(EngineHealth, "reachable")
        return row is not None and row.ok


def test_nightly_backup_is_made_and_told(migrated: Machine) -> None:
    pause = migrated.home / "bin" / "sleep"
    pause.write_text('#!/bin/sh\necho "sleep $@"; kill $PPID\n')
    pause.chmod(0o755)
    assert not migrated.healthy("backup")
    done = migrated.ran("backup")
    assert done.stdout.splitlines()[-1] == "sleep 86400", done.stdout + done.stderr
    (made,) = (migrated.home / "backups").iterdir()
    assert {f.name for f in made.iterdir()} == {"database.dump", "files.tar", "manifest.json"}
    with environment(DATABASE_URL=migrated.database), reading() as session:
        assert session.get_one(EngineHealth, "backup").ok
    assert migrated.healthy("backup")
    _age(made / "manifest.json", hours=27)
    assert not migrated.healthy("backup")


def _age(file: Path, hours: float) -> None:
    then = time.time() - hours * 3600
    os.utime(file, (then, then))


def test_every_service_of_ours_is_run_here() -> None:
    assert set(OURS) == {"migrate", "web", "worker", "backup"}
