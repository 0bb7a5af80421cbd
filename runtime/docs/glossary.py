"""docs/glossary.md: every term of the nouns, in both languages."""

from collections.abc import Mapping

from models.procedures import PROCEDURES
from models.vocabulary.roles import ROLE_TITLES
from models.vocabulary.specs import ProcedureSpec
from models.vocabulary.statuses import CASE_STATUS_TITLES, SEAT_STATE_TITLES, TASK_STATE_TITLES
from models.vocabulary.text import Text
from runtime.docs.markdown import document, table

#: Words of the house that no noun carries.
HOUSE = {
    "procedure": Text("A kind of case, e.g. project application", "业务：一类办件，如减排项目申请"),
    "stage": Text("A part of a procedure's course", "环节：办理过程中的一段，如形式审查、公示"),
    "case": Text("A file from draft to its end, with one number", "办件：从草稿到办结的一件事，编号唯一"),
    "task": Text("One thing asked of one role or person", "事项：请某一角色或人员办理的一件事"),
    "round": Text("How often the same thing has been asked", "轮次：同一事项第几次办理"),
    "slot": Text("Seat and attempt of an expert, e.g. 3.2", "席位：专家席位与第几人，如 3.2"),
    "finding": Text("A request for correction or revision", "修改要求：补正或完善的一项要求"),
    "limit": Text("How long a task may take, by key", "期限：事项的办理时限"),
    "deadline": Text(
        "A limit with its anchor, pauses and pinned end", "截止：期限的起算点、暂停与确定的届满时刻"
    ),
    "publicity": Text("Five working days before the public", "公示：向社会公开 5 个工作日"),
    "objection": Text("What anyone may bring against a notice", "异议：公众对公示内容提出的意见"),
    "audit event": Text("One act on record, chained by hash", "审计记录：每一行为的留痕，逐条链接"),
    "outbox": Text(
        "Messages to the engine, written with the act they tell of", "待发消息：与行为同一事务写入"
    ),
}


def page() -> str:
    """Roles, states, and the terms of each procedure."""
    return document(
        "词汇表 · Glossary",
        "程序、页面、文书和本手册使用同一组词。 · Code, pages, letters and these pages use the same words.",
        "## 系统用语 · The house",
        _terms(HOUSE),
        "## 角色 · Roles",
        _terms({role.value: title for role, title in ROLE_TITLES.items()}),
        "## 办件状态 · States of a case",
        _terms({state.value: title for state, title in CASE_STATUS_TITLES.items()}),
        "## 事项状态 · States of a task",
        _terms({state.value: title for state, title in TASK_STATE_TITLES.items()}),
        "## 专家席位状态 · States of a seat",
        _terms({state.value: title for state, title in SEAT_STATE_TITLES.items()}),
        *[part for spec in PROCEDURES.values() for part in _procedure(spec)],
    )


def _procedure(spec: ProcedureSpec) -> list[str]:
    return [
        f"## {spec.title.zh} · {spec.title.en}",
        "### 环节 · Stages",
        _terms({s.key: s.title for s in spec.stages}),
        "### 事项 · Tasks",
        _terms({t.key: t.title for t in spec.tasks}),
        "### 结论 · Outcomes",
        _terms({f"{t.key}.{o.key}": o.label for t in spec.tasks for o in t.outcomes}),
        "### 材料 · Papers",
        _terms({m.kind: m.title for m in spec.materials}),
        "### 文书 · Documents",
        _terms({d.key: d.title for d in spec.documents}),
    ]


def _terms(terms: Mapping[str, Text]) -> str:
    return table(["编码 · Key", "中文", "English"], [[f"`{k}`", t.zh, t.en] for k, t in terms.items()])
