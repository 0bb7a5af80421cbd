"""Letters of the formal review and of the end: receipt, correction, acceptance, refusal, termination."""

from datetime import datetime, timedelta

from models.procedures import procedure
from models.vocabulary.specs import Stage
from models.vocabulary.statuses import CaseStatus
from services.casefile import CaseFile, FindingInfo, Version
from services.documents.builders import reading
from services.documents.builders.findings import finding_rows, left_open
from services.documents.builders.head import Head, material_rows
from services.documents.builders.reading import get
from services.documents.builders.words import BLANK, digest, sentence, text, tight, zh_date, zh_time
from services.documents.contexts.letters import (
    AcceptanceNotice,
    CorrectionNotice,
    DefectRow,
    Receipt,
    RefusalNotice,
    StepRow,
    TerminationNotice,
)

#: Why an application cannot be taken up, with the words it rests on (rules G01 to G04).
REFUSAL_BASIS = {
    "ets": "《上海市碳普惠减排项目和减排场景开发与申请指南》：纳入上海市碳排放交易市场配额管理范围内的项目不得参与本市碳普惠。",
    "methodology": "《上海市碳普惠减排项目和减排场景开发与申请指南》：按照市生态环境局公布的碳普惠方法学开发碳普惠减排项目和减排场景。",
    "not_shanghai": "《上海市碳普惠管理办法》关于本市行政区域内碳普惠减排项目和减排场景的规定。",
    "duplicate": "《上海市碳普惠减排项目和减排场景开发与申请指南》：申请主体应当承诺不重复申请国内外温室气体自愿减排机制，"
    "不参与绿色电力交易、绿色电力证书交易等。",
}
STATE_YOUR_VIEW = (
    "如对本{paper}有异议，你单位可以通过上海市碳普惠管理运营平台或者书面方式向{own}陈述意见并提交证明材料。"
)


def last_day(instant: datetime | None) -> str:
    """The day a limit ends on; an end at midnight belongs to the day before (24时)."""
    return zh_date(instant - timedelta(seconds=1)) if instant else BLANK


def round_text(version: Version | None) -> str:
    """Which filing of the form this is."""
    if version is None or version.kind == "submission":
        return "首次提交"
    return "补正后提交" if version.kind == "correction" else "文本完善后提交"


def received_on(file: CaseFile) -> str:
    """The day the papers under review came in: those of the last filing."""
    return zh_date(file.versions[-1].at if file.versions else file.submitted_at)


def receipt(file: CaseFile, head: Head) -> Receipt:
    """收件回执."""
    version = reading.version_of(file, head.round)
    limit = reading.due(file, "formal_review", head.round)
    days = limit[0] if limit else reading.working_days(file, reading.review_limit(file))
    return Receipt.model_validate(
        {
            **head.own(file),
            "applicant_name": text(file.filer.name),
            "applicant_uscc": text(file.filer.uscc),
            "principal_name": text(file.principal.name if file.principal else None),
            "project_name": reading.project_name(file),
            "review": reading.review_title(file),
            "looked_at": reading.office(file).looks_at,
            "received_at": zh_time(version.at if version else file.submitted_at),
            "round_text": round_text(version),
            "declared_by": text(get(version.declaration, "signatory") if version else None),
            "materials": material_rows(file),
            "material_count": str(len(file.materials)),
            "form_digest": digest(version.sha256 if version else None),
            "review_days": f"{days}个工作日",
            "review_due_on": f"至{last_day(limit[1])}" if limit and limit[1] else "自收到申请材料的次日起算",
        }
    )


def correction_notice(file: CaseFile, head: Head) -> CorrectionNotice:
    """补正通知书: the defects of this round, each at its field or paper."""
    found = [
        finding for finding in file.findings if finding.stage == "correction" and finding.round == head.round
    ]
    return CorrectionNotice.model_validate(
        {
            **head.own(file),
            "project_name": reading.project_name(file),
            "received_on": received_on(file),
            "review": reading.review_title(file),
            "round_text": f"第{head.round}轮",
            "defects": [_defect(file, finding) for finding in found],
            "defect_count": str(len(found)),
            "deadline_text": _deadline(file, head.round),
            "handler": reading.signer(
                file.answer("formal_review", head.round) or file.answer("formal_review")
            ),
        }
    )


def _defect(file: CaseFile, finding: FindingInfo) -> DefectRow:
    return DefectRow(
        no=str(finding.number),
        target=reading.target_title(file, finding.target),
        requirement=text(finding.text),
        basis=text(finding.basis),
    )


def _deadline(file: CaseFile, round: int) -> str:
    limit = reading.due(file, "correction", round)
    days = limit[0] if limit else reading.working_days(file, "correction_wd")
    head = f"请自收到本通知书的次日起{days}个工作日内完成补正"
    if limit and limit[1]:
        return f"{head}，即于{last_day(limit[1])}24时前通过平台提交。"
    return f"{head}，具体截止时间以平台待办事项所载为准。"


def acceptance_notice(file: CaseFile, head: Head) -> AcceptanceNotice:
    """受理通知书 with the stages ahead as the nouns word them."""
    every = procedure(file.procedure).stages
    ahead = 1 + next((no for no, stage in enumerate(every) if stage.key == "formal_review"), -1)
    stages = every[ahead:]
    return AcceptanceNotice.model_validate(
        {
            **head.own(file),
            "project_name": reading.project_name(file),
            "received_on": zh_date(file.submitted_at),
            "accepted_on": zh_date(file.accepted_at or head.issued_at),
            "review": reading.review_title(file),
            "methodology": reading.methodology(file, ""),
            "not_counted": reading.office(file).not_counted,
            "duties": reading.office(file).duties,
            "steps": [_step(file, no, stage) for no, stage in enumerate(stages, 1)],
            "handler": reading.signer(file.answer("formal_review")),
        }
    )


def _step(file: CaseFile, no: int, stage: Stage) -> StepRow:
    title = f"{stage.title.zh}（如需）" if stage.optional else stage.title.zh
    return StepRow(no=str(no), step=title, text=tight(stage.public.zh), limit=_limit(file, stage))


def _limit(file: CaseFile, stage: Stage) -> str:
    """The working days of a stage; the days open to the public are fixed by law and stand apart from the office's."""
    days = {key: reading.working_days(file, key) for key in stage.limits}
    shown, rest = days.pop("publicity_wd", 0), sum(days.values())
    if shown and rest:
        return f"公示前办理{rest}个工作日，公示{shown}个工作日"
    return f"{shown + rest}个工作日" if shown + rest else BLANK


def refusal_notice(file: CaseFile, head: Head) -> RefusalNotice:
    """不予受理告知书, by a ground of the formal review or after the last round of corrections."""
    review = file.answer("formal_review")
    code = text(get(review.form, "reason_code"), "") if review and review.outcome == "refuse" else ""
    if code:
        title = reading.label(reading.task_form(file, "formal_review"), "reason_code", code)
        reason = text(get(review.form, "reason") if review else None)
    else:
        title, reason = "经补正仍不符合受理条件", _still_open(file)
    remedy = (
        STATE_YOUR_VIEW.format(paper="告知书", own=reading.office(file).own)
        + "不予受理的情形消除后，你单位可以重新提出申请。"
    )
    return RefusalNotice.model_validate(
        {
            **head.own(file),
            "project_name": reading.project_name(file),
            "received_on": zh_date(file.submitted_at),
            "reason_title": sentence(title),
            "reason": reason,
            "basis": REFUSAL_BASIS.get(code, reading.office(file).basis),
            "remedy": remedy,
        }
    )


def _still_open(file: CaseFile) -> str:
    told = [
        f"{finding.number}. {reading.target_title(file, finding.target)}：{finding.text}"
        for finding in left_open(file)
        if finding.stage == "correction"
    ]
    answer = reading.latest(file, "extra_round", "refusal_approval")
    said = text(get(answer.form, "reason") if answer else None, "")
    return (
        "\n".join(
            part for part in ("经规定轮次补正，下列要求仍未满足：" if told else "", *told, said) if part
        )
        or BLANK
    )


def termination_notice(file: CaseFile, head: Head) -> TerminationNotice:
    """终止办理告知书: what lapsed or that the applicant withdrew."""
    ground, reason = _termination(file)
    return TerminationNotice.model_validate(
        {
            **head.letter(file),
            "project_name": reading.project_name(file),
            "received_on": zh_date(file.submitted_at),
            "ground": ground,
            "reason": reason,
            "ended_on": zh_date(head.issued_at),
            "open_findings": []
            if file.status == CaseStatus.WITHDRAWN
            else finding_rows(file, only_open=True),
            "remedy": "如需继续申请，请在完善材料后通过上海市碳普惠管理运营平台重新提出申请；本案件的材料和记录由"
            f"{reading.office(file).own}依法归档。",
        }
    )


def _termination(file: CaseFile) -> tuple[str, str]:
    if file.status == CaseStatus.WITHDRAWN:
        return "申请主体撤回申请", "你单位在公布之前主动撤回申请。"
    latest = max(
        file.findings, key=lambda finding: (finding.stage == "revision", finding.round), default=None
    )
    if latest is not None and latest.stage == "revision":
        return "逾期未完成文本完善", f"你单位未在规定期限内完成第{latest.round}轮文本完善并重新提交。"
    round = latest.round if latest else 1
    return "逾期未补正", f"你单位未在规定期限内完成第{round}轮补正并重新提交。"
