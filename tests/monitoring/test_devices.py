"""Change of devices with evidence, duties by the month, and what a delivery is judged by."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from models.tables import AuditEvent, Notification, Project, ReadingRow, ReportingDuty
from models.vocabulary.errors import Conflict, Invalid
from models.vocabulary.events import Event
from services import clock
from services.clock import SHANGHAI
from services.monitoring import batches, consents, devices, duties, records
from services.monitoring.dataset import dataset
from services.monitoring.judging import judge
from tests import factories
from tests import public_rows as public
from tests.monitoring import rows

CHANGE = {
    "meter_no": "SHPV0002-G",
    "multiplier": "60",
    "in_use_from": "2026-02-01",
    "certificate": "JD-2026-0001",
    "valid_from": "2026-01-20",
    "valid_to": "2027-01-19",
}
FIRST = {
    "month": "2026-02",
    "reading_start": "0",
    "reading_end": "500",
    "multiplier": "60",
    "quantity": "30000",
}


def change(session: Session, project: Project, sha256: str = "a" * 64, **values: str) -> Any:
    old = rows.device(session, project)
    form = {**CHANGE, "replaces": str(old.id), **values}
    return devices.change(session, rows.owner(session, project), project, form, "证书.pdf", sha256)


@pytest.mark.rule("G17")
def test_a_replaced_device_counts_from_its_first_day_and_only_when_confirmed(session: Session) -> None:
    project = rows.published(session)
    made = change(session, project)
    old = rows.device(session, project)
    assert (old.in_use_to, old.replaced_by) == (date(2026, 1, 31), made.id)
    sent = [{"meter_no": "SHPV0002-G", **FIRST}, {"meter_no": rows.GENERATION, **FIRST, "multiplier": "80"}]
    sent[1]["quantity"] = "40000"
    taken = batches.take_batch(session, rows.sender(session, project), project, sent, "k1")
    assert (taken.batch.accepted, taken.batch.apart) == (0, 1)
    assert [(r.row, r.column) for r in taken.rejected] == [(2, "first_day")]
    filed = devices.calibrations(session, project)[made.id][0]
    officer = factories.actor(session, "officer")
    devices.decide(session, officer, project, filed.id or 0, True, "")
    data = dataset(session, project, date(2026, 2, 1), date(2026, 2, 28))
    assert ([r.meter for r in data.readings], data.apart, data.completeness_pct) == (["SHPV0002-G"], (), 100)
    with pytest.raises(Conflict):
        devices.decide(session, officer, project, filed.id or 0, False, "再核对一次")


@pytest.mark.rule("G17")
def test_a_change_without_evidence_or_over_old_readings_is_refused_whole(session: Session) -> None:
    project = rows.published(session)
    with pytest.raises(Invalid) as caught:
        change(session, project, "", in_use_from="2025-06-01", valid_to="2020-01-01", multiplier="-1")
    assert [p.loc for p in caught.value.problems] == ["multiplier", "in_use_from", "valid_to", "file"]
    with pytest.raises(Invalid) as caught:
        change(session, project, meter_no=rows.EXCHANGE)
    assert [p.loc for p in caught.value.problems] == ["meter_no"]


def test_a_refused_certificate_leaves_readings_apart_and_the_owner_is_told(session: Session) -> None:
    project = rows.published(session)
    made = change(session, project)
    filed = devices.calibrations(session, project)[made.id][0]
    officer = factories.actor(session, "officer")
    with pytest.raises(Invalid):
        devices.decide(session, officer, project, filed.id or 0, False, "")
    devices.decide(session, officer, project, filed.id or 0, False, "证书编号与表计不符")
    owner = rows.owner(session, project)
    told = session.exec(select(Notification).where(Notification.user_id == owner.user_id)).all()
    assert any("证书编号与表计不符" in n.text_zh for n in told)


@pytest.mark.rule("G16")
def test_each_month_opens_a_duty_that_is_reminded_and_becomes_overdue(session: Session) -> None:
    project = rows.published(session)
    now = datetime(2026, 11, 2, 1, 0, tzinfo=SHANGHAI)
    mine = [d for d in duties.open_duties(session, now) if d.project_id == project.id]
    assert [(d.period_from, d.period_to, d.state, d.channel) for d in mine] == [
        (date(2026, 10, 1), date(2026, 10, 31), "due", "online")
    ]
    assert mine[0].due_at == datetime(2026, 11, 17, tzinfo=SHANGHAI)  # ten working days
    assert [d for d in duties.open_duties(session, now) if d.project_id == project.id] == []
    duties.mark_overdue(session, now + timedelta(days=13))
    assert mine[0].state == "due"
    for _ in range(2):
        duties.mark_overdue(session, datetime(2026, 11, 17, 1, 0, tzinfo=SHANGHAI))
    assert mine[0].state == "overdue"
    owner = rows.owner(session, project)
    told = session.exec(
        select(Notification.dedupe).where(
            Notification.user_id == owner.user_id,
            Notification.dedupe.startswith("duty:"),  # type: ignore[attr-defined]
        )
    ).all()
    assert sorted(k.rsplit(":", 1)[-1] for k in told) == ["opened", "overdue", "soon"]
    events = session.exec(select(AuditEvent.event).where(AuditEvent.event == str(Event.DUTY_OVERDUE))).all()
    assert len(events) == 1
    assert owner.party_id is not None
    assert [d.id for d, _ in duties.waiting(session, owner.party_id)] == [mine[0].id]


@pytest.mark.rule("G16")
def test_a_duty_follows_the_data(session: Session) -> None:
    project = rows.published(session)
    with clock.at(datetime(2026, 11, 2, 1, 0, tzinfo=SHANGHAI)):
        duties.open_duties(session, clock.now())
        assert state(session, project) == "due"
        half = {"meter_no": rows.GENERATION, "first_day": "2026-10-01", "last_day": "2026-10-20",
                "reading_start": "12000", "reading_end": "12100", "multiplier": "80", "quantity": "8000"}  # fmt: skip
        rest = {
            **half,
            "first_day": "2026-10-21",
            "last_day": "2026-10-31",
            "reading_start": "12100",
            "reading_end": "12200",
        }
        for key, row, wanted in (("a", half, "received"), ("b", rest, "queried")):
            batches.take_batch(session, rows.sender(session, project), project, [row], key)
            assert state(session, project) == wanted
        form = {"certificate": "JD-2025-9", "valid_from": "2025-12-01", "valid_to": "2026-11-30"}
        owner, device = rows.owner(session, project), rows.device(session, project).id or 0
        filed = devices.file_calibration(session, owner, project, device, form, "a.pdf", "a" * 64)
        devices.decide(session, factories.actor(session, "officer"), project, filed.id or 0, True, "")
        assert state(session, project) == "valid"


def state(session: Session, project: Project) -> str:
    return session.exec(select(ReportingDuty).where(ReportingDuty.project_id == project.id)).one().state


def test_a_suspended_project_owes_and_takes_nothing(session: Session) -> None:
    project = rows.published(session)
    project.state = "suspended"
    session.flush()
    opened = duties.open_duties(session, datetime(2026, 11, 2, 1, 0, tzinfo=SHANGHAI))
    assert [d for d in opened if d.project_id == project.id] == []
    with pytest.raises(Conflict):
        batches.take_batch(session, rows.sender(session, project), project, rows.year(), "k")


def one(**changes: Any) -> dict[str, Any]:
    base = {"meter_no": rows.GENERATION, "first_day": "2026-01-01", "last_day": "2026-01-31",
            "reading_start": "11621.20", "reading_end": "12000", "multiplier": 80, "quantity": "30304"}  # fmt: skip
    return {**base, **changes}


#: What is wrong with a row, and the column it is named by.
BAD: list[tuple[dict[str, Any], str]] = [
    ({"meter_no": ""}, "meter_no"),
    ({"meter_no": ["x"]}, "meter_no"),
    ({"first_day": "31.31.2026"}, "first_day"),
    ({"last_day": "2099-01-01"}, "last_day"),
    ({"last_day": "2025-12-31"}, "first_day"),
    ({"reading_start": "11000", "quantity": "80000"}, "reading_start"),
    ({"reading_start": "NaN"}, "reading_start"),
    ({"reading_end": "-1"}, "reading_end"),
    ({"reading_end": "12000.00001"}, "reading_end"),
    ({"reading_end": "1e400"}, "reading_end"),
    ({"multiplier": "40"}, "multiplier"),
    ({"quantity": "30305"}, "quantity"),
    ({"quantity": True}, "quantity"),
    ({"reading_end": "99999", "quantity": "7070224"}, "quantity"),
    ({"first_day": "2025-12-01", "last_day": "2025-12-31"}, "first_day"),
    ({"first_day": "2024-11-01", "last_day": "2024-12-31"}, "first_day"),
]


def test_a_bad_row_is_named_by_its_column(session: Session) -> None:
    project = rows.published(session)
    judged = [judge(session, project, [(7, one(**change))]) for change, _ in BAD]
    assert [(j.good, j.apart, j.rejected[0].row, j.rejected[0].column) for j in judged] == [
        ((), (), 7, column) for _, column in BAD
    ]
    assert all(r.reason.zh and r.reason.en for j in judged for r in j.rejected)


def test_a_row_of_json_numbers_is_exact(session: Session) -> None:
    project = rows.published(session)
    row = one(reading_start=11621.2, reading_end=12000.0, quantity=30304.0)
    taken = batches.take_batch(session, rows.sender(session, project), project, [row], "k")
    assert (taken.rejected, taken.batch.apart) == ((), 1)
    kept = session.exec(select(ReadingRow).where(ReadingRow.batch_id == taken.batch.id)).one()
    assert (str(kept.reading_start), str(kept.quantity)) in {
        ("11621.2", "30304.0"),
        ("11621.2000", "30304.0000"),
    }


def test_a_reading_between_two_kept_ones_must_fit(session: Session) -> None:
    project = rows.published(session, readings=False)
    sender, year = rows.sender(session, project), rows.year()
    batches.take_batch(session, sender, project, [year[0], year[2]], "k1")
    wrong = {**year[1], "reading_end": "3000", "quantity": "111371.20"}
    taken = batches.take_batch(session, sender, project, [wrong], "k2")
    assert [r.column for r in taken.rejected] == ["reading_end"]
    assert batches.take_batch(session, sender, project, [year[1]], "k3").batch.accepted == 1


@pytest.mark.rule("M10")
def test_a_reading_that_was_issued_cannot_be_set_aside(session: Session) -> None:
    project = rows.published(session)
    row = session.exec(select(ReadingRow).where(ReadingRow.project_id == project.id)).first()
    assert row is not None
    session.connection().execute(
        text(
            "insert into ledger.claim (origin_id, case_id, period) values (:p, :c, '[2025-01-01,2026-01-01)')"
        ),
        {"p": project.id, "c": project.case_id},
    )
    with pytest.raises(Conflict):
        batches.supersede(session, factories.actor(session, "officer"), project, row.id or 0, "抄表笔误")


@pytest.mark.rule("G26")
def test_sample_rides_without_consent_and_twice_sent_are_left_out(session: Session) -> None:
    scenario = rows.scenario(session)
    sender = rows.sender(session, scenario)
    granted = {"platform": "骑迹App", "operator": "骑迹", "version": "2026-01", "withdraw_how": "App 内"}
    users = {"01": "2026-01-05", "02": "2026-02-11", "03": "2026-01-20", "05": "2026-03-01"}
    given = [
        {**granted, "user": f"USR-{u}", "granted_at": f"{day}T12:00:00+08:00"} for u, day in users.items()
    ]
    assert consents.grant(session, sender, scenario, given).accepted == 4
    ended = public.at("2026-03-15T00:00:00")
    assert consents.withdraw(session, sender, scenario, "USR-03", ended) == 1
    rides = [
        ("1", "01", "2026-03-02T08:01", "2026-03-02T08:10"),
        ("3", "02", "2026-03-02T08:30", "2026-03-02T08:44"),
        ("4", "03", "2026-03-10T07:55", "2026-03-10T08:02"),
        ("5", "03", "2026-03-16T07:55", "2026-03-16T08:02"),
        ("6", "04", "2026-03-03T09:10", "2026-03-03T09:22"),
        ("10", "05", "2026-03-07T10:00", "2026-03-07T10:16"),
        ("12", "01", "2026-03-02T08:01", "2026-03-02T08:10"),
    ]
    sent = [
        {"record_no": f"QJ{no}", "user": f"USR-{u}", "start_at": a, "end_at": b, "distance_m": 1000}
        for no, u, a, b in rides
    ]
    taken = records.take_records(session, sender, scenario, sent, "k")
    assert (taken.batch.accepted, [(r.row, r.column) for r in taken.rejected]) == (
        4,
        [(4, "user"), (5, "user"), (7, "start_at")],
    )
