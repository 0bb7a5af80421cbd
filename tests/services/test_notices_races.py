"""What happens at the same moment: closing and objecting, two workers with one mail."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting

import pytest

from models.vocabulary.errors import TooManyTries
from models.vocabulary.text import Text
from services import clock, mail, notices, notifications, objections
from services.session import transaction
from tests import factories
from tests import public_rows as rows
from tests.conftest import environment


def _file(notice_id, when):
    with clock.at(rows.at(when)), transaction() as session:
        return objections.file(session, notice_id, rows.OBJECTION, "").late


@pytest.mark.rule("M05")
def test_objection_that_meets_the_closing_waits_for_it_and_is_late(database):
    with transaction() as session:
        notice = rows.a_notice(session)
    with ThreadPoolExecutor() as pool, transaction() as session:
        case = rows.case_of(session, notice)
        assert notices.close_publicity(session, case, 1, rows.at(rows.OVER)) == (True, notice.closes_at, [])
        filing = pool.submit(_file, notice.id, "2026-10-10T23:59:59")
        with pytest.raises(StillWaiting):
            filing.result(0.3)
        session.commit()
        assert filing.result(10)


@pytest.mark.rule("M05")
def test_closing_that_meets_an_objection_waits_for_it_and_counts_it(database):
    with transaction() as session:
        notice = rows.a_notice(session)

    def close():
        with transaction() as other:
            return notices.close_publicity(other, rows.case_of(other, notice), 1, rows.at(rows.OVER))[2]

    with ThreadPoolExecutor() as pool, transaction() as session:
        with clock.at(rows.at("2026-10-10T23:59:59")):
            objections.file(session, notice.id or 0, rows.OBJECTION, "")
        closing = pool.submit(close)
        with pytest.raises(StillWaiting):
            closing.result(0.3)
        session.commit()
        assert closing.result(10) == ["1"]


def test_objections_sent_in_the_same_instant_are_limited_as_others_are(database):
    with transaction() as session:
        notice = rows.a_notice(session)

    def object_to(_):
        try:
            with clock.at(rows.at("2026-09-29T10:00:00")), transaction() as session:
                return objections.file(session, notice.id, rows.OBJECTION, "203.0.113.7").receipt_no
        except TooManyTries:
            return ""

    with ThreadPoolExecutor(12) as pool:
        taken = [number for number in pool.map(object_to, range(12)) if number]
    assert len(taken) == objections.PER_NOTICE_HOUR


def test_two_workers_do_not_take_the_same_mail(database):
    with environment(DATABASE_URL=database, SMTP_HOST="127.0.0.1", SMTP_PORT="1"):
        with transaction() as session:
            user = factories.user(session, "expert", email="expert@example.com")
            notifications.notify(
                session, user_ids=[user.id or 0], kind="reply", dedupe="k", text=Text("t", "文")
            )
        with transaction() as first, transaction() as second:
            mail.send_due(first)
            mail.send_due(second)
        with transaction() as session:
            assert [n.mail_tries for n in notifications.listed(session, user.id or 0)] == [1]


@pytest.mark.parametrize("count", [8])
def test_receipt_numbers_of_objections_filed_at_once_have_no_gap(database, count):
    with transaction() as session:
        notice = rows.a_notice(session)
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(lambda _: _file(notice.id, "2026-09-29T10:00:00"), range(count)))
    with transaction() as session:
        made = notices.objections_of(session, notice)
    numbers = sorted(int(o.receipt_no[-4:]) for o in made)
    assert sorted(o.slot for o in made) == [str(i) for i in range(1, count + 1)]
    assert numbers == list(range(numbers[0], numbers[0] + count))
