"""A project in the register, as if its application had run its course; and applications for issuance that fit it."""

from copy import deepcopy
from typing import Any

from sqlmodel import Session, select

from models.procedures import PROCEDURES
from models.tables import Case, CaseVersion, Party, Project, User
from models.vocabulary.forms import example_data
from services import clock, numbering, projects
from services.monitoring import devices


def project(
    session: Session, form: dict[str, Any], *, reported: bool = False, filer: str = "applicant"
) -> Project:
    """A published project of the filing form, owned by the school.

    Args:
        reported: its meters and readings are in the platform's monitoring data.
    """
    user = session.exec(select(User).where(User.username == filer)).one()
    owner = session.exec(select(Party).where(Party.key == "ORG-SCHOOL")).one()
    case = Case(
        case_no=numbering.case_number(session, "XM", clock.now()),
        procedure="project_application",
        title=form["project"]["project_name"],
        status="published",
        stage="publication",
        filer_id=user.party_id or 0,
        principal_id=owner.id,
        created_by=user.id or 0,
        filed_by=user.id,
        form=form,
        methodology="DEMO-PV-2024",
        methodology_version="1.0",
        district="闵行区",
        submitted_at=clock.now(),
        accepted_at=clock.now(),
        ended_at=clock.now(),
    )
    session.add(case)
    session.flush()
    session.add(CaseVersion(case_id=case.id, number=1, form=form, sha256="0" * 64, by_user=user.id or 0))
    entry = Project(
        number=f"SHPH-XM-2026-{numbering.next_number(session, 'public.XM', clock.now()):04d}",
        case_id=case.id,
        name=case.title,
        applicant="上海浦晖新能源科技有限公司",
        owner=owner.name,
        district="闵行区",
        methodology="DEMO-PV-2024",
        methodology_version="1.0",
        method_class="I",
        crediting_from=form["project"]["crediting_from"],
        crediting_to=form["project"]["crediting_to"],
        est_annual_g=356_049_000,
        state="implementing",
        data={"scale_kw": form["project"]["scale_kw"]},
    )
    session.add(entry)
    session.flush()
    if reported:
        devices.open_for(session, entry)
    assert projects.of_case(session, case.id) is not None
    return entry


def application(entry: Project, reported: bool = False) -> dict[str, Any]:
    """The examples of Appendix D and E for this project: the photovoltaic year 2025, 356.049 t."""
    form: dict[str, Any] = deepcopy(example_data(PROCEDURES["issuance"].form))
    form["application"] |= {"project_number": entry.number, "project_name": entry.name}
    if reported:
        form["application"]["data_source"] = "reported"
        form["calculation"] |= {"meters": [], "readings": []}
    return form


def lapsed(form: dict[str, Any]) -> None:
    """The meter was not verified again: December is overdue."""
    form["calculation"]["meters"] = [
        m for m in form["calculation"]["meters"] if m["certificate"] != "JD-2025-0101"
    ]


def part_of(form: dict[str, Any], first: int, last: int, tonnes: str) -> None:
    """Only the months `first` to `last` of 2025, and an amount."""
    ends = {3: 31, 6: 30, 9: 30, 12: 31, 11: 30}
    form["application"] |= {
        "period_from": f"2025-{first:02}-01",
        "period_to": f"2025-{last:02}-{ends[last]}",
        "claim": [{"vintage_year": 2025, "tco2e": tonnes}],
        "changes": [],
        "variance_reason": "仅为部分月份。",
    }
    form["calculation"] |= {
        "er_total_t": tonnes,
        "events": [],
        "readings": [r for r in form["calculation"]["readings"] if first <= int(r["month"][5:]) <= last],
    }
