"""Complex or not, and the review by a technical service institution 专业技术服务机构审查 (rule G11)."""

from typing import Any, ClassVar

from models.procedures.shared.answers import Answer, Approval, problem, wanted, way
from models.procedures.shared.codes import COMPLEXITY_TRIGGERS, FINDING_TYPES, ComplexityTrigger, FindingType
from models.procedures.shared.subjects import Ratings, all_rated, four_subjects, rated, uncommented
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Group, field
from models.vocabulary.limits import WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import FILER, Clock, Task
from models.vocabulary.text import Text
from models.vocabulary.types import Uscc


class Triage(Answer):
    """复杂程度判定."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "complex": {
            "reason": "项目业主与申请主体不一致，且为该方法学在本市首次应用，需专业机构开展技术审查。",
            "triggers": ["first_use", "owner_differs"],
        },
    }

    reason: str = field(
        "判定理由",
        "Reason",
        example="单一场址、在线计量、方法学应用成熟，不属于类型复杂的项目。",
        min_length=1,
        max_length=1000,
        widget="textarea",
        hint="写明判定依据，将载入案卷。",
        hint_en="What the judgement rests on; it is kept in the file.",
    )
    triggers: list[ComplexityTrigger] = field(
        "复杂情形",
        "Signs of complexity",
        example=[],
        default_factory=list,
        choices=COMPLEXITY_TRIGGERS,
        widget="checkbox",
        hint="判定为类型复杂时，至少选择一项。",
        hint_en="At least one when the project is complex.",
    )
    agency_uscc: Uscc | None = field(
        "拟委托机构",
        "Institution proposed",
        default=None,
        examples=[None],
        widget="lookup:agency",
        hint="专业技术服务机构的统一社会信用代码；留空由系统推荐。",
        hint_en="Credit code of the institution; empty lets the system propose one.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Complexity has its signs; only a complex project goes to an institution."""
        if outcome == "complex":
            return wanted(
                "triggers",
                self.triggers,
                "请至少选择一项复杂情形。",
                "Please choose at least one sign of complexity.",
            )
        if self.agency_uscc:
            return [
                problem(
                    "agency_uscc",
                    "非复杂项目不委托机构审查，请清空拟委托机构。",
                    "Only complex projects go to an institution; please clear this field.",
                )
            ]
        return []


class AgencyFinding(Group):
    """A finding of the institution, tied to a place in the application."""

    type: FindingType = field(
        "类型",
        "Type",
        example="clarification",
        choices=FINDING_TYPES,
        widget="radio",
        hint="不符合、澄清或后续观察。",
        hint_en="Nonconformity, clarification or observation.",
    )
    target: str = field(
        "对应内容",
        "Field or chapter",
        example="design.monitoring",
        min_length=1,
        max_length=120,
        widget="lookup:target",
        hint="所对应的字段路径或章节。",
        hint_en="Path of the field, or the chapter.",
    )
    text: str = field(
        "审查发现",
        "Finding",
        example="监测计划未说明电能表逾期未检时的数据处理方法。",
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="写明事实、依据和要求。",
        hint_en="Facts, basis and what is required.",
    )


_TEAM = "冯洁（组长）、马腾辉"
_REPORT: dict[str, Any] = {
    "team": _TEAM,
    "scope": "项目边界、减排量核算、数据来源和监测计划。",
    "documents_reviewed": "申请表、设计文件、并网验收意见、电能表检定证书、12 个月电费结算单。",
    "site_visit": "2026 年 11 月 18 日现场核对组件数量、逆变器铭牌和电能表编号。",
    "impartiality": True,
}


class AgencyReview(Answer):
    """技术审查报告."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "pass_with_findings": {
            **_REPORT,
            "ratings": all_rated(monitoring=rated("mostly", "逾期未检期间的数据处理方法不明确。")),
            "findings": [
                {
                    "type": "clarification",
                    "target": "design.monitoring",
                    "text": "监测计划未说明电能表逾期未检时的数据处理方法，请澄清。",
                }
            ],
            "conclusion": "总体符合方法学要求，所列问题澄清后可以通过。",
        },
        "fail": {
            **_REPORT,
            "ratings": all_rated(boundary=rated("not", "部分组件安装于申报边界之外的建筑。")),
            "findings": [
                {
                    "type": "nonconformity",
                    "target": "design.boundary_text",
                    "text": "现场核查发现部分组件不在申报边界内，装机规模与申报不符。",
                }
            ],
            "conclusion": "项目边界与实际不符，不符合方法学要求，建议不予通过。",
        },
    }

    team: str = field(
        "审查人员",
        "Team",
        example=_TEAM,
        min_length=1,
        max_length=200,
        hint="审查组组长和成员。",
        hint_en="Lead and members of the team.",
    )
    scope: str = field(
        "审查范围",
        "Scope",
        example=_REPORT["scope"],
        min_length=1,
        max_length=1000,
        widget="textarea",
        hint="本次技术审查涉及的内容。",
        hint_en="What the review covered.",
    )
    documents_reviewed: str = field(
        "审阅文件",
        "Documents reviewed",
        example=_REPORT["documents_reviewed"],
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="所审阅的文件和证据。",
        hint_en="Documents and evidence that were read.",
    )
    site_visit: str = field(
        "现场核查",
        "Site visit",
        example=_REPORT["site_visit"],
        default="",
        max_length=2000,
        widget="textarea",
        hint="现场核查的时间、人员和内容；未开展的可不填。",
        hint_en="When, who and what; empty when there was none.",
    )
    ratings: Ratings = field(
        "审查评价", "Ratings", hint="对四个方面逐一评价。", hint_en="A rating of each of the four subjects."
    )
    findings: list[AgencyFinding] = field(
        "审查发现",
        "Findings",
        default_factory=list,
        example=[
            {
                "type": "observation",
                "target": "design.meters",
                "text": "首次签发后请关注发电侧电能表的续检情况。",
            }
        ],
        hint="不符合、澄清和后续观察事项。",
        hint_en="Nonconformities, clarifications and observations.",
    )
    conclusion: str = field(
        "审查结论",
        "Conclusion",
        example="项目符合方法学要求，减排量核算方法和数据来源可靠，建议通过。",
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="总体结论和理由。",
        hint_en="The conclusion and its reasons.",
    )
    impartiality: bool = field(
        "公正性声明",
        "Impartiality",
        example=True,
        widget="checkbox",
        hint="声明未参与申请材料编制，与申请主体无利益关系。",
        hint_en="The institution had no part in the papers and has no interest in the applicant.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """The outcome follows from the findings, and the report is impartial."""
        found = wanted(
            "impartiality",
            self.impartiality,
            "请作出公正性声明；有利益关系的应当回避，请联系中心改派。",
            "Please declare impartiality; with an interest in the case, ask the centre to reassign it.",
        )
        found += uncommented(four_subjects(self.ratings))
        types = {f.type for f in self.findings}
        if outcome == "pass" and types & {"nonconformity", "clarification"}:
            found.append(
                problem(
                    "findings",
                    "有不符合或澄清事项的，请选择“附意见通过”或“不通过”。",
                    "With nonconformities or clarifications choose another conclusion.",
                )
            )
        if outcome == "pass_with_findings":
            found += wanted(
                "findings", types, "请至少列明一项审查发现。", "Please list at least one finding."
            )
        if outcome == "fail" and "nonconformity" not in types:
            found.append(
                problem(
                    "findings",
                    "不通过须至少列明一项不符合。",
                    "A negative report needs at least one nonconformity.",
                )
            )
        return found


def triage(rules: tuple[str, ...] = ("G11",)) -> Task:
    """Is the project of a complex kind?"""
    return Task(
        "triage",
        Text("Judge the complexity of the project", "判定项目复杂程度"),
        Role.OFFICER,
        Triage,
        (
            way(
                "plain",
                "非复杂项目",
                "Not complex",
                "直接组织专家技术论证。",
                "The expert panel is set up at once.",
            ),
            way(
                "complex",
                "类型复杂",
                "Complex",
                "审核负责人同意后，委托专业技术服务机构开展技术审查。",
                "Once the supervisor agrees, a technical service institution reviews the project.",
            ),
        ),
        WorkingDays("triage_wd"),
        rules,
        Text(
            "The centre is deciding whether a technical service institution is needed.",
            "中心正在判定是否需要专业技术服务机构开展技术审查。",
        ),
        not_by=(FILER,),
        checks=("agency_eligible",),
    )


def agency_approval(rules: tuple[str, ...] = ("G11",)) -> Task:
    """The choice of the institution takes two persons."""
    return Task(
        "agency_approval",
        Text("Approve the institution", "审定委托机构"),
        Role.SUPERVISOR,
        Approval,
        (
            way(
                "approve",
                "同意委托",
                "Approve",
                "向该机构发出技术审查任务。",
                "The institution is asked for its review.",
            ),
            way("return", "退回", "Send back", "退回经办人员重新判定。", "The case officer judges again."),
        ),
        WorkingDays("supervisor_wd"),
        rules,
        Text("The institution for the technical review is being confirmed.", "正在确定技术审查机构。"),
        not_by=("triage",),
        beside=("triage",),
    )


def agency_review(rules: tuple[str, ...] = ("G11",)) -> Task:
    """The institution files its report."""
    return Task(
        "agency_review",
        Text("Review the project technically", "开展技术审查"),
        Role.AGENCY,
        AgencyReview,
        (
            way(
                "pass",
                "通过",
                "Pass",
                "出具技术审查报告，进入专家技术论证。",
                "The report is issued and the expert panel is set up.",
            ),
            way(
                "pass_with_findings",
                "附意见通过",
                "Pass with findings",
                "出具技术审查报告，所列问题随专家意见一并整改。",
                "The report is issued; its findings are mended together with the experts' changes.",
            ),
            way(
                "fail",
                "不通过",
                "Fail",
                "提请审核负责人决定是否不予通过。",
                "The supervisor decides whether the project is rejected.",
                negative=True,
            ),
        ),
        WorkingDays("agency_review_wd"),
        rules,
        Text(
            "A technical service institution is reviewing the project.", "专业技术服务机构正在开展技术审查。"
        ),
        clock=Clock.SPECIAL,
        overrides=("another_institution",),
    )
