"""Checks of the answers of an issuance against the rows (G19, I02, I04)."""

from typing import Any

from sqlmodel import Session

from models.tables import Case, IssuanceRow, Project, TaskRow
from models.vocabulary.amounts import tonnes
from models.vocabulary.errors import Problem
from models.vocabulary.text import Text
from services import eligibility, issuance_facts, issuance_hindrances, issuances
from services.checks import review
from services.checks.kinds import Check, gathered
from services.issuance_data import Basis


def approved_is_supported(
    session: Session, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> list[Problem]:
    """Approved is never above recomputed nor above claimed, and less needs its reason (I04)."""
    row = issuance_facts.row_of(session, case)
    if outcome != "agree" or row is None:
        return []
    project = session.get_one(Project, row.project_id)
    found = issuance_facts.data_of(session, case, row, project)
    approved = issuances.grams_of(data["approved_t"])
    return (
        _too_much(row, found.recomputed_g, approved)
        or _out_of_step(project, found, approved)
        or _unexplained(row, approved, data)
    )


def _out_of_step(project: Project, found: Basis, approved: int) -> list[Problem]:
    """A project is approved in the step of its methodology; a scenario as its records are, each to its person (G28)."""
    step = found.calculation.method.grams_of_step if found.calculation else 1
    if project.kind == "scenario" and approved != found.recomputed_g:
        return [
            Problem(
                "approved_t",
                Text(
                    "What the records give goes to the persons in full; send it back to change records.",
                    f"减排场景按行为记录逐条签发给个人，核定量应等于复核计算量 {tonnes(found.recomputed_g or 0)} tCO₂e；"
                    "记录有误的请退回完善。",
                ),
            )
        ]
    if approved % step:
        words = f"核定量应按方法学的取整单位（{tonnes(step)} tCO₂e）填写。"
        return [Problem("approved_t", Text(f"Approved in steps of {tonnes(step)} t.", words))]
    return []


def _too_much(row: IssuanceRow, recomputed: int | None, approved: int) -> list[Problem]:
    if recomputed is None:
        return [
            Problem(
                "approved_t",
                Text(
                    "Nothing can be worked out from the data; send it back or refuse.",
                    "现有监测数据无法复核计算，不能核定，请退回完善或不予签发。",
                ),
            )
        ]
    if approved > min(recomputed, row.claimed_g):
        return [
            Problem(
                "approved_t",
                Text(
                    f"At most {tonnes(min(recomputed, row.claimed_g))} t: recomputed {tonnes(recomputed)}, "
                    f"claimed {tonnes(row.claimed_g)}.",
                    f"核定量不得高于复核计算量 {tonnes(recomputed)} 和申请量 {tonnes(row.claimed_g)} tCO₂e。",
                ),
            )
        ]
    return []


def _unexplained(row: IssuanceRow, approved: int, data: dict[str, Any]) -> list[Problem]:
    if approved == row.claimed_g or str(data.get("reason") or "").strip():
        return []
    return [
        Problem(
            "reason",
            Text("Say why less is approved than was asked for.", "核定量低于申请量的，请说明核减理由。"),
        )
    ]


def quantity_agency_eligible(
    session: Session, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> list[Problem]:
    """The institution has no part in the case and did not review the application (G11, G19)."""
    return review.agency_eligible(session, case, task, outcome, data)


def can_be_posted(
    session: Session, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> list[Problem]:
    """What is approved can be entered at once; what stands against it is told before (I09)."""
    if outcome != "approve":
        return []
    return [Problem("", words) for words in issuance_hindrances.of_case(session, case)]


def period_still_free(
    session: Session, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> list[Problem]:
    """The changed application could still be filed: days, data, accounts (I02)."""
    form, problems = review.with_changes(case.form, data.get("changes", []))
    if problems or not data.get("changes"):
        return []
    changed = Case(**{**case.model_dump(), "form": form})
    return [Problem(f"changes.{p.loc}", p.msg) for p in eligibility.run(session, changed)]


CHECKS: dict[str, Check] = gathered(
    approved_is_supported, quantity_agency_eligible, can_be_posted, period_still_free
)
