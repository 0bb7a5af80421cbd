"""What stands against opening an evaluation: no such entry, or one is under way (G29)."""

from sqlmodel import Session, col, select

from models.tables import Case, Project
from models.vocabulary.errors import Problem
from models.vocabulary.statuses import ENDS, CaseStatus
from models.vocabulary.text import Text
from services import paths
from services.eligibility.kinds import Guard, named

WHERE = "subject.project_number"
OVER = {"closed", "deregistered"}


def _entry(session: Session, case: Case) -> Project | None:
    number = str(paths.named(case.procedure, case.form, "project_number") or "").replace("\x00", "")
    return session.exec(select(Project).where(Project.number == number)).first()


def entry_published(session: Session, case: Case) -> list[Problem]:
    """Only what is in the public register, and not over, is evaluated (G29)."""
    if not paths.named(case.procedure, case.form, "project_number"):
        return []
    entry = _entry(session, case)
    if entry is None:
        return [
            Problem(
                WHERE,
                Text(
                    "Nothing is published under this number; choose one from the register.",
                    "没有该编号的已公布减排项目或减排场景，请从已公布项目中查找编号。",
                ),
            )
        ]
    if entry.state in OVER:
        return [
            Problem(
                WHERE,
                Text(
                    f"{entry.number} is closed or struck off; there is nothing to evaluate.",
                    f"{entry.number} 计入期已结束或者已注销，不再开展跟踪评估。",
                ),
            )
        ]
    return []


def not_evaluated_now(session: Session, case: Case) -> list[Problem]:
    """One evaluation of an entry at a time."""
    entry = _entry(session, case)
    if entry is None:
        return []
    other = session.exec(
        select(Case.case_no).where(
            Case.procedure == case.procedure,
            Case.project_id == entry.id,
            Case.id != case.id,
            col(Case.status).not_in([CaseStatus.DRAFT.value, *(end.value for end in ENDS)]),
        )
    ).first()
    if other is None:
        return []
    return [
        Problem(
            WHERE,
            Text(
                f"{entry.number} is being evaluated in {other}; please go on there.",
                f"{entry.number} 正在 {other} 中开展跟踪评估，请在该件中一并办理。",
            ),
        )
    ]


CHECKS: dict[str, Guard] = named(entry_published, not_evaluated_now)
