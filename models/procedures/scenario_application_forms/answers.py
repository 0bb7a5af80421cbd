"""Answers to tasks that speak of a scenario where other procedures speak of a project."""

from typing import Any, ClassVar

from models.procedures.shared.answers import Answer, wanted
from models.procedures.shared.conclusions import Publication
from models.procedures.shared.formal_review import FormalReview, ReviewItem
from models.procedures.shared.publicity import PublicityRelease
from models.vocabulary.errors import Problem
from models.vocabulary.forms import field
from models.vocabulary.types import Tonnes

_ITEMS: list[dict[str, Any]] = [
    {"kind": kind, "complete": True, "conforming": True, "sealed": True, "note": ""}
    for kind in ("appendix_c", "licence", "legal_rep_identity", "user_agreement")
]


class ScenarioFormalReview(FormalReview):
    """形式审查意见 on the materials of a scenario (rules G07, G09, G21)."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "request_correction": {
            "items": _ITEMS,
            "eligibility_confirmed": True,
            "defects": [
                {
                    "target": "materials.user_agreement",
                    "requirement": "请补充载明撤回授权方式的服务协议全文。",
                    "basis": "申请指南“减排场景申请材料”",
                }
            ],
        },
        "refuse": {
            "items": _ITEMS,
            "eligibility_confirmed": False,
            "defects": [],
            "reason_code": "methodology",
            "reason": "所申请的场景尚无已公布且有效的减排场景方法学，不属于受理范围。",
        },
    }

    items: list[ReviewItem] = field(
        "逐项核对",
        "Materials one by one",
        example=_ITEMS,
        min_length=1,
        hint="每一项材料均须核对齐全性、规范性和盖章情况。",
        hint_en="Check each material for completeness, conformity and seals.",
    )


class ScenarioRelease(PublicityRelease):
    """公示公告稿 of a scenario."""

    title: str = field(
        "公示标题",
        "Title",
        example="关于上海市互联网租赁自行车碳普惠减排场景的公示",
        min_length=1,
        max_length=200,
        hint="公示公告的标题。",
        hint_en="The heading of the notice.",
    )
    summary: str = field(
        "公示内容",
        "Summary",
        min_length=1,
        max_length=4000,
        widget="textarea",
        example="该减排场景经形式审查，并由市减污降碳中心会同上海环境能源交易所审核，现按规定予以公示，公示期 5 个工作日。"
        "公示期内如有异议，请以书面形式反映。",
        hint="面向公众的说明，不得含个人信息和商业秘密。",
        hint_en="For the public; no personal data and no trade secrets.",
    )


class ScenarioOpinion(Answer):
    """技术审核意见 on a scenario; it has no crediting period, so there is no total."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "negative": {
            "verified_annual_t": "0",
            "opinion": "公示期内查实该场景的用户授权不符合要求，不符合碳普惠参与条件。",
            "conditions": "",
        },
    }

    verified_annual_t: Tonnes = field(
        "核定预计年减排量",
        "Verified annual reduction",
        example="526.782",
        unit="tCO2e",
        hint="经审核认可的预计年减排量。",
        hint_en="The estimate a year as verified.",
    )
    opinion: str = field(
        "审核意见",
        "Opinion",
        min_length=1,
        max_length=4000,
        widget="textarea",
        example="该减排场景符合所适用方法学的要求，行为边界清晰，核算正确，数据可靠，用户授权合规，公示期内无异议，同意通过技术审核。",
        hint="综合形式审查、会同审核、专家论证（如有）、文本完善和公示情况提出意见。",
        hint_en="Drawn from all steps of the review and the publicity.",
    )
    conditions: str = field(
        "附加要求",
        "Conditions",
        example="请于公布后按约定完成平台系统对接，仅报送已授权用户的数据。",
        default="",
        max_length=2000,
        widget="textarea",
        hint="通过后应当遵守的要求，没有可不填。",
        hint_en="What has to be kept to afterwards; may be empty.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """A positive opinion verifies a quantity."""
        if outcome != "positive":
            return []
        return wanted(
            "verified_annual_t",
            self.verified_annual_t > 0,
            "通过的减排场景须核定预计年减排量。",
            "A positive opinion verifies an annual quantity above zero.",
        )


class ScenarioPublication(Publication):
    """公布公告稿 of a scenario."""

    title: str = field(
        "公告标题",
        "Title",
        example="关于公布碳普惠减排场景的公告",
        min_length=1,
        max_length=200,
        hint="公布公告的标题。",
        hint_en="The heading of the announcement.",
    )
    note: str = field(
        "备注",
        "Note",
        example="减排场景申请主体应当完成平台系统对接后上线运行。",
        default="",
        max_length=1000,
        widget="textarea",
        hint="需要一并公告的事项。",
        hint_en="Anything to announce along with it.",
    )
