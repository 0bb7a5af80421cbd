"""What a scenario's records came to and who received it 场景签发: runs for its operator and the centre, receipts for a person (G28)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, cast, func
from sqlmodel import Session, col, select

from models.procedures.issuance_forms.rules import last_day_of_month
from models.tables import Case, Project, ScenarioIssued, ScenarioRecord, ScenarioRun
from models.vocabulary.text import Text
from services import issuance_data
from services.monitoring import activity
from services.monitoring.activity import Activity, Judged

#: Records of a month shown on the page; the workbook has them all.
SHOWN = 200

STATES: dict[str, Text] = {
    "gathering": Text("Records are being counted", "正在汇总记录"),
    "converting": Text("Issued, becoming points", "已签发，正在转换碳积分"),
    "done": Text("Issued to the persons", "已签发到个人"),
    "empty": Text("Nothing to issue", "无可签发的记录"),
}
COUNTED, APART = Text("Counted", "计入"), Text("Set apart", "不计入")


@dataclass(frozen=True)
class Run:
    """A month that was issued, and the case it was decided in."""

    row: ScenarioRun
    case_no: str

    @property
    def state(self) -> str:
        if self.row.state != "issued":
            return self.row.state
        return "done" if self.row.converted >= self.row.persons else "converting"


@dataclass(frozen=True)
class Totals:
    """Of all runs together."""

    runs: int
    records: int
    grams: int


@dataclass(frozen=True)
class Receipt:
    """What a person was given of one month of one scenario."""

    run: ScenarioRun
    scenario: Project
    records: int
    grams: int


def runs(session: Session, scenario: Project) -> list[Run]:
    """Every run of a scenario, the latest month first."""
    rows = session.exec(
        select(ScenarioRun, Case.case_no)
        .join(Case, col(Case.id) == col(ScenarioRun.case_id))
        .where(ScenarioRun.project_id == scenario.id)
        .order_by(col(ScenarioRun.month).desc())
    )
    return [Run(row, case_no) for row, case_no in rows]


def totals(found: Sequence[Run]) -> Totals:
    """The sums at the top of the page."""
    issued = [r.row for r in found if r.row.state == "issued"]
    return Totals(len(issued), sum(r.records for r in issued), sum(r.grams for r in issued))


def months(session: Session, scenario: Project) -> list[tuple[date, int]]:
    """Months with records and how many were received, the latest first."""
    month = cast(func.date_trunc("month", func.timezone("Asia/Shanghai", col(ScenarioRecord.at))), Date)
    rows = session.exec(
        select(month, func.count())
        .where(ScenarioRecord.project_id == scenario.id)
        .group_by(month)
        .order_by(month.desc())
    )
    return [(first, int(count)) for first, count in rows]


def month(session: Session, scenario: Project, first: date) -> Activity | None:
    """The records of a month judged; None where the methodology is not worked out from records."""
    method = issuance_data.calculator(session, scenario)
    if method is None:
        return None
    return activity.of_days(session, scenario, method, first, last_day_of_month(first))


def cells(rows: Sequence[Judged], lang: str) -> Iterator[tuple[object, ...]]:
    """Records as rows of a workbook in the reader's words; who acted is not among them (M10)."""
    between = Text("; ", "；").of(lang)
    for r in rows:
        yield (
            r.record_no,
            r.start,
            r.end,
            between.join(f"{k}={v}" for k, v in sorted(r.values.items())),
            (COUNTED if r.reason is None else APART).of(lang),
            r.grams if r.reason is None else "",
            r.reason.of(lang) if r.reason else "",
        )


def receipts(session: Session, party_id: int) -> list[Receipt]:
    """What a person was given, month by month, the latest first."""
    rows = session.exec(
        select(ScenarioRun, Project, func.count(), func.sum(ScenarioIssued.grams))
        .join(ScenarioIssued, col(ScenarioIssued.run_id) == col(ScenarioRun.id))
        .join(Project, col(Project.id) == col(ScenarioRun.project_id))
        .where(ScenarioIssued.party_id == party_id, ScenarioRun.state == "issued")
        .group_by(col(ScenarioRun.id), col(Project.id))
        .order_by(col(ScenarioRun.month).desc(), col(Project.name))
    )
    return [Receipt(run, scenario, int(count), int(grams)) for run, scenario, count, grams in rows]


def receipt_records(
    session: Session, party_id: int, limit: int | None = None
) -> list[tuple[ScenarioRecord, int, Project]]:
    """The person's own records that were issued, with grams, the latest first."""
    query = (
        select(ScenarioRecord, ScenarioIssued.grams, Project)
        .join(ScenarioIssued, col(ScenarioIssued.record_id) == col(ScenarioRecord.id))
        .join(ScenarioRun, col(ScenarioRun.id) == col(ScenarioIssued.run_id))
        .join(Project, col(Project.id) == col(ScenarioRecord.project_id))
        .where(ScenarioIssued.party_id == party_id, ScenarioRun.state == "issued")
        .order_by(col(ScenarioRecord.at).desc(), col(ScenarioRecord.id).desc())
    )
    return [(r, int(g), p) for r, g, p in session.exec(query.limit(limit) if limit else query)]
