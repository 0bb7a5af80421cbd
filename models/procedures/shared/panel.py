"""Setting up an expert panel 专家组组建: drawn, approved, invited (rule G12)."""

from datetime import date
from typing import Any, ClassVar

from models.procedures.shared.answers import Answer, Approval, problem, wanted, way
from models.procedures.shared.codes import MEETING_MODES, MeetingMode
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Group, field
from models.vocabulary.limits import WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import Clock, Task
from models.vocabulary.text import Text

_QUOTA_HINT = "该专业至少抽取的人数。"
_QUOTA_HINT_EN = "At least so many experts of this specialty."


class Quota(Group):
    """The least number of experts for each subject."""

    boundary: int = field(
        "核算边界", "Boundary", example=1, default=1, ge=0, le=9, hint=_QUOTA_HINT, hint_en=_QUOTA_HINT_EN
    )
    quantification: int = field(
        "减排量核算",
        "Quantification",
        example=1,
        default=1,
        ge=0,
        le=9,
        hint=_QUOTA_HINT,
        hint_en=_QUOTA_HINT_EN,
    )
    data: int = field(
        "数据来源", "Data", example=1, default=1, ge=0, le=9, hint=_QUOTA_HINT, hint_en=_QUOTA_HINT_EN
    )
    monitoring: int = field(
        "监测", "Monitoring", example=1, default=1, ge=0, le=9, hint=_QUOTA_HINT, hint_en=_QUOTA_HINT_EN
    )


class PanelSetup(Answer):
    """专家组组建方案."""

    size: int = field(
        "专家人数",
        "Experts",
        example=5,
        default=5,
        ge=5,
        le=15,
        unit="人",
        hint="不少于 5 人，宜为单数。",
        hint_en="At least five; preferably an odd number.",
    )
    quota: Quota = field(
        "专业配额",
        "Quota by subject",
        example={"boundary": 1, "quantification": 1, "data": 1, "monitoring": 1},
        default_factory=Quota,
        hint="四个方面各至少抽取的人数。",
        hint_en="The least number of experts for each of the four subjects.",
    )
    meeting_at: date | None = field(
        "评审会日期",
        "Date of the meeting",
        default=None,
        examples=[None],
        widget="date",
        hint="拟召开评审会的日期，可在专家应邀后确定。",
        hint_en="May be fixed once the experts have accepted.",
    )
    meeting_place: str = field(
        "评审会地点",
        "Place of the meeting",
        example="上海市减污降碳管理运行技术中心 301 会议室",
        default="",
        max_length=200,
        hint="会议地点；视频会议可填写会议平台。",
        hint_en="The room, or the platform of a video conference.",
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

    def problems(self, outcome: str) -> list[Problem]:
        """The quotas fit into the panel."""
        q = self.quota
        if q.boundary + q.quantification + q.data + q.monitoring <= self.size:
            return []
        return [
            problem(
                "quota",
                "各专业配额之和不能超过专家人数，请调减配额或增加人数。",
                "The quotas exceed the panel; lower them or draw more experts.",
            )
        ]


class Invitation(Answer):
    """应邀回执 with the declarations of 回避 and 保密."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "decline": {
            "no_conflict": False,
            "confidentiality": False,
            "reason": "评审期间另有工作安排，无法参加。",
        },
        "conflict": {
            "no_conflict": False,
            "confidentiality": False,
            "reason": "近三年曾为申请主体提供技术咨询服务，应当回避。",
        },
    }

    no_conflict: bool = field(
        "无利益冲突承诺",
        "No conflict of interest",
        example=True,
        widget="checkbox",
        hint="本人与申请主体、项目业主及相关机构不存在应当回避的情形。",
        hint_en="I have no tie to the applicant, the owner or the bodies involved that would exclude me.",
    )
    confidentiality: bool = field(
        "保密承诺",
        "Confidentiality",
        example=True,
        widget="checkbox",
        hint="对评审中知悉的商业秘密、个人信息和评审过程予以保密。",
        hint_en="I keep trade secrets, personal data and the deliberations confidential.",
    )
    reason: str = field(
        "说明",
        "Reason",
        example="同意参加。",
        default="",
        max_length=500,
        widget="textarea",
        hint="谢绝或者申明回避时须说明原因。",
        hint_en="Needed when you decline or declare a conflict.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Accepting means both promises; anything else says why."""
        if outcome != "accept":
            return wanted(
                "reason",
                self.reason,
                "请说明谢绝或者回避的原因。",
                "Please say why you decline or stand aside.",
            )
        return wanted(
            "no_conflict",
            self.no_conflict,
            "接受邀请须作出无利益冲突承诺；如有应当回避的情形，请选择“申明回避”。",
            "To accept, promise that there is no conflict; otherwise declare the conflict.",
        ) + wanted(
            "confidentiality",
            self.confidentiality,
            "接受邀请须作出保密承诺。",
            "To accept, promise confidentiality.",
        )


def panel_setup(rules: tuple[str, ...] = ("G12",)) -> Task:
    """Decide size and quotas; the system draws at random."""
    return Task(
        "panel_setup",
        Text("Set up the expert panel", "组建专家组"),
        Role.OFFICER,
        PanelSetup,
        (
            way(
                "draw",
                "随机抽取",
                "Draw",
                "系统按专业配额从专家库随机抽取，报审核负责人审定。",
                "The system draws from the library by quota; the supervisor approves the panel.",
            ),
        ),
        WorkingDays("panel_setup_wd"),
        rules,
        Text("The expert panel is being set up.", "正在组建专家组。"),
    )


def panel_approval(rules: tuple[str, ...] = ("G12",)) -> Task:
    """The panel takes two persons."""
    return Task(
        "panel_approval",
        Text("Approve the panel", "审定专家组名单"),
        Role.SUPERVISOR,
        Approval,
        (
            way("approve", "同意", "Approve", "向抽取的专家发出邀请。", "The experts drawn are invited."),
            way(
                "redraw",
                "重新抽取",
                "Draw again",
                "退回重新抽取，原因载入案卷。",
                "The panel is drawn anew; the reason is kept.",
            ),
        ),
        WorkingDays("supervisor_wd"),
        rules,
        Text("The expert panel is being set up.", "正在组建专家组。"),
        not_by=("panel_setup",),
        beside=("panel_setup",),
    )


def panel_shortfall(rules: tuple[str, ...] = ("G12",)) -> Task:
    """The library has nobody left: it is filled up, then drawn from again."""
    return Task(
        "panel_shortfall",
        Text("Draw again after filling up the library", "补充专家库后重新抽取"),
        Role.SUPERVISOR,
        Approval,
        (
            way(
                "draw_again",
                "重新补抽",
                "Draw again",
                "从市生态环境局补充后的专家库中补抽缺额专家；无人可补时，再次邀请逾期未复的专家。不足 5 人不得作出结论。",
                "The missing seats are drawn from the library as the bureau has enlarged it, or else those who only stayed silent are asked again; four experts cannot conclude.",
            ),
        ),
        WorkingDays("supervisor_wd"),
        rules,
        Text("The expert panel is being filled up.", "正在补充专家组成员。"),
    )


def expert_invitation(rules: tuple[str, ...] = ("G12",)) -> Task:
    """Will the expert serve, free of conflicts? Silence means no and the next one is asked."""
    return Task(
        "expert_invitation",
        Text("Answer the invitation", "答复评审邀请"),
        Role.EXPERT,
        Invitation,
        (
            way(
                "accept",
                "接受邀请",
                "Accept",
                "专家到齐后即可查阅材料并填写评审意见。",
                "Once all seats are taken the papers are open and the opinion is asked for.",
            ),
            way("decline", "谢绝", "Decline", "系统补选其他专家。", "Another expert is drawn."),
            way(
                "conflict",
                "申明回避",
                "Declare a conflict",
                "系统补选其他专家，回避情况载入案卷。",
                "Another expert is drawn; the conflict is kept in the file.",
            ),
        ),
        WorkingDays("panel_reply_wd"),
        rules,
        Text("Experts are being invited.", "正在邀请专家。"),
        clock=Clock.SPECIAL,
        lapses=True,
        overrides=("decline",),
    )
