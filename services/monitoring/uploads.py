"""Uploads of readings 上传: looked at first, taken when the sender confirms (R25)."""

from sqlmodel import Session, select

from models.tables import DataBatch, Project
from models.vocabulary.errors import Conflict
from models.vocabulary.text import Text
from services import blobs, clock, materials
from services.access import Actor
from services.monitoring import sheets
from services.monitoring.access import locked
from services.monitoring.batches import Taken, keep, refuse_silent, rejected_of
from services.monitoring.judging import Judged, judge


def preview(
    session: Session, actor: Actor, project: Project, filename: str, content: bytes, *, typed: bool = False
) -> DataBatch:
    """Keep the file for a look; nothing of it counts before :func:`confirm`.

    Args:
        typed: the workbook was made of what somebody typed into the page.

    Raises:
        BadUpload: no workbook of readings. Conflict: the project takes no data now.
    """
    refuse_silent(project)
    rows = sheets.read(filename, content)
    name, _ = materials.checked(filename, content)
    sha256 = blobs.put(content)
    batch = DataBatch(
        project_id=project.id or 0, key="", channel="page" if typed else "excel", state="preview", sha256=sha256,
        filename=name, user_id=actor.user_id, rows=len(rows), at=clock.now(),
    )  # fmt: skip
    batch.key = f"{batch.channel}-{batch.id}"
    session.add(batch)
    session.flush()
    return batch


def look(session: Session, project: Project, batch: DataBatch) -> Judged:
    """What the file is worth as things stand now."""
    return judge(session, project, sheets.read(batch.filename, blobs.get(batch.sha256)))


def confirm(session: Session, actor: Actor, project: Project, batch: DataBatch) -> Taken:
    """Take the good rows; confirming twice is confirming once.

    Raises:
        Conflict: discarded meanwhile, or the project takes no data now.
    """
    project, batch = locked(session, project), _again(session, batch)
    if batch.state == "taken":
        return Taken(batch, rejected_of(session, batch))
    if batch.state == "discarded":
        raise Conflict(
            Text(
                "This upload was discarded. Upload the file again.", "该上传已放弃，如需报送请重新上传文件。"
            ),
            "changed",
        )
    refuse_silent(project)
    rows = sheets.read(batch.filename, blobs.get(batch.sha256))
    return keep(session, project, batch, rows, actor)


def discard(session: Session, project: Project, batch: DataBatch) -> None:
    """Let a preview go. What was taken stays. Raises Conflict."""
    locked(session, project)
    batch = _again(session, batch)
    if batch.state == "taken":
        raise Conflict(
            Text(
                "This upload has been taken already.", "该上传已确认入库，不能放弃；如需更正请联系经办人员。"
            ),
            "changed",
        )
    batch.state = "discarded"
    session.flush()


def _again(session: Session, batch: DataBatch) -> DataBatch:
    query = select(DataBatch).where(DataBatch.id == batch.id)
    return session.exec(query.execution_options(populate_existing=True)).one()
