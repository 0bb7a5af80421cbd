"""The public register: nothing before publicity and its objections are done, numbers that never change."""

import json
from datetime import datetime

import pytest

from models.vocabulary.errors import Conflict, NotFound
from services import notices, objections, projects
from services.reading import public
from tests import factories
from tests import public_rows as rows


def _ended(session, **changes):
    notice = rows.a_notice(session, **changes)
    case = rows.case_of(session, notice)
    notices.close_publicity(session, case, 1, rows.at(rows.OVER))
    return case


@pytest.mark.rule("G15")
def test_published_project_keeps_its_number(session):
    case = _ended(session)
    with rows.moment("2026-11-02T10:00:00"):
        project = projects.publish(session, case)
    with rows.moment("2027-02-01T10:00:00"):
        assert projects.publish(session, case).number == project.number
    assert project.number.startswith("SHPH-XM-2026-")
    assert (project.est_annual_g, project.district, project.crediting_from) == (
        356_049_000,
        "闵行区",
        "2025-01-01",
    )
    assert projects.one(session, project.number).id == project.id


@pytest.mark.rule("M05")
def test_i20_publication_during_publicity_is_refused(session):
    notice = rows.a_notice(session)
    with pytest.raises(Conflict):
        projects.publish(session, rows.case_of(session, notice))


@pytest.mark.rule("M05")
def test_i20_publication_without_any_notice_is_refused(session):
    with pytest.raises(Conflict):
        projects.publish(session, rows.a_case(session))


@pytest.mark.rule("M05")
def test_i20_publication_with_an_unanswered_objection_is_refused_by_its_number(session):
    notice = rows.a_notice(session)
    made = rows.object_to(session, notice)
    case = rows.case_of(session, notice)
    notices.close_publicity(session, case, 1, rows.at(rows.OVER))
    with pytest.raises(Conflict) as refused:
        projects.publish(session, case)
    assert made.receipt_no in refused.value.detail.zh
    objections.record_answer(session, case, "1", "not_upheld", {"answer": "已核实"})
    assert projects.publish(session, case).case_id == case.id


def test_register_shows_no_more_than_the_notice(session):
    case = _ended(session, hidden_fields=["project.address", "project.est_annual_t"])
    project = projects.publish(session, case)
    assert (project.address, project.est_annual_g) == ("", 0)
    assert "示例路300号" not in json.dumps(project.model_dump(mode="json"), ensure_ascii=False)


def test_natural_person_is_published_by_the_first_character(session):
    case = _ended(session)
    case.principal_id = factories.party(session, name="张三丰", kind="person").id
    assert projects.publish(session, case).owner == "张**"


def test_register_is_searched_and_narrowed(session):
    project = projects.publish(session, _ended(session))
    assert public.projects(session, q=project.number)[1] == 1
    assert public.projects(session, q="100%_")[1] == 0
    assert public.projects(session, q=project.number, district="徐汇区")[1] == 0
    assert "闵行区" in public.project_choices(session)["district"]
    assert public.projects(session, q="100%_", whole=7)[1] == 0
    assert public.projects(session, whole=7)[1] == 7


def test_register_is_narrowed_by_the_values_that_occur_in_it_each_once(session):
    assert public.project_choices(session) == {"district": [], "methodology": [], "year": []}
    published = (
        ("2023-12-31T15:59:59+00:00", "闵行区", ""),
        ("2023-12-31T16:00:00+00:00", "徐汇区", "SHCER-PV"),
        ("2024-06-01T00:00:00+00:00", "徐汇区", "SHCER-BIKE"),
        ("2026-12-31T16:30:00+00:00", "", "SHCER-PV"),
    )
    for at, district, methodology in published:
        row = projects.publish(session, _ended(session))
        row.published_at, row.district, row.methodology = datetime.fromisoformat(at), district, methodology
    session.flush()
    assert public.project_choices(session) == {
        "district": sorted(("徐汇区", "闵行区")),
        "methodology": ["SHCER-BIKE", "SHCER-PV"],
        "year": ["2027", "2024", "2023"],
    }


def test_unknown_number_is_not_found(session):
    with pytest.raises(NotFound):
        projects.one(session, "SHPH-XM-1999-0001")
