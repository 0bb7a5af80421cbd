"""Certificates 凭证 of issuance and cancellation, and the code by which anybody can check one."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from models.tables import Act, Certificate, LedgerAccount, Lot, Party, SerialMove, Transfer
from models.vocabulary.amounts import PURPOSES, CancelPurpose, tonnes
from models.vocabulary.errors import NotFound
from models.vocabulary.text import Text
from models.vocabulary.whole import half_width
from services import clock, numbering
from services.clock import SHANGHAI

#: No letters that are taken for digits.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 16  # 80 bits: not to be found by trying
_ADD = text("""
    insert into ledger.certificate (act_id, kind, number, code, facts, sha256)
    values (:act, :kind, :number, :code, cast(:facts as jsonb), :sha)""")


def of_issuance(session: Session, act: Act, lots: Sequence[Lot], holders: Sequence[int]) -> Certificate:
    """The certificate of an issuance, whatever number of lots it made; made once an act.

    Args:
        lots: one for each calendar year, the earliest first.
        holders: ids of the accounts that received something.
    """
    total = sum(lot.approved_g for lot in lots)
    facts = _about(lots[0]) | {"amount_g": str(total), "amount_t": tonnes(total)}
    facts |= {"serials": _serials(session, act, lots), "holders": len(holders)}
    if len(lots) > 1:
        del facts["lot"], facts["vintage"]
        facts["lots"] = [[lot.number, lot.method_class, str(lot.approved_g)] for lot in lots]
        facts["vintages"] = [lot.vintage for lot in lots]
        facts["period"] = [str(lots[0].period.lower), str(lots[-1].period.upper)]
    if len(holders) == 1:
        facts["holder"] = _holder(session, holders[0])
    return _made(session, act, "issuance", "QF", facts)


def of_cancellation(
    session: Session,
    act: Act,
    lot: Lot,
    source: LedgerAccount,
    amount: int,
    purpose: CancelPurpose,
    beneficiary: str,
    more: dict[str, Any] | None = None,
) -> Certificate:
    """The certificate of a cancellation; made once an act."""
    words = PURPOSES[purpose]
    facts = _about(lot) | {"amount_g": str(amount), "amount_t": tonnes(amount)}
    facts |= {"purpose": purpose.value, "purpose_zh": words.zh, "purpose_en": words.en}
    facts |= {"holder": _holder(session, source.id), "beneficiary": beneficiary}
    facts |= {"serials": _serials(session, act, [lot])}
    return _made(session, act, "cancellation", "ZX", facts | (more or {}))


def of_points(
    session: Session,
    act: Act,
    kind: str,
    source: LedgerAccount,
    amount: int,
    *,
    purpose: CancelPurpose | None = None,
    beneficiary: str = "",
    more: dict[str, Any] | None = None,
) -> Certificate:
    """The certificate of points donated or cancelled, with the lots behind what was cancelled; made once an act."""
    facts: dict[str, Any] = {"points": str(amount), "amount_g": str(amount), "amount_t": tonnes(amount)}
    facts |= {"holder": _holder(session, source.id), "beneficiary": beneficiary, "lots": _lots(session, act)}
    if purpose is not None:
        words = PURPOSES[purpose]
        facts |= {"purpose": purpose.value, "purpose_zh": words.zh, "purpose_en": words.en}
    return _made(session, act, kind, "JZ" if kind == "donation" else "ZX", facts | (more or {}))


def _lots(session: Session, act: Act) -> list[list[str]]:
    """[lot, class, grams] of the reductions an act moved."""
    rows = session.exec(
        select(Lot.number, Lot.method_class, Transfer.amount)
        .join(Transfer, col(Transfer.book_id) == col(Lot.book_id))
        .where(Transfer.act_id == act.id)
        .order_by(col(Lot.vintage), col(Lot.number))
    ).all()
    return [[number, method_class, str(amount)] for number, method_class, amount in rows]


def _about(lot: Lot) -> dict[str, Any]:
    return {
        "lot": lot.number,
        "origin": lot.origin_number,
        "origin_kind": lot.origin_kind,
        "methodology": f"{lot.methodology} {lot.methodology_version}".strip(),
        "class": lot.method_class,
        "vintage": lot.vintage,
        "period": [str(lot.period.lower), str(lot.period.upper)],
    }


def _holder(session: Session, account_id: int | None) -> str:
    """The account and its holder; a natural person by the first character (I35)."""
    row = session.exec(
        select(LedgerAccount.number, Party.name, Party.kind)
        .join(Party, col(Party.id) == col(LedgerAccount.party_id))
        .where(LedgerAccount.id == account_id)
    ).one()
    number, name, kind = row
    return f"{name[:1]}**" if kind == "person" else f"{name}（{number}）"


def serial_words(lot: Lot, first: int, last: int) -> str:
    """SH-PH-I-<项目>-<方法学版本>-<年份>-<批次>-<起>-<止>: for people; never read back."""
    batch = lot.number.rsplit("-", 1)[-1]
    parts = [
        "SH-PH",
        lot.method_class,
        lot.origin_number,
        lot.methodology_version,
        lot.vintage,
        batch,
        first,
        last,
    ]
    return "-".join(str(p) for p in parts)


def _serials(session: Session, act: Act, lots: Sequence[Lot]) -> list[str]:
    by_book = {lot.book_id: lot for lot in lots}
    ranges = session.exec(
        select(SerialMove.book_id, SerialMove.grams)
        .join(Transfer, col(Transfer.id) == col(SerialMove.transfer_id))
        .where(Transfer.act_id == act.id, col(SerialMove.book_id).in_(list(by_book)))
    ).all()
    ordered = sorted(ranges, key=lambda r: (by_book[r[0]].vintage, r[0], r[1].lower))
    return [serial_words(by_book[book], r.lower, r.upper - 1) for book, r in ordered]


def digest(facts: dict[str, Any]) -> str:
    """sha256 of the canonical facts."""
    return hashlib.sha256(
        json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


def of_act(session: Session, act: Act) -> Certificate | None:
    """The certificate of an act."""
    return session.exec(select(Certificate).where(Certificate.act_id == act.id)).first()


def _made(session: Session, act: Act, kind: str, series: str, facts: dict[str, Any]) -> Certificate:
    found = of_act(session, act)
    if found is not None:
        return found
    now = clock.now()
    n = numbering.next_number(session, f"certificate.{series}", now)
    number = f"SHPH-{series}-{now.astimezone(SHANGHAI).year}-{n:06d}"
    session.connection().execute(
        _ADD,
        {
            "act": act.id,
            "kind": kind,
            "number": number,
            "code": "".join(secrets.choice(ALPHABET) for _ in range(LENGTH)),
            "facts": json.dumps(facts, ensure_ascii=False),
            "sha": digest(facts),
        },
    )
    found = of_act(session, act)
    assert found is not None
    return found


def known(session: Session, code: str) -> bool:
    """Is there a certificate with this verification code?"""
    return _found(session, code) is not None


def _found(session: Session, code: str) -> Certificate | None:
    plain = "".join(c for c in half_width(code).upper() if c.isascii() and c.isalnum())[:64]
    return session.exec(select(Certificate).where(Certificate.code == plain)).first()


def verify(session: Session, code: str) -> Certificate:
    """The certificate of a verification code 查验码, blanks, hyphens and case aside.

    Raises:
        NotFound: no such code, or the stored facts do not give the stored sum.
    """
    found = _found(session, code)
    if found is None or digest(found.facts) != found.sha256:
        raise NotFound(
            Text(
                "No certificate has this code; check what you typed.",
                "未找到该查验码对应的凭证，请核对后重新输入。",
            )
        )
    return found
