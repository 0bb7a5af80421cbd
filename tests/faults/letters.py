"""The letters a case must have by the guideline, from what was answered in it: written down here a second time."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

Rows = Callable[[str], list[tuple[Any, ...]]]
Answers = dict[tuple[str, str], int]

#: The appendices of a procedure: once on filing, once more with each text handed in anew.
APPENDICES = {
    "project_application": ("appendix_a", "appendix_b"),
    "scenario_application": ("appendix_c",),
    "issuance": ("appendix_d", "appendix_e", "monitoring_report"),
    "mall_onboarding": ("mall_application_form",),
}
HANDED_IN = (("correction", "resubmit"), ("revision", "resubmit"), ("readiness_supplement", "resubmit"))
#: A letter follows each such answer (task, outcome); "" is any but silence.
FOLLOWS = {
    "acceptance_notice": ("formal_review", "accept"),
    "refusal_notice": ("refusal_approval", "confirm"),
    "agency_report": ("agency_review", ""),
    "expert_opinion": ("expert_opinion", ""),
    "quantity_opinion": ("quantity_review", "agree"),
    "objection_answer": ("objection_answer", ""),
    "technical_opinion": ("technical_opinion_signature", "sign"),
    "publication_notice": ("publication_approval", "approve"),
    "mall_assessment_opinion": ("mall_assessment_signature", "sign"),
    "agreement_draft": ("agreement_draft", ""),
    "cooperation_agreement": ("agreement_countersignature", "sign"),
    "activity_report": ("activity_confirmation", "confirm"),
}
#: The end of a case is told in writing.
AT_THE_END = {
    "not_accepted": ("refusal_notice",),
    "lapsed": ("termination_notice",),
    "issued": ("issuance_notice", "issuance_certificate", "receipt"),
    "published": ("receipt", "acceptance_notice", "publicity_notice", "technical_opinion", "publication_notice"),
}  # fmt: skip
SILENCE = ("overdue", "another_institution")


def wrong_letters(rows: Rows) -> list[str]:
    """Ended cases whose letters are not those of the guideline. A withdrawal may come before a letter."""
    made: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for case_id, key, n in rows("select case_id::text, key, count(*) from document group by 1, 2"):
        made[case_id][key] = n
    answers: dict[str, Answers] = defaultdict(lambda: defaultdict(int))
    for (
        case_id,
        key,
        outcome,
        n,
    ) in rows("""select case_id::text, key, coalesce(outcome, ''), count(*) from task
            where state in ('done', 'overdue') and void_at is null group by 1, 2, 3"""):
        answers[case_id][key, outcome] = n
    return [
        f"{case_no} ({procedure}, {status}): {problem}"
        for case_id, case_no, procedure, status in rows("""select id::text, case_no, procedure, status from case_file
            where ended_at is not null and submitted_at is not null and status <> 'withdrawn' and generation = 0""")
        for problem in _problems(procedure, status, answers[case_id], made[case_id])
    ]


def _problems(procedure: str, status: str, answers: Answers, made: dict[str, int]) -> list[str]:
    due = {letter: _times(answers, *after) for letter, after in FOLLOWS.items()}
    again = sum(answers.get(step, 0) for step in HANDED_IN)
    due |= dict.fromkeys(APPENDICES.get(procedure, ()), 1 + again)
    wrong = [
        f"{letter}: {made.get(letter, 0)} instead of {n}"
        for letter, n in due.items()
        if made.get(letter, 0) != n
    ]
    return wrong + [f"{letter} is missing" for letter in AT_THE_END.get(status, ()) if not made.get(letter)]


def _times(answers: Answers, task: str, outcome: str) -> int:
    return sum(
        n
        for (key, said), n in answers.items()
        if key == task and said not in SILENCE and said == (outcome or said)
    )
