"""Suspension 暂停 and revocation 撤销 of a published entry (G29)."""

from workflows.procedure import Procedure
from workflows.stages.nouns import SuspensionNouns


async def suspension(case: Procedure, its: SuspensionNouns) -> str:
    """Suspended until the supervisor lets it go on, or has the bureau decide.

    Returns:
        "closed" or "revoke".
    """
    await case.carry_out("suspend_entry")
    if (await case.ask(its.RESUMPTION_DECISION)).outcome == "propose_revocation":
        return "revoke"
    await case.carry_out("resume_entry")
    return "closed"


async def revocation(case: Procedure, its: SuspensionNouns) -> None:
    """The bureau strikes the entry off the register, or it stays and goes on."""
    decision = (await case.ask(its.REVOCATION_DECISION)).outcome
    await case.carry_out("deregister_entry" if decision == "revoke" else "resume_entry")
