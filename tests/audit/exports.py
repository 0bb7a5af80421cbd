"""Exports to tamper with: lines as objects, and the written form of changed ones."""

import json
from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from models.vocabulary.events import Event
from services import audit, audit_export, audit_seal, audit_verifier
from services.audit_verifier import Report, canonical, sha
from tests import factories

Lines = list[dict[str, Any]]


def history(session: Session, cases: int = 3, events: int = 5) -> None:
    """Some cases with events, and some events of the system."""
    person = factories.user(session, "applicant")
    for _ in range(cases):
        case = factories.case(session, person, status="submitted")
        audit.record(session, Event.CASE_DRAFTED, case=case)
        for n in range(events):
            audit.record(session, Event.STAGE_ENTERED, case=case, data={"stage": f"第{n}环节", "n": n})
            audit.record(session, Event.SIGNED_IN, data={"kind": "browser"})


def sealed(session: Session) -> Any:
    return audit_seal.seal(session, audit_seal.cut(session))


def full(session: Session) -> bytes:
    """A signed full export of a history with two roots."""
    history(session)
    sealed(session)
    history(session, 2)
    return b"".join(audit_export.full(session, sealed(session)))


def parsed(content: bytes) -> Lines:
    return [json.loads(line) for line in content.splitlines()]


def written(lines: Lines) -> bytes:
    return b"".join(canonical(line) + b"\n" for line in lines)


def verdict(content: bytes, **more: Any) -> Report:
    return audit_verifier.verify_lines(content.splitlines(keepends=True), **more)


def kinds(report: Report) -> set[str]:
    return {f.kind for f in report.findings}


def rehash(line: dict[str, Any]) -> None:
    line["hash"] = sha(canonical({k: line[k] for k in audit_verifier.BODY}))


def events(lines: Lines, chain: str = "") -> list[int]:
    """Places of the events (of a chain)."""
    return [n for n, x in enumerate(lines) if x["type"] == "event" and chain in ("", x["chain"])]


def a_case(lines: Lines) -> str:
    """The first chain of a case."""
    return next(x["chain"] for x in lines if x["type"] == "chain" and x["chain"] != audit_verifier.SYSTEM)


def renumber(lines: Lines, chain: str, start: int = 1) -> None:
    """Number and hash a chain anew, as somebody would who knows how it is made."""
    before = ""
    for n, place in enumerate(events(lines, chain), start):
        lines[place]["seq"], lines[place]["prev"] = n, before
        rehash(lines[place])
        before = lines[place]["hash"]


def mend_end(lines: Lines) -> None:
    lines[-1]["events"] = len(events(lines))


Tampering = Callable[[Lines], None]
