"""The expert library 专家库 (rule M02): kept by the bureau, every change on record."""

from typing import Any

from sqlmodel import Session

from models.tables import Expert
from models.vocabulary.errors import Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from services import audit, setting_changes
from services.access import Actor

TOPICS: dict[str, Text] = {
    "boundary": Text("Boundary", "核算边界"),
    "quantification": Text("Quantification", "减排量核算"),
    "data": Text("Data", "数据来源"),
    "monitoring": Text("Monitoring", "监测"),
}
EDITED = ("specialty", "employer", "title", "topics", "active", "available", "conflicts")


def may_edit(actor: Actor) -> bool:
    return actor.is_any(Role.BUREAU, Role.SUPERVISOR)


def edit(session: Session, actor: Actor, expert_id: int, values: dict[str, Any], reason: str) -> Expert:
    """Change an entry, with a reason; panels drawn before keep what they recorded.

    Args:
        values: some of EDITED; conflicts as [{party, relation, until}].
    """
    if not may_edit(actor):
        raise NotAllowed(
            Text(
                "The library is kept by the bureau and the supervisor.", "专家库由主管部门和审核负责人维护。"
            )
        )
    row = session.get(Expert, expert_id, with_for_update=True)
    if row is None:
        raise NotFound
    problems = _problems(values, reason)
    if problems:
        raise Invalid(tuple(problems))
    before = {k: getattr(row, k) for k in EDITED}
    for key in EDITED:
        if key in values:
            setattr(row, key, values[key])
    changed = {k: [before[k], getattr(row, k)] for k in EDITED if before[k] != getattr(row, k)}
    if changed:
        setting_changes.remember(
            session,
            actor,
            "expert",
            row.key,
            Text(f"Expert library: {row.name}", f"专家库：{row.name}"),
            {k: v[0] for k, v in changed.items()},
            {k: v[1] for k, v in changed.items()},
            reason,
        )
        audit.record(
            session,
            Event.SETTING_CHANGED,
            actor=actor,
            data={
                "what": "expert",
                "expert": row.key,
                "changed": changed,
                "reason": reason.strip(),
                "text": {
                    "zh": f"修改专家库：{row.name}。{reason.strip()}",
                    "en": f"Expert library: {row.key} changed. {reason.strip()}",
                },
            },
        )
    return row


def _problems(values: dict[str, Any], reason: str) -> list[Problem]:
    found = []
    for key, zh, en in (
        ("specialty", "请填写专业。", "Please give the specialty."),
        ("employer", "请填写工作单位。", "Please give the employer."),
    ):
        if key in values and not str(values[key]).strip():
            found.append(Problem(key, Text(en, zh)))
    if not set(values.get("topics", [])) <= set(TOPICS):
        found.append(Problem("topics", Text("Choose from the list.", "请从列表中选择。")))
    if not reason.strip():
        found.append(Problem("reason", Text("Please give the reason.", "请填写变更原因。")))
    return found
