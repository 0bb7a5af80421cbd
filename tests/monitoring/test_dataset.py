"""What publication takes over from an application, and the frozen data of a period."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlmodel import Session, select

from models.tables import Device, DeviceCalibration, ReadingRow
from services.monitoring import devices
from services.monitoring.checks import Calibration
from services.monitoring.dataset import dataset
from tests.monitoring import rows


@pytest.mark.rule("G16")
def test_publication_takes_over_devices_verifications_and_readings(session: Session) -> None:
    project = rows.published(session)
    made = devices.of_project(session, project)
    assert [(d.meter_no, d.counting, d.multiplier) for d in made] == [
        ("SHPV0001-E", False, 80),
        ("SHPV0001-G", True, 80),
    ]
    assert [
        (c.valid_from, c.valid_to, c.state)
        for c in devices.calibrations(session, project)[rows.device(session, project).id or 0]
    ] == [(date(2024, 12, 1), date(2025, 11, 30), "confirmed")]
    batch = rows.first_batch(session, project)
    assert (batch.channel, batch.rows, batch.accepted, batch.apart, batch.rejected) == (
        "application", 12, 11, 1, 0,
    )  # fmt: skip
    assert project.data["data_channel"] == "online"


def test_opening_twice_finds_the_first(session: Session) -> None:
    project = rows.published(session)
    before = devices.of_project(session, project)
    assert devices.open_for(session, project) == before
    assert rows.first_batch(session, project).accepted == 11


@pytest.mark.rule("G17")
def test_a_year_with_a_lapsed_calibration_is_whole_with_one_month_set_apart(session: Session) -> None:
    data = dataset(session, rows.published(session), *rows.YEAR)
    assert (len(data.readings), [a.reading.first for a in data.apart]) == (11, [date(2025, 12, 1)])
    assert data.apart[0].calibration is Calibration.OVERDUE
    whole = [*data.readings, *(a.reading for a in data.apart)]
    assert sum(r.quantity for r in whole) == Decimal("847736.00")
    assert (data.gaps, data.completeness_pct, data.good_pct) == ((), Decimal("100.0"), Decimal("91.5"))
    assert [m.number for m in data.meters] == [rows.GENERATION]


@pytest.mark.rule("M10")
def test_the_same_data_has_the_same_hash_and_other_data_another(session: Session) -> None:
    project = rows.published(session)
    first, again = dataset(session, project, *rows.YEAR), dataset(session, project, *rows.YEAR)
    assert (first, len(first.sha256)) == (again, 64)
    row = session.exec(select(ReadingRow).where(ReadingRow.project_id == project.id)).first()
    assert row is not None
    row.state, row.reason = "superseded", "更正"
    session.flush()
    changed = dataset(session, project, *rows.YEAR)
    assert changed.sha256 != first.sha256
    assert (changed.gaps[0].first, changed.gaps[0].last) == (row.first_day, row.last_day)


def test_a_reading_that_reaches_beyond_the_period_counts_in_none(session: Session) -> None:
    data = dataset(session, rows.published(session), date(2025, 1, 1), date(2025, 2, 10))
    assert ([r.last for r in data.readings], [(g.first, g.last) for g in data.gaps]) == (
        [date(2025, 1, 31)],
        [(date(2025, 2, 1), date(2025, 2, 10))],
    )
    assert data.completeness_pct == Decimal("75.6")


def test_a_period_before_any_device_is_empty(session: Session) -> None:
    data = dataset(session, rows.published(session), date(2020, 1, 1), date(2020, 12, 31))
    assert (data.readings, data.meters, data.gaps, data.completeness_pct) == ((), (), (), 0)


def test_the_database_refuses_overlapping_live_readings(session: Session) -> None:
    project = rows.published(session)
    row = session.exec(select(ReadingRow).where(ReadingRow.project_id == project.id)).first()
    assert row is not None
    session.add(ReadingRow(**row.model_dump(exclude={"id"})))
    with pytest.raises(IntegrityError, match="live_readings_do_not_overlap"):
        session.flush()


@pytest.mark.rule("M10")
def test_the_database_refuses_to_rewrite_a_reading(session: Session) -> None:
    project = rows.published(session)
    row = session.exec(select(ReadingRow).where(ReadingRow.project_id == project.id)).first()
    assert row is not None
    row.quantity = Decimal(1)
    with pytest.raises(ProgrammingError, match="never rewritten"):
        session.flush()


def test_a_form_without_usable_meters_opens_nothing(session: Session) -> None:
    project = rows.published(session)
    assert session.exec(select(Device).where(Device.project_id == project.id + 1)).all() == []  # type: ignore[operator]
    scenario = rows.scenario(session)
    assert devices.open_for(session, scenario) == []
    assert session.exec(select(DeviceCalibration).where(DeviceCalibration.state == "filed")).all() == []
