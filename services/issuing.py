"""Issuance 签发 as acts on the rows: asked for, reviewed, posted, ended (G18, G19, M06, I02, I04, I24).

The days asked for are claimed in the ledger the moment a case is filed, so that no two cases can ask for the same
days; they are given back when the case ends without issuance, and kept for ever once it is posted.
"""

import json
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import true
from sqlmodel import Session, col, select

from models.tables import Act, Case, Claim, IssuanceRow, Project
from models.vocabulary.amounts import tonnes
from models.vocabulary.errors import Conflict, DomainError
from models.vocabulary.events import Event
from models.vocabulary.text import Text
from services import (
    answers,
    audit,
    clock,
    issuance_facts,
    issuance_hindrances,
    issuances,
    ledger,
    ledger_issuance,
    paths,
    replacements,
    scenario_issuance,
    shares,
)
from services.clock import SHANGHAI
from services.issuance_facts import Receiver

#: Where a project application says that it asks for the first issuance (G18).
ASKED = "project.apply_first_issuance"


def asked_first(case: Case) -> bool:
    """Does the application ask for the first issuance?"""
    return case.procedure == "project_application" and paths.first(case.form, ASKED) is True


def form_taken(session: Session, case: Case) -> None:
    """A form for issuance was submitted, or submitted anew: the row and its claim follow what it says (I02).

    Raises:
        Conflict: another live claim covers some of the days.
    """
    if case.project_id is None:
        return
    project = session.get_one(Project, case.project_id)
    first, last = (
        date.fromisoformat(str(paths.first(case.form, f"application.period_{p}"))) for p in ("from", "to")
    )
    claimed = sum(issuances.grams_of(r["tco2e"]) for r in paths.get(case.form, "application.claim.*"))
    case.methodology, case.methodology_version = project.methodology, project.methodology_version
    case.district = project.district
    origin = session.get_one(Case, project.case_id)
    case.principal_id = origin.principal_id
    _ask(session, case, project, (first, last), claimed, first_time=False)


def open_accounts(session: Session, case: Case, project: Project) -> None:
    """Whoever shares in a published project has a registry account from that day on (G08)."""
    if project.kind == "project":
        for share in shares.of_case(session, case):
            if share.party is not None:
                ledger.open_account(session, None, share.party)


def begin_first(session: Session, case: Case, project: Project) -> bool:
    """Publication lets the first issuance begin, where the application asks for it (G18, I24).

    Returns:
        False where nothing was asked for.
    """
    if not asked_first(case):
        return False
    if issuance_facts.row_of(session, case) is None:
        first, last = (
            date.fromisoformat(str(paths.first(case.form, f"project.first_period_{p}")))
            for p in ("from", "to")
        )
        claimed = issuances.grams_of(paths.first(case.form, "project.first_amount_t"))
        _ask(session, case, project, (first, last), claimed, first_time=True)
    return True


def _ask(
    session: Session,
    case: Case,
    project: Project,
    period: tuple[date, date],
    claimed: int,
    *,
    first_time: bool,
) -> None:
    """The row of the case and the claim on its days; an earlier claim of the case on other days is given back."""
    row = issuance_facts.row_of(session, case)
    if row is None:
        row = IssuanceRow(
            case_id=case.id,
            project_id=project.id or 0,
            first_time=first_time,
            period_from=period[0],
            period_to=period[1],
            claimed_g=claimed,
            at=clock.now(),
        )
    row.project_id, (row.period_from, row.period_to), row.claimed_g = project.id or 0, period, claimed
    row.recomputed_g = row.approved_g = None
    row.claim_id = _claimed(session, case, project, period)[0].id
    session.add(row)
    session.flush()


def _claimed(session: Session, case: Case, project: Project, period: tuple[date, date]) -> list[Claim]:
    """The days claimed, a piece for each calendar year; what the case claimed before and asks for no more is given back.

    The pieces keep their days until the case ends, and for ever once it is issued (I02).
    """
    pieces = issuances.calendar_years(*period)
    for held in _held(session, case):
        days = (held.period.lower, held.period.upper - timedelta(days=1))
        kept = held.origin_id == project.id and days in pieces
        if not kept or held.slot != _slot(project, days[0], len(pieces)):
            ledger_issuance.release_claim(session, held)
    return [
        ledger_issuance.claim(session, project, case.id, first, last, _slot(project, first, len(pieces)))
        for first, last in pieces
    ]


def _slot(project: Project, first: date, pieces: int) -> str:
    """What tells the claims of one case apart: the month of a scenario, the year of a period over several years."""
    if project.kind == "scenario":
        return f"{first:%Y-%m}"
    return str(first.year) if pieces > 1 else ""


def _held(session: Session, case: Case) -> list[Claim]:
    """Live claims of the case, on whatever project."""
    return list(
        session.exec(
            select(Claim)
            .where(Claim.case_id == case.id, col(Claim.released_at).is_(None))
            .order_by(col(Claim.id))
        )
    )


def reviewed(session: Session, case: Case, outcome: str, data: dict[str, Any]) -> None:
    """Keep what the review came to: the amounts, and the calculation they rest on (I04)."""
    row = issuance_facts.row_of(session, case)
    if row is None:
        return
    row.approved_g = row.recomputed_g = None
    if outcome != "agree":
        return
    project = session.get_one(Project, row.project_id)
    found = issuance_facts.data_of(session, case, row, project)
    row.recomputed_g, row.approved_g = found.recomputed_g, issuances.grams_of(data["approved_t"])
    row.data_sha256 = found.sha256
    row.calculation = found.calculation.as_json() if found.calculation else {}
    session.add(row)
    session.flush()


def is_lower(session: Session, case: Case) -> bool:
    """Was less approved than asked for?"""
    row = issuance_facts.row_of(session, case)
    return row is not None and row.approved_g is not None and row.approved_g < row.claimed_g


def within_a_year(session: Session, project: Project, but: Case | None = None) -> list[IssuanceRow]:
    """Issuances of the project pending, or done in the twelve months before `but` was filed (today) (G18, I25).

    Counted by days as every limit is: the day of the issuance is not counted, the same day of the next year is the last.
    """
    asked = but.submitted_at if but is not None and but.submitted_at is not None else clock.now()
    since = datetime.combine(_a_year_before(asked.astimezone(SHANGHAI).date()), time(), SHANGHAI)
    return list(
        session.exec(
            select(IssuanceRow).where(
                IssuanceRow.project_id == project.id,
                true() if but is None else col(IssuanceRow.case_id) != but.id,
                (col(IssuanceRow.state) == "pending")
                | ((col(IssuanceRow.state) == "issued") & (col(IssuanceRow.ended_at) >= since)),
            )
        )
    )


def _a_year_before(day: date) -> date:
    """The first day from which twelve months reach `day`: the same day of the year before; of a leap day, 1 March."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 3, 1)


def is_exception(session: Session, case: Case) -> bool:
    """Is it a second issuance within twelve months, for the supervisor to decide on?"""
    row = issuance_facts.row_of(session, case)
    if row is None:
        return False
    project = session.get_one(Project, row.project_id)
    return yearly(project) and bool(within_a_year(session, project, case))


def yearly(project: Project) -> bool:
    """Is it issued once a year? A scenario is issued to persons month by month (G18, G28)."""
    return project.kind != "scenario"


def post(session: Session, case: Case) -> str:
    """Enter the approved amount into the ledger, once: lot, serial numbers, certificate, in one transaction (M06).

    Returns:
        "posted", or "hindered" where something stands against it; what, is noted in the trail.
    """
    row = issuance_facts.row_of(session, case)
    if row is not None and row.state == "issued":
        return "posted"
    against = issuance_hindrances.of_case(session, case)
    if not against:
        try:
            with session.begin_nested():
                _enter(session, case, _required(row))
            return "posted"
        except DomainError as refused:
            against = [refused.detail]
    audit.record(
        session,
        Event.ISSUANCE_HINDERED,
        case=case,
        data={"text": {"zh": "；".join(t.zh for t in against), "en": " ".join(t.en for t in against)}},
    )
    return "hindered"


def _required(row: IssuanceRow | None) -> IssuanceRow:
    assert row is not None
    return row


def _enter(session: Session, case: Case, row: IssuanceRow) -> None:
    """The amount goes to the accounts of the application, or, of a scenario, to the persons who acted."""
    project, taken = session.get_one(Project, row.project_id), 0
    if project.kind == "scenario":
        act = scenario_issuance.of_case(
            session,
            project,
            row.period_from,
            case.id,
            row.approved_g or 0,
            _approvers(session, case),
        )
    else:
        act = _posted(session, case, row)
        taken = replacements.net(session, case, project, act, _approvers(session, case))
    row.state, row.act_id, row.ended_at = "issued", act.id, clock.now()
    row.lot = "、".join(lot.number for lot in ledger_issuance.lots_of_act(session, act))
    session.add(row)
    session.flush()
    approved = row.approved_g or 0
    net = _net_of(approved, taken)
    said = Text(
        f"{tonnes(approved)} tCO₂e issued as lot {row.lot}{net.en}.",
        f"签发减排量 {tonnes(approved)} tCO₂e，批次 {row.lot}{net.zh}",
    )
    audit.record(
        session,
        Event.REDUCTION_ISSUED,
        case=case,
        public=True,
        data={"lot": row.lot, "amount_g": str(approved), "netted_g": str(taken), "text": asdict(said)},
    )


def _net_of(approved: int, taken: int) -> Text:
    """What of an issuance went towards what corrections had left owed, and what is left of it in the accounts (G27)."""
    if not taken:
        return Text("", "")
    return Text(
        f"; {tonnes(taken)} tCO₂e of it replaced what corrections had left owed, {tonnes(approved - taken)} tCO₂e "
        "are in the accounts",
        f"；其中 {tonnes(taken)} tCO₂e 扣抵数据修正后应补足的减排量，实际入账 {tonnes(approved - taken)} tCO₂e",
    )


def _posted(session: Session, case: Case, row: IssuanceRow) -> Act:
    """One lot for each calendar year, by the dates of the readings; each is shared out by itself (I07)."""
    parts = _parts(session, case, row)
    first = parts[0]
    return ledger_issuance.issue(
        session,
        None,
        ledger_issuance.Issuance(
            key=f"{case.id}/issue",
            claim_id=first.claim_id,
            case_id=case.id,
            approved_g=first.approved_g,
            recomputed_g=first.recomputed_g,
            calculation=json.dumps(row.calculation, ensure_ascii=False, sort_keys=True).encode(),
            approvers=_approvers(session, case),
            shares=first.shares,
            later=parts[1:],
        ),
    )


def _parts(session: Session, case: Case, row: IssuanceRow) -> list[ledger_issuance.Part]:
    facts = issuance_facts.of_case(session, case)
    assert facts is not None  # the row is there
    receivers = issuance_facts.receivers(session, case, row)
    accounts = [_account(session, r) for r in receivers]
    percents = [(str(a), r.pct) for a, r in zip(accounts, receivers, strict=True)]
    granted = {v.year: v.approved_g or 0 for v in facts.vintages}
    recomputed = {v.year: v.recomputed_g or 0 for v in facts.vintages}
    claims = {
        c.period.lower.year: c.id or 0
        for c in ledger_issuance.claims_of(session, session.get_one(Project, row.project_id), case.id)
    }
    return [
        ledger_issuance.Part(
            claims[year],
            granted[year],
            recomputed[year],
            [(account, part) for account, part in zip(accounts, grams, strict=True) if part],
        )
        for year, grams in issuances.shared_by_year(granted, percents).items()
    ]


def _account(session: Session, receiver: Receiver) -> int:
    """The ledger account of a receiver, opened on first use. Raises Conflict: it is not known who that is (G08)."""
    if receiver.party is None:
        name = receiver.name or receiver.account
        raise Conflict(shares.waiting(name, receiver.pct), "ledger")
    return ledger.open_account(session, None, receiver.party).id or 0


def _approvers(session: Session, case: Case) -> tuple[int, int]:
    """Who reviewed the amount and who approved it; the ledger refuses one natural person twice."""
    found = []
    for key in ("quantity_review", "issuance_approval"):
        answer = answers.latest(session, case.id, key)
        found.append(answer[0].by_user if answer else 0)
    return found[0], found[1]


def refuse_posted(session: Session, case: Case) -> None:
    """What is in the ledger is not withdrawn. Raises Conflict."""
    row = issuance_facts.row_of(session, case)
    if row is not None and row.state == "issued":
        raise Conflict(
            Text(
                f"{case.case_no} has been issued; it can no longer be withdrawn.",
                f"{case.case_no} 的减排量已登记入账，不能撤回。",
            ),
            "changed",
        )


def case_ended(session: Session, case: Case) -> None:
    """A case ended: what it asked for and did not get is given back; a first issuance ends with its application (G18)."""
    row = issuance_facts.row_of(session, case)
    if row is not None and row.state == "pending":
        for held in _held(session, case):
            ledger_issuance.release_claim(session, held)
        row.state, row.ended_at = "ended", clock.now()
        session.add(row)
    if row is None and case.submitted_at is not None and asked_first(case):
        said = Text(
            "The first issuance asked for with the application is cancelled with it.",
            "项目未获公布，同步申请的首次签发随之取消",
        )
        audit.record(
            session, Event.FIRST_ISSUANCE_CANCELLED, case=case, public=True, data={"text": asdict(said)}
        )
