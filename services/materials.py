"""Uploaded papers of a case: size and type checked by content, kept by hash outside the web root (G06, G07)."""

import re
from pathlib import PurePath

from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import Attachment, Case, TaskRow
from models.vocabulary.errors import BadUpload, Conflict, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import FILERS
from models.vocabulary.specs import Material
from models.vocabulary.statuses import OPEN_STATES, CaseStatus
from models.vocabulary.text import Text
from services import audit, blobs, clock, packages, personal_data
from services.access import Actor, belongs, case_for, owns, reads_personal, spec_of
from services.settings import settings

MIMES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: What no file system takes, controls, and marks that turn the direction of writing (a name must read as it is).
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f/\\:*?\"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_OFFICE_PART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}


def add(
    session: Session, actor: Actor, case_no: str, kind: str, filename: str, content: bytes, sealed: bool
) -> Attachment:
    """Keep a paper of the case.

    Args:
        kind: one of the procedure's materials list.
        sealed: the applicant states that it carries the official and cross-page seal (G07).

    Raises:
        BadUpload: too large (413), or not what its name says (415).
        Conflict: the case does not take papers now.
    """
    case = case_for(session, actor, case_no, lock=True)
    if not _asked_for(session, actor, case, kind):
        _filing(actor, case)
        _accepts(session, case)
    if kind not in {m.kind for m in procedure(case.procedure).materials}:
        raise Invalid(
            (
                Problem(
                    "kind",
                    Text(
                        f"“{kind}” is not on the materials list of this procedure.",
                        f"“{kind}”不在本事项的材料清单内，请选择清单中的材料类别。",
                    ),
                ),
            )
        )
    name, mime = checked(filename, content)
    row = Attachment(
        case_id=case.id,
        kind=kind,
        filename=name,
        mime=mime,
        size=len(content),
        sha256=blobs.put(content),
        sealed=sealed,
        by_user=actor.user_id,
        at=clock.now(),
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        Event.ATTACHMENT_ADDED,
        case=case,
        actor=actor,
        public=True,
        rests_on=row.sha256,
        data={"kind": kind, "file": name, "sealed": sealed},
    )
    return row


def checked(filename: str, content: bytes) -> tuple[str, str]:
    """(safe name, mime) of an upload. Raises BadUpload."""
    name = _UNFIT.sub("_", PurePath(filename.replace("\\", "/")).name).strip(" .")[-150:]
    if len(content) > settings().max_upload_mb * 1024 * 1024:
        raise BadUpload(
            Text(
                f"“{name}” is larger than {settings().max_upload_mb} MB; please compress or split it.",
                f"“{name}”超过 {settings().max_upload_mb} MB，请压缩或拆分后上传。",
            ),
            413,
        )
    if not content:
        raise BadUpload(Text(f"“{name}” is empty.", f"“{name}”是空文件，请重新选择。"))
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if ending not in MIMES:
        raise BadUpload(
            Text(
                "Only PDF, Word (docx), Excel (xlsx), JPG and PNG files are accepted.",
                "仅接收 PDF、Word（docx）、Excel（xlsx）、JPG、PNG 文件。",
            )
        )
    if not _is(ending, content):
        raise BadUpload(
            Text(
                f"“{name}” is no plain {ending} file: another format, damaged, or with macros, scripts or "
                "pictures and parts that lie elsewhere. Please save it again in that format, without them.",
                f"“{name}”不是普通的 {ending} 文件：格式不符、已损坏，或者含有宏、脚本、链接到外部的图片等内容。请去除（图片改为嵌入）后用相应软件另存再上传。",
            )
        )
    return name, MIMES[ending]


def _is(ending: str, content: bytes) -> bool:
    """Does the content have the shape its name claims?"""
    if ending == "pdf":
        return packages.is_pdf(content)
    if ending == "png":
        return content.startswith(b"\x89PNG\r\n\x1a\n")
    if ending in {"jpg", "jpeg"}:
        return content.startswith(b"\xff\xd8\xff")
    return packages.is_office(content, _OFFICE_PART[ending])


def _filing(actor: Actor, case: Case) -> None:
    if not owns(actor, case):
        raise NotAllowed(Text("Only the applicant can do this.", "仅申请主体可以进行此项操作。"))


def _asked_for(session: Session, actor: Actor, case: Case, kind: str) -> bool:
    """Is it a paper that goes with a task open to this person (photos of a visit)?"""
    spec = procedure(case.procedure)
    keys = [t.key for t in spec.tasks if kind in t.papers]
    rows = session.exec(
        select(TaskRow).where(
            TaskRow.case_id == case.id,
            col(TaskRow.key).in_(keys),
            col(TaskRow.state).in_([s.value for s in OPEN_STATES]),
        )
    )
    return any(belongs(actor, row) for row in rows)


def _accepts(session: Session, case: Case) -> list[TaskRow]:
    """Papers are taken while the case is a draft or the applicant has something to answer: what that is."""
    if case.status == CaseStatus.DRAFT.value:
        return []
    mine = session.exec(
        select(TaskRow).where(
            TaskRow.case_id == case.id,
            col(TaskRow.role).in_([r.value for r in FILERS]),
            col(TaskRow.state).in_([s.value for s in OPEN_STATES]),
        )
    ).all()
    if not mine:
        raise Conflict(
            Text(
                f"Case {case.case_no} takes no papers now: nothing is asked of you at present.",
                f"{case.case_no} 当前不需要补充材料，如需更正请联系经办部门。",
            )
        )
    return list(mine)


def _gives_back(asked: list[TaskRow], paper: Attachment) -> None:
    """What was reviewed is taken back only where the application is being mended; what was added since, always (G06)."""
    if not asked or any("every_finding_answered" in spec_of(task).checks for task in asked):
        return
    if paper.at < min(task.opened_at for task in asked):
        raise Conflict(
            Text(
                "This paper has been reviewed; it can be replaced only when corrections are asked for.",
                "该材料已提交审查，现有事项不涉及补正或完善，不能移除。",
            )
        )


def remove(session: Session, actor: Actor, case_no: str, attachment_id: int) -> None:
    """Take a paper out of a draft or an open correction; the trail keeps that it was there."""
    case = case_for(session, actor, case_no, lock=True)
    row = _row(session, case, attachment_id)
    if not _asked_for(session, actor, case, row.kind):
        _filing(actor, case)
        _gives_back(_accepts(session, case), row)
    if row.removed_at is not None:
        raise NotFound
    row.removed_at = clock.now()
    audit.record(
        session,
        Event.ATTACHMENT_REMOVED,
        case=case,
        actor=actor,
        public=True,
        rests_on=row.sha256,
        data={"kind": row.kind, "file": row.filename},
    )


def _row(session: Session, case: Case, attachment_id: int) -> Attachment:
    row = session.get(Attachment, attachment_id)
    if row is None or row.case_id != case.id:
        raise NotFound
    return row


def content(session: Session, actor: Actor, case_no: str, attachment_id: int) -> tuple[Attachment, bytes]:
    """A paper and its bytes; that it was taken away, or looked at, is kept (M10). Raises NotFound."""
    case = case_for(session, actor, case_no)
    row = _row(session, case, attachment_id)
    if _never_filed(case, row) and not owns(actor, case):
        raise NotFound
    personal = row.kind in _personal_kinds(case)
    if personal and not reads_personal(actor, case):
        raise NotFound
    personal_data.taken(session, actor, case, f"materials.{row.kind}", row.filename, row.sha256, personal)
    return row, blobs.get(row.sha256)


def _never_filed(case: Case, row: Attachment) -> bool:
    """Taken out of the draft again: the office was never given it."""
    return row.removed_at is not None and (case.submitted_at is None or row.removed_at <= case.submitted_at)


def _personal_kinds(case: Case) -> set[str]:
    return {m.kind for m in procedure(case.procedure).materials if m.personal}


def readable(session: Session, actor: Actor, case: Case) -> list[Attachment]:
    """The papers in force that the actor may open. The actor must have come by `access.case_for`."""
    closed = hidden_kinds(actor, case)
    return [a for a in listed(session, case) if a.kind not in closed]


def hidden_kinds(actor: Actor, case: Case) -> set[str]:
    """Kinds of papers that show personal data which the actor may not see (M10)."""
    return set() if reads_personal(actor, case) else _personal_kinds(case)


def listed(session: Session, case: Case) -> list[Attachment]:
    """The papers in force, oldest first."""
    return list(
        session.exec(
            select(Attachment)
            .where(Attachment.case_id == case.id, col(Attachment.removed_at).is_(None))
            .order_by(col(Attachment.id))
        )
    )


def _too_few(item: Material, have: int, wanted: int) -> list[Problem]:
    """None there, or fewer than the form calls for (one for each sub-scenario, G22)."""
    where = f"materials.{item.kind}"
    if not have:
        return [Problem(where, Text(f"Please upload: {item.title.en}.", f"请上传：{item.title.zh}。"))]
    if have >= wanted:
        return []
    return [
        Problem(
            where,
            Text(
                f"{item.title.en}: {wanted} are needed, {have} there.",
                f"{item.title.zh}：应上传 {wanted} 份，已上传 {have} 份，请补齐。",
            ),
        )
    ]


def missing(session: Session, case: Case) -> list[Problem]:
    """Materials that are mandatory for this case and not there, or not declared sealed (G06, G07)."""
    have = listed(session, case)
    problems = []
    for item in procedure(case.procedure).materials:
        papers = [a for a in have if a.kind == item.kind]
        if item.needed(case.form) and not item.generated:
            problems += _too_few(item, len(papers), item.count(case.form))
        problems += [
            Problem(
                f"materials.{item.kind}",
                Text(
                    f"“{a.filename}”: not marked as sealed. Remove it, upload it again with both seals and tick the box.",
                    f"“{a.filename}”未标明已加盖公章和骑缝章：请移除后重新上传，并勾选“已加盖公章和骑缝章”。",
                ),
            )
            for a in papers
            if not a.sealed
        ]
    return problems
