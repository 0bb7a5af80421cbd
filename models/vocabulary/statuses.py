"""States of cases, tasks, deadlines and panel members, with the words people see."""

from enum import StrEnum

from models.vocabulary.text import Text


class CaseStatus(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_PROGRESS = "in_progress"
    WAITING_APPLICANT = "waiting_applicant"
    SUSPENDED = "suspended"
    PUBLISHED = "published"
    ISSUED = "issued"
    ONLINE = "online"
    CLOSED = "closed"
    NOT_ACCEPTED = "not_accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


CASE_STATUS_TITLES: dict[CaseStatus, Text] = {
    CaseStatus.DRAFT: Text("Draft", "草稿"),
    CaseStatus.SUBMITTED: Text("Submitted", "已提交"),
    CaseStatus.IN_PROGRESS: Text("In progress", "办理中"),
    CaseStatus.WAITING_APPLICANT: Text("Waiting for you", "待您办理"),
    CaseStatus.SUSPENDED: Text("Suspended", "中止"),
    CaseStatus.PUBLISHED: Text("Published", "已公布"),
    CaseStatus.ISSUED: Text("Issued", "已签发"),
    CaseStatus.ONLINE: Text("Online", "已上线"),
    CaseStatus.CLOSED: Text("Closed", "已办结"),
    CaseStatus.NOT_ACCEPTED: Text("Not accepted", "不予受理"),
    CaseStatus.REJECTED: Text("Rejected", "不予通过"),
    CaseStatus.WITHDRAWN: Text("Withdrawn", "已撤回"),
    CaseStatus.LAPSED: Text("Lapsed", "逾期终止"),
}

#: The same for everybody else: the words above address the filer.
OFFICE_STATUS_TITLES = CASE_STATUS_TITLES | {
    CaseStatus.WAITING_APPLICANT: Text("Waiting for applicant", "待申请人办理")
}

ENDS = frozenset(
    {
        CaseStatus.PUBLISHED,
        CaseStatus.ISSUED,
        CaseStatus.ONLINE,
        CaseStatus.CLOSED,
        CaseStatus.NOT_ACCEPTED,
        CaseStatus.REJECTED,
        CaseStatus.WITHDRAWN,
        CaseStatus.LAPSED,
    }
)
NEGATIVE_ENDS = frozenset(
    {
        CaseStatus.NOT_ACCEPTED,
        CaseStatus.REJECTED,
        CaseStatus.WITHDRAWN,
        CaseStatus.LAPSED,
    }
)


class TaskState(StrEnum):
    OPEN = "open"  # claimable
    CLAIMED = "claimed"  # somebody has it
    DONE = "done"  # answered
    OVERDUE = "overdue"  # closed by its limit (only tasks whose silence has an outcome)
    CANCELLED = "cancelled"  # the case ended or the step was left


OPEN_STATES = (TaskState.OPEN, TaskState.CLAIMED)

TASK_STATE_TITLES: dict[TaskState, Text] = {
    TaskState.OPEN: Text("Unclaimed", "待领取"),
    TaskState.CLAIMED: Text("In hand", "办理中"),
    TaskState.DONE: Text("Done", "已办"),
    TaskState.OVERDUE: Text("Lapsed", "逾期关闭"),
    TaskState.CANCELLED: Text("Cancelled", "已取消"),
}


class SeatState(StrEnum):
    """A panel member's way through the panel (rule G12)."""

    DRAWN = "drawn"
    INVITED = "invited"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CONFLICTED = "conflicted"
    SILENT = "silent"
    SUBMITTED = "submitted"


SEAT_STATE_TITLES: dict[SeatState, Text] = {
    SeatState.DRAWN: Text("Drawn", "已抽取"),
    SeatState.INVITED: Text("Invited", "已邀请"),
    SeatState.ACCEPTED: Text("Accepted", "已接受"),
    SeatState.DECLINED: Text("Declined", "已谢绝"),
    SeatState.CONFLICTED: Text("Conflict declared", "申明回避"),
    SeatState.SILENT: Text("No reply in time", "逾期未复"),
    SeatState.SUBMITTED: Text("Opinion filed", "已提交意见"),
}
