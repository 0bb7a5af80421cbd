"""Two windows that enter the same days at the same moment: one absence, the other is told."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting

import pytest
from sqlmodel import Session, select

from models.tables import Absence
from models.vocabulary.errors import Invalid
from models.vocabulary.roles import Role
from services import absences, clock
from services.access import Actor
from services.session import transaction
from tests.services import desk_rows as rows


def away(session: Session, who: Actor, by: Actor) -> None:
    today = clock.today().date()
    absences.enter(session, who, who.username, by.username, today, today)


def test_same_days_entered_twice_at_once_are_entered_once(database: str) -> None:
    with transaction() as session:
        zhang, li = (rows.person(session, name, Role.INTAKE) for name in ("zhang", "li"))

    def again() -> None:
        with transaction() as other:
            away(other, zhang, li)

    with ThreadPoolExecutor() as pool, transaction() as session:
        away(session, zhang, li)
        second = pool.submit(again)
        with pytest.raises(StillWaiting):
            second.result(0.3)
        session.commit()
        with pytest.raises(Invalid):
            second.result(10)
    with transaction() as session:
        assert len(session.exec(select(Absence)).all()) == 1


def test_two_who_stand_in_for_each_other_at_once_do_not_wait_for_ever(database: str) -> None:
    with transaction() as session:
        wang, zhao = (rows.person(session, name, Role.INTAKE) for name in ("wang", "zhao"))

    def other_way() -> None:
        with transaction() as other:
            away(other, zhao, wang)

    with ThreadPoolExecutor() as pool, transaction() as session:
        away(session, wang, zhao)
        second = pool.submit(other_way)
        session.commit()
        with pytest.raises(Invalid):  # whoever is away stands in for nobody
            second.result(10)
