"""The evaluation report and the holder's feedback 跟踪评估报告、反馈 (rules G29, S04)."""

from datetime import date
from typing import Any, ClassVar

from models.procedures.shared.answers import Answer, problem, wanted
from models.procedures.tracking_evaluation_forms.codes import SEVERITIES, Severity
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Group, field


class Shortcoming(Group):
    """A problem found, how grave it is, and what is asked for."""

    severity: Severity = field(
        "程度",
        "Severity",
        example="minor",
        choices=SEVERITIES,
        widget="select",
        hint="一般、较重或者严重。",
        hint_en="Minor, major or serious.",
    )
    text: str = field(
        "问题",
        "Problem",
        example="2 号逆变器运行日志缺失三个月。",
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="事实清楚、可以核实。",
        hint_en="A plain fact that can be checked.",
    )
    basis: str = field(
        "依据",
        "Basis",
        example="申请指南“数据报送”",
        default="",
        max_length=500,
        hint="所依据的规定、方法学条款或者申请材料。",
        hint_en="Rule, clause of the methodology, or what was filed.",
    )
    demand: str = field(
        "整改要求",
        "What is asked for",
        example="补齐运行日志，并建立按月归档制度。",
        default="",
        max_length=1000,
        widget="textarea",
        hint="需要整改的写明要求。",
        hint_en="Where something has to be mended: what.",
    )


def shortcoming(severity: str, text: str, demand: str = "") -> dict[str, str]:
    """A problem as data."""
    return {"severity": severity, "text": text, "basis": "申请指南“数据报送”", "demand": demand}


_LOGS = shortcoming("minor", "2 号逆变器运行日志缺失三个月。", "补齐运行日志，并建立按月归档制度。")
_READINGS = shortcoming("major", "2025 年 7 月报送电量高于结算单 1.2%。", "自查并更正所报数据。")
_STOPPED = shortcoming("serious", "三分之一组串停运六个月，仍按全容量报送数据。", "查明原因，恢复运行。")
_FALSE = shortcoming("serious", "提供虚假结算单据，虚报发电量。", "")


class EvaluationReport(Answer):
    """跟踪评估报告: drafted by the centre's member of the team. The outcome is what is proposed."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "rectify": {
            "summary": "运行总体正常，运行记录管理存在不足，建议限期整改。",
            "shortcomings": [_LOGS],
        },
        "correct": {
            "summary": "报送数据与结算单存在偏差，建议启动数据修正。",
            "shortcomings": [_READINGS],
            "affected_from": "2025-07-01",
            "affected_to": "2025-07-31",
        },
        "suspend": {
            "summary": "项目运行状况与申请材料严重不符，建议暂停。",
            "shortcomings": [_STOPPED],
        },
        "revoke": {
            "summary": "存在弄虚作假行为，建议提请市生态环境局撤销。",
            "shortcomings": [_FALSE],
        },
    }

    summary: str = field(
        "评估情况",
        "Summary",
        example="经资料核查，项目运行、维护、监测、报告与申请材料一致，数据科学、真实、准确。",
        min_length=1,
        max_length=6000,
        widget="textarea",
        hint="概述核查过程、主要事实和结论依据。",
        hint_en="How it was checked, what was found, what the conclusion rests on.",
    )
    sampling: str = field(
        "抽样说明",
        "Sampling",
        example="",
        default="",
        max_length=2000,
        widget="textarea",
        hint="抽查的设备、月份、记录及抽样方法，没有可不填。",
        hint_en="Devices, months and records sampled, and how; may be empty.",
    )
    shortcomings: list[Shortcoming] = field(
        "存在问题",
        "Problems found",
        example=[],
        default_factory=list,
        max_length=100,
        hint="逐条列明；建议符合的应为空。",
        hint_en="One by one; none where everything conforms.",
    )
    affected_from: date | None = field(
        "受影响期间起",
        "Affected from",
        default=None,
        examples=[None],
        widget="date",
        hint="建议数据修正的填写首日。",
        hint_en="First day, where a correction of data is proposed.",
    )
    affected_to: date | None = field(
        "受影响期间止",
        "Affected to",
        default=None,
        examples=[None],
        widget="date",
        hint="建议数据修正的填写末日。",
        hint_en="Last day, where a correction of data is proposed.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """What is proposed follows from what was found."""
        found: list[Problem] = []
        if outcome == "conform" and any(s.severity != "minor" for s in self.shortcomings):
            found.append(
                problem(
                    "shortcomings",
                    "存在较重或者严重问题的，不能建议符合。",
                    "With a major or serious problem it does not conform.",
                )
            )
        if outcome != "conform":
            found += wanted(
                "shortcomings", self.shortcomings, "请至少列明一项问题。", "Please list at least one problem."
            )
        if outcome == "rectify":
            found += self._undemanded()
        return found + (self._period() if outcome == "correct" else [])

    def _undemanded(self) -> list[Problem]:
        return [
            problem(
                f"shortcomings.{no}.demand",
                "限期整改的，请写明整改要求。",
                "Please say what has to be mended.",
            )
            for no, given in enumerate(self.shortcomings)
            if not given.demand
        ]

    def _period(self) -> list[Problem]:
        first, last = self.affected_from, self.affected_to
        if first is None or last is None:
            where = "affected_from" if first is None else "affected_to"
            return [problem(where, "请填写受影响期间。", "Please give the affected period.")]
        if first > last:
            return [problem("affected_to", "受影响期间止日早于起日。", "The period ends before it begins.")]
        return []


class Feedback(Answer):
    """被评估单位反馈意见."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "comment": {"opinion": "结算单因跨月抄表产生偏差，已附供电公司说明，请予核实。"},
    }

    opinion: str = field(
        "反馈意见",
        "Opinion",
        example="对评估初步意见无异议。",
        default="",
        max_length=4000,
        widget="textarea",
        hint="有不同意见的，逐条说明理由，相关材料可一并上传。",
        hint_en="Where you disagree, say why, point by point; papers can be added.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """A comment says something."""
        if outcome == "comment":
            return wanted("opinion", self.opinion, "请填写反馈意见。", "Please write your comment.")
        return []
