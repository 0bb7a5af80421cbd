"""Every methodology from the data it rests on to its lot: reported, asked for, recomputed, printed, posted (G02, G19, G28)."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from sqlmodel import Session, select

from models.procedures import procedure
from models.tables import (
    Case,
    Device,
    DeviceCalibration,
    LedgerAccount,
    Lot,
    Party,
    Project,
    ScenarioRun,
    User,
)
from models.vocabulary.forms import example_data
from services import (
    casefile_load,
    clock,
    eligibility,
    issuance_offers,
    ledger_reading,
    points,
    scenario_issuance,
)
from services import issuing as issuing_acts
from services.documents.build import build
from services.documents.render import render
from services.monitoring import batches, consents, records
from services.monitoring.access import Sender
from services.reading import monitoring
from tests import entries, factories, issuing
from tests.documents.reading import text


@pytest.fixture(autouse=True)
def _in_april() -> Any:
    with clock.at(issuing.AFTER):
        yield


def points_of(session: Session, party: Party) -> int:
    account = session.exec(select(LedgerAccount).where(LedgerAccount.party_id == party.id)).first()
    return points.balance(session, account).total if account else 0


def carried_on(session: Session, project: Project) -> ScenarioRun:
    """The keeper of the ledger goes on until every gram is a point."""
    run = session.exec(select(ScenarioRun).where(ScenarioRun.project_id == project.id)).one()
    while scenario_issuance.advance(session, run.id or 0):
        pass
    return run


def printed(session: Session, case: Case, key: str) -> str:
    file = casefile_load.load(session, case)
    said = build(key, file, number="沪碳普惠〔2026〕0001号", issued_at=issuing.AFTER)
    return text(Document(BytesIO(render("issuance", key, said))))


# ---- rides -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("G28", "G26", "J01")
def test_rides_of_a_month_go_from_the_platform_to_the_persons(session: Session) -> None:
    project, people = issuing.rides(session)
    offer = issuance_offers.of_project(session, project)
    assert offer.period == (date(2026, 3, 1), date(2026, 3, 31))
    assert (offer.ready, offer.form["application"]["claim"]) == (
        True, [{"vintage_year": 2026, "tco2e": "0.000891"}],
    )  # fmt: skip
    case = issuing.issued(session, project)
    told = issuing.facts(session, case)
    assert (told.claimed_g, told.recomputed_g, told.approved_g, told.data_source) == (
        891,
        891,
        891,
        "records",
    )
    assert told.activity is not None
    assert {r.record_no[-2:]: r.grams for r in told.activity.rows} == {
        no: grams for no, *_, grams in issuing.TRIPS if grams is not None
    }
    lot = session.exec(select(Lot).where(Lot.number == issuing.row_of(session, case).lot)).one()
    assert (lot.approved_g, lot.method_class, lot.origin_kind, lot.vintage) == (891, "II", "scenario", 2026)
    assert carried_on(session, project).converted == 4
    assert {u: points_of(session, p) for u, p in people.items()} == {
        "USR-01": 302, "USR-02": 226, "USR-03": 97, "USR-05": 266,
    }  # fmt: skip
    assert ledger_reading.audit(session) == []
    assert issuance_offers.of_project(session, project).period is None  # the month is issued, once


@pytest.mark.rule("G19", "G28")
def test_papers_of_a_scenario_print_its_records_and_every_reason(session: Session) -> None:
    project, _ = issuing.rides(session)
    case = issuing.issued(session, project)
    paper = printed(session, case, "appendix_e")
    for said in (
        "D × (EFb − EFs) ÷ 1000", "1520 × (106 − 9) ÷ 1000", "147", "未核实", "平均速度超过 30 km/h",
        "单次骑行距离超过 20 km", "开始时间与结束时间相同", "时间重叠", "2026年3月2日", "0.000891 tCO₂e",
    ):  # fmt: skip
        assert said in paper, said
    assert "0.000891 tCO₂e" in printed(session, case, "quantity_opinion")
    assert "收到行为记录9条，计入5条、4人" in printed(session, case, "quantity_opinion")
    assert printed(session, case, "quantity_report")
    assert "II类场景减排量" in printed(session, case, "issuance_certificate")


@pytest.mark.rule("G28")
def test_amount_of_a_scenario_is_what_its_records_give_and_no_other(session: Session) -> None:
    project, _ = issuing.rides(session)
    form = issuing.form_of(session, project)
    form["application"]["claim"][0]["tco2e"] = form["calculation"]["er_total_t"] = "0.000892"
    case = factories.case(
        session,
        session.exec(entries_user(project)).one(),
        procedure="issuance",
        form=form,
        project_id=project.id,
    )
    assert [p.loc for p in eligibility.run(session, case)] == ["application.claim"]
    good = issuing.asked(session, project)
    assert issuing.reviewed(session, good, "0.000890") == [
        "What the records give goes to the persons in full; send it back to change records."
    ]


def entries_user(project: Project) -> Any:
    return select(User).join(Case, Case.created_by == User.id).where(Case.id == project.case_id)  # type: ignore[arg-type]


@pytest.mark.rule("G28", "G27")
def test_records_that_change_after_the_review_hinder_the_posting(session: Session) -> None:
    project, _ = issuing.rides(session)
    case = issuing.asked(session, project)
    assert issuing.reviewed(session, case, "0.000891") == []
    late = {"record_no": "QJ202603000099", "user": "USR-02", "start_at": "2026-03-20T08:00:00+08:00",
            "end_at": "2026-03-20T08:20:00+08:00", "distance_m": 1000}  # fmt: skip
    records.take_records(session, Sender(), project, [late], "late")
    assert issuing_acts.post(session, case) == "hindered"
    assert session.exec(select(ScenarioRun)).all() == []


@pytest.mark.rule("G28")
def test_person_without_an_account_is_set_apart_until_the_consent_names_one(session: Session) -> None:
    project = issuing.scenario(session, "DEMO-BIKE-2024")
    party = issuing.person(
        session, project, "USR-09", f"2026-01-01T00:00:00{issuing.SHANGHAI}", account=False
    )
    ride = {"record_no": "QJ1", "user": "USR-09", "start_at": "2026-03-02T08:00:00+08:00",
            "end_at": "2026-03-02T08:20:00+08:00", "distance_m": "2000"}  # fmt: skip
    records.take_records(session, Sender(), project, [ride], "k")
    assert not issuance_offers.of_project(session, project).ready
    again = {**issuing.CONSENT, "user": "USR-09", "granted_at": f"2026-01-01T00:00:00{issuing.SHANGHAI}"}
    wrong = consents.grant(session, Sender(), project, [{**again, "account": "SHGR-NONE"}])
    assert [r.column for r in wrong.rejected] == ["account"]
    assert consents.grant(session, Sender(), project, [{**again, "account": party.account_no}]).known == 1
    offer = issuance_offers.of_project(session, project)
    assert offer.data is not None
    assert offer.data.recomputed_g == 194


# ---- metro -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("G02", "G28")
def test_metro_trips_give_the_vectors_of_their_methodology(session: Session) -> None:
    project = issuing.scenario(session, "DEMO-METRO-2024")
    rider = issuing.person(session, project, "M-1", f"2026-01-01T00:00:00{issuing.SHANGHAI}")
    sent = [
        {"record_no": f"DT{n}", "user": "M-1", "start_at": f"2026-03-0{n}T08:00:00+08:00",
         "end_at": f"2026-03-0{n}T08:40:00+08:00", "distance_m": metres}
        for n, metres in ((1, "12340"), (2, "12400"), (3, "far"))
    ]  # fmt: skip
    records.take_records(session, Sender(), project, sent, "k")
    case = issuing.issued(session, project)
    activity = issuing.facts(session, case).activity
    assert activity is not None
    assert [(r.grams, r.reason is None) for r in activity.rows] == [(876, True), (880, True), (0, False)]
    carried_on(session, project)
    assert points_of(session, rider) == 1756


# ---- electricity of households -------------------------------------------------------------------------------------


def days(start: date, *kwh: str, **more: Any) -> list[dict[str, Any]]:
    """Daily use from a day on."""
    return [
        {"record_no": f"D{(d := start + timedelta(days=n)):%m%d}", "user": "H-1",
         "start_at": f"{d}T00:00:00+08:00", "end_at": f"{d}T23:59:59+08:00", "kwh": use,
         "tier_three": False, "has_pv": False, **more}
        for n, use in enumerate(kwh)
    ]  # fmt: skip


def household(session: Session, rows: list[dict[str, Any]]) -> tuple[Project, Party]:
    project = issuing.scenario(session, "DEMO-HOMEPOWER-2024", "0.1")
    party = issuing.person(session, project, "H-1", f"2026-01-01T00:00:00{issuing.SHANGHAI}")
    assert records.take_records(session, Sender(), project, rows, "k").rejected == ()
    return project, party


@pytest.mark.rule("G02", "G28")
def test_household_days_give_the_vectors_with_the_mean_of_the_days_before(session: Session) -> None:
    before = days(date(2026, 2, 22), *["10"] * 7)  # the mean reaches into February
    project, party = household(session, [*before, *days(date(2026, 3, 1), "9.2", "6.5")])
    case = issuing.issued(session, project)
    activity = issuing.facts(session, case).activity
    assert activity is not None
    assert [(r.on.day, r.grams) for r in activity.rows] == [(1, 336), (2, 630)]
    carried_on(session, project)
    assert points_of(session, party) == 966


@pytest.mark.rule("J01")
def test_mean_that_leaves_a_rest_still_counts_to_the_whole_gram(session: Session) -> None:
    before = days(date(2026, 2, 22), "10.35", *["9.5"] * 6)  # 67.35 / 7: the reduction is 177 g exactly
    project, _ = household(session, [*before, *days(date(2026, 3, 1), "9.2")])
    offer = issuance_offers.of_project(session, project)
    assert offer.data is not None
    assert offer.data.recomputed_g == 67.35 * 60 - 9.2 * 420 == 177


@pytest.mark.rule("G02")
def test_household_that_does_not_qualify_or_lacks_days_is_set_apart(session: Session) -> None:
    rows = [
        *days(date(2026, 3, 1), "9.2"),  # above the baseline, and nothing before it
        *days(date(2026, 3, 2), "6.5", tier_three=True),
        *days(date(2026, 3, 3), "6.5", has_pv=None),
        *days(date(2026, 3, 4), "-1"),
        *days(date(2026, 3, 5), "6.5"),
    ]
    project, _ = household(session, rows)
    again = {
        **days(date(2026, 3, 5), "6.0")[0],
        "record_no": "D-again",
        "start_at": "2026-03-05T01:00:00+08:00",
    }
    records.take_records(session, Sender(), project, [again], "k2")
    offer = issuance_offers.of_project(session, project)
    assert offer.data is not None
    assert offer.data.activity is not None
    assert offer.data.recomputed_g == 630
    said = [r.reason.zh if r.reason else "" for r in offer.data.activity.rows]
    assert [any(w in s for w in (word,)) for s, word in zip(said, (
        "前七日均值", "第三档", "未报送判断适用条件", "缺失或不是有效数值", "", "当日已有",
    ), strict=True)] == [True] * 6  # fmt: skip


# ---- vehicles ------------------------------------------------------------------------------------------------------


def fleet(session: Session, months: int = 12) -> Project:
    """A fleet with a counter of kilometres and a meter of charging, both verified."""
    holder = factories.user(session, "applicant")
    project = entries.published(
        session, next(factories.NUMBERS), holder, methodology="DEMO-EVFLEET-2026", methodology_version="0.1",
        method_class="II", crediting_from="2025-01-01", est_annual_g=97_500_000, data={"scale_kw": "60"},
    )  # fmt: skip
    for meter, kind in (("KM-01", "车载终端里程"), ("EC-01", "充电计量表")):
        device = Device(
            project_id=project.id or 0, meter_no=meter, kind=kind, multiplier=Decimal(1),
            in_use_from=date(2025, 1, 1),
        )  # fmt: skip
        session.add(device)
        session.flush()
        session.add(
            DeviceCalibration(
                device_id=device.id or 0, valid_from=date(2024, 1, 1), valid_to=date(2030, 1, 1),
                certificate="JD", state="confirmed",
            )
        )  # fmt: skip
    session.flush()
    return project


def driven(meter: str, *quantities: str) -> list[dict[str, Any]]:
    """Readings of the months of 2025."""
    rows, at = [], Decimal(0)
    for n, quantity in enumerate(quantities, 1):
        rows.append(
            {"meter_no": meter, "month": f"2025-{n:02}", "reading_start": str(at),
             "reading_end": str(at + Decimal(quantity)), "multiplier": "1", "quantity": quantity}
        )  # fmt: skip
        at += Decimal(quantity)
    return rows


@pytest.mark.rule("G02", "G19")
def test_fleet_is_issued_from_kilometres_and_charging_as_reported(session: Session) -> None:
    project = fleet(session)
    km = driven("KM-01", *["83000"] * 11, "87000")
    ec = driven("EC-01", *["12000"] * 11, "18000")
    batches.take_batch(session, Sender(), project, [*km, *ec], "2025")
    case = issuing.issued(session, project)
    told = issuing.facts(session, case)
    assert told.calculation is not None
    assert (told.calculation.period["BE"], told.calculation.period["PE"]) == (Decimal("160.5"), Decimal(63))
    assert (told.claimed_g, told.recomputed_g, told.approved_g) == (97_500_000,) * 3
    assert told.amounts == "行驶里程 1,000,000 km；充电量 150,000 kWh"
    paper = printed(session, case, "appendix_e")
    for said in (
        "Σ(KM) × FC ÷ 100 × EFg ÷ 1000",
        "160.5 tCO₂e",
        "63 tCO₂e",
        "97.5 tCO₂e",
        "KM-01",
        "EC-01",
        "假定值",
    ):
        assert said in paper, said


def test_year_of_a_fleet_is_summed_by_what_is_measured_in_its_unit(session: Session) -> None:
    project = fleet(session)
    rows = [*driven("KM-01", *["83000"] * 12), *driven("EC-01", *["12000"] * 12)]
    batches.take_batch(session, Sender(), project, rows, "2025")
    found = monitoring.overview(session, project, 2025)
    told = {(s.what.label.zh, s.what.unit, s.good, s.months[0].good) for s in found.sums}
    assert told == {
        ("行驶里程", "km", Decimal(996_000), Decimal(83_000)),
        ("充电量", "kWh", Decimal(144_000), Decimal(12_000)),
    }


@pytest.mark.rule("G17")
def test_month_of_a_fleet_without_charging_data_does_not_count(session: Session) -> None:
    project = fleet(session)
    km, ec = driven("KM-01", *["120000"] * 12), driven("EC-01", *["18000"] * 12)
    del ec[3]  # April was charged, and nobody knows how much
    ec[3]["reading_start"] = str(Decimal(ec[3]["reading_start"]))
    batches.take_batch(session, Sender(), project, [*km, *ec], "2025")
    offer = issuance_offers.of_project(session, project)
    assert offer.data is not None
    assert offer.data.result is not None
    assert offer.data.recomputed_g == 11 * 11_700_000
    assert [a.reading.first for a in offer.data.result.left_out] == [date(2025, 4, 1)]


@pytest.mark.rule("G19")
def test_fleet_is_issued_from_readings_typed_into_the_form(session: Session) -> None:
    project = fleet(session)
    form = issuing.form_of(session, project)
    meters = [
        {"meter_no": no, "kind": kind, "accuracy_class": "1", "multiplier": "1", "verified_on": "2024-01-01",
         "valid_to": "2030-01-01", "certificate": "JD"}
        for no, kind in (("KM-01", "车载终端里程"), ("EC-01", "充电计量表"))
    ]  # fmt: skip
    typed = [
        {**{k: v for k, v in r.items() if k != "quantity"}, "quantity_kwh": r["quantity"]}
        for r in (*driven("KM-01", "120000"), *driven("EC-01", "18000"))
    ]
    filled = procedure("issuance").form
    notes = example_data(filled)["calculation"]
    form["application"] |= {
        "period_from": "2025-01-01", "period_to": "2025-01-31", "data_source": "typed", "contact_name": "林晓",
        "contact_mobile": "13800138000", "claim": [{"vintage_year": 2025, "tco2e": "11.7"}],
        "variance_reason": "一个月。",
    }  # fmt: skip
    form["calculation"] = {**notes, "meters": meters, "readings": typed, "er_total_t": "11.7", "events": []}
    case = issuing.asked(session, project, form)
    told = issuing.facts(session, case)
    assert (told.data_source, told.recomputed_g) == ("typed", 11_700_000)


@pytest.mark.rule("G02")
def test_fleet_that_charges_more_than_it_saves_has_nothing_to_ask_for(session: Session) -> None:
    project = fleet(session)
    batches.take_batch(
        session, Sender(), project, [*driven("KM-01", "1000"), *driven("EC-01", "1000")], "2025"
    )
    offer = issuance_offers.of_project(session, project)
    assert offer.data is not None
    assert (offer.data.recomputed_g, offer.ready) == (0, False)
