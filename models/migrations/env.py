"""Runs the migrations against the database of the settings; two at once wait for each other."""

import os
from pathlib import Path
from typing import Any

from alembic import context
from sqlalchemy import Integer, String, create_engine, text
from sqlalchemy.types import TypeDecorator, TypeEngine

from models.tables import SQLModel


def address() -> str:
    """The database to migrate: `-x url=…`, the environment, or the file of the secret, as for every other program."""
    asked = context.get_x_argument(as_dictionary=True).get("url") or os.environ.get("PUHUI_DATABASE_URL")
    secret = Path(os.environ.get("PUHUI_SECRETS_DIR", ""), "puhui_database_url")
    found = asked or (secret.read_text().strip() if secret.is_file() else "")
    if not found:
        raise SystemExit(
            "没有指明数据库：请设置 PUHUI_DATABASE_URL，或者在 PUHUI_SECRETS_DIR 中放入 puhui_database_url。\n"
            "No database is named: set PUHUI_DATABASE_URL, or put puhui_database_url into PUHUI_SECRETS_DIR."
        )
    return str(found)


def ours(thing: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
    """Whether autogenerate looks at it: not at tables that a hand-written revision makes (the ledger), nor at
    indexes that only a revision knows: those are there for the speed of lists, and nothing rests on them."""
    if kind == "index" and reflected and compared is None:
        return False
    table = thing if kind == "table" else getattr(thing, "table", None)
    return table is None or not table.info.get("skip_autogenerate", False)


def differs(
    _context: Any, _found: Any, _wanted: Any, found: TypeEngine[Any], wanted: TypeEngine[Any]
) -> bool | None:
    """Whether the type of a column is another: a wider number or an unbounded text is the same to us."""
    bare = wanted.impl_instance if isinstance(wanted, TypeDecorator) else wanted
    same = any(isinstance(found, kind) and isinstance(bare, kind) for kind in (Integer, String))
    return False if same else None


def migrate() -> None:
    """Run all revisions in one transaction, under a lock that a second migration waits for."""
    engine = create_engine(address())
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(hashtext('puhui migrations'))"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            compare_type=differs,
            include_object=ours,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("select pg_advisory_unlock(hashtext('puhui migrations'))"))
        connection.commit()
    engine.dispose()


migrate()
