"""What the worker last saw of the machine, in words for the page on the state of the system."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from models.tables import EngineHealth
from models.vocabulary.text import Text
from services.clock import SHANGHAI

_TITLES = {
    "reachable": Text("Engine reachable", "引擎连接"),
    "workflows": Text("Courses", "流程运行"),
    "reconcile": Text("Compared with the engine", "与引擎核对"),
    "pollers": Text("Workers", "工作进程"),
    "trail": Text("Patrol of the trail", "审计记录巡查"),
    "ledger": Text("Patrol of the ledger", "登记簿账目巡查"),
    "backup": Text("Backup", "备份"),
}


def title(row: EngineHealth) -> Text:
    return _TITLES.get(row.key, Text(row.key, row.key))


def lines(row: EngineHealth) -> list[Text]:
    """What is worth knowing of it; what the program keeps for itself there is left out."""
    return [say(value) for key, value in row.data.items() if value and (say := _WORDS.get(key))]


def _since(value: Any) -> Text:
    at = datetime.fromisoformat(str(value)).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    return Text(f"so since {at}", f"自 {at} 起")


def _made(value: Any) -> Text:
    at = datetime.fromisoformat(str(value)).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return Text(f"last made at {at}", f"最近一次成功：{at}")


def _named(en: str, zh: str) -> Callable[[Any], Text]:
    """So many of something, the first few by name."""

    def say(value: Any) -> Text:
        names = [str(v) for v in value][:5]
        more = len(value) - len(names)
        tail = Text(f" and {more} more", f"等 {len(value)} 件") if more else Text("", "")
        return Text(f"{en}: {', '.join(names)}{tail.en}", f"{zh}：{'、'.join(names)}{tail.zh}")

    return say


def _wrong(value: Any) -> Text:
    return Text(f"{len(value)} found, see the console", f"发现 {len(value)} 处，详见滞办督查")


_WORDS: dict[str, Callable[[Any], Text]] = {
    "since": _since,
    "workers": lambda n: Text(f"{n} taking work", f"{n} 个连接在领取任务"),
    "error": lambda said: Text(str(said), str(said)),
    "stuck": lambda found: Text(f"{len(found)} cannot go on", f"{len(found)} 个流程无法推进，详见滞办督查"),
    "without_workflow": _named("begun again", "已重新启动流程"),
    "sent_again": _named("told again", "已重新告知"),
    "wrong": _wrong,
    "made_at": _made,
    "missing": lambda n: Text(f"{n} files of cases were not found", f"有 {n} 个登记在案的文件没有找到"),
    "free": lambda share: Text(f"{share:.0%} of the backups' disk is free", f"备份所在磁盘剩余 {share:.0%}"),
}
