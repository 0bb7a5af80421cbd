"""docs/procedures/<key>.md: stages, tasks, who, how long, and where each outcome leads."""

from models.procedures import PROCEDURES
from models.vocabulary.limits import DEFAULT_LIMITS
from models.vocabulary.roles import ROLE_TITLES
from models.vocabulary.specs import FILER, SUPERVISED, Audience, ProcedureSpec, Stage, Task
from runtime.docs.markdown import document, table
from services.limit_titles import unit_of

AUDIENCES = {
    Audience.FILER: "申请方 · applicant",
    Audience.STAFF: "工作人员 · staff",
    Audience.PUBLIC: "公众 · public",
}


def pages() -> dict[str, str]:
    """One page a procedure."""
    return {f"procedures/{spec.key}.md": page(spec) for spec in PROCEDURES.values()}


def page(spec: ProcedureSpec) -> str:
    """The whole procedure as the nouns have it."""
    return document(
        f"{spec.title.zh} · {spec.title.en}",
        f"{spec.summary.zh}\n{spec.summary.en}",
        f"步骤的先后见 `workflows/{spec.key}.py`，本页列出各环节中的每件事项。\n"
        f"The order of steps is in `workflows/{spec.key}.py`; this page lists what is asked in them.",
        "## 材料 · Papers",
        _papers(spec),
        "## 申明 · Declaration",
        f"> {spec.declaration.zh}",
        "## 环节 · Stages",
        table(
            ["环节 · Stage", "对外表述 · Public words", "期限 · Limits", "规则 · Rules"],
            map(_stage, spec.stages),
        ),
        "## 事项 · Tasks",
        *[_task(spec, task) for task in spec.tasks],
        "## 文书 · Documents",
        _documents(spec),
    )


def _papers(spec: ProcedureSpec) -> str:
    rows = [[m.title.zh, m.title.en, f"{m.when.zh} · {m.when.en}"] for m in spec.materials]
    return table(["材料", "Paper", "何时需要 · When"], rows)


def _stage(stage: Stage) -> list[str]:
    optional = "（视情况 · optional）" if stage.optional else ""
    limits = "、".join(days(key) for key in stage.limits)
    title = f"{stage.title.zh} · {stage.title.en}{optional}"
    return [title, f"{stage.public.zh} {stage.public.en}", limits, " ".join(stage.rules)]


def days(key: str) -> str:
    """A limit in words, with its default value."""
    return f"`{key}` {DEFAULT_LIMITS[key]}"


def _task(spec: ProcedureSpec, task: Task) -> str:
    unit = unit_of(task.limit.key)
    facts = [
        f"- 办理 · by: {ROLE_TITLES[task.by].zh} · {ROLE_TITLES[task.by].en}",
        f"- 期限 · limit: {days(task.limit.key)} {unit.zh} · {unit.en}（默认 · default）",
        *_conditions(spec, task),
    ]
    rows = [
        [f"`{o.key}` {o.label.zh} · {o.label.en}", f"{o.leads_to.zh} {o.leads_to.en}"] for o in task.outcomes
    ]
    head = f"### {task.title.zh} · {task.title.en} (`{task.key}`)"
    return "\n\n".join([head, "\n".join(facts), table(["结论 · Outcome", "去向 · Leads to"], rows)])


def _conditions(spec: ProcedureSpec, task: Task) -> list[str]:
    lines = []
    if task.not_by:
        names = "、".join(
            "申请方 · the applicant" if k == FILER else spec.task(k).title.zh for k in task.not_by
        )
        lines.append(f"- 不得由同一自然人办理 · not by the person of: {names}")
    if task.lapses:
        lines.append(
            "- 逾期未办的自动关闭，按流程规定继续或者终止 · closes by itself when its limit passes; the course says what follows"
        )
    if task.overrides:
        settled = "、".join(_override(task, key) for key in task.overrides)
        lines.append(f"- 审核负责人可代为决定 · a supervisor may settle it as: {settled}")
    if task.blind:
        lines.append("- 全部提交前互不可见 · hidden from the others until all are in")
    if task.extension:
        lines.append(f"- 可延长一次，最多 · may be extended once, by at most: {days(task.extension)}")
    if task.rules:
        lines.append(f"- 依据 · rules: {' '.join(task.rules)}")
    return lines


def _override(task: Task, key: str) -> str:
    outcome = task.outcome(key)
    words = outcome.label if outcome else SUPERVISED[key]
    return f"{words.zh} · {words.en} (`{key}`)"


def _documents(spec: ProcedureSpec) -> str:
    rows = [[f"`{d.key}`", d.title.zh, d.title.en, d.series, AUDIENCES[d.audience]] for d in spec.documents]
    return table(["编码 · Key", "文书", "Document", "字号 · Series", "可见 · Read by"], rows)
