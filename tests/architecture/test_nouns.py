"""Every noun is complete, and played: nothing is asked, sent or entered that no scenario has seen."""

import json
from itertools import chain

import pytest

from models.procedures import PROCEDURES, examples_for
from models.vocabulary.forms import Form, inner_group, titles
from models.vocabulary.limits import DEFAULT_LIMITS
from models.vocabulary.specs import FILER, SUPERVISED, ProcedureSpec, Task
from models.vocabulary.statuses import ENDS, CaseStatus
from models.vocabulary.text import Text
from runtime.docs import rules
from services import checks, eligibility, forms
from services.documents.render import SHARED, TEMPLATES, template_path
from tests.architecture.tree import ROOT

SPECS = list(PROCEDURES.values())
TASKS = [pytest.param(s, t, id=f"{s.key}/{t.key}") for s in SPECS for t in s.tasks]
PLAYED = ROOT / "tests" / "histories" / "played.json"
RULES = {r.id for r in rules.rules()}


def is_said(*texts: Text) -> bool:
    """In both languages, the Chinese one in Chinese."""
    return all(t.en.strip() and any("\u4e00" <= c <= "\u9fff" for c in t.zh) for t in texts)


def fields(form: type[Form], trail: str = "") -> list[tuple[str, object]]:
    """Every field of a form and its groups with its path."""
    found: list[tuple[str, object]] = []
    for name, info in form.model_fields.items():
        found.append((trail + name, info))
        group, _ = inner_group(info.annotation)
        if group is not None:
            found += fields(group, f"{trail}{name}.")
    return found


def wordless(form: type[Form]) -> list[str]:
    """Fields without a title in both languages or without a hint."""
    out = []
    for path, info in fields(form):
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}  # type: ignore[attr-defined]
        named = is_said(titles(info, "")) and extra.get("title_en")  # type: ignore[arg-type]
        group, _ = inner_group(info.annotation)  # type: ignore[attr-defined]
        hinted = info.description and extra.get("hint_en")  # type: ignore[attr-defined]
        if not named or not (hinted or group):
            out.append(path)
    return out


@pytest.mark.parametrize(("spec", "task"), TASKS)
def test_task_is_said_in_both_languages(spec: ProcedureSpec, task: Task) -> None:
    assert is_said(task.title, task.public)
    assert task.outcomes
    for outcome in task.outcomes:
        assert is_said(outcome.label, outcome.leads_to), outcome.key
    assert wordless(task.form) == []


@pytest.mark.parametrize(("spec", "task"), TASKS)
def test_task_rests_on_known_rules_limits_and_checks(spec: ProcedureSpec, task: Task) -> None:
    assert task.rules
    assert set(task.rules) <= RULES
    assert task.limit.key in DEFAULT_LIMITS
    assert task.extension is None or task.extension in DEFAULT_LIMITS
    assert set(task.checks) <= set(checks.CHECKS)
    assert set(task.overrides) <= {o.key for o in task.outcomes} | set(SUPERVISED)
    assert set(task.not_by) - {FILER} <= {t.key for t in spec.tasks}


@pytest.mark.parametrize(("spec", "task"), TASKS)
def test_task_has_a_valid_example_for_each_outcome(spec: ProcedureSpec, task: Task) -> None:
    for outcome in task.outcomes:
        _, problems = forms.validate(task.form, examples_for(task, outcome.key), outcome.key)
        assert problems == [], (outcome.key, problems)


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: s.key)
def test_procedure_is_said_in_both_languages(spec: ProcedureSpec) -> None:
    said = [spec.title, spec.summary, spec.declaration]
    said += chain.from_iterable((s.title, s.public) for s in spec.stages)
    said += chain.from_iterable((m.title, m.when) for m in spec.materials)
    said += [d.title for d in spec.documents]
    assert is_said(*said)
    assert wordless(spec.form) == []


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: s.key)
def test_procedure_keys_are_unique_and_known(spec: ProcedureSpec) -> None:
    for keys in (
        [t.key for t in spec.tasks],
        [s.key for s in spec.stages],
        [d.key for d in spec.documents],
        [m.kind for m in spec.materials],
    ):
        assert len(set(keys)) == len(keys)
    assert {k for s in spec.stages for k in s.limits} <= set(DEFAULT_LIMITS)
    assert {r for s in spec.stages for r in s.rules} | set(spec.rules) <= RULES
    assert set(spec.eligibility) <= set(eligibility.CHECKS)
    assert set(spec.eligibility) <= set(eligibility.WORDS)  # people read these, and no code
    assert CaseStatus(spec.success) in ENDS
    assert spec.filers
    assert spec.read_by


def test_numbers_of_cases_and_documents_are_told_apart() -> None:
    prefixes = [s.prefix for s in SPECS]
    assert len(set(prefixes)) == len(prefixes)
    for spec in SPECS:
        series = [d.series for d in spec.documents]
        assert len(set(series)) == len(series)


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: s.key)
def test_every_document_has_its_template_and_every_template_its_document(spec: ProcedureSpec) -> None:
    for document in spec.documents:
        assert template_path(spec.key, document.key).is_file()
    own = {p.stem for p in (TEMPLATES / spec.key).glob("*.docx")}
    shared = {p.stem for p in (TEMPLATES / SHARED).glob("*.docx")}
    assert own <= {d.key for d in spec.documents}
    assert not own & shared


def test_layouts_of_the_desk_are_of_known_tasks_and_there() -> None:
    from api.pages.desk import LAYOUTS

    assert set(LAYOUTS) <= {t.key for s in SPECS for t in s.tasks}
    for template in LAYOUTS.values():
        assert (ROOT / "api" / "templates" / template).is_file()


def test_a_series_of_numbers_belongs_to_one_kind_of_letter() -> None:
    """沪碳普惠评〔2026〕0001号 says what kind of letter it is, in whatever procedure."""
    kinds: dict[str, set[str]] = {}
    for spec in SPECS:
        for document in spec.documents:
            kinds.setdefault(document.series, set()).add(document.key)
    assert {series: keys for series, keys in kinds.items() if len(keys) > 1} == {}


def _played(spec: ProcedureSpec, what: str) -> set[str]:
    cases = json.loads(PLAYED.read_text()).get(spec.key, {}).values()
    return {str(entry) for case in cases for entry in case[what]}


#: Outcomes no scenario chooses, each with its reason.
UNPLAYED_OUTCOMES: dict[str, str] = {}


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: s.key)
def test_every_stage_is_entered_and_every_document_issued_by_a_scenario(spec: ProcedureSpec) -> None:
    assert {s.key for s in spec.stages} == _played(spec, "stages")
    assert {d.key for d in spec.documents} == _played(spec, "documents")


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: s.key)
def test_every_task_is_opened_and_every_outcome_chosen_by_a_scenario(spec: ProcedureSpec) -> None:
    answered = {(e.split("/")[0], e.rsplit(" ", 1)[1]) for e in _played(spec, "tasks")}
    assert {t.key for t in spec.tasks} - {key for key, _ in answered} == set()
    wanted = {(t.key, o.key) for t in spec.tasks for o in t.outcomes}
    missing = {f"{key} {outcome}" for key, outcome in wanted - answered}
    assert missing == set(UNPLAYED_OUTCOMES)
