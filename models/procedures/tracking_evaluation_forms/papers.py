"""The papers of an evaluation: documents issued, the declaration, what may be added (rules G27, G29)."""

from models.procedures.shared.needs import never
from models.vocabulary.specs import Document, Highlight, Material
from models.vocabulary.text import Text

DOCUMENTS = (
    Document(
        "evaluation_findings",
        Text("Preliminary findings of the evaluation", "跟踪评估初步意见告知书"),
        "评告",
    ),
    Document("evaluation_report", Text("Tracking evaluation report", "跟踪评估报告"), "评"),
    Document("rectification_notice", Text("Rectification notice", "整改通知书"), "整"),
    Document("correction_decision", Text("Decision on the correction of data", "数据修正决定书"), "修"),
)

DECLARATION = Text(
    "The evaluation is opened within my powers and on the grounds stated; I have no interest in the holder.",
    "本次跟踪评估依职权启动，所列启动依据属实；本人与被评估单位不存在利害关系。",
)

_IF_ANY = Text("if any", "如有")
MATERIALS = (
    Material("trigger_paper", Text("Papers it rests on", "启动依据材料"), _IF_ANY, never),
    Material("site_photo", Text("Photos of the site visit", "现场踏勘照片"), _IF_ANY, never),
    Material("feedback_paper", Text("Papers with the feedback", "反馈意见材料"), _IF_ANY, never),
    Material("rectification_proof", Text("Proof of rectification", "整改证明材料"), _IF_ANY, never),
    Material("correction_proof", Text("Proof of corrected data", "数据修正证明材料"), _IF_ANY, never),
)

HIGHLIGHTS = (
    Highlight("subject.project_number", Text("Number", "项目（场景）编号")),
    Highlight("subject.trigger", Text("Trigger", "启动原因")),
    Highlight("coverage.period_from", Text("From", "评估期起")),
    Highlight("coverage.period_to", Text("To", "评估期止")),
)
