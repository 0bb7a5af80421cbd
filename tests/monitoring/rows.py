"""A published project with the meters and the year of readings of its application, and a scenario that is live."""

from copy import deepcopy
from datetime import date
from typing import Any

from sqlmodel import Session, select

from models.tables import Case, DataBatch, Device, Project, User
from services import clock, projects
from services.access import Actor, actor_of
from services.monitoring.access import Sender
from tests import factories
from tests import public_rows as rows

GENERATION, EXCHANGE = "SHPV0001-G", "SHPV0001-E"
YEAR = (date(2025, 1, 1), date(2025, 12, 31))


def published(session: Session, *, readings: bool = True, **project: Any) -> Project:
    """The demonstration project, published on 2026-10-12; without its readings when they are to be reported."""
    form = rows.a_form()
    form["design"]["readings"] = form["design"]["readings"] if readings else []
    form["project"] |= {"data_channel": "connected", **project}
    with rows.moment("2026-10-12T10:00:00"):
        notice = rows.a_notice(session, form=form)
        notice.state, notice.closed_at = "closed", clock.now()
        session.add(notice)
        session.flush()
        return projects.publish(session, rows.case_of(session, notice))


def year() -> list[dict[str, Any]]:
    """The readings of 2025 as a platform sends them."""
    return [
        {
            "meter_no": r["meter_no"],
            "month": r["month"],
            "reading_start": r["reading_start"],
            "reading_end": r["reading_end"],
            "multiplier": r["multiplier"],
            "quantity": r["quantity_kwh"],
        }
        for r in deepcopy(rows.a_form()["design"]["readings"])
    ]


def owner(session: Session, project: Project) -> Actor:
    """Somebody of the applicant."""
    case = session.get_one(Case, project.case_id)
    return actor_of(session.exec(select(User).where(User.id == case.created_by)).one())


def sender(session: Session, project: Project) -> Sender:
    return Sender(actor=owner(session, project))


def device(session: Session, project: Project, meter_no: str = GENERATION) -> Device:
    return session.exec(
        select(Device).where(Device.project_id == project.id, Device.meter_no == meter_no)
    ).one()


def first_batch(session: Session, project: Project) -> DataBatch:
    return session.exec(select(DataBatch).where(DataBatch.project_id == project.id)).one()


def scenario(session: Session, state: str = "running") -> Project:
    """A published scenario of its own operator."""
    filer = factories.user(session, "applicant")
    case = factories.case(session, filer, status="published", procedure="scenario_application")
    row = Project(
        number=f"SHPH-CJ-2026-{case.case_no[-4:]}",
        case_id=case.id,
        kind="scenario",
        name="绿色出行-互联网租赁自行车碳普惠场景",
        applicant="上海骑迹共享出行科技有限公司",
        state=state,
        published_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row
