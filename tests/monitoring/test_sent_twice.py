"""Forms of an owner that are sent twice: one key, one certificate, one meter."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from models.tables import Device, DeviceCalibration, Project, ProjectKey
from services import clock
from services.session import transaction
from tests.api.test_sent_twice import form_of
from tests.conftest import Browser
from tests.monitoring import rows
from tests.monitoring.test_pages import PDF, path

TOKEN = re.compile(r"phk_[0-9a-f]{12}_[\w-]{43}")
FILE = {"file": ("证书.pdf", PDF, "application/pdf")}
DAYS = {"certificate": "JD-2025-0099", "valid_from": "2025-12-01", "valid_to": "2026-11-30"}


def keys_of(project: Project) -> list[str]:
    with transaction() as session:
        return list(session.exec(select(ProjectKey.label).where(ProjectKey.project_id == project.id)).all())


def test_a_key_whose_form_is_sent_twice_is_one_key_and_both_answers_show_it(
    project: Project, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, act = path(project), path(project, "/keys")
    form = form_of(owner, page, act) | {"label": "场站采集平台"}
    first, second = (TOKEN.findall(owner.post(act, form).text) for _ in range(2))
    assert (len(first), first == second, keys_of(project)) == (1, True, ["场站采集平台"])
    other = owner.post(act, form | {"label": "备用平台"})
    assert (other.status_code, 'value="备用平台"' in other.text, TOKEN.findall(other.text)) == (409, True, [])
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    late = owner.post(act, form).text
    assert (TOKEN.findall(late), "未重复生成" in late) == ([], True)
    fresh = owner.post(act, form_of(owner, page, act) | {"label": "场站采集平台"}).text
    assert (len(TOKEN.findall(fresh)), first[0] in fresh) == (1, False)


@pytest.mark.rule("G17")
def test_a_certificate_and_a_meter_whose_forms_are_sent_twice_are_filed_once(
    project: Project, owner: Browser
) -> None:
    with transaction() as session:
        device = rows.device(session, project)
    act = path(project, "/devices")
    form = form_of(owner, path(project, f"/devices/new?renews={device.id}"), act) | DAYS
    for _ in range(2):
        assert owner.post(act, form, files=FILE).status_code == 303
    other = owner.post(act, form | {"certificate": "JD-2025-0100"}, files=FILE)
    assert (other.status_code, 'value="JD-2025-0100"' in other.text) == (409, True)
    meter = {"meter_no": "SHPV0002-G", "kind": "发电侧计量表", "multiplier": "1", "in_use_from": "2026-11-01"}
    form = form_of(owner, path(project, "/devices/new"), act) | DAYS | meter
    for _ in range(2):
        assert owner.post(act, form, files=FILE).status_code == 303
    with transaction() as session:
        filed = select(DeviceCalibration.certificate).where(DeviceCalibration.state == "filed")
        assert list(session.exec(filed)) == ["JD-2025-0099", "JD-2025-0099"]
        meters = select(Device.meter_no).where(
            Device.project_id == project.id, Device.meter_no == "SHPV0002-G"
        )
        assert list(session.exec(meters)) == ["SHPV0002-G"]
