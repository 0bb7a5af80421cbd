"""Stages that several procedures pass through, said once (G07, G12 to G15)."""

from models.vocabulary.specs import Stage
from models.vocabulary.text import Text

#: What an expert panel takes, from its set-up to the last signature.
PANEL_LIMITS = (
    "panel_setup_wd",
    "supervisor_wd",
    "panel_reply_wd",
    "panel_opinion_wd",
    "group_opinion_wd",
    "signature_wd",
)


def formal_review(*rules: str) -> Stage:
    """形式审查, by the rules of the procedure's materials besides those of every procedure."""
    return Stage(
        "formal_review",
        Text("Formal review", "形式审查"),
        Text(
            "The centre checks the materials for completeness and conformity.",
            "中心对申请材料的完整性、规范性开展形式审查。",
        ),
        ("formal_review_wd",),
        ("G07", "G09", "G10", *rules),
    )


def publicity(subject: Text) -> Stage:
    """公示 of a project or scenario."""
    return Stage(
        "publicity",
        Text("Publicity", "公示"),
        Text(
            f"The {subject.en} is open to the public for five working days; anyone may object.",
            f"{subject.zh}向社会公示 5 个工作日，公众可以提出异议。",
        ),
        ("publicity_release_wd", "supervisor_wd", "publicity_wd"),
        ("G14", "M05"),
    )


def opinion() -> Stage:
    """技术审核意见."""
    return Stage(
        "opinion",
        Text("Technical review opinion", "出具技术审核意见"),
        Text("The centre issues its technical review opinion.", "中心出具技术审核意见。"),
        ("opinion_wd", "supervisor_wd"),
        ("G14",),
    )


def publication(subject: Text) -> Stage:
    """公开发布 of a project or scenario."""
    return Stage(
        "publication",
        Text("Publication", "公开发布"),
        Text(
            f"The approved {subject.en} is published under a permanent number.",
            f"审核通过的{subject.zh}向社会公开发布，并赋予永久编号。",
        ),
        ("publish_wd", "supervisor_wd"),
        ("G15",),
    )
