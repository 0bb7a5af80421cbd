"""What is said when a methodology file cannot be used, with the file and the line to mend."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from models.vocabulary.errors import DomainError
from models.vocabulary.text import Text

P = ParamSpec("P")
T = TypeVar("T")


class Refused(DomainError):
    """A definition that cannot be calculated with.

    Args:
        file: path as the office knows it, e.g. "methodologies/demo-pv-2024-1.0.json".
        line: counted from 1.
        what: the defect and how to mend it.
        path: its place in the document.
    """

    status = 422
    title = Text("The methodology cannot be used", "方法学文件不能使用")

    def __init__(self, file: str, line: int, what: Text, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(Text(f"{file}:{line}: {what.en}", f"{file} 第 {line} 行：{what.zh}"))
        self.file, self.line, self.what, self.path = file, line, what, path


class Defect(Exception):
    """A defect found below the level that knows the file; `path` leads to its place in the document."""

    def __init__(self, en: str, zh: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(en)
        self.what, self.path = Text(en, zh), path

    def under(self, *path: str | int) -> "Defect":
        """The same defect, its place seen from further out."""
        return Defect(self.what.en, self.what.zh, (*path, *self.path))


def caught(found: list[Defect], check: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """What a check answers; its defect joins those found, and the answer is None."""
    try:
        return check(*args, **kwargs)
    except Defect as defect:
        found.append(defect)
        return None
