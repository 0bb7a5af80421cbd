"""What a device and its certificate have to say 设备变更与检定的要求 (G17)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlmodel import Session, col, select

from models.tables import Device, ReadingRow
from models.vocabulary.errors import Problem
from models.vocabulary.text import Text
from services import clock
from services.quantification.definition import exact


def change_problems(
    session: Session, devices: Sequence[Device], form: Mapping[str, str], old: Device | None
) -> Iterator[Problem]:
    """What is wrong with a device to be registered, each at its field."""
    name, since = form.get("meter_no", "").strip(), day(form.get("in_use_from"))
    if not 2 <= len(name) <= 40 or not name.isprintable():
        yield Problem(
            "meter_no", Text("2 to 40 characters, as on the plate.", "请按铭牌填写编号，2 至 40 字。")
        )
    elif any(d.meter_no == name for d in devices):
        yield Problem("meter_no", Text("This meter is registered already.", "该编号已登记，请核对。"))
    multiplier = number(form.get("multiplier"))
    if multiplier is None or not 0 < multiplier <= 100_000:
        yield Problem(
            "multiplier",
            Text("A number above zero; 1 without transformers.", "请填写大于 0 的倍率，直通表填 1。"),
        )
    if not (form.get("kind", "").strip() or old) or len(form.get("kind", "")) > 40:
        yield Problem("kind", Text("Say what it measures.", "请填写类别，如发电侧计量表，40 字以内。"))
    if len(form.get("accuracy_class", "")) > 10:
        yield Problem("accuracy_class", Text("At most 10 characters.", "10 字以内。"))
    if since is None or since > clock.today().date():
        yield Problem("in_use_from", Text("A day not after today.", "请填写启用日期，不得晚于今天。"))
    elif old is not None:
        yield from _handover_problems(session, old, since)


def _handover_problems(session: Session, old: Device, since: date) -> Iterator[Problem]:
    if old.in_use_to is not None:
        yield Problem("replaces", Text("It has been replaced already.", "该计量表已停用，请核对。"))
    elif since <= old.in_use_from:
        words = Text(
            f"After {old.in_use_from}, when the old one began.", f"应晚于原表启用日期 {old.in_use_from}。"
        )
        yield Problem("in_use_from", words)
    else:
        read = session.exec(
            select(ReadingRow)
            .where(
                ReadingRow.device_id == old.id,
                ReadingRow.state != "superseded",
                col(ReadingRow.last_day) >= since,
            )
            .limit(1)
        ).first()
        if read is not None:
            words = Text(
                f"The old meter was read until {read.last_day}; the new one begins after that.",
                f"原表已有截至 {read.last_day} 的读数，新表启用日期应在其后。",
            )
            yield Problem("in_use_from", words)


def calibration_problems(form: Mapping[str, str], sha256: str) -> Iterator[Problem]:
    """What is wrong with a certificate."""
    first, last = day(form.get("valid_from")), day(form.get("valid_to"))
    if not 1 <= len(form.get("certificate", "").strip()) <= 60:
        yield Problem("certificate", Text("Number of the certificate.", "请填写检定证书编号，60 字以内。"))
    if first is None or first > clock.today().date():
        yield Problem("valid_from", Text("A day not after today.", "请填写检定日期，不得晚于今天。"))
    if last is None or (first is not None and last < first):
        yield Problem("valid_to", Text("Last day of validity.", "请填写有效期的最后一日，不得早于检定日期。"))
    if not sha256:
        yield Problem(
            "file", Text("Upload the certificate (PDF or picture).", "请上传检定证书（PDF 或图片）。")
        )


def number(value: object) -> Decimal | None:
    """The number as written, or None."""
    try:
        return exact(
            repr(value) if isinstance(value, float) else (value.strip() if isinstance(value, str) else value)
        )
    except ValueError:
        return None


def day(value: object) -> date | None:
    """The day as written in ISO form, or None."""
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        return None
