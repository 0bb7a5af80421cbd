"""Publicity 公示 and the objections it brings (rules G14, M05)."""

from typing import Any, ClassVar

from models.procedures.shared.answers import Answer, Approval, problem, wanted, way
from models.procedures.shared.subjects import ADJUSTMENTS, Adjustment
from models.vocabulary.errors import Problem
from models.vocabulary.forms import field
from models.vocabulary.limits import WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import Clock, Task
from models.vocabulary.text import Text
from models.vocabulary.types import Email

_PERSONAL = [
    "applicant.legal_rep_id_no",
    "applicant.contact_mobile",
    "applicant.contact_tel",
    "applicant.contact_email",
]


class PublicityRelease(Answer):
    """公示公告稿."""

    title: str = field(
        "公示标题",
        "Title",
        example="关于示例职业技术学校屋顶分布式光伏发电项目的公示",
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
        example="该项目经形式审查和专家技术论证，现按规定予以公示，公示期 5 个工作日。公示期内如有异议，请以书面形式反映。",
        hint="面向公众的说明，不得含个人信息和商业秘密。",
        hint_en="For the public; no personal data and no trade secrets.",
    )
    hidden_fields: list[str] = field(
        "不公开内容",
        "Fields kept back",
        example=_PERSONAL,
        default_factory=list,
        hint="不予公开的字段路径；证件号码和联系电话始终不公开。",
        hint_en="Paths kept back; identity and telephone numbers always are.",
    )
    contact_phone: str = field(
        "联系电话",
        "Telephone",
        example="021-00000000",
        pattern=r"^[0-9\-+() ]{7,20}$",
        hint="受理异议的办公电话。",
        hint_en="The office telephone for objections.",
    )
    contact_email: Email = field(
        "电子邮箱",
        "E-mail",
        example="gongshi@example.com",
        hint="受理异议的邮箱。",
        hint_en="The mailbox for objections.",
    )
    note: str = field(
        "备注",
        "Note",
        example="公示材料已隐去个人信息。",
        default="",
        max_length=1000,
        hint="需要一并说明的事项。",
        hint_en="Anything else to say.",
    )


class ObjectionReply(Answer):
    """对异议的说明 by the applicant."""

    reply: str = field(
        "说明",
        "Reply",
        example="所反映的电能表已于并网前完成检定，检定证书见补充材料。",
        min_length=1,
        max_length=4000,
        widget="textarea",
        hint="针对异议内容逐项说明，可另行上传证明材料。",
        hint_en="Answer each point of the objection; evidence may be uploaded.",
    )


class ObjectionAnswer(Answer):
    """异议处理意见."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "upheld_curable": {
            "finding": "经核实，监测计划未说明逾期未检期间的数据处理方法，异议部分成立。",
            "decision": "异议成立，要求申请主体修改完善后重新公示。",
            "answer": "感谢您的监督。经核实您反映的问题部分属实，我中心已要求申请主体修改完善，并将重新公示。",
            "changes": ADJUSTMENTS,
        },
        "upheld_fatal": {
            "finding": "经核实，该项目已参与绿色电力证书交易，不符合参与条件。",
            "decision": "异议成立，该项目不予通过。",
            "answer": "感谢您的监督。经核实您反映的问题属实，我中心将对该项目作出不予通过的处理。",
            "changes": [],
        },
    }

    finding: str = field(
        "核实情况",
        "Finding",
        example="经核对检定证书和现场铭牌，电能表在监测期内均处于有效检定状态。",
        min_length=1,
        max_length=4000,
        widget="textarea",
        hint="对异议内容的调查核实情况。",
        hint_en="What the enquiry found.",
    )
    decision: str = field(
        "处理决定",
        "Decision",
        example="异议不成立，公示结果有效。",
        min_length=1,
        max_length=1000,
        widget="textarea",
        hint="异议是否成立及处理决定。",
        hint_en="Is it upheld, and what follows?",
    )
    answer: str = field(
        "答复内容",
        "Answer to the objector",
        min_length=1,
        max_length=4000,
        widget="textarea",
        example="感谢您的监督。经核实，该项目电能表检定有效、数据可追溯，您反映的情况不存在。",
        hint="送达异议人的答复，不得含他人个人信息。",
        hint_en="What the objector reads; no personal data of others.",
    )
    changes: list[Adjustment] = field(
        "整改要求",
        "Changes",
        example=[],
        default_factory=list,
        hint="异议成立且可以改正的，逐条列明。",
        hint_en="One by one, where the objection is upheld and can be cured.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """What can be cured says how; what is not upheld asks for nothing."""
        if outcome == "upheld_curable":
            return wanted(
                "changes", self.changes, "请至少列明一项整改要求。", "Please list at least one change."
            )
        if self.changes:
            return [
                problem(
                    "changes",
                    "仅“成立，可以改正”时列明整改要求，请清空或改选处理结果。",
                    "Changes go with “upheld, can be cured” only; clear them or choose that.",
                )
            ]
        return []


def publicity_release(rules: tuple[str, ...] = ("G14", "M05")) -> Task:
    """Write the notice that the public reads."""
    return Task(
        "publicity_release",
        Text("Prepare the public notice", "拟定公示公告"),
        Role.OFFICER,
        PublicityRelease,
        (
            way(
                "release",
                "提交公示",
                "Release",
                "审核负责人同意后发布，公示期 5 个工作日，自次日起算。",
                "Once the supervisor approves, it is public for five working days from the next day.",
            ),
        ),
        WorkingDays("publicity_release_wd"),
        rules,
        Text("The public notice is being prepared.", "正在准备公示。"),
    )


def publicity_approval(rules: tuple[str, ...] = ("G14", "M05")) -> Task:
    """Going public takes two persons."""
    return Task(
        "publicity_approval",
        Text("Approve the public notice", "审核公示公告"),
        Role.SUPERVISOR,
        Approval,
        (
            way(
                "approve",
                "同意公示",
                "Approve",
                "立即发布公示公告，公示期自次日起算。",
                "The notice is published at once; its period runs from the next day.",
            ),
            way(
                "return",
                "退回修改",
                "Send back",
                "退回经办人员修改公示内容。",
                "The case officer rewrites the notice.",
            ),
        ),
        WorkingDays("supervisor_wd"),
        rules,
        Text("The public notice is being prepared.", "正在准备公示。"),
        not_by=("publicity_release",),
        beside=("publicity_release",),
    )


def objection_reply(by: Role = Role.APPLICANT, rules: tuple[str, ...] = ("M05",)) -> Task:
    """The applicant is heard on an objection; the centre decides with or without the reply."""
    return Task(
        "objection_reply",
        Text("Reply to the objection", "对异议作出说明"),
        by,
        ObjectionReply,
        (
            way(
                "reply",
                "提交说明",
                "Reply",
                "中心结合说明核实异议并作出处理。",
                "The centre looks into the objection with your reply at hand.",
            ),
        ),
        WorkingDays("objection_reply_wd"),
        rules,
        Text("The applicant is asked to reply to an objection.", "待申请主体对异议作出说明。"),
        clock=Clock.APPLICANT,
        lapses=True,
        each_objection=True,
    )


def objection_answer(by: Role = Role.OFFICER, rules: tuple[str, ...] = ("M05",)) -> Task:
    """Find out, decide, and answer the objector."""
    return Task(
        "objection_answer",
        Text("Handle the objection", "处理异议"),
        by,
        ObjectionAnswer,
        (
            way(
                "not_upheld",
                "异议不成立",
                "Not upheld",
                "答复异议人，继续办理。",
                "The objector is answered and the case goes on.",
            ),
            way(
                "upheld_curable",
                "成立，可以改正",
                "Upheld, can be cured",
                "申请主体修改完善后重新公示。",
                "The applicant mends it and the publicity begins anew.",
                negative=True,
            ),
            way(
                "upheld_fatal",
                "成立，不予通过",
                "Upheld, fatal",
                "提请审核负责人确认后不予通过。",
                "Once the supervisor confirms, the project is rejected.",
                negative=True,
            ),
        ),
        WorkingDays("objection_wd"),
        rules,
        Text("An objection is being looked into.", "正在核实处理异议。"),
        beside=("objection_reply",),
        each_objection=True,
    )
