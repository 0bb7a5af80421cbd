"""What speaks for evaluating an entry 风险因素: anomalies, first year, size, time since the last evaluation (M13)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func
from sqlmodel import Session, select

from models.tables import (
    Case,
    DataBatch,
    Project,
    ReplacementDuty,
    ReportingDuty,
)
from models.vocabulary.amounts import tonnes
from models.vocabulary.text import Text
from services.clock import SHANGHAI

#: Grams a year from which an entry counts as large.
LARGE_G = 1_000_000_000
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Sign:
    """A reason. weight: added to the 100 everybody has in the draw. flags: reason enough by itself."""

    words: Text
    weight: int
    flags: bool = False


def of(session: Session, project: Project, on: date) -> Iterator[Sign]:
    """The signs of an entry, judged for the end of the year `on`."""
    yield from _anomalies(session, project)
    yield from _duties(session, project)
    published = project.published_at.astimezone(SHANGHAI).date()
    if on - published <= YEAR:
        yield Sign(Text("in its first year", "公布后首年"), 100)
    if project.est_annual_g >= LARGE_G:
        amount = tonnes(project.est_annual_g)
        yield Sign(Text(f"large: {amount} tCO₂e a year", f"规模较大（年 {amount} tCO₂e）"), 100)
    yield from _long_ago(session, project, on)


def _anomalies(session: Session, project: Project) -> Iterator[Sign]:
    """Rows refused or set apart in what was reported; one in ten is flagged by itself."""
    rows, bad = session.exec(
        select(
            func.coalesce(func.sum(DataBatch.rows), 0),
            func.coalesce(func.sum(DataBatch.rejected + DataBatch.apart), 0),
        ).where(DataBatch.project_id == project.id)
    ).one()
    if bad:
        words = Text(f"{bad} of {rows} reported rows anomalous", f"报送数据 {rows} 行中 {bad} 行异常")
        yield Sign(words, 200, flags=int(bad) * 10 >= int(rows))


def _duties(session: Session, project: Project) -> Iterator[Sign]:
    """Reports overdue, and reductions still to be replaced."""
    late = session.exec(
        select(func.count()).where(ReportingDuty.project_id == project.id, ReportingDuty.state == "overdue")
    ).one()
    if late:
        yield Sign(Text(f"{late} reports overdue", f"{late} 期数据逾期未报"), 150, flags=late > 1)
    owing = session.exec(
        select(ReplacementDuty.id).where(
            ReplacementDuty.project_id == project.id, ReplacementDuty.state == "open"
        )
    ).first()
    if owing is not None:
        yield Sign(Text("replacement owed", "补足义务未履行"), 200, flags=True)


def _long_ago(session: Session, project: Project, on: date) -> Iterator[Sign]:
    """Fifty for each year since the last evaluation, four years at most."""
    ended = session.exec(
        select(func.max(Case.ended_at)).where(
            Case.procedure == "tracking_evaluation", Case.project_id == project.id
        )
    ).one()
    since = (ended or project.published_at).astimezone(SHANGHAI).date()
    years = min(4, (on - since) // YEAR)
    if years > 0:
        last = Text("evaluated", "评估") if ended else Text("published", "公布")
        yield Sign(Text(f"{last.en} {years} years ago", f"距上次{last.zh}已 {years} 年"), 50 * years)
