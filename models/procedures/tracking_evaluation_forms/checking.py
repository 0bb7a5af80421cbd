"""Data check and site visit 资料核查、现场踏勘: the four criteria compared with what was filed (rule G29)."""

from typing import Any, ClassVar

from models.procedures.shared.answers import Answer, problem, wanted
from models.procedures.tracking_evaluation_forms.codes import CRITERIA, RESULTS, Criterion, Result
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Group, field
from models.vocabulary.types import PastDate


class CheckRow(Group):
    """One item of the checklist: what was filed, what was found."""

    criterion: Criterion = field(
        "准则",
        "Criterion",
        example="consistency",
        choices=CRITERIA,
        widget="select",
        hint="一致性、科学性、真实性或者准确性。",
        hint_en="Consistency, soundness, authenticity or accuracy.",
    )
    item: str = field(
        "核查事项",
        "Item",
        example="装机容量",
        min_length=1,
        max_length=200,
        hint="核查的具体事项。",
        hint_en="What is looked at.",
    )
    filed: str = field(
        "申报（报送）内容",
        "As filed",
        example="400",
        default="",
        max_length=2000,
        hint="申请材料或者报送数据中的内容，由系统带出。",
        hint_en="As in the application or the reported data; filled in by the system.",
    )
    found: str = field(
        "核查情况",
        "As found",
        example="与备案证明、现场铭牌一致。",
        default="",
        max_length=2000,
        hint="核查所见。",
        hint_en="What was found.",
    )
    result: Result = field(
        "结果",
        "Result",
        example="conform",
        choices=RESULTS,
        widget="select",
        hint="不相符的须写明核查情况。",
        hint_en="A deviation says what was found.",
    )


def row(
    criterion: str, item: str, filed: str = "", found: str = "", result: str = "conform"
) -> dict[str, str]:
    """A row of the checklist as data."""
    return {"criterion": criterion, "item": item, "filed": filed, "found": found, "result": result}


ROWS = [
    row("consistency", "装机容量", "400", "与备案证明、现场铭牌一致。"),
    row("soundness", "方法学适用条件", "DEMO-PV-2024", "适用条件持续满足。"),
    row("authenticity", "监测数据来源", "关口电能表", "抽查结算单与电能表底码一致。"),
    row("accuracy", "报送数据完整率", "100%", "复算结果与报送数据一致。"),
]


class DataCheck(Answer):
    """资料核查记录. Each member of the team fills in one of its own."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "visit": {
            "items": [
                *ROWS[:2],
                row(
                    "authenticity",
                    "监测数据来源",
                    "关口电能表",
                    "2025 年 7 月报送电量高于结算单 1.2%。",
                    "deviates",
                ),
                ROWS[3],
            ],
            "opinion": "书面材料不足以认定偏差原因，建议现场踏勘。",
            "visit_reason": "核对关口电能表编号、倍率和停运组串。",
        },
    }

    items: list[CheckRow] = field(
        "核查清单",
        "Checklist",
        example=ROWS,
        min_length=4,
        max_length=200,
        hint="按四项准则逐项核对申报和报送内容，可增加事项。",
        hint_en="Compare what was filed and reported under the four criteria; add items as needed.",
    )
    opinion: str = field(
        "核查意见",
        "Opinion",
        example="经核查，运行情况与申请材料一致，数据科学、真实、准确。",
        min_length=1,
        max_length=4000,
        widget="textarea",
        hint="本方核查结论和主要依据。",
        hint_en="What this side concludes, and why.",
    )
    visit_reason: str = field(
        "现场踏勘理由",
        "Why a visit",
        example="",
        default="",
        max_length=1000,
        widget="textarea",
        hint="建议现场踏勘的，写明需要现场核实的事项。",
        hint_en="Where a visit is proposed: what has to be seen there.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Every criterion is looked at; a deviation says what was found; a visit says why."""
        seen = {r.criterion for r in self.items if r.result != "unchecked"}
        missing = [words for key, words in CRITERIA.items() if key not in seen]
        found: list[Problem] = []
        if missing:
            zh, en = "、".join(w.zh for w in missing), ", ".join(w.en.lower() for w in missing)
            found.append(problem("items", f"以下准则尚未核查：{zh}。", f"Not looked at yet: {en}."))
        for no, given in enumerate(self.items):
            if given.result == "deviates":
                found += wanted(
                    f"items.{no}.found",
                    given.found,
                    "结果为不相符的，请写明核查情况。",
                    "Please say what deviates.",
                )
        if outcome == "visit":
            found += wanted(
                "visit_reason",
                self.visit_reason,
                "请写明需要现场核实的事项。",
                "Please say what has to be seen on site.",
            )
        return found


class VisitItem(Group):
    """Something looked at on site."""

    item: str = field(
        "踏勘事项",
        "Item",
        example="关口电能表编号和倍率",
        min_length=1,
        max_length=200,
        hint="现场核实的事项。",
        hint_en="What was looked at.",
    )
    found: str = field(
        "现场情况",
        "As found",
        example="编号、倍率与申请材料一致，铅封完好。",
        min_length=1,
        max_length=2000,
        hint="现场所见。",
        hint_en="What was seen.",
    )
    deviates: bool = field(
        "存在偏差",
        "Deviates",
        example=False,
        default=False,
        widget="checkbox",
        hint="与申请材料或者报送数据不符的勾选。",
        hint_en="Tick where it differs from what was filed or reported.",
    )


class SiteVisit(Answer):
    """现场踏勘记录."""

    visited_on: PastDate = field(
        "踏勘日期",
        "Date",
        example="2026-01-15",
        widget="date",
        hint="现场踏勘的日期。",
        hint_en="Day of the visit.",
    )
    place: str = field(
        "地点",
        "Place",
        example="上海市闵行区示例路 300 号",
        min_length=1,
        max_length=200,
        hint="踏勘地点。",
        hint_en="Where it was.",
    )
    persons: list[str] = field(
        "参加人员",
        "Persons",
        example=["王经办（中心）", "刘审核（环交所）", "周雅（被评估单位）"],
        min_length=2,
        max_length=30,
        hint="评估组和被评估单位人员，每行一人，注明单位。",
        hint_en="Team and holder, one a line, with their side.",
    )
    items: list[VisitItem] = field(
        "踏勘情况",
        "Items",
        min_length=1,
        max_length=100,
        example=[
            {
                "item": "关口电能表编号和倍率",
                "found": "编号、倍率与申请材料一致，铅封完好。",
                "deviates": False,
            }
        ],
        hint="逐项记录，照片另作附件上传。",
        hint_en="One by one; photos are attached.",
    )
    conclusion: str = field(
        "踏勘结论",
        "Conclusion",
        example="现场情况与申请材料一致。",
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="现场踏勘的总体结论。",
        hint_en="What the visit came to.",
    )
