"""Readings typed into a page: the same judgement, rows and receipt as an upload, and nothing typed is lost."""

import importlib
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from models.tables import AuditEvent, DataBatch, Device, Project, ReadingRow
from models.vocabulary.errors import Invalid
from models.vocabulary.events import Event
from services.monitoring import batches, typed, uploads
from services.monitoring import typed_table as table
from services.session import transaction
from tests.conftest import Browser
from tests.monitoring import rows
from tests.public_rows import moment

SignIn = Callable[..., Browser]
#: The demonstration project is read at 11621.20 at the end of 2025; its meter has a multiplier of 80.
END = Decimal("11621.2")


def sheet(session: Session, project: Project, first: str = "2026-01", last: str = "2026-04") -> table.Sheet:
    with moment("2026-10-20T10:00:00"):
        return table.sheet(session, project, table.chosen(first, last))


def names(session: Session, project: Project, meter: str = rows.GENERATION) -> Callable[[str], str]:
    device = rows.device(session, project, meter).id
    return lambda month: f"end-{device}-{month}"


def path(project: Project, more: str = "") -> str:
    return f"/my/projects/{project.number}/data{more}"


@pytest.mark.rule("G16")
def test_the_table_begins_where_the_reports_ended(project: Project) -> None:
    with transaction() as session, moment("2026-10-20T10:00:00"):
        found = table.sheet(session, project)
        cells = {c.device.meter_no: c for c in found.lines[0][1]}
    assert found.months == tuple(date(2026, m, 1) for m in range(1, 10))
    first = cells[rows.GENERATION]
    assert (first.state, first.joined, first.before and first.before.end) == ("open", True, END)
    assert found.lines[1][1][0].follows


def test_a_project_of_many_meters_is_shown_fewer_months(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "CELLS", 4)
    with transaction() as session:
        found = sheet(session, project)
    assert (len(found.devices), [m.month for m in found.months], found.more) == (2, [1, 2], 2)


def test_a_month_reported_is_shown_and_not_asked_for(project: Project) -> None:
    with transaction() as session:
        line = sheet(session, project, "2025-12", "2026-01").lines
        n = [c.device.meter_no for c in line[0][1]].index(rows.GENERATION)
    assert [cells[n].state for _, cells in line] == ["kept", "open"]
    assert line[0][1][n].kept is not None


def test_months_that_cannot_be_typed_are_said(project: Project) -> None:
    for first, last, at in (("2026-1", "2026-02", "from"), ("2026-04", "2026-03", "to"), ("2020-01", "2026-01", "to"),
                            ("2026-10", "2099-01", "to")):  # fmt: skip
        with pytest.raises(Invalid) as told:
            table.chosen(first, last)
        assert [p.loc for p in told.value.problems] == [at]
    assert table.named("2026-02,,x,2099-01,2026-01") == [date(2026, 1, 1), date(2026, 2, 1)]


@pytest.mark.rule("G16")
def test_what_was_typed_is_kept_exactly_as_an_upload_of_the_same_rows(project: Project) -> None:
    with transaction() as session:
        me, name = rows.owner(session, project), names(session, project)
        words = {name("2026-01"): "12,204.56", name("2026-02"): "12817.80"}
        batch = typed.preview(session, me, project, sheet(session, project), words)
        assert (batch.state, batch.channel, batch.rows, len(batch.sha256)) == ("preview", "page", 2, 64)
        uploads.confirm(session, me, project, batch)
        kept = session.exec(select(ReadingRow).where(ReadingRow.batch_id == batch.id).order_by("id")).all()
        told = session.exec(
            select(AuditEvent)
            .where(AuditEvent.event == Event.READINGS_RECEIVED)
            .order_by(col(AuditEvent.id).desc())
        ).first()
        twin = batches.take_batch(
            session, me, project,
            [{"meter_no": rows.GENERATION, "month": "2026-01", "reading_start": "11621.2", "reading_end": "12204.56",
              "multiplier": "80", "quantity": "46668.8"}], "twin",
        )  # fmt: skip
    assert [(r.first_day, r.last_day, r.reading_start, r.reading_end, r.quantity) for r in kept] == [
        (date(2026, 1, 1), date(2026, 1, 31), END, Decimal("12204.56"), Decimal("46668.8")),
        (date(2026, 2, 1), date(2026, 2, 28), Decimal("12204.56"), Decimal("12817.8"), Decimal("49059.2")),
    ]
    assert told is not None
    assert (told.data["channel"], told.data["accepted"] + told.data["apart"]) == (
        "page",
        2,
    )
    assert "已收到" in twin.rejected[0].reason.zh


@pytest.mark.rule("G16")
@pytest.mark.parametrize(
    ("typed_in", "words"),
    [
        ({"2026-01": "11000"}, {"2026-01": "2026年1月：读数 11000 比上月读数 11621.2 小"}),
        (
            {"2026-01": "12204.56", "2026-02": "12204"},
            {"2026-02": "2026年2月：读数 12204 比上月读数 12204.56 小"},
        ),
        ({"2026-02": "12204"}, {"2026-02": "请先填写上一个月的读数"}),
        ({"2026-01": "一万二", "2026-02": "12204"}, {"2026-01": "不是数字"}),
        ({"2026-01": "12000.12345"}, {"2026-01": "最多保留 4 位小数"}),
        ({"2026-01": "999999"}, {"2026-01": "超过装机容量"}),
        ({"2026-01": "1e40"}, {"2026-01": "不是数字"}),
        ({"2026-01": "999999999999.9999"}, {"2026-01": "数值超出允许范围"}),
    ],
)
def test_a_cell_that_is_wrong_says_so_in_words(
    project: Project, typed_in: dict[str, str], words: dict[str, str]
) -> None:
    with transaction() as session:
        name = names(session, project)
        filled = typed.fill(
            session, project, sheet(session, project), {name(m): value for m, value in typed_in.items()}
        )
        assert filled.at.keys() == {name(m) for m in words}
        assert all(words[m] in filled.at[name(m)].zh for m in words)
        assert [p.msg.zh.startswith("SHPV0001-G 2026年") for p in filled.problems] == [True]


def test_a_meter_never_read_asks_where_it_starts(database: str) -> None:
    with transaction() as session:
        project = rows.published(session, readings=False)
        for device in session.exec(select(Device).where(Device.project_id == project.id)).all():
            device.in_use_from = date(2026, 1, 16)
        cell = sheet(session, project).lines[0][1][0]
        assert (cell.asks_start, cell.first) == (True, date(2026, 1, 16))
        empty = typed.fill(session, project, sheet(session, project), {cell.end_name: "20"})
        words = {cell.start_name: "10.5", cell.end_name: "20"}
        filled = typed.fill(session, project, sheet(session, project), words)
        assert "期初读数：未填写" in empty.at[cell.start_name].zh
        assert (filled.problems, dict(filled.rows)[4]["first_day"]) == ((), "2026-01-16")
        assert filled.sums[cell.device.id or 0] == Decimal("9.5") * cell.device.multiplier


@pytest.mark.rule("G16")
def test_the_page_takes_readings_and_shows_them_before_they_count(project: Project, owner: Browser) -> None:
    with transaction() as session:
        name = names(session, project)
    assert path(project, "/typed") in owner.get(path(project)).text
    text = owner.get(path(project, "/typed?from=2026-01&to=2026-03")).text
    assert f'for="f-{name("2026-01")}">SHPV0001-G 2026年1月 期末读数</label>' in text
    assert ("11,621.2" in text, "kWh" in text, 'inputmode="decimal"' in text) == (True, True, True)
    sent = owner.post(path(project, "/typed"), {"months": "2026-01,2026-02", name("2026-01"): "12204.56"})
    where = sent.headers["location"]
    look = owner.get(where).text
    assert ("核对填写的读数" in look, "确认，1 行入库" in look, "46,668.8" in look) == (True, True, True)
    assert owner.post(f"{where}/confirm").status_code == 303
    assert "已入库" in owner.get(where).text
    assert "网页填写" in owner.get(path(project)).text
    api = owner.get(f"/api/v1/projects/{project.number}/batches").json()["items"]
    assert [b["channel"] for b in api] == ["page", "application"]


@pytest.mark.rule("G16")
def test_nothing_typed_is_lost(project: Project, owner: Browser) -> None:
    with transaction() as session:
        name = names(session, project)
    words = {
        "months": "2026-01,2026-02,2026-03",
        name("2026-01"): "12204.56",
        name("2026-02"): "1<2",
        name("2026-03"): "13000",
    }

    def there(text: str) -> dict[str, str]:
        found = re.findall(r'<input class="form-control[^"]*" id="f-(end-[^"]+)"[^>]* value="([^"]*)"', text)
        return {k: unescape(v) for k, v in found if v}

    wrong = owner.post(path(project, "/typed"), words)
    assert (wrong.status_code, "2026年2月：不是数字" in wrong.text) == (422, True)
    assert there(wrong.text) == {k: v for k, v in words.items() if k != "months"}
    summed = owner.post(path(project, "/typed"), {**words, "act": "sum"})
    assert (summed.status_code, there(summed.text)) == (200, there(wrong.text))
    assert "46,668.8" in summed.text
    where = owner.post(path(project, "/typed"), {**words, name("2026-02"): "12817.8"}).headers["location"]
    back = owner.post(f"{where}/discard").headers["location"]
    assert there(owner.get(back).text) == {**there(wrong.text), name("2026-02"): "12817.8"}
    nothing = owner.post(path(project, "/typed"), {"months": "2026-01"})
    assert (nothing.status_code, "请至少填写一个读数" in nothing.text) == (422, True)


def test_what_was_reported_meanwhile_is_said_at_its_cell(project: Project, owner: Browser) -> None:
    with transaction() as session:
        name = names(session, project)
    again = owner.post(path(project, "/typed"), {"months": "2025-12", name("2025-12"): "12000"})
    assert (again.status_code, "2025年12月：与已收数据" in again.text, 'value="12000"' in again.text) == (
        422,
        True,
        True,
    )


def test_a_project_that_takes_nothing_says_so_and_keeps_the_words(project: Project, owner: Browser) -> None:
    with transaction() as session:
        name = names(session, project)
        session.get_one(Project, project.id).state = "suspended"
    assert "现在不能报送" in owner.get(path(project, "/typed")).text
    sent = owner.post(path(project, "/typed"), {"months": "2026-01", name("2026-01"): "12204.56"})
    assert (sent.status_code, "不接收数据" in sent.text, "12204.56" in sent.text) == (409, True, True)


def test_months_that_are_wrong_are_told_on_the_page(project: Project, owner: Browser) -> None:
    told = owner.get(path(project, "/typed?from=2026-03&to=2026-01"))
    assert (told.status_code, "止月早于起月" in told.text) == (422, True)
    early = owner.get(path(project, "/typed?from=2001-01&to=2001-02")).text
    assert "所选月份没有在用的计量表" in early


def test_a_batch_of_a_file_is_not_turned_into_the_table(project: Project, owner: Browser) -> None:
    with transaction() as session:
        batch = session.exec(select(DataBatch).where(DataBatch.project_id == project.id)).one()
    assert owner.get(path(project, f"/typed?batch={batch.id}")).status_code == 200
    assert owner.get(path(project, "/typed?batch=x")).status_code == 404


@pytest.mark.rule("G16")
def test_what_was_typed_before_it_had_a_channel_is_given_it(project: Project) -> None:
    told = importlib.import_module("models.migrations.versions.0020_typed_readings").TOLD_APART
    with transaction() as session:
        for key, channel in (("page-1", "excel"), ("excel-2", "excel"), ("page-3", "api")):
            session.add(DataBatch(project_id=project.id or 0, key=key, channel=channel, sha256="0" * 64))
        session.flush()
        session.connection().execute(text(told))
        query = select(DataBatch.key, DataBatch.channel).where(col(DataBatch.sha256) == "0" * 64)
        assert dict(session.exec(query).all()) == {"page-1": "page", "excel-2": "excel", "page-3": "api"}
        session.rollback()
