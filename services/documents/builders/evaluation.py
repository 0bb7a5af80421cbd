"""Papers of an evaluation, from the answers of both sides and of the holder (rules G27, G29, S04)."""

from collections.abc import Mapping
from typing import Any

from models.procedures.tracking_evaluation_forms.codes import CRITERIA, RESULTS, SCOPES, SEVERITIES, TRIGGERS
from models.vocabulary.amounts import tonnes
from models.vocabulary.specs import OVERDUE
from models.vocabulary.text import Text
from services.casefile import Answer, CaseFile
from services.documents.builders import reading
from services.documents.builders.head import Head
from services.documents.builders.notices import last_day
from services.documents.builders.reading import get
from services.documents.builders.scenario import EXCHANGE
from services.documents.builders.words import BLANK, sentence, text, yes_no, zh_date
from services.documents.contexts.evaluation import (
    CheckedRow,
    CorrectedRow,
    CorrectionDecision,
    DemandRow,
    EvaluationFindings,
    EvaluationReportPaper,
    FigureRow,
    RectificationNotice,
    ShortcomingRow,
    VisitedRow,
)

SIDES = (("data_check", "中心"), ("exchange_data_check", "环交所"))
_HOW = "请登录上海市碳普惠管理运营平台，在本案件的待办事项中逐项填报，并上传证明材料。确需延长期限的，请在期限届满前通过平台提出延期申请。"
_FOLLOW = {
    "conform": "本次跟踪评估办结。",
    "rectify": "由中心下达整改通知书，被评估单位限期整改，中心复核。",
    "correct": "启动数据修正，修正期间暂停签发受影响期间的减排量。",
    "suspend": "即日起暂停数据报送和减排量签发，问题解决后由中心决定恢复。",
    "revoke": "由中心提请市生态环境局决定是否撤销。",
}


def _head(file: CaseFile, head: Head) -> dict[str, str]:
    return {**head.to_filer(file), "project_no": text(file.project_no), "project_name": text(file.title)}


def _word(words: Mapping[str, Text], value: object) -> str:
    found = words.get(str(value))
    return found.zh if found else text(value)


def _period(data: object, first: str, last: str) -> str:
    return f"{zh_date(get(data, first))}至{zh_date(get(data, last))}"


def _covered(file: CaseFile) -> dict[str, str]:
    form = reading.filed(file)
    return {
        "period": _period(form, "coverage.period_from", "coverage.period_to"),
        "trigger": _word(TRIGGERS, get(form, "subject.trigger")),
    }


def _shortcomings(report: Answer | None) -> list[ShortcomingRow]:
    return [
        ShortcomingRow(
            no=str(no),
            severity=_word(SEVERITIES, row.get("severity")),
            text=text(row.get("text")),
            basis=text(row.get("basis")),
            demand=text(row.get("demand")),
        )
        for no, row in enumerate(reading.rows(report.form if report else {}, "shortcomings"), 1)
    ]


def _said(answer: Answer | None, name: str) -> str:
    return text(get(answer.form, name) if answer else None)


def _outcome(file: CaseFile, answer: Answer | None) -> str:
    return reading.outcome_title(file, answer.key, answer.outcome) if answer else BLANK


def _until(file: CaseFile, key: str, head: Head) -> str:
    found = reading.due(file, key, head.round, head.slot)
    return last_day(found[1] if found else None)


def evaluation_findings(file: CaseFile, head: Head) -> EvaluationFindings:
    """跟踪评估初步意见告知书: the draft of this round, before it is signed."""
    report = file.answer("evaluation_report", head.round)
    return EvaluationFindings.model_validate(
        {
            **_head(file, head),
            **_covered(file),
            "summary": _said(report, "summary"),
            "shortcomings": _shortcomings(report),
            "proposal": _outcome(file, report),
            "deadline_text": f"请于{_until(file, 'feedback', head)}24时前反馈意见；逾期未反馈的，视为无异议，评估继续进行。",
            "handler": reading.signer(report),
        }
    )


def evaluation_report(file: CaseFile, head: Head) -> EvaluationReportPaper:
    """跟踪评估报告: team, four criteria, visit, problems, feedback, conclusion, two signatures."""
    form, report = reading.filed(file), file.answer("evaluation_report", head.round)
    centre, exchange = (file.answer(key) for key, _ in SIDES)
    visit = file.answer("site_visit")
    return EvaluationReportPaper.model_validate(
        {
            **_head(file, head),
            **_covered(file),
            "exchange_name": EXCHANGE,
            "methodology": reading.methodology(file),
            "scope": "、".join(_word(SCOPES, s) for s in get(form, "coverage.scope") or []) or BLANK,
            "trigger_note": text(get(form, "subject.trigger_note")),
            "team": f"{reading.signer(centre)}（中心）、{reading.signer(exchange)}（环交所）",
            "checks": [row for key, side in SIDES for row in _checked(file.answer(key), side)],
            "centre_opinion": _said(centre, "opinion"),
            "exchange_opinion": _said(exchange, "opinion"),
            "sampling": _said(report, "sampling"),
            "visit_text": _visited(visit),
            "visit_items": _visit_rows(visit),
            "summary": _said(report, "summary"),
            "shortcomings": _shortcomings(report),
            "feedback": _fed_back(file, head.round),
            "conclusion": _outcome(file, report),
            "follow_up": _FOLLOW.get(report.outcome, BLANK) if report else BLANK,
            "drafter": reading.signer(report),
            "centre_signer": reading.signer(file.answer("report_signature", head.round)),
            "exchange_signer": reading.signer(file.answer("exchange_report_signature", head.round)),
        }
    )


def _checked(answer: Answer | None, side: str) -> list[CheckedRow]:
    return [
        CheckedRow(
            criterion=_word(CRITERIA, row.get("criterion")),
            side=side,
            item=text(row.get("item")),
            filed=text(row.get("filed")),
            found=text(row.get("found")),
            result=_word(RESULTS, row.get("result")),
        )
        for row in reading.rows(answer.form if answer else {}, "items")
    ]


def _visited(visit: Answer | None) -> str:
    if visit is None:
        return "经资料核查，无需开展现场踏勘。"
    persons = "、".join(str(p) for p in visit.form.get("persons") or [])
    return (
        f"评估组于{zh_date(visit.form.get('visited_on'))}赴{_said(visit, 'place')}开展现场踏勘，"
        f"参加人员：{persons or BLANK}。{_said(visit, 'conclusion')}"
    )


def _visit_rows(visit: Answer | None) -> list[VisitedRow]:
    return [
        VisitedRow(
            no=str(no),
            item=text(row.get("item")),
            found=text(row.get("found")),
            deviates=yes_no(row.get("deviates")),
        )
        for no, row in enumerate(reading.rows(visit.form if visit else {}, "items"), 1)
    ]


def _fed_back(file: CaseFile, round: int) -> str:
    given = file.answer("feedback", round)
    if given is None or given.outcome == OVERDUE:
        return "被评估单位逾期未反馈意见。"
    return f"{_outcome(file, given)}。{_said(given, 'opinion')}"


def rectification_notice(file: CaseFile, head: Head) -> RectificationNotice:
    """整改通知书: problems to mend, or data to look into, with the deadline both sides see (S04)."""
    corrects = reading.due(file, "rectification", head.round, head.slot) is None
    task = "correction_answer" if corrects else "rectification"
    silence = (
        "逾期未报告自查情况的，中心依据现有证据重新核算减排量。"
        if corrects
        else "逾期未整改的，中心可以决定暂停数据报送和减排量签发，情节严重的提请市生态环境局撤销。"
    )
    return RectificationNotice.model_validate(
        {
            **_head(file, head),
            "ground": _ground(file),
            "demands": _to_look_into(file) if corrects else _to_mend(file, head.round),
            "deadline_text": f"请于{_until(file, task, head)}24时前完成并报告。",
            "how_text": _HOW,
            "silence_text": silence,
            "handler": reading.signer(reading.latest(file, "evaluation_report")),
        }
    )


def _ground(file: CaseFile) -> str:
    number = reading.document_number(file, "evaluation_report", "")
    if number:
        return f"依据《跟踪评估报告》（{number}）"
    return f"因{text(get(reading.filed(file), 'subject.trigger_note')).rstrip('。')}"


def _to_mend(file: CaseFile, round: int) -> list[DemandRow]:
    found = [f for f in file.findings if f.stage == "rectification" and f.round == round]
    return [
        DemandRow(no=str(f.number), severity=text(f.target), text=text(f.text), basis=text(f.basis))
        for f in found
    ]


def _to_look_into(file: CaseFile) -> list[DemandRow]:
    """The anomalies of the report; of a correction started at once, what it was started for."""
    report = file.answer("evaluation_report")
    period = _affected(file)
    wanted = f"自查{period}的数据，更正错误并说明原因；其间该期间减排量暂停签发。"
    problems = _shortcomings(report)
    if not problems:
        note = text(get(reading.filed(file), "subject.trigger_note"))
        return [
            DemandRow(no="1", severity="数据异常", text=sentence(note) + wanted, basis="申请指南“数据对接”")
        ]
    return [
        DemandRow(no=row.no, severity=row.severity, text=sentence(row.text) + wanted, basis=row.basis)
        for row in problems
    ]


def _affected(file: CaseFile) -> str:
    report = file.answer("evaluation_report")
    if report is not None and report.outcome == "correct":
        return _period(report.form, "affected_from", "affected_to")
    return _period(reading.filed(file), "coverage.period_from", "coverage.period_to")


def correction_decision(file: CaseFile, head: Head) -> CorrectionDecision:
    """数据修正决定书: what the recomputation of this round came to and how the difference is treated."""
    given, review = file.answer("correction_answer"), file.answer("correction_review", head.round)
    return CorrectionDecision.model_validate(
        {
            **_head(file, head),
            "period": _affected(file),
            "cause": _cause(file, given),
            "figures": [
                FigureRow(
                    no=str(no), **{k: text(row.get(k)) for k in ("item", "reported", "corrected", "reason")}
                )
                for no, row in enumerate(reading.rows(given.form if given else {}, "figures"), 1)
            ],
            "basis": _said(review, "basis"),
            "lots": [_corrected(row) for row in file.corrections],
            "conclusion": _treated(file),
            "reviewer": reading.signer(review),
            "approver": reading.signer(file.answer("correction_approval", head.round)),
            "countersigner": reading.signer(file.answer("correction_countersignature", head.round)),
        }
    )


def _cause(file: CaseFile, given: Answer | None) -> str:
    if given is None or given.outcome == OVERDUE:
        return "你单位逾期未报告自查情况，中心依据现有证据核算。"
    return f"{_outcome(file, given)}。{_said(given, 'cause')}"


def _corrected(row: Mapping[str, Any]) -> CorrectedRow:
    return CorrectedRow(
        lot_number=str(row["lot_number"]),
        old=tonnes(row["old_g"]),
        new=tonnes(row["new_g"]),
        difference=tonnes(row["new_g"] - row["old_g"]),
        reversed=tonnes(row["reversed_g"]),
        owed=tonnes(row["shortfall_g"]),
        top_up=tonnes(row["top_up_g"]),
    )


def _treated(file: CaseFile) -> str:
    """How the difference is treated, in the order of the rule: nothing, reversal, replacement, top-up."""
    rows = file.corrections
    if not rows:
        return "受影响期间的减排量尚未签发，按更正后的数据核算，无需冲正。"
    took, short, more = (sum(r[name] for r in rows) for name in ("reversed_g", "shortfall_g", "top_up_g"))
    said = []
    if took:
        said.append(
            f"多签发的减排量 {tonnes(took)} tCO₂e 已自持有账户同批次余额冲正，原签发记录保留并与冲正记录相互关联。"
        )
    if short:
        said.append(
            f"余额不足的 {tonnes(short)} tCO₂e 由你单位承担补足义务，可以在登记簿注销等量减排量抵补，未抵补的从以后签发的减排量中优先抵补；善意第三方持有的减排量不受影响。"
        )
    if more:
        said.append(f"少签发的减排量 {tonnes(more)} tCO₂e，你单位可以另行申请签发。")
    return "".join(said) or "重新核算结果与原签发量一致，不作调整。"
