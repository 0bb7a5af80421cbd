"""A case as documents and explanations read it: plain, complete, without a session."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.issuances import IssuanceFacts


@dataclass(frozen=True)
class PartyInfo:
    """A party as printed. `uscc` is the credit code (organisations) or empty (persons)."""

    id: int
    name: str
    uscc: str
    kind: str
    district: str
    address: str
    account_no: str


@dataclass(frozen=True)
class Version:
    """A submitted version of the filing form; immutable (invariant I29)."""

    round: int
    kind: str  # submission | correction | revision
    form: dict[str, Any]
    sha256: str
    at: datetime
    by: str
    declaration: dict[str, Any]  # text, signatory, accepted_at


@dataclass(frozen=True)
class Answer:
    """A completed task: who answered what, and when. `slot` is "seat.attempt" for experts."""

    task_id: str
    key: str
    slot: str
    round: int
    outcome: str
    form: dict[str, Any]
    by: str
    role: str
    at: datetime
    on_behalf: str = ""


@dataclass(frozen=True)
class FindingInfo:
    """A request for correction or revision, its reply and the verdict on it."""

    id: int
    number: int
    stage: str  # correction | revision
    source: str  # formal | agency | expert | officer | objection
    round: int
    target: str
    text: str
    basis: str
    reply: str
    verdict: str  # open | answered | accepted | rejected


@dataclass(frozen=True)
class SeatInfo:
    """A panel member. `slot` = "seat.attempt"."""

    slot: str
    seat: int
    state: str
    name: str
    specialty: str
    employer: str
    title: str
    is_lead: bool
    reason: str
    at: datetime


@dataclass(frozen=True)
class MaterialInfo:
    kind: str
    title: str
    filename: str
    sha256: str
    size: int
    sealed: bool
    at: datetime


@dataclass(frozen=True)
class ObjectionInfo:
    slot: str
    receipt_no: str
    name: str
    content: str
    topics: list[str]
    at: datetime
    reply_due: datetime | None
    state: str


@dataclass(frozen=True)
class NoticeInfo:
    round: int
    title: str
    text: dict[str, Any]
    opened_at: datetime
    closes_at: datetime | None
    days: list[str]  # the counted working days, ISO dates
    state: str


@dataclass(frozen=True)
class DueInfo:
    """The limit of a task: budget in working days and the pinned end."""

    budget: int
    due_at: datetime | None


@dataclass(frozen=True)
class CaseFile:
    """Everything of one case. Lists are in time order."""

    case_no: str
    procedure: str
    title: str
    status: str
    stage: str
    form: dict[str, Any]
    submitted_at: datetime | None
    accepted_at: datetime | None
    complex: bool
    filer: PartyInfo
    principal: PartyInfo | None
    agency: PartyInfo | None
    methodology: dict[str, Any]
    versions: list[Version] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    findings: list[FindingInfo] = field(default_factory=list)
    seats: list[SeatInfo] = field(default_factory=list)
    panel: dict[str, Any] = field(default_factory=dict)  # size, seed, eligible, excluded, meeting
    materials: list[MaterialInfo] = field(default_factory=list)
    notices: list[NoticeInfo] = field(default_factory=list)
    objections: list[ObjectionInfo] = field(default_factory=list)
    dues: dict[str, DueInfo] = field(default_factory=dict)  # "key/slot/round"
    limits: dict[str, int] = field(default_factory=dict)  # values in force on the day of submission
    project_no: str = ""
    documents: list[dict[str, Any]] = field(default_factory=list)  # key, round, slot, number, at
    corrections: list[dict[str, Any]] = field(
        default_factory=list
    )  # of lots, grams: DataCorrection by column
    issuance: IssuanceFacts | None = None  # the numbers, where the case is about an issuance

    def answer(self, key: str, round: int | None = None, slot: str | None = None) -> Answer | None:
        """The latest answer to the task `key` (of that round and slot), or None."""
        found = [
            a
            for a in self.answers
            if a.key == key and (round is None or a.round == round) and (slot is None or a.slot == slot)
        ]
        return found[-1] if found else None
