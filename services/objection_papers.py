"""Papers of an objection 异议附件: what somebody puts beside it as proof, for the officers in charge only (M05, M10)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from models.tables import Case, Objection, ObjectionPaper
from models.vocabulary.errors import BadUpload, Conflict, Invalid, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from services import audit, blobs, clock, materials, notices, notifications, personal_data, voiding
from services.access import Actor, case_for, owns, reads_personal
from services.settings import settings

#: An objection has so many papers at most, those added later included.
MOST = 5
#: A paper has so many megabytes at most, and all of them together no more than one upload may have.
LARGEST_MB = 10

Upload = tuple[str, bytes]


@dataclass(frozen=True)
class Checked:
    """A paper that may be kept."""

    filename: str
    mime: str
    content: bytes
    sha256: str


def largest_mb() -> int:
    """What one paper may have, in MB."""
    return max(1, min(LARGEST_MB, settings().max_upload_mb // MOST))


def checked(papers: Sequence[Upload]) -> tuple[list[Checked], list[Problem]]:
    """The papers that may be kept, the same one once, and what is wrong with the others.

    Args:
        papers: (file name, bytes) as uploaded.
    """
    kept: dict[str, Checked] = {}
    problems: list[Problem] = []
    for filename, content in papers:
        try:
            name, mime = materials.checked(filename, content)
            if len(content) > largest_mb() * 1024 * 1024:
                raise BadUpload(_too_large(name), 413)
        except BadUpload as error:
            problems.append(Problem("papers", error.detail))
            continue
        sha256 = hashlib.sha256(content).hexdigest()
        kept.setdefault(sha256, Checked(name, mime, content, sha256))
    if len(kept) > MOST:
        problems.append(Problem("papers", _too_many(0)))
    return list(kept.values()), problems


def _too_large(name: str) -> Text:
    return Text(
        f"“{name}” is larger than {largest_mb()} MB; please compress or split it.",
        f"“{name}”超过 {largest_mb()} MB，请压缩或拆分后上传。",
    )


def _too_many(there: int) -> Text:
    already = (
        Text(f"; {there} are there already", f"，已有 {there} 份")
        if there
        else Text("; choose fewer", "，请减少份数")
    )
    return Text(
        f"An objection has {MOST} papers at most{already.en}.", f"每件异议最多 {MOST} 份附件{already.zh}。"
    )


def keep(session: Session, objection: Objection, papers: Iterable[Checked]) -> None:
    """Keep papers that have been checked. Raises NotKept when there is no room for them."""
    session.add_all(
        ObjectionPaper(
            objection_id=objection.id or 0,
            filename=paper.filename,
            mime=paper.mime,
            size=len(paper.content),
            sha256=blobs.put(paper.content),
            at=clock.now(),
        )
        for paper in papers
    )
    session.flush()


def add(session: Session, lookup: str, papers: Sequence[Upload]) -> list[ObjectionPaper]:
    """Add papers to an objection that waits for its answer; who has its link is who made it. All that are there then.

    Args:
        lookup: the secret of the receipt. papers: (file name, bytes); the ones that are there are passed over.

    Raises:
        NotFound: no such link.
        Conflict: it has been answered, or gets no answer any more.
        Invalid: what is wrong with the papers, all at once. NotKept: no room for them.
    """
    objection, case = _locked(session, lookup)
    if not takes(session, objection):
        raise Conflict(
            Text(
                "This objection takes no more papers: it has been answered, or what it was about has ended.",
                "本件异议已答复或所涉事项已办结，不再接收附件。如有新的情况，请通过公示页面上的其他方式反映。",
            )
        )
    kept, problems = checked(papers)
    if not papers:
        problems.append(Problem("papers", Text("Choose a file first.", "请先选择要上传的文件。")))
    if problems:
        raise Invalid(tuple(problems))
    add_checked(session, case, objection, kept)
    return of(session, objection)


def add_checked(session: Session, case: Case, objection: Objection, papers: Sequence[Checked]) -> None:
    """Keep those of the papers that are not there yet. The caller holds the case. Raises Invalid, NotKept."""
    there = {row.sha256 for row in of(session, objection)}
    fresh = [paper for paper in papers if paper.sha256 not in there]
    if len(there) + len(fresh) > MOST:
        raise Invalid((Problem("papers", _too_many(len(there))),))
    if fresh:
        keep(session, objection, fresh)
        _record(session, case, objection, len(fresh))


def _locked(session: Session, lookup: str) -> tuple[Objection, Case]:
    """The objection behind a link and its case, in the order in which a decision takes them. Raises NotFound."""
    query = select(Objection.id, Objection.case_id).where(Objection.lookup == lookup.replace("\x00", ""))
    found = session.exec(query.execution_options(**voiding.SHOWN)).first()
    if found is None:
        raise NotFound
    case = session.get_one(Case, found[1], with_for_update=True, populate_existing=True)
    return session.get_one(Objection, found[0], with_for_update=True, populate_existing=True), case


def takes(session: Session, objection: Objection) -> bool:
    """Is an answer still to come? A late remark is read as long as the case lasts."""
    if objection.state == "answered" or objection.void_at is not None:
        return False
    return notices.ended_unanswered(session, notices.one(session, objection.notice_id)) is None


def _record(session: Session, case: Case, objection: Objection, count: int) -> None:
    words = {
        "zh": f"异议 {objection.receipt_no} 补充附件 {count} 份",
        "en": f"{count} paper(s) added to objection {objection.receipt_no}",
    }
    audit.record(
        session,
        Event.OBJECTION_PAPER_ADDED,
        case=case,
        role="public",
        data={"slot": objection.slot, "papers": count, "text": words},
    )
    notifications.notify_role(
        session,
        Role.OFFICER,
        kind="objection",
        dedupe=f"objection:{objection.id}:papers:{clock.now().isoformat()}",
        text=Text(words["en"], words["zh"]),
        case=case,
        link=f"/staff/cases/{case.case_no}",
        mail=False,
    )


def of(session: Session, objection: Objection) -> list[ObjectionPaper]:
    """The papers of one objection, oldest first."""
    return of_objections(session, [objection]).get(objection.id or 0, [])


def of_objections(session: Session, rows: Iterable[Objection]) -> dict[int, list[ObjectionPaper]]:
    """The papers of each objection by its id, oldest first; those without are left out."""
    ids = [row.id for row in rows]
    if not ids:
        return {}
    found: dict[int, list[ObjectionPaper]] = {}
    query = select(ObjectionPaper).where(col(ObjectionPaper.objection_id).in_(ids))
    for paper in session.exec(query.order_by(col(ObjectionPaper.id))):
        found.setdefault(paper.objection_id, []).append(paper)
    return found


def for_reader(
    session: Session, actor: Actor, case: Case, objection: Objection | None
) -> list[ObjectionPaper] | None:
    """The papers of the objection somebody has before them; None for who may not open them."""
    if objection is None or not may_read(actor, case):
        return None
    return of(session, objection)


def of_case(session: Session, case: Case) -> list[tuple[Objection, ObjectionPaper]]:
    """All papers that came with objections to a case, with the objection; void ones, too."""
    query = (
        select(Objection, ObjectionPaper)
        .join(ObjectionPaper, col(ObjectionPaper.objection_id) == col(Objection.id))
        .where(col(Objection.case_id) == case.id)
        .order_by(col(ObjectionPaper.id))
    )
    return [(o, p) for o, p in session.exec(query.execution_options(**voiding.SHOWN))]


def may_read(actor: Actor, case: Case) -> bool:
    """Those whose work needs it; not the applicant, for a paper may tell who objected (M10)."""
    return reads_personal(actor, case) and not owns(actor, case)


def content(session: Session, actor: Actor, case_no: str, paper_id: int) -> tuple[ObjectionPaper, bytes]:
    """A paper and its bytes; the look is written down (M10). Raises NotFound, also for who may not know of it."""
    case = case_for(session, actor, case_no)
    found = next((pair for pair in of_case(session, case) if pair[1].id == paper_id), None)
    if found is None or not may_read(actor, case):
        raise NotFound
    objection, paper = found
    personal_data.looked(session, actor, case, f"objection.{objection.slot}.papers", paper.sha256)
    return paper, blobs.get(paper.sha256)
