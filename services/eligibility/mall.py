"""Who may join the mall: a recent credit report, an event ahead, an account of one's own (J05, J06, J07)."""

from datetime import date

from sqlmodel import Session

from models.tables import Case, Party
from models.vocabulary.errors import Problem
from models.vocabulary.text import Text
from services import clock, limits, paths
from services.eligibility.kinds import Guard, named


def _day(case: Case, path: str) -> date | None:
    try:
        return date.fromisoformat(str(paths.first(case.form, path)))
    except ValueError:
        return None


def credit_report_recent(session: Session, case: Case) -> list[Problem]:
    """The credit report is not older than the setting allows (J07)."""
    issued, days = _day(case, "credit_report.issued_on"), limits.value(session, "credit_report_days")
    if issued is None or (clock.today().date() - issued).days <= days:
        return []
    return [
        Problem(
            "credit_report.issued_on",
            Text(
                f"The report is older than {days} days; please file a new one.",
                f"信用报告出具已超过 {days} 日，请提供新的信用报告。",
            ),
        )
    ]


def event_lies_ahead(session: Session, case: Case) -> list[Problem]:
    """An event is applied for before it begins (J06)."""
    starts = _day(case, "event.starts_on")
    if starts is None or starts >= clock.today().date():
        return []
    return [
        Problem(
            "event.starts_on",
            Text("The event cannot begin before today.", "活动开始日期不能早于今天，请调整活动期。"),
        )
    ]


def redeem_back_to_own_account(session: Session, case: Case) -> list[Problem]:
    """What is bought back goes to the merchant's own institutional account (J05)."""
    typed, filer = paths.first(case.form, "redeem_back.account_no"), session.get_one(Party, case.filer_id)
    if not typed or (str(typed) == filer.account_no and filer.account_active):
        return []
    return [
        Problem(
            "redeem_back.account_no",
            Text(
                f"This is not an active account of {filer.name}.",
                "回兑账户须为本单位名下的有效碳普惠机构账户"
                + (f"，本单位账户为 {filer.account_no}。" if filer.account_no else "，请先开立账户。"),
            ),
        )
    ]


CHECKS: dict[str, Guard] = named(credit_report_recent, event_lies_ahead, redeem_back_to_own_account)
