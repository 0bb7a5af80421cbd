"""Papers of a mall onboarding, from the form and the answers of both sides (rules J06 to J10)."""

from collections.abc import Mapping
from typing import Any

from models.procedures import procedure
from models.procedures.mall_onboarding_forms.answers import WAYS, Subjects
from models.procedures.mall_onboarding_forms.joining import SETTLEMENT
from models.procedures.mall_onboarding_forms.modes import MODES, REPORTED
from models.procedures.mall_onboarding_forms.parts import CATEGORIES
from models.vocabulary.forms import titles
from services.casefile import Answer, CaseFile
from services.documents.builders import reading
from services.documents.builders.appendix_a import declaration, submitted_form
from services.documents.builders.appendix_c import lines
from services.documents.builders.facts import project_facts
from services.documents.builders.head import Head, material_rows
from services.documents.builders.mall_duties import duties
from services.documents.builders.reading import get
from services.documents.builders.review import RATINGS
from services.documents.builders.words import BLANK, decimals, text, zh_date
from services.documents.contexts.base import TopicRow
from services.documents.contexts.mall import (
    ActivityReport,
    AgreementDraft,
    BureauReply,
    BureauReport,
    CooperationAgreement,
    GoodRow,
    MallAdmission,
    MallApplicationForm,
    MallAssessmentOpinion,
)
from services.documents.contexts.scenario import OutlinePart

BUREAU = "上海市生态环境局"
#: Heading -> the places of the form that belong there; what a mode does not have is left out and not counted.
PARTS = (
    ("碳普惠权益方基本信息", ("applicant",)),
    ("信用报告", ("credit_report",)),
    ("运营能力", ("operation_ability",)),
    ("权益和规则", ("redeem_rules", "stock_plan", "after_sale")),
    ("系统情况", ("system",)),
    ("分平台情况", ("sub_platform",)),
    ("特定活动方案", ("event",)),
    ("其他方式说明", ("other_way",)),
    ("积分回兑", ("redeem_back",)),
)


def mall_application_form(file: CaseFile, head: Head) -> MallApplicationForm:
    """入驻申请表. The merchant's own paper, so personal data is printed in full."""
    form, kind = submitted_form(file, head.round), procedure(file.procedure).form
    version = reading.version_of(file, head.round)
    parts = [(title, [row for path in paths for row in lines(kind, form, path)]) for title, paths in PARTS]
    filled = [(title, rows) for title, rows in parts if rows]
    last = len(filled)
    return MallApplicationForm.model_validate(
        {
            **head.common(file, file.filer.name),
            "recipient": reading.office(file).name,
            "filed_on": zh_date(version.at if version else file.submitted_at),
            "mode": _mode(form),
            "display_name": text(form.get("display_name")),
            "parts": [
                OutlinePart(title=f"{no}　{title}", lines=rows) for no, (title, rows) in enumerate(filled, 1)
            ],
            "goods_no": str(last + 1),
            "materials_no": str(last + 2),
            "declaration_no": str(last + 3),
            "goods": goods(form),
            "materials": material_rows(file),
            **declaration(file, version),
        }
    )


def _mode(form: Mapping[str, Any]) -> str:
    found = MODES.get(str(form.get("mode")))
    return found.zh if found else BLANK


def goods(form: Mapping[str, Any]) -> list[GoodRow]:
    """The goods as applied for."""
    always = "活动期内" if form.get("mode") == "event" else "上线起长期"
    return [_good(no, row, always) for no, row in enumerate(reading.rows(form, "goods_plan"), 1)]


def _good(no: int, row: Mapping[str, Any], always: str) -> GoodRow:
    category, per_person = CATEGORIES.get(str(row.get("category"))), row.get("per_person")
    first, last = zh_date(row.get("available_from"), ""), zh_date(row.get("available_to"), "")
    return GoodRow(
        no=str(no),
        category=category.zh if category else text(row.get("category")),
        name=text(row.get("name")),
        face_value=decimals(row.get("face_value_yuan"), 2),
        points=text(row.get("points_price")),
        stock=text(row.get("stock")),
        per_person=f"{per_person}件" if per_person else "不限",
        period=f"{first or '上线'}至{last or '长期'}" if first or last else always,
    )


def mall_assessment_opinion(file: CaseFile, head: Head) -> MallAssessmentOpinion:
    """评估论证意见 with the four subjects and both signatures."""
    answer = file.answer("mall_assessment", head.round)
    signed = file.answer("mall_assessment_signature", head.round)
    data: Mapping[str, Any] = answer.form if answer else {}
    form, way = reading.filed(file), WAYS.get(str(data.get("way")))
    return MallAssessmentOpinion.model_validate(
        {
            **head.to_filer(file),
            "project_name": reading.project_name(file),
            "applicant_name": text(file.filer.name),
            "applicant_uscc": text(file.filer.uscc),
            "mode": _mode(form),
            "accepted_on": zh_date(file.accepted_at),
            "review_text": _review_text(file),
            "facts": [
                row for row in project_facts(file, hidden=()) if row.name not in ("权益方", "入驻模式")
            ],
            "goods_text": _goods_text(form),
            "assessed_on": zh_date(data.get("assessed_on")),
            "way": way.zh if way else BLANK,
            "participants": text(data.get("participants")),
            "subjects": _subjects(data),
            "opinion": text(data.get("opinion")),
            "suggestion": text(data.get("suggestion"), "无。"),
            "conclusion": _outcome(file, answer),
            "reported": _reported(form, answer),
            "assessor": reading.signer(answer),
            "signer": reading.signer(signed),
        }
    )


def _review_text(file: CaseFile) -> str:
    """Completeness, conformity and reliability as the technical review left them (J08)."""
    review, rounds = file.answer("formal_review"), len([a for a in file.answers if a.key == "correction"])
    if review is None:
        return BLANK
    items = reading.rows(review.form, "items")
    said = f"对{len(items)}项申请材料逐项开展技术审查，材料完整、内容规范、可靠性得到核实，予以受理。"
    return f"经{rounds}轮补正，{said}" if rounds else said


def _goods_text(form: Mapping[str, Any]) -> str:
    rows = reading.rows(form, "goods_plan")
    stock = sum(int(row.get("stock") or 0) for row in rows)
    return f"申请投放权益{len(rows)}种，首批库存合计{stock}件。"


def _subjects(data: Mapping[str, Any]) -> list[TopicRow]:
    return [
        TopicRow(
            no=str(no),
            topic=titles(info, name).zh,
            rating=RATINGS.get(str(get(data, f"subjects.{name}.rating")), BLANK),
            comment=text(get(data, f"subjects.{name}.comment")),
        )
        for no, (name, info) in enumerate(Subjects.model_fields.items(), 1)
    ]


def _outcome(file: CaseFile, answer: Answer | None) -> str:
    return reading.outcome_title(file, answer.key, answer.outcome) if answer else BLANK


def _reported(form: Mapping[str, Any], answer: Answer | None) -> str:
    if answer is not None and answer.outcome == "negative":
        return "结论为不同意入驻，不再报送。"
    if form.get("mode") in REPORTED:
        return "本意见报送市生态环境局。"
    return "该入驻模式的评估论证意见无需报送市生态环境局。"


def bureau_report(file: CaseFile, head: Head) -> BureauReport:
    """报送函, with the opinion as its enclosure."""
    answer = file.answer("mall_assessment", head.round) or file.answer("mall_assessment")
    signed = file.answer("mall_assessment_signature", head.round) or file.answer("mall_assessment_signature")
    data: Mapping[str, Any] = answer.form if answer else {}
    decides = file.limits.get("bureau_gate", 1) != 2
    return BureauReport.model_validate(
        {
            **head.common(file),
            "recipient": BUREAU,
            **_named(file),
            "opinion_number": reading.document_number(file, "mall_assessment_opinion"),
            "conclusion": _outcome(file, answer),
            "opinion": text(data.get("opinion")),
            "suggestion": text(data.get("suggestion"), "无。"),
            "asked": "请予审核并函复。" if decides else "特此报送，请予签收。",
            "handler": reading.signer(signed),
        }
    )


def _named(file: CaseFile) -> dict[str, str]:
    return {
        "project_name": reading.project_name(file),
        "applicant_name": text(file.filer.name),
        "mode": _mode(reading.filed(file)),
    }


def bureau_reply(file: CaseFile, head: Head) -> BureauReply:
    """收文回执: received, and what was decided."""
    answer = file.answer("bureau_receipt", head.round) or file.answer("bureau_acknowledgement", head.round)
    data: Mapping[str, Any] = answer.form if answer else {}
    return BureauReply.model_validate(
        {
            **head.common(file, BUREAU),
            "recipient": reading.office(file).name,
            **_named(file),
            "report_number": reading.document_number(file, "bureau_report"),
            "received_no": text(data.get("received_no")),
            "received_on": reading.answered_on(answer),
            "decision": _outcome(file, answer),
            "opinion": text(data.get("opinion"), "无。"),
            "handler": reading.signer(answer),
        }
    )


def agreement_draft(file: CaseFile, head: Head) -> AgreementDraft:
    """入驻商城合作协议（草案）, nobody has signed it yet."""
    return AgreementDraft.model_validate(_agreement(file, head, None, None))


def cooperation_agreement(file: CaseFile, head: Head) -> CooperationAgreement:
    """入驻商城合作协议 as signed by both."""
    signed = file.answer("agreement", head.round)
    return CooperationAgreement.model_validate(
        _agreement(file, head, signed, file.answer("agreement_countersignature", head.round))
    )


def _agreement(file: CaseFile, head: Head, signed: Answer | None, counter: Answer | None) -> dict[str, Any]:
    drafted, form = file.answer("agreement_draft", head.round), reading.filed(file)
    data: Mapping[str, Any] = drafted.form if drafted else {}
    settled = SETTLEMENT.get(str(data.get("settlement")))
    return {
        **head.to_filer(file),
        "party_a": reading.office(file).name,
        "party_b": text(file.filer.name),
        "party_b_uscc": text(file.filer.uscc),
        "party_b_address": text(get(form, "applicant.registered_address")),
        "party_b_rep": text(get(form, "applicant.legal_rep_name")),
        "mode": _mode(form),
        "display_name": text(form.get("display_name")),
        "opinion_number": reading.document_number(file, "mall_assessment_opinion"),
        "term": f"{text(data.get('term_years'))}年",
        "duties": duties(str(form.get("mode"))),
        "settlement": settled.zh if settled else BLANK,
        "back_account": text(get(form, "redeem_back.account_no")),
        "notice_days": text(data.get("notice_days")),
        "special_terms": text(data.get("special_terms"), "无。"),
        "contact": text(data.get("contact")),
        "goods": goods(form),
        "signed_by": text(get(signed.form, "signatory") if signed else None, "（待签署）"),
        "signed_on": zh_date(signed.at) if signed else "　　年　　月　　日",
        "countersigned_by": reading.signer(counter) if counter else "（待会签）",
        "countersigned_on": zh_date(counter.at) if counter else "　　年　　月　　日",
    }


def mall_admission(file: CaseFile, head: Head) -> MallAdmission:
    """入驻通知书 under the permanent number."""
    form = reading.filed(file)
    agreed = reading.document_number(file, "cooperation_agreement", "")
    opinion = reading.document_number(file, "mall_assessment_opinion")
    rests_on = f"评估论证意见（{opinion}）" + (f"和入驻商城合作协议（{agreed}）" if agreed else "")
    return MallAdmission.model_validate(
        {
            **head.to_filer(file),
            "project_name": reading.project_name(file),
            "member_no": text(file.project_no),
            "mode": _mode(form),
            "rests_on": rests_on,
            "open_text": _open_text(form, head),
            "duties": duties(str(form.get("mode"))),
            "goods": goods(form),
        }
    )


def _open_text(form: Mapping[str, Any], head: Head) -> str:
    if form.get("mode") == "event":
        return f"活动于{window_text(form)}开放兑换，投放总量{text(get(form, 'event.quota'))}件，到期自动关闭。活动期间库存和规则不得变更。"
    return f"自{zh_date(head.issued_at)}起正式上线，开放碳积分兑换。"


def window_text(form: Mapping[str, Any]) -> str:
    """From the first day of an event to the end of its last."""
    first, last = get(form, "event.starts_on"), get(form, "event.ends_on")
    return f"{zh_date(first)}零时至{zh_date(last)}二十四时"


def activity_report(file: CaseFile, head: Head) -> ActivityReport:
    """特定活动总结, confirmed."""
    reported = file.answer("activity_report", head.round)
    confirmed = file.answer("activity_confirmation", head.round)
    data: Mapping[str, Any] = reported.form if reported else {}
    form = reading.filed(file)
    return ActivityReport.model_validate(
        {
            **head.to_filer(file),
            "project_name": reading.project_name(file),
            "member_no": text(file.project_no),
            "applicant_name": text(file.filer.name),
            "event_name": text(get(form, "event.name")),
            "window_text": window_text(form),
            "quota": text(get(form, "event.quota")),
            **{name: text(data.get(name)) for name in ("redeemed", "participants", "complaints", "summary")},
            "confirmation": text(get(confirmed.form, "reason") if confirmed else None, "同意。"),
            "reporter": reading.signer(reported),
            "confirmer": reading.signer(confirmed),
        }
    )


BUILDERS = {
    build.__name__: build
    for build in (
        mall_application_form,
        mall_assessment_opinion,
        bureau_report,
        bureau_reply,
        agreement_draft,
        cooperation_agreement,
        mall_admission,
        activity_report,
    )
}
