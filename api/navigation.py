"""The top navigation: who sees which entries."""

from dataclasses import dataclass

from models.vocabulary.roles import CENTRE, FILERS, OVERSIGHT, STAFF, Role
from models.vocabulary.text import Text
from services.access import Actor


@dataclass(frozen=True)
class Entry:
    """An entry of the navigation. `roles` is empty for entries everybody sees."""

    label: Text
    href: str
    icon: str
    roles: frozenset[Role] = frozenset()


ENTRIES = (
    Entry(Text("My cases", "我的办件"), "/cases", "folders", FILERS),
    Entry(Text("New application", "新申请"), "/cases/new", "file-plus", FILERS),
    Entry(Text("My projects", "我的项目"), "/my/projects", "chart-bar", FILERS),
    Entry(Text("My reductions", "我的减排量"), "/my/receipts", "leaf", frozenset({Role.RESIDENT})),
    Entry(Text("Work", "工作台"), "/tasks", "checklist", STAFF | {Role.AGENCY}),
    Entry(Text("Reviews", "评审任务"), "/tasks", "clipboard-text", frozenset({Role.EXPERT})),
    Entry(Text("Cases", "办件"), "/staff/cases", "folders", STAFF | OVERSIGHT),
    Entry(
        Text("Ledger", "登记簿"),
        "/ledger",
        "scale",
        FILERS
        | frozenset({Role.RESIDENT, Role.ISSUER, Role.SUPERVISOR, Role.AUDITOR, Role.BUREAU, Role.EXCHANGE}),
    ),
    Entry(
        Text("Evaluations", "跟踪评估"),
        "/evaluations",
        "clipboard-list",
        frozenset({Role.OFFICER, Role.SUPERVISOR, Role.EXCHANGE}),
    ),
    Entry(Text("Experts", "专家库"), "/experts", "users-group", CENTRE | {Role.BUREAU}),
    Entry(Text("Oversight", "督查"), "/admin/stalled", "activity-heartbeat", OVERSIGHT | {Role.SUPERVISOR}),
    Entry(Text("System", "系统"), "/admin", "settings", frozenset({Role.ADMIN})),
    Entry(Text("Public notices", "公示"), "/notices", "speakerphone"),
    Entry(Text("Published projects", "已公布项目"), "/projects", "certificate"),
    Entry(Text("Methodologies", "方法学库"), "/methodologies", "book"),
)


def menu(actor: Actor | None) -> list[Entry]:
    """The entries for this person, in order."""
    return [e for e in ENTRIES if not e.roles or (actor is not None and actor.roles & e.roles)]
