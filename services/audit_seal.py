"""Daily roots over all chains, signed with a key that no database holds (M10)."""

import os
from datetime import UTC
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlmodel import Session, col, func, select

from models.tables import AuditEvent, AuditRoot
from models.vocabulary.events import Event
from services import audit, audit_verifier, clock
from services.audit_verifier import canonical, leaf, link, merkle, sha
from services.settings import settings

#: chain, number of its newest event, hash of that event
Head = tuple[str, int, str]


def key_file() -> Path:
    """Where the signing key lies."""
    own = settings()
    return own.audit_key_file or own.data_dir / "keys" / "audit_ed25519"


def signing_key() -> Ed25519PrivateKey:
    """The key, made the first time; only its owner can read the file. The public half lies beside it."""
    file = key_file()
    if not file.exists():
        _make(file)
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(file.read_text(encoding="ascii").strip()))


def _make(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate()
    temporary = file.with_suffix(f".{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(key.private_bytes_raw().hex() + "\n")
    try:
        os.link(temporary, file)  # fails when another process was first: its key stands
    except FileExistsError:
        return
    finally:
        temporary.unlink()
    file.with_suffix(".pub").write_text(key.public_key().public_bytes_raw().hex() + "\n", encoding="ascii")


def public_key() -> str:
    """The public half in hex."""
    return signing_key().public_key().public_bytes_raw().hex()


def newest(session: Session) -> AuditRoot | None:
    """The newest root."""
    return session.exec(select(AuditRoot).order_by(col(AuditRoot.number).desc()).limit(1)).first()


def roots(session: Session, upto: int | None = None) -> list[AuditRoot]:
    """All roots in order, up to a number."""
    query = select(AuditRoot).order_by(col(AuditRoot.number))
    return list(session.exec(query if upto is None else query.where(AuditRoot.number <= upto)))


def heads(session: Session, upto: int) -> list[Head]:
    """Number and hash at the end of every chain, as of an event id; sorted by chain."""
    query = text(
        "select distinct on (chain) chain, seq, hash from audit_event where id <= :upto order by chain, seq desc"
    )
    rows = session.connection().execute(query, {"upto": upto})
    return [(str(chain), seq, digest) for chain, seq, digest in rows]


def due(session: Session) -> bool:
    """Has today (Shanghai) no root yet, though something has happened since the last?"""
    last = newest(session)
    if last is None:
        return session.exec(select(AuditEvent.id).limit(1)).first() is not None
    return last.at.astimezone(clock.SHANGHAI).date() < clock.today().date()


def cut(session: Session) -> int:
    """An event id below which nothing is under way: every writer has ended, none has begun. Commit soon."""
    session.connection().execute(text("lock table audit_event in share mode"))
    return session.exec(select(func.max(AuditEvent.id))).one() or 0


def seal(session: Session, upto: int) -> AuditRoot:
    """Sign the heads of all chains as of event `upto` (from :func:`cut`), naming the root before."""
    session.connection().execute(text("select pg_advisory_xact_lock(hashtext('puhui_audit_root'))"))
    last, ends, key = newest(session), heads(session, upto), signing_key()
    public = key.public_key().public_bytes_raw()
    number, at = (last.number + 1 if last else 1), clock.now()
    root = merkle([leaf(*end) for end in ends])
    statement = canonical(
        {
            "format": audit_verifier.ROOT_FORMAT,
            "number": number,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "upto": upto,
            "chains": len(ends),
            "events": sum(count for _, count, _ in ends),
            "merkle": root,
            "previous": last.hash if last else "",
            "key": sha(public)[:32],
        }
    )
    signature = key.sign(statement).hex()
    row = AuditRoot(
        number=number,
        at=at,
        upto=upto,
        chains=len(ends),
        events=sum(count for _, count, _ in ends),
        merkle=root,
        statement=statement.decode(),
        hash=link(statement.decode(), signature),
        signature=signature,
        public_key=public.hex(),
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        Event.AUDIT_SEALED,
        rests_on=row.hash,
        data={
            "root": number,
            "events": row.events,
            "chains": row.chains,
            "text": {
                "zh": f"生成第 {number} 号签名根，覆盖 {row.chains} 条记录链、{row.events} 条记录",
                "en": f"Root {number} signed over {row.chains} chains and {row.events} events",
            },
        },
    )
    return row
