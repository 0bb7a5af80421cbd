"""Notices to the public: publicity and publication (rules G14, G15, M05, M10)."""

from services.casefile import CaseFile, NoticeInfo
from services.documents.builders import reading
from services.documents.builders.facts import crediting, project_facts, public_name
from services.documents.builders.head import Head
from services.documents.builders.words import as_day, text, tonnes, weekday, zh_date
from services.documents.contexts.public import DayRow, PublicationNotice, PublicityNotice, PublishedRow


def _notice(file: CaseFile, round: int) -> NoticeInfo | None:
    same = [notice for notice in file.notices if notice.round == round]
    return (same or file.notices or [None])[-1]  # type: ignore[list-item]


def publicity_notice(file: CaseFile, head: Head) -> PublicityNotice:
    """公示公告 with the five counted days one by one."""
    release = file.answer("publicity_release", head.round) or file.answer("publicity_release")
    data = release.form if release else {}
    notice = _notice(file, head.round)
    name = reading.project_name(file)
    return PublicityNotice.model_validate(
        {
            **head.common(file),
            "subject": reading.subject(file),
            "reviewed": reading.reviewed(file),
            "title": text(data.get("title"), f"关于“{name}”碳普惠{reading.subject(file)}的公示"),
            "project_name": name,
            "applicant_name": public_name(file.filer),
            "summary": text(data.get("summary")),
            "facts": project_facts(file, hidden=tuple(data.get("hidden_fields") or ())),
            "period_text": _period(file, notice),
            "days": _days(notice),
            "contact_phone": text(data.get("contact_phone")),
            "contact_email": text(data.get("contact_email")),
            "note": text(data.get("note"), "无。"),
            "result": _result(file, notice),
        }
    )


def _days(notice: NoticeInfo | None) -> list[DayRow]:
    return [
        DayRow(no=str(no), date=zh_date(day), weekday=weekday(day))
        for no, day in enumerate(notice.days if notice else [], 1)
    ]


def _period(file: CaseFile, notice: NoticeInfo | None) -> str:
    """Five full working days from the day after the notice opens (rule M05)."""
    days = reading.working_days(file, "publicity_wd")
    if notice is None or not notice.days:
        return f"公示期为{days}个工作日，自公告发布的次日起算。"
    return (
        f"公示期为{len(notice.days)}个工作日，自{zh_date(notice.days[0])}起至{zh_date(notice.days[-1])}24时止，"
        "法定节假日不计入，调休的工作日计入。"
    )


def _result(file: CaseFile, notice: NoticeInfo | None) -> str:
    """Said only once the period is over."""
    return publicity_text(file, notice.round) if notice and notice.state == "closed" else ""


def publicity_text(file: CaseFile, round: int | None = None) -> str:
    """公示情况: the period and what came in."""
    found = [notice for notice in file.notices if round is None or notice.round == round]
    if not found or not found[-1].days:
        return "尚未公示。"
    notice = found[-1]
    period = f"{zh_date(notice.days[0])}至{zh_date(notice.days[-1])}公示{len(notice.days)}个工作日"
    later = [other for other in file.notices if other.opened_at > notice.opened_at]
    received = [
        item
        for item in file.objections
        if item.at >= notice.opened_at
        and not any(item.at >= other.opened_at for other in later)
        and (notice.closes_at is None or item.at < notice.closes_at)
    ]
    if not received:
        return f"{period}，未收到异议。"
    answered = sum(file.answer("objection_answer", slot=item.slot) is not None for item in received)
    tail = "均已依法处理并答复" if answered == len(received) else f"已处理{answered}件"
    return f"{period}，收到异议{len(received)}件，{tail}。"


def publication_notice(file: CaseFile, head: Head) -> PublicationNotice:
    """公布公告 with the project number that never changes (rule G15)."""
    answer = file.answer("publication", head.round) or file.answer("publication")
    data = answer.form if answer else {}
    name = reading.project_name(file)
    row = PublishedRow(
        no="1",
        project_no=text(file.project_no),
        name=name,
        applicant=public_name(file.filer),
        methodology=reading.methodology(file),
        crediting=crediting(file),
        est_annual_t=tonnes(reading.fact(file, "est_annual_t")),
    )
    published, wanted = as_day(head.issued_at), as_day(data.get("effective_on"))
    # nothing holds before it is public
    effective = max((day for day in (published, wanted) if day), default=None)
    return PublicationNotice.model_validate(
        {
            **head.common(file),
            "subject": reading.subject(file),
            "title": text(data.get("title"), f"关于公布碳普惠{reading.subject(file)}的公告"),
            "publicity_text": publicity_text(file),
            "opinion_number": reading.document_number(file, "technical_opinion"),
            "projects": [row],
            "effective_on": zh_date(effective),
            "note": text(data.get("note"), "无。"),
        }
    )
