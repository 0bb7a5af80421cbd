"""Cases in every state worth looking at, played through the interface."""

from dataclasses import dataclass

from runtime.client import Player

FIRST_ROUND = "request_correction"


@dataclass(frozen=True)
class Stage:
    """Case numbers: `draft` with its papers, `bare` without anything, `filed` at the formal review,
    `correction` with the applicant, `panel` at its experts' opinions."""

    draft: str
    bare: str
    filed: str
    correction: str
    panel: str
    opinion: str  # an expert's open task
    expert: str  # who holds it


def play(player: Player) -> Stage:
    """Put the cases where they belong; takes a few seconds."""
    panel, correction, filed = (player.file("project_application") for _ in range(3))
    review = player.task_of(panel, "formal_review")
    player.complete(review["id"], "intake", "accept")
    player.complete(player.task_of(correction, "formal_review")["id"], "intake", FIRST_ROUND)
    for kind, who, outcome in (
        ("triage", "officer", "plain"),
        ("panel_setup", "officer", "draw"),
        ("panel_approval", "supervisor", "approve"),
    ):
        player.complete(player.task_of(panel, kind)["id"], who, outcome)
    tasks = _all(player, panel, "expert_invitation", 5)
    for task in tasks:
        player.complete(task["id"], task["assignee"], "accept")
    opinions = _all(player, panel, "expert_opinion", 5)
    player.task_of(correction, "correction")
    bare = player.post("/cases", "applicant", {"procedure": "project_application", "form": {}})["case_no"]
    draft = player.draft("project_application")
    return Stage(draft, bare, filed, correction, panel, opinions[0]["id"], opinions[0]["assignee"])


def _all(player: Player, case_no: str, kind: str, count: int) -> list[dict[str, str]]:
    def look() -> list[dict[str, str]] | None:
        found = [t for t in player.open_tasks(case_no) if t["kind"] == kind]
        return found if len(found) >= count else None

    return player.wait(f"{case_no}: {count} {kind}", look)
