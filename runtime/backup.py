"""Backup and restore: the database and the files; the engine is rebuilt from the rows (ADR 0005).

A backup is a folder: `database.dump` (pg_dump, custom format), `files.tar`, and `manifest.json` with the sha256 of
both, the revision of the schema, how many cases, tasks, events and files there were, and the heads of the audit
chains. Keys (PUHUI_SECRET_KEY, PUHUI_DATA_KEYS, the key of the audit roots) are not in it: they are kept elsewhere.

People work while it is made, so dump and manifest are taken from one exported snapshot, and the files after it: a file
is put under its sha256 before the row that names it is committed, and is never changed or removed.
"""

import contextlib
import hashlib
import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import psycopg
from sqlalchemy.engine import make_url

from runtime.binaries import postgres_binaries
from runtime.errors import RuntimeTrouble
from runtime.postgres_line import line, plain
from services.settings import Settings

#: Owns the ledger where whoever migrates may make roles (revision 0003).
OWNER = "puhui_ledger"
DUMP, FILES, MANIFEST = "database.dump", "files.tar", "manifest.json"
COUNTED = ("case_file", "task", "submission", "document", "audit_event", "ledger.transfer")
_HEADS = """
    select count(*), coalesce(encode(sha256(string_agg(hash, '' order by hash)::bytea), 'hex'), '')
    from (select distinct on (case_id) hash from audit_event where case_id is not null order by case_id, seq desc) h"""
#: table -> what of a row names a file of the store; a table the schema does not have yet names none
NAMING = {
    "attachment": "sha256",
    "objection_paper": "sha256",
    "document": "sha256",
    "template_version": "sha256",
    "device_calibration": "sha256",
    "setting_change": "after ->> 'sha256'",
}
Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Manifest:
    """What a backup holds, and what a restore has to show again.

    Args:
        missing: files that rows name and the folder does not have; None in backups of releases that did not look.
    """

    at: str
    revision: str
    rows: dict[str, int]
    chains: int
    heads_sha256: str
    files: int
    missing: int | None = None
    database_sha256: str = ""
    files_sha256: str = ""


def counted(address: str, folder: Path) -> Manifest:
    """What is there now: rows of the tables that matter, heads of the audit chains, files."""
    with _snapshot(address) as (connection, _):
        return _survey(connection, [f.name for f in _files_of(folder)])


@contextlib.contextmanager
def _snapshot(address: str) -> Iterator[tuple[Connection, str]]:
    """(connection, name): one moment of the database, which others can look at by its name until the block ends."""
    with psycopg.connect(plain(address)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("set local idle_in_transaction_session_timeout = 0")  # a long dump is not idleness
        yield connection, _one(connection, "select pg_export_snapshot()")[0]


def _survey(connection: Connection, names: list[str]) -> Manifest:
    rows = {t: _one(connection, f"select count(*) from {t}")[0] for t in COUNTED}
    chains, heads = _one(connection, _HEADS)
    revision = _one(connection, "select version_num from alembic_version")[0]
    missing = len(_named(connection) - set(names))
    return Manifest(
        datetime.now(UTC).isoformat(), str(revision), rows, int(chains), str(heads), len(names), missing
    )


def _named(connection: Connection) -> set[str]:
    """The sha256 of every file that a row names."""
    found: set[str] = set()
    for table, what in NAMING.items():
        if _one(connection, f"select to_regclass('{table}') is not null")[0]:
            rows = connection.execute(f"select distinct {what} from {table}".encode()).fetchall()
            found |= {name for (name,) in rows if name}
    return found


def _one(connection: Connection, query: str) -> tuple[Any, ...]:
    return tuple(connection.execute(query.encode()).fetchone() or ())


def back_up(settings: Settings, address: str, into: Path) -> Manifest:
    """Write a backup of a running or a resting system into an empty folder; nothing is left there when it fails.

    Raises:
        RuntimeTrouble: the folder is not empty, or the database cannot be dumped.
    """
    into.mkdir(mode=0o700, parents=True, exist_ok=True)  # whose it is, and nobody else on the machine
    if any(into.iterdir()):
        raise RuntimeTrouble(f"{into} 不是空文件夹", "is not empty")
    try:
        return _write(files_folder(settings), address, into)
    except BaseException:
        for name in (DUMP, FILES, MANIFEST):  # half a backup only takes the room of the next
            (into / name).unlink(missing_ok=True)
        raise


def _write(source: Path, address: str, into: Path) -> Manifest:
    with _snapshot(address) as (connection, moment):
        _postgres("pg_dump", address, "--format=custom", f"--snapshot={moment}", f"--file={into / DUMP}")
        found = _survey(connection, _pack(source, into / FILES))
    kept = Manifest(
        **{
            **asdict(found),
            "database_sha256": sha256_of(into / DUMP),
            "files_sha256": sha256_of(into / FILES),
        }
    )
    (into / MANIFEST).write_text(json.dumps(asdict(kept), indent=1, ensure_ascii=False), encoding="utf-8")
    return kept


def _files_of(folder: Path) -> list[Path]:
    """The files that are whole: the store writes one beside its place, with a # in its name, and renames it."""
    return sorted(f for f in folder.rglob("*") if "#" not in f.name and f.is_file())


def _pack(source: Path, into: Path) -> list[str]:
    """Copy the files; the names of those that are in it."""
    names = []
    with tarfile.open(into, "w") as tar:
        for file in _files_of(source):
            with file.open(
                "rb"
            ) as stream:  # size and content of one open file, should it be put again meanwhile
                info = tar.gettarinfo(arcname=str(file.relative_to(source)), fileobj=stream)
                tar.addfile(info, stream)
            names.append(file.name)
    return names


def restore(settings: Settings, address: str, from_: Path) -> Manifest:
    """Put a backup into an empty database and an empty file folder, and show that it is all there.

    Raises:
        RuntimeTrouble: the backup is damaged, the target is not empty, or something is missing afterwards.
    """
    wanted = Manifest(**json.loads((from_ / MANIFEST).read_text(encoding="utf-8")))
    for name, sha256 in ((DUMP, wanted.database_sha256), (FILES, wanted.files_sha256)):
        if sha256_of(from_ / name) != sha256:
            raise RuntimeTrouble(
                f"备份文件 {name} 已损坏", "is damaged: its sha256 differs from the manifest"
            )
    target = files_folder(settings)
    if _has_tables(address) or (target.exists() and any(target.iterdir())):
        raise RuntimeTrouble(
            "目标数据库或文件夹不是空的", "restore into an empty database and an empty folder only"
        )
    _make_owner(address, from_ / DUMP)
    _postgres("pg_restore", address, "--no-owner", "--exit-on-error", str(from_ / DUMP))
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(from_ / FILES) as tar:
        tar.extractall(target, filter="data")
    found = counted(address, target)
    lost = _differences(wanted, found)
    if lost:
        raise RuntimeTrouble(
            f"恢复不完整：{'；'.join(zh for zh, _ in lost)}",
            f"incomplete: {'; '.join(en for _, en in lost)}",
        )
    return found


def _make_owner(address: str, dump: Path) -> None:
    """Roles are the server's and in no dump: on another machine the one that rights are given to is made first.

    Raises:
        RuntimeTrouble: we may not make it.
    """
    command = [_tool("pg_restore"), "--schema-only", "--file=-", str(dump)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    with psycopg.connect(plain(address)) as connection:
        known = _one(connection, f"select exists (select from pg_roles where rolname = '{OWNER}')")[0]
        if known or f" TO {OWNER};" not in done.stdout:
            return
        try:
            connection.execute(f"create role {OWNER} nologin".encode())
        except psycopg.errors.InsufficientPrivilege as error:
            raise RuntimeTrouble(
                f"备份中用到的角色 {OWNER} 不在这台数据库服务器上，请由其超级用户先执行 create role {OWNER}",
                f"the server lacks the role {OWNER}: have its superuser run it first",
            ) from error


def _differences(wanted: Manifest, found: Manifest) -> list[tuple[str, str]]:
    """(Chinese, English) for each thing the restored system does not show as the backup said."""
    said = [
        (f"{t} 应有 {n} 行，实有 {found.rows[t]} 行", f"{t}: {n} rows wanted, {found.rows[t]} found")
        for t, n in wanted.rows.items()
        if found.rows[t] != n
    ]
    if found.files < wanted.files:
        said.append(
            (f"文件应有 {wanted.files} 个，实有 {found.files} 个", f"files: {found.files} of {wanted.files}")
        )
    if wanted.missing is not None and found.missing != wanted.missing:
        said.append(
            (
                f"有 {found.missing} 个登记在案的文件不在（备份时为 {wanted.missing} 个）",
                f"{found.missing} files that rows name are not there, {wanted.missing} when it was made",
            )
        )
    if found.revision != wanted.revision:
        said.append(
            (f"数据库版本应为 {wanted.revision}", f"schema {found.revision} instead of {wanted.revision}")
        )
    if (found.chains, found.heads_sha256) != (wanted.chains, wanted.heads_sha256):
        said.append(("审计链的末端与备份时不同", "the heads of the audit chains are not those of the backup"))
    return said


def files_folder(settings: Settings) -> Path:
    """The folder of uploads and documents. Raises RuntimeTrouble for an object store, which has its own backup."""
    where = urlparse(settings.blob_address)
    if where.scheme != "file":
        raise RuntimeTrouble(
            "对象存储请使用其自身的版本与备份功能", "an object store is backed up by its own means"
        )
    return Path(unquote(where.path))


def _has_tables(address: str) -> bool:
    with psycopg.connect(plain(address)) as connection:
        return bool(
            _one(connection, "select exists (select 1 from pg_tables where schemaname = 'public')")[0]
        )


def _tool(name: str) -> str:
    """A program of PostgreSQL: the one that came along, else the machine's."""
    found = postgres_binaries() / name
    return str(found) if found.exists() else name


def _postgres(tool: str, address: str, *options: str) -> None:
    """Run a tool of PostgreSQL with the password in its environment, never on its command line."""
    with line(address) as there:
        url = make_url(there)
        where = f"--dbname={plain(url.set(password=None).render_as_string())}"
        command = [_tool(tool), *options, where]
        environment = os.environ | ({"PGPASSWORD": url.password} if url.password else {})
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeTrouble(f"{tool} 失败：{done.stderr.strip()[-500:]}", f"{tool} failed.")


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
