"""Facts and instructions that cross between workflows and activities.

Ids, outcome codes and instants only: a history never holds a form or a person's data.
Fields are only ever added, with defaults, so that old histories still read.
"""

from datetime import datetime

from pydantic import BaseModel


class TaskClosed(BaseModel):
    """A task has its outcome; all that a workflow may know of an answer."""

    task_id: str
    outcome: str
    submission_id: int | None = None


class DeadlineMoved(BaseModel):
    """A task's limit has a new instant (extended, calendar changed), or none while paused.

    `moved_at` tells the order of several: a message may be sent twice, and the second time arrive late.
    """

    task_id: str
    due_at: datetime | None
    moved_at: datetime | None = None


class CaseEnded(BaseModel):
    """The row was ended by a person: withdrawn, or ended by two persons of the centre."""

    result: str


class TaskRequest(BaseModel):
    """Open this task for this case; natural key (case, key, slot, round)."""

    key: str
    slot: str = "1"
    round: int = 1


class Projection(BaseModel):
    """What a workflow wants written: the stage it is in and the tasks it waits for.

    `stage_no` counts the stages written so far, from 1: a course that begins again after its engine was lost must
    not lead the row back to a stage that was passed. 0 in histories from before it was counted.
    """

    case_id: str
    at: datetime
    stage: str | None = None
    tasks: list[TaskRequest] = []
    stage_no: int = 0


class OpenedTask(BaseModel):
    """A task as the row has it. `lapses` tells whether its limit has an outcome."""

    task_id: str
    due_at: datetime | None = None
    lapses: bool = False
    closed: TaskClosed | None = None


class Projected(BaseModel):
    tasks: list[OpenedTask] = []
    ended: bool = False


class OverdueCheck(BaseModel):
    task_id: str
    at: datetime


class OverdueAnswer(BaseModel):
    """Closed now or before; or still open until `due_at` (None: paused, wait to be told)."""

    closed: TaskClosed | None = None
    due_at: datetime | None = None


class CaseStep(BaseModel):
    """One act on a case, made once for each (case, round, slot)."""

    case_id: str
    at: datetime
    round: int = 1
    slot: str = "1"
    key: str = ""


class DocumentStep(BaseModel):
    """Issue these documents, each once for (case, key, slot, round)."""

    case_id: str
    at: datetime
    keys: list[str]
    round: int = 1
    slot: str = "1"


class PanelDrawn(BaseModel):
    """Seats of the panel as they stand; `slots` are "seat.attempt"; `short` = seats nobody is left for."""

    slots: list[str] = []
    short: int = 0
    lead: str = "1"


class SeatRefilled(BaseModel):
    """The slot of the replacement, or None when the library has nobody left."""

    slot: str | None = None


class PublicityOpened(BaseModel):
    due_at: datetime | None


class PublicityClosed(BaseModel):
    """Over, with the slots of the objections to answer; or not yet, and until when."""

    over: bool = True
    due_at: datetime | None = None
    objections: list[str] = []


class RoundLimits(BaseModel):
    """How many rounds the rule set pinned to the case allows."""

    correction_rounds: int = 2
    revision_rounds: int = 3


class Done(BaseModel):
    """An act has been carried out (or had been before)."""

    ok: bool = True


class Published(Done):
    """The result is public; `first_issuance`: its first reduction was asked for along with it (G18)."""

    first_issuance: bool = False


class CaseMarks(BaseModel):
    """What people have marked on the case, that its course turns on."""

    complex: bool = False


class DeedAnswer(BaseModel):
    """What came of a deed: a word to branch on, an instant to wait for, what to ask about one by one."""

    outcome: str = "done"
    due_at: datetime | None = None
    slots: list[str] = []


class PlanStep(BaseModel):
    """Make the plan of the year it is at `at`."""

    at: datetime


class PlanMade(BaseModel):
    """The plan of a year and how many cases it holds."""

    year: int = 0
    cases: int = 0


class CaseResult(BaseModel):
    case_id: str
    at: datetime
    result: str
