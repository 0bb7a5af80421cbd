"""Acts of overseers 督办措施: what each is called, what it will do, and who may order it."""

from dataclasses import dataclass
from enum import StrEnum

from models.vocabulary.roles import Role
from models.vocabulary.text import Text


class ActKind(StrEnum):
    REMIND = "remind"
    REASSIGN = "reassign"
    EXTEND = "extend"
    SUSPEND = "suspend"
    RESUME = "resume"
    REPLACE = "replace_expert"
    RETRY = "retry"
    NUDGE = "nudge"
    RESTORE = "restore"
    SET_ASIDE = "set_aside"
    END = "end"
    RETURN = "return"


class ActState(StrEnum):
    PROPOSED = "proposed"  # waits for the second person
    ASKED = "asked"  # ordered; what happened is not seen yet
    SEEN = "seen"  # it has happened
    FAILED = "failed"  # it has not, and will not by itself
    WITHDRAWN = "withdrawn"  # the proposal was taken back or refused


ACT_STATE_TITLES: dict[ActState, Text] = {
    ActState.PROPOSED: Text("Waits for a second person", "待第二人确认"),
    ActState.ASKED: Text("Under way, not confirmed yet", "执行中，尚未核实"),
    ActState.SEEN: Text("Confirmed", "已核实生效"),
    ActState.FAILED: Text("Not achieved", "未生效"),
    ActState.WITHDRAWN: Text("Not confirmed", "未予确认"),
}


@dataclass(frozen=True)
class ActNoun:
    """An act.

    Args:
        consequence: told before it is ordered.
        roles: who may order it.
        on_task: is it about one task (else about the case)?
        asks: fields beside the reason: "to", "days", "stage".
        second: who may confirm it; empty = it needs nobody else.
    """

    title: Text
    consequence: Text
    roles: frozenset[Role]
    on_task: bool = False
    asks: tuple[str, ...] = ()
    second: frozenset[Role] = frozenset()


_CHIEF = frozenset({Role.SUPERVISOR})
_ADMIN = frozenset({Role.ADMIN})
_BOTH = _CHIEF | _ADMIN

ACTS: dict[ActKind, ActNoun] = {
    ActKind.REMIND: ActNoun(
        Text("Remind", "催办"),
        Text(
            "Whoever is asked gets a message now; the limit stays as it is. The page then shows who has read it.",
            "立即向承办人（无人领取时向全组）发送催办消息，办理期限不变；本页随后显示何人已读。",
        ),
        _BOTH,
        on_task=True,
    ),
    ActKind.REASSIGN: ActNoun(
        Text("Reassign", "改派"),
        Text(
            "The task leaves its holder, whose draft is kept; limits run on; four eyes are checked for the new holder.",
            "事项从现承办人处转出（其草稿保留），办理期限照常计算；接办人须符合回避和双人复核要求。",
        ),
        _BOTH,
        on_task=True,
        asks=("to",),
    ),
    ActKind.EXTEND: ActNoun(
        Text("Extend the limit", "延长期限"),
        Text(
            "A limit can be extended once and within the rule; everybody concerned sees the new end.",
            "每个期限只能延长一次，且不超过规定天数；新的期限对各方公开，流程按新期限等待。",
        ),
        _BOTH,
        on_task=True,
        asks=("days",),
    ),
    ActKind.SUSPEND: ActNoun(
        Text("Suspend", "中止办理"),
        Text(
            "All limits of the case stand still, nothing can be decided, and the applicant is told.",
            "本件全部期限停止计算，期间不能作出任何决定；申请主体将收到通知。",
        ),
        _CHIEF,
    ),
    ActKind.RESUME: ActNoun(
        Text("Resume", "恢复办理"),
        Text(
            "Every limit moves by the time it stood still, open tasks go on, and the applicant is told.",
            "各项期限按中止时间顺延，待办事项恢复办理；申请主体将收到通知。",
        ),
        _CHIEF,
    ),
    ActKind.REPLACE: ActNoun(
        Text("Replace the expert", "更换专家"),
        Text(
            "The seat is taken back from this expert as “no reply”; another one is drawn at random, with the recorded"
            " seed, and gets the full time to answer. What the expert has typed is not used.",
            "收回该专家席位（记为逾期未复），按已记录的随机种子补抽一名专家，重新给足答复时间；原专家未提交的内容不予采用。",
        ),
        _CHIEF,
        on_task=True,
    ),
    ActKind.RETRY: ActNoun(
        Text("Retry now", "立即重试"),
        Text(
            "The failing step is carried out again at once, counting its attempts anew. Numbers and decisions stay;"
            " if the cause is not mended it fails again, and this page says so.",
            "立即重新执行失败的步骤，重试次数重新计算；编号和已作决定不变。原因未排除的，将再次失败并在本页说明。",
        ),
        _ADMIN,
    ),
    ActKind.NUDGE: ActNoun(
        Text("Wake the course", "唤起流程"),
        Text(
            "Messages not delivered are sent again, and every decision is told to the engine once more."
            " Nothing counts twice; no decision changes.",
            "重发未送达的消息，并将已作决定再次告知流程引擎；同一决定不会重复生效，也不改变任何决定。",
        ),
        _ADMIN,
    ),
    ActKind.RESTORE: ActNoun(
        Text("Restore from the trail", "按办理记录恢复"),
        Text(
            "Status, stage, tasks and limits that were changed past the program go back to what the trail and the"
            " ledgers say. Decisions and documents stay; what cannot be told from the trail is left and named.",
            "被绕过系统改动的状态、环节、事项和期限恢复为办理记录和期限台账所载；已作决定和文书不变，无法据以恢复的将逐项说明。",
        ),
        _ADMIN,
    ),
    ActKind.SET_ASIDE: ActNoun(
        Text("Set the dead letters aside", "核销死信"),
        Text(
            "For a case that has ended: messages its course did not hear any more are taken from the queue and kept in"
            " the trail. Status, decisions and documents stay as they are; the alert ends with the last of them.",
            "仅用于已办结的办件：流程结束后无人接收的消息从待送达队列中移出，内容载入审计记录；状态、决定和文书均不改变，"
            "全部核销后告警解除。请先核对办理结果无误。",
        ),
        _ADMIN,
    ),
    ActKind.END: ActNoun(
        Text("End the case", "终止办理"),
        Text(
            "Two persons are needed, one of them a supervisor. Once the second has confirmed, all tasks are cancelled,"
            " a running publicity is withdrawn, the applicant is told, and the case cannot be taken up again. What is"
            " published or posted to the ledger stays as it is and only what is left ends; to suspend a published entry or"
            " strike it off, open a tracking evaluation.",
            "须由两人办理，其中至少一人为审核负责人。第二人确认后，全部事项取消、正在进行的公示撤回、申请主体收到通知，且不能恢复。"
            "结果已公布或已登记入账的，结果不变，只终止其余环节；需暂停或者注销已公布的项目、场景的，请启动跟踪评估。",
        ),
        _BOTH,
        second=_BOTH,
    ),
    ActKind.RETURN: ActNoun(
        Text("Return to a step", "退回环节"),
        Text(
            "A supervisor proposes, another person confirms. All that was done since the case first entered that step"
            " becomes void and is done again: tasks, documents, panels, notices. Void documents stay readable and marked;"
            " their numbers are not used again. The form stays as last submitted.",
            "由审核负责人提议，另一人确认。自本件首次进入该环节以来的事项、文书、专家组和公示全部作废并重新办理；"
            "作废文书保留并注明，文号不再使用；申请表保持最近一次提交的内容。",
        ),
        _CHIEF,
        asks=("stage",),
        second=_BOTH,
    ),
}
