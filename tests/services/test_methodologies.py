"""The library of methodologies from rows: which there are, whether they may be used, what rests on them."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from models.tables import DataCorrection, Methodology, Project
from models.vocabulary.errors import NotFound
from services import clock
from services.eligibility.application import methodology_in_force
from services.quantification import loader
from services.reading import methodologies
from services.reading.methodologies import Resting, Wanted
from tests import entries, factories, public_rows

TODAY = date(2026, 9, 28)


def row(session: Session, code: str = "DEMO-PV-2024", version: str = "1.0", **values: Any) -> Methodology:
    """A published version, as the seeds write it."""
    made = Methodology(
        **{
            "code": code,
            "version": version,
            "name": f"方法学{code}",
            "kind": "project",
            "method_class": "I",
            "effective_from": date(2024, 3, 11),
            "data": {"name_en": f"Methodology {code}"},
            **values,
        }
    )
    session.add(made)
    session.flush()
    return made


def codes(session: Session, **wanted: str) -> list[str]:
    return [c.code for c in methodologies.listed(session, Wanted(**wanted))]


@pytest.fixture
def library(session: Session) -> Session:
    """Five methodologies, one of them ended, and a draft nobody may see."""
    row(session)
    row(session, "DEMO-EVFLEET-2026", "0.1", method_class="II")
    row(session, "DEMO-BIKE-2024", kind="scenario", method_class="II")
    row(session, "DEMO-METRO-2024", kind="scenario", method_class="II", effective_to=date(2025, 12, 31))
    row(session, "DEMO-SECRET-2027", status="draft")
    return session


@pytest.mark.rule("M03")
def test_list_can_be_narrowed_by_kind_class_field_and_force(library: Session) -> None:
    with public_rows.moment(public_rows.OPENED):
        assert codes(library) == ["DEMO-BIKE-2024", "DEMO-EVFLEET-2026", "DEMO-PV-2024", "DEMO-METRO-2024"]
        assert codes(library, kind="scenario") == ["DEMO-BIKE-2024", "DEMO-METRO-2024"]
        assert codes(library, method_class="I") == ["DEMO-PV-2024"]
        assert codes(library, field="travel", force="in_force") == ["DEMO-BIKE-2024", "DEMO-EVFLEET-2026"]
        assert codes(library, force="not_in_force") == ["DEMO-METRO-2024"]
        assert codes(library, kind="nonsense", method_class="III", field="magic", force="maybe") == codes(
            library
        )


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("光伏", ["DEMO-PV-2024"]),
        ("demo-pv", ["DEMO-PV-2024"]),
        ("photovoltaic roofs", ["DEMO-PV-2024"]),
        ("绿色出行 自行车", ["DEMO-BIKE-2024"]),
        ("光\x00伏", ["DEMO-PV-2024"]),
        ("没有这样的方法学", []),
        ("%", []),
        ("x" * 100_000, []),
        (" \x00 ", ["DEMO-BIKE-2024", "DEMO-EVFLEET-2026", "DEMO-METRO-2024", "DEMO-PV-2024"]),
    ],
)
def test_search_takes_any_input(library: Session, q: str, found: list[str]) -> None:
    assert sorted(codes(library, q=q)) == found


@pytest.mark.parametrize(
    ("values", "newer", "state"),
    [
        ({}, False, "in_force"),
        ({"effective_to": TODAY}, False, "in_force"),
        ({"effective_from": TODAY}, False, "in_force"),
        ({"effective_from": date(2026, 9, 29)}, False, "coming"),
        ({"effective_to": date(2026, 9, 27)}, False, "ended"),
        ({"effective_to": date(2026, 9, 27)}, True, "superseded"),
        ({}, True, "in_force"),
        ({"status": "withdrawn"}, True, "withdrawn"),
    ],
)
@pytest.mark.rule("G02")
def test_state_is_what_filing_goes_by(
    session: Session, values: dict[str, Any], newer: bool, state: str
) -> None:
    """Whatever the page calls in force may be filed under on that day, and nothing else."""
    made = row(session, **values)
    assert methodologies.state_of(made, newer, TODAY) == state
    with public_rows.moment(public_rows.OPENED):
        assert clock.today().date() == TODAY
        refused = methodology_in_force(session, public_rows.a_case(session))
    assert (refused == []) == (state == "in_force")


def test_version_in_force_is_shown_and_the_others_are_named(session: Session) -> None:
    row(session, version="1.9", effective_to=date(2026, 6, 30))
    row(session, version="1.10", effective_from=date(2026, 7, 1))
    row(session, version="2.0", effective_from=date(2027, 1, 1))
    with public_rows.moment(public_rows.OPENED):
        found = methodologies.one(session, "DEMO-PV-2024")
        (card,) = methodologies.listed(session, Wanted())
    assert [(v.row.version, v.state) for v in found.versions] == [
        ("2.0", "coming"),
        ("1.10", "in_force"),
        ("1.9", "superseded"),
    ]
    assert (found.shown.row.version, card.now.row.version) == ("1.10", "1.10")
    assert card.versions == ("2.0", "1.10", "1.9")


def test_changes_between_versions_come_from_the_definitions(
    session: Session, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (loader.FOLDER / "demo-pv-2024-1.0.json").read_text(encoding="utf-8")
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    newer = text.replace('"version": "1.0"', '"version": "1.1"').replace('"value": "0.42"', '"value": "0.40"')
    (tmp_path / "b.json").write_text(newer, encoding="utf-8")
    monkeypatch.setattr(loader.methodology, "__defaults__", (tmp_path,))
    row(session)
    row(session, version="1.1", effective_from=date(2026, 7, 1))
    found = methodologies.one(session, "DEMO-PV-2024", "1.0")
    told = [(v.row.version, v.before, [c.symbol for c in v.changes or ()]) for v in found.versions]
    assert told == [("1.1", "1.0", ["EF"]), ("1.0", "", [])]


def test_methodology_without_a_calculator_is_shown_all_the_same(session: Session) -> None:
    row(session, "SHCER-NEW-2027")
    row(session, "SHCER-NEW-2027", "1.1", effective_from=date(2026, 7, 1))
    found = methodologies.one(session, "SHCER-NEW-2027", "1.1")
    assert (found.method, found.description, found.shown.changes) == (None, None, None)
    assert found.defect is not None
    assert "SHCER-NEW-2027" in found.defect.zh


@pytest.mark.parametrize("code", ["DEMO-SECRET-2027", "NOTHING", "nul\x00", "x" * 5000, "../etc", ""])
def test_unknown_number_and_a_draft_are_not_found_alike(library: Session, code: str) -> None:
    with pytest.raises(NotFound) as refused:
        methodologies.one(library, code)
    assert refused.value.detail == NotFound().detail


@pytest.mark.parametrize("version", ["9.9", "1.0\x00", "x" * 5000])
def test_unknown_version_names_those_there_are(library: Session, version: str) -> None:
    with pytest.raises(NotFound) as refused:
        methodologies.one(library, "DEMO-PV-2024", version)
    assert "已公布的版本有：1.0。" in refused.value.detail.zh


@pytest.mark.rule("M03")
def test_what_rests_on_a_methodology_is_counted_from_rows(session: Session) -> None:
    row(session)
    row(session, version="1.1", effective_from=date(2026, 1, 1))
    row(session, "DEMO-BIKE-2024", kind="scenario", method_class="II")
    holder = factories.user(session, "applicant")
    approvers = [factories.user(session, role).id or 0 for role in ("officer", "supervisor")]
    made: list[Project] = [
        entries.published(session, next(factories.NUMBERS), holder, **values)
        for values in ({}, {}, {"methodology_version": "1.1"})
    ]
    lot, _ = entries.issued(
        session,
        made[0],
        356_049_000,
        approvers=(approvers[0], approvers[1]),
        issuer=factories.user(session, "issuer"),
    )
    correction = DataCorrection(
        case_id=made[0].case_id,
        lot_number=lot.number,
        old_g=356_049_000,
        new_g=350_000_000,
        reversed_g=6_000_000,
        shortfall_g=49_000,
    )
    session.add(correction)
    session.flush()
    found = methodologies.one(session, "DEMO-PV-2024")
    by_version = {v.row.version: v.resting for v in found.versions}
    assert by_version == {
        "1.0": Resting(2, 356_049_000, 6_049_000),
        "1.1": Resting(1),
    }
    assert found.resting == Resting(3, 356_049_000, 6_049_000)
    assert [p.number for p in found.users] == [p.number for p in reversed(made)]
    listed = {c.code: c.resting for c in methodologies.listed(session, Wanted())}
    assert listed == {"DEMO-PV-2024": Resting(3, 356_049_000), "DEMO-BIKE-2024": Resting()}
