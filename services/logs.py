"""Log lines of every process: one event a line, no personal data, no secrets, whatever somebody typed.

Identity and mobile numbers are masked, mailboxes, tokens and passwords in addresses taken out, and characters that
would begin a new line or steer a terminal are written as escapes. It is the last net: code logs numbers, not values.
"""

import logging
import re
import sys
from collections.abc import Callable
from typing import Any

import structlog
from structlog.typing import EventDict

from models.vocabulary.types import mask_text
from services.settings import settings

#: As long as mailboxes get: what is typed without an @ is then not read again from each of its characters.
MAILBOX = re.compile(r"[\w.+-]{1,64}@[\w-]+(\.[\w-]+)+")
#: Keys of programs, tokens of sessions, and the links only objectors know.
TOKEN = re.compile(r"(?i)\b(phk_[0-9a-z]+_)[\w-]+|\b(bearer )[\w.~+/=-]{8,}|(/objections/)[\w-]{16,}")
IN_ADDRESS = re.compile(r"(://[^/\s:@]*):[^/\s@]+@")
#: What pydantic and PostgreSQL repeat of a value they do not take.
REPEATED = re.compile(
    r"input_value=.*?(?=, input_type=|\Z)|(?<=DETAIL:)[^\n]*|(?<=invalid input syntax for )[^\n]*", re.DOTALL
)
#: Controls, and the marks that turn the direction of writing or break a line in some programs.
STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
LONGEST = 20_000  # characters of one value


def discreet(text: str) -> str:
    """The text without what is nobody else's business; line breaks stay."""
    text = IN_ADDRESS.sub(r"\1:***@", mask_text(text[:LONGEST]))
    text = TOKEN.sub(lambda m: f"{m[1] or m[2] or m[3]}***", text)
    return REPEATED.sub("…", MAILBOX.sub("***@***", text))


def one_line(text: str) -> str:
    """The text without characters that would begin another line or steer a terminal: each as its escape."""
    return STEERING.sub(lambda m: m.group().encode("unicode_escape").decode(), text)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(discreet(value))
    if isinstance(value, dict):
        return {_clean(k): _clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(v) for v in value]
    return value if value is None or isinstance(value, bool | int | float) else _clean(str(value))


def _cleaned(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Every value clean. Lines of a traceback are set in, so that none of them looks like an event."""
    told = event.pop("exception", None)
    cleaned = {k: v if k.startswith("_") else _clean(v) for k, v in event.items()}
    if told is not None:
        lines = discreet(str(told)).splitlines()
        cleaned["exception"] = "\n".join(f"    {one_line(line)}" for line in lines)
    return cleaned


def _chain(*, terminal: bool) -> list[Callable[..., Any]]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if terminal else "iso"),
        structlog.processors.format_exc_info,
        _cleaned,
    ]


def _writer(*, terminal: bool) -> Callable[..., Any]:
    return (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if terminal
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )


class _StandardError(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to the error output of the moment."""

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, _value: Any) -> None:
        """It is asked for each time."""


def configure() -> None:
    """Set up structlog and the standard library's logging alike: a line an event, JSON where nobody watches."""
    level = logging.getLevelNamesMapping().get(settings().log_level.upper(), logging.INFO)
    terminal = sys.stdout.isatty()
    logging.getLogger("uvicorn.access").disabled = True  # the envelope logs requests, with their id
    structlog.configure(
        processors=[*_chain(terminal=terminal), _writer(terminal=terminal)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    _lead_the_library(terminal=terminal)


def _lead_the_library(*, terminal: bool) -> None:
    """What libraries log goes the same way; a handler of ours is put up once."""
    handler = _StandardError()
    handler.set_name("puhui")
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_chain(terminal=terminal),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _writer(terminal=terminal),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [h for h in root.handlers if h.get_name() != "puhui"] + [handler]
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
