"""Who may see and send the monitoring data of a project; what one may not see does not exist (M10)."""

from dataclasses import dataclass

from sqlmodel import Session, select

from models.procedures import PROCEDURES
from models.tables import Case, Project, ProjectKey
from models.vocabulary.errors import Conflict, NotAllowed, NotFound
from models.vocabulary.roles import CENTRE, FILERS, OVERSIGHT, Role
from models.vocabulary.text import Text
from services.access import Actor

#: Who confirms certificates and sets readings aside: the centre's people who handle cases (G17).
CONFIRMING = frozenset({Role.OFFICER, Role.SUPERVISOR})


@dataclass(frozen=True)
class Sender:
    """Who delivers data: a person at the screen, or a platform with a key of the project."""

    actor: Actor | None = None
    key: ProjectKey | None = None

    @property
    def user_id(self) -> int | None:
        return self.actor.user_id if self.actor else None

    @property
    def key_id(self) -> int | None:
        return self.key.id if self.key else None


def seen(session: Session, actor: Actor, number: str, kind: str = "") -> Project:
    """A project whose data the actor may read.

    Args:
        kind: "project" or "scenario"; empty = either.

    Raises:
        NotFound: no such project, of another kind, or of another party.
    """
    project = published(session, number, kind)
    case = session.get_one(Case, project.case_id)
    if not (is_side(actor, case) or actor.roles & (PROCEDURES[case.procedure].read_by | OVERSIGHT)):
        raise NotFound
    return project


def owned(session: Session, actor: Actor, number: str, kind: str = "", *, sending: bool = False) -> Project:
    """A project of the actor's own party.

    Args:
        sending: to change something: the applicant's people only, not those of the owner that entrusted them.

    Raises:
        NotFound: not theirs to know.
        NotAllowed: they may read it, but it is not theirs.
    """
    project = seen(session, actor, number, kind)
    case = session.get_one(Case, project.case_id)
    if not (owns(actor, case) if sending else is_side(actor, case)):
        raise NotAllowed(
            Text(
                "Only the applicant of the project reports its data.",
                "监测数据由项目申请主体报送，您可以查看但不能报送。",
            )
        )
    return project


def owns(actor: Actor, case: Case) -> bool:
    """Of the party that applied and reports."""
    return actor.party_id is not None and actor.party_id == case.filer_id and actor.is_any(*FILERS)


def is_side(actor: Actor, case: Case) -> bool:
    """Of the party that applied, or of the owner that entrusted it."""
    parties = (case.filer_id, case.principal_id)
    return actor.party_id is not None and actor.party_id in parties and actor.is_any(*FILERS)


def confirmer(session: Session, actor: Actor, number: str) -> Project:
    """A project, for an officer who decides on certificates and readings. Raises NotFound, NotAllowed."""
    project = seen(session, actor, number)
    if not actor.is_any(*CONFIRMING) or actor.is_any(*OVERSIGHT):
        raise NotAllowed(
            Text("Officers of the centre decide on this.", "由市减污降碳中心经办人员核对，您的角色不能办理。")
        )
    return project


def is_staff(actor: Actor) -> bool:
    """Reads the data of all projects."""
    return actor.is_any(*CENTRE, *OVERSIGHT, Role.BUREAU, Role.EXCHANGE)


def published(session: Session, number: str, kind: str = "") -> Project:
    """A project by its number, of a kind. Raises NotFound."""
    project = session.exec(select(Project).where(Project.number == number.replace("\x00", ""))).first()
    if project is None or (kind and project.kind != kind):
        raise NotFound
    return project


def locked(session: Session, project: Project) -> Project:
    """The project's row, locked: deliveries of one project are taken one after the other."""
    query = select(Project).where(Project.id == project.id).with_for_update(key_share=True)
    return session.exec(query.execution_options(populate_existing=True)).one()


def same_party(session: Session, project: Project) -> tuple[int, ...]:
    """The parties of a project: applicant first, then who entrusted it."""
    case = session.get_one(Case, project.case_id)
    return tuple(p for p in (case.filer_id, case.principal_id) if p is not None)


def not_taking(project: Project) -> Conflict:
    """The refusal of data that counts for nothing now (G25)."""
    if project.kind == "scenario" and project.state == "connecting":
        return Conflict(
            Text(
                f"{project.number} is not live: its connection has not been accepted yet.",
                f"场景 {project.number} 尚未通过对接验收、未上线，不接收行为记录。请先完成平台对接验收。",
            ),
            "not_live",
        )
    return Conflict(
        Text(
            f"{project.number} takes no data now ({project.state}).",
            f"{project.number} 目前处于暂停、到期或注销状态，不接收数据。如有疑问请联系经办部门。",
        ),
        "not_live",
    )
