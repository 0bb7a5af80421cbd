"""Letters that several procedures send 共用文书. Their templates lie in document_templates/shared/."""

from models.vocabulary.roles import Role
from models.vocabulary.specs import Audience, Document
from models.vocabulary.text import Text

RECEIPT = Document("receipt", Text("Receipt", "收件回执"), "收")
CORRECTION_NOTICE = Document("correction_notice", Text("Correction notice", "补正通知书"), "补")
ACCEPTANCE_NOTICE = Document("acceptance_notice", Text("Acceptance notice", "受理通知书"), "受")
REFUSAL_NOTICE = Document("refusal_notice", Text("Refusal notice", "不予受理告知书"), "不")
EXPERT_OPINION = Document(
    "expert_opinion", Text("Opinion of an expert", "专家评审意见表"), "专", Audience.STAFF
)
GROUP_OPINION = Document(
    "group_opinion",
    Text("Opinion of the expert group", "专家组意见"),
    "组",
    reviewers=frozenset({Role.EXPERT}),
)
PUBLICITY_NOTICE = Document("publicity_notice", Text("Public notice", "公示公告"), "公示", Audience.PUBLIC)
OBJECTION_ANSWER = Document("objection_answer", Text("Answer to an objection", "异议处理意见"), "异")
TECHNICAL_OPINION = Document("technical_opinion", Text("Technical review opinion", "技术审核意见"), "审")
PUBLICATION_NOTICE = Document(
    "publication_notice", Text("Announcement of publication", "公布公告"), "布", Audience.PUBLIC
)
REJECTION_NOTICE = Document("rejection_notice", Text("Rejection notice", "不予通过决定书"), "驳")
TERMINATION_NOTICE = Document("termination_notice", Text("Termination notice", "终止办理告知书"), "终")

#: What begins and ends every procedure that starts with a formal review.
INTAKE = (RECEIPT, CORRECTION_NOTICE, ACCEPTANCE_NOTICE, REFUSAL_NOTICE)
PANEL = (EXPERT_OPINION, GROUP_OPINION)
PUBLIC = (PUBLICITY_NOTICE, OBJECTION_ANSWER, TECHNICAL_OPINION, PUBLICATION_NOTICE)
ENDINGS = (REJECTION_NOTICE, TERMINATION_NOTICE)
