"""Keeps the sums of the statistics (W02): adds up what has changed, or everything, and checks it.

`services.reading.statistics.kept` reads them. Triggers note in `tally_change` every case whose rows change; this
takes out what the case had contributed and puts in what its rows say now. A note that comes while it works stays, and
the case is counted from its rows until the next round: the order of transactions does not matter.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, cast, delete, func, insert, literal, select, union_all
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models.tables import Case, Tally, TallyCase, TallyChange, TallyState
from services.reading.statistics.dimensions import ALL, Dimension, Kept
from services.reading.statistics.kept import starts
from services.reading.statistics.scope import Days, Part, Scope

#: Notes taken up at once, and cases added up at once when everything is made anew.
NOTES, BATCH = 5000, 2000
#: Whoever adds up holds this; nobody waits for it.
LOCK = 0x7A11
KEPT = [d for d in ALL.values() if d.kept is not Kept.NOT]

_HELD = (col(TallyCase.procedure), col(TallyCase.day), col(TallyCase.facts))

Fact = list[Any]  # [dimension, value, n, weight]
Key = tuple[str, str, date, str, str]  # grain, dimension, start, procedure, value


def advance(session: Session) -> bool:
    """Add up cases that have changed; everything where the calendar has. True while there is more to do."""
    if not session.execute(select(func.pg_try_advisory_xact_lock(LOCK))).scalar_one():
        return False
    days = Days(session)
    if session.execute(select(col(TallyState.calendar))).scalar_one() != days.key:
        _everything(session, days)
        return False
    first = select(col(TallyChange.id)).order_by(col(TallyChange.id)).limit(NOTES).scalar_subquery()
    gone = session.execute(
        delete(TallyChange).where(col(TallyChange.id).in_(first)).returning(col(TallyChange.case_id))
    )
    notes = gone.scalars().all()
    if notes:
        _put(session, _renewed(session, days, sorted(set(notes))))
    return len(notes) == NOTES


def rebuild(session: Session) -> int:
    """Make all sums anew from the rows; how many cases. Waits for whoever adds up now."""
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    return _everything(session, Days(session))


def _everything(session: Session, days: Days) -> int:
    for table in (TallyChange, TallyCase, Tally):
        session.execute(delete(table))
    ids = session.execute(select(col(Case.id)).where(*Scope().where()).order_by(col(Case.id))).scalars().all()
    total: Counter[Key] = Counter()
    weights: Counter[Key] = Counter()
    for place in range(0, len(ids), BATCH):
        more, heavier = _renewed(session, days, ids[place : place + BATCH])
        total.update(more)
        weights.update(heavier)
    _put(session, (total, weights))
    session.get_one(TallyState, 1).calendar = days.key
    session.flush()
    return len(ids)


# ---- what a case contributes ---------------------------------------------------------------------


def _facts(session: Session, days: Days, ids: Iterable[UUID]) -> dict[UUID, tuple[str, date, list[Fact]]]:
    """(procedure, day of filing, facts) of each case that counts."""
    scope = Scope(cases=tuple(ids), part=Part.SETTLED)
    day = cast(func.timezone("Asia/Shanghai", col(Case.submitted_at)), Date)
    found: dict[UUID, tuple[str, date, list[Fact]]] = {
        i: (key, filed, [])
        for i, key, filed in session.execute(
            select(col(Case.id), col(Case.procedure), day).where(*scope.where())
        )
    }
    parts = [_by_case(days, scope, d).subquery() for d in KEPT]
    query = select(union_all(*(select(p) for p in parts)).subquery())
    for case_id, key, value, n, weight in session.execute(query):
        if case_id in found:
            found[case_id][2].append([key, value, n, int(weight)])
    for _, _, facts in found.values():
        facts.sort()
    return found


def _by_case(days: Days, scope: Scope, dimension: Dimension) -> Any:
    rows = dimension.rows(days, scope).subquery()
    sums = func.count(), func.coalesce(func.sum(rows.c.weight), 0)
    return select(
        rows.c.case_id,
        literal(dimension.key).label("dimension"),
        rows.c.value,
        *(s.label(name) for s, name in zip(sums, ("n", "weight"), strict=True)),
    ).group_by(rows.c.case_id, rows.c.value)


def _renewed(session: Session, days: Days, ids: Iterable[UUID]) -> "tuple[Counter[Key], Counter[Key]]":
    """Keep what the cases contribute now; how the sums change by it."""
    ids = list(ids)
    n: Counter[Key] = Counter()
    weight: Counter[Key] = Counter()
    old = delete(TallyCase).where(col(TallyCase.case_id).in_(ids))
    for key, day, facts in session.execute(old.returning(*_HELD)):
        _add(n, weight, key, day, facts, -1)
    new = _facts(session, days, ids)
    for key, day, facts in new.values():
        _add(n, weight, key, day, facts, 1)
    if new:
        rows = [{"case_id": i, "procedure": key, "day": day, "facts": f} for i, (key, day, f) in new.items()]
        session.execute(insert(TallyCase), rows)
    return n, weight


def _add(
    n: "Counter[Key]", weight: "Counter[Key]", procedure: str, day: date, facts: Iterable[Fact], sign: int
) -> None:
    for grain, start in starts(day):
        for dimension, value, count, sum_ in facts:
            key = (grain, dimension, start, procedure, value)
            n[key] += sign * count
            weight[key] += sign * sum_


def _put(session: Session, change: "tuple[Counter[Key], Counter[Key]]") -> None:
    """Add a change to the sums, in one order for everybody; what comes to nothing goes."""
    n, weight = change
    columns = ("grain", "dimension", "start", "procedure", "value")
    rows = [
        dict(zip(columns, key, strict=True)) | {"n": n[key], "weight": weight[key]}
        for key in sorted(n)
        if n[key] or weight[key]
    ]
    if not rows:
        return
    put = upsert(Tally)
    put = put.on_conflict_do_update(
        index_elements=list(columns),
        set_={"n": col(Tally.n) + put.excluded.n, "weight": col(Tally.weight) + put.excluded.weight},
    )
    session.execute(put, rows)
    if any(count < 0 for count in n.values()):
        session.execute(delete(Tally).where(col(Tally.n) == 0))


# ---- is it right? --------------------------------------------------------------------------------


def wrong(session: Session) -> list[str]:
    """Everything in which the sums differ from the rows, one word each; cases noted as changed are left out."""
    days, found = Days(session), []
    noted = select(col(TallyChange.case_id))
    kept = select(col(TallyCase.case_id)).union(select(col(Case.id)).where(*Scope().where())).subquery()
    ids = (
        session.execute(select(kept.c[0]).where(kept.c[0].not_in(noted)).order_by(kept.c[0])).scalars().all()
    )
    for place in range(0, len(ids), BATCH):
        some = ids[place : place + BATCH]
        now = _facts(session, days, some)
        then = {
            r.case_id: (r.procedure, r.day, r.facts)
            for r in session.execute(select(TallyCase).where(col(TallyCase.case_id).in_(some))).scalars()
        }
        found += [f"case {i}" for i in some if now.get(i) != then.get(i)]
    return found + _wrong_sums(session)


def _wrong_sums(session: Session) -> list[str]:
    n: Counter[Key] = Counter()
    weight: Counter[Key] = Counter()
    for key, day, facts in session.execute(select(*_HELD)):
        _add(n, weight, key, day, facts, 1)
    kept = {
        (t.grain, t.dimension, t.start, t.procedure, t.value): (t.n, t.weight)
        for t in session.execute(select(Tally)).scalars()
    }
    return [
        "sum " + " ".join(str(part) for part in key)
        for key in sorted({*n, *kept})
        if kept.get(key, (0, 0)) != (n[key], weight[key])
    ]
