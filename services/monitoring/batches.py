"""Deliveries of readings 批次: one door for the interface, Excel and the application's own readings (G16).

Good rows are kept, every other row is named with column and reason. The same key with the same content gets
the same answer; the same key with other content is refused.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session, col, select

from models.tables import DataBatch, Project, ReadingRow, RejectedRow
from models.vocabulary.errors import Conflict, Invalid, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.text import Text
from services import audit, clock
from services.access import Actor
from services.monitoring import duties
from services.monitoring.access import Sender, locked, not_taking
from services.monitoring.checks import Reading
from services.monitoring.judging import Judged, judge
from services.monitoring.rows import COLUMNS, MOST_ROWS, Rejected, Row

LONGEST_KEY = 120
_LONGEST_RAW = 200


@dataclass(frozen=True)
class Taken:
    """The answer to a delivery; asked again it is read from the rows."""

    batch: DataBatch
    rejected: tuple[Rejected, ...]


def take_batch(
    session: Session,
    sender: Sender | Actor,
    project: Project,
    rows: Sequence[Mapping[str, Any]],
    key: str,
) -> Taken:
    """Take readings sent through the interface (G16, R24).

    Args:
        rows: each with the columns of :data:`services.monitoring.rows.COLUMNS`, or `month` for both days.
        key: the sender's own, at most 120 characters.

    Raises:
        Conflict: the key was used with other content, or the project takes no data now.
        Invalid: no key, no rows, or more than 5000.
    """
    who = Sender(actor=sender) if isinstance(sender, Actor) else sender
    refuse_shape(rows, key)
    project = locked(session, project)
    sha256 = fingerprint(rows)
    before = same_key(session, project, key, sha256)
    if before is not None:
        return before
    refuse_silent(project)
    batch = DataBatch(
        project_id=project.id or 0, key=key, channel="api", sha256=sha256, user_id=who.user_id,
        api_key_id=who.key_id, at=clock.now(),
    )  # fmt: skip
    return keep(session, project, batch, list(enumerate(rows, 1)), who.actor)


def keep(
    session: Session, project: Project, batch: DataBatch, rows: Sequence[Row], actor: Actor | None = None
) -> Taken:
    """Judge the rows and write them down under the batch; the project's row is locked by the caller."""
    judged = judge(session, project, rows)
    batch.state, batch.rows, batch.at = "taken", len(rows), clock.now()
    batch.accepted, batch.apart = len(judged.good), len(judged.apart)
    batch.rejected = len({r.row for r in judged.rejected})
    session.add(batch)
    session.flush()
    _write_readings(session, project, batch, judged)
    write_rejected(session, batch, judged.rejected, dict(rows))
    audit.record(
        session,
        Event.READINGS_RECEIVED,
        actor=actor,
        rests_on=batch.sha256,
        data={
            "project": project.number, "batch": str(batch.id), "channel": batch.channel,
            "accepted": batch.accepted, "apart": batch.apart, "rejected": batch.rejected,
        },
    )  # fmt: skip
    kept = [*judged.good, *(a.reading for a in judged.apart)]
    if kept:
        duties.refresh(session, project, min(r.first for r in kept), max(r.last for r in kept))
    return Taken(batch, judged.rejected)


def _write_readings(session: Session, project: Project, batch: DataBatch, judged: Judged) -> None:
    states = [(r, "good") for r in judged.good] + [(a.reading, "apart") for a in judged.apart]
    if states:
        values = [_values(project, batch, judged.devices[r.meter], r, state) for r, state in states]
        session.connection().execute(insert(ReadingRow), values)


def _values(project: Project, batch: DataBatch, device: int, reading: Reading, state: str) -> dict[str, Any]:
    return {
        "project_id": project.id,
        "device_id": device,
        "first_day": reading.first,
        "last_day": reading.last,
        "reading_start": reading.start,
        "reading_end": reading.end,
        "multiplier": reading.multiplier,
        "quantity": reading.quantity,
        "state": state,
        "reason": "",
        "batch_id": batch.id,
        "row": reading.row,
        "at": batch.at,
    }


def write_rejected(
    session: Session, batch: DataBatch, rejected: Iterable[Rejected], raw: Mapping[int, Mapping[str, Any]]
) -> None:
    """Keep every refusal with the row as it was sent."""
    values = [
        {
            "batch_id": batch.id,
            "row": r.row,
            "column": r.column,
            "reason_zh": r.reason.zh,
            "reason_en": r.reason.en,
            "raw": _raw(raw.get(r.row, {})),
        }
        for r in rejected
    ]
    if values:
        session.connection().execute(insert(RejectedRow), values)


def _raw(row: Mapping[str, Any]) -> dict[str, str]:
    """What was sent, as short text that can be kept."""
    return {
        str(k)[:40]: str(v).replace("\x00", "").encode("utf-8", "replace").decode()[:_LONGEST_RAW]
        for k, v in list(row.items())[:20]
        if v is not None
    }


def refuse_shape(rows: Sequence[Any], key: str) -> None:
    """Raises Invalid: no key, no rows, too many."""
    problems = []
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        problems.append(
            Problem(
                "Idempotency-Key",
                Text(
                    f"Send a key of your own in the header Idempotency-Key, at most {LONGEST_KEY} characters.",
                    f"请在请求头 Idempotency-Key 中提供自定的批次键，不超过 {LONGEST_KEY} 个字符。",
                ),
            )
        )
    if not 1 <= len(rows) <= MOST_ROWS:
        problems.append(
            Problem(
                "rows",
                Text(
                    f"One to {MOST_ROWS} rows a delivery; {len(rows)} were sent.",
                    f"每批 1 至 {MOST_ROWS} 行，本次 {len(rows)} 行，请分批报送。",
                ),
            )
        )
    if problems:
        raise Invalid(tuple(problems))


def refuse_silent(project: Project) -> None:
    """Raises Conflict where nothing is taken now (G25)."""
    from services.projects import takes_records  # it publishes, and publication opens the monitoring

    if not takes_records(project):
        raise not_taking(project)


def fingerprint(rows: Sequence[Mapping[str, Any]]) -> str:
    """sha256 of the canonical JSON of rows."""
    text = json.dumps(rows, ensure_ascii=True, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def same_key(session: Session, project: Project, key: str, sha256: str) -> Taken | None:
    """The answer given to this key before. Raises Conflict: it stood for other content."""
    batch = session.exec(
        select(DataBatch).where(DataBatch.project_id == project.id, DataBatch.key == key)
    ).first()
    if batch is None:
        return None
    if batch.sha256 != sha256:
        raise Conflict(
            Text(
                "This Idempotency-Key was used for other content. Send new content under a new key.",
                "该批次键已用于其他内容，请为新的内容使用新的批次键。",
            ),
            "idempotency",
        )
    return Taken(batch, rejected_of(session, batch))


def rejected_of(session: Session, batch: DataBatch) -> tuple[Rejected, ...]:
    """Rows of a batch not taken, in order."""
    return tuple(
        Rejected(r.row, r.column, Text(r.reason_en, r.reason_zh)) for r in rejected_rows(session, batch)
    )


def rejected_rows(session: Session, batch: DataBatch) -> list[RejectedRow]:
    """The same with what was sent."""
    query = select(RejectedRow).where(RejectedRow.batch_id == batch.id)
    return list(session.exec(query.order_by(col(RejectedRow.row), col(RejectedRow.id))))


def listed(session: Session, project: Project, limit: int = 20, before: str = "") -> list[DataBatch]:
    """Batches newest first, previews left out.

    Args:
        before: cursor: id of the last batch of the page before.
    """
    query = select(DataBatch).where(DataBatch.project_id == project.id, DataBatch.state == "taken")
    if before:
        last = one(session, project, before)
        query = query.where(
            (col(DataBatch.at) < last.at) | ((col(DataBatch.at) == last.at) & (col(DataBatch.id) < last.id))
        )
    return list(session.exec(query.order_by(col(DataBatch.at).desc(), col(DataBatch.id).desc()).limit(limit)))


def one(session: Session, project: Project, batch_id: UUID | str) -> DataBatch:
    """A batch of the project. Raises NotFound."""
    try:
        found = session.get(DataBatch, batch_id if isinstance(batch_id, UUID) else UUID(batch_id))
    except ValueError as error:
        raise NotFound from error
    if found is None or found.project_id != project.id:
        raise NotFound
    return found


def year_of(session: Session, project: Project, reading_id: int) -> int | None:
    """The year on whose page a reading of the project stands; None for another's."""
    row = session.get(ReadingRow, reading_id)
    return row.first_day.year if row is not None and row.project_id == project.id else None


def supersede(session: Session, actor: Actor, project: Project, reading_id: int, reason: str) -> ReadingRow:
    """Set a reading aside for good, so that a corrected one can be reported (M10).

    The actor came by :func:`services.monitoring.access.confirmer`.

    Raises:
        Conflict: its days are part of an issuance or of a case that asks for one.
        Invalid: no reason.
    """
    locked(session, project)
    row = session.get(ReadingRow, reading_id)
    if row is None or row.project_id != project.id or row.state == "superseded":
        raise NotFound
    reason = reason.strip()
    if not 4 <= len(reason) <= 200:
        raise Invalid(
            (
                Problem(
                    "reason", Text("Give the reason, 4 to 200 characters.", "请填写作废原因，4 至 200 字。")
                ),
            )
        )
    if claimed(session, project, row.first_day, row.last_day):
        raise Conflict(
            Text(
                "These days are part of an issuance; correct the issuance instead.",
                "该读数已用于减排量签发或正在申请签发，不能作废；请通过数据修正办理。",
            ),
            "changed",
        )
    row.state, row.reason = "superseded", reason
    session.flush()
    audit.record(
        session,
        Event.READING_SUPERSEDED,
        actor=actor,
        data={"project": project.number, "reading": row.id, "reason": reason},
    )
    duties.refresh(session, project, row.first_day, row.last_day)
    return row


def claimed(session: Session, project: Project, first: date, last: date) -> bool:
    """Are days of the period claimed by a case, issued or pending?"""
    from sqlalchemy import text

    found = session.connection().execute(
        text(
            "select 1 from ledger.claim where origin_id = :p and released_at is null"
            " and period && daterange(:a, :b, '[]') limit 1"
        ),
        {"p": project.id, "a": first, "b": last},
    )
    return found.first() is not None


__all__ = ["COLUMNS", "Taken", "keep", "listed", "one", "supersede", "take_batch"]
