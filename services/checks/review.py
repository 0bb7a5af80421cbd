"""Named checks of an answer against the rows, run before the answer counts. The nouns name them."""

import copy
from typing import Any

from sqlmodel import Session, select

from models.procedures import procedure
from models.tables import Case, Party, Project, TaskRow
from models.vocabulary.errors import Problem
from models.vocabulary.statuses import TaskState
from models.vocabulary.text import Text
from services import (
    answers,
    eligibility,
    findings,
    forms,
    interested,
    materials,
    panel_votes,
    paths,
    projects,
)
from services.checks.kinds import Check, gathered


def materials_verified(
    session: Session, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> list[Problem]:
    """Acceptance needs every mandatory material there, seen and sealed, one by one (G06, G07)."""
    if outcome != "accept":
        return []
    seen = {i["kind"]: i for i in data.get("items", [])}
    have = {a.kind for a in materials.listed(session, case)}
    problems = []
    for item in procedure(case.procedure).materials:
        row = seen.get(item.kind)
        if not item.needed(case.form) and item.kind not in have:
            continue
        if row is None or not (row.get("complete") and row.get("conforming") and row.get("sealed")):
            problems.append(
                Problem(
                    "items",
                    Text(
                        f"“{item.title.en}” is not confirmed as complete, conforming and sealed; confirm it or request a correction.",
                        f"“{item.title.zh}”尚未逐项确认齐全、规范并加盖公章和骑缝章；请确认，或要求补正。",
                    ),
                )
            )
    if not data.get("eligibility_confirmed", True):
        problems.append(
            Problem(
                "eligibility_confirmed",
                Text("Please confirm the eligibility checks.", "请确认申请资格核查结果。"),
            )
        )
    return problems


def defects_listed(
    session: Session, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> list[Problem]:
    """Every defect names a field or material; a later round adds none that was visible before (I27)."""
    if outcome != "request_correction" or not _asked_before(session, case, task.round):
        return []
    changed = _changed_targets(session, case, task.round)
    return [
        Problem(
            f"defects.{i}.target",
            Text(
                "A later round may only return to defects listed before or to what the applicant changed.",
                "第二次及以后的补正只能针对此前已列明的缺陷或申请方修改过的内容（一次性告知）。",
            ),
        )
        for i, d in enumerate(data.get("defects", []))
        if not _touches(d["target"], changed)
    ]


def _asked_before(session: Session, case: Case, round_: int) -> bool:
    """Was the applicant asked for corrections before? A refusal that was sent back asked them for nothing."""
    return any(findings.of(session, case, "correction", r) for r in range(1, round_))


def _changed_targets(session: Session, case: Case, round_: int) -> set[str]:
    targets = {f.target for r in range(1, round_) for f in findings.of(session, case, "correction", r)}
    return targets | set(changed_paths(session, case, "correction"))


def _touches(target: str, known: set[str]) -> bool:
    return any(target == k or target.startswith(k + ".") or k.startswith(target + ".") for k in known if k)


def changed_paths(session: Session, case: Case, key: str) -> list[str]:
    """Paths the applicant changed in answers to `key`."""
    return [
        c["path"]
        for s, t in answers.of_case(session, case.id)
        if t.key == key
        for c in s.form.get("changes", [])
    ]


def every_finding_answered(
    session: Session, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> list[Problem]:
    """A resubmission replies to each request and leaves the whole form valid (G10)."""
    replies = {r["finding"] for r in data.get("replies", []) if str(r.get("reply", "")).strip()}
    problems = [
        Problem(
            "replies",
            Text(f"Please reply to request {f.number}: {f.text}", f"请答复第 {f.number} 项要求：{f.text}"),
        )
        for f in findings.of(session, case, task.key, task.round)
        if f.number not in replies
    ]
    return problems + _changes_valid(session, case, data.get("changes", []))


def _changes_valid(session: Session, case: Case, changes: list[dict[str, Any]]) -> list[Problem]:
    """What stands against the form as changed, and the papers it calls for (G02, G04, G06).

    Eligibility that was doubtful before does not hinder an answer.
    """
    form, problems = with_changes(case.form, changes)
    if problems:
        return problems
    changed = Case(**{**case.model_dump(), "form": form})
    _, found = forms.validate(procedure(case.procedure).form, form)
    if changes and not found:
        before = set(eligibility.run(session, case))
        found = [p for p in eligibility.run(session, changed) if p not in before]
    return [Problem(f"changes.{p.loc}", p.msg) for p in found] + materials.missing(session, changed)


def with_changes(form: dict[str, Any], changes: list[dict[str, Any]]) -> tuple[dict[str, Any], list[Problem]]:
    """A copy of `form` with the changed fields set; a path that does not fit is a problem."""
    new, problems = copy.deepcopy(form), []
    for i, change in enumerate(changes):
        try:
            paths.put(new, change["path"], change["value"])
        except ValueError:
            problems.append(
                Problem(
                    f"changes.{i}.path",
                    Text(f"There is no field “{change['path']}”.", f"没有字段“{change['path']}”。"),
                )
            )
    return new, problems


def agency_eligible(
    session: Session, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> list[Problem]:
    """The institution named is registered and has no part in the case (G11)."""
    if outcome != "complex":
        return []
    code = data.get("agency_uscc")
    row = (
        session.exec(select(Party).where(Party.uscc == code)).first()
        if code
        else propose_agency(session, case)
    )
    if row is None or not row.is_agency:
        return [
            Problem(
                "agency_uscc",
                Text(
                    "Choose a registered technical service institution.", "请选择已登记的专业技术服务机构。"
                ),
            )
        ]
    if row.id in _involved(session, case):
        return [
            Problem(
                "agency_uscc",
                Text(
                    f"{row.name} has a part in this case and must not review it.",
                    f"{row.name} 与本件存在利害关系，应当回避，请另选机构。",
                ),
            )
        ]
    return []


def propose_agency(session: Session, case: Case) -> Party | None:
    """A registered institution with no part in the case: the first in the order of registration."""
    involved = _involved(session, case)
    rows = session.exec(select(Party).where(Party.is_agency).order_by(Party.id)).all()  # type: ignore[arg-type]
    free = [r for r in rows if r.id not in involved | _silent(session, case)]
    return next(iter(free), None)


def _silent(session: Session, case: Case) -> set[int | None]:
    """Institutions that were asked in this case and gave no report."""
    asked = select(TaskRow.party_id).where(
        TaskRow.case_id == case.id, TaskRow.outcome == "another_institution"
    )
    return set(session.exec(asked).all())


def _involved(session: Session, case: Case) -> set[int | None]:
    return {party.id for party in interested.of_case(session, case)} | _reviewed_before(session, case)


def _reviewed_before(session: Session, case: Case) -> set[int | None]:
    """Institutions that reviewed the application of the project: another one reviews its amounts (G19)."""
    project = session.get(Project, case.project_id) if case.project_id else projects.of_case(session, case.id)
    if project is None:
        return set()
    asked = select(TaskRow.party_id).where(
        TaskRow.case_id == project.case_id,
        TaskRow.key == "agency_review",
        TaskRow.state == TaskState.DONE.value,
    )
    return set(session.exec(asked).all())


def vote_rule(
    session: Session, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> list[Problem]:
    """The group's conclusion follows from the votes (G13): see services.panel_votes."""
    return panel_votes.problems(session, case, outcome)


CHECKS: dict[str, Check] = gathered(
    materials_verified, defects_listed, every_finding_answered, agency_eligible, vote_rule
)
