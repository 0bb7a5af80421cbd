"""A letter for any document of any procedure, so that a new procedure needs a template and nothing else."""

from collections.abc import Mapping
from typing import Any

from models.procedures import procedure
from models.vocabulary.forms import Form, inner_group, titles
from services.casefile import Answer, CaseFile
from services.documents.builders import reading
from services.documents.builders.head import Head
from services.documents.builders.words import BLANK, text, yes_no, zh_date
from services.documents.contexts.base import NamedValue
from services.documents.contexts.general import AnswerRow, GeneralLetter


def general(key: str, file: CaseFile, head: Head) -> GeneralLetter:
    """通用文书: what was filed and what was answered, field by field."""
    spec = procedure(file.procedure)
    return GeneralLetter.model_validate(
        {
            **head.to_filer(file),
            "title": spec.document(key).title.zh,
            "procedure": spec.title.zh,
            "case_title": text(file.title),
            "filed_on": zh_date(file.submitted_at),
            "filed": lines(spec.form, reading.filed(file)),
            "answers": [_answer(file, a, n) for n, a in enumerate(file.answers, 1)],
        }
    )


def _answer(file: CaseFile, answer: Answer, number: int) -> AnswerRow:
    task = procedure(file.procedure).task(answer.key)
    return AnswerRow(
        no=str(number),
        task=task.title.zh,
        outcome=reading.outcome_title(file, answer.key, answer.outcome),
        answered_by=text(answer.by),
        answered_on=zh_date(answer.at),
        lines=lines(task.form, answer.form),
    )


def lines(form: type[Form], data: Mapping[str, Any]) -> list[NamedValue]:
    """The filled-in plain fields of a form and its groups; fields marked personal and tables are left out."""
    found: list[NamedValue] = []
    for name, info in form.model_fields.items():
        value, (group, many) = data.get(name), inner_group(info.annotation)
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        if group is not None and not many and isinstance(value, Mapping):
            found += lines(group, value)
        elif group is None and value not in (None, "", []) and not extra.get("personal"):
            found.append(NamedValue(name=titles(info, name).zh, value=_value(form, name, value)))
    return found


def _value(form: type[Form], name: str, value: object) -> str:
    if isinstance(value, bool):
        return yes_no(value)
    if isinstance(value, list):
        return "、".join(text(v) for v in value) or BLANK
    return reading.label(form, name, value)
