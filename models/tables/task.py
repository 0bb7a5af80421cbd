"""Tasks, saved drafts of decisions, submitted answers."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant, typed


class TaskRow(SQLModel, table=True):
    """One thing asked of somebody. Natural key (case, key, slot, round) of what is not void: asked twice is asked once."""

    __tablename__ = "task"
    __table_args__ = (
        Index(
            "task_asked_once",
            "case_id",
            "key",
            "slot",
            "round",
            unique=True,
            postgresql_where=text("void_at is null"),
        ),
        CheckConstraint("state in ('open','claimed','done','overdue','cancelled')", name="task_state_known"),
        CheckConstraint(
            "(state in ('done','overdue','cancelled')) = (closed_at is not null)", name="task_closed_has_time"
        ),
        CheckConstraint("state <> 'claimed' or assignee_id is not null", name="task_claimed_has_holder"),
        Index("task_open_by_role", "role", "due_at", postgresql_where=text("state in ('open','claimed')")),
        Index(
            "task_open_by_holder",
            "assignee_id",
            "due_at",
            postgresql_where=text("state in ('open','claimed')"),
        ),
        Index("task_open_due", "due_at", postgresql_where=text("state in ('open','claimed')")),
        Index("task_open_by_party", "party_id", postgresql_where=text("state in ('open','claimed')")),
    )
    id: UUID = Field(default_factory=uuid4, primary_key=True)
    case_id: UUID = Field(foreign_key="case_file.id", index=True)
    procedure: str
    key: str
    slot: str = "1"
    round: int = 1
    role: str
    party_id: int | None = Field(default=None, foreign_key="party.id")  # filing party or agency
    reserved_for: int | None = Field(
        default=None, foreign_key="user_account.id"
    )  # only this person may claim
    assignee_id: int | None = Field(default=None, foreign_key="user_account.id")
    delegations: list[dict[str, Any]] = document(list)  # [{from, to, by, at, reason, person}]
    state: str = "open"
    outcome: str | None = None
    version: int = 1
    opened_at: datetime = instant(now=True)
    claimed_at: datetime | None = instant(nullable=True)
    closed_at: datetime | None = instant(nullable=True)
    closed_by: int | None = Field(default=None, foreign_key="user_account.id", index=True)
    due_at: datetime | None = instant(nullable=True)  # pinned end of its deadline ledger
    held_until: datetime | None = instant(nullable=True)
    hold_reason: str = ""
    hold_wakes_on_answer: bool = False
    reminded: int = 0  # highest percent told: 0, 50, 80, 100
    extension_asked: dict[str, Any] = document()  # {days, reason, by, at} while pending
    substitution: dict[str, Any] = (
        document()
    )  # {kind: stands_in|skipped, for, by, reason} while somebody is away
    void_at: datetime | None = instant(nullable=True)  # the case went back to a step before it


class TaskDraft(SQLModel, table=True):
    """What a person has typed into a task and not yet submitted; belongs to (task, person)."""

    __tablename__ = "task_draft"
    task_id: UUID = Field(foreign_key="task.id", primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", primary_key=True)
    outcome: str = ""
    form: dict[str, Any] = typed()
    base_version: int = 1
    saved_at: datetime = instant(now=True)


class Submission(SQLModel, table=True):
    """A submitted answer; immutable. One task has at most one (unique), so no decision counts twice."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("task_id"),)
    id: int | None = big_id()
    task_id: UUID = Field(foreign_key="task.id")
    case_id: UUID = Field(foreign_key="case_file.id", index=True)
    outcome: str
    form: dict[str, Any] = typed()
    form_key: str
    by_user: int = Field(foreign_key="user_account.id")
    on_behalf: int | None = Field(default=None, foreign_key="user_account.id")
    role: str
    reason: str = ""  # of an override
    idempotency_key: str | None = None
    case_version: int = 1
    sha256: str
    at: datetime = instant(now=True)
