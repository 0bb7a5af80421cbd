"""Requests of correction and revision as table rows."""

from services.casefile import CaseFile, FindingInfo
from services.documents.builders import reading
from services.documents.builders.words import text
from services.documents.contexts.base import FindingRow

SOURCES = {
    "formal": "形式审查",
    "agency": "技术服务机构",
    "expert": "专家组",
    "officer": "经办人员",
    "objection": "公示异议",
}
VERDICTS = {"open": "未答复", "answered": "待复核", "accepted": "已解决", "rejected": "未解决"}


def unsettled(finding: FindingInfo) -> bool:
    return finding.verdict != "accepted"


def finding_row(file: CaseFile, finding: FindingInfo) -> FindingRow:
    return FindingRow(
        no=str(finding.number),
        source=SOURCES.get(finding.source, finding.source),
        target=reading.target_title(file, finding.target),
        text=text(finding.text),
        basis=text(finding.basis),
        reply=text(finding.reply),
        verdict=VERDICTS.get(finding.verdict, finding.verdict),
    )


def finding_rows(file: CaseFile, only_open: bool = False) -> list[FindingRow]:
    """All findings in their order, or those that were not settled."""
    return [finding_row(file, finding) for finding in (left_open(file) if only_open else file.findings)]


def left_open(file: CaseFile) -> list[FindingInfo]:
    """What is unsettled in the last round of each stage; earlier rounds were carried over into it."""
    last: dict[str, int] = {}
    for finding in file.findings:
        last[finding.stage] = max(finding.round, last.get(finding.stage, 0))
    return [
        finding for finding in file.findings if unsettled(finding) and finding.round == last[finding.stage]
    ]


def findings_text(file: CaseFile) -> str:
    """How many requests there were and what became of them."""
    if not file.findings:
        return "审查过程中未提出补正和修改要求。"
    settled = sum(not unsettled(finding) for finding in file.findings)
    left = len(left_open(file))
    tail = f"，已解决{settled}项，{left}项未解决。" if left else "，均已解决。"
    return f"审查过程中共提出补正和修改要求{settled + left}项{tail}"
