"""What operator, centre and person see of the issuance of a scenario, and a consent withdrawn on screen (G26, G28)."""

import re
from collections.abc import Callable
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from models.tables import AuditEvent, Case, Consent, User
from services import clock, scenario_issuance
from services.monitoring import records
from services.monitoring.access import Sender
from services.reading import scenario_runs
from services.session import reading, transaction
from tests import factories, issuing


@pytest.fixture
def city(browser: Callable[..., Any]) -> SimpleNamespace:
    """The rides of March, issued; the operator, an officer, another firm, and two of the riders signed in."""
    with clock.at(issuing.AFTER), transaction() as session:
        project, people = issuing.rides(session)
        issuing.issued(session, project)
        run = scenario_runs.runs(session, project)[0].row
        while scenario_issuance.advance(session, run.id or 0):
            pass
        origin = session.get_one(Case, project.case_id)
        operator = session.get_one(User, origin.created_by)
        riders = [factories.user(session, "resident", party=people[u]) for u in ("USR-01", "USR-02")]
        firm, officer = factories.user(session, "applicant"), factories.user(session, "officer")
        session.expunge_all()
    return SimpleNamespace(
        number=project.number,
        scenario=project,
        operator=browser(user=operator),
        officer=browser(user=officer),
        firm=browser(user=firm),
        rider=browser(user=riders[0]),
        other=browser(user=riders[1]),
        people=people,
    )


def rows(answer: Any) -> list[tuple[Any, ...]]:
    return list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))


@pytest.mark.rule("G28")
def test_operator_and_centre_see_runs_totals_and_every_record_with_its_reason(city: SimpleNamespace) -> None:
    for who in (city.operator, city.officer):
        page = who.get(f"/scenarios/{city.number}/issuance")
        assert page.status_code == 200
        for said in ("891", "2026-03", "已签发到个人", "平均速度超过 30 km/h", "QJ202603000007", "时间重叠"):
            assert said in page.text, said
        assert "USR-0" not in page.text
    runs = rows(city.operator.get(f"/scenarios/{city.number}/issuance.xlsx"))
    assert runs[2][:6] == ("2026-03", "已签发到个人", 5, 4, 891, "0.000891")
    found = rows(city.officer.get(f"/scenarios/{city.number}/issuance.xlsx?month=2026-03"))
    assert sum(r[5] for r in found[2:] if isinstance(r[5], int)) == 891
    assert {r[6] for r in found[2:] if r[0].endswith("08")} == {"单次骑行距离超过 20 km"}


@pytest.mark.rule("G28")
def test_workbooks_of_a_scenario_are_in_the_language_of_who_reads_them(city: SimpleNamespace) -> None:
    english = {"Cookie": f"puhui_session={city.officer.token}; lang=en"}
    runs = rows(city.officer.get(f"/scenarios/{city.number}/issuance.xlsx", headers=english))
    answer = city.officer.get(f"/scenarios/{city.number}/issuance.xlsx?month=2026-03", headers=english)
    assert (runs[1][:2], runs[2][:2]) == (("Month", "State"), ("2026-03", "Issued to the persons"))
    found = rows(answer)
    assert "Records_" in answer.headers["content-disposition"]
    assert found[0][0].endswith("2026-03 · 5 counted, 891 g, 4 set apart")
    assert (found[1][0], found[1][6]) == ("Record", "Why set apart")
    assert {r[4] for r in found[2:]} == {"Counted", "Set apart"}
    assert not re.search("[\u4e00-\u9fff]", "".join(str(r[n] or "") for r in found[1:] for n in (3, 4, 6)))


@pytest.mark.parametrize("month", ["2026-13", "2020-01", "x"])
def test_records_of_a_month_without_any_are_not_those_of_another(city: SimpleNamespace, month: str) -> None:
    answer = city.officer.get(f"/scenarios/{city.number}/issuance.xlsx?month={month}")
    assert (answer.status_code, "该月没有行为记录" in answer.text) == (404, True)


@pytest.mark.rule("M10")
def test_issuance_of_a_scenario_is_unknown_to_other_firms(city: SimpleNamespace) -> None:
    for path in ("issuance", "issuance.xlsx"):
        assert city.firm.get(f"/scenarios/{city.number}/{path}").status_code == 404


def test_first_page_of_a_person_is_what_was_issued_to_them(city: SimpleNamespace) -> None:
    answer = city.rider.get("/home", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/my/receipts")


@pytest.mark.rule("G28")
def test_person_sees_own_receipts_and_nobody_elses(city: SimpleNamespace) -> None:
    page = city.rider.get("/my/receipts").text
    assert "302" in page
    assert "QJ202603000001" in page
    assert "QJ202603000003" not in page
    assert [r[2] for r in rows(city.other.get("/my/receipts.xlsx"))[2:]] == ["QJ202603000003"]
    assert "还没有签发给您的减排量" in city.firm.get("/my/receipts").text


@pytest.mark.rule("G26")
def test_person_withdraws_own_consent_and_later_records_are_refused(city: SimpleNamespace) -> None:
    with reading() as session:
        mine = select(Consent.id).where(Consent.party_id == city.people["USR-01"].id)
        consent = session.exec(mine).one()
    address = f"/my/consents/{consent}/withdraw"
    own = city.rider.get("/my/consents").text
    assert city.number in own
    assert (city.people["USR-01"].account_no in own, city.people["USR-02"].account_no in own) == (True, False)
    assert city.other.get(address).status_code == 404
    assert city.other.post(address).status_code == 404
    assert "撤回之后" in city.rider.get(address).text
    for _ in range(2):  # withdrawn twice is withdrawn once
        assert city.rider.post(address).headers["location"] == "/my/consents?done=1"
    assert "已撤回授权" in city.rider.get("/my/consents?done=1").text
    ride = {"record_no": "QJ-late", "user": "USR-01", "start_at": clock.now().isoformat(),
            "end_at": clock.now().isoformat(), "distance_m": 1000}  # fmt: skip
    with transaction() as session:
        taken = records.take_records(session, Sender(), city.scenario, [ride], "after")
        assert [r.column for r in taken.rejected] == ["user"]
        events = session.exec(select(AuditEvent).where(AuditEvent.event == "consent.withdrawn")).all()
    assert sum(e.data.get("consents") == [consent] for e in events) == 1


@pytest.mark.rule("G20")
def test_operator_applies_for_the_next_month_on_one_page(city: SimpleNamespace) -> None:
    with clock.at(issuing.AFTER), transaction() as session:
        ride = {"record_no": "QJ-feb", "user": "USR-02", "start_at": "2026-02-20T08:00:00+08:00",
                "end_at": "2026-02-20T08:20:00+08:00", "distance_m": 3000}  # fmt: skip
        records.take_records(session, Sender(), city.scenario, [ride], "feb")
    page = city.operator.get(f"/my/projects/{city.number}/issuance").text
    assert "0.000291" in page
    assert "按行为记录签发至 1 个个人账户" in page
    assert re.search("2月1日 — (2026年)?2月28日", page)
    assert "2026-02-01" not in page
    assert city.officer.get(f"/my/projects/{city.number}/issuance").status_code == 403


@pytest.mark.rule("G20")
def test_page_that_is_sent_twice_applies_for_what_it_showed_and_no_more(city: SimpleNamespace) -> None:
    with clock.at(issuing.AFTER), transaction() as session:
        for n, month in enumerate(("01", "02")):
            ride = {"record_no": f"QJ-twice-{n}", "user": "USR-02", "start_at": f"2026-{month}-20T08:00:00+08:00",
                    "end_at": f"2026-{month}-20T08:20:00+08:00", "distance_m": 3000}  # fmt: skip
            records.take_records(session, Sender(), city.scenario, [ride], f"twice-{n}")
    url = f"/my/projects/{city.number}/issuance"
    seen = re.findall(r'name="seen" value="([^"]+)"', city.operator.get(url).text)[0]
    typed = {"seen": seen, "implementation": "运行正常", "signatory": "", "accepted": "true"}
    lacking = city.operator.post(url, typed)
    assert (lacking.status_code, 'id="p-signatory"' in lacking.text, "运行正常" in lacking.text) == (
        422,
        True,
        True,
    )
    assert 'name="accepted" value="true" checked' in lacking.text
    done = [city.operator.post(url, typed | {"signatory": "张明"}).headers["location"] for _ in range(2)]
    assert len(set(done)) == 1
    other = city.operator.post(url, typed | {"signatory": "张明", "seen": f"1{seen}"})
    assert (other.status_code, "本次未提交" in other.text, "张明" in other.text) == (409, True, True)
