"""The engine's state in words an office understands, from what the worker last wrote; the age of it is told."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from models.tables import EngineHealth
from models.vocabulary.text import Text
from services import clock
from services.clock import SHANGHAI

#: The observer writes every few seconds; silent for so long, no worker is there.
SILENT = timedelta(seconds=20)


@dataclass(frozen=True)
class EngineState:
    """What is known of the engine.

    Args:
        seen_at: when the worker last looked; None = never.
        wrong: one sentence for each thing that is out of order, the worst first.
        age: how old all this is.
        compared_at: when rows, trail and ledger were held against one another last; None = never.
        found: what the patrol found in the trail and the ledger (`services.proof_patrol`).
    """

    ok: bool
    seen_at: datetime | None
    compared_at: datetime | None
    wrong: tuple[Text, ...]
    age: Text
    found: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def _age(seen_at: datetime | None) -> Text:
    """How old the data are."""
    if seen_at is None:
        return Text("the worker has never reported", "工作进程尚未上报过")
    seconds = max(int((clock.now() - seen_at).total_seconds()), 0)
    if seconds < 60:
        return Text(f"{seconds} seconds old", f"{seconds} 秒前的数据")
    minutes = seconds // 60
    if minutes < 120:
        return Text(f"{minutes} minutes old", f"{minutes} 分钟前的数据")
    return Text(f"{minutes // 60} hours old", f"{minutes // 60} 小时前的数据")


def state(session: Session) -> EngineState:
    """One statement."""
    rows = {r.key: r for r in session.exec(select(EngineHealth))}
    reach, pollers, compared = rows.get("reachable"), rows.get("pollers"), rows.get("trail")
    wrong: list[Text] = []
    if reach is None or clock.now() - reach.at > SILENT:
        wrong.append(_no_worker(reach))
    elif not reach.ok:
        since, tried = _since(reach), _time(reach.at)
        wrong.append(
            Text(
                f"Temporal, the workflow engine, cannot be reached since {since} (last tried at {tried})."
                " People can go on deciding; what follows from decisions happens once it is back. Start Temporal again.",
                f"流程引擎（Temporal）无法连接：自 {since} 起（最近一次尝试 {tried}）。各方仍可提交和决定，后续步骤在引擎"
                "恢复后自动进行。请联系运行维护人员恢复 Temporal 服务。",
            )
        )
    elif pollers is not None and not pollers.ok:
        wrong.append(
            Text(
                f"The engine runs, but no worker takes work from it since {_since(pollers)}: nothing goes on by"
                " itself. Start a worker.",
                f"流程引擎在运行，但没有工作进程领取任务（自 {_since(pollers)} 起），流程不会自动推进，请启动工作进程（worker）。",
            )
        )
    seen = reach.at if reach else None
    found: dict[str, list[dict[str, Any]]] = {
        key: rows[key].data.get("wrong", []) for key in ("trail", "ledger") if key in rows
    }
    return EngineState(not wrong, seen, compared.at if compared else None, tuple(wrong), _age(seen), found)


def _no_worker(reach: EngineHealth | None) -> Text:
    if reach is None:
        return Text(
            "No worker has reported yet: start it. Decisions are kept and delivered then.",
            "没有工作进程上报过状态，请启动工作进程（worker）。已作决定均已保存，启动后自动送达。",
        )
    at = _time(reach.at)
    return Text(
        f"No worker is running: nothing was heard of it since {at}. Decisions are kept; letters, limits and next"
        " steps wait until it is started.",
        f"没有工作进程在运行：自 {at} 起未再上报。已作决定均已保存，文书、期限和后续步骤待其启动后进行。",
    )


def _since(row: EngineHealth) -> str:
    """When it began to be as it is."""
    said = row.data.get("since") if row.data else None
    return _time(datetime.fromisoformat(said) if isinstance(said, str) else row.at)


def _time(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S")
