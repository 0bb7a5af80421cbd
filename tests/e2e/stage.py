"""Cases in every state worth looking at, played through the interface."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from runtime.client import ENDS, Player, Refused

#: Seconds until somebody looks again at a case that waits.
LOOK_AGAIN = 0.5
FIRST_ROUND = "request_correction"
#: Who files the other procedures.
FILERS = {"scenario_application": "operator", "mall_onboarding": "merchant", "tracking_evaluation": "officer"}


@dataclass(frozen=True)
class Stage:
    """Case numbers: `draft` with its papers, `bare` without anything, `filed` at the formal review,
    `correction` with the applicant, `panel` at its experts' opinions."""

    draft: str
    bare: str
    filed: str
    correction: str
    panel: str
    triage: str  # the officer's closed task of the same case
    opinion: str  # an expert's open task
    expert: str  # who holds it


def play(player: Player) -> Stage:
    """Put the cases where they belong; takes a few seconds."""
    panel, correction, filed = (player.file("project_application") for _ in range(3))
    review = player.task_of(panel, "formal_review")
    player.complete(review["id"], "intake", "accept")
    player.complete(player.task_of(correction, "formal_review")["id"], "intake", FIRST_ROUND)
    closed: dict[str, str] = {}
    for kind, who, outcome in (
        ("triage", "officer", "plain"),
        ("panel_setup", "officer", "draw"),
        ("panel_approval", "supervisor", "approve"),
    ):
        task = player.task_of(panel, kind)["id"]
        player.complete(task, who, outcome)
        closed[kind] = task
    tasks = _all(player, panel, "expert_invitation", 5)
    for task in tasks:
        player.complete(task["id"], task["assignee"], "accept")
    opinions = _all(player, panel, "expert_opinion", 5)
    player.task_of(correction, "correction")
    bare = player.post("/cases", "applicant", {"procedure": "project_application", "form": {}})["case_no"]
    draft = player.draft("project_application")
    return Stage(
        draft, bare, filed, correction, panel, closed["triage"], opinions[0]["id"], opinions[0]["assignee"]
    )


def _all(player: Player, case_no: str, kind: str, count: int) -> list[dict[str, str]]:
    def look() -> list[dict[str, str]] | None:
        found = [t for t in player.open_tasks(case_no) if t["kind"] == kind]
        return found if len(found) >= count else None

    return player.wait(f"{case_no}: {count} {kind}", look)


class Beside:
    """The other procedures, played on while the walks look at what is there already.

    `issued` is a certificate of the published project; then it is evaluated up to its holder's `feedback`.
    `mall` is open, `scenario` published and connected: it waits for its publicity, so it is wanted last.
    """

    def __init__(self, address: str, password: str) -> None:
        self._where = (address, password)
        self._pool = ThreadPoolExecutor(3)
        self.mall: Future[str] = self._pool.submit(self._play, "mall_onboarding")
        self.scenario: Future[str] = self._pool.submit(self._play, "scenario_application")
        self.evaluated: Future[str] = self._pool.submit(self._issue_and_evaluate)

    def finished(self) -> None:
        """Wait for all. Raises what went wrong."""
        for one in (self.mall, self.evaluated, self.scenario):
            one.result()

    def close(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown()

    def _issue_and_evaluate(self) -> str:
        self._play("issuance")
        return self._play("tracking_evaluation", "feedback")

    def _play(self, procedure: str, until: str = "") -> str:
        """File the example and answer every task with its example, to the end or to this task; the case number."""
        player, who = Player(*self._where), FILERS.get(procedure, "applicant")
        form = player.get(f"/procedures/{procedure}", who)["form_schema"]["examples"][0]
        try:
            case_no = player.file(procedure, who, form)
        except Refused:  # issued or evaluated already: these tests have run on this system before
            return ""
        side = "applicant" if who == "officer" else who

        def over() -> bool | None:
            case = player.case(case_no)
            if case["status"] in ENDS or until in {t["kind"] for t in case["open_tasks"]}:
                return True
            for task in case["open_tasks"]:
                player.complete(task["id"], player.account_for(procedure, task, side))
            if not case["open_tasks"]:
                time.sleep(LOOK_AGAIN)  # the walks need the processors
            return None

        player.patience = 300
        player.wait(case_no, over)
        player.close()
        return case_no
