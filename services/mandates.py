"""Mandates 交易委托: who may trade for another's account, how much at a time, and until when (M08)."""

from datetime import datetime

from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from models.tables import LedgerAccount, Mandate, Party, User
from models.vocabulary.amounts import tonnes
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from services import audit, clock
from services.access import Actor
from services.alone import alone

NOT_YOURS = Text(
    "You neither hold this account nor have a mandate for it.",
    "您不是该账户的持有人，也没有有效的交易委托，无权办理。",
)
#: Whom article 18 lets trade for others.
AGENTS = (Role.APPLICANT, Role.MERCHANT)
NO_AGENT = Text(
    "Only an organisation that applies for projects or is a merchant of the mall can trade for you.",
    "受托方应为减排项目申请主体或者碳普惠权益方，请核对账户编号。",
)


def grant(
    session: Session, actor: Actor, agent: Party, until: datetime, limit_g: int | None = None
) -> Mandate:
    """Record a mandate of the actor's party for another party. The same mandate while it is valid is one mandate,
    however often its form is sent (I12).

    Args:
        limit_g: grams of one order at most; None for no limit.

    Raises:
        NotAllowed: the actor acts for no party.
        Invalid: the agent is the principal, or neither an applicant of projects nor a merchant; or the end is past.
    """
    if actor.party_id is None:
        raise NotAllowed(NOT_YOURS)
    problems = []
    if agent.id == actor.party_id:
        problems.append(Problem("agent", Text("Choose another party.", "受托方不能是委托方本身。")))
    elif not _may_be_agent(session, agent):
        problems.append(Problem("agent", NO_AGENT))
    if until <= clock.now():
        problems.append(Problem("until", Text("This day has passed.", "委托截止日期应晚于今天。")))
    if problems:
        raise Invalid(tuple(problems))
    alone(session, f"mandate/{actor.party_id}/{agent.id}")
    same = _valid().where(
        Mandate.principal_id == actor.party_id,
        Mandate.agent_id == agent.id,
        col(Mandate.limit_g).is_not_distinct_from(limit_g),
        Mandate.valid_until == until,
    )
    if (given := session.exec(same).first()) is not None:
        return given
    row = Mandate(
        principal_id=actor.party_id,
        agent_id=agent.id or 0,
        limit_g=limit_g,
        valid_until=until,
        signed_by=actor.user_id,
    )
    session.add(row)
    session.flush()
    _told(session, actor, row, "granted")
    return row


def _may_be_agent(session: Session, agent: Party) -> bool:
    """Article 18: an applicant of projects or a merchant, known by the accounts that act for it."""
    if agent.kind != "organisation":
        return False
    roles = session.exec(select(User.roles).where(User.party_id == agent.id, col(User.active))).all()
    return any(role in AGENTS for held in roles for role in held)


def revoke(session: Session, actor: Actor, mandate_id: int) -> Mandate:
    """End a mandate; orders made under it stay. Revoking twice is revoking once. Raises NotFound."""
    row = session.get(Mandate, mandate_id, with_for_update=True)
    if row is None or actor.party_id not in (row.principal_id, row.agent_id):
        raise NotFound
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        session.add(row)
        session.flush()
        _told(session, actor, row, "revoked")
    return row


def may_trade(session: Session, actor: Actor, account: LedgerAccount, grams: int) -> Mandate | None:
    """None for the holder; the mandate for an agent.

    Raises:
        NotAllowed: neither.
        Conflict: the order exceeds the mandate.
    """
    if actor.party_id is not None and actor.party_id == account.party_id:
        return None
    found = session.exec(
        _valid()
        .where(Mandate.principal_id == account.party_id, Mandate.agent_id == actor.party_id)
        .order_by(col(Mandate.limit_g).desc().nulls_first())
    ).first()
    if found is None:
        raise NotAllowed(NOT_YOURS)
    if found.limit_g is not None and grams > found.limit_g:
        raise Conflict(
            Text(
                f"The mandate covers {tonnes(found.limit_g)} t an order.",
                f"委托书约定单笔不超过 {tonnes(found.limit_g)} 吨，请调整数量或请委托方另行委托。",
            ),
            "ledger",
        )
    return found


def _valid() -> SelectOfScalar[Mandate]:
    return select(Mandate).where(col(Mandate.revoked_at).is_(None), col(Mandate.valid_until) > clock.now())


def of_party(session: Session, party_id: int) -> list[tuple[Mandate, str, str]]:
    """Mandates given and taken, the newest first, with the names of both."""
    rows = session.exec(
        select(Mandate)
        .where(or_(Mandate.principal_id == party_id, Mandate.agent_id == party_id))
        .order_by(col(Mandate.id).desc())
    ).all()
    names = {
        p.id: p.name
        for p in session.exec(
            select(Party).where(col(Party.id).in_({n for m in rows for n in (m.principal_id, m.agent_id)}))
        )
    }
    return [(m, names[m.principal_id], names[m.agent_id]) for m in rows]


def accounts_for(session: Session, actor: Actor) -> list[LedgerAccount]:
    """Accounts the actor may trade for by mandate."""
    if actor.party_id is None:
        return []
    principals = [m.principal_id for m in session.exec(_valid().where(Mandate.agent_id == actor.party_id))]
    return list(session.exec(select(LedgerAccount).where(col(LedgerAccount.party_id).in_(principals))))


def _told(session: Session, actor: Actor, row: Mandate, what: str) -> None:
    data = {"mandate": row.id, "what": what, "principal": row.principal_id, "agent": row.agent_id}
    audit.record(session, Event.LEDGER_MANDATE, actor=actor, data=data)
