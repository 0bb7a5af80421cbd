"""Reading a case file: values by dotted path, labels from the forms, who and when from the answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic.fields import FieldInfo

from models.procedures import procedure
from models.vocabulary.forms import Form, inner_group
from models.vocabulary.limits import DEFAULT_LIMITS
from models.vocabulary.specs import Office
from models.vocabulary.whole import is_whole
from services.casefile import Answer, CaseFile, Version
from services.documents.builders.words import BLANK, text, tight, zh_date
from services.form_fields import title_of

CENTRE = "上海市减污降碳管理运行技术中心"


def get(data: object, path: str) -> Any:
    """The value at a dotted path of nested dicts and lists; None where the way ends."""
    for step in path.split("."):
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, (list, tuple)) and is_whole(step) and int(step) < len(data):
            data = data[int(step)]
        else:
            return None
    return data


def rows(data: object, path: str) -> list[Mapping[str, Any]]:
    """The list of groups at a path; empty where there is none."""
    found = get(data, path)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, (list, tuple)) else []


def choices(form: type[Form], path: str) -> dict[str, str]:
    """value -> Chinese label of a field with a closed list; empty otherwise."""
    info = info_at(form, path)
    extra = info.json_schema_extra if info is not None else None
    listed = extra.get("choices") if isinstance(extra, dict) else None
    if not isinstance(listed, dict):
        return {}
    return {key: tight(str(label[0] if isinstance(label, list) else label)) for key, label in listed.items()}


def label(form: type[Form], path: str, value: object, blank: str = BLANK) -> str:
    """The Chinese label of a chosen value; a list of values is joined."""
    known = choices(form, path)
    if isinstance(value, (list, tuple)):
        return "、".join(known.get(str(item), str(item)) for item in value) or blank
    return known.get(str(value), text(value, blank)) if value is not None else blank


def info_at(form: type[Form], path: str) -> FieldInfo | None:
    info: FieldInfo | None = None
    current: type[Form] | None = form
    for step in path.split("."):
        if is_whole(step) or step == "*":
            continue
        if current is None or step not in current.model_fields:
            return None
        info = current.model_fields[step]
        current, _ = inner_group(info.annotation)
    return info


def target_title(file: CaseFile, target: str) -> str:
    """A finding's target in words: 项目名称, 设备清单第2行：型号, a material; unknown targets as typed."""
    if not target:
        return "申请材料整体"
    spec = procedure(file.procedure)
    kind = target.removeprefix("materials.")
    for material in spec.materials:
        if material.kind == kind:
            return material.title.zh
    info = info_at(spec.form, target)
    if info is None or not info.title:
        return text(target)
    return title_of(spec.form, target).zh.replace(" 第 ", "第").replace(" 行：", "行：")


def outcome_title(file: CaseFile, key: str, outcome: str) -> str:
    """The label of an outcome as the nouns word it."""
    spec = procedure(file.procedure)
    found = spec.task(key).outcome(outcome) if spec.has_task(key) else None
    return found.label.zh if found else outcome


def outcomes(file: CaseFile, key: str) -> dict[str, str]:
    """All outcomes of a task with their labels, in the order of the nouns."""
    return {outcome.key: outcome.label.zh for outcome in procedure(file.procedure).task(key).outcomes}


def task_form(file: CaseFile, key: str) -> type[Form]:
    return procedure(file.procedure).task(key).form


def version_of(file: CaseFile, round: int) -> Version | None:
    """The submitted version of a round, or the latest one."""
    same = [version for version in file.versions if version.round == round]
    return (same or file.versions or [None])[-1]  # type: ignore[list-item]


def filed(file: CaseFile) -> Mapping[str, Any]:
    """The form as last submitted; what is typed after that is not yet said."""
    return file.versions[-1].form if file.versions else file.form


def subject(file: CaseFile) -> str:
    """What is applied for, in the words of letters: 减排项目, 减排场景."""
    return procedure(file.procedure).subject.zh


def office(file: CaseFile) -> Office:
    """Who writes the letters of the procedure."""
    return procedure(file.procedure).office


def review_title(file: CaseFile) -> str:
    """What the review of the papers is called: 形式审查, 技术审查."""
    stages = procedure(file.procedure).stages
    return next((stage.title.zh for stage in stages if stage.key == "formal_review"), "审查")


def review_limit(file: CaseFile) -> str:
    """The key of the limit of that review."""
    spec = procedure(file.procedure)
    return spec.task("formal_review").limit.key if spec.has_task("formal_review") else "formal_review_wd"


def fact(file: CaseFile, name: str, data: object = None) -> Any:
    """A fact services know by name, from where the nouns say the form keeps it (as filed, or in `data`)."""
    path = procedure(file.procedure).fact_paths.get(name)
    return get(filed(file) if data is None else data, path) if path else None


def reviewed(file: CaseFile) -> str:
    """The steps of review the case has been through, in words; a panel only where there was one."""
    steps = []
    for stage in procedure(file.procedure).stages:
        if stage.key == "publicity":
            break
        if not stage.optional or (stage.key == "expert_review" and file.seats):
            steps.append(stage.title.zh)
    return "、".join(steps)


def project(file: CaseFile) -> Mapping[str, Any]:
    found = filed(file).get("project")
    return found if isinstance(found, Mapping) else {}


def project_name(file: CaseFile) -> str:
    return text(fact(file, "project_name"), file.title or BLANK)


def methodology(file: CaseFile, blank: str = BLANK) -> str:
    """《名称》（编号，版本），as far as it is known."""
    name = _first(file.methodology, "title", "name", "name_zh", "title_zh")
    code = _first(file.methodology, "key", "id", "code") or fact(file, "methodology")
    version = get(file.methodology, "version") or fact(file, "methodology_version")
    tail = "，".join(part for part in (text(code, ""), f"版本{version}" if version else "") if part)
    head = f"《{name}》" if name else ""
    return (f"{head}（{tail}）" if head and tail else head or tail) or blank


def _first(data: Mapping[str, Any], *names: str) -> str:
    for name in names:
        value = data.get(name)
        if isinstance(value, Mapping):
            value = value.get("zh")
        if value:
            return str(value)
    return ""


def methodology_name(file: CaseFile) -> str:
    return _first(file.methodology, "title", "name", "name_zh", "title_zh") or BLANK


def methodology_class(file: CaseFile) -> str:
    found = _first(file.methodology, "class", "method_class", "methodology_class")
    return f"{found}类" if found in {"I", "II"} else (found or BLANK)


def scale(form: Mapping[str, Any]) -> str:
    """The key figure of the project's size with its unit."""
    value, note = get(form, "project.scale_kw"), text(get(form, "project.scale_note"), "")
    size = f"{text(value)} kW" if value is not None else BLANK
    return f"{size}（{note.rstrip('。')}）" if note else size


def working_days(file: CaseFile, key: str) -> int:
    """The limit `key` of the rule set pinned to the case; the default where the file names none."""
    pinned: Mapping[str, int] = file.limits
    return int(pinned.get(key, DEFAULT_LIMITS[key]))


def due(file: CaseFile, key: str, round: int, slot: str = "1") -> tuple[int, datetime | None] | None:
    """(budget in working days, end) of a task's limit."""
    found = file.dues.get(f"{key}/{slot}/{round}")
    return (found.budget, found.due_at) if found else None


def document_number(file: CaseFile, key: str, blank: str = BLANK) -> str:
    """The number of the latest issued document of a kind."""
    numbers = [str(doc.get("number") or "") for doc in file.documents if doc.get("key") == key]
    return numbers[-1] if numbers and numbers[-1] else blank


def latest(file: CaseFile, *keys: str) -> Answer | None:
    """The latest answer to any of these tasks."""
    found = [answer for answer in file.answers if answer.key in keys]
    return max(found, key=lambda answer: answer.at) if found else None


def signer(answer: Answer | None) -> str:
    """Who answered, and for whom if on behalf."""
    if answer is None:
        return BLANK
    return f"{answer.by}（代{answer.on_behalf}）" if answer.on_behalf else text(answer.by)


def answered_on(answer: Answer | None) -> str:
    return zh_date(answer.at) if answer else BLANK
