"""Papers that go with the answer to a task 随事项提交的材料, as photos of a visit: what is there, and what was chosen."""

from uuid import UUID

from starlette.datastructures import FormData, UploadFile

from models.procedures import procedure
from models.tables import Attachment, Case
from models.vocabulary.errors import BadUpload, Conflict, NotAllowed, NotKept
from models.vocabulary.specs import Material, Task
from models.vocabulary.text import Text
from services import materials
from services.access import Actor, task_for
from services.reading.desk import Desk
from services.session import transaction


def own(desk: Desk) -> list[tuple[Material, list[Attachment]]]:
    """Kinds of papers that go with the answer to this task, with what is there."""
    there = {material.kind: files for material, files in desk.materials}
    return [
        (material, there.get(material.kind, []))
        for material in procedure(desk.case.procedure).materials
        if material.kind in desk.spec.papers
    ]


def take(me: Actor, task_id: UUID, spec: Task, form: FormData) -> dict[str, Text]:
    """Keep the papers that were chosen, whichever button was pressed; why one was not taken, by its kind.

    What a task takes no longer is left to the decision itself to say: it cannot count any more either.
    """
    wrong: dict[str, Text] = {}
    for kind in spec.papers:
        file = form.get(f"file.{kind}")
        if not isinstance(file, UploadFile) or not file.filename:
            continue
        try:
            add(me, task_id, kind, file)
        except (BadUpload, NotKept) as error:
            wrong[kind] = error.detail
        except (Conflict, NotAllowed):
            break
    return wrong


def add(me: Actor, task_id: UUID, kind: str, file: UploadFile) -> None:
    """Keep one. Raises BadUpload, NotKept, Conflict, NotAllowed."""
    with transaction() as session:
        case = session.get_one(Case, task_for(session, me, task_id).case_id)
        materials.add(session, me, case.case_no, kind, file.filename or "", file.file.read(), False)
