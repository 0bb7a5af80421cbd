"""Devices and their verifications 计量器具与检定: opened from the application, changed with evidence (G17, R23)."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from models.tables import Case, DataBatch, Device, DeviceCalibration, Project, ReadingRow
from models.vocabulary.errors import Conflict, DomainError, Invalid, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from models.vocabulary.whole import is_whole
from services import audit, blobs, calculators, clock, materials, notices, notifications, paths, sent
from services.access import Actor
from services.monitoring import batches, duties
from services.monitoring.access import locked, same_party
from services.monitoring.checks import Calibration
from services.monitoring.counted import capacity_counts, measured_by, metered
from services.monitoring.dataset import meter_of, verifications
from services.monitoring.device_rules import calibration_problems, change_problems, day, number
from services.monitoring.rows import days_of
from services.quantification import Methodology

APPLICATION = "application"  # key of the batch that came with the application


def open_for(session: Session, project: Project) -> list[Device]:
    """Take the devices and readings of the application into the monitoring data; a second call finds the first's.

    Verifications filed with the application were examined in its review and count from publication on.
    A scenario has no devices of its own.
    """
    found = of_project(session, project)
    if found or project.kind != "project":
        return found
    case = session.get_one(Case, project.case_id)
    form = notices.submitted_form(session, case)
    rows = [dict(r) for r in paths.get(form, "design.readings.*") if isinstance(r, dict)]
    channel = "online" if paths.first(form, "project.data_channel") == "connected" else "manual"
    project.data = {**project.data, "data_channel": channel}
    made = list(_seeded(session, project, form, rows))
    if made and rows:
        sent = [{**r, "quantity": r.get("quantity_kwh")} for r in rows]
        batch = DataBatch(
            project_id=project.id or 0, key=APPLICATION, channel="application",
            sha256=batches.fingerprint(rows), user_id=case.filed_by,
        )  # fmt: skip
        batches.keep(session, project, batch, list(enumerate(sent, 1)))
    return made


def _seeded(
    session: Session, project: Project, form: dict[str, Any], rows: list[dict[str, Any]]
) -> Iterator[Device]:
    meters = {
        str(m["meter_no"]): m
        for m in paths.get(form, "design.meters.*")
        if isinstance(m, dict) and m.get("meter_no")
    }
    counting = _counting(session, project, {no: str(m.get("kind", "")) for no, m in meters.items()})
    capacity = number(paths.first(form, "project.scale_kw")) if _limited(session, project) else None
    for meter_no, meter in meters.items():
        multiplier, verified, until = (
            number(meter.get("multiplier")),
            day(meter.get("verified_on")),
            day(meter.get("valid_to")),
        )
        if not multiplier:
            continue
        device = Device(
            project_id=project.id or 0,
            meter_no=meter_no,
            kind=str(meter.get("kind", "")),
            accuracy_class=str(meter.get("accuracy_class", "")),
            counting=meter_no in counting,
            multiplier=multiplier,
            capacity_kw=capacity,
            in_use_from=_since(meter_no, rows, verified) or clock.today().date(),
            at=clock.now(),
        )
        session.add(device)
        session.flush()
        if verified and until and verified <= until:
            session.add(
                DeviceCalibration(
                    device_id=device.id or 0, valid_from=verified, valid_to=until, source="application",
                    certificate=str(meter.get("certificate", "")), state="confirmed", filed_at=clock.now(),
                    confirmed_at=clock.now(),
                )
            )  # fmt: skip
            session.flush()
        yield device


def _since(meter_no: str, rows: list[dict[str, Any]], verified: date | None) -> date | None:
    """In use since the first day it was read, or since it was verified where nothing was read yet."""
    read = [d for r in rows if str(r.get("meter_no")) == meter_no and isinstance(d := days_of(r)[0], date)]
    return min(read, default=verified)


def of_project(session: Session, project: Project) -> list[Device]:
    """Devices in the order they came into use."""
    query = select(Device).where(Device.project_id == project.id)
    return list(session.exec(query.order_by(col(Device.in_use_from), col(Device.id))))


def calibrations(session: Session, project: Project) -> dict[int, list[DeviceCalibration]]:
    """Verifications by device, in the order of time."""
    rows = session.exec(
        select(DeviceCalibration)
        .join(Device, col(Device.id) == col(DeviceCalibration.device_id))
        .where(Device.project_id == project.id)
        .order_by(col(DeviceCalibration.valid_from), col(DeviceCalibration.id))
    )
    found: dict[int, list[DeviceCalibration]] = {}
    for row in rows:
        found.setdefault(row.device_id, []).append(row)
    return found


def change(
    session: Session,
    actor: Actor,
    project: Project,
    form: Mapping[str, str],
    filename: str,
    sha256: str,
    key: str = "",
) -> Device:
    """A device is replaced or added 设备变更, with its verification as evidence (G17).

    The actor came by :func:`services.monitoring.access.owned`. The device counts from its first day on, its
    readings are set apart until an officer has confirmed the certificate.

    Args:
        form: `replaces` (id of the old device or empty), `meter_no`, `kind`, `accuracy_class`, `multiplier`,
            `in_use_from`, `certificate`, `valid_from`, `valid_to`.
        filename, sha256: the certificate, kept already.
        key: of the form, which is carried out once (`services.sent`); empty for none.

    Raises:
        Invalid: every defect at its field. Conflict: something else was sent with this form before.
    """
    locked(session, project)
    before = sent.earlier(session, key, asked := _asked(form, sha256))
    if before is not None:
        return next(d for d in reversed(of_project(session, project)) if d.meter_no == before)
    old = _replaced(session, project, form.get("replaces", ""))
    since, multiplier = day(form.get("in_use_from")), number(form.get("multiplier"))
    problems = [
        *change_problems(session, of_project(session, project), form, old),
        *calibration_problems(form, sha256),
    ]
    if problems or since is None or multiplier is None:
        raise Invalid(tuple(problems))
    device = Device(
        project_id=project.id or 0,
        meter_no=form["meter_no"].strip(),
        kind=form.get("kind", "").strip() or (old.kind if old else ""),
        accuracy_class=form.get("accuracy_class", "").strip(),
        counting=old.counting
        if old
        else _counts(session, project, form["meter_no"].strip(), form.get("kind", "")),
        multiplier=multiplier,
        capacity_kw=old.capacity_kw if old else _capacity(session, project),
        in_use_from=since,
        at=clock.now(),
    )
    session.add(device)
    session.flush()
    if old is not None:
        old.in_use_to, old.replaced_by = since - timedelta(days=1), device.id
    _file(session, actor, device, form, filename, sha256)
    told = {"project": project.number, "device": device.meter_no, "replaces": old.meter_no if old else ""}
    audit.record(session, Event.DEVICE_CHANGED, actor=actor, rests_on=sha256, data=told)
    _ask_officers(session, project, device)
    sent.keep(session, actor, key, asked, device.meter_no)
    return device


def file_calibration(
    session: Session,
    actor: Actor,
    project: Project,
    device_id: int,
    form: Mapping[str, str],
    filename: str,
    sha256: str,
    key: str = "",
) -> DeviceCalibration:
    """A further verification of a device 检定续期; it counts once an officer has confirmed it. Raises Invalid.

    Args:
        key: of the form, which is carried out once (`services.sent`); empty for none.
    """
    device = _device(session, project, device_id)
    before = sent.earlier(session, key, asked := _asked(form, sha256))
    if before is not None:
        return next(c for c in reversed(_calibrations(session, device)) if c.certificate == before)
    problems = list(calibration_problems(form, sha256))
    if problems:
        raise Invalid(tuple(problems))
    row = _file(session, actor, device, form, filename, sha256)
    told = {"project": project.number, "device": device.meter_no, "certificate": row.certificate}
    audit.record(session, Event.CALIBRATION_FILED, actor=actor, rests_on=sha256, data=told)
    _ask_officers(session, project, device)
    sent.keep(session, actor, key, asked, row.certificate)
    return row


#: What makes a form the same form, with the certificate's bytes.
_FIELDS = ("renews", "replaces", "meter_no", "kind", "accuracy_class", "multiplier", "in_use_from")
_EVIDENCE = ("certificate", "valid_from", "valid_to")


def _asked(form: Mapping[str, str], sha256: str) -> dict[str, str]:
    return {name: form.get(name, "").strip() for name in (*_FIELDS, *_EVIDENCE)} | {"file": sha256}


def decide(
    session: Session, actor: Actor, project: Project, calibration_id: int, confirmed: bool, note: str
) -> DeviceCalibration:
    """An officer confirms or refuses a certificate (G17); the device's readings are looked at anew.

    The actor came by :func:`services.monitoring.access.confirmer`.

    Raises:
        Conflict: decided already.
        Invalid: refused without a reason.
    """
    locked(session, project)
    row = calibration(session, project, calibration_id)
    if row.state != "filed":
        raise Conflict(
            Text(
                "This certificate has been decided on already.", "该检定证书已由经办人员核对，无需重复办理。"
            ),
            "changed",
        )
    note = note.strip()[:200]
    if not confirmed and len(note) < 4:
        words = Text("Say why it is refused, 4 to 200 characters.", "不予确认的，请填写原因，4 至 200 字。")
        raise Invalid((Problem("note", words),))
    row.state, row.note = ("confirmed" if confirmed else "refused"), note
    row.confirmed_by, row.confirmed_at = actor.user_id, clock.now()
    session.flush()
    device = session.get_one(Device, row.device_id)
    reconsider(session, project, device)
    event = Event.CALIBRATION_CONFIRMED if confirmed else Event.CALIBRATION_REFUSED
    told = {"project": project.number, "device": device.meter_no, "certificate": row.certificate}
    audit.record(session, event, actor=actor, rests_on=row.sha256, data=told)
    _tell_owner(session, project, device, row)
    return row


def reconsider(session: Session, project: Project, device: Device) -> None:
    """Readings set apart or counted anew by the verifications confirmed now; duties follow."""
    meter = meter_of(device, verifications(session, [device]).get(device.id or 0, ()))
    rows = session.exec(
        select(ReadingRow).where(ReadingRow.device_id == device.id, ReadingRow.state != "superseded")
    ).all()
    for row in rows:
        valid = meter.during(row.first_day, row.last_day) is Calibration.VALID
        row.state = "good" if valid else "apart"
    session.flush()
    if rows:
        duties.refresh(session, project, min(r.first_day for r in rows), max(r.last_day for r in rows))


def calibration(session: Session, project: Project, calibration_id: int) -> DeviceCalibration:
    """A verification of one of the project's devices. Raises NotFound."""
    row = session.get(DeviceCalibration, calibration_id)
    if row is None:
        raise NotFound
    _device(session, project, row.device_id)
    return row


def evidence(row: DeviceCalibration) -> bytes:
    """The certificate as uploaded. Raises NotFound where it came with the application's papers."""
    if not row.sha256:
        raise NotFound
    return blobs.get(row.sha256)


def mime_of(row: DeviceCalibration) -> str:
    """Media type of the certificate, by the name that was checked when it was uploaded."""
    return materials.MIMES.get(row.filename.rsplit(".", 1)[-1].lower(), "application/octet-stream")


def _device(session: Session, project: Project, device_id: int) -> Device:
    found = session.get(Device, device_id)
    if found is None or found.project_id != project.id:
        raise NotFound
    return found


def _calibrations(session: Session, device: Device) -> list[DeviceCalibration]:
    query = select(DeviceCalibration).where(DeviceCalibration.device_id == device.id)
    return list(session.exec(query.order_by(col(DeviceCalibration.id))))


def _replaced(session: Session, project: Project, device_id: str) -> Device | None:
    return _device(session, project, int(device_id)) if is_whole(device_id, 17) else None


def _counts(session: Session, project: Project, meter_no: str, kind: str) -> bool:
    there = {d.meter_no: d.kind for d in of_project(session, project)}
    return meter_no in _counting(session, project, {**there, meter_no: kind})


def _counting(session: Session, project: Project, kinds: Mapping[str, str]) -> set[str]:
    """Meters that deliver what the methodology measures; all of them where it does not say which."""
    method = _method(session, project)
    return set(measured_by(method, kinds) if method is not None and metered(method) else kinds)


def _limited(session: Session, project: Project) -> bool:
    method = _method(session, project)
    return method is None or capacity_counts(method)


def _method(session: Session, project: Project) -> Methodology | None:
    try:
        return calculators.of(session, project.methodology, project.methodology_version)
    except DomainError:
        return None


def _capacity(session: Session, project: Project) -> Decimal | None:
    return next((d.capacity_kw for d in of_project(session, project)), None)


def _file(
    session: Session, actor: Actor, device: Device, form: Mapping[str, str], filename: str, sha256: str
) -> DeviceCalibration:
    row = DeviceCalibration(
        device_id=device.id or 0,
        valid_from=date.fromisoformat(form["valid_from"]),
        valid_to=date.fromisoformat(form["valid_to"]),
        certificate=form["certificate"].strip(),
        filename=filename,
        sha256=sha256,
        filed_by=actor.user_id,
        filed_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def _ask_officers(session: Session, project: Project, device: Device) -> None:
    notifications.notify_role(
        session,
        Role.OFFICER,
        kind="action_needed",
        dedupe=f"calibration:{device.id}:{clock.now().isoformat()}",
        text=Text(
            f"A certificate of meter {device.meter_no} of {project.number} awaits confirmation.",
            f"{project.name}（{project.number}）的计量表 {device.meter_no} 已提交检定证书，请核对确认。",
        ),
        link=f"/staff/projects/{project.number}/data",
        mail=False,
    )


def _tell_owner(session: Session, project: Project, device: Device, row: DeviceCalibration) -> None:
    ok = row.state == "confirmed"
    notifications.notify(
        session,
        user_ids=[
            u
            for p in same_party(session, project)[:1]
            for u in notifications.holders(session, Role.APPLICANT, p)
        ],
        kind="status_changed",
        dedupe=f"calibration:{row.id}:{row.state}",
        text=Text(
            f"Certificate {row.certificate} of meter {device.meter_no} was {'confirmed' if ok else 'refused: ' + row.note}.",
            f"计量表 {device.meter_no} 的检定证书 {row.certificate} "
            + ("已核对确认，有效期内的读数计入。" if ok else f"未予确认：{row.note}。请重新提交。"),
        ),
        link=f"/my/projects/{project.number}/data",
    )
