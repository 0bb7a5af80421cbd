"""What a task list can be narrowed by. All of it lives in the address bar."""

import base64
import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from urllib.parse import urlencode

from models.vocabulary.errors import Invalid, Problem
from models.vocabulary.text import Text


class Queue(StrEnum):
    INBOX = "inbox"  # mine: in hand, reserved for me, or asked of my party
    QUEUE = "queue"  # claimable by my role
    WAITING = "waiting"  # with others, in cases where I did my part
    RECENT = "recent"  # my cases, changed by others
    ARCHIVE = "archive"  # done by me
    ALL = "all"  # everything open: supervisors and overseers


QUEUE_TITLES: dict[Queue, Text] = {
    Queue.INBOX: Text("My tasks", "我的待办"),
    Queue.QUEUE: Text("To claim", "组内待领"),
    Queue.WAITING: Text("Waiting for others", "我在等"),
    Queue.RECENT: Text("Recent changes", "最近变动"),
    Queue.ARCHIVE: Text("Done", "已办"),
    Queue.ALL: Text("All", "全部"),
}

DUE_TITLES: dict[str, Text] = {
    "overdue": Text("Overdue", "已逾期"),
    "today": Text("Due today", "今日到期"),
    "1": Text("Within 1 working day", "1 个工作日内"),
    "3": Text("Within 3 working days", "3 个工作日内"),
    "5": Text("Within 5 working days", "5 个工作日内"),
    "none": Text("No limit running", "未计时"),
}

MARK_TITLES: dict[str, Text] = {
    "paused": Text("Clock stopped", "已暂停"),
    "held": Text("On hold", "已搁置"),
    "again": Text("Second or later round", "再次提交"),
    "delegated": Text("Passed on", "受托办理"),
    "extension": Text("Extension asked", "申请延期"),
    "objection": Text("Objection received", "有异议"),
    "applicant": Text("With the applicant", "等待申请人"),
}

SORT_TITLES: dict[str, Text] = {
    "due": Text("Least working time left", "剩余时限"),
    "oldest": Text("Longest waiting", "等候最久"),
    "changed": Text("Last changed", "最近更新"),
}


@dataclass(frozen=True)
class Filters:
    """One state of the list.

    Args:
        due: a key of DUE_TITLES; digits mean "within so many working days".
        holder: a user name, "none" for nobody, "me", or "" for anybody.
        q: words to find in case number, title, applicant or principal.
        cursor: opaque place to go on from.
    """

    queue: Queue = Queue.INBOX
    procedure: str = ""
    stage: str = ""
    kind: str = ""
    due: str = ""
    holder: str = ""
    mark: str = ""
    q: str = ""
    sort: str = "due"
    cursor: str = ""
    limit: int = 25

    def query(self, **changes: object) -> str:
        """The query string of this state with some values changed; any change starts at the first row."""
        state = replace(self, **{"cursor": "", **changes})  # type: ignore[arg-type]
        standard = Filters()
        return urlencode(
            {k: v for k, v in asdict(state).items() if k == "queue" or v != getattr(standard, k)}
        )

    def narrowed(self) -> bool:
        """Is anything filtered away?"""
        return any((self.procedure, self.stage, self.kind, self.due, self.holder, self.mark, self.q))

    def cleared(self) -> "Filters":
        """The same list without filters."""
        return Filters(queue=self.queue, sort=self.sort, limit=self.limit)


@dataclass(frozen=True)
class Place:
    """Where a page of a list ends: the sort values of its last row."""

    bucket: int
    key: float
    id: str

    def cursor(self) -> str:
        raw = json.dumps([self.bucket, self.key, self.id]).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def place_of(cursor: str) -> Place | None:
    """The place a cursor names. Raises Invalid for one this system never gave out."""
    if not cursor:
        return None
    try:
        bucket, key, ident = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return Place(int(bucket), float(key), str(ident))
    except (ValueError, TypeError) as error:
        raise Invalid(
            (
                Problem(
                    "cursor",
                    Text(
                        "This page position is not valid; start from the first page.",
                        "分页位置无效，请从第一页开始。",
                    ),
                ),
            )
        ) from error
