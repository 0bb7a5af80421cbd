"""Experience 经验值 of behaviour scenarios, and the credit standing 碳信用 (M12).

Two numbers that never meet: experience is counted in a table of its own with no way into the ledger;
the standing is worked out from what the ledger says was ever received, and is stored nowhere.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from models.tables import Experience, LedgerAccount, Party
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, Problem
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from services.access import Actor
from services.alone import found_or_made
from services.storable import problems as unkeepable

LARGEST = 1_000_000

#: Grams ever received, and the standing they give; the highest first.
LEVELS: tuple[tuple[int, Text], ...] = (
    (10_000_000, Text("Pioneer", "低碳先锋")),
    (1_000_000, Text("Advanced", "低碳达人")),
    (100_000, Text("Active", "积极践行")),
    (1, Text("Beginner", "初始参与")),
    (0, Text("None yet", "尚无记录")),
)
# Issued to the account, or received as points from elsewhere; one's own conversions back and forth do not count.
_EVER = text("""
    select coalesce(sum(t.amount) filter (where a.kind = 'issue'), 0)::bigint,
           coalesce(sum(t.amount) filter (where a.kind = 'convert' and f.kind = 'mint'), 0)::bigint
      from ledger.position p join ledger.transfer t on t.to_id = p.id and t.move in ('direct', 'post')
      join ledger.act a on a.id = t.act_id join ledger.position f on f.id = t.from_id
     where p.account_id = :account""")


@dataclass(frozen=True)
class Standing:
    """The credit standing of an account: grams ever issued to it, points ever received, and the level."""

    reductions_g: int
    points: int
    level: Text
    next_at_g: int | None


def standing(session: Session, account: LedgerAccount) -> Standing:
    """Derived from accumulated reductions and points; experience is not looked at."""
    issued, converted = session.connection().execute(_EVER, {"account": account.id}).one()
    level = next(words for least, words in LEVELS if issued >= least)
    above = [least for least, _ in LEVELS if least > issued]
    return Standing(int(issued), int(converted), level, min(above) if above else None)


def enter(
    session: Session, actor: Actor | None, party: Party, scenario: str, record_no: str, value: int
) -> Experience:
    """Count experience for an act, once a record.

    Raises:
        NotAllowed: not the exchange, which looks after the scenarios.
        Invalid: no whole number above nothing, or no names.
        Conflict: the record stands for something else.
    """
    if actor is not None and not actor.is_any(Role.EXCHANGE):
        raise NotAllowed(Text("Experience is entered by the exchange.", "经验值由环交所登记。"))
    _refuse_odd(scenario, record_no, value)
    counted = select(Experience).where(Experience.scenario == scenario, Experience.record_no == record_no)
    found = found_or_made(
        session,
        f"experience/{scenario}/{record_no}",
        lambda: session.exec(counted).first(),
        lambda: Experience(party_id=party.id or 0, scenario=scenario, record_no=record_no, value=value),
    )
    if (found.party_id, found.value) != (party.id, value):
        raise Conflict(Text("The record was counted otherwise.", "该记录已按不同内容计入经验值。"))
    return found


def _refuse_odd(scenario: str, record_no: str, value: int) -> None:
    problems = unkeepable({"scenario": scenario, "record_no": record_no}, "record")
    if not scenario.strip() or not record_no.strip():
        problems.append(Problem("record_no", Text("Name scenario and record.", "请填写行为场景和记录编号。")))
    if type(value) is not int or not 0 < value <= LARGEST:
        problems.append(Problem("value", Text("From 1 to 1,000,000.", "经验值应为 1 至 1,000,000 的整数。")))
    if problems:
        raise Invalid(tuple(problems))


def total(session: Session, party_id: int) -> int:
    """Experience of a person."""
    return int(
        session.exec(
            select(func.coalesce(func.sum(col(Experience.value)), 0)).where(Experience.party_id == party_id)
        ).one()
    )
