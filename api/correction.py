"""The sheet on which an applicant mends an application: only what was asked for is open (screens 4.11)."""

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlmodel import Session

from api.forms import FieldView, FormView, form_view, merge, parse
from models.procedures import procedure
from models.tables import Attachment, Case, Finding, TaskRow
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Form
from models.vocabulary.text import Text
from models.vocabulary.whole import is_whole
from services import checks, findings, materials
from services.form_diff import Change, diff
from services.reading.case_versions import within
from services.reading.status import target_title

_PREFIX = "v."


@dataclass(frozen=True)
class Asked:
    """One finding with what it opens: a field of the form, a material, or nothing in particular."""

    finding: Finding
    title: Text
    reply: str
    field: FieldView | None = None
    old: FieldView | None = None
    material: str = ""
    papers: tuple[Attachment, ...] = ()
    errors: tuple[Text, ...] = ()
    shared: bool = False


@dataclass(frozen=True)
class Sheet:
    """The findings of a round, the fields they open, and what has been typed.

    Args:
        values: the whole form as it would be after the changes.
        also: paths the applicant opened beyond what was asked.
    """

    form: type[Form]
    before: dict[str, Any]
    values: dict[str, Any]
    findings: tuple[Finding, ...]
    titles: dict[str, Text]
    papers: tuple[Attachment, ...]
    replies: dict[int, str]
    also: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    view: FormView = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "view", form_view(self.form, self.values, self.problems, _PREFIX))

    @property
    def asked(self) -> list[Asked]:
        """The findings as cards, in their order; a field two findings name is drawn once."""
        before, drawn, out = form_view(self.form, self.before), set[str](), []
        for finding in self.findings:
            view = _opened(self.view, finding.target)
            shared = view is not None and view.path in drawn
            drawn |= {view.path} if view is not None else set()
            out.append(
                Asked(
                    finding,
                    self.titles[finding.target],
                    self.replies.get(finding.number, ""),
                    None if shared else view,
                    before.find(view.path) if view is not None and not shared else None,
                    _material(finding.target),
                    tuple(p for p in self.papers if p.kind == _material(finding.target)),
                    tuple(p.msg for p in self.problems if p.loc == f"reply.{finding.number}"),
                    shared,
                )
            )
        return out

    @property
    def extra(self) -> list[FieldView]:
        """Fields opened beyond what was asked, and fields that a check found wrong."""
        shown = {a.field.path for a in self.asked if a.field is not None}
        paths = dict.fromkeys([*self.also, *(p.loc for p in self.problems if p.loc)])
        views = (_opened(self.view, path) for path in paths)
        return [v for v in {v.path: v for v in views if v is not None}.values() if v.path not in shown]

    @property
    def choices(self) -> list[FieldView]:
        """Fields that may be opened in addition."""
        shown = {a.field.path for a in self.asked if a.field is not None} | set(self.also)
        return [
            v
            for f in self.view.fields
            for v in (f.children if f.spec.kind == "group" else (f,))
            if v.path not in shown
        ]

    @property
    def changes(self) -> list[Change]:
        return diff(self.form, self.before, self.values)

    @property
    def outside(self) -> frozenset[str]:
        """Changed paths nobody had asked for."""
        asked = {f.target for f in self.findings if f.target}
        return frozenset(c.path for c in self.changes if not within(c.path, asked))

    def answer(self) -> dict[str, Any]:
        """What is sent: a reply to each finding and the changed fields."""
        return {
            "replies": [
                {"finding": n, "reply": text} for n, text in sorted(self.replies.items()) if text.strip()
            ],
            "changes": [{"path": c.path, "value": c.new} for c in self.changes],
        }

    def draft(self) -> dict[str, Any]:
        """What is kept: the answer, half-written replies, and what was opened in addition."""
        replies = [{"finding": n, "reply": text} for n, text in sorted(self.replies.items())]
        return {**self.answer(), "replies": replies, "also": list(self.also)}

    def with_values(self) -> "Sheet":
        """The same sheet drawn anew after its values were changed in place."""
        return replace(self)

    def marked(self, problems: list[Problem]) -> "Sheet":
        """The same sheet with defects at their fields and replies; each finding left out is named."""
        sent = [r["finding"] for r in self.answer()["replies"]]
        silent = [
            Problem(
                f"reply.{f.number}",
                Text(f"Please reply to request {f.number}.", f"请答复第 {f.number} 项要求。"),
            )
            for f in self.findings
            if f.number not in sent
        ]
        return replace(self, problems=(*silent, *(_homed(p, sent) for p in problems if p.loc != "replies")))


def sheet_of(
    session: Session,
    case: Case,
    task: TaskRow,
    draft: dict[str, Any],
    posted: Iterable[tuple[str, Any]] | None = None,
) -> Sheet:
    """The sheet of a correction or revision from its saved draft, or from what a browser has sent."""
    form, asked = procedure(case.procedure).form, tuple(findings.of(session, case, task.key, task.round))
    values, _ = checks.with_changes(case.form, draft.get("changes", []))
    replies = {int(r["finding"]): str(r.get("reply") or "") for r in draft.get("replies", [])}
    also = tuple(str(p) for p in draft.get("also", []))
    if posted is not None:
        items = list(posted)
        typed = parse(form, [(k.removeprefix(_PREFIX), v) for k, v in items if k.startswith(_PREFIX)])
        values = merge(copy.deepcopy(case.form), typed)
        replies = {int(k[6:]): str(v) for k, v in items if k.startswith("reply.") and is_whole(k[6:])}
        also = tuple(dict.fromkeys(str(v) for k, v in items if k == "_also" and v))
    return Sheet(
        form,
        case.form,
        values,
        asked,
        {f.target: target_title(case, f.target) for f in asked},
        tuple(materials.listed(session, case)),
        replies,
        also,
    )


def _material(target: str) -> str:
    return target.removeprefix("materials.") if target.startswith("materials.") else ""


def _opened(view: FormView, path: str) -> FieldView | None:
    """The field to open for a path; a cell opens its whole table, so that rows keep their places."""
    if not path or path.startswith("materials."):
        return None
    parts = path.split(".")
    for n in range(1, len(parts) + 1):
        found = view.find(".".join(parts[:n]))
        if found is not None and found.spec.kind == "table":
            return found
    return view.find(path)


def _homed(problem: Problem, sent: list[int]) -> Problem:
    """The defect at the place it is shown: "changes.<field>" at the field, "replies.<row>" at the finding."""
    if problem.loc.startswith("replies.") and is_whole(problem.loc.split(".")[1]):
        row = int(problem.loc.split(".")[1])
        return Problem(f"reply.{sent[row]}" if row < len(sent) else "", problem.msg)
    return Problem(problem.loc.removeprefix("changes."), problem.msg)
