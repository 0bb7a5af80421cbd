"""Decisions on the merits: technical opinion, rejection, answers to objections (rules G14, M05)."""

from datetime import timedelta

from models.vocabulary.objections import TOPICS
from services.casefile import Answer, CaseFile, ObjectionInfo
from services.documents.builders import reading
from services.documents.builders.facts import project_facts
from services.documents.builders.findings import finding_rows, findings_text
from services.documents.builders.head import Head
from services.documents.builders.notices import STATE_YOUR_VIEW
from services.documents.builders.panel import expert_answers, topic_counts
from services.documents.builders.public import publicity_text
from services.documents.builders.reading import get
from services.documents.builders.review import change_rows
from services.documents.builders.words import BLANK, part_of_name, text, tonnes, zh_date
from services.documents.contexts.base import NamedValue
from services.documents.contexts.letters import ObjectionAnswer, RejectionNotice, StepRow, TechnicalOpinion

#: The answers that mark a step of the review, in the words of the history.
STEPS = {
    "formal_review": "形式审查",
    "triage": "项目分类",
    "readiness_check": "前期对接确认",
    "centre_review": "会同审核（中心）",
    "exchange_review": "会同审核（环交所）",
    "conference_confirmation": "会商",
    "bureau_decision": "市生态环境局决定",
    "agency_review": "专业技术服务机构审查",
    "group_opinion": "专家技术论证",
    "revision_check": "文本完善复核",
    "revision_recheck": "修改后复审",
    "revision_exchange_check": "文本完善复核（环交所）",
    "objection_answer": "异议处理",
}
#: Answers that end a case against the applicant, and the stage they belong to.
GROUNDS = {
    ("agency_review", "fail"): "专业技术服务机构审查不通过",
    ("group_opinion", "fail"): "专家技术论证不通过",
    ("centre_review", "disagree"): "会同审核不同意",
    ("exchange_review", "disagree"): "会同审核不同意",
    ("conference", "refuse"): "会商一致不予通过",
    ("bureau_decision", "refuse"): "市生态环境局决定不予通过",
    ("revision_check", "not_ok"): "文本完善后仍不符合要求",
    ("revision_exchange_check", "not_ok"): "文本完善后仍不符合要求",
    ("revision_recheck", "not_ok"): "修改后复审不通过",
    ("objection_answer", "upheld_fatal"): "公示期间的异议成立且不能补救",
    ("technical_opinion", "negative"): "技术审核意见为不予通过",
    ("mode_confirmation", "refuse"): "市生态环境局不予确认入驻方式",
    ("mall_assessment", "negative"): "评估论证意见为不同意入驻",
    ("bureau_receipt", "refuse"): "市生态环境局不同意入驻",
}
#: Where the reasons stand in the forms of the answers above, most telling first.
REASONS = ("reason", "opinion", "conclusion", "summary", "finding", "result")


def technical_opinion(file: CaseFile, head: Head) -> TechnicalOpinion:
    """技术审核意见 with the history from the formal review to the publicity."""
    answer = file.answer("technical_opinion", head.round) or file.answer("technical_opinion")
    data = answer.form if answer else {}
    titles = reading.outcomes(file, "technical_opinion")
    signed = file.answer("technical_opinion_signature", head.round) or file.answer(
        "technical_opinion_signature"
    )
    return TechnicalOpinion.model_validate(
        {
            **head.letter(file),
            "project_name": reading.project_name(file),
            "applicant_name": text(file.filer.name),
            "methodology": reading.methodology(file),
            "accepted_on": zh_date(file.accepted_at),
            "reviewed": reading.reviewed(file),
            "facts": project_facts(file, hidden=()),
            "history": _history(file),
            "topics": _topics(file),
            "findings_text": findings_text(file),
            "publicity_text": publicity_text(file),
            "verified_annual_t": tonnes(_verified(file, data, "annual")),
            "verified_total_t": tonnes(_verified(file, data, "total")),
            "opinion": text(data.get("opinion")),
            "conditions": text(data.get("conditions"), "无。"),
            "conclusion": titles.get(answer.outcome, answer.outcome) if answer else BLANK,
            "officer": reading.signer(answer),
            "supervisor": reading.signer(signed),
        }
    )


def _verified(file: CaseFile, data: dict[str, object], which: str) -> object:
    """The quantity the officer verified; as applied for where the opinion names none."""
    verified = data.get(f"verified_{which}_t")
    return reading.fact(file, f"est_{which}_t") if verified is None else verified


def _history(file: CaseFile) -> list[StepRow]:
    """What was done, in the order of time; a notice is over on its last day, at 24:00."""
    told = [
        (answer.at, STEPS[answer.key], reading.outcome_title(file, answer.key, answer.outcome))
        for answer in file.answers
        if answer.key in STEPS
    ]
    told += [
        (notice.closes_at - timedelta(seconds=1), "公示", publicity_text(file, notice.round))
        for notice in file.notices
        if notice.closes_at is not None
    ]
    told.sort(key=lambda step: step[0])
    return [
        StepRow(no=str(no), step=step, text=result, limit=zh_date(at))
        for no, (at, step, result) in enumerate(told, 1)
    ]


def _topics(file: CaseFile) -> list[NamedValue]:
    """The experts' ratings of the four subjects in one line each (rule G13)."""
    opinions = expert_answers(file)
    return [
        NamedValue(
            name=row.topic,
            value=f"专家{len(opinions)}名：符合{row.conform}名，基本符合{row.mostly}名，"
            f"不符合{row.not_conform}名。",
        )
        for row in topic_counts(opinions)
    ]


def rejection_notice(file: CaseFile, head: Head) -> RejectionNotice:
    """不予通过决定书, on the latest finding against the application that stands."""
    found = _against(file)
    answer = found[-1] if found else None
    remedy = (
        STATE_YOUR_VIEW.format(paper="决定书", own=reading.office(file).own)
        + "不予通过的情形消除后，你单位可以重新提出申请。"
    )
    return RejectionNotice.model_validate(
        {
            **head.own(file),
            "project_name": reading.project_name(file),
            "accepted_on": zh_date(file.accepted_at, ""),
            "methodology": reading.methodology(file, ""),
            "ground": GROUNDS[answer.key, answer.outcome] + "。" if answer else BLANK,
            "reason": _reasons(file, found),
            "basis": reading.office(file).decided_by,
            "open_findings": finding_rows(file, only_open=True),
            "remedy": remedy,
        }
    )


def _against(file: CaseFile) -> list[Answer]:
    """The finding the refusal rests on; every objection that is fatal, where it is one. What was sent back and
    answered otherwise stands no more."""
    standing = [
        answer
        for answer in sorted(file.answers, key=lambda answer: answer.at)
        if (answer.key, answer.outcome) in GROUNDS and file.answer(answer.key, slot=answer.slot) is answer
    ]
    objected = [answer for answer in standing if answer.key == "objection_answer"]
    return objected if objected and standing[-1].key == "objection_answer" else standing[-1:]


def _reasons(file: CaseFile, found: list[Answer]) -> str:
    """The finding itself, then what the supervisor said on confirming it."""
    slots = [answer.slot if answer.key == "objection_answer" else None for answer in found] or [None]
    confirmed = [file.answer("rejection_approval", slot=slot) for slot in slots]
    told = [
        text(given.form.get(name), "")
        for given in (*found, *confirmed)
        if given is not None and given.outcome != "return"
        for name in REASONS
    ]
    return "\n".join(dict.fromkeys(part for part in told if part)) or BLANK


def objection_answer(file: CaseFile, head: Head) -> ObjectionAnswer:
    """异议处理意见 on the objection `head.slot`."""
    objection = next((found for found in file.objections if found.slot == head.slot), None)
    answer = file.answer("objection_answer", slot=head.slot)
    reply = file.answer("objection_reply", slot=head.slot)
    data = answer.form if answer else {}
    receipt_no = text(objection.receipt_no if objection else None)
    return ObjectionAnswer.model_validate(
        {
            **head.common(file),
            "subject": reading.subject(file),
            "recipient": f"异议人（回执号{receipt_no}）、{text(file.filer.name)}",
            "project_name": reading.project_name(file),
            "notice_number": reading.document_number(file, "publicity_notice"),
            **_objection(file, objection),
            "receipt_no": receipt_no,
            "applicant_reply": text(get(reply.form, "reply") if reply else None, "申请主体未在期限内答复。"),
            "replied_on": reading.answered_on(reply) if reply else "",
            "finding": text(data.get("finding")),
            "decision": _decision(file, answer),
            "answer": text(data.get("answer")),
            "changes": change_rows(file, data, "changes"),
            "handler": reading.signer(answer),
        }
    )


def _decision(file: CaseFile, answer: Answer | None) -> str:
    if answer is None:
        return BLANK
    return text(answer.form.get("decision"), reading.outcome_title(file, "objection_answer", answer.outcome))


def _objection(file: CaseFile, objection: ObjectionInfo | None) -> dict[str, str]:
    if objection is None:
        return {"objector": BLANK, "received_on": BLANK, "topics": BLANK, "content": BLANK}
    return {
        "objector": part_of_name(objection.name),
        "received_on": zh_date(objection.at),
        "topics": "、".join(TOPICS[topic].zh if topic in TOPICS else topic for topic in objection.topics)
        or BLANK,
        "content": text(objection.content),
    }
