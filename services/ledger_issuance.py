"""Issuance 签发: the days asked for, the lot, and its grams to their holders (M03, M06, I02, I04, I09)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from models.tables import Act, Book, Claim, LedgerAccount, Lot, Project, User
from models.vocabulary.amounts import tonnes
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, Problem
from models.vocabulary.roles import Role
from models.vocabulary.text import Text, days_in_words
from services import clock, ledger_certificates
from services.access import Actor
from services.ledger_errors import guarded
from services.ledger_posting import Order, array, checked, earlier, enter, holders, house, posted

_CLAIM = text("""
    insert into ledger.claim (origin_id, case_id, period, slot)
    values (:origin, :case, daterange(:first, :last, '[]'), :slot)""")
_LOT = text("""
    insert into ledger.lot (book_id, number, claim_id, origin_id, origin_kind, origin_number, methodology,
        methodology_version, method_class, period, vintage, approved_g, recomputed_g, calculation_sha256,
        numbered, approver_a, approver_b)
    select :book, :number, c.id, p.id, p.kind, p.number, p.methodology, p.methodology_version, p.method_class,
        c.period, extract(year from upper(c.period) - 1), :approved, :recomputed, :sha, p.kind = 'project', :a, :b
    from ledger.claim c join public.project p on p.id = c.origin_id where c.id = :claim""")
_ISSUE = text("""
    insert into ledger.transfer (id, act_id, move, book_id, from_id, to_id, amount)
    select ledger.new_id(), :act, 'direct', :book, :source, p.id, s.grams
      from unnest(cast(:accounts as bigint[]), cast(:grams as bigint[])) s (account_id, grams)
      join ledger.position p on p.account_id = s.account_id and p.book_id = :book""")


@dataclass(frozen=True)
class PeriodFinding:
    """What stands against a monitoring period, and what is only to be noticed."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Part:
    """One lot of an issuance: the days of one calendar year, with grams of each holder of it.

    Args:
        claim_id: the claim on exactly these days.
        shares: (account id, grams); they add up to approved_g.
    """

    claim_id: int
    approved_g: int
    recomputed_g: int
    shares: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Issuance:
    """A decided issuance.

    Args:
        key: idempotency key, "<case>/issue".
        approved_g: grams approved; never above recomputed_g (I04), issued in full.
        calculation: the calculation it rests on, as bytes; its sha256 stays with the lot.
        approvers: ids of two users who are different natural persons, neither the applicant's.
        shares: (account id, grams) of each holder; they add up to approved_g.
        later: what the same decision grants for the calendar years after; each becomes a lot of its own, so
            that the vintage of a unit is never in doubt (I07).
    """

    key: str
    claim_id: int
    case_id: UUID
    approved_g: int
    recomputed_g: int
    calculation: bytes
    approvers: tuple[int, int]
    shares: Sequence[tuple[int, int]]
    later: Sequence[Part] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every lot, the earliest year first."""
        return (Part(self.claim_id, self.approved_g, self.recomputed_g, self.shares), *self.later)

    @property
    def total_g(self) -> int:
        return sum(part.approved_g for part in self.parts)


def check_period(
    session: Session, project: Project, first: date, last: date, but: UUID | None = None
) -> PeriodFinding:
    """Whether a monitoring period, both days included, can be asked for (M06, I02).

    Problems: the wrong way round or not over, outside the crediting period, overlapping a granted or
    pending period. Warning: days between the last period and this one that nobody reports.

    Args:
        but: the case that asks; what it has claimed itself does not stand against it.
    """
    if first > last:
        return PeriodFinding((_problem("The period ends before it begins.", "截止日期早于起始日期。"),))
    problems = _outside_crediting(project, first, last)
    if last > clock.today().date():
        problems.append(_problem("The period is not over yet.", "监测期尚未结束，截止日期不得晚于今天。"))
    warnings: list[Text] = []
    claims = session.exec(
        select(Claim).where(
            Claim.origin_id == project.id, col(Claim.released_at).is_(None), Claim.case_id != but
        )
    ).all()
    taken = [(c.period.lower, c.period.upper - timedelta(days=1)) for c in claims]
    for a, b in sorted(taken):
        if a <= last and first <= b:
            problems.append(
                _problem(
                    f"Overlaps {days_in_words(a, b).en}, issued or pending.",
                    f"与已签发或正在办理的监测期 {days_in_words(a, b).zh}重叠，请调整起止日期。",
                )
            )
    before = max((b for _, b in taken if b < first), default=None)
    if before is not None and first - before > timedelta(days=1):
        a, b = before + timedelta(days=1), first - timedelta(days=1)
        warnings.append(
            Text(
                f"Gap {days_in_words(a, b).en} since the last period.",
                f"与上一监测期之间有 {days_in_words(a, b).zh}未申报，请确认是否遗漏。",
            )
        )
    return PeriodFinding(tuple(problems), tuple(warnings))


def _problem(en: str, zh: str) -> Problem:
    return Problem("period", Text(en, zh))


def _outside_crediting(project: Project, first: date, last: date) -> list[Problem]:
    begins, ends = (_day(d) for d in (project.crediting_from, project.crediting_to))
    if not ((begins and first < begins) or (ends and last > ends)):
        return []
    span = days_in_words(begins or first, ends or last)
    return [
        _problem(
            f"Outside the crediting period, {span.en}.",
            f"超出计入期（{span.zh}），计入期以外的减排量不予签发。",
        )
    ]


def _day(value: str) -> date | None:
    return date.fromisoformat(value[:10]) if value else None


def claim(
    session: Session, project: Project, case_id: UUID, first: date, last: date, slot: str = ""
) -> Claim:
    """Reserve the days for a case; kept by a lot, or given back by `release_claim` (I02).

    Args:
        slot: tells apart what one case claims over time, as the months of a scenario; empty for projects.

    Raises:
        Conflict: another live claim of the project covers some of the days.
    """
    wanted = select(Claim).where(
        Claim.case_id == case_id,
        Claim.origin_id == project.id,
        Claim.slot == slot,
        col(Claim.released_at).is_(None),
    )
    found = session.exec(wanted).first()
    if found is not None and (found.period.lower, found.period.upper) == (first, last + timedelta(days=1)):
        return found
    with guarded(session):
        session.connection().execute(
            _CLAIM, {"origin": project.id, "case": case_id, "first": first, "last": last, "slot": slot}
        )
    return session.exec(wanted).one()


def release_claim(session: Session, claim: Claim) -> None:
    """Give the days back: the case ended without issuance. Releasing twice is releasing once."""
    with guarded(session):
        session.connection().execute(
            text("update ledger.claim set released_at = now() where id = :id and released_at is null"),
            {"id": claim.id},
        )
    session.refresh(claim)


def issue(session: Session, actor: Actor | None, what: Issuance) -> Act:
    """Make the lots and give their grams to their holders, with one certificate, in one act.

    Raises:
        NotAllowed: not the issuer, or an approver is of the applicant's organisation.
        Conflict: overlap, not published or not being implemented, one person twice, approved above recomputed.
        Invalid: shares that do not add up.
    """
    if actor is not None and not actor.is_any(Role.ISSUER):
        raise NotAllowed(Text("Only the issuer issues.", "减排量由签发人员签发。"))
    _refuse_odd_shares(what)
    order = _order(actor, what)
    found = earlier(session, order)
    if found is not None:
        return found
    _refuse_interested(session, what)
    with guarded(session):
        if enter(session, order):
            for part in what.parts:
                _move(session, order, _lot(session, what, part), part)
            session.flush()
    act = posted(session, order)
    holders_ = sorted({account for part in what.parts for account, _ in part.shares})
    ledger_certificates.of_issuance(session, act, lots_of_act(session, act), holders_)
    return act


def _order(actor: Actor | None, what: Issuance) -> Order:
    asked: dict[str, Any] = {
        "claim": what.claim_id,
        "approved": what.approved_g,
        "recomputed": what.recomputed_g,
        "calculation": hashlib.sha256(what.calculation).hexdigest(),
        "shares": [list(s) for s in what.shares],
    }
    result: dict[str, Any] = {"claim_id": str(what.claim_id)}
    if what.later:
        asked["later"] = [
            [p.claim_id, p.approved_g, p.recomputed_g, [list(s) for s in p.shares]] for p in what.later
        ]
        result["later"] = [str(p.claim_id) for p in what.later]
    return Order(
        what.key,
        "issue",
        asked,
        actor.user_id if actor else None,
        case_id=what.case_id,
        approvers=what.approvers,
        reason=f"签发 {tonnes(what.total_g)} tCO₂e",
        result=result,
    )


def _refuse_odd_shares(what: Issuance) -> None:
    for part in what.parts:
        checked(part.approved_g)
        for _, grams in part.shares:
            checked(grams, "shares")
        accounts = {a for a, _ in part.shares}
        if len(accounts) != len(part.shares) or sum(g for _, g in part.shares) != part.approved_g:
            raise Invalid(
                (
                    Problem(
                        "shares",
                        Text(
                            "Shares must add up to the approved amount.",
                            "各持有人份额之和应等于核定签发量，且持有人不得重复。",
                        ),
                    ),
                )
            )


def _refuse_interested(session: Session, what: Issuance) -> None:
    """No approver belongs to an organisation that receives."""
    receiving = select(LedgerAccount.party_id).where(
        col(LedgerAccount.id).in_([a for part in what.parts for a, _ in part.shares[:1000]])
    )
    mixed = session.exec(
        select(User.id).where(col(User.id).in_(what.approvers), col(User.party_id).in_(receiving))
    ).first()
    if mixed is not None:
        raise NotAllowed(
            Text(
                "An approver belongs to the receiving organisation.",
                "审核人员与签发对象存在利害关系，应当回避。",
            )
        )


def _lot(session: Session, what: Issuance, part: Part) -> Lot:
    """The book and the lot; its particulars are copied from what was published, by the database.

    The entry is locked: who numbers another lot of it in the same instant takes the next number.
    """
    origin = session.exec(
        select(Project)
        .join(Claim, col(Claim.origin_id) == col(Project.id))
        .where(Claim.id == part.claim_id)
        .with_for_update(of=Project, key_share=True)
    ).first()
    if origin is None:
        raise Conflict(Text("No such claim.", "未找到对应的监测期占用记录。"), "ledger")
    book = session.connection().execute(
        text("insert into ledger.book (kind, method_class) values ('ER', :c) returning id"),
        {"c": origin.method_class},
    )
    book_id = int(book.scalar_one())
    n = len(session.exec(select(Lot.book_id).where(Lot.origin_id == origin.id)).all()) + 1
    session.connection().execute(
        _LOT,
        {
            "book": book_id,
            "number": f"{origin.number}-{n:02d}",
            "claim": part.claim_id,
            "approved": part.approved_g,
            "recomputed": part.recomputed_g,
            "sha": hashlib.sha256(what.calculation).digest(),
            "a": what.approvers[0],
            "b": what.approvers[1],
        },
    )
    return session.exec(select(Lot).where(Lot.book_id == book_id)).one()


def _move(session: Session, order: Order, lot: Lot, part: Part) -> None:
    """All holders in one statement, however many."""
    accounts = [a for a, _ in part.shares]
    holders(session, lot.book_id, accounts)
    session.connection().execute(
        _ISSUE,
        {
            "act": order.id,
            "book": lot.book_id,
            "source": house(session, lot.book_id, "issuance"),
            "accounts": array(accounts),
            "grams": array(g for _, g in part.shares),
        },
    )


def lot_of_act(session: Session, act: Act) -> Lot:
    """The lot an issuing act made; of several the one of the earliest year."""
    return lots_of_act(session, act)[0]


def lots_of_act(session: Session, act: Act) -> list[Lot]:
    """The lots an issuing act made, one a calendar year, the earliest first."""
    claims = [int(act.result["claim_id"]), *(int(n) for n in act.result.get("later", ()))]
    query = select(Lot).where(col(Lot.claim_id).in_(claims)).order_by(col(Lot.vintage), col(Lot.number))
    return list(session.exec(query))


def claims_of(session: Session, project: Project, case_id: UUID) -> list[Claim]:
    """The live claims of a case on days of a project, in the order of time: one for each calendar year."""
    rows = session.exec(
        select(Claim).where(
            Claim.case_id == case_id, Claim.origin_id == project.id, col(Claim.released_at).is_(None)
        )
    )
    return sorted(rows, key=lambda c: c.period.lower)


def lot(session: Session, number: str) -> Lot | None:
    """A lot by its number."""
    return session.exec(
        select(Lot).join(Book, col(Book.id) == col(Lot.book_id)).where(Lot.number == number)
    ).first()
