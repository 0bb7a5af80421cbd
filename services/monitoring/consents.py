"""Consents 个人授权: under which a scenario's platform hands on the records of a person (G26, S03).

A consent names the platform and its operator, has a version, a time and a way to withdraw. The person is
known by the hash of a pseudonym that the platform chose; no name or number of a person is taken.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.tables import Consent, LedgerAccount, Party, Project
from models.vocabulary.errors import Invalid, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.text import Text
from services import audit, clock, redaction
from services.access import Actor
from services.clock import SHANGHAI
from services.monitoring.access import Sender, locked
from services.monitoring.rows import MOST_ROWS, Rejected

LONGEST = 120
WORDS = {
    "platform": Text("the platform", "平台名称"),
    "operator": Text("its operator", "运营方名称"),
    "version": Text("the version of the consent", "授权文本版本"),
    "withdraw_how": Text("the way to withdraw", "撤回方式"),
}


@dataclass(frozen=True)
class Granted:
    """What became of consents sent: how many are new, and why others were not taken."""

    accepted: int
    known: int
    rejected: tuple[Rejected, ...]


def grant(session: Session, sender: Sender, scenario: Project, rows: Sequence[Mapping[str, Any]]) -> Granted:
    """Register consents given on the platform; sent twice they are one (S03).

    Args:
        rows: each with `user` (pseudonym), `platform`, `operator`, `version`, `withdraw_how`, `granted_at`, and, for
            a person who has one, `account`: the number of the person's account here, in use, which the reductions go to.

    Raises:
        Invalid: no rows, or more than 5000.
    """
    _refuse_count(rows)
    scenario = locked(session, scenario)
    there = {
        (c.user_sha256, c.granted_at)
        for c in _of(session, scenario, {user_hash(scenario, str(r.get("user", ""))) for r in rows})
    }
    accepted, known = 0, 0
    rejected: list[Rejected] = []
    accounts = _accounts(session, rows)
    for number, row in enumerate(rows, 1):
        found = _defects(number, row) + _no_account(number, row, accounts)
        if found:
            rejected += found
            continue
        user, at = user_hash(scenario, str(row["user"])), moment(row["granted_at"])
        holder = accounts.get(str(row.get("account") or "").strip())
        if at is None or (user, at) in there:
            known += 1
            continue
        there.add((user, at))
        accepted += 1
        session.add(_consent(scenario, user, at, row, holder.id if holder else None))
    session.flush()
    _link(session, scenario, rows, accounts, {r.row for r in rejected})
    told = {"project": scenario.number, "accepted": accepted, "known": known, "rejected": len(rejected)}
    audit.record(session, Event.CONSENT_GIVEN, actor=sender.actor, data=told)
    return Granted(accepted, known, tuple(rejected))


def withdraw(
    session: Session, sender: Sender, scenario: Project, user: str, at: datetime | None = None
) -> int:
    """Withdraw a person's consents; acts after `at` (now, if None) are not taken any more (G26).

    Returns:
        How many consents ended; 0 when they had ended already.

    Raises:
        NotFound: the person never consented.
        Invalid: the time lies ahead.
    """
    ended = at or clock.now()
    if ended > clock.now():
        words = Text("It cannot be withdrawn in the future.", "撤回时间不能晚于当前时间。")
        raise Invalid((Problem("withdrawn_at", words),))
    locked(session, scenario)
    rows = _of(session, scenario, {user_hash(scenario, user)})
    if not rows:
        raise NotFound
    open_ones = [c for c in rows if c.withdrawn_at is None and c.granted_at <= ended]
    for row in open_ones:
        row.withdrawn_at = ended
    session.flush()
    audit.record(
        session,
        Event.CONSENT_WITHDRAWN,
        actor=sender.actor,
        data={"project": scenario.number, "consents": [c.id for c in open_ones]},
    )
    return len(open_ones)


def of_person(session: Session, party_id: int) -> list[tuple[Consent, Project]]:
    """What a person has consented to, with the scenario of each, the newest first (S03)."""
    rows = session.exec(
        select(Consent, Project)
        .join(Project, col(Project.id) == col(Consent.project_id))
        .where(Consent.party_id == party_id)
        .order_by(col(Consent.granted_at).desc(), col(Consent.id).desc())
    )
    return [(consent, project) for consent, project in rows]


def withdraw_own(session: Session, actor: Actor, consent_id: int) -> Consent:
    """The person withdraws a consent here; records of later acts are not taken (G26). Withdrawn twice is withdrawn once.

    Raises:
        NotFound: there is none, or it is another person's.
    """
    row = session.get(Consent, consent_id, with_for_update=True, populate_existing=True)
    if row is None or actor.party_id is None or row.party_id != actor.party_id:
        raise NotFound
    if row.withdrawn_at is None:
        row.withdrawn_at = clock.now()
        session.flush()
        scenario = session.get_one(Project, row.project_id)
        audit.record(
            session,
            Event.CONSENT_WITHDRAWN,
            actor=actor,
            data={"project": scenario.number, "consents": [row.id]},
        )
    return row


def by_user(session: Session, scenario: Project, users: Iterable[str]) -> dict[str, list[Consent]]:
    """Consents by the hash of the person."""
    found: dict[str, list[Consent]] = {}
    for row in _of(session, scenario, set(users)):
        found.setdefault(row.user_sha256, []).append(row)
    return found


def in_force(rows: Iterable[Consent], first: datetime, last: datetime) -> Consent | None:
    """A consent that held from the beginning of an act to its end."""
    return next(
        (c for c in rows if c.granted_at <= first and (c.withdrawn_at is None or c.withdrawn_at > last)),
        None,
    )


def user_hash(scenario: Project, user: str) -> str:
    """What is kept of a pseudonym; the same person has another hash in another scenario."""
    return hashlib.sha256(f"{scenario.number}:{user.strip()}".encode("utf-8", "replace")).hexdigest()


def pseudonym_problem(value: Any) -> Text | None:
    """Why a reference to a person is not taken: empty, too long, or a number that names the person itself."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not 1 <= len(text) <= LONGEST or not text.isprintable():
        return Text("A pseudonym of 1 to 120 characters.", "请填写用户的假名标识，1 至 120 字。")
    if redaction.Scrubber().text(text) != text:
        return Text(
            "This names the person; send a pseudonym instead.",
            "疑似手机号、证件号等个人信息，请改用平台内的假名标识。",
        )
    return None


def moment(value: Any) -> datetime | None:
    """An instant in ISO 8601; without an offset it is Shanghai time. None if it is none."""
    try:
        found = datetime.fromisoformat(str(value).strip())
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=SHANGHAI)
    return found if 2000 <= found.year <= 2200 else None


def _accounts(session: Session, rows: Sequence[Mapping[str, Any]]) -> dict[str, Party]:
    """The persons whose accounts are named, by number: of the platform or of the ledger, suspended ones too."""
    numbers = {str(r.get("account") or "").strip() for r in rows} - {""}
    person = col(Party.kind) == "person"
    platform = select(Party.account_no, Party).where(col(Party.account_no).in_(numbers), person)
    opened = select(LedgerAccount.number, Party).join(Party, col(Party.id) == col(LedgerAccount.party_id))
    registry = opened.where(col(LedgerAccount.number).in_(numbers), LedgerAccount.kind == "person")
    return {str(number): party for number, party in (*session.exec(registry), *session.exec(platform))}


def _no_account(number: int, row: Mapping[str, Any], accounts: Mapping[str, Party]) -> list[Rejected]:
    """Why nothing can be issued to the account named, told before records come under the consent."""
    given = str(row.get("account") or "").strip()
    if not given:
        return []
    party = accounts.get(given)
    if party is None:
        words = Text(
            "Not the account of a person here; leave it out or correct it.",
            "未找到该个人账户，请核对账户编号；暂未开户的可不填。",
        )
    elif not party.account_active:
        words = Text(
            "The account of this person is suspended; leave it out, and send the consent again with it once it is "
            "in use.",
            "该个人账户已停用，不能关联；可先不填账户登记授权，账户恢复使用后再次报送即可关联。",
        )
    else:
        return []
    return [Rejected(number, "account", words)]


def _link(
    session: Session,
    scenario: Project,
    rows: Sequence[Mapping[str, Any]],
    accounts: Mapping[str, Party],
    refused: set[int],
) -> None:
    """A person's consents follow the account they named last, those registered before it too."""
    named = {
        user_hash(scenario, str(row["user"])): accounts[given].id
        for number, row in enumerate(rows, 1)
        if number not in refused and (given := str(row.get("account") or "").strip()) in accounts
    }
    for consent in _of(session, scenario, set(named)):
        if consent.party_id is None:
            consent.party_id = named[consent.user_sha256]
    session.flush()


def _consent(
    scenario: Project, user: str, at: datetime, row: Mapping[str, Any], party: int | None
) -> Consent:
    platform, operator, version, how = (str(row[name]).strip() for name in WORDS)
    return Consent(
        project_id=scenario.id or 0,
        user_sha256=user,
        party_id=party,
        platform=platform,
        operator=operator,
        version=version,
        withdraw_how=how,
        granted_at=at,
        at=clock.now(),
    )


def _of(session: Session, scenario: Project, users: set[str]) -> list[Consent]:
    query = select(Consent).where(Consent.project_id == scenario.id, col(Consent.user_sha256).in_(users))
    return list(session.exec(query.order_by(col(Consent.granted_at).desc(), col(Consent.id))))


def _defects(number: int, row: Mapping[str, Any]) -> list[Rejected]:
    found = []
    problem = pseudonym_problem(row.get("user"))
    if problem:
        found.append(Rejected(number, "user", problem))
    for name, words in WORDS.items():
        text = str(row.get(name) or "").strip()
        if not 1 <= len(text) <= LONGEST or not text.isprintable():
            reason = Text(f"A consent names {words.en}.", f"授权须载明{words.zh}，1 至 {LONGEST} 字。")
            found.append(Rejected(number, name, reason))
    at = moment(row.get("granted_at"))
    if at is None or at > clock.now():
        reason = Text(
            "When it was given, ISO 8601, not ahead.", "请填写授权时间（ISO 8601），不得晚于当前时间。"
        )
        found.append(Rejected(number, "granted_at", reason))
    return found


def _refuse_count(rows: Sequence[Any]) -> None:
    if not 1 <= len(rows) <= MOST_ROWS:
        words = Text(f"One to {MOST_ROWS} rows.", f"每批 1 至 {MOST_ROWS} 行。")
        raise Invalid((Problem("rows", words),))
