"""What the public pages list: notices with their count of objections, the register of projects, letters to verify."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, literal_column
from sqlalchemy import select as wide
from sqlmodel import Session, col, select

from models.tables import Case, DocumentRow, Notice, Objection, Project
from models.vocabulary.errors import NotFound
from models.vocabulary.specs import Audience
from models.vocabulary.text import Text
from models.vocabulary.whole import half_width, is_whole
from services import calendar, clock, deadlines, voiding
from services.clock import SHANGHAI


@dataclass(frozen=True)
class NoticeCard:
    """A notice as lists show it. `left` are the words of its clock, empty once it has ended.

    Args:
        objections: made in time, as on the page of the notice; `waiting` of them wait for their answer.
    """

    notice: Notice
    objections: int
    waiting: int
    left: Text

    @property
    def state(self) -> str:
        """open | paused | waiting (ended, objections being answered) | closed | withdrawn."""
        if self.notice.state == "open":
            return "paused" if self.notice.closes_at is None else "open"
        return "waiting" if self.notice.state == "closed" and self.waiting else self.notice.state


STATE_TITLES: dict[str, Text] = {
    "open": Text("Open for objections", "公示中"),
    "paused": Text("Suspended", "公示中止"),
    "waiting": Text("Objections being answered", "异议处理中"),
    "closed": Text("Ended", "已结束"),
    "withdrawn": Text("Ended early", "公示终止"),
}


def notices(
    session: Session, *, state: str = "", q: str = "", sort: str = "left", limit: int = 20, offset: int = 0
) -> tuple[list[NoticeCard], int]:
    """Notices, and how many there are in all.

    Args:
        state: "open" 公示中, "closed" 已结束 (ended early too), "objections" 有异议, "" all.
        sort: "left" least time left first, then the newest ended; "new" newest first.
    """
    query = _notices(state, q)
    total = session.exec(select(func.count()).select_from(query.subquery())).one()
    order = _newest() if sort == "new" else _least_left()
    return cards(session, list(session.exec(query.order_by(*order).limit(limit).offset(offset)))), total


def _newest() -> tuple[Any, ...]:
    return col(Notice.opened_at).desc(), col(Notice.id).desc()


def _least_left() -> tuple[Any, ...]:
    """Running notices by the end of their clock, then the ended ones, the latest first."""
    runs = col(Notice.state) == "open"
    return (
        runs.desc(),
        case((runs, col(Notice.closes_at)), else_=None).asc().nulls_last(),
        col(Notice.closed_at).desc().nulls_last(),
        *_newest(),
    )


def notices_below(
    session: Session, *, state: str = "", q: str = "", below: int | None = None, limit: int = 20
) -> list[NoticeCard]:
    """Newest first, continued below an id: the stable order of the API and the feed."""
    query = _notices(state, q)
    if below is not None:
        query = query.where(col(Notice.id) < below)
    return cards(session, list(session.exec(query.order_by(col(Notice.id).desc()).limit(limit))))


def _notices(state: str, q: str) -> Any:
    query = select(Notice).execution_options(**voiding.SHOWN)
    if state == "open":
        query = query.where(Notice.state == "open")
    elif state == "closed":
        query = query.where(Notice.state != "open")
    elif state == "objections":
        in_time = select(Objection.notice_id).where(col(Objection.late).is_(False))
        query = query.where(col(Notice.id).in_(in_time))
    text: Any = col(Notice.text)
    for like in _words(q):
        query = query.where(
            col(Notice.title).ilike(like)
            | text["applicant"].astext.ilike(like)
            | text["case_no"].astext.ilike(like)
            | text["district"].astext.ilike(like)
        )
    return query


def _words(q: str) -> list[str]:
    """Patterns of the first words searched for; the signs of LIKE count as plain letters."""
    return ["%" + re.sub(r"([%_\\])", r"\\\1", word) + "%" for word in q.replace("\x00", "").split()[:5]]


def cards(session: Session, rows: list[Notice]) -> list[NoticeCard]:
    """Notices with their objections counted, in one query."""
    counts = (
        {
            notice: (total, waiting)
            for notice, total, waiting in session.exec(
                select(
                    Objection.notice_id,
                    func.count(),
                    func.count().filter(col(Objection.state) == "received", col(Case.ended_at).is_(None)),
                )
                .join(Case, col(Case.id) == col(Objection.case_id))
                .where(col(Objection.notice_id).in_([n.id for n in rows]), col(Objection.late).is_(False))
                .group_by(col(Objection.notice_id))
                .execution_options(**voiding.SHOWN)
            )
        }
        if rows
        else {}
    )
    by, now = calendar.current(session), clock.now()
    return [
        NoticeCard(
            n,
            *counts.get(n.id or 0, (0, 0)),
            deadlines.label(n.closes_at, now, by) if n.state == "open" else Text("", ""),
        )
        for n in rows
    ]


@dataclass(frozen=True)
class Period:
    """When a notice runs, from the same ledger as its timer. `days` are the counted working days."""

    opened: datetime
    closes_at: datetime | None
    days: list[Any]
    lines: list[Any]
    sentence: Text
    confirmed: bool
    demonstration: bool

    @property
    def end(self) -> str:
        """The last moment in words: 2026年10月10日 24:00."""
        if self.closes_at is None:
            return ""
        here = self.closes_at.astimezone(SHANGHAI)
        if self.demonstration or (here.hour, here.minute, here.second) != (0, 0, 0):
            return f"{here.year}年{here.month}月{here.day}日 {here:%H:%M:%S}"
        last = here - timedelta(seconds=1)
        return f"{last.year}年{last.month}月{last.day}日 24:00"


def period(session: Session, notice: Notice) -> Period | None:
    """The days of a notice as counted. None when it has no clock."""
    row = deadlines.of_notice(session, notice.id or 0)
    if row is None:
        return None
    told = deadlines.explain(session, row)
    return Period(
        notice.opened_at,
        notice.closes_at,
        [line for line in told.lines if line.counted is not None],
        told.lines,
        told.sentence,
        told.confirmed,
        told.demonstration,
    )


def rounds(session: Session, notice: Notice) -> list[Notice]:
    """All notices of the same case, first to last."""
    return rounds_of_case(session, notice.case_id)


def rounds_of_case(session: Session, case_id: UUID) -> list[Notice]:
    """All notices of a case, first to last; one that is void stays and says so."""
    query = select(Notice).where(Notice.case_id == case_id).order_by(col(Notice.id))
    return list(session.exec(query.execution_options(**voiding.SHOWN)))


def public_documents(
    session: Session, case_id: UUID, keys: tuple[str, ...], round: int | None = None, void: bool = False
) -> list[DocumentRow]:
    """Issued documents of a case that are made for the public.

    Args:
        void: those that became void, for the page of a notice that did.
    """
    query = select(DocumentRow).where(
        DocumentRow.case_id == case_id,
        DocumentRow.audience == Audience.PUBLIC.value,
        col(DocumentRow.key).in_(keys),
        DocumentRow.void_at.is_not(None) if void else voiding.standing(),
    )
    if round is not None:
        query = query.where(DocumentRow.round == round)
    return list(session.exec(query.order_by(col(DocumentRow.id))))


def projects(
    session: Session,
    *,
    q: str = "",
    district: str = "",
    methodology: str = "",
    state: str = "",
    year: str = "",
    limit: int = 20,
    offset: int = 0,
    whole: int | None = None,
) -> tuple[list[Project], int]:
    """Published projects, newest first, and how many there are in all.

    Args:
        whole: how many the register has, where the caller knows it; not counted again when nothing narrows it.
    """
    query = _projects(q, district, methodology, state, year)
    if whole is None or query.whereclause is not None:
        whole = session.exec(select(func.count()).select_from(query.subquery())).one()
    rows = session.exec(
        query.order_by(col(Project.published_at).desc(), col(Project.id).desc()).limit(limit).offset(offset)
    )
    return list(rows), whole


def projects_below(
    session: Session, *, q: str = "", district: str = "", below: int | None = None, limit: int = 20
) -> list[Project]:
    """Newest first, continued below an id: the stable order of the API and the feed."""
    query = _projects(q, district, "", "", "")
    if below is not None:
        query = query.where(col(Project.id) < below)
    return list(session.exec(query.order_by(col(Project.id).desc()).limit(limit)))


def _year() -> Any:
    return func.extract("year", func.timezone("Asia/Shanghai", col(Project.published_at)))


def _projects(q: str, district: str, methodology: str, state: str, year: str) -> Any:
    query = select(Project)
    for like in _words(q):
        query = query.where(
            col(Project.name).ilike(like)
            | col(Project.number).ilike(like)
            | col(Project.applicant).ilike(like)
            | col(Project.owner).ilike(like)
        )
    for column, value in (
        (Project.district, district),
        (Project.methodology, methodology),
        (Project.state, state),
    ):
        if value:
            query = query.where(col(column) == value.replace("\x00", ""))
    if is_whole(year) and len(year) == 4:
        query = query.where(_year() == int(year))
    return query


def project_choices(session: Session) -> dict[str, list[str]]:
    """What the register can be narrowed by: districts, methodologies and years that occur in it.

    One statement that hops through the indexes from each value to the next, however many projects there are.
    """
    districts, methods, years = (
        _next_values(Project.district),
        _next_values(Project.methodology),
        _next_years(),
    )
    values = [
        select(func.array_agg(hops.c.v)).where(hops.c.v.is_not(None)).scalar_subquery()
        for hops in (districts, methods, years)
    ]
    found = session.execute(wide(*values)).one()
    names = [sorted(v for v in values or () if v) for values in found[:2]]
    dates = [at.astimezone(SHANGHAI).year for at in found[2] or ()]
    return {
        "district": names[0],
        "methodology": names[1],
        "year": [str(year) for year in sorted(dates, reverse=True)],
    }


def _next_values(column: Any) -> Any:
    """The values of a column, each found from the one before; the last row is null."""
    first = wide(func.min(column).label("v")).cte(recursive=True)
    following = wide(func.min(column)).where(col(column) > first.c.v).scalar_subquery()
    return first.union_all(wide(following).where(first.c.v.is_not(None)))


def _next_years() -> Any:
    """The first publication of each year of Shanghai that has one; the last row is null."""
    at = col(Project.published_at)
    first = wide(func.min(at).label("v")).cte(recursive=True)
    here = func.date_trunc("year", func.timezone("Asia/Shanghai", first.c.v)) + literal_column(
        "interval '1 year'"
    )
    following = wide(func.min(at)).where(at >= func.timezone("Asia/Shanghai", here)).scalar_subquery()
    return first.union_all(wide(following).where(first.c.v.is_not(None)))


#: Projects that stay in the register and are expected to save nothing more.
OVER = ("closed", "deregistered")


@dataclass(frozen=True)
class RegisterTotal:
    """The register in numbers.

    Args:
        entries: all that were ever published, as the list has them. live: those among them that are not over.
        grams: what the live ones are expected to save a year.
    """

    entries: int
    live: int
    grams: int

    @property
    def over(self) -> int:
        return self.entries - self.live


def register_total(session: Session) -> RegisterTotal:
    """How many projects are published, and what those that are not over are expected to save a year (G15)."""
    by_state = select(Project.state, func.count(), func.sum(col(Project.est_annual_g))).group_by(
        col(Project.state)
    )
    counted = session.exec(by_state).all()  # from an index that has all of it
    live = [(count, grams) for state, count, grams in counted if state not in OVER]
    return RegisterTotal(
        sum(count for _, count, _ in counted), sum(n for n, _ in live), sum(int(grams) for _, grams in live)
    )


_BRACKETS = str.maketrans("()[]【】", "〔〕〔〕〔〕")
_CERTIFICATE = re.compile(r"SHPH-[A-Z]{2}-[0-9]{4}-[0-9]{6}")


def letter(session: Session, code: str) -> DocumentRow:
    """An issued document by its number, its printed check code, or 16 or more digits of its sha256.

    Raises:
        NotFound: nothing issued goes by this code.
    """
    plain = re.sub(r"[\s\x00]", "", half_width(code)).translate(_BRACKETS)
    digits = plain.lower()
    query = select(DocumentRow).order_by(col(DocumentRow.id)).limit(1)
    found = session.exec(query.where(DocumentRow.number == plain)).first()
    if found is None and re.fullmatch(r"[0-9a-f]{16,64}", digits):
        found = session.exec(
            query.where(col(DocumentRow.sha256).startswith(digits) | (col(DocumentRow.check_code) == digits))
        ).first()
    if found is None and _CERTIFICATE.fullmatch(plain.upper()):
        raise NotFound(
            Text(
                "A certificate of the ledger is checked by the 16-digit code printed on it, not by its number.",
                "登记簿凭证请输入凭证上的 16 位查验码，不按凭证编号查询。",
            )
        )
    if found is None:
        raise NotFound(
            Text(
                "No document issued by the centre goes by this number or code. Check it for typing errors.",
                "未查到对应的文书。请核对文号或校验码；如仍查询不到，请与市减污降碳中心联系。",
            )
        )
    return found
