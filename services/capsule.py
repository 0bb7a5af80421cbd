"""The capsule 归档包: a case in one ZIP that needs nothing of the system to be read or proved (M10)."""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import Attachment, Case, CaseVersion, Deadline, DocumentRow, ObjectionPaper, TaskRow
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import OVERSIGHT, STAFF, Role
from models.vocabulary.statuses import CaseStatus
from models.vocabulary.text import Text
from services import (
    access,
    audit,
    audit_export,
    audit_seal,
    audit_verifier,
    blinding,
    blobs,
    clock,
    deadlines,
    materials,
    objection_papers,
    voiding,
)
from services.access import Actor, case_for
from services.deadlines import Explanation
from services.form_masking import masked
from services.reading import blind
from services.reading.case_versions import of_case
from services.reading.timeline import TimelineItem, timeline

SHORTEST_REASON = 4
NOTHING = Text("", "")


@dataclass(frozen=True)
class LedgerPage:
    """One limit: whose, and how its end was counted."""

    title: Text
    row: Deadline
    explanation: Explanation


@dataclass(frozen=True)
class Proof:
    """The audit proof in the capsule. `root` 0 = no root covers the case yet; `left_out` says why there is none."""

    content: bytes = b""
    root: int = 0
    events: int = 0
    key: str = ""
    left_out: Text = NOTHING


@dataclass(frozen=True)
class Capsule:
    """Everything that goes into the ZIP, as far as this person may have it."""

    case: Case
    personal: bool
    reason: str
    by: str
    timeline: list[TimelineItem]
    versions: list[CaseVersion]
    forms: dict[int, dict[str, Any]]
    documents: list[DocumentRow]
    papers: list[Attachment]
    #: of objections, each with the number of its objection; only with personal data in full
    objected: list[tuple[str, ObjectionPaper]]
    ledgers: list[LedgerPage]
    proof: Proof

    def document_name(self, row: DocumentRow) -> str:
        return f"documents/{row.id:06d}-{safe(row.number)}.docx"

    def paper_name(self, row: Attachment) -> str:
        return f"materials/{row.id:06d}-{safe(row.filename)}"

    def objected_name(self, number: str, row: ObjectionPaper) -> str:
        return f"objections/{safe(number)}/{row.id:06d}-{safe(row.filename)}"


def safe(name: str) -> str:
    """A file name that every system takes, without a way out of its folder."""
    plain = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]+', "_", name).strip(" .")
    stem, dot, ending = plain[-180:].rpartition(".")
    return (stem[:80] + dot + ending[:8] if dot else plain[:80]) or "file"


def gather(session: Session, actor: Actor, case_no: str, reason: str, personal: bool) -> Capsule:
    """Collect a case and write the export down.

    Args:
        personal: with personal data in full; only for those who may see it.

    Raises:
        NotFound: not theirs to know. NotAllowed: another role, or no right to personal data.
        Invalid: the reason is missing. Conflict: a draft.
    """
    case = case_for(session, actor, case_no, lock=True)
    _check(actor, case, reason.strip(), personal)
    spec, versions = procedure(case.procedure), of_case(session, case)
    full = personal or access.owns(actor, case)
    data = {
        "what": "capsule",
        "personal": personal,
        "reason": reason.strip(),
        "text": {
            "zh": f"导出归档包（{'含个人信息' if personal else '个人信息已脱敏'}），理由：{reason.strip()}",
            "en": f"Capsule exported ({'with personal data' if personal else 'masked'}): {reason.strip()}",
        },
    }
    audit.record(session, Event.EXPORTED, case=case, actor=actor, data=data)
    if personal:
        seen = {"path": "capsule", "reason": reason.strip()}
        audit.record(session, Event.PERSONAL_DATA_SEEN, case=case, actor=actor, data=seen)
    return Capsule(
        case=case,
        personal=personal,
        reason=reason.strip(),
        by=actor.name,
        timeline=blind.veiled(session, actor, case, timeline(session, actor, case)),
        versions=versions,
        forms={v.number: v.form if full else masked(spec.form, v.form) for v in versions},
        documents=[
            d for d in access.visible_documents(session, actor, case) if full or not _personal(case, d)
        ],
        papers=_papers(session, actor, case, full),
        objected=_objected(session, actor, case) if personal else [],
        ledgers=_ledgers(session, case),
        proof=_proof(session, actor, case),
    )


def _check(actor: Actor, case: Case, reason: str, personal: bool) -> None:
    if not actor.is_any(*STAFF, *OVERSIGHT):
        raise NotAllowed(Text("Staff and auditors only.", "仅经办机构工作人员和审计员可以导出归档包。"))
    if case.status == CaseStatus.DRAFT.value:
        raise Conflict(Text("A draft has nothing to archive yet.", "草稿尚未提交，没有可以归档的内容。"))
    if personal and not access.reads_personal(actor, case):
        raise NotAllowed(
            Text(
                "Personal data is for the staff in charge only.",
                "个人信息仅限经办机构工作人员因办件需要导出。",
            )
        )
    if not SHORTEST_REASON <= len(reason) <= 200:
        raise Invalid(
            (
                Problem(
                    "reason",
                    Text(
                        "Say in 4 to 200 characters why.", "请写明导出理由（4 至 200 字），例如：案卷归档。"
                    ),
                ),
            )
        )


def _personal(case: Case, document: DocumentRow) -> bool:
    return procedure(case.procedure).document(document.key).personal


def _papers(session: Session, actor: Actor, case: Case, full: bool) -> list[Attachment]:
    secret = {m.kind for m in procedure(case.procedure).materials if m.personal} if not full else set()
    return [a for a in materials.readable(session, actor, case) if a.kind not in secret]


def _objected(session: Session, actor: Actor, case: Case) -> list[tuple[str, ObjectionPaper]]:
    if not objection_papers.may_read(actor, case):
        return []
    return [(o.receipt_no, paper) for o, paper in objection_papers.of_case(session, case)]


def _ledgers(session: Session, case: Case) -> list[LedgerPage]:
    spec = procedure(case.procedure)
    titles = {
        t.id: spec.task(t.key).title
        for t in session.exec(
            select(TaskRow).where(TaskRow.case_id == case.id).execution_options(**voiding.SHOWN)
        )
    }
    rows = session.exec(select(Deadline).where(Deadline.case_id == case.id).order_by(col(Deadline.id)))
    notice = Text("Publicity", "公示期")
    return [
        LedgerPage(titles[r.task_id] if r.task_id else notice, r, deadlines.explain(session, r)) for r in rows
    ]


def _proof(session: Session, actor: Actor, case: Case) -> Proof:
    """Events with their chain and the root over it; not for those who may not read what events say."""
    if blinding.opinions_open(session, case.id) and not actor.is_any(Role.AUDITOR):
        return Proof(left_out=Text(
            "Expert opinions are still being written; events that tell of them stay closed until all are in.",
            "专家意见尚未全部提交，涉及意见的审计记录暂不导出，请在全部提交后重新导出。",
        ))  # fmt: skip
    root = audit_seal.newest(session)
    lines = audit_export.one_case(session, root, case.id) if root else None
    if root is None or lines is None:
        return Proof(left_out=Text(
            "No signed root covers this case yet; one is signed every day.",
            "尚无签名根覆盖本件（每日签名一次），请在下一次签名后重新导出。",
        ))  # fmt: skip
    content = b"".join(lines)
    events = content.count(b'"type":"event"')
    return Proof(content, root.number, events, root.public_key)


# ---- the archive -------------------------------------------------------------------------------------


def facts(c: Capsule) -> dict[str, Any]:
    """The case in a few fields, for machines."""
    case = c.case
    return {
        "case_no": case.case_no,
        "procedure": case.procedure,
        "title": case.title,
        "status": case.status,
        "stage": case.stage,
        "submitted_at": case.submitted_at,
        "accepted_at": case.accepted_at,
        "ended_at": case.ended_at,
        "exported_at": clock.now(),
        "exported_by": c.by,
        "reason": c.reason,
        "personal_data": c.personal,
        "audit_root": c.proof.root or None,
    }


def parts(c: Capsule, index: bytes) -> Iterator[tuple[str, bytes]]:
    """(name, content) of every file; the manifest with all hashes comes last."""
    hashes: dict[str, str] = {}
    for name, content in _parts(c, index):
        hashes[name] = hashlib.sha256(content).hexdigest()
        yield name, content
    yield "manifest.json", _json({"sha256": hashes})


def _parts(c: Capsule, index: bytes) -> Iterator[tuple[str, bytes]]:
    yield "index.html", index
    yield "case.json", _json(facts(c))
    yield "timeline.json", _json([asdict(i) for i in c.timeline])
    for version in c.versions:
        body = {"number": version.number, "kind": version.kind, "at": version.at, "sha256": version.sha256}
        yield f"forms/version-{version.number}.json", _json(body | {"form": c.forms[version.number]})
    yield "ledgers.json", _json([_ledger(page) for page in c.ledgers])
    for document in c.documents:
        yield c.document_name(document), blobs.get(document.sha256)
    for paper in c.papers:
        yield c.paper_name(paper), blobs.get(paper.sha256)
    for number, proof in c.objected:
        yield c.objected_name(number, proof), blobs.get(proof.sha256)
    if c.proof.content:
        yield "audit/proof.jsonl", c.proof.content
        yield "audit/audit_verifier.py", Path(audit_verifier.__file__).read_bytes()


def _ledger(page: LedgerPage) -> dict[str, Any]:
    row = page.row
    kept = (
        "limit_key",
        "unit",
        "budget",
        "anchor",
        "anchor_at",
        "pauses",
        "extensions",
        "calendar_version",
        "due_at",
    )
    return {"title": asdict(page.title), "sentence": asdict(page.explanation.sentence)} | {
        name: getattr(row, name) for name in kept
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=_plain).encode()


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


class _Pipe:
    """What the archive is written into; what has been written is taken out piece by piece."""

    def __init__(self) -> None:
        self.held = bytearray()

    def write(self, data: bytes) -> int:
        self.held += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits anywhere else."""

    def taken(self) -> bytes:
        piece = bytes(self.held)
        self.held.clear()
        return piece


def zipped(c: Capsule, index: bytes) -> Iterator[bytes]:
    """The archive as it is made, one file in memory at a time."""
    pipe, folder = _Pipe(), safe(c.case.case_no)
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for name, content in parts(c, index):
            info = zipfile.ZipInfo(f"{folder}/{name}", clock.today().timetuple()[:6])
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, content)
            yield pipe.taken()
    yield pipe.taken()
