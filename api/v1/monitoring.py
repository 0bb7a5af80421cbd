"""Monitoring data in JSON: readings of projects, records and consents of scenarios (G16, G25, G26)."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request

from api.dependencies import Writer
from api.errors import language
from api.senders import Delivering, target
from api.v1 import monitoring_models as m
from services.monitoring import batches, consents, records
from services.reading import monitoring

router = APIRouter(prefix="/api/v1", tags=["monitoring"])

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        description="your own name of this delivery, up to 120 characters: the same key with the same content is "
        "answered the same, with other content 409",
        examples=["2026-10"],
    ),
]
Limit = Annotated[int, Query(ge=1, le=1000)]
Cursor = Annotated[str, Query(description="`next_cursor` of the page before", max_length=40)]


@router.post("/projects/{number}/readings", summary="Deliver readings of a project")
def send_readings(
    request: Request, who: Delivering, session: Writer, number: str, body: m.Readings, key: Key = ""
) -> m.Delivered:
    """With a key of the project as bearer token, or signed in as its applicant. Good rows are kept."""
    project = target(session, who, number, "project", "readings:write")
    return m.delivered(batches.take_batch(session, who, project, body.rows, key), language(request))


@router.get("/projects/{number}/readings", summary="Readings of a project")
def readings(
    who: Delivering,
    session: Writer,
    number: str,
    meter_no: Annotated[str, Query(max_length=40)] = "",
    state: Annotated[str, Query(pattern="^(good|apart|superseded)?$")] = "",
    limit: Limit = 200,
    cursor: Annotated[str, Query(pattern=r"^[0-9]{0,18}$")] = "",
) -> m.ReadingPage:
    """In the order in which they were received."""
    project = target(session, who, number, "project", "readings:read")
    found = monitoring.readings_after(
        session, project, meter_no=meter_no, state=state, after=int(cursor or 0), limit=limit + 1
    )
    following = str(found[limit - 1][0].id) if len(found) > limit else None
    items = [m.reading_of(row, meter) for row, meter in found[:limit]]
    return m.ReadingPage(items=items, next_cursor=following)


@router.get("/projects/{number}/batches", summary="Deliveries of a project, newest first")
def batch_list(
    who: Delivering, session: Writer, number: str, limit: Limit = 50, cursor: Cursor = ""
) -> m.BatchPage:
    """Each with what was accepted, set apart and refused."""
    project = target(session, who, number, "project", "readings:read")
    found = batches.listed(session, project, limit + 1, cursor)
    following = str(found[limit - 1].id) if len(found) > limit else None
    return m.BatchPage(items=[m.batch_of(b) for b in found[:limit]], next_cursor=following)


@router.get("/projects/{number}/batches/{batch_id}", summary="One delivery with every row refused")
def batch(request: Request, who: Delivering, session: Writer, number: str, batch_id: str) -> m.BatchDetail:
    """The same refusals as in the answer to the delivery."""
    project = target(session, who, number, "project", "readings:read")
    row = batches.one(session, project, batch_id)
    refused = m.refusals(batches.rejected_of(session, row), language(request))
    return m.BatchDetail(**m.batch_of(row).model_dump(), refused=refused)


@router.post("/scenarios/{number}/records", summary="Deliver records of a live scenario")
def send_records(
    request: Request, who: Delivering, session: Writer, number: str, body: m.Records, key: Key = ""
) -> m.Delivered:
    """Each record under a consent in force when it happened; others are refused with the reason (G26)."""
    scenario = target(session, who, number, "scenario", "records:write")
    return m.delivered(records.take_records(session, who, scenario, body.rows, key), language(request))


@router.post("/scenarios/{number}/consents", summary="Register consents given on the platform")
def send_consents(
    request: Request, who: Delivering, session: Writer, number: str, body: m.Consents
) -> m.ConsentsTaken:
    """A consent names platform and operator and has a version, a time and a way to withdraw (S03)."""
    scenario = target(session, who, number, "scenario", "consents:write")
    done = consents.grant(session, who, scenario, body.rows)
    return m.ConsentsTaken(
        accepted=done.accepted, known=done.known, rejected=m.refusals(done.rejected, language(request))
    )


@router.post("/scenarios/{number}/consents/withdrawals", summary="Register a withdrawal")
def withdraw_consent(who: Delivering, session: Writer, number: str, body: m.Withdrawal) -> m.Withdrawn:
    """Acts after the withdrawal are refused (G26); 404 where the person never consented."""
    scenario = target(session, who, number, "scenario", "consents:write")
    at = consents.moment(body.withdrawn_at.isoformat()) if body.withdrawn_at else None
    return m.Withdrawn(withdrawn=consents.withdraw(session, who, scenario, body.user, at))
