"""What a transaction, a reading and a glance promise, on connections they share."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from models.tables import Case, Party, TaskRow
from services import cases, clock, limits
from services.session import glance, reading, transaction
from tests import factories
from tests.architecture.test_queries import counted
from tests.conftest import clone_of, environment

NAME = text("select name from party where id = :id")
PREPARED = text(
    "select count(*) from pg_prepared_statements where statement like :like and statement not like '%pg_%'"
)
RENAME = text("update party set name = :name where id = :id")


@pytest.fixture
def party(template: str) -> Iterator[int]:
    with clone_of(template) as url, environment(DATABASE_URL=url):
        with transaction() as work:
            row = factories.party(work, name="甲公司")
        yield row.id or 0


def name(work: Session, party: int) -> str:
    return str(work.connection().execute(NAME, {"id": party}).scalar_one())


def rename(party: int, name: str) -> None:
    with transaction() as work:
        work.connection().execute(RENAME, {"id": party, "name": name})


def broken_off(party: int) -> None:
    with transaction() as work:
        work.connection().execute(RENAME, {"id": party, "name": "乙公司"})
        raise ZeroDivisionError


def test_a_reading_sees_one_moment(party: int) -> None:
    with reading() as work:
        assert name(work, party) == "甲公司"
        rename(party, "乙公司")
        assert name(work, party) == "甲公司"
    with reading() as work:
        assert name(work, party) == "乙公司"


def test_a_reading_changes_nothing_and_leaves_the_connection_as_it_was(party: int) -> None:
    with reading() as work, pytest.raises(DBAPIError, match="read-only transaction"):
        work.connection().execute(RENAME, {"id": party, "name": "乙公司"})
    rename(party, "丙公司")  # on the same connection: the pool has one so far
    with glance() as work:
        assert name(work, party) == "丙公司"


def test_a_reading_keeps_none_of_the_rows_it_changed(party: int) -> None:
    with reading() as work:
        work.get_one(Party, party).name = "乙公司"
    with reading() as work:
        assert name(work, party) == "甲公司"


def test_what_the_server_has_prepared_outlives_a_reading(party: int) -> None:
    def prepared() -> int:
        with glance() as work:
            return int(work.connection().execute(PREPARED, {"like": "%name from party%"}).scalar_one())

    for _ in range(3):
        with reading() as work:
            name(work, party)
    assert prepared() == 1
    with suppress(ZeroDivisionError), reading() as work:  # a page that breaks takes them along, once
        name(work, party)
        raise ZeroDivisionError
    rename(party, "丙公司")
    with reading() as work:
        assert name(work, party) == "丙公司"


def test_a_glance_begins_nothing(party: int) -> None:
    with glance() as work:
        work.connection().execute(RENAME, {"id": party, "name": "乙公司"})
        with reading() as other:
            assert name(other, party) == "乙公司"  # there was nothing to commit


def test_after_a_glance_an_error_takes_everything_back(party: int) -> None:
    with glance() as work:
        name(work, party)
    with pytest.raises(ZeroDivisionError):
        broken_off(party)
    with reading() as work:
        assert name(work, party) == "甲公司"


def test_a_limit_changed_in_a_transaction_holds_in_it(party: int) -> None:
    with transaction() as work:
        before = limits.value(work, "formal_review_wd")
        limits.change(work, "formal_review_wd", before + 2, clock.today().date(), "试行", None)
        assert limits.value(work, "formal_review_wd") == before + 2


def test_settings_are_asked_once_in_a_transaction(party: int) -> None:
    with transaction() as work, counted() as told:
        assert limits.value(work, "formal_review_wd") == limits.value(work, "formal_review_wd")
    assert len(told) == 1


def test_rows_asked_for_twice_are_kept_by_a_page_and_asked_anew_by_work(party: int) -> None:
    """A page may be told again what it was told; work that changes rows has to see what it has done."""
    with transaction() as work:
        filer = factories.user(work, "applicant", username="asked-twice")
        case = factories.case(work, filer, status="submitted", created_by=filer.id)
        work.add(
            TaskRow(
                case_id=case.id,
                procedure=case.procedure,
                key="formal_review",
                role="intake",
                opened_at=clock.now(),
            )
        )
    with reading() as page, counted() as told:
        first, second = cases.open_tasks(page, case.id), cases.open_tasks(page, case.id)
        assert first == second
        assert first is not second  # each may do with its list what it likes
    assert len([s for s in told if " FROM task" in " ".join(s.split())]) == 1
    with transaction() as work:
        assert len(cases.open_tasks(work, case.id)) == 1
        cases.cancel_tasks(work, work.get_one(Case, case.id, with_for_update=True))
        assert cases.open_tasks(work, case.id) == []
