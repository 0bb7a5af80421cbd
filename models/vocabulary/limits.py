"""Time limits 期限: the nouns name a key, the settings table holds the value with effective dates."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """A time limit by its key.

    Args:
        key: name in the settings table, e.g. "formal_review_wd".
        unit: "wd" working days of the Shanghai calendar, "d" calendar days.
    """

    key: str
    unit: str = "wd"


def WorkingDays(key: str) -> Limit:  # noqa: N802 - reads as a type in the nouns
    """A limit counted in working days 工作日."""
    return Limit(key, "wd")


def CalendarDays(key: str) -> Limit:  # noqa: N802
    """A limit counted in calendar days 自然日."""
    return Limit(key, "d")


#: Default values, seeded into the settings table; only `publicity_wd` and `panel_min` are law.
DEFAULT_LIMITS: dict[str, int] = {
    "formal_review_wd": 5,
    "correction_wd": 15,
    "correction_extension_wd": 10,
    "correction_rounds": 2,
    "triage_wd": 2,
    "agency_review_wd": 20,
    "supervisor_wd": 3,
    "panel_setup_wd": 3,
    "panel_reply_wd": 3,
    "panel_opinion_wd": 8,
    "group_opinion_wd": 5,
    "signature_wd": 3,
    "panel_min": 5,
    "revision_wd": 15,
    "revision_rounds": 3,
    "revision_check_wd": 5,
    "publicity_release_wd": 3,
    "publicity_wd": 5,
    "objection_reply_wd": 5,
    "objection_wd": 10,
    "opinion_wd": 5,
    "publish_wd": 5,
    "officer_extension_wd": 10,
    "readiness_wd": 5,
    "joint_review_wd": 15,
    "conference_wd": 10,
    "bureau_wd": 15,
    "connection_spec_wd": 20,
    "connection_agreement_wd": 5,
    "connection_test_wd": 20,
    "acceptance_wd": 10,
    "quantity_review_wd": 10,
    "amount_confirmation_wd": 5,
    "issuance_wd": 5,
    "data_complete_pct": 95,
    "mall_tech_review_wd": 10,
    "mall_assess_wd": 20,
    "agreement_draft_wd": 5,
    "agreement_wd": 10,
    "activity_report_wd": 10,
    "activity_confirmation_wd": 5,
    "credit_report_days": 92,
    "bureau_gate": 1,
    "data_report_wd": 10,
    "data_check_wd": 15,
    "site_visit_wd": 10,
    "evaluation_report_wd": 10,
    "feedback_wd": 10,
    "rectify_d": 30,
    "rectification_check_wd": 5,
    "correction_answer_wd": 10,
    "correction_review_wd": 10,
    "resumption_wd": 60,
}
