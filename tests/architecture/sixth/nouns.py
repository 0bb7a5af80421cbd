"""Consultation 政策咨询: somebody asks, the centre answers with two signatures, the answer is acknowledged."""

from models.procedures.shared.answers import Answer, Approval, way
from models.vocabulary.forms import Form, Group, field
from models.vocabulary.limits import WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import FILER, Clock, Document, ProcedureSpec, Stage, Task
from models.vocabulary.text import Text

KEY = "consultation"


class Question(Group):
    """咨询问题."""

    subject: str = field(
        "咨询事项", "Subject", example="分布式光伏项目的计入期", max_length=100, hint="一句话概括"
    )
    details: str = field(
        "具体问题",
        "Details",
        example="扩容后计入期是否重新起算？",
        max_length=2000,
        widget="textarea",
        hint="写明背景和问题",
    )


class Consultation(Form):
    """政策咨询单."""

    question: Question = field("咨询内容", "Question", hint="您想了解什么")


class Reply(Answer):
    """答复意见."""

    reply: str = field(
        "答复内容",
        "Reply",
        example="扩容部分按新项目申请，原计入期不变。",
        max_length=2000,
        widget="textarea",
        hint="依据现行规定答复",
    )


class Acknowledged(Answer):
    """收悉确认."""

    helpful: bool = field(
        "是否解决问题", "Was it helpful?", example=True, default=True, hint="如未解决可再次咨询"
    )


REPLY = Task(
    "consultation_reply",
    Text("Reply to the question", "拟定答复"),
    by=Role.OFFICER,
    form=Reply,
    outcomes=(way("reply", "提交答复", "Submit the reply", "由审核负责人审签", "The supervisor signs it"),),
    limit=WorkingDays("opinion_wd"),
    not_by=(FILER,),
)
SIGNATURE = Task(
    "consultation_signature",
    Text("Sign the reply", "审签答复"),
    by=Role.SUPERVISOR,
    form=Approval,
    outcomes=(
        way("approve", "同意", "Approve", "答复函发给咨询单位", "The letter goes out"),
        way("return", "退回", "Send back", "经办人员重新拟定", "It is drafted again", negative=True),
    ),
    limit=WorkingDays("supervisor_wd"),
    not_by=("consultation_reply", FILER),
)
ACKNOWLEDGEMENT = Task(
    "consultation_acknowledgement",
    Text("Acknowledge the reply", "确认收悉"),
    by=Role.APPLICANT,
    form=Acknowledged,
    outcomes=(way("acknowledge", "确认收悉", "Acknowledge", "本件办结", "The case is closed"),),
    limit=WorkingDays("correction_wd"),
    clock=Clock.APPLICANT,
    lapses=True,
)

SPEC = ProcedureSpec(
    key=KEY,
    title=Text("Consultation", "政策咨询"),
    summary=Text("Ask the centre a question of policy.", "就碳普惠政策向中心提出咨询。"),
    prefix="ZX",
    form=Consultation,
    declaration=Text("What is stated here is true.", "所填内容属实。"),
    materials=(),
    eligibility=(),
    stages=(
        Stage(
            "consultation_answer",
            Text("Answer", "答复"),
            Text("The centre prepares its answer.", "中心研究答复。"),
            ("opinion_wd", "supervisor_wd"),
        ),
        Stage(
            "consultation_end",
            Text("Acknowledgement", "确认"),
            Text("The answer is with you.", "答复已送达。"),
            ("correction_wd",),
        ),
    ),
    tasks=(REPLY, SIGNATURE, ACKNOWLEDGEMENT),
    documents=(Document("consultation_letter", Text("Letter of reply", "咨询答复函"), "咨"),),
    filers=frozenset({Role.APPLICANT}),
    read_by=frozenset({Role.OFFICER, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR}),
    success="closed",
    title_path="question.subject",
)
