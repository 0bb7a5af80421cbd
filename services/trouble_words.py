"""A failure of the engine in the words of an office, with what to do; the program's own words stand beside it."""

import re
from dataclasses import dataclass

from models.vocabulary.text import Text
from services import troubles


@dataclass(frozen=True)
class Told:
    """What broke and what to do; `detail` is what the program said, for who looks after it, or empty."""

    words: Text
    detail: str = ""


_FILE = Text(
    "A stored file is damaged or missing. Restore it from the backup (production handbook, “Backup and restore”).",
    "存储的文件已损坏或丢失。请由运维人员从备份恢复该文件（生产部署手册“备份和恢复”）。",
)
_TEMPLATE = Text(
    "The template of a letter cannot be used. Enable a version that works under “Templates”.",
    "文书模板无法使用。请在“文书模板”中启用可用的版本。",
)
_ROOM = Text(
    "The storage for files is full or does not answer. Make room or bring it back; the step is tried again by itself.",
    "文件存储空间已满或暂时无法访问。请由运维人员清理空间或恢复存储，恢复后自动重试。",
)
_DATABASE = Text(
    "The database did not answer or was busy. The step is tried again by itself; if it goes on, see the system's state.",
    "数据库暂时不可用或正忙，系统会自动重试；长时间不恢复的，请查看“系统状态”。",
)
_SLOW = Text(
    "The step took too long. It is tried again by itself; if it goes on, see the system's state.",
    "执行超时，系统会自动重试；多次超时的，请查看“系统状态”。",
)
_UNKNOWN = Text(
    "The program met something it does not know. Hand the technical detail to the engineers.",
    "程序遇到无法自行处理的错误。请将技术细节交技术人员排查。",
)
_ENDED = Text("The course has ended; nobody hears the message any more.", "流程已结束，消息无人接收。")
_AWAY = Text("The engine could not be reached.", "流程引擎暂时无法连接。")
#: By what the program says; the first that fits.
_SIGNS = (
    (("is damaged", "FileNotFoundError"), _FILE),
    (("UndefinedError", "TemplateSyntaxError", "TemplateNotFound", "PackageNotFound", "BadZipFile"), _TEMPLATE),
    (("NotKept",), _ROOM),
    (("OperationalError", "LockNotAvailable"), _DATABASE),
    (("TimeoutError", "DeadlineExceeded"), _SLOW),
    (("workflow has ended", "workflow execution already completed"), _ENDED),
    (("RPCError", "tcp connect error", "transport error"), _AWAY),
)  # fmt: skip
#: What the program said, in brackets behind the words of an office (`troubles.readable`); it may be cut off.
_BRACKETS = re.compile(r"（\w+: [^）]*(?:）|$)")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def told(message: str) -> Told:
    """A message as it was kept, in words."""
    said = " ".join(message.split())
    name = next((sign for sign, zh in troubles.WORDS if said.startswith(f"{zh}（")), "")
    words = _BRACKETS.sub("", said)
    if _CHINESE.match(words) and not name:
        return Told(Text(words, words), said if words != said else "")
    found = next((text for signs, text in _SIGNS if any(sign in f"{name} {said}" for sign in signs)), None)
    if found is None and _CHINESE.search(said):
        return Told(Text(said, said))
    return Told(found or _UNKNOWN, said)
