"""The opinion of the expert group 专家组意见: who sat, how they rated and voted, who signed (rules G12, G13)."""

from dataclasses import dataclass
from typing import Any

from services.casefile import Answer, CaseFile, SeatInfo
from services.documents.builders import reading
from services.documents.builders.head import Head
from services.documents.builders.reading import get
from services.documents.builders.review import RATINGS, SUBJECTS, about, change_rows
from services.documents.builders.words import BLANK, text, ticks, zh_date
from services.documents.contexts.review import GroupOpinion, MemberRow, TopicCountRow, VoteRow

SIGNATURES = {"sign": "已签署", "sign_with_reservation": "附保留意见签署", "sign_absent": "缺席"}


@dataclass(frozen=True)
class Group:
    """The panel as it concluded: the draft of its lead, and its members with what they signed."""

    draft: Answer | None
    members: list[SeatInfo]
    signed: dict[str, Answer]

    def is_lead(self, seat: SeatInfo) -> bool:
        """The lead is who drafted the opinion; until then, who was appointed."""
        return seat.slot == self.draft.slot if self.draft else seat.is_lead

    def lead(self) -> str:
        return next((seat.name for seat in self.members if self.is_lead(seat)), BLANK)


def _group(file: CaseFile, round: int) -> Group:
    draft = file.answer("group_opinion", round) or file.answer("group_opinion")
    signed = {
        a.slot: a
        for a in file.answers
        if a.key == "group_signature" and (draft is None or a.round == draft.round)
    }
    return Group(draft, panel_members(file), signed)


def group_opinion(file: CaseFile, head: Head) -> GroupOpinion:
    """专家组意见: subjects, votes, lead and signatures of all members."""
    group, opinions = _group(file, head.round), expert_answers(file)
    data: dict[str, Any] = group.draft.form if group.draft else {}
    return GroupOpinion.model_validate(
        {
            **head.common(file, f"碳普惠{reading.subject(file)}专家组"),
            "subject": reading.subject(file),
            "recipient": reading.CENTRE,
            **about(file),
            "meeting_date": zh_date(data.get("meeting_date")),
            "meeting_place": text(data.get("meeting_place")),
            "meeting_mode": reading.label(reading.task_form(file, "group_opinion"), "mode", data.get("mode")),
            "lead_name": group.lead(),
            "member_count": str(len(group.members)),
            "topics": topic_counts(opinions),
            "opinion": text(data.get("opinion")),
            "changes": change_rows(file, data, "changes"),
            "votes": _votes(file, opinions),
            "vote_total": str(len(opinions)),
            "conclusion": ticks(
                reading.outcomes(file, "group_opinion"), group.draft.outcome if group.draft else None
            ),
            "minority_opinions": _minority(data, group),
            "members": [_member(no, seat, group) for no, seat in enumerate(group.members, 1)],
        }
    )


def _votes(file: CaseFile, opinions: list[Answer]) -> list[VoteRow]:
    return [
        VoteRow(outcome=title, count=str(sum(opinion.outcome == key for opinion in opinions)))
        for key, title in reading.outcomes(file, "expert_opinion").items()
    ]


def _minority(data: dict[str, Any], group: Group) -> str:
    """Opinions that were not followed, and the reservations members signed with."""
    told = [text(data.get("minority_opinions"), "")]
    for seat in group.members:
        signed = group.signed.get(seat.slot)
        if signed is not None and signed.outcome == "sign_with_reservation":
            said = text(signed.form.get("reservation")).removeprefix("保留意见：")
            told.append(f"{seat.name}（保留意见）：{said}")
    return "\n".join(part for part in told if part) or "无。"


def expert_answers(file: CaseFile) -> list[Answer]:
    """The valid opinions: the last one of each seat that stayed on the panel."""
    seated = {seat.slot for seat in panel_members(file)}
    last = {answer.slot: answer for answer in file.answers if answer.key == "expert_opinion"}
    return [answer for slot, answer in sorted(last.items()) if slot in seated or not seated]


def panel_members(file: CaseFile) -> list[SeatInfo]:
    """Who sits on the panel: those who accepted or filed an opinion, by seat."""
    return sorted(
        (seat for seat in file.seats if seat.state in {"accepted", "submitted"}), key=lambda s: s.seat
    )


def topic_counts(opinions: list[Answer]) -> list[TopicCountRow]:
    """How the members rated each of the four subjects (rule G13)."""
    return [_topic_count(no, key, title, opinions) for no, (key, title) in enumerate(SUBJECTS.items(), 1)]


def _topic_count(no: int, key: str, title: str, opinions: list[Answer]) -> TopicCountRow:
    said = [get(answer.form, f"ratings.{key}") for answer in opinions]
    count = {rating: str(sum(get(s, "rating") == rating for s in said)) for rating in RATINGS}
    comments = list(dict.fromkeys(text(get(s, "comment"), "") for s in said))
    return TopicCountRow(
        no=str(no),
        topic=title,
        conform=count["conform"],
        mostly=count["mostly"],
        not_conform=count["not"],
        comments="\n".join(c for c in comments if c) or BLANK,
    )


def _member(no: int, seat: SeatInfo, group: Group) -> MemberRow:
    """A member's line; the lead signs by submitting the draft."""
    lead = group.is_lead(seat)
    signed = group.signed.get(seat.slot) or (group.draft if lead else None)
    state = SIGNATURES.get(signed.outcome, SIGNATURES["sign"]) if signed else "待签署"
    return MemberRow(
        no=str(no),
        name=text(seat.name),
        duty="组长" if lead else "成员",
        specialty=text(seat.specialty),
        employer=text(seat.employer),
        signature=state,
        signed_on=reading.answered_on(signed),
    )
