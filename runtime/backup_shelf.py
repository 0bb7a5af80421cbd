"""The shelf of backups: what lies there, and how old ones leave it."""

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from runtime.backup import DUMP, FILES, MANIFEST, Manifest, sha256_of
from runtime.errors import RuntimeTrouble


@dataclass(frozen=True)
class Shelved:
    """A folder that a backup was written into; without a manifest it was broken off."""

    folder: Path
    at: datetime
    manifest: Manifest | None

    @property
    def complete(self) -> bool:
        return self.manifest is not None and all((self.folder / name).is_file() for name in (DUMP, FILES))

    def sound(self) -> bool:
        """Reads both files: are they what the manifest says?"""
        if self.manifest is None or not self.complete:
            return False
        wanted = (self.manifest.database_sha256, self.manifest.files_sha256)
        return (sha256_of(self.folder / DUMP), sha256_of(self.folder / FILES)) == wanted


def prune(shelf: Path, days: int, keep: int, now: datetime | None = None) -> list[str]:
    """Remove backups older than `days` (calendar days); the names of those removed, oldest first.

    The newest `keep` complete ones stay however old they are, and so does the newest whose digests are right.
    Only folders that hold nothing but a backup are ever touched.

    Raises:
        RuntimeTrouble: less than one day, or less than one to keep.
    """
    if days < 1 or keep < 1:
        raise RuntimeTrouble("至少保留一天、一份备份", "keep at least one day and one backup")
    found = shelved(shelf)
    limit = (now or datetime.now(UTC)) - timedelta(days=days)
    old = [b for b in found if b.at < limit]
    if not old:
        return []
    stays = [b for b in found if b.complete][:keep]
    stays += [b for b in found if b.sound()][:1] if not any(b.sound() for b in stays) else []
    gone = [b for b in reversed(old) if b not in stays]
    for backup in gone:
        shutil.rmtree(backup.folder)
    return [b.folder.name for b in gone]


def shelved(shelf: Path) -> list[Shelved]:
    """The backups that lie there, the newest first."""
    found = [_read(folder) for folder in shelf.iterdir() if folder.is_dir() and _is_backup(folder)]
    return sorted(found, key=lambda b: b.at, reverse=True)


def _is_backup(folder: Path) -> bool:
    names = {f.name for f in folder.iterdir()}
    return bool(names) and names <= {DUMP, FILES, MANIFEST}


def _read(folder: Path) -> Shelved:
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        return Shelved(folder, datetime.fromisoformat(manifest.at), manifest)
    except (OSError, ValueError, TypeError):
        return Shelved(folder, datetime.fromtimestamp(folder.stat().st_mtime, UTC), None)
