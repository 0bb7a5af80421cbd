"""Records of low-carbon acts 行为记录: of live scenarios, under a consent in force, each act once (G25, G26)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from models.tables import Consent, DataBatch, Project, ScenarioRecord, ScenarioRun
from models.vocabulary.events import Event
from models.vocabulary.text import Text
from services import audit, clock
from services.access import Actor
from services.monitoring import consents
from services.monitoring.access import Sender, locked
from services.monitoring.batches import (
    Taken,
    fingerprint,
    refuse_shape,
    refuse_silent,
    same_key,
    write_rejected,
)
from services.monitoring.rows import Rejected

OWN = ("record_no", "user", "start_at", "end_at")
MOST_FIELDS = 30
LONGEST_DATA = 2000  # characters of JSON


@dataclass(frozen=True)
class _Act:
    row: int
    record_no: str
    user: str
    start: datetime
    end: datetime
    data: dict[str, Any]

    @property
    def same_as(self) -> str:
        """The person, beginning and end of an act: under another number it is the same act."""
        text = f"{self.user}|{self.start.astimezone(UTC).isoformat()}|{self.end.astimezone(UTC).isoformat()}"
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class _Seen:
    """Numbers and acts already kept, and those kept in this batch."""

    numbers: dict[str, str] = field(default_factory=dict)
    acts: dict[str, str] = field(default_factory=dict)


def take_records(
    session: Session, sender: Sender | Actor, scenario: Project, rows: Sequence[Mapping[str, Any]], key: str
) -> Taken:
    """Take records of a scenario; each refused row is named with its reason.

    Args:
        rows: each with `record_no`, `user` (pseudonym), `start_at`, `end_at` (ISO 8601), and the methodology's data.
        key: the sender's own, as for readings.

    Raises:
        Conflict: the scenario is not live (G25), or the key stood for other content.
        Invalid: no key, no rows, or more than 5000.
    """
    who = Sender(actor=sender) if isinstance(sender, Actor) else sender
    refuse_shape(rows, key)
    scenario = locked(session, scenario)
    sha256 = fingerprint(rows)
    before = same_key(session, scenario, key, sha256)
    if before is not None:
        return before
    refuse_silent(scenario)
    batch = DataBatch(
        project_id=scenario.id or 0, key=key, channel="api", subject="records", sha256=sha256,
        user_id=who.user_id, api_key_id=who.key_id, at=clock.now(), rows=len(rows),
    )  # fmt: skip
    kept, rejected = _judged(session, scenario, rows)
    batch.accepted, batch.rejected = len(kept), len({r.row for r in rejected})
    session.add(batch)
    session.flush()
    if kept:
        values = [_values(scenario, batch, act, consent) for act, consent in kept]
        session.connection().execute(insert(ScenarioRecord), values)
    write_rejected(session, batch, rejected, {n: _without_user(r) for n, r in enumerate(rows, 1)})
    audit.record(
        session,
        Event.RECORDS_RECEIVED,
        actor=who.actor,
        rests_on=sha256,
        data={
            "project": scenario.number,
            "batch": str(batch.id),
            "accepted": batch.accepted,
            "rejected": batch.rejected,
        },
    )
    return Taken(batch, tuple(rejected))


def _without_user(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a refused row: not who it was about (M10)."""
    return {k: v for k, v in row.items() if k in ("record_no", "start_at", "end_at")}


def _judged(
    session: Session, scenario: Project, rows: Sequence[Mapping[str, Any]]
) -> tuple[list[tuple[_Act, Consent]], list[Rejected]]:
    rejected: list[Rejected] = []
    acts: list[_Act] = []
    for number, row in enumerate(rows, 1):
        found = _defects(number, row)
        rejected += found
        if not found:
            acts.append(_act(scenario, number, row))
    given = consents.by_user(session, scenario, {a.user for a in acts})
    seen, issued = _seen(session, scenario, acts), _issued(session, scenario, acts)
    kept: list[tuple[_Act, Consent]] = []
    for act in acts:
        repeated = _repeated(act, seen) or _too_late(act, issued)
        consent = consents.in_force(given.get(act.user, ()), act.start, act.end)
        if repeated is not None:
            rejected.append(repeated)
        elif consent is None:
            rejected.append(Rejected(act.row, "user", _without_consent(given.get(act.user, []), act)))
        else:
            kept.append((act, consent))
            seen.numbers[act.record_no] = seen.acts[act.same_as] = act.record_no
    return kept, sorted(rejected, key=lambda r: r.row)


def _seen(session: Session, scenario: Project, acts: Sequence[_Act]) -> _Seen:
    rows = session.exec(
        select(ScenarioRecord.record_no, ScenarioRecord.fingerprint).where(
            ScenarioRecord.project_id == scenario.id,
            col(ScenarioRecord.record_no).in_([a.record_no for a in acts])
            | col(ScenarioRecord.fingerprint).in_([a.same_as for a in acts]),
        )
    ).all()
    return _Seen({no: no for no, _ in rows}, {mark: no for no, mark in rows})


def _repeated(act: _Act, seen: _Seen) -> Rejected | None:
    if act.record_no in seen.numbers:
        words = Text(
            f"Record {act.record_no} has been received.", f"记录 {act.record_no} 已收到，每条记录只接收一次。"
        )
        return Rejected(act.row, "record_no", words)
    if act.same_as in seen.acts:
        other = seen.acts[act.same_as]
        words = Text(
            f"The same act as record {other}.", f"与记录 {other} 的用户和起止时间相同，同一次行为不重复接收。"
        )
        return Rejected(act.row, "start_at", words)
    return None


def _issued(session: Session, scenario: Project, acts: Sequence[_Act]) -> set[date]:
    """The months of these acts that have been issued: the first day of each."""
    query = select(col(ScenarioRun.month)).where(
        ScenarioRun.project_id == scenario.id, col(ScenarioRun.month).in_({_month(act) for act in acts})
    )
    return set(session.exec(query).all())


def _month(act: _Act) -> date:
    return act.start.astimezone(clock.SHANGHAI).date().replace(day=1)


def _too_late(act: _Act, issued: set[date]) -> Rejected | None:
    """What nobody would look at again is not taken in silence: a month is issued once (G28)."""
    month = _month(act)
    if month not in issued:
        return None
    words = Text(
        f"{month:%B %Y} has been issued; its records are no longer taken. If some are missing, tell the centre.",
        f"{month.year}年{month.month}月的减排量已签发，该月的行为记录不再接收；确有遗漏的，请向市减污降碳中心反映。",
    )
    return Rejected(act.row, "start_at", words)


def _without_consent(given: Sequence[Consent], act: _Act) -> Text:
    """Which consent is missing: none at all, not yet, or withdrawn (G26)."""
    if not given:
        return Text("The person has given no consent.", "未取得该用户的有效授权，不接收其行为记录。")
    if all(c.granted_at > act.start for c in given):
        return Text("The consent was given after this act.", "该行为发生在用户授权之前，不予接收。")
    return Text("The consent had been withdrawn by then.", "该行为发生时用户已撤回授权，不予接收。")


def _defects(number: int, row: Mapping[str, Any]) -> list[Rejected]:
    found = []
    record_no = str(row.get("record_no") or "").strip()
    if not 1 <= len(record_no) <= 64 or not record_no.isprintable():
        found.append(
            Rejected(number, "record_no", Text("1 to 64 characters.", "请填写记录编号，1 至 64 字。"))
        )
    problem = consents.pseudonym_problem(row.get("user"))
    if problem:
        found.append(Rejected(number, "user", problem))
    start, end = consents.moment(row.get("start_at")), consents.moment(row.get("end_at"))
    if start is None or start > clock.now():
        words = Text("ISO 8601, not ahead.", "请填写开始时间（ISO 8601），不得晚于当前时间。")
        found.append(Rejected(number, "start_at", words))
    if end is None or end > clock.now() or (start is not None and end < start):
        words = Text(
            "ISO 8601, not before the start, not ahead.",
            "请填写结束时间（ISO 8601），不早于开始时间、不晚于当前时间。",
        )
        found.append(Rejected(number, "end_at", words))
    if not _plain(_data(row)):
        words = Text(
            "At most 30 plain values, 2000 characters, nothing that names a person.",
            "数据项应为不超过 30 项的简单值，合计 2000 字以内，且不得含手机号、证件号等个人信息。",
        )
        found.append(Rejected(number, "data", words))
    return found


def _data(row: Mapping[str, Any]) -> dict[str, Any]:
    return {str(k): v for k, v in row.items() if k not in OWN}


def _plain(data: Mapping[str, Any]) -> bool:
    if len(data) > MOST_FIELDS or any(isinstance(v, dict | list) for v in data.values()):
        return False
    text = json.dumps(data, ensure_ascii=False, default=str)
    clean = not any(consents.pseudonym_problem(v) for v in data.values() if isinstance(v, str) and v.strip())
    return len(text) <= LONGEST_DATA and "\\u0000" not in text and clean


def _act(scenario: Project, number: int, row: Mapping[str, Any]) -> _Act:
    start, end = consents.moment(row["start_at"]), consents.moment(row["end_at"])
    assert start is not None  # seen by _defects
    assert end is not None
    data = {k: repr(v) if isinstance(v, float) else v for k, v in _data(row).items()}
    user = consents.user_hash(scenario, str(row["user"]))
    return _Act(number, str(row["record_no"]).strip(), user, start, end, data)


def _values(scenario: Project, batch: DataBatch, act: _Act, consent: Consent) -> dict[str, Any]:
    return {
        "project_id": scenario.id,
        "record_no": act.record_no,
        "user_sha256": act.user,
        "consent_id": consent.id,
        "at": act.start,
        "data": {**act.data, "end_at": act.end.isoformat()},
        "fingerprint": act.same_as,
        "grams": None,
        "state": "received",
        "batch_id": batch.id,
        "received_at": batch.at,
    }
