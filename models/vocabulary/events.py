"""The audit vocabulary: what can happen, and which live-event channel it belongs to."""

from enum import StrEnum

from models.vocabulary.text import Text


class Event(StrEnum):
    CASE_DRAFTED = "case.drafted"
    CASE_SUBMITTED = "case.submitted"
    CASE_WITHDRAWN = "case.withdrawn"
    CASE_SUSPENDED = "case.suspended"
    CASE_RESUMED = "case.resumed"
    CASE_ENDED = "case.ended"
    CASE_RETURNED = "case.returned"
    STAGE_ENTERED = "stage.entered"
    TASK_OPENED = "task.opened"
    TASK_CLAIMED = "task.claimed"
    TASK_RELEASED = "task.released"
    TASK_DELEGATED = "task.delegated"
    TASK_REASSIGNED = "task.reassigned"
    TASK_HELD = "task.held"
    TASK_COMPLETED = "task.completed"
    TASK_OVERRIDDEN = "task.overridden"
    TASK_OVERDUE = "task.overdue"
    TASK_REMINDED = "task.reminded"
    TASK_ESCALATED = "task.escalated"
    TASK_CANCELLED = "task.cancelled"
    DEADLINE_EXTENDED = "deadline.extended"
    EXTENSION_ASKED = "deadline.extension_asked"
    DOCUMENT_ISSUED = "document.issued"
    PANEL_DRAWN = "panel.drawn"
    PANEL_REPLACED = "panel.replaced"
    NOTICE_PUBLISHED = "notice.published"
    NOTICE_CLOSED = "notice.closed"
    OBJECTION_RECEIVED = "objection.received"
    OBJECTION_PAPER_ADDED = "objection.paper"
    PROJECT_PUBLISHED = "project.published"
    PROJECT_LIVE = "project.live"
    REDUCTION_ISSUED = "reduction.issued"
    ISSUANCE_HINDERED = "reduction.hindered"
    FIRST_ISSUANCE_CANCELLED = "reduction.first_cancelled"
    MALL_ADMITTED = "mall.admitted"
    MALL_ONLINE = "mall.online"
    MALL_CLOSED = "mall.closed"
    MALL_SUSPENDED = "mall.suspended"
    MALL_RESUMED = "mall.resumed"
    MALL_GOOD_CHANGED = "mall.good"
    PROJECT_SUSPENDED = "project.suspended"
    PROJECT_RESUMED = "project.resumed"
    PROJECT_DEREGISTERED = "project.deregistered"
    PERIOD_BLOCKED = "correction.blocked"
    PERIOD_FREED = "correction.lifted"
    DATA_CORRECTED = "correction.posted"
    DUTY_SETTLED = "correction.duty_settled"
    EVALUATIONS_PLANNED = "evaluation.planned"
    ATTACHMENT_ADDED = "attachment.added"
    ATTACHMENT_REMOVED = "attachment.removed"
    PERSONAL_DATA_SEEN = "personal_data.seen"
    MESSAGE_SENT = "message.sent"
    SIGNED_IN = "session.signed_in"
    SIGN_IN_FAILED = "session.failed"
    SIGNED_OUT = "session.signed_out"
    SETTING_CHANGED = "setting.changed"
    SETTING_PROPOSED = "setting.proposed"
    SETTING_REFUSED = "setting.refused"
    EXPORTED = "data.exported"
    READINGS_RECEIVED = "readings.received"
    READING_SUPERSEDED = "readings.superseded"
    RECORDS_RECEIVED = "records.received"
    DEVICE_CHANGED = "device.changed"
    CALIBRATION_FILED = "device.calibration_filed"
    CALIBRATION_CONFIRMED = "device.calibration_confirmed"
    CALIBRATION_REFUSED = "device.calibration_refused"
    DUTY_OPENED = "duty.opened"
    DUTY_OVERDUE = "duty.overdue"
    KEY_MADE = "key.made"
    KEY_REVOKED = "key.revoked"
    CONSENT_GIVEN = "consent.given"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    COURSE_PARKED = "course.parked"
    COURSE_RESUMED = "course.resumed"
    AUDIT_READ = "audit.read"
    AUDIT_SEALED = "audit.sealed"
    AUDIT_CHECKED = "audit.checked"
    HISTORY_REPLAYED = "history.replayed"
    OPERATOR_ASKED = "operator.asked"
    OPERATOR_SEEN = "operator.seen"
    ABSENCE_ENTERED = "absence.entered"
    ABSENCE_CANCELLED = "absence.cancelled"
    TASK_SUBSTITUTED = "task.substituted"
    LEDGER_POSTED = "ledger.posted"
    LEDGER_OFFERED = "ledger.offered"
    LEDGER_MANDATE = "ledger.mandate"
    LEDGER_FUND = "ledger.fund"
    LEDGER_GOODS = "ledger.goods"
    ACCOUNT_ADDED = "account.added"
    ACCOUNT_CORRECTED = "account.corrected"
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"
    ACCOUNT_RENEWED = "account.renewed"
    PARTY_ADDED = "party.added"
    PARTY_CORRECTED = "party.corrected"


def channel(event: str) -> str:
    """The server-sent-event name of an audit event: stage, task, document or status."""
    head = event.split(".", 1)[0]
    if head in {"stage", "document"}:
        return head
    if head in {"task", "panel", "deadline"}:
        return "task"
    return "status"


EVENT_TITLES: dict[Event, Text] = {
    Event.CASE_DRAFTED: Text("Draft created", "创建草稿"),
    Event.CASE_SUBMITTED: Text("Application submitted", "提交申请"),
    Event.CASE_WITHDRAWN: Text("Application withdrawn", "撤回申请"),
    Event.CASE_SUSPENDED: Text("Procedure suspended", "中止办理"),
    Event.CASE_RESUMED: Text("Procedure resumed", "恢复办理"),
    Event.CASE_ENDED: Text("Procedure ended", "办理终结"),
    Event.CASE_RETURNED: Text("Returned to an earlier step", "退回环节"),
    Event.STAGE_ENTERED: Text("Stage entered", "进入环节"),
    Event.TASK_OPENED: Text("Task opened", "事项待办"),
    Event.TASK_CLAIMED: Text("Task claimed", "领取事项"),
    Event.TASK_RELEASED: Text("Task released", "退回组内"),
    Event.TASK_DELEGATED: Text("Task delegated", "委托办理"),
    Event.TASK_REASSIGNED: Text("Task reassigned", "改派"),
    Event.TASK_HELD: Text("Task put on hold", "搁置"),
    Event.TASK_COMPLETED: Text("Task completed", "办结事项"),
    Event.TASK_OVERRIDDEN: Text("Decided by the supervisor", "负责人代为决定"),
    Event.TASK_OVERDUE: Text("Limit passed", "期限届满"),
    Event.TASK_REMINDED: Text("Reminder sent", "催办"),
    Event.TASK_ESCALATED: Text("Escalated", "升级督办"),
    Event.TASK_CANCELLED: Text("Task cancelled", "事项取消"),
    Event.DEADLINE_EXTENDED: Text("Limit extended", "延长期限"),
    Event.EXTENSION_ASKED: Text("Extension asked for", "申请延期"),
    Event.DOCUMENT_ISSUED: Text("Document issued", "出具文书"),
    Event.PANEL_DRAWN: Text("Experts drawn", "抽取专家"),
    Event.PANEL_REPLACED: Text("Expert replaced", "补选专家"),
    Event.NOTICE_PUBLISHED: Text("Notice published", "发布公示"),
    Event.NOTICE_CLOSED: Text("Publicity ended", "公示期满"),
    Event.OBJECTION_RECEIVED: Text("Objection received", "收到异议"),
    Event.OBJECTION_PAPER_ADDED: Text("Papers added to an objection", "异议补充附件"),
    Event.PROJECT_PUBLISHED: Text("Published", "向社会公布"),
    Event.PROJECT_LIVE: Text("Live", "上线运行"),
    Event.REDUCTION_ISSUED: Text("Reductions issued", "签发减排量"),
    Event.ISSUANCE_HINDERED: Text("Issuance hindered", "签发受阻"),
    Event.FIRST_ISSUANCE_CANCELLED: Text("First issuance cancelled", "取消首次签发"),
    Event.MALL_ADMITTED: Text("Entered in the register of the mall", "登记入驻"),
    Event.MALL_ONLINE: Text("Open in the mall", "商城上线"),
    Event.MALL_CLOSED: Text("Closed in the mall", "商城关闭"),
    Event.MALL_SUSPENDED: Text("Suspended in the mall", "商城暂停"),
    Event.MALL_RESUMED: Text("Resumed in the mall", "商城恢复"),
    Event.MALL_GOOD_CHANGED: Text("Good of the mall changed", "变更权益"),
    Event.PROJECT_SUSPENDED: Text("Suspended by an evaluation", "评估暂停"),
    Event.PROJECT_RESUMED: Text("Resumed after an evaluation", "评估后恢复"),
    Event.PROJECT_DEREGISTERED: Text("Struck off the register", "注销登记"),
    Event.PERIOD_BLOCKED: Text("Issuance of a period stopped", "暂停签发受影响期间"),
    Event.PERIOD_FREED: Text("Issuance of a period freed", "解除期间暂停签发"),
    Event.DATA_CORRECTED: Text("Correction posted", "数据修正记账"),
    Event.DUTY_SETTLED: Text("Replacement duty met", "履行补足义务"),
    Event.EVALUATIONS_PLANNED: Text("Yearly plan of evaluations made", "编制年度跟踪评估计划"),
    Event.ATTACHMENT_ADDED: Text("File added", "上传材料"),
    Event.ATTACHMENT_REMOVED: Text("File removed", "移除材料"),
    Event.PERSONAL_DATA_SEEN: Text("Personal data unmasked", "查看个人信息"),
    Event.MESSAGE_SENT: Text("Message sent", "发送消息"),
    Event.SIGNED_IN: Text("Signed in", "登录"),
    Event.SIGN_IN_FAILED: Text("Sign-in failed", "登录失败"),
    Event.SIGNED_OUT: Text("Signed out", "退出登录"),
    Event.SETTING_CHANGED: Text("Setting changed", "变更设置"),
    Event.SETTING_PROPOSED: Text("Change of a setting proposed", "提出设置变更"),
    Event.SETTING_REFUSED: Text("Change of a setting refused", "不同意设置变更"),
    Event.EXPORTED: Text("Data exported", "导出数据"),
    Event.READINGS_RECEIVED: Text("Readings received", "收到监测数据"),
    Event.READING_SUPERSEDED: Text("Reading set aside", "作废读数"),
    Event.RECORDS_RECEIVED: Text("Records received", "收到行为记录"),
    Event.DEVICE_CHANGED: Text("Metering device changed", "变更计量器具"),
    Event.CALIBRATION_FILED: Text("Certificate filed", "提交检定证书"),
    Event.CALIBRATION_CONFIRMED: Text("Certificate confirmed", "确认检定证书"),
    Event.CALIBRATION_REFUSED: Text("Certificate refused", "检定证书未予确认"),
    Event.DUTY_OPENED: Text("Report due", "开启报送义务"),
    Event.DUTY_OVERDUE: Text("Report overdue", "报送逾期"),
    Event.KEY_MADE: Text("Interface key made", "生成接口密钥"),
    Event.KEY_REVOKED: Text("Interface key revoked", "停用接口密钥"),
    Event.CONSENT_GIVEN: Text("Consents registered", "登记授权"),
    Event.CONSENT_WITHDRAWN: Text("Consent withdrawn", "撤回授权"),
    Event.COURSE_PARKED: Text("Course stopped", "流程停止"),
    Event.COURSE_RESUMED: Text("Course goes on", "流程恢复"),
    Event.AUDIT_READ: Text("Audit trail read", "查阅审计记录"),
    Event.AUDIT_SEALED: Text("Audit root signed", "生成审计签名根"),
    Event.AUDIT_CHECKED: Text("Audit trail verified", "校验审计记录"),
    Event.HISTORY_REPLAYED: Text("Course replayed", "重演流程"),
    Event.OPERATOR_ASKED: Text("Oversight act", "督办措施"),
    Event.OPERATOR_SEEN: Text("Result of an oversight act", "督办结果"),
    Event.ABSENCE_ENTERED: Text("Absence entered", "登记缺勤"),
    Event.ABSENCE_CANCELLED: Text("Absence cancelled", "取消缺勤"),
    Event.TASK_SUBSTITUTED: Text("Substitute steps in", "代为办理"),
    Event.LEDGER_POSTED: Text("Posted to the ledger", "登记簿登记"),
    Event.LEDGER_OFFERED: Text("Transfer or trade", "划转与交易"),
    Event.LEDGER_MANDATE: Text("Trading mandate", "交易委托"),
    Event.LEDGER_FUND: Text("Trading money", "交易资金"),
    Event.LEDGER_GOODS: Text("Goods for points", "权益商品"),
    Event.ACCOUNT_ADDED: Text("Account registered", "登记账户"),
    Event.ACCOUNT_CORRECTED: Text("Account corrected", "更正账户信息"),
    Event.ACCOUNT_DISABLED: Text("Account disabled", "停用账户"),
    Event.ACCOUNT_ENABLED: Text("Account enabled", "启用账户"),
    Event.ACCOUNT_RENEWED: Text("Password reset", "重置密码"),
    Event.PARTY_ADDED: Text("Party registered", "登记单位"),
    Event.PARTY_CORRECTED: Text("Party corrected", "更正单位信息"),
}

#: What a suspension and a resumption are called in the record and to the applicant; the reason follows.
STOOD_STILL = Text("The procedure was suspended; all limits stand still", "办理已中止，各项期限暂停计算")
WENT_ON = Text("The procedure was resumed; the limits run on", "恢复办理，各项期限继续计算")
