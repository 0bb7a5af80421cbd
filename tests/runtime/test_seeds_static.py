"""The demonstration's parties, accounts, experts and methodologies, and the rules they stand for."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select
from stdnum.cn import uscc

from models.procedures import PROCEDURES
from models.tables import Case, Expert, Methodology, Party, User
from models.vocabulary.roles import Role
from models.vocabulary.types import check_cn_id
from runtime.seeds import static
from runtime.seeds.files import records
from runtime.seeds.papers import MATERIALS, paper
from runtime.seeds.projects import PROCEDURE, form_of
from services import cases, clock, forms, materials, panels
from services.access import Actor, actor_of

OFFICES = [
    "intake",
    "officer",
    "supervisor",
    "issuer",
    "exchange",
    "mall",
    "bureau",
    "agency",
    "agency2",
    "admin",
    "auditor",
]
FILING = ["applicant", "agent", "operator", "merchant", "resident"]
CONTRACT = [*FILING, *OFFICES, *(f"expert{n:02}" for n in range(1, 13))]


@pytest.fixture
def seeded(session: Session) -> Session:
    static.seed(session, "only-for-tests")
    return session


def who(session: Session, username: str) -> Actor:
    return actor_of(session.exec(select(User).where(User.username == username)).one())


def draft(session: Session, key: str = "claimed") -> Case:
    return cases.create(session, who(session, "applicant"), PROCEDURE, form_of(key))


def test_accounts_are_those_of_the_contract(seeded: Session) -> None:
    assert sorted(seeded.exec(select(User.username))) == sorted(CONTRACT)


def test_every_role_has_an_account(seeded: Session) -> None:
    assert {r for roles in seeded.exec(select(User.roles)) for r in roles} == {r.value for r in Role}


def test_accounts_are_different_natural_persons(seeded: Session) -> None:
    keys = list(seeded.exec(select(User.person_key)))
    assert len(set(keys)) == len(keys) == len(CONTRACT)


def test_seeding_twice_adds_nothing(seeded: Session) -> None:
    before = {t: len(seeded.exec(select(t)).all()) for t in (Party, User, Expert, Methodology)}
    static.seed(seeded, "another")
    assert {t: len(seeded.exec(select(t)).all()) for t in before} == before


def test_codes_and_identity_numbers_pass_their_checks() -> None:
    assert [p["key"] for p in records("parties") if p["uscc"] and not uscc.is_valid(p["uscc"])] == []
    for row in [*records("accounts"), *records("experts")]:
        assert check_cn_id(row["id_number"]) == row["id_number"]


@pytest.mark.parametrize("key", [p["key"] for p in records("projects")])
def test_form_of_every_project_is_valid(key: str) -> None:
    assert forms.validate(PROCEDURES[PROCEDURE].form, form_of(key))[1] == []


@pytest.mark.parametrize("kind", MATERIALS)
def test_papers_are_accepted_as_pdf(kind: str) -> None:
    name, content = paper(kind, "上海示例有限公司", "示例项目", "2026年11月2日")
    assert materials.checked(name, content) == (name, "application/pdf")


@pytest.mark.rule("G02")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, False),
        ({"status": "draft"}, True),
        ({"status": "withdrawn"}, True),
        ({"kind": "scenario"}, True),
        ({"effective_from": date.max}, True),
        ({"effective_to": -1}, True),
        ({"effective_to": 0}, False),
    ],
)
def test_methodology_must_be_in_force_on_the_day_of_submission(
    seeded: Session, change: dict[str, Any], told: bool
) -> None:
    row = seeded.exec(select(Methodology).where(Methodology.code == "DEMO-PV-2024")).one()
    for (
        name,
        value,
    ) in change.items():  # a number: so many days from the day of the test, not of its collection
        setattr(row, name, clock.today().date() + timedelta(days=value) if isinstance(value, int) else value)
    case = draft(seeded)
    locs = [p.loc for p in cases.check(seeded, case)]
    assert ("project.methodology_id" in locs) is told


@pytest.mark.rule("G03")
def test_unit_on_the_quota_list_cannot_be_the_owner(seeded: Session) -> None:
    case = draft(seeded)
    case.form["entrustment"]["principal_name"] = "上海示例石化有限公司"
    assert "applicant.applicant_uscc" in [p.loc for p in cases.check(seeded, case)]


@pytest.mark.rule("S02")
def test_applicant_and_developer_are_separate_parties(seeded: Session) -> None:
    case = draft(seeded)
    own = seeded.get_one(Party, case.filer_id).uscc
    case.form["entrustment"]["principal_uscc"] = own
    assert "entrustment.principal_uscc" in [p.loc for p in cases.check(seeded, case)]


@pytest.mark.rule("M02", "G12")
def test_panel_comes_from_the_library_without_conflicts(seeded: Session) -> None:
    free, out = panels.screen(seeded, draft(seeded))
    assert [e.key for e in free] == [f"EXP-{n:02}" for n in (1, 2, 4, 5, 6, 7, 9, 10, 11, 12)]
    assert [e.key for e, _ in out] == ["EXP-03", "EXP-08"]


@pytest.mark.rule("G12")
@pytest.mark.parametrize("topic", ["boundary", "quantification", "data", "monitoring"])
def test_library_always_meets_the_quota_of_one_each(seeded: Session, topic: str) -> None:
    free, _ = panels.screen(seeded, draft(seeded))
    assert sum(topic in e.topics for e in free) >= 3
