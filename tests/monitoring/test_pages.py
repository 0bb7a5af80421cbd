"""The pages of monitoring data: the owner's, the staff's, and nobody else's."""

import io
import re
from collections.abc import Callable
from datetime import date

import pytest
from openpyxl import Workbook, load_workbook
from sqlmodel import select

from api.pages import monitoring as monitoring_page
from api.pages import monitoring_staff
from models.tables import (
    DataBatch,
    Device,
    DeviceCalibration,
    Notification,
    Project,
    ProjectKey,
    ReadingRow,
    User,
)
from services import exports
from services.monitoring.rows import COLUMNS
from services.reading import monitoring
from services.session import reading, transaction
from tests.conftest import Browser
from tests.monitoring import rows

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SignIn = Callable[..., Browser]


def path(project: Project, more: str = "") -> str:
    return f"/my/projects/{project.number}/data{more}"


def workbook(lines: list[list[object]]) -> bytes:
    """What somebody made of the template."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["监测数据报送表"])
    sheet.append(["计量表编号", "起始日期", "截止日期", "期初读数", "期末读数", "倍率", "电量（kWh）"])
    for line in lines:
        sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


GOOD = ["SHPV0001-G", "2026-01-01", "2026-01-31", 11621.20, 12204.56, 80, 46668.80]
BAD = ["SHPV0001-G", date(2026, 2, 1), date(2026, 2, 28), 12204.56, "=HYPERLINK(1)", 80, 100]
EVIL = ["=cmd|' /C calc'!A1", "2026-03-01", "2026-03-31", 1, 2, 80, 80]


@pytest.mark.rule("M10")
def test_the_owner_sees_charts_devices_and_batches(project: Project, owner: Browser) -> None:
    text = owner.get(path(project, "?year=2025")).text
    assert ("778,960.00" in text or "kWh" in text, "100.0%" in text, "91.5%" in text) == (True, True, True)
    assert (text.count('class="bar-good"'), text.count('class="bar-apart"')) == (11, 1)
    assert "SHPV0001-G" in text
    assert f"/projects/{project.number}" in owner.get("/my/projects").text
    assert path(project) in owner.get(f"/projects/{project.number}").text


@pytest.mark.rule("M10")
def test_another_party_and_the_public_know_of_no_data(
    project: Project, browser: SignIn, client: object
) -> None:
    stranger = browser("applicant")
    for where in ("", "/template.xlsx", "/devices/new"):
        assert stranger.get(path(project, where)).status_code == 404
    assert stranger.post(path(project, "/keys"), {"label": "x"}).status_code == 404
    assert path(project) not in stranger.get(f"/projects/{project.number}").text
    assert browser("officer").get(path(project)).status_code == 403


@pytest.mark.rule("G16")
def test_an_upload_is_looked_at_and_taken_and_bad_rows_come_back_harmless(
    project: Project, owner: Browser
) -> None:
    file = {"file": ("一月.xlsx", workbook([GOOD, BAD, [None] * 7, EVIL]), exports.MEDIA_TYPE)}
    sent = owner.post(path(project, "/upload"), {}, files=file)
    where = sent.headers["location"]
    look = owner.get(where).text
    assert ("确认，1 行入库" in look, "期末读数" in look, "未登记" in look) == (True, True, True)
    with transaction() as session:
        before = session.exec(select(ReadingRow).where(ReadingRow.project_id == project.id)).all()
    assert (len(before), owner.post(f"{where}/confirm").status_code) == (12, 303)
    assert owner.post(f"{where}/confirm").status_code == 303
    with transaction() as session:
        after = session.exec(select(ReadingRow).where(ReadingRow.project_id == project.id)).all()
        assert (len(after), after[-1].state) == (13, "apart")
    sheet = load_workbook(io.BytesIO(owner.get(f"{where}/rejected.xlsx").content)).worksheets[0]
    lines = [[c.value for c in row] for row in sheet.iter_rows(min_row=3)]
    assert [(line[0], line[8]) for line in lines] == [(4, "期末读数"), (6, "计量表编号")]
    assert {c.data_type for row in sheet.iter_rows(min_row=3) for c in row} <= {"s", "n"}
    assert sheet.cell(4, 2).quotePrefix is True


@pytest.mark.rule("G16")
def test_rows_that_come_back_in_english_are_mended_and_sent_again(project: Project, owner: Browser) -> None:
    later = ["SHPV0001-G", "2026-04-01", "2026-04-30", 12204.56, 12300.56, 80, 7680]
    file = {"file": ("三月.xlsx", workbook([later, BAD]), exports.MEDIA_TYPE)}
    where = owner.post(path(project, "/upload"), {}, files=file).headers["location"]
    assert owner.post(f"{where}/confirm").status_code == 303
    english = {"Cookie": f"puhui_session={owner.token}; lang=en"}
    answer = owner.get(f"{where}/rejected.xlsx", headers=english)
    book = load_workbook(io.BytesIO(answer.content))
    sheet = book.worksheets[0]
    assert "Rows not taken_" in answer.headers["content-disposition"]
    heads = [c.value for c in sheet[2]]
    assert heads == ["Row", *(t.en for t in COLUMNS.values()), "Column", "Why"]
    assert sheet.cell(3, 9).value == "Reading at end"
    assert sheet.cell(3, 10).value.isascii()
    for n, value in enumerate(GOOD, 2):
        sheet.cell(3, n, value)
    mended = io.BytesIO()
    book.save(mended)
    file = {"file": ("mended.xlsx", mended.getvalue(), exports.MEDIA_TYPE)}
    again = owner.post(path(project, "/upload"), {}, files=file).headers["location"]
    assert "确认，1 行入库" in owner.get(again).text


def test_what_is_no_workbook_is_refused_on_the_page(project: Project, owner: Browser) -> None:
    def answer(name: str, content: bytes) -> tuple[int, bool]:
        got = owner.post(path(project, "/upload"), {}, files={"file": (name, content, "x/y")})
        return got.status_code, "文件未被接收" in got.text

    assert answer("a.pdf", PDF) == (415, True)
    told = owner.post(path(project, "/upload"), {}, files={"file": ("a.csv", b"a,b", "text/csv")}).text
    assert "请上传 Excel 工作簿" in told
    assert "JPG" not in told
    assert answer("a.xlsx", PDF) == (415, True)
    assert answer("a.xlsx", workbook([])) == (422, True)
    assert answer("a.xlsx", b"0" * (5 * 1024 * 1024 + 1)) == (413, True)
    assert owner.post(path(project, "/upload")).status_code == 422


def test_an_upload_can_be_let_go(project: Project, owner: Browser) -> None:
    file = {"file": ("a.xlsx", workbook([GOOD]), exports.MEDIA_TYPE)}
    where = owner.post(path(project, "/upload"), {}, files=file).headers["location"]
    assert owner.post(f"{where}/discard").status_code == 303
    assert owner.post(f"{where}/confirm").status_code == 409
    with transaction() as session:
        states = session.exec(select(DataBatch.state).where(DataBatch.project_id == project.id)).all()
    assert sorted(states) == ["discarded", "taken"]


def test_the_template_filled_in_is_read_back(project: Project, owner: Browser) -> None:
    book = load_workbook(io.BytesIO(owner.get(path(project, "/template.xlsx")).content))
    assert book.sheetnames == ["抄表数据", "填写示例", "填写说明", "计量表"]
    sheet = book["抄表数据"]
    assert len(sheet.data_validations.dataValidation) == 7
    for n, value in enumerate(GOOD, 1):
        sheet.cell(4, n, value)
    out = io.BytesIO()
    book.save(out)
    file = {"file": ("填好.xlsx", out.getvalue(), exports.MEDIA_TYPE)}
    look = owner.get(owner.post(path(project, "/upload"), {}, files=file).headers["location"]).text
    assert "确认，1 行入库" in look


def test_the_template_in_english_is_read_back(project: Project, owner: Browser) -> None:
    english = {"Cookie": owner.headers["Cookie"].replace("lang=zh", "lang=en")}
    answer = owner.get(path(project, "/template.xlsx"), headers=english)
    assert "Report%20of%20monitoring%20data" in answer.headers["content-disposition"]
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Readings", "Example", "Notes", "Meters"]
    words = [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    assert {w for w in words if re.search(r"[\u4e00-\u9fff]", w)} == kinds_of_meters(project)
    for n, value in enumerate(GOOD, 1):
        book["Readings"].cell(4, n, value)
    book.move_sheet("Readings", 3)  # somebody put it last
    out = io.BytesIO()
    book.save(out)
    file = {"file": ("filled.xlsx", out.getvalue(), exports.MEDIA_TYPE)}
    look = owner.get(owner.post(path(project, "/upload"), {}, files=file).headers["location"]).text
    assert "确认，1 行入库" in look


def kinds_of_meters(project: Project) -> set[str]:
    """What meters are called is typed by people, in their own language."""
    with transaction() as session:
        return set(session.exec(select(Device.kind).where(Device.project_id == project.id)))


@pytest.mark.rule("M10")
def test_the_template_keeps_the_number_of_a_meter_as_it_is_typed(project: Project, owner: Browser) -> None:
    book = load_workbook(io.BytesIO(owner.get(path(project, "/template.xlsx")).content))
    assert book["抄表数据"].column_dimensions["A"].number_format == "@"


def test_a_key_is_shown_once_and_revoked(project: Project, owner: Browser) -> None:
    made = owner.post(path(project, "/keys"), {"label": "场站采集平台"}).text
    token = re.search(r"phk_[0-9a-f]{12}_[\w-]+", made)
    assert token is not None
    again = owner.get(path(project)).text
    assert (token.group() in again, "场站采集平台" in again) == (False, True)
    with transaction() as session:
        key = session.exec(select(ProjectKey).where(ProjectKey.project_id == project.id)).one()
    assert owner.post(path(project, f"/keys/{key.id}/revoke")).status_code == 303
    assert "已停用" in owner.get(path(project)).text
    empty = owner.post(path(project, "/keys"), {"label": ""})
    assert (empty.status_code, "请填写使用该密钥的系统名称" in empty.text) == (422, True)


@pytest.mark.rule("G17")
def test_a_renewed_certificate_counts_once_an_officer_has_confirmed_it(
    project: Project, owner: Browser, browser: SignIn
) -> None:
    officer = browser("officer")
    with transaction() as session:
        device = rows.device(session, project).id
    form = {
        "renews": str(device),
        "certificate": "JD-2025-0099",
        "valid_from": "2025-12-01",
        "valid_to": "2026-11-30",
    }
    missing = owner.post(path(project, "/devices"), form)
    assert (missing.status_code, "JD-2025-0099" in missing.text, "请上传检定证书" in missing.text) == (
        422,
        True,
        True,
    )
    file = {"file": ("证书.pdf", PDF, "application/pdf")}
    assert owner.post(path(project, "/devices"), form, files=file).status_code == 303
    assert "待中心核对" in owner.get(path(project)).text
    with transaction() as session:
        filed = session.exec(select(DeviceCalibration).where(DeviceCalibration.state == "filed")).one()
        told = session.exec(select(Notification).where(Notification.user_id == officer.user.id)).all()
        assert [f"/staff/projects/{project.number}/data" in n.link for n in told] == [True]
    staff = f"/staff/projects/{project.number}/data"
    assert "JD-2025-0099" in officer.get(f"{staff}?year=2025").text
    assert officer.get(path(project, f"/calibrations/{filed.id}/file")).content == PDF
    refused = officer.post(f"{staff}/calibrations/{filed.id}", {"verdict": "refuse", "note": "不符"})
    assert (refused.status_code, 'value="不符"' in refused.text) == (422, True)  # too short, and kept
    assert owner.post(f"{staff}/calibrations/{filed.id}", {"verdict": "confirm"}).status_code == 403
    assert (
        browser("intake").post(f"{staff}/calibrations/{filed.id}", {"verdict": "confirm"}).status_code == 403
    )
    assert officer.post(f"{staff}/calibrations/{filed.id}", {"verdict": "confirm"}).status_code == 303
    late = officer.post(f"{staff}/calibrations/{filed.id}", {"verdict": "refuse", "note": "证书编号不符"})
    assert (late.status_code, "无需重复办理" in late.text, "证书编号不符" in late.text) == (409, True, True)
    with transaction() as session:
        states = session.exec(select(ReadingRow.state).where(ReadingRow.project_id == project.id)).all()
    assert states == ["good"] * 12


def test_a_reading_is_set_aside_for_a_reason_and_reported_anew(
    project: Project, owner: Browser, browser: SignIn
) -> None:
    officer, staff = browser("officer"), f"/staff/projects/{project.number}/data"
    with transaction() as session:
        row = session.exec(select(ReadingRow).where(ReadingRow.project_id == project.id)).first()
    assert row is not None
    short = officer.post(f"{staff}/readings/{row.id}/supersede", {"reason": "笔误"})
    assert short.status_code == 422
    assert re.search(rf'<details open>[^|]*id="reason-{row.id}" [^>]*value="笔误"', short.text)
    assert (
        officer.post(f"{staff}/readings/{row.id}/supersede", {"reason": "抄表笔误，重新报送"}).status_code
        == 303
    )
    assert "抄表笔误" in officer.get(f"{staff}?year=2025").text
    sent = owner.post(
        f"/api/v1/projects/{project.number}/readings",
        json={"rows": rows.year()[:2]},
        headers={"Idempotency-Key": "again"},
    ).json()
    assert (sent["accepted"], [r["row"] for r in sent["rejected"]]) == (1, [2])


def test_the_scenario_page_offers_keys_only(database: str, browser: SignIn) -> None:
    with transaction() as session:
        scenario = rows.scenario(session, "connecting")
        user = session.get_one(User, rows.owner(session, scenario).user_id)
    owner = browser(user=user)
    text = owner.get(path(scenario)).text
    assert ("场景尚未上线" in text, "上传并预览" in text) == (True, False)
    assert owner.get(path(scenario, "/template.xlsx")).status_code == 404


def test_every_reading_of_a_year_is_reached_by_the_officer(
    project: Project, browser: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitoring_staff, "ROWS", 7)
    officer, path = browser("officer"), f"/staff/projects/{project.number}/data?year=2025"
    with reading() as session:
        whole = {row.id for row, _ in monitoring.of_year(session, project, 2025)}
    seen: list[str] = []
    while path:
        page = officer.get(path).text
        seen += re.findall(r'<tr id="reading-(\d+)"', page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert sorted(map(int, seen)) == sorted(whole)
    assert len(seen) > 7
    for odd in ("x", "0.0", "99999999999.1"):
        assert (
            officer.get(f"/staff/projects/{project.number}/data?year=2025&readings={odd}").status_code == 200
        )


def test_every_delivery_of_a_project_is_reached(
    project: Project, owner: Browser, browser: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitoring_page, "BATCHES", 1)
    file = {"file": ("二月.xlsx", workbook([GOOD]), exports.MEDIA_TYPE)}
    owner.post(owner.post(path(project, "/upload"), {}, files=file).headers["location"] + "/confirm")
    for who, where in (
        (owner, path(project)),
        (browser("officer"), f"/staff/projects/{project.number}/data"),
    ):
        first = who.get(f"{where}?year=2025").text
        second = re.search(r'rel="next" href="([^"]*batches=[^"]+)"', first)
        assert second is not None
        rest = who.get(second[1].replace("&amp;", "&")).text
        assert [("二月.xlsx" in page, "随申请提交的读数" in page) for page in (first, rest)] == [
            (True, False),
            (False, True),
        ]
    assert owner.get(path(project) + "?batches=x").status_code == 404
