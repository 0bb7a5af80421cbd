"""Exports of the trail: lines that `services/audit_verifier.py` proves without anything else of the system."""

import itertools
import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlmodel import Session

from models.tables import SYSTEM_CHAIN, AuditRoot
from services import audit_seal
from services.audit_seal import Head
from services.audit_verifier import FORMAT, canonical, leaf, merkle, path_of
from services.settings import settings

COLUMNS = "chain, seq, at, event, stage, user_id, role, on_behalf, task_id, public, data, ip, rests_on, prev_hash, hash"


def folder() -> Path:
    """Where the daily files lie."""
    return settings().data_dir / "audit-export"


def file_of(root: AuditRoot) -> Path:
    """The daily file of a root."""
    return folder() / f"audit-{root.number:06d}.jsonl"


def line(name: str, /, **values: Any) -> bytes:
    return canonical({"type": name, **values}) + b"\n"


def head_lines(roots: list[AuditRoot], kind: str) -> Iterator[bytes]:
    """Header and all roots up to the newest one given."""
    yield line(
        "header", format=FORMAT, version=2, kind=kind, root=roots[-1].number, public_key=roots[-1].public_key
    )
    for root in roots:
        yield line("root", statement=root.statement, signature=root.signature)


def chain_lines(ends: list[Head], begins: list[Head]) -> Iterator[bytes]:
    """Where every chain ends; its leaf and its neighbour stand beside it, so that a forged or lost one has a name."""
    before = {chain: (count, head) for chain, count, head in begins}
    follows = ""
    for chain, count, head in ends:
        n, hash_ = before.get(chain, (0, ""))
        said = {"count": count, "head": head, "before": n, "before_head": hash_}
        yield line("chain", chain=chain, leaf=leaf(chain, count, head).hex(), follows=follows, **said)
        follows = chain


def event_values(row: Row[Any]) -> dict[str, Any]:
    """An event as its hash covers it; the fields of `services.audit.digest`."""
    m = row._mapping
    chain = str(m["chain"])
    return {
        "type": "event",
        "chain": chain,
        "hash": m["hash"],
        "case": "" if chain == str(SYSTEM_CHAIN) else chain,
        "seq": m["seq"],
        "at": m["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        "event": m["event"],
        "stage": m["stage"],
        "user": m["user_id"],
        "role": m["role"],
        "on_behalf": m["on_behalf"],
        "task": str(m["task_id"] or ""),
        "public": m["public"],
        "data": m["data"],
        "ip": m["ip"],
        "rests_on": m["rests_on"],
        "prev": m["prev_hash"],
    }


def events(session: Session, after: int, upto: int, chain: UUID | None = None) -> Iterator[dict[str, Any]]:
    """Events with ids in (after, upto], by chain and number, read a few thousand at a time."""
    only = "and chain = :chain" if chain is not None else ""
    query = f"select {COLUMNS} from audit_event where id > :after and id <= :upto {only} order by chain, seq"  # noqa: S608
    values: dict[str, Any] = {"after": after, "upto": upto} | ({"chain": chain} if chain is not None else {})
    options = {"stream_results": True, "yield_per": 2000}
    for row in session.connection().execute(text(query), values, execution_options=options):
        yield event_values(row)


def event_lines(
    session: Session, after: int, upto: int, chain: UUID | None = None, last: str = ""
) -> Iterator[bytes]:
    """The same as lines, and the end line, which names the last chain."""
    n = 0
    for event in events(session, after, upto, chain):
        n += 1
        yield canonical(event) + b"\n"
    yield line("end", events=n, **({"last": last} if last else {}))


def full(session: Session, root: AuditRoot, ends: list[Head] | None = None) -> Iterator[bytes]:
    """Everything up to a root. `ends`: heads to hold the events against, where a kept file has them."""
    yield from head_lines(audit_seal.roots(session, root.number), "full")
    ends = ends if ends is not None else audit_seal.heads(session, root.upto)
    yield from chain_lines(ends, [])
    yield from event_lines(session, 0, root.upto, last=ends[-1][0] if ends else "")


def day(session: Session, root: AuditRoot) -> Iterator[bytes]:
    """What happened between the root before and this one."""
    roots = audit_seal.roots(session, root.number)
    after = roots[-2].upto if len(roots) > 1 else 0
    yield from head_lines(roots, "day")
    ends = audit_seal.heads(session, root.upto)
    yield from chain_lines(ends, audit_seal.heads(session, after))
    yield from event_lines(session, after, root.upto, last=ends[-1][0] if ends else "")


def one_case(session: Session, root: AuditRoot, case_id: UUID) -> Iterator[bytes] | None:
    """All events of one case with the proof that a root covers its chain; None when no root covers it yet."""
    ends = kept_heads(root) or audit_seal.heads(session, root.upto)
    place = next((n for n, end in enumerate(ends) if end[0] == str(case_id)), None)
    if place is None:
        return None
    return _case_lines(session, root, ends, place, case_id)


def _case_lines(
    session: Session, root: AuditRoot, ends: list[Head], place: int, case_id: UUID
) -> Iterator[bytes]:
    chain, count, head = ends[place]
    yield from head_lines(audit_seal.roots(session, root.number), "case")
    path = path_of([leaf(*end) for end in ends], place)
    yield line("chain", chain=chain, count=count, head=head, before=0, before_head="", path=path)
    yield from event_lines(session, 0, 2**62, case_id)


def kept_heads(root: AuditRoot) -> list[Head] | None:
    """The heads a root signed, from its daily file; None where the file is gone or does not give that root."""
    file = file_of(root)
    if not file.exists():
        return None
    ends: list[Head] = []
    with file.open("rb") as stream:
        for raw in stream:
            if raw.startswith(b'{"at":'):  # events follow
                break
            if b'"type":"chain"' in raw:
                said = json.loads(raw)
                ends.append((said["chain"], said["count"], said["head"]))
    return ends if merkle([leaf(*end) for end in ends]) == root.merkle else None


def write(session: Session, root: AuditRoot) -> Path:
    """Write the daily file of a root, whole or not at all; one that is there stays as it is.

    Where the database was taken back to an instant, a root that is no more may have left a file under the number: it
    and its timestamp are kept under another name.
    """
    file = file_of(root)
    if file.exists():
        if _is_of(file, root):
            return file
        for old in (file, file.with_suffix(".tsr")):
            _put_aside(old)
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(".part")
    with temporary.open("wb") as stream:
        stream.writelines(day(session, root))
    temporary.replace(file)
    file.chmod(0o440)
    return file


def _is_of(file: Path, root: AuditRoot) -> bool:
    """Does the file name this root, and not another of the same number?"""
    wanted = line("root", statement=root.statement, signature=root.signature)
    with file.open("rb") as stream:
        return wanted in itertools.islice(stream, root.number + 1)


def _put_aside(file: Path) -> None:
    names = (f"{file.name}.before{n or ''}" for n in itertools.count())
    free = next(name for name in names if not (file.parent / name).exists())
    if file.exists():
        file.rename(file.with_name(free))


def write_missing(session: Session) -> list[Path]:
    """Write every daily file that is not there, e.g. after a crash between signing and writing."""
    roots = audit_seal.roots(session)
    return [write(session, root) for root in roots if not _is_there(root, newest=root is roots[-1])]


def _is_there(root: AuditRoot, newest: bool) -> bool:
    """Its file; of the newest also that it is its own: the others were when they were the newest."""
    file = file_of(root)
    return file.exists() and (not newest or _is_of(file, root))
