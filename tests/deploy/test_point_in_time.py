"""Back to an instant: the commands of docs/production.md, run on a PostgreSQL that archives as the compose file says."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtime import embedded
from runtime.binaries import postgres_binaries
from runtime.postgres import SOCKET_NUMBER, Cluster
from services import audit, audit_export, audit_seal, audit_verifier, proof_check
from services.session import reading, transaction
from tests.architecture.tree import ROOT
from tests.audit import exports
from tests.conftest import environment
from tests.deploy.tools import eventually

GUIDE = (ROOT / "docs/production.md").read_text()
SERVER = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["postgres"]


@dataclass(frozen=True)
class Archiving(Cluster):
    """A server with the options of the compose file, its archive beside it."""

    @property
    def archive(self) -> Path:
        return self.directory.parent / "archive"

    def command(self) -> list[str]:
        here = {"/archive/": f"{self.archive}/", "shared_buffers=1GB": "shared_buffers=32MB"}
        given = "\n".join(SERVER["command"][1:])
        for theirs, ours in here.items():
            given = given.replace(theirs, ours)
        return [*super().command(), *given.splitlines()]

    def asked(self, statement: str, database: str = "puhui") -> Any:
        with self.connect(database) as connection:
            done = connection.execute(statement)  # type: ignore[arg-type]
            return done.fetchone() if done.description else None

    def told(self, script: str) -> None:
        """Run what the guide has run in the container, by whom the files belong to."""
        who = self.identity
        owner = f"{who.uid}:{who.gid}" if who else f"{os.getuid()}:{os.getgid()}"
        for theirs, here in {
            "/var/lib/postgresql/18/docker": str(self.directory),
            "/var/lib/postgresql/18": str(self.directory.parent),
            "/archive": str(self.archive),
            "postgres:postgres": owner,
            "-U postgres": f"-U postgres -h {self.socket_directory} -p {SOCKET_NUMBER}",
        }.items():
            script = script.replace(theirs, here)
        path = f"{postgres_binaries()}:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh"], input=script, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture
def cluster(home: Path) -> Iterator[Archiving]:
    found = Archiving(home / "docker", durable=False)
    found.archive.mkdir()
    if found.identity:
        os.chown(found.archive, found.identity.uid, found.identity.gid)
    yield found
    if found.socket_directory != found.directory:
        shutil.rmtree(found.socket_directory, ignore_errors=True)


def _command(beginning: str) -> str:
    """What the guide runs in the container with `sh -c`."""
    return re.findall(rf"docker compose exec postgres sh -c '({beginning}[^']+)'", GUIDE)[0]


def _script(instant: str, base: str) -> str:
    """What the guide has the container read, with an instant and a base backup of ours."""
    script = re.findall(r"--entrypoint sh postgres <<'EOF'\n(.+?)\nEOF\n", GUIDE, re.DOTALL)[0]
    script = re.sub(r"(?m)^WHEN='[^']+'", f"WHEN='{instant}'", script)
    return re.sub(r"(?m)^BASE=\S+", f"BASE={base}", script)


def test_what_was_done_after_the_instant_is_undone_and_all_before_it_is_there(cluster: Archiving) -> None:
    process = embedded.start(cluster)
    try:
        cluster.ensure_database()
        cluster.asked("create table decided (number int)")
        cluster.asked("insert into decided values (1)")
        cluster.told(_command("pg_basebackup"))
        cluster.asked("insert into decided values (2)")
        (instant,) = cluster.asked("select clock_timestamp()::text")
        cluster.asked("drop table decided")
    finally:
        embedded.stop(process)
    (base,) = cluster.archive.glob("base-*")
    cluster.told(_script(instant, f"/archive/{base.name}"))
    process = embedded.start(cluster)
    try:
        eventually("the end of the recovery", lambda: not cluster.asked("select pg_is_in_recovery()")[0])
        assert cluster.asked("select array_agg(number order by number) from decided")[0] == [1, 2]
        cluster.asked("insert into decided values (3)")
        cluster.asked("select pg_switch_wal()")
        archived = "select last_archived_wal like '00000002%' from pg_stat_archiver"
        eventually("the archive goes on", lambda: cluster.asked(archived)[0])
        assert cluster.asked("select failed_count from pg_stat_archiver")[0] == 0
    finally:
        embedded.stop(process)
    assert (cluster.directory.parent / "docker.before").is_dir()


@contextlib.contextmanager
def _served(cluster: Archiving) -> Iterator[None]:
    """The server runs, and what is asked of the house is asked of it."""
    process = embedded.start(cluster)
    try:
        cluster.ensure_database()
        where = {"DATABASE_URL": cluster.url(), "DATA_DIR": str(cluster.directory.parent / "data")}
        with environment(**where):
            yield
    finally:
        embedded.stop(process)


def _sealed() -> tuple[int, str]:
    """A daily root is signed and its file written; its number and hash, as somebody would note them elsewhere."""
    with transaction() as session:
        root = exports.sealed(session)
        audit_export.write(session, root)
        return root.number, root.hash


def _proven() -> dict[str, Any]:
    """What the page of the auditors says of the whole trail."""
    with reading() as session:
        assert audit.verify(session) == []
        return proof_check.check(session, lambda *_: None)


def _verified() -> int:
    """The newest root as the verifier that auditors carry away reads it from its file."""
    with reading() as session:
        root = audit_seal.newest(session)
    assert root is not None
    lines = audit_verifier.lines_of(audit_export.file_of(root))
    report = audit_verifier.verify_lines(lines, audit_seal.public_key())
    assert report.intact, report.findings
    return report.root


@pytest.mark.rule("M10")
def test_the_trail_of_the_instant_proves_its_signed_root(cluster: Archiving) -> None:
    """After the instant somebody with all rights rewrites the trail; restored, it is the one that was signed."""
    with _served(cluster):
        migrate = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.run(migrate, cwd=ROOT, check=True, capture_output=True)
        cluster.told(_command("pg_basebackup"))
        with transaction() as session:
            exports.history(session)
        noted = _sealed()
        with transaction() as session:
            exports.history(session, 1, 2)
        (events,) = cluster.asked("select count(*) from audit_event")
        (instant,) = cluster.asked("select clock_timestamp()::text")
        with transaction() as session:
            exports.history(session, 1)
        assert _sealed()[0] == noted[0] + 1
        cluster.asked("alter table audit_event disable trigger all")
        cluster.asked("update audit_event set data = '{}' where seq = 2")
        with reading() as session:
            assert not proof_check.check(session, lambda *_: None)["intact"]
    (base,) = cluster.archive.glob("base-*")
    cluster.told(_script(instant, f"/archive/{base.name}"))
    with _served(cluster):
        eventually("the end of the recovery", lambda: not cluster.asked("select pg_is_in_recovery()")[0])
        assert cluster.asked("select count(*) from audit_event")[0] == events
        found = _proven()
        assert (found["intact"], found["findings"], found["root_hash"]) == (True, [], noted[1])
        with reading() as session:
            root = audit_seal.newest(session)
            assert root is not None
            assert (root.number, root.hash) == noted
        assert _verified() == noted[0]
        with transaction() as session:
            exports.history(session, 1)
        assert _sealed()[0] == noted[0] + 1
        assert (_proven()["intact"], _verified()) == (True, noted[0] + 1)


def test_old_archive_goes_and_what_the_kept_bases_need_stays(tmp_path: Path) -> None:
    cluster = Archiving(tmp_path / "docker", durable=False)
    cluster.archive.mkdir()
    for week, segment in (("20261101", 2), ("20261108", 4), ("20261115", 6)):
        base = cluster.archive / f"base-{week}"
        base.mkdir()
        (base / "backup_label").write_text(
            f"START WAL LOCATION: 0/{segment}000028 (file 00000001000000000000000{segment})\nLABEL: x\n"
        )
    for number in range(1, 8):
        (cluster.archive / f"00000001000000000000000{number}").touch()
    cluster.told(_command("cd /archive"))
    assert sorted(p.name[-8:] for p in cluster.archive.iterdir()) == [
        "00000004", "00000005", "00000006", "00000007", "20261108", "20261115",
    ]  # fmt: skip
