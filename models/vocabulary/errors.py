"""Errors of the domain. Each says what happened, to which thing, and what the person can do."""

from dataclasses import dataclass

from models.vocabulary.text import Text


@dataclass(frozen=True)
class Problem:
    """One defect of an input.

    Args:
        loc: dotted path of the field ("project.lon", "design.equipment.0.qty"), a material
            ("materials.licence"), or "" for the whole form.
        msg: what is wrong and what to do.
    """

    loc: str
    msg: Text


class DomainError(Exception):
    """Base of every refusal; `status` is the HTTP status an edge answers with."""

    status = 400
    title = Text("The request cannot be carried out", "无法办理")

    def __init__(self, detail: Text, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(detail.en)
        self.detail = detail
        self.problems = problems


class NotFound(DomainError):
    """Not there, or not to be known by this person (the two look alike on purpose)."""

    status = 404
    title = Text("Not found", "未找到")

    def __init__(self, detail: Text | None = None) -> None:
        super().__init__(
            detail
            or Text(
                "There is nothing under this number, or you may not see it.",
                "未找到该编号，或您无权查看。请核对编号，或联系经办部门。",
            )
        )


class NotAllowed(DomainError):
    """Known to the person, but this act is not theirs (role, duty, four eyes)."""

    status = 403
    title = Text("Not allowed", "无权办理")


class Conflict(DomainError):
    """The state does not allow it any more; `kind` picks the page that explains it."""

    status = 409
    title = Text("The matter has moved on", "事项状态已变化")

    def __init__(self, detail: Text, kind: str = "ended", problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(detail, problems)
        self.kind = kind


class Stale(DomainError):
    """Somebody saved a newer version in between."""

    status = 412
    title = Text("A newer version exists", "内容已被更新")


class Invalid(DomainError):
    """The form has defects: all of them, each at its field."""

    status = 422
    title = Text("Please mend the fields marked", "请修改标出的内容")

    def __init__(self, problems: tuple[Problem, ...], detail: Text | None = None) -> None:
        super().__init__(
            detail
            or Text(
                f"{len(problems)} item(s) need your attention; nothing you typed is lost.",
                f"有 {len(problems)} 处需要修改，您已填写的内容均已保留。",
            ),
            problems,
        )


class BadUpload(DomainError):
    """A file that is too large (413) or not what it says (415)."""

    title = Text("The file was not accepted", "文件未被接收")

    def __init__(self, detail: Text, status: int = 415) -> None:
        super().__init__(detail)
        self.status = status


class NotKept(DomainError):
    """A file could not be written: the place where files are kept is full, or does not answer."""

    status = 503
    title = Text("The file could not be kept", "文件未能保存")


class TooManyTries(DomainError):
    """Slow down; `retry_after` is how long, in seconds."""

    status = 429
    title = Text("Too many tries", "尝试次数过多")

    def __init__(self, detail: Text, retry_after: int = 900) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
