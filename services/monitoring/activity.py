"""What the records of a scenario give by its methodology 行为数据核算: counted or set apart, each with its reason (G28, I03, I04).

Worked out from the records as they were sent, whenever it is asked for: the applicant's claim, the reviewer's
recomputation and the posting rest on the same answer, named by its sha256. Nothing is rounded but grams, down,
record by record (J01).
"""

import decimal
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from models.tables import Consent, Project, ScenarioRecord
from models.vocabulary.errors import DomainError
from models.vocabulary.text import Text
from services.clock import SHANGHAI
from services.monitoring import consents
from services.monitoring.counted import Quantity, number_of
from services.quantification import Calculation, Methodology, Row, calculated, conditions, implausible
from services.quantification.definition import Parameter
from services.quantification.evaluate import Value, context

_STRANGER = Text(
    "The person has no account on this platform linked to the consent.",
    "用户授权尚未关联碳普惠个人账户，无法签发给个人",
)
_NO_TIME = Text("It begins and ends at the same moment.", "开始时间与结束时间相同，行为时长为零")
_SAME_DAY = Text("Another record of the person for this day counts.", "该用户当日已有一条计入的记录")


@dataclass(frozen=True)
class Judged:
    """A record worked out.

    Args:
        grams: whole grams; 0 for a record that is set apart.
        reason: why it is set apart; None where it counts.
        values: its data by symbol, as far as they can be read.
    """

    id: int
    record_no: str
    party_id: int | None
    start: datetime
    end: datetime
    grams: int
    reason: Text | None
    values: Mapping[str, Value]

    @property
    def on(self) -> date:
        """The day it belongs to, in Shanghai."""
        return self.start.astimezone(SHANGHAI).date()


@dataclass(frozen=True)
class Activity:
    """The records of a scenario for a span of days, in the order of time.

    Args:
        calculation: of everything that counts, one row a day; its formulas are printed for the first record.
            None where nothing counts.
        sha256: of every record with its grams or its reason.
    """

    rows: tuple[Judged, ...]
    calculation: Calculation | None
    quantities: tuple[Quantity, ...]
    sha256: str

    @property
    def counted(self) -> tuple[Judged, ...]:
        return tuple(r for r in self.rows if r.reason is None)

    @property
    def apart(self) -> tuple[Judged, ...]:
        return tuple(r for r in self.rows if r.reason is not None)

    @property
    def grams(self) -> int:
        return sum(r.grams for r in self.rows)

    @property
    def persons(self) -> int:
        return len({r.party_id for r in self.counted if r.grams})

    @property
    def reasons(self) -> list[tuple[Text, int]]:
        """Why records are set apart and how many, the most frequent first."""
        found: dict[Text, int] = {}
        for row in self.apart:
            assert row.reason is not None
            found[row.reason] = found.get(row.reason, 0) + 1
        return sorted(found.items(), key=lambda pair: (-pair[1], pair[0].zh))


def from_records(method: Methodology) -> bool:
    """Is the methodology worked out from records of persons, one by one?"""
    return method.definition.kind == "scenario" and method.result.is_per_row


def of_days(session: Session, scenario: Project, method: Methodology, first: date, last: date) -> Activity:
    """The records of these days, both included, judged and worked out.

    Args:
        method: the methodology version the scenario was accepted under (:func:`from_records`).
    """
    judge = _Judge(method)
    sent = _sent(session, scenario, first - timedelta(days=judge.reach), last)
    found: list[Judged] = []
    for person in _by_person(sent):
        found += judge.person(person)
    rows = tuple(sorted((r for r in found if r.on >= first), key=lambda r: (r.start, r.id)))
    done = judge.whole(rows, first)
    return Activity(rows, done, judge.quantities(rows), _digest(rows))


@dataclass(frozen=True)
class _Sent:
    """A record as it was sent, with the consent it came under."""

    id: int
    record_no: str
    user: str
    at: datetime
    data: Mapping[str, Any]
    party_id: int | None
    holds: bool  # the consent was in force when the act began (I32)

    @property
    def end(self) -> datetime:
        return consents.moment(self.data.get("end_at")) or self.at


def _sent(session: Session, scenario: Project, first: date, last: date) -> list[_Sent]:
    since, until = (datetime(d.year, d.month, d.day, tzinfo=SHANGHAI) for d in (first, last))
    rows = session.exec(
        select(ScenarioRecord, Consent)
        .join(Consent, col(Consent.id) == col(ScenarioRecord.consent_id))
        .where(
            ScenarioRecord.project_id == scenario.id,
            col(ScenarioRecord.at) >= since,
            col(ScenarioRecord.at) < until + timedelta(days=1),
        )
        .order_by(col(ScenarioRecord.user_sha256), col(ScenarioRecord.at), col(ScenarioRecord.id))
    )
    return [
        _Sent(
            r.id or 0, r.record_no, r.user_sha256, r.at, r.data, c.party_id,
            c.granted_at <= r.at and (c.withdrawn_at is None or c.withdrawn_at > r.at),
        )
        for r, c in rows
    ]  # fmt: skip


def _by_person(sent: Iterable[_Sent]) -> Iterator[list[_Sent]]:
    run: list[_Sent] = []
    for record in sent:
        if run and run[-1].user != record.user:
            yield run
            run = []
        run.append(record)
    if run:
        yield run


class _Judge:
    """Judges the records of one person after the other; the same data is worked out once."""

    def __init__(self, method: Methodology) -> None:
        self.method = method
        self.sent = [p for p in method.definition.parameters if p.is_monitored or p.role == "flag"]
        self.derived = [p for p in method.definition.parameters if p.derivation is not None]
        self.daily = any(p.period == "day" for p in self.sent)
        self.reach = max((p.derivation.days for p in self.derived if p.derivation), default=0)
        self.done: dict[tuple[Any, ...], Calculation | Text] = {}
        self.by_record: dict[int, Calculation] = {}
        factors = [p for p in method.definition.parameters if p.is_factor]
        #: A factor that changes makes the day part of what is worked out.
        self.by_day = any(len(p.rows) > 1 for p in factors)

    def person(self, records: list[_Sent]) -> Iterator[Judged]:
        """Records of one person, in the order of time."""
        history: dict[str, dict[date, Decimal]] = {p.symbol: {} for p in self.sent}
        before: list[Judged] = []
        for record in records:
            values, reason = self._values(record)
            judged = self._judged(record, values, reason, history, before)
            if judged.reason is None:
                before.append(judged)
            for symbol, by_day in history.items():
                value = judged.values.get(symbol)
                if isinstance(value, Decimal) and judged.on not in by_day:
                    by_day[judged.on] = value
            yield judged

    def _values(self, record: _Sent) -> tuple[dict[str, Value], Text | None]:
        found: dict[str, Value] = {}
        for parameter in self.sent:
            given = record.data.get(parameter.sent_as, record.data.get(parameter.symbol))
            value = given if isinstance(given, bool) else number_of(given)
            if not _fits(parameter, value):
                return found, Text(
                    f"{parameter.sent_as}: missing or no value of {parameter.label_en or parameter.symbol}.",
                    f"{parameter.label}（{parameter.sent_as}）缺失或不是有效数值",
                )
            assert value is not None
            found[parameter.symbol] = value
        return found, None

    def _judged(
        self,
        record: _Sent,
        values: dict[str, Value],
        reason: Text | None,
        history: Mapping[str, Mapping[date, Decimal]],
        before: list[Judged],
    ) -> Judged:
        day = record.at.astimezone(SHANGHAI).date()
        checks: tuple[Callable[[], Text | None], ...] = (
            lambda: None if record.holds else Text("No consent in force.", "行为发生时没有有效授权"),
            lambda: None if record.party_id is not None else _STRANGER,
            lambda: self._applies(record),
            lambda: implausible(self.method, values, _seconds(record)),
            lambda: self._clashes(record, day, before),
        )
        for check in checks:
            reason = reason or check()
        grams = 0
        if reason is None:
            worked = self._worked(values | self._derive(day, history), day)
            if isinstance(worked, Text):
                reason = worked
            else:
                grams = worked.amount_g
                self.by_record[record.id] = worked
        return Judged(
            record.id, record.record_no, record.party_id, record.at, record.end, grams, reason, values
        )

    def _applies(self, record: _Sent) -> Text | None:
        """Conditions of use; a fact nobody has stated is not taken for granted."""
        given = {f.symbol: record.data.get(f.symbol) for f in self.method.definition.facts}
        try:
            met = conditions(self.method, given)
        except ValueError:
            return Text("A fact of the conditions of use cannot be read.", "适用条件的数据项格式不正确")
        for one in met:
            if one.met is False:
                return one.message
            if one.met is None:
                return Text(
                    f"Not stated: {one.message.en}", f"未报送判断适用条件所需的数据项（{one.message.zh}）"
                )
        return None

    def _clashes(self, record: _Sent, day: date, before: list[Judged]) -> Text | None:
        """One person is in one place at a time, and a day is counted once."""
        if self.daily:
            return _SAME_DAY if any(b.on == day for b in before[-1:]) else None
        if record.end <= record.at:
            return _NO_TIME
        for other in reversed(before):
            if other.end > record.at:
                words = f"与该用户的记录 {other.record_no} 时间重叠"
                return Text(f"Overlaps record {other.record_no} of the person.", words)
            if record.at - other.start > timedelta(days=2):
                break
        return None

    def _derive(self, day: date, history: Mapping[str, Mapping[date, Decimal]]) -> dict[str, Value]:
        """The mean of the days before, where all of them are there; otherwise a formula that needs it says so."""
        found: dict[str, Value] = {}
        for parameter in self.derived:
            rule = parameter.derivation
            assert rule is not None
            known = history[rule.mean_of]
            days = [known.get(day - timedelta(days=n)) for n in range(1, rule.days + 1)]
            numbers = [d for d in days if d is not None]
            if len(numbers) == rule.days:
                with decimal.localcontext(context()):
                    found[parameter.symbol] = sum(numbers, Decimal(0)) / rule.days
        return found

    def _worked(self, values: dict[str, Value], day: date) -> Calculation | Text:
        key = (*sorted(values.items()), day if self.by_day else None)
        if key not in self.done:
            try:
                self.done[key] = calculated(self.method, [Row(values, day)], day)
            except DomainError as refused:
                self.done[key] = _told(refused)
        return self.done[key]

    def whole(self, rows: tuple[Judged, ...], first: date) -> Calculation | None:
        """Everything that counts as one calculation: grams are added up, nothing is rounded again."""
        good = [r for r in rows if r.reason is None]
        if not good:
            return None
        parts = {id(c): c for r in good if (c := self.by_record[r.id])}.values()
        factors = {(f.symbol, f.valid_from): f for c in parts for f in c.factors}
        by_day: dict[date, list[int]] = {}
        for row in good:  # in the order of time
            by_day.setdefault(row.on, []).append(row.grams)
        ordered = sorted(factors, key=lambda k: (k[0], k[1] or date.min))
        return self.by_record[good[0].id].summed(tuple(factors[k] for k in ordered), by_day, first)

    def quantities(self, rows: tuple[Judged, ...]) -> tuple[Quantity, ...]:
        """How much of what is measured counts."""
        good = [r for r in rows if r.reason is None]
        return tuple(
            Quantity(
                p.symbol,
                Text(p.label_en or p.label, p.label),
                sum((v for r in good if isinstance(v := r.values.get(p.symbol), Decimal)), Decimal(0)),
                p.unit,
            )
            for p in self.sent
            if p.is_monitored
        )


def _fits(parameter: Parameter, value: object) -> bool:
    if parameter.role == "flag":
        return isinstance(value, bool)
    return isinstance(value, Decimal) and value >= parameter.minimum


def _seconds(record: _Sent) -> Decimal:
    span = record.end - record.at
    return Decimal(span.days * 86_400 + span.seconds) + Decimal(span.microseconds) / 1_000_000


def _told(refused: DomainError) -> Text:
    problems = getattr(refused, "problems", ())
    if not problems:
        return refused.detail
    said = problems[0].msg
    return Text(said.en.removeprefix("Row 1: "), said.zh.removeprefix("第 1 行：").rstrip("。"))


def _digest(rows: Iterable[Judged]) -> str:
    whole = hashlib.sha256()
    for row in rows:
        whole.update(f"{row.id}:{row.grams if row.reason is None else row.reason.en};".encode())
    return whole.hexdigest()
