"""Numbers added up beforehand, for whole years, months and days of filing; what has changed since is counted anew.

The kept sums are right for every case that is not in `tally_change`; what the others had contributed is taken out
again, and their rows are counted. What moves with the clock is always counted. So a number never is old: how far the
keeping has come only decides how long it takes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Integer,
    String,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    column,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Session, col

from models.tables import Party, Tally, TallyCase, TallyChange, TallyState, User
from services.reading.statistics.dimensions import Dimension, Kept, Sum, sums
from services.reading.statistics.scope import Days, Part, Scope

Wanted = tuple[Dimension, Scope]
Period = tuple[str, date, date]
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)
_A_DAY = timedelta(days=1)


class Direct:
    """Counts every row, each time."""

    def __init__(self, session: Session) -> None:
        self.days = Days(session)

    def read(self, wanted: Sequence[Wanted]) -> list[list[Sum]]:
        """The figures of each dimension in its scope."""
        return sums(self.days, wanted)


class Reader(Direct):
    """Reads the kept sums where they were made with the calendar in force, else counts."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        changed = func.array(select(col(TallyChange.case_id)).distinct().scalar_subquery())
        state, ids = session.execute(select(col(TallyState.calendar), changed)).one()
        self.usable = state == self.days.key
        self.changed: tuple[UUID, ...] = tuple(ids)

    def read(self, wanted: Sequence[Wanted]) -> list[list[Sum]]:
        """The figures of each dimension in its scope; two statements."""
        if not self.usable:
            return super().read(wanted)
        places, asked = [], []
        for place, (dimension, scope) in enumerate(wanted):
            for part in self._counted(dimension, scope):
                places.append(place)
                asked.append((dimension, part))
        found = self._kept(wanted)
        for place, counted in zip(places, sums(self.days, asked), strict=True):
            found[place] += counted
        return [_merged(f) for f in found]

    def _counted(self, dimension: Dimension, scope: Scope) -> list[Scope]:
        """Of what the rows have to be counted now."""
        if dimension.kept is Kept.NOT:
            return [scope]
        changed = [replace(scope, cases=self.changed, part=Part.SETTLED)] if self.changed else []
        return [*changed, replace(scope, part=Part.MOVING)] if dimension.kept is Kept.SETTLED else changed

    def _kept(self, wanted: Sequence[Wanted]) -> list[list[Sum]]:
        parts = [
            part
            for place, (dimension, scope) in enumerate(wanted)
            if dimension.kept is not Kept.NOT
            for part in self._parts(place, dimension, scope)
        ]
        found: list[list[Sum]] = [[] for _ in wanted]
        if not parts:
            return found
        rows = union_all(*parts).subquery()
        n, weight = func.sum(rows.c.n), func.sum(rows.c.weight)
        query = select(rows.c.place, rows.c.value, n.label("n"), weight.label("weight"))
        query = query.group_by(rows.c.place, rows.c.value).having(n != 0)
        for place, value, label, count, sum_ in self.days.session.execute(_labelled(query, wanted)):
            found[place].append((value, label, count, int(sum_)))
        return found

    def _parts(self, place: int, dimension: Dimension, scope: Scope) -> list[Any]:
        kept = [
            _row(place, col(Tally.value), col(Tally.n), col(Tally.weight)).where(_within(dimension, scope))
        ]
        if self.changed:
            kept.append(_taken_out(place, dimension, scope, self.changed))
        return kept


def _row(place: int, value: Any, n: Any, weight: Any) -> Any:
    return select(
        literal(place, Integer).label("place"), value.label("value"), n.label("n"), weight.label("weight")
    )


def _within(dimension: Dimension, scope: Scope) -> Any:
    spans = periods(max(scope.since or EARLIEST, EARLIEST), min(scope.until or LATEST, LATEST))
    filed = (
        and_(col(Tally.grain) == grain, col(Tally.start).between(first, last)) for grain, first, last in spans
    )
    of_procedure = col(Tally.procedure) == scope.procedure if scope.procedure else true()
    return and_(col(Tally.dimension) == dimension.key, of_procedure, or_(false(), *filed))


def _taken_out(place: int, dimension: Dimension, scope: Scope, cases: tuple[UUID, ...]) -> Any:
    """What cases had contributed, with the opposite sign."""
    facts = func.jsonb_array_elements(col(TallyCase.facts)).table_valued(column("value", JSONB), name="fact")
    fact = facts.c.value
    n, weight = cast(fact[2].astext, Integer), cast(fact[3].astext, BigInteger)
    return (
        _row(place, fact[1].astext, -n, -weight)
        .select_from(TallyCase)
        .join(facts, true())
        .where(
            col(TallyCase.case_id) == any_(bindparam("of_cases", list(cases), ARRAY(Uuid))),
            fact[0].astext == dimension.key,
            col(TallyCase.day).between(scope.since or EARLIEST, scope.until or LATEST),
            col(TallyCase.procedure) == scope.procedure if scope.procedure else true(),
        )
    )


def _labelled(query: Any, wanted: Sequence[Wanted]) -> Any:
    """The sums with the names of the people and organisations they are about, as they are called now."""
    found = query.subquery()
    names: list[Any] = []
    query = select(found.c.place, found.c.value)
    for table in (Party, User):
        places = [place for place, (dimension, _) in enumerate(wanted) if dimension.labels is table]
        if places:
            named = and_(found.c.place.in_(places), cast(col(table.id), String) == found.c.value)
            query, names = query.outerjoin(table, named), [*names, table.name]
    return query.add_columns(func.coalesce(*names, ""), found.c.n, found.c.weight)


def periods(first: date, last: date, grains: str = "ymd") -> Iterator[Period]:
    """The days from `first` to `last` as whole years, then months, then days: (grain, first start, last start).

    All days there are have one sum ("a").
    """
    if first > last:
        return
    if (first, last) == (EARLIEST, LATEST):
        yield "a", first, first
        return
    grain, finer = grains[0], grains[1:]
    begin, end = _start(first, grain), _start(last + _A_DAY, grain)
    if begin < first:
        begin = _start(begin + 367 * _A_DAY if grain == "y" else begin + 31 * _A_DAY, grain)
    if begin >= end:
        yield from periods(first, last, finer)
        return
    yield grain, begin, end - _A_DAY
    if finer:
        yield from periods(first, begin - _A_DAY, finer)
        yield from periods(end, last, finer)


def starts(day: date) -> Iterator[tuple[str, date]]:
    """(grain, first day) of all time, the year, the month and the day a day lies in."""
    return ((grain, _start(day, grain)) for grain in "aymd")


def _start(day: date, grain: str) -> date:
    return {"a": EARLIEST, "y": day.replace(month=1, day=1), "m": day.replace(day=1), "d": day}[grain]


def _merged(found: list[Sum]) -> list[Sum]:
    """One entry a value."""
    by_value: dict[str, Sum] = {}
    for value, label, n, weight in found:
        _, known, count, sum_ = by_value.get(value, (value, None, 0, 0))
        by_value[value] = (value, known or label, count + n, sum_ + weight)
    return list(by_value.values())
