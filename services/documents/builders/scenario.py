"""Joint review, conference and acceptance of a scenario, from the answers of both sides (rules G23, G25)."""

from collections.abc import Mapping
from typing import Any

from models.procedures.shared.connection_answers import ANSWERS, FREQUENCIES, KINDS
from models.vocabulary.forms import titles
from services.casefile import Answer, CaseFile
from services.documents.builders import reading
from services.documents.builders.head import Head
from services.documents.builders.reading import get
from services.documents.builders.review import RATINGS, change_rows
from services.documents.builders.words import BLANK, text, yes_no, zh_date
from services.documents.contexts.letters import ChangeRow
from services.documents.contexts.scenario import (
    AgreedFieldRow,
    ConferenceMinutes,
    ConnectionAcceptance,
    JointReviewOpinion,
    MatrixRow,
    RecordRow,
)

EXCHANGE = "上海环境能源交易所"
SIDES = (("centre_review", "中心"), ("exchange_review", "环交所"))


def joint_review_opinion(file: CaseFile, head: Head) -> JointReviewOpinion:
    """会同审核意见: the matrix of both sides, what they said, and what it came to."""
    centre, exchange = (file.answer(key, head.round) for key, _ in SIDES)
    return JointReviewOpinion.model_validate(
        {
            **head.to_filer(file),
            "exchange_name": EXCHANGE,
            "project_name": reading.project_name(file),
            "applicant_name": text(file.filer.name),
            "methodology": reading.methodology(file),
            "accepted_on": zh_date(file.accepted_at),
            "matrix": [row for key, side in SIDES for row in _matrix(file, key, side, head.round)],
            "centre_conclusion": _outcome(file, centre),
            "centre_opinion": _said(centre, "opinion"),
            "exchange_conclusion": _outcome(file, exchange),
            "exchange_opinion": _said(exchange, "opinion"),
            "changes": _changes(file, head.round),
            "complex_text": _complex(centre, exchange),
            "conference_text": _conference_text(file, centre, exchange),
            "conclusion": _conclusion(file, centre, exchange),
            "centre_reviewer": reading.signer(centre),
            "exchange_reviewer": reading.signer(exchange),
        }
    )


def _outcome(file: CaseFile, answer: Answer | None) -> str:
    return reading.outcome_title(file, answer.key, answer.outcome) if answer else BLANK


def _said(answer: Answer | None, name: str) -> str:
    return text(get(answer.form, name) if answer else None)


def _matrix(file: CaseFile, key: str, side: str, round: int) -> list[MatrixRow]:
    answer = file.answer(key, round)
    if answer is None:
        return []
    model = reading.info_at(reading.task_form(file, key), "matrix")
    fields = model.annotation.model_fields if model is not None and model.annotation else {}
    given = answer.form.get("matrix") or {}
    return [
        MatrixRow(
            side=side,
            item=titles(info, name).zh,
            rating=RATINGS.get(str(get(given, f"{name}.rating")), BLANK),
            comment=text(get(given, f"{name}.comment")),
        )
        for name, info in fields.items()
    ]


def _differ(centre: Answer | None, exchange: Answer | None) -> bool:
    outcomes = {a.outcome for a in (centre, exchange) if a}
    return "disagree" in outcomes and len(outcomes) > 1


def _deciding(file: CaseFile, centre: Answer | None, exchange: Answer | None) -> Answer | None:
    """What decided where the sides differed: the bureau's decision, else the conference after the findings."""
    if not _differ(centre, exchange):
        return None
    since = max(a.at for a in (centre, exchange) if a)
    later = [a for a in file.answers if a.key in ("conference", "bureau_decision") and a.at >= since]
    return later[-1] if later else None


def _changes(file: CaseFile, round: int) -> list[ChangeRow]:
    """What the applicant is asked to change: by the deciding answer, else by both sides."""
    centre, exchange = (file.answer(key, round) for key, _ in SIDES)
    decided = _deciding(file, centre, exchange)
    given = [decided] if decided else [a for a in (centre, exchange) if a and a.outcome == "needs_revision"]
    asked = [change for a in given for change in a.form.get("changes", [])]
    return change_rows(file, {"changes": asked}, "changes")


def _complex(centre: Answer | None, exchange: Answer | None) -> str:
    marked = [
        f"{side}：{text(a.form.get('complex_reason'))}"
        for a, (_, side) in zip((centre, exchange), SIDES, strict=True)
        if a and a.form.get("complex")
    ]
    if not marked:
        return "双方均未认定为类型复杂的减排场景，不组织专家技术论证。"
    return "认定为类型复杂的减排场景，组织专家技术论证。" + "；".join(marked)


def _conference_text(file: CaseFile, centre: Answer | None, exchange: Answer | None) -> str:
    if not _differ(centre, exchange):
        return "双方意见一致，未召开会商。"
    number = reading.document_number(file, "conference_minutes")
    decided = _deciding(file, centre, exchange)
    tail = (
        f"经会商未达成一致，由市生态环境局决定：{_said(decided, 'reason')}"
        if decided and decided.key == "bureau_decision"
        else _said(decided, "result")
    )
    return f"双方意见不一致，已召开会商（会商纪要：{number}）。{tail}"


def _conclusion(file: CaseFile, centre: Answer | None, exchange: Answer | None) -> str:
    decided = _deciding(file, centre, exchange)
    if decided is not None:
        return f"{_outcome(file, decided)}。"
    outcomes = [a.outcome for a in (centre, exchange) if a]
    if outcomes == ["disagree", "disagree"]:
        return "双方均不同意。"
    return "同意，申请主体按意见修改完善。" if "needs_revision" in outcomes else "同意。"


def conference_minutes(file: CaseFile, head: Head) -> ConferenceMinutes:
    """会商纪要 as the centre kept it and the exchange answered it; the filing party is given the joint opinion instead."""
    answer = file.answer("conference", head.round)
    confirmed = file.answer("conference_confirmation", head.round)
    data: Mapping[str, Any] = answer.form if answer else {}
    plain = ("place", "participants", "centre_position", "exchange_position", "result")
    return ConferenceMinutes.model_validate(
        {
            **head.to_filer(file),
            "recipient": EXCHANGE,
            "exchange_name": EXCHANGE,
            "project_name": reading.project_name(file),
            "held_on": zh_date(data.get("held_on")),
            "mode": reading.label(reading.task_form(file, "conference"), "mode", data.get("mode")),
            **{name: text(data.get(name)) for name in plain},
            "conclusion": _outcome(file, answer),
            "changes": change_rows(file, dict(data), "changes"),
            "confirmation": f"{_outcome(file, confirmed)}。{_said(confirmed, 'reason')}",
            "recorder": reading.signer(answer),
            "confirmer": reading.signer(confirmed),
        }
    )


def connection_acceptance(file: CaseFile, head: Head) -> ConnectionAcceptance:
    """数据对接验收意见: what was agreed, what was tested, what each side found."""
    agreed, given = file.answer("connection_spec"), file.answer("connection_agreement")
    tested = file.answer("connection_test")
    centre, exchange = file.answer("centre_acceptance"), file.answer("exchange_acceptance")
    spec: Mapping[str, Any] = agreed.form if agreed else {}
    test: Mapping[str, Any] = tested.form if tested else {}
    frequency = FREQUENCIES.get(str(spec.get("frequency")))
    return ConnectionAcceptance.model_validate(
        {
            **head.to_filer(file),
            "exchange_name": EXCHANGE,
            "project_name": reading.project_name(file),
            "project_no": text(file.project_no),
            "client_id": text(spec.get("client_id")),
            "credential_no": _said(given, "credential_no"),
            "certificate": text(spec.get("certificate_sha256")),
            "valid_to": zh_date(spec.get("valid_to")),
            "frequency": frequency.zh if frequency else BLANK,
            "consent_version": text(spec.get("consent_version")),
            "fields_agreed": [_field(no, row) for no, row in enumerate(reading.rows(spec, "fields"), 1)],
            "tested_on": zh_date(test.get("tested_on")),
            "records": [_record(no, row) for no, row in enumerate(reading.rows(test, "records"), 1)],
            "summary": text(test.get("summary")),
            "centre_opinion": _said(centre, "opinion"),
            "centre_officer": reading.signer(centre),
            "exchange_opinion": _said(exchange, "opinion"),
            "exchange_officer": reading.signer(exchange),
            "live_on": zh_date(head.issued_at),
        }
    )


def _field(no: int, row: Mapping[str, Any]) -> AgreedFieldRow:
    return AgreedFieldRow(
        no=str(no),
        name=text(row.get("name")),
        meaning=text(row.get("meaning")),
        unit=text(row.get("unit")),
        required=yes_no(row.get("required")),
    )


def _record(no: int, row: Mapping[str, Any]) -> RecordRow:
    def word(words: Mapping[str, Any], name: str) -> str:
        found = words.get(str(row.get(name)))
        return found.zh if found else BLANK

    return RecordRow(
        no=str(no),
        record_no=text(row.get("record_no")),
        kind=word(KINDS, "kind"),
        expected=word(ANSWERS, "expected"),
        answered=word(ANSWERS, "answered"),
        grams=text(row.get("answered_g")),
    )
