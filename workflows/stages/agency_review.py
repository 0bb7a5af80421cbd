"""Technical review of complex cases by a service institution 专业技术服务机构审查 (G11)."""

from workflows.procedure import Procedure
from workflows.stages.nouns import TechnicalReviewNouns
from workflows.stages.signing import reject


async def technical_review(case: Procedure, its: TechnicalReviewNouns) -> bool:
    """Is the case complex? Then an institution reviews it.

    Returns:
        True when the institution passed it with findings that the applicant has yet to answer.
    """
    while await _is_complex(case, its):
        outcome = await _reported(case, its)
        if outcome != "another_institution":
            return outcome == "pass_with_findings"
    return False


async def _reported(case: Procedure, its: TechnicalReviewNouns) -> str:
    """The institution's report, until it is positive or confirmed as negative; or that it never came."""
    while True:
        round_ = case.next_round(its.AGENCY_REVIEW)
        report = await case.ask(its.AGENCY_REVIEW, round_)
        if report.outcome == "another_institution":
            return report.outcome
        await case.issue("agency_report", round_=round_)
        if report.outcome != "fail":
            return report.outcome
        await reject(case, its)  # sent back by the supervisor: the institution looks again


async def _is_complex(case: Procedure, its: TechnicalReviewNouns) -> bool:
    """The officer's mark; the supervisor approves the institution, or sends the question back."""
    while (await case.ask(its.TRIAGE)).outcome == "complex":
        if (await case.ask(its.AGENCY_APPROVAL)).outcome == "approve":
            return True
    return False
