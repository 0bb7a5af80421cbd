"""Reading the numbers of an issuance from the rows, for pages, letters and decisions (services.issuances)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from models.tables import (
    Act,
    Case,
    IssuanceRow,
    LedgerAccount,
    Methodology,
    Party,
    Project,
    Submission,
    TaskRow,
    User,
)
from services import answers, corrections, issuance_data, issuances, ledger_certificates, paths, shares
from services.clock import SHANGHAI
from services.issuance_data import Basis
from services.issuances import Approver, Earlier, Holder, IssuanceFacts, Vintage


def row_of(session: Session, case: Case) -> IssuanceRow | None:
    """The issuance of a case, if it is about one."""
    return session.exec(select(IssuanceRow).where(IssuanceRow.case_id == case.id)).first()


def of_case(session: Session, case: Case) -> IssuanceFacts | None:
    """Everything the issuance of a case says in numbers; None where the case is about none (yet)."""
    row = row_of(session, case)
    if row is None:
        return None
    project = session.get_one(Project, row.project_id)
    return _facts(session, case, row, project, data_of(session, case, row, project))


def data_of(session: Session, case: Case, row: IssuanceRow, project: Project) -> Basis:
    """The data the issuance rests on, as it is now."""
    period = (row.period_from, row.period_to)
    if row.first_time:
        return issuance_data.of_project_form(session, project, case.form, period)
    return issuance_data.of_form(session, project, case.form, period)


def claim_of(case: Case, row: IssuanceRow) -> dict[int, int]:
    """Grams asked for, by year."""
    if row.first_time:
        return {row.period_to.year: row.claimed_g}
    rows = paths.get(case.form, "application.claim.*")
    return {int(r["vintage_year"]): issuances.grams_of(r["tco2e"]) for r in rows if isinstance(r, dict)}


@dataclass(frozen=True)
class Receiver:
    """Who gets a part of an issuance, into which account; without a party, it is not known (yet) who that is."""

    account: str
    name: str
    pct: Decimal
    party: Party | None


def receivers(session: Session, case: Case, row: IssuanceRow) -> list[Receiver]:
    """Those who share in an issuance: as the form names their accounts, or, of a first one, as the letter has them."""
    if row.first_time:
        return [
            Receiver(account_of(session, s.party) if s.party else "", s.name, s.pct, s.party)
            for s in shares.of_case(session, case)
        ]
    found = []
    for typed in paths.get(case.form, "application.receiving_accounts.*"):
        account, pct = str(typed["account"]), Decimal(str(typed["pct"]))
        party = party_of_account(session, account)
        found.append(Receiver(account, party.name if party else "", pct, party))
    return found


def account_of(session: Session, party: Party) -> str:
    """The number of a party's registry account, or of its platform account while none is opened; else nothing."""
    opened = session.exec(select(LedgerAccount.number).where(LedgerAccount.party_id == party.id)).first()
    return opened or party.account_no or ""


def party_of_account(session: Session, number: str) -> Party | None:
    """The holder of a platform or registry account."""
    opened = select(LedgerAccount.party_id).where(LedgerAccount.number == number)
    return session.exec(
        select(Party).where((col(Party.account_no) == number) | col(Party.id).in_(opened)).limit(1)
    ).first()


def earlier_of(session: Session, project: Project, but: Case) -> list[IssuanceRow]:
    """Issuances of the project that are done, oldest first."""
    return list(
        session.exec(
            select(IssuanceRow)
            .where(
                IssuanceRow.project_id == project.id,
                IssuanceRow.state == "issued",
                IssuanceRow.case_id != but.id,
            )
            .order_by(col(IssuanceRow.period_from))
        )
    )


def _facts(session: Session, case: Case, row: IssuanceRow, project: Project, data: Basis) -> IssuanceFacts:
    before = [
        e
        for e in earlier_of(session, project, case)
        if row.ended_at is None or (e.ended_at or e.at) <= row.ended_at
    ]
    estimated = issuances.estimated(project.est_annual_g, row.period_from, row.period_to)
    result = data.result
    left_out = result.left_out if result else data.apart
    unused = {a.reading.row for a in left_out}
    vintages = _vintages(claim_of(case, row), data, row)
    return IssuanceFacts(
        first_time=row.first_time,
        **_register(session, project),
        first=row.period_from,
        last=row.period_to,
        sequence=len(before) + 1,
        earlier=tuple(Earlier(e.lot, e.period_from, e.period_to, e.approved_g or 0) for e in before),
        data_source=data.source,
        data_sha256=data.sha256,
        claimed_g=row.claimed_g,
        recomputed_g=data.recomputed_g,
        approved_g=row.approved_g,
        estimated_g=estimated,
        variance_pct=issuances.variance(row.claimed_g, estimated),
        vintages=vintages,
        calculation=data.calculation,
        readings=tuple(r for r in data.readings if r.row not in unused),
        apart=data.apart,
        conservative=result.conservative if result else (),
        left_out=left_out,
        gaps=data.gaps,
        meters=data.meters,
        completeness_pct=data.completeness_pct,
        good_pct=data.good_pct,
        holders=_holders(session, case, row, vintages),
        quantities=data.quantities,
        activity=data.activity,
        owed_g=corrections.owed(session, project) if row.ended_at is None else 0,
        **_decided(session, case),
        **_posted(session, row),
    )


def _register(session: Session, project: Project) -> dict[str, Any]:
    """As the public register has the project."""
    method = session.exec(
        select(Methodology).where(
            Methodology.code == project.methodology, Methodology.version == project.methodology_version
        )
    ).first()
    return {
        "project_number": project.number,
        "project_name": project.name,
        "published_on": project.published_at.astimezone(SHANGHAI).date(),
        "applicant": project.applicant,
        "owner": project.owner,
        "methodology": project.methodology,
        "version": project.methodology_version,
        "methodology_name": method.name if method else "",
        "method_class": project.method_class,
    }


def _vintages(claimed: dict[int, int], data: Basis, row: IssuanceRow) -> tuple[Vintage, ...]:
    period = (row.period_from, row.period_to)
    worked = issuances.by_year(data.calculation, period) if data.calculation else {}
    if row.first_time and worked:  # an application states one amount for the whole period
        claimed = issuances.cut_down(worked, row.claimed_g)
        claimed[max(claimed)] += row.claimed_g - sum(claimed.values())
    approved = row.approved_g
    granted = issuances.cut_down(worked or claimed, approved) if approved is not None else {}
    return tuple(
        Vintage(year, claimed.get(year, 0), worked.get(year), granted.get(year))
        for year in sorted(claimed.keys() | worked.keys())
    )


def _holders(
    session: Session, case: Case, row: IssuanceRow, vintages: tuple[Vintage, ...]
) -> tuple[Holder, ...]:
    """What each account gets of all lots together."""
    found = receivers(session, case, row)
    if not found:
        return ()
    parts: list[int | None] = [None] * len(found)
    if row.approved_g is not None:
        years = {v.year: v.approved_g or 0 for v in vintages}
        by_year = issuances.shared_by_year(years, [(r.account, r.pct) for r in found])
        parts = [sum(grams[n] for grams in by_year.values()) for n in range(len(found))]
    return tuple(Holder(r.account, r.name, r.pct, g) for r, g in zip(found, parts, strict=True))


def _decided(session: Session, case: Case) -> dict[str, Any]:
    """What people wrote: opinion, reasons, the institution's conclusion."""
    review = answers.latest(session, case.id, "quantity_review")
    refusal = answers.latest(session, case.id, "issuance_refusal_approval")
    exception = answers.latest(session, case.id, "exception_decision")
    form = review[0].form if review else {}
    refused = refusal is not None and refusal[0].outcome == "confirm"
    excepted = exception[0].form.get("reason", "") if exception else ""
    if exception is not None and exception[0].outcome == "refuse":
        refused, refusal = True, exception
    return {
        "opinion": str(form.get("opinion") or ""),
        "reason": str((refusal[0].form if refused and refusal else form).get("reason") or ""),
        "report": _report(session, case),
        "exception_reason": str(paths.first(case.form, "application.second_in_year_reason") or ""),
        "exception_decision": str(excepted),
        "approvers": _approvers(session, case),
    }


def _report(session: Session, case: Case) -> tuple[str, str]:
    found = answers.latest(session, case.id, "quantity_agency_review")
    if found is None:
        return ("", "")
    party = session.get(Party, found[1].party_id) if found[1].party_id else None
    return (party.name if party else "", str(found[0].form.get("conclusion") or ""))


def _approvers(session: Session, case: Case) -> tuple[Approver, ...]:
    rows = session.exec(
        select(Submission, User)
        .join(TaskRow, col(TaskRow.id) == col(Submission.task_id))
        .join(User, col(User.id) == col(Submission.by_user))
        .where(
            Submission.case_id == case.id,
            (TaskRow.key == "quantity_review") & (Submission.outcome == "agree")
            | (TaskRow.key == "issuance_approval") & (Submission.outcome == "approve"),
        )
        .order_by(col(Submission.id))
    ).all()
    latest = {s.role: Approver(s.role, user.name, s.at) for s, user in rows}
    return tuple(latest.values())


def _posted(session: Session, row: IssuanceRow) -> dict[str, Any]:
    """Lot, serial numbers and certificate, once it is in the ledger."""
    act = session.get(Act, row.act_id) if row.act_id else None
    certificate = ledger_certificates.of_act(session, act) if act else None
    if act is None or certificate is None:
        return {}
    return {
        "lot": row.lot,
        "serials": tuple(str(s) for s in certificate.facts.get("serials", ())),
        "certificate_no": certificate.number,
        "certificate_code": certificate.code,
        "issued_at": act.at,
    }
