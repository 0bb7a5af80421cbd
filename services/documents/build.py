"""What a document says, from the case file alone: `build(key, file, …)`.

Pure: the same file, number, instant and template give the same context and the same check code.
"""

from collections.abc import Callable
from datetime import datetime

from models.procedures import procedure
from models.vocabulary.specs import Audience
from services.casefile import CaseFile
from services.documents.builders import (
    decisions,
    evaluation,
    issuance_letters,
    issuance_papers,
    mall,
    notices,
    panel,
    public,
    review,
    scenario,
)
from services.documents.builders.appendix_a import appendix_a
from services.documents.builders.appendix_b import appendix_b
from services.documents.builders.appendix_c import appendix_c
from services.documents.builders.general import general
from services.documents.builders.head import Head, check_code, masked, scrubbed
from services.documents.contexts import Issued
from services.documents.render import template_version

Builder = Callable[[CaseFile, Head], Issued]

BUILDERS: dict[str, Builder] = {
    "receipt": notices.receipt,
    "appendix_a": appendix_a,
    "appendix_b": appendix_b,
    "correction_notice": notices.correction_notice,
    "acceptance_notice": notices.acceptance_notice,
    "refusal_notice": notices.refusal_notice,
    "agency_report": review.agency_report,
    "expert_opinion": review.expert_opinion,
    "group_opinion": panel.group_opinion,
    "publicity_notice": public.publicity_notice,
    "objection_answer": decisions.objection_answer,
    "technical_opinion": decisions.technical_opinion,
    "publication_notice": public.publication_notice,
    "rejection_notice": decisions.rejection_notice,
    "termination_notice": notices.termination_notice,
    "appendix_c": appendix_c,
    "joint_review_opinion": scenario.joint_review_opinion,
    "conference_minutes": scenario.conference_minutes,
    "connection_acceptance": scenario.connection_acceptance,
    "appendix_d": issuance_papers.appendix_d,
    "appendix_e": issuance_papers.appendix_e,
    "monitoring_report": issuance_papers.monitoring_report,
    "quantity_report": review.quantity_report,
    "quantity_opinion": issuance_letters.quantity_opinion,
    "issuance_notice": issuance_letters.issuance_notice,
    "issuance_certificate": issuance_letters.issuance_certificate,
    "issuance_refusal": issuance_letters.issuance_refusal,
    "evaluation_findings": evaluation.evaluation_findings,
    "evaluation_report": evaluation.evaluation_report,
    "rectification_notice": evaluation.rectification_notice,
    "correction_decision": evaluation.correction_decision,
    **mall.BUILDERS,
}
#: Read by others than the parties and the centre's staff.
OUTSIDE = frozenset({"expert_opinion", "publicity_notice", "publication_notice", "objection_answer"})


def build(
    key: str,
    file: CaseFile,
    *,
    number: str,
    issued_at: datetime,
    round: int = 1,
    slot: str = "1",
    template: str = "",
) -> Issued:
    """The context of the document `key`.

    Args:
        number: the reserved document number, e.g. 沪碳普惠补〔2026〕0001号.
        issued_at: aware instant of issue; printed as the day in Shanghai.
        round: round of the version, notice or opinion the document is about.
        slot: "seat.attempt" of an expert's opinion, or the slot of an objection.
        template: version of the Word template it is printed on; empty = the one the system came with.
    A document without a builder of its own is a general letter, so a new procedure needs a template only.

    Raises:
        FileNotFoundError: nobody has drawn up its template.
    """
    head = Head(number, issued_at, round, slot, template or template_version(file.procedure, key))
    context = BUILDERS[key](file, head) if key in BUILDERS else general(key, file, head)
    if key in OUTSIDE or (key not in BUILDERS and _is_read_outside(file.procedure, key)):
        context = scrubbed(context, file)
    elif not procedure(file.procedure).document(key).own:  # one's own papers print what was typed (M10)
        context = masked(context)
    return numbered(context, number)


def numbered(context: Issued, number: str) -> Issued:
    """The same document under this number, with its check code."""
    context = context.model_copy(update={"number": number})
    return context.model_copy(update={"check_code": check_code(context)})


def _is_read_outside(procedure_key: str, key: str) -> bool:
    return procedure(procedure_key).document(key).audience is not Audience.FILER
