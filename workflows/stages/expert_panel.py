"""Expert panel 专家论证: five opinions or no conclusion (G12, G13)."""

import asyncio
from dataclasses import dataclass, field

from models.vocabulary.specs import OVERDUE
from workflows.procedure import Procedure
from workflows.stages.nouns import PanelNouns
from workflows.stages.signing import reject


@dataclass(frozen=True)
class Verdict:
    """What the group concluded; `rechecking` are the experts who look at the revised text."""

    needs_revision: bool
    rechecking: list[str] = field(default_factory=list)


async def expert_panel(case: Procedure, its: PanelNouns) -> Verdict:
    """Draw, invite, hear each expert, then the group's one opinion, signed by all."""
    round_, seats, lead_seat = await _appointed(case, its)
    seats = list(await asyncio.gather(*(_accepted(case, its, round_, slot) for slot in seats)))
    seats = list(await asyncio.gather(*(_opinion(case, its, round_, slot) for slot in seats)))
    lead = next((s for s in seats if _seat(s) == lead_seat), seats[0])
    while True:
        written = case.next_round(its.GROUP_OPINION, "group")
        group = await case.ask(its.GROUP_OPINION, written, lead)
        if group.outcome == "another_lead":  # the supervisor's word when the lead stays silent
            lead = seats[(seats.index(lead) + 1) % len(seats)]
            continue
        await case.ask_each(its.GROUP_SIGNATURE, [s for s in seats if s != lead], written)
        await case.issue("group_opinion", round_=written)
        if group.outcome != "fail":
            again = (
                [lead, *(s for s in seats if s != lead)][:3]
                if group.outcome == "pass_after_re_review"
                else []
            )
            return Verdict(needs_revision=group.outcome != "pass", rechecking=again)
        await reject(case, its)  # sent back by the supervisor: the group confers again


async def _appointed(case: Procedure, its: PanelNouns) -> tuple[int, list[str], int]:
    """A panel drawn at random and approved; redrawn as often as the supervisor asks."""
    while True:
        round_ = case.next_round(its.PANEL_SETUP)
        await case.ask(its.PANEL_SETUP, round_)
        panel = await case.appoint_panel(round_)
        while panel.short:  # the library has too few without a conflict
            await case.ask(its.PANEL_SHORTFALL)
            panel = await case.widen_panel(round_)
        if (await case.ask(its.PANEL_APPROVAL, round_)).outcome == "approve":
            return round_, panel.slots, _seat(panel.lead)


async def _accepted(case: Procedure, its: PanelNouns, round_: int, slot: str) -> str:
    """Invite until somebody takes the seat: who declines, has a conflict or stays silent is replaced."""
    while (await case.ask(its.EXPERT_INVITATION, round_, slot)).outcome != "accept":
        slot = await _replacement(case, its, round_, slot)
    return slot


async def _opinion(case: Procedure, its: PanelNouns, round_: int, slot: str) -> str:
    """Wait for the opinion of a seat; who falls silent is replaced by somebody who gives one."""
    while (await case.ask(its.EXPERT_OPINION, round_, slot)).outcome == OVERDUE:
        slot = await _accepted(case, its, round_, await _replacement(case, its, round_, slot))
    await case.issue("expert_opinion", round_=round_, slot=slot)
    return slot


async def _replacement(case: Procedure, its: PanelNouns, round_: int, slot: str) -> str:
    """The next expert for a seat; the supervisor widens the library when nobody is left."""
    while (new := await case.refill_seat(round_, slot)) is None:
        await case.ask(its.PANEL_SHORTFALL, slot=slot)
    return new


def _seat(slot: str) -> int:
    return int(slot.split(".", maxsplit=1)[0])
