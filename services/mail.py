"""Mail 邮件: sends what is pending and still true, tries again later when the server does not answer, never raises."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from models.tables import Case, Notice, Notification, Objection, TaskRow, User
from models.vocabulary.objections import FINDINGS
from models.vocabulary.statuses import OPEN_STATES
from services import clock, notifications, voiding
from services.settings import settings

#: Waits before the second and further tries; after the last one a mail counts as failed.
BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240))
BATCH = 20
TIMEOUT = 10.0

_templates = Environment(loader=FileSystemLoader(Path(__file__).parent / "mail_templates"), autoescape=True)


@dataclass(frozen=True)
class Letter:
    """One mail before it is written. `key` makes its Message-ID: a repeated send shows as the same mail."""

    key: str
    to: str
    subject: str
    zh: str
    en: str
    link: str
    body_zh: tuple[str, ...] = ()


def send_due(session: Session, post: "Post | None" = None, most: int = BATCH) -> int:
    """Send pending mails whose time has come; returns how many went out.

    Rows are claimed with skip-locked, so that two workers never send the same one. Relevance is checked again
    (pain P32): a mail for a task already done, or for a status already left, is marked as skipped.

    Args:
        post: a connection that outlasts this call; one of its own where None.
        most: of each kind. What is sent when the process dies before the commit is sent again, so the worker takes
            one at a time.
    """
    if not settings().smtp_host:
        return 0
    own = post or Post()
    try:
        return _send_notifications(session, own, most) + _send_answers(session, own, most)
    finally:
        if post is None:
            own.close()


def is_due(session: Session) -> bool:
    """Whether a mail could be sent now that nobody else is sending."""
    return bool(settings().smtp_host) and any(
        session.exec(
            select(col(model.id)).where(*_due(model)).limit(1).with_for_update(skip_locked=True)
        ).first()
        is not None
        for model in (Notification, Objection)
    )


def _due(model: type[Notification] | type[Objection]) -> tuple[ColumnElement[bool], ...]:
    return col(model.mail) == "pending", or_(col(model.mail_at).is_(None), col(model.mail_at) <= clock.now())


def _send_notifications(session: Session, post: "Post", most: int) -> int:
    rows = session.exec(
        select(Notification)
        .where(*_due(Notification))
        .order_by(col(Notification.id))
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    return sum(_handle(row, lambda row=row: _notification_letter(session, row), post) for row in rows)  # type: ignore[misc]


def _send_answers(session: Session, post: "Post", most: int) -> int:
    rows = session.exec(
        select(Objection)
        .where(*_due(Objection))
        .order_by(col(Objection.id))
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True, **voiding.SHOWN)
    ).all()
    return sum(_handle(row, lambda row=row: _answer_letter(session, row), post) for row in rows)  # type: ignore[misc]


def _handle(row: Notification | Objection, write: Callable[[], Letter | str], post: "Post") -> bool:
    """Send one row's mail, or note why not. True when it went out."""
    letter = write()
    if isinstance(letter, str):
        row.mail, row.mail_note, row.mail_at = "skipped", letter, clock.now()
        return False
    error = post.send(letter)
    if error:
        _failed(row, error)
        return False
    row.mail, row.mail_note, row.mail_at = "sent", "", clock.now()
    row.mail_tries += 1
    return True


def _failed(row: Notification | Objection, error: str) -> None:
    row.mail_tries += 1
    row.mail_note = error[:300]
    if row.mail_tries > len(BACK_OFF):
        row.mail, row.mail_at = "failed", clock.now()
    else:
        row.mail_at = clock.now() + BACK_OFF[row.mail_tries - 1]


# ---- what is still true ----------------------------------------------------------------------------------------------


def _notification_letter(session: Session, row: Notification) -> Letter | str:
    """The mail, or why it is not sent any more."""
    user = session.get(User, row.user_id, populate_existing=True)
    if user is None or not user.active:
        return "account is closed"
    if not set(user.roles) & notifications.MAILED_ROLES:
        return "reads it in the system"
    if not user.email:
        return "no mail address"
    stale = _task_moved(session, row) or _status_moved(session, row)
    if stale:
        return stale
    return Letter(
        key=f"n{row.id}",
        to=user.email,
        subject=row.text_zh,
        zh=row.text_zh,
        en=row.text_en,
        link=settings().base_url + (row.link or "/notifications"),
    )


def _task_moved(session: Session, row: Notification) -> str:
    """A task that is done, or that somebody else has by now, needs no mail."""
    if row.task_id is None:
        return ""
    task = session.get(TaskRow, row.task_id, populate_existing=True)
    if task is None or task.state not in {s.value for s in OPEN_STATES}:
        return "task is not open any more"
    if row.kind in {"action_needed", "reminder"} and row.user_id not in notifications.recipients(
        session, task
    ):
        return "task belongs to another person now"
    return ""


def _status_moved(session: Session, row: Notification) -> str:
    if row.kind != "status_changed" or not row.dedupe.startswith("status|") or row.case_id is None:
        return ""
    case = session.get(Case, row.case_id, populate_existing=True)
    status, stage = row.dedupe.split("|")[1:3]
    if case is None or (case.status, case.stage) != (status, stage):
        return "status has changed again"
    return ""


def _answer_letter(session: Session, row: Objection) -> Letter | str:
    """The answer of the centre, to the objector."""
    if row.state != "answered" or "@" not in row.contact:
        return "no answer to send"
    title = session.get_one(Notice, row.notice_id).title
    finding = FINDINGS.get(row.finding)
    zh = f"您对“{title}”提出的异议（{row.receipt_no}）已答复" + (f"：{finding.zh}" if finding else "")
    en = f"Your objection {row.receipt_no} has been answered" + (f": {finding.en}" if finding else "")
    return Letter(
        key=f"o{row.id}",
        to=row.contact,
        subject=f"异议 {row.receipt_no} 已答复",
        zh=zh,
        en=en,
        link=f"{settings().base_url}/objections/{row.lookup}",
        body_zh=tuple(line for line in row.answer.splitlines() if line.strip()),
    )


# ---- the wire --------------------------------------------------------------------------------------------------------


class Post:
    """One connection to the mail server for a batch, opened when the first mail is sent."""

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None
        self._down = ""

    def send(self, letter: Letter) -> str:
        """Send; answers what went wrong, or nothing. A server that is down is asked once a batch."""
        if self._down:
            return self._down
        try:
            message = written(letter)
        except ValueError as error:
            return f"address or subject refused: {error}"
        try:
            self._connected().send_message(message)
        except smtplib.SMTPResponseException as error:
            self._reset()
            return f"{error.smtp_code} {_readable(error.smtp_error)}"
        except smtplib.SMTPRecipientsRefused as error:
            self._reset()
            return "; ".join(f"{code} {_readable(text)}" for code, text in error.recipients.values())
        except (smtplib.SMTPNotSupportedError, ValueError) as error:  # this one address, not the server
            self._reset()
            return f"address refused: {error}"
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            self._down = f"{type(error).__name__}: {error}"
            return self._down
        return ""

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            conf = settings()
            server = smtplib.SMTP(conf.smtp_host, conf.smtp_port, timeout=TIMEOUT)
            self._server = server
            if conf.smtp_starttls:
                server.starttls(context=ssl.create_default_context())
            if conf.smtp_user:
                server.login(conf.smtp_user, conf.smtp_password)
        return self._server

    def _reset(self) -> None:
        """After a refusal the next mail starts on a fresh connection."""
        self.close()

    def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except (OSError, smtplib.SMTPException):
                server.close()


def _readable(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _address(typed: str) -> Address:
    """Raises ValueError, and nothing else, on what no mail can be sent to: people type it, the public too."""
    try:
        return Address(addr_spec=typed)
    except Exception as error:  # the library's parser trips over some in ways it does not name
        raise ValueError(f"{type(error).__name__}: {error}") from error


def written(letter: Letter) -> EmailMessage:
    """The mail itself: plain text first, the same as simple HTML. Raises ValueError on an impossible address."""
    message = EmailMessage()
    message["Subject"] = " ".join(letter.subject.split())[:120]
    message["From"] = Address("上海市碳普惠管理运营平台", addr_spec=settings().mail_from)
    message["To"] = _address(letter.to)
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{letter.key}@{settings().mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    body = "\n\n".join(
        [
            letter.zh,
            *letter.body_zh,
            letter.en,
            letter.link,
            "本邮件由系统自动发送，请勿直接回复。\nThis message was sent automatically; please do not reply.",
        ]
    )
    message.set_content(body)
    html = _templates.get_template("message.html").render(
        subject=letter.subject, zh=letter.zh, en=letter.en, body_zh=letter.body_zh, link=letter.link
    )
    message.add_alternative(html, subtype="html")
    return message
