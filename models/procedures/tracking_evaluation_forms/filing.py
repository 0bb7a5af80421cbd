"""What opens an evaluation 跟踪评估立项: which entry, why, what is looked at (rules G29, M13)."""

from datetime import date

from models.procedures.shared.answers import problem, wanted
from models.procedures.tracking_evaluation_forms.codes import (
    SCOPES,
    TRIGGERS,
    WAYS,
    Scope,
    Trigger,
    Way,
)
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Form, Group, field
from models.vocabulary.types import PastDate


class Subject(Group):
    """评估对象."""

    project_number: str = field(
        "项目（场景）编号",
        "Permanent number",
        example="SHPH-XM-2026-0001",
        min_length=1,
        max_length=40,
        pattern=r"^[A-Za-z0-9-]+$",
        widget="lookup:entry",
        hint="已公布减排项目或减排场景的永久编号。",
        hint_en="Permanent number of a published project or scenario.",
    )
    trigger: Trigger = field(
        "启动原因",
        "Trigger",
        example="complaint",
        choices=TRIGGERS,
        widget="radio",
        hint="按启动评估的直接原因选择。",
        hint_en="What gave rise to the evaluation.",
    )
    trigger_note: str = field(
        "启动依据",
        "What it rests on",
        example="接群众反映，项目现场部分组件长期停运，但仍按满发报送发电量。",
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="写明投诉、异常、异议或者计划的来源和要点。",
        hint_en="Where the complaint, anomaly, objection or plan comes from, and its substance.",
    )


class Coverage(Group):
    """评估范围."""

    period_from: date = field(
        "评估期起",
        "From",
        example="2025-01-01",
        widget="date",
        hint="所核查运行和数据期间的首日。",
        hint_en="First day looked at.",
    )
    period_to: PastDate = field(
        "评估期止",
        "To",
        example="2025-12-31",
        widget="date",
        hint="末日，不得晚于今天。",
        hint_en="Last day, not after today.",
    )
    scope: list[Scope] = field(
        "评估环节",
        "Scope",
        example=["operation", "maintenance", "monitoring", "reporting"],
        choices=SCOPES,
        widget="checkbox",
        min_length=1,
        hint="运营、维护、监测、报告，可多选。",
        hint_en="Operation, maintenance, monitoring, reporting; one or more.",
    )
    way: Way = field(
        "办理方式",
        "How to proceed",
        example="evaluation",
        choices=WAYS,
        widget="radio",
        hint="数据异常事实清楚的，可以直接启动数据修正；其余均开展跟踪评估。",
        hint_en="A clear anomaly of data may go straight to the correction; all else is evaluated.",
    )


class TrackingEvaluationForm(Form):
    """跟踪评估立项表: filled in by the centre, or by the yearly plan."""

    subject: Subject = field("评估对象", "Subject", hint="对谁、因何开展评估。", hint_en="Whom, and why.")
    coverage: Coverage = field(
        "评估范围", "Coverage", hint="期间、环节和办理方式。", hint_en="Period, scope and way."
    )

    def problems(self, outcome: str) -> list[Problem]:
        """The same for every outcome."""
        return self.cross_problems()

    def cross_problems(self) -> list[Problem]:
        """The period runs forward, and only an anomaly goes straight to the correction."""
        found: list[Problem] = []
        if self.coverage.period_from > self.coverage.period_to:
            found.append(
                problem(
                    "coverage.period_to",
                    "评估期止日早于起日，请核对。",
                    "The period ends before it begins.",
                )
            )
        if self.coverage.way == "correction":
            found += wanted(
                "coverage.way",
                self.subject.trigger == "anomaly",
                "仅启动原因为“数据异常”的，可以直接启动数据修正。",
                "Only anomalous data may go straight to the correction.",
            )
        return found
