"""What is said when a methodology file cannot be used, with the file and the line to mend."""

from models.vocabulary.errors import DomainError
from models.vocabulary.text import Text


class Refused(DomainError):
    """A definition that cannot be calculated with.

    Args:
        file: path as the office knows it, e.g. "methodologies/demo-pv-2024-1.0.json".
        line: counted from 1.
        what: the defect and how to mend it.
    """

    status = 422
    title = Text("The methodology cannot be used", "方法学文件不能使用")

    def __init__(self, file: str, line: int, what: Text) -> None:
        super().__init__(Text(f"{file}:{line}: {what.en}", f"{file} 第 {line} 行：{what.zh}"))
        self.file, self.line, self.what = file, line, what


class Defect(Exception):
    """A defect found below the level that knows the file; `path` leads to its place in the document."""

    def __init__(self, en: str, zh: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(en)
        self.what, self.path = Text(en, zh), path

    def under(self, *path: str | int) -> "Defect":
        """The same defect, its place seen from further out."""
        return Defect(self.what.en, self.what.zh, (*path, *self.path))
