"""The nightly backup: made, told to the system so that somebody is called when it fails, and the old ones removed."""

import contextlib
import shutil
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from runtime.backup import Manifest, back_up
from runtime.backup_shelf import prune
from runtime.errors import RuntimeTrouble
from services import health
from services.session import transaction
from services.settings import settings


def run(folder: Path, keep_days: int = 0, keep: int = 7) -> Manifest:
    """Back up into `folder`; the system knows of it either way (`services.health`).

    Args:
        keep_days: then remove the backups beside it that are older, in days; 0 = none.
        keep: the newest complete ones that stay, however old they are.
    """
    if keep_days < 0 or keep < 1:
        raise RuntimeTrouble(
            "至少保留一份备份，天数不能为负", "keep at least one backup; days are not negative"
        )
    shelf = folder.resolve().parent
    shelf.mkdir(parents=True, exist_ok=True)
    try:
        kept = back_up(settings(), settings().database_url, folder)
    except BaseException as error:
        _failed(str(error) or type(error).__name__, shelf)
        raise
    with transaction() as session:
        health.backed_up(session, kept.missing or 0, _free(shelf))
    print(f"已备份 · backed up: {kept.rows}, {kept.files} files, audit chains {kept.chains}")
    if kept.missing:
        print(f"缺少 {kept.missing} 个登记在案的文件 · {kept.missing} files that rows name are not there")
    if keep_days:
        _tidy(shelf, keep_days, keep)
    return kept


def _tidy(shelf: Path, keep_days: int, keep: int) -> None:
    """Remove old backups; that this fails does not make the new one bad, so it is told and not raised."""
    try:
        for name in prune(shelf, keep_days, keep):
            print(f"已清理旧备份 · removed: {name}")
    except OSError as error:
        why = f"旧备份未能清理 · old backups could not be removed: {error}"
        print(why)
        _failed(why, shelf)


def _failed(why: str, shelf: Path) -> None:
    # where the database is the trouble it cannot be told there; what went wrong first is raised
    with contextlib.suppress(SQLAlchemyError), transaction() as session:
        health.backup_failed(session, why, _free(shelf))


def _free(shelf: Path) -> float:
    usage = shutil.disk_usage(shelf)
    return usage.free / usage.total
