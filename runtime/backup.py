"""Backup and restore: the database and the files; the engine is rebuilt from the rows (ADR 0005).

A backup is a folder: `database.dump` (pg_dump, custom format), `files.tar`, and `manifest.json` with the sha256 of
both, the revision of the schema, how many cases, tasks, events and files there were, and the heads of the audit
chains. Keys (PUHUI_SECRET_KEY, PUHUI_DATA_KEYS, the key of the audit roots) are not in it: they are kept elsewhere.
"""

import hashlib
import json
import os
import subprocess
import tarfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import psycopg
from sqlalchemy.engine import make_url

from runtime.binaries import postgres_binaries
from runtime.errors import RuntimeTrouble
from services.settings import Settings

DUMP, FILES, MANIFEST = "database.dump", "files.tar", "manifest.json"
COUNTED = ("case_file", "task", "submission", "document", "audit_event", "ledger.transfer")
_HEADS = """
    select count(*), coalesce(encode(sha256(string_agg(hash, '' order by hash)::bytea), 'hex'), '')
    from (select distinct on (case_id) hash from audit_event where case_id is not null order by case_id, seq desc) h"""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds, and what a restore has to show again."""

    at: str
    revision: str
    rows: dict[str, int]
    chains: int
    heads_sha256: str
    files: int
    database_sha256: str = ""
    files_sha256: str = ""


def counted(address: str, folder: Path) -> Manifest:
    """What is there now: rows of the tables that matter, heads of the audit chains, files."""
    with psycopg.connect(_plain(address)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        rows = {t: _one(connection, f"select count(*) from {t}")[0] for t in COUNTED}
        chains, heads = _one(connection, _HEADS)
        revision = _one(connection, "select version_num from alembic_version")[0]
    files = sum(1 for f in folder.rglob("*") if f.is_file()) if folder.exists() else 0
    return Manifest(datetime.now(UTC).isoformat(), str(revision), rows, int(chains), str(heads), files)


def _one(connection: "psycopg.Connection[Any]", query: str) -> tuple[Any, ...]:
    return tuple(connection.execute(query.encode()).fetchone() or ())


def back_up(settings: Settings, address: str, into: Path) -> Manifest:
    """Write a backup of a running or a resting system into an empty folder.

    Raises:
        RuntimeTrouble: the folder is not empty, or the database cannot be dumped.
    """
    into.mkdir(parents=True, exist_ok=True)
    if any(into.iterdir()):
        raise RuntimeTrouble(f"{into} 不是空文件夹", "is not empty")
    source = files_folder(settings)
    _postgres("pg_dump", address, "--format=custom", f"--file={into / DUMP}")
    with tarfile.open(into / FILES, "w") as tar:
        if source.exists():
            tar.add(source, arcname=".")
    found = counted(address, source)
    kept = Manifest(
        **{**asdict(found), "database_sha256": _sha256(into / DUMP), "files_sha256": _sha256(into / FILES)}
    )
    (into / MANIFEST).write_text(json.dumps(asdict(kept), indent=1, ensure_ascii=False), encoding="utf-8")
    return kept


def restore(settings: Settings, address: str, from_: Path) -> Manifest:
    """Put a backup into an empty database and an empty file folder, and show that it is all there.

    Raises:
        RuntimeTrouble: the backup is damaged, the target is not empty, or something is missing afterwards.
    """
    wanted = Manifest(**json.loads((from_ / MANIFEST).read_text(encoding="utf-8")))
    for name, sha256 in ((DUMP, wanted.database_sha256), (FILES, wanted.files_sha256)):
        if _sha256(from_ / name) != sha256:
            raise RuntimeTrouble(
                f"备份文件 {name} 已损坏", "is damaged: its sha256 differs from the manifest"
            )
    target = files_folder(settings)
    if _has_tables(address) or (target.exists() and any(target.iterdir())):
        raise RuntimeTrouble(
            "目标数据库或文件夹不是空的", "restore into an empty database and an empty folder only"
        )
    _postgres(
        "pg_restore",
        address,
        "--no-owner",
        "--exit-on-error",
        f"--dbname={_plain(address)}",
        str(from_ / DUMP),
    )
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(from_ / FILES) as tar:
        tar.extractall(target, filter="data")
    found = counted(address, target)
    lost = [t for t, n in wanted.rows.items() if found.rows[t] < n]
    if (
        lost
        or found.files < wanted.files
        or (found.chains, found.revision) != (wanted.chains, wanted.revision)
    ):
        raise RuntimeTrouble("恢复不完整", f"incomplete: {lost or 'files or audit chains'}")
    return found


def files_folder(settings: Settings) -> Path:
    """The folder of uploads and documents. Raises RuntimeTrouble for an object store, which has its own backup."""
    where = urlparse(settings.blob_address)
    if where.scheme != "file":
        raise RuntimeTrouble(
            "对象存储请使用其自身的版本与备份功能", "an object store is backed up by its own means"
        )
    return Path(unquote(where.path))


def _has_tables(address: str) -> bool:
    with psycopg.connect(_plain(address)) as connection:
        return bool(
            _one(connection, "select exists (select 1 from pg_tables where schemaname = 'public')")[0]
        )


def _plain(address: str) -> str:
    return address.replace("postgresql+psycopg://", "postgresql://", 1)


def _postgres(tool: str, address: str, *options: str) -> None:
    """Run a tool of PostgreSQL with the password in its environment, never on its command line."""
    url = make_url(address)
    found = postgres_binaries() / tool
    command = [str(found) if found.exists() else tool, *options]
    if tool == "pg_dump":
        command.append(_plain(url.set(password=None).render_as_string()))
    environment = os.environ | ({"PGPASSWORD": url.password} if url.password else {})
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeTrouble(f"{tool} 失败：{done.stderr.strip()[-500:]}", f"{tool} failed.")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
