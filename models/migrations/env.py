"""Runs the migrations against PUHUI_DATABASE_URL; two at once wait for each other."""

import os
from typing import Any

from alembic import context
from sqlalchemy import create_engine, text

from models.tables import SQLModel


def address() -> str:
    """The database to migrate: `-x url=…` or the environment."""
    return str(context.get_x_argument(as_dictionary=True).get("url") or os.environ["PUHUI_DATABASE_URL"])


def ours(thing: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
    """Whether autogenerate looks at it: not at tables that a hand-written revision makes (the ledger)."""
    table = thing if kind == "table" else getattr(thing, "table", None)
    return table is None or not table.info.get("skip_autogenerate", False)


def migrate() -> None:
    """Run all revisions in one transaction, under a lock that a second migration waits for."""
    engine = create_engine(address())
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(hashtext('puhui migrations'))"))
        connection.commit()
        context.configure(
            connection=connection, target_metadata=SQLModel.metadata, compare_type=True, include_object=ours
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("select pg_advisory_unlock(hashtext('puhui migrations'))"))
        connection.commit()
    engine.dispose()


migrate()
