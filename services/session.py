"""Engine and transaction: the only commit in the repository."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy import Engine, create_engine
from sqlmodel import Session

from services import bells, pictures, sealing, voiding  # noqa: F401 - personal data is sealed from here on, what is void left out
from services.connections import checked
from services.settings import settings


@lru_cache
def engine() -> Engine:
    """The engine of this process. Sessions read and write in UTC; personal data is sealed on its way."""
    return make_engine(settings().database_url)


def make_engine(url: str, pool_size: int = 20) -> Engine:
    """An engine on `url`; connections are checked before use so that a restarted server costs no error.

    Rows are reached by their index as cheaply as in order: on disks without moving parts that is so, and a list
    of the open tasks of a large office is then not read from all cases there ever were. Statements are not compiled
    (jit): that takes longer than any of them.
    """
    options = "-c timezone=UTC -c lock_timeout=10000 -c random_page_cost=1.1 -c jit=off"
    return checked(
        create_engine(
            url,
            pool_size=pool_size,
            max_overflow=20,
            pool_timeout=30,  # longer than anybody may wait for a row: those in front give up first
            pool_use_lifo=True,  # the connection used last: it has its statements prepared, and the others may rest
            hide_parameters=True,  # an error tells which statement failed, never what somebody typed
            connect_args={"options": options, "connect_timeout": 5},
        )
    )


@lru_cache(maxsize=8)
def _as(own: Engine, **options: str | bool) -> Engine:
    """The same connections, used in another way."""
    return own.execution_options(**options)


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work: commits at the end, rolls back on any error. Used by edges only."""
    with Session(engine(), expire_on_commit=False) as session:
        pictures.taken(session)
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        _RINGER.take(bells.noted(session))


@contextmanager
def glance() -> Iterator[Session]:
    """A session for single statements: each is a transaction by itself, nothing is begun or ended around it."""
    with Session(_as(engine(), isolation_level="AUTOCOMMIT"), expire_on_commit=False) as session:
        yield session


def _call(calls: list[bells.Call]) -> None:
    with glance() as session:
        bells.call(session, calls)


_RINGER = bells.Ringer(_call)


@contextmanager
def reading() -> Iterator[Session]:
    """A session for pages: one picture of the rows from its first look to its last; nothing it does is kept.

    It ends like work that is kept, with nothing in it: after a rollback the driver has the server forget every
    prepared statement of the connection, and the next page would have all of its own planned anew.
    """
    one_moment = _as(engine(), isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with Session(one_moment, expire_on_commit=False) as session:
        pictures.taken(session, still=True)
        yield session
        session.expunge_all()
        session.commit()
