"""What the experts say: each alone 专家评审意见, then together 专家组意见 (rules G12, G13)."""

from datetime import date
from typing import Any, ClassVar

from models.procedures.shared.answers import Answer, problem, wanted, way
from models.procedures.shared.codes import MEETING_MODES, MeetingMode
from models.procedures.shared.subjects import (
    ADJUSTMENTS,
    Adjustment,
    Ratings,
    SubjectRating,
    all_rated,
    four_subjects,
    not_conforming,
    rated,
    uncommented,
)
from models.vocabulary.errors import Problem
from models.vocabulary.forms import field
from models.vocabulary.limits import WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import Clock, Task
from models.vocabulary.text import Text

#: Conclusions under which the applicant has something to change.
WITH_CHANGES = frozenset({"pass_after_revision", "pass_after_re_review"})


def _changes(loc: str, changes: list[Adjustment], outcome: str) -> list[Problem]:
    if outcome in WITH_CHANGES:
        return wanted(
            loc,
            changes,
            "修改后通过或修改后复审的，请至少列明一项修改要求。",
            "Passing after changes needs at least one change.",
        )
    if outcome == "pass" and changes:
        return [
            problem(
                loc,
                "直接通过的，不应附修改要求；请改选“修改后通过”或删除修改要求。",
                "A plain pass asks for no change; pass after revision, or remove the changes.",
            )
        ]
    return []


_MOSTLY = all_rated(monitoring=rated("mostly", "监测计划缺少电能表逾期未检期间的保守处理方法。"))


class ExpertOpinion(Answer):
    """专家评审意见表."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "pass_after_revision": {
            "ratings": _MOSTLY,
            "applicability": rated("conform"),
            "uniqueness": rated("conform"),
            "required_changes": ADJUSTMENTS,
            "summary": "项目总体符合方法学要求，按所列意见修改后可以通过。",
        },
        "pass_after_re_review": {
            "ratings": all_rated(quantification=rated("not", "减排量核算未扣除逾期未检月份的误差。")),
            "applicability": rated("conform"),
            "uniqueness": rated("conform"),
            "required_changes": ADJUSTMENTS,
            "summary": "核算方法需作较大修改，建议修改后复审。",
        },
        "fail": {
            "ratings": all_rated(boundary=rated("not", "项目边界内含已纳入配额管理的场址。")),
            "applicability": rated("not", "不满足方法学适用条件。"),
            "uniqueness": rated("conform"),
            "required_changes": [],
            "summary": "项目边界内含已纳入配额管理的场址，不满足方法学适用条件，不予通过。",
        },
    }

    ratings: Ratings = field(
        "评审评价",
        "Ratings",
        hint="对核算边界、减排量核算、数据来源和监测逐一评价。",
        hint_en="A rating of boundary, quantification, data sources and monitoring.",
    )
    applicability: SubjectRating = field(
        "方法学适用性",
        "Applicability",
        hint="是否满足所选方法学的适用条件。",
        hint_en="Are the conditions of the methodology met?",
    )
    uniqueness: SubjectRating = field(
        "唯一性",
        "Uniqueness",
        hint="是否存在重复申报或重复计算。",
        hint_en="Is anything claimed or counted twice?",
    )
    required_changes: list[Adjustment] = field(
        "修改要求",
        "Changes required",
        example=[],
        default_factory=list,
        hint="修改后通过、修改后复审时逐条列明。",
        hint_en="One by one, when passing depends on changes.",
    )
    summary: str = field(
        "综合意见",
        "Summary",
        example="项目边界清晰，核算方法正确，数据来源可靠，监测计划可行，同意通过。",
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="评审结论及主要理由。",
        hint_en="The conclusion and its main reasons.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """The conclusion agrees with the ratings and the changes."""
        ratings = {
            **four_subjects(self.ratings),
            "applicability": self.applicability,
            "uniqueness": self.uniqueness,
        }
        found = list(uncommented(ratings))
        if outcome == "pass":
            found += not_conforming(ratings)
        if outcome == "fail" and all(r.rating == "conform" for r in ratings.values()):
            found.append(
                problem(
                    "ratings",
                    "结论为不通过的，请在相应方面作出评价并说明理由。",
                    "A negative conclusion needs a subject that falls short, with its reason.",
                )
            )
        return found + _changes("required_changes", self.required_changes, outcome)


_MEETING: dict[str, Any] = {
    "meeting_place": "上海市减污降碳管理运行技术中心 301 会议室",
    "meeting_date": "2026-11-18",
    "mode": "onsite",
    "minority_opinions": "",
}


class GroupOpinion(Answer):
    """专家组意见. The votes are counted by the system from the single opinions."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "pass_after_revision": {
            **_MEETING,
            "opinion": "项目总体符合方法学要求，专家组同意修改后通过。",
            "changes": ADJUSTMENTS,
        },
        "pass_after_re_review": {
            **_MEETING,
            "opinion": "核算方法需作较大修改，修改后由专家组复审。",
            "changes": ADJUSTMENTS,
        },
        "fail": {**_MEETING, "opinion": "项目不满足方法学适用条件，专家组一致认为不予通过。", "changes": []},
    }

    meeting_place: str = field(
        "会议地点",
        "Place",
        example=_MEETING["meeting_place"],
        min_length=1,
        max_length=200,
        hint="评审会召开地点。",
        hint_en="Where the meeting took place.",
    )
    meeting_date: date = field(
        "会议日期",
        "Date",
        example="2026-11-18",
        widget="date",
        hint="评审会召开日期。",
        hint_en="When the meeting took place.",
    )
    mode: MeetingMode = field(
        "评审方式",
        "Mode",
        example="onsite",
        choices=MEETING_MODES,
        widget="radio",
        hint="现场、视频或书面评审。",
        hint_en="On site, by video or in writing.",
    )
    opinion: str = field(
        "专家组意见",
        "Opinion",
        min_length=1,
        max_length=4000,
        widget="textarea",
        example="项目核算边界清晰，减排量核算方法正确，数据来源可靠，监测计划可行，专家组同意通过技术论证。",
        hint="对四个方面的综合意见和论证结论。",
        hint_en="The opinion on the four subjects and the conclusion.",
    )
    changes: list[Adjustment] = field(
        "修改要求",
        "Changes",
        example=[],
        default_factory=list,
        hint="汇总各位专家的修改要求，逐条列明。",
        hint_en="The experts' changes, consolidated.",
    )
    minority_opinions: str = field(
        "不同意见",
        "Minority opinions",
        example="无。",
        default="",
        max_length=2000,
        widget="textarea",
        hint="如实记录未被采纳的不同意见。",
        hint_en="Opinions that were not followed, as they were given.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Changes are listed exactly where the conclusion depends on them."""
        return _changes("changes", self.changes, outcome)


class Signature(Answer):
    """签署意见 of a member on the group opinion."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "sign_with_reservation": {"reservation": "保留意见：建议首次签发时对十二月发电量采用保守值。"},
    }

    reservation: str = field(
        "保留意见",
        "Reservation",
        example="无。",
        default="",
        max_length=1000,
        widget="textarea",
        hint="附保留意见签署时填写，将载入专家组意见。",
        hint_en="Needed when you sign with a reservation; it is printed in the opinion.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """A reservation is put into words."""
        if outcome != "sign_with_reservation":
            return []
        return wanted(
            "reservation", self.reservation, "请写明保留意见。", "Please put your reservation into words."
        )


_CONCLUSIONS = (
    way("pass", "通过", "Pass", "进入公示环节。", "The case goes on to publicity."),
    way(
        "pass_after_revision",
        "修改后通过",
        "Pass after revision",
        "申请主体按意见完善文本，经办人员复核。",
        "The applicant revises the text and the case officer checks it.",
    ),
    way(
        "pass_after_re_review",
        "修改后复审",
        "Re-review after revision",
        "申请主体完善文本后，由专家复审。",
        "The applicant revises the text and experts review it again.",
    ),
    way(
        "fail",
        "不通过",
        "Fail",
        "提请审核负责人决定是否不予通过。",
        "The supervisor decides whether the project is rejected.",
        negative=True,
    ),
)
_VOTES = tuple(
    way(
        o.key,
        o.label.zh,
        o.label.en,
        "全部意见提交后计票，由组长汇总形成专家组意见。",
        "When all are in, the votes are counted and the lead drafts the group opinion.",
        negative=o.negative,
    )
    for o in _CONCLUSIONS
)


def expert_opinion(rules: tuple[str, ...] = ("G12", "G13")) -> Task:
    """Each member's own opinion, unseen by the others until all are in."""
    return Task(
        "expert_opinion",
        Text("Give your opinion", "填写专家评审意见"),
        Role.EXPERT,
        ExpertOpinion,
        _VOTES,
        WorkingDays("panel_opinion_wd"),
        rules,
        Text("Experts are reviewing the project.", "专家正在评审。"),
        clock=Clock.SPECIAL,
        lapses=True,
        blind=True,
    )


def group_opinion(rules: tuple[str, ...] = ("G12", "G13")) -> Task:
    """The lead drafts the opinion of the group; it has to agree with the votes."""
    return Task(
        "group_opinion",
        Text("Draft the opinion of the group", "起草专家组意见"),
        Role.EXPERT,
        GroupOpinion,
        _CONCLUSIONS,
        WorkingDays("group_opinion_wd"),
        rules,
        Text("The opinion of the expert group is being drawn up.", "正在形成专家组意见。"),
        clock=Clock.SPECIAL,
        checks=("vote_rule",),
        overrides=("another_lead",),
    )


def group_signature(rules: tuple[str, ...] = ("G12", "G13")) -> Task:
    """Every member signs; who stays silent may be recorded as absent by the supervisor."""
    return Task(
        "group_signature",
        Text("Sign the opinion of the group", "签署专家组意见"),
        Role.EXPERT,
        Signature,
        (
            way(
                "sign",
                "同意并签署",
                "Sign",
                "全体签署后出具专家组意见。",
                "When all have signed, the opinion is issued.",
            ),
            way(
                "sign_with_reservation",
                "附保留意见签署",
                "Sign with a reservation",
                "保留意见载入专家组意见。",
                "The reservation is printed in the opinion.",
            ),
        ),
        WorkingDays("signature_wd"),
        rules,
        Text("The opinion of the expert group is being signed.", "专家组意见正在签署。"),
        clock=Clock.SPECIAL,
        overrides=("sign_absent",),
        beside=("group_opinion",),
    )
