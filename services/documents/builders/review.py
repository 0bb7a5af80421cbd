"""Papers of the technical review: agency report, expert opinion, opinion of the group (rules G11 to G13)."""

from typing import Any

from services.casefile import Answer, CaseFile, FindingInfo, SeatInfo
from services.documents.builders import reading
from services.documents.builders.head import Head
from services.documents.builders.reading import get, rows
from services.documents.builders.words import BLANK, lines, text, ticks, zh_time
from services.documents.contexts.base import TopicRow
from services.documents.contexts.letters import ChangeRow
from services.documents.contexts.review import (
    AgencyFindingRow,
    AgencyReport,
    ExpertOpinion,
    QuantityReport,
)

#: The four subjects of every opinion (rule G13), as the guide words them.
SUBJECTS = {
    "boundary": "方法学核算边界",
    "quantification": "减排量核算",
    "data_sources": "数据来源",
    "monitoring": "监测",
}
FURTHER = {"applicability": "方法学适用性", "uniqueness": "唯一性（避免重复申报）"}
RATINGS = {"conform": "符合", "mostly": "基本符合", "not": "不符合"}
IMPARTIALITY = (
    "我单位与申请主体、委托方及本项目的利害关系方不存在可能影响公正性的关系，未参与本项目申请文件的编制，"
    "对审查中知悉的商业秘密和个人信息予以保密，并对本报告的真实性和独立性负责。"
)


def about(file: CaseFile) -> dict[str, str]:
    """What the paper is about."""
    return {
        "project_name": reading.project_name(file),
        "applicant_name": text(file.filer.name),
        "methodology": reading.methodology(file),
    }


def change_rows(file: CaseFile, data: object, path: str) -> list[ChangeRow]:
    return [
        ChangeRow(
            no=str(no),
            target=reading.target_title(file, str(row.get("target") or "")),
            text=text(row.get("text") or row.get("requirement")),
        )
        for no, row in enumerate(rows(data, path), 1)
    ]


def _topic(no: int, title: str, said: object, blank: str) -> TopicRow:
    """One subject; a subject without a rating says so rather than being left out."""
    rating = get(said, "rating")
    return TopicRow(
        no=str(no),
        topic=title,
        comment=text(get(said, "comment")),
        rating=RATINGS.get(str(rating), text(rating, blank)),
    )


def agency_report(file: CaseFile, head: Head) -> AgencyReport:
    """技术审查报告 on an application."""
    return _institution(file, head, "agency_review", "agency_approval", "triage")


def quantity_report(file: CaseFile, head: Head) -> QuantityReport:
    """减排量技术审查报告 on the amount of an issuance."""
    told = _institution(file, head, "quantity_agency_review", "quantity_agency_approval", "quantity_review")
    return QuantityReport.model_validate(told.model_dump())


def _institution(file: CaseFile, head: Head, review: str, approval: str, asking: str) -> AgencyReport:
    """A report of an institution: its task, the choice of it, and the task that asked for it."""
    answer = file.answer(review)
    data: dict[str, Any] = answer.form if answer else {}
    triage = file.answer(asking)
    entrusted = file.answer(approval) or triage
    agency = file.agency
    titles = reading.outcomes(file, review)
    return AgencyReport.model_validate(
        {
            **head.to_centre(file, agency.name if agency else BLANK),
            **about(file),
            "agency_name": text(agency.name if agency else None),
            "agency_uscc": text(agency.uscc if agency else None),
            "entrusted_on": reading.answered_on(entrusted),
            "triage_reason": _triage_reason(file, triage, asking),
            "team": lines(data.get("team")),
            "scope": lines(data.get("scope")),
            "documents_reviewed": lines(data.get("documents_reviewed")),
            "site_visit": _site_visit(data),
            "topics": [
                _topic(no, title, get(data, f"ratings.{key}"), BLANK)
                for no, (key, title) in enumerate(SUBJECTS.items(), 1)
            ],
            "findings": [
                _agency_finding(file, no, row, review) for no, row in enumerate(rows(data, "findings"), 1)
            ],
            "summary": text(data.get("conclusion")),
            "conclusion": ticks(titles, answer.outcome if answer else None),
            "impartiality": IMPARTIALITY if data.get("impartiality") else BLANK,
            "reviewer": reading.signer(answer),
            "reported_on": reading.answered_on(answer),
        }
    )


def _triage_reason(file: CaseFile, triage: Answer | None, asking: str) -> str:
    if triage is None:
        return BLANK
    triggers = reading.label(reading.task_form(file, asking), "triggers", triage.form.get("triggers"), "")
    return (
        "\n".join(
            part
            for part in (triggers, text(triage.form.get("reason") or triage.form.get("opinion"), ""))
            if part
        )
        or BLANK
    )


def _site_visit(data: dict[str, Any]) -> str:
    return text(data.get("site_visit"), "本次审查未开展现场查勘。")


def _agency_finding(file: CaseFile, no: int, row: Any, review: str) -> AgencyFindingRow:
    known = next(
        (
            finding
            for finding in file.findings
            if finding.source == "agency" and finding.text == row.get("text")
        ),
        None,
    )
    kind = reading.label(reading.task_form(file, review), "findings.type", row.get("type"))
    return AgencyFindingRow(
        no=str(no),
        type=kind,
        target=reading.target_title(file, str(row.get("target") or "")),
        text=text(row.get("text")),
        reply=text(known.reply if known else None),
        closed=_closed(row, known),
    )


def _closed(row: Any, known: FindingInfo | None) -> str:
    """Observations ask for nothing now; the rest is closed when the centre accepted the answer to it."""
    if row.get("type") == "observation":
        return BLANK
    return "是" if known is not None and known.verdict == "accepted" else "否"


def _seat(file: CaseFile, slot: str) -> SeatInfo | None:
    return next((seat for seat in file.seats if seat.slot == slot), None)


def expert_opinion(file: CaseFile, head: Head) -> ExpertOpinion:
    """专家评审意见表 of the seat `head.slot`."""
    answer = file.answer("expert_opinion", head.round, head.slot) or file.answer(
        "expert_opinion", slot=head.slot
    )
    data: dict[str, Any] = answer.form if answer else {}
    seat = _seat(file, head.slot)
    return ExpertOpinion.model_validate(
        {
            **head.to_centre(file, reading.CENTRE),
            "subject": reading.subject(file),
            **about(file),
            "expert_name": text(seat.name if seat else (answer.by if answer else None)),
            "specialty": text(seat.specialty if seat else None),
            "employer": text(seat.employer if seat else None),
            "expert_title": text(seat.title if seat else None),
            "duty": "组长" if seat and seat.is_lead else "成员",
            "conflict_statement": _conflict(file, head.slot),
            "topics": expert_topics(data),
            "changes": change_rows(file, data, "required_changes"),
            "summary": text(data.get("summary")),
            "conclusion": ticks(reading.outcomes(file, "expert_opinion"), answer.outcome if answer else None),
            "filed_at": zh_time(answer.at if answer else None),
        }
    )


def expert_topics(data: dict[str, Any]) -> list[TopicRow]:
    """The four subjects (G13), then applicability and uniqueness."""
    subjects = [(title, get(data, f"ratings.{key}")) for key, title in SUBJECTS.items()]
    further = [(title, data.get(key)) for key, title in FURTHER.items()]
    return [
        _topic(no, title, said if isinstance(said, dict) else {"comment": said}, BLANK)
        for no, (title, said) in enumerate(subjects + further, 1)
    ]


def _conflict(file: CaseFile, slot: str) -> str:
    answer = file.answer("expert_invitation", slot=slot)
    if answer is None or answer.outcome != "accept":
        return BLANK
    return (
        f"本人与申请主体、委托方及技术服务机构不存在需要回避的情形，并承诺对评审中知悉的信息保密"
        f"（{reading.answered_on(answer)}经平台确认）。"
    )
