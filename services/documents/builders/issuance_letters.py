"""Letters of an issuance: opinion on the amount, notice, certificate, refusal (rules G18, G19, M06)."""

from models.procedures import procedure
from services.casefile import CaseFile
from services.documents.builders import issuance_parts as parts
from services.documents.builders import reading
from services.documents.builders.head import Head
from services.documents.builders.words import BLANK, text, zh_date, zh_time
from services.documents.contexts.base import NamedValue
from services.documents.contexts.issuance import (
    IssuanceCertificate,
    IssuanceNotice,
    IssuanceRefusal,
    QuantityOpinion,
    StepRow,
)
from services.issuances import IssuanceFacts
from services.monitoring.checks import Calibration
from services.quantification import Calculation, lines
from services.settings import settings

NONE = "无"


def quantity_opinion(file: CaseFile, head: Head) -> QuantityOpinion:
    """减排量审查意见（复算单）."""
    facts = file.issuance
    review = file.answer("quantity_review")
    calculation = facts.calculation if facts else None
    return QuantityOpinion.model_validate(
        {
            **head.to_filer(file),
            "project": parts.project_lines(facts),
            "years": parts.years(facts),
            "claimed_total": parts.t(facts.claimed_g if facts else None),
            "recomputed_total": parts.t(facts.recomputed_g if facts else None),
            "approved_total": parts.t(facts.approved_g if facts else None),
            "data_quality": _data_quality(facts),
            "steps": _steps(calculation),
            "factors": parts.factors(facts),
            "institution": _institution(facts),
            "exception": _exception(facts),
            "reason": text(facts.reason if facts else None, NONE),
            "opinion": text(facts.opinion if facts else None),
            "reviewer": reading.signer(review),
            "reviewed_on": reading.answered_on(review),
        }
    )


def _steps(calculation: Calculation | None) -> list[StepRow]:
    """The steps of the whole period; of records, which are worked out one by one, one as the example."""
    told = list(lines(calculation)) if calculation else []
    return parts.steps(parts.totals(told) or told[:1])


def _data_quality(facts: IssuanceFacts | None) -> str:
    """What the data is worth, in one paragraph."""
    if facts is None:
        return BLANK
    share = parts.percent(facts.completeness_pct)
    told = [f"数据来源为{parts.data_source(facts)}，数据完整率{share}，计入{facts.amounts or '数据：无'}"]
    if facts.activity is not None:
        found = facts.activity
        told.append(f"收到行为记录{len(found.rows)}条，计入{len(found.counted)}条、{found.persons}人")
        told += [f"{n}条不计入（{reason.zh}）" for reason, n in found.reasons]
    if facts.conservative:
        told.append(f"{len(facts.conservative)}条读数所在时段计量表检定逾期，按方法学扣除最大允许误差后计入")
    uncalibrated = [a for a in facts.left_out if a.calibration is not Calibration.VALID]
    if uncalibrated:
        told.append(f"{len(uncalibrated)}条读数所在时段计量表未经检定，不计入")
    if len(facts.left_out) > len(uncalibrated):
        n = len(facts.left_out) - len(uncalibrated)
        told.append(f"{n}条读数所在时段的其他监测数据不完整，该时段不计减排量")
    if facts.gaps:
        told.append(f"{len(facts.gaps)}处数据缺失，缺失时段不计减排量")
    return "；".join(told) + "。"


def _institution(facts: IssuanceFacts | None) -> str:
    if facts is None or not facts.report[0]:
        return "本期减排量未委托专业技术服务机构审查。"
    return f"{facts.report[0]}：{facts.report[1]}"


def _exception(facts: IssuanceFacts | None) -> str:
    if facts is not None and facts.activity is not None:
        return "减排场景按月签发给个人，不适用项目每年签发一次的要求。"
    if facts is None or not facts.exception_reason:
        return "距上次签发已满一年或属首次签发，符合每年签发一次的要求。"
    return f"申请理由：{facts.exception_reason}\n决定：{text(facts.exception_decision)}"


def issuance_notice(file: CaseFile, head: Head) -> IssuanceNotice:
    """减排量签发通知书."""
    facts = file.issuance
    lowered = facts is not None and facts.approved_g is not None and facts.approved_g < facts.claimed_g
    return IssuanceNotice.model_validate(
        {
            **head.to_filer(file),
            **_which(facts),
            "kind": parts.kind(facts) if facts else "",
            "methodology": parts.method(facts) if facts else BLANK,
            "method_class": f"{facts.method_class}类" if facts else BLANK,
            "approved_total": parts.t(facts.approved_g if facts else None),
            "approved_grams": parts.g(facts.approved_g if facts else None),
            "reason": text(facts.reason, NONE) if facts and lowered else "核定量与申请量一致。",
            "lot": text(facts.lot if facts else None),
            "serials": "\n".join(facts.serials) if facts and facts.serials else BLANK,
            "issued_at": zh_time(facts.issued_at) if facts else BLANK,
            "years": parts.years(facts),
            "holders": parts.holders(facts),
            "certificate_no": text(facts.certificate_no if facts else None),
        }
    )


def _which(facts: IssuanceFacts | None) -> dict[str, str]:
    if facts is None:
        return {"project_name": BLANK, "project_number": BLANK, "period": BLANK}
    return {
        "project_name": text(facts.project_name),
        "project_number": text(facts.project_number),
        "period": parts.days(facts.first, facts.last),
    }


def issuance_certificate(file: CaseFile, head: Head) -> IssuanceCertificate:
    """减排量签发凭证, checked by anybody at the address printed on it."""
    facts = file.issuance
    told = (
        {}
        if facts is None
        else {
            "签发批次": facts.lot,
            "减排场景"
            if facts.activity is not None
            else "减排项目": f"{facts.project_name}（{facts.project_number}）",
            "方法学": parts.method(facts),
            "减排量类别": f"{facts.method_class}类{'场景' if facts.activity is not None else '项目'}减排量",
            "监测期": parts.days(facts.first, facts.last),
            "编号区间": "\n".join(facts.serials),
            "登记时间": zh_time(facts.issued_at),
        }
    )
    return IssuanceCertificate.model_validate(
        {
            **head.to_filer(file),
            "certificate_no": text(facts.certificate_no if facts else None),
            "certificate_code": text(facts.certificate_code if facts else None),
            "verify_address": _verify(facts) or BLANK,
            "qr_verify": _verify(facts),
            "facts": [NamedValue(name=k, value=text(v)) for k, v in told.items()],
            "years": parts.years(facts),
            "holders": parts.holders(facts),
            "approved_total": parts.t(facts.approved_g if facts else None),
            "approved_grams": parts.g(facts.approved_g if facts else None),
        }
    )


def _verify(facts: IssuanceFacts | None) -> str:
    """Where anybody can check the certificate; empty before there is one."""
    if facts is None or not facts.certificate_code:
        return ""
    return f"{settings().base_url}/verify?code={facts.certificate_code}"


def issuance_refusal(file: CaseFile, head: Head) -> IssuanceRefusal:
    """不予签发决定书, confirmed by a second person."""
    facts = file.issuance
    decided = reading.latest(file, "issuance_refusal_approval", "exception_decision")
    reason = decided.form.get("reason") if decided else None
    return IssuanceRefusal.model_validate(
        {
            **head.to_filer(file),
            **_which(facts),
            "claimed_total": parts.t(facts.claimed_g if facts else None),
            "reason": text(reason or (facts.reason if facts else None)),
            "basis": procedure("issuance").office.decided_by,  # the same for a first one with its application
            "decided_by": zh_date(decided.at if decided else head.issued_at),
        }
    )
