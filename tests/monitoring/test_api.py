"""Readings, records and consents through the interface."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from models.tables import DataBatch, Project, ProjectKey, User
from services.monitoring import keys
from services.session import reading, transaction
from tests.conftest import Browser
from tests.monitoring import rows


@pytest.fixture
def project(database: str) -> Project:
    with transaction() as session:
        return rows.published(session, readings=False)


@pytest.fixture
def token(project: Project) -> str:
    with transaction() as session:
        return keys.make(session, rows.owner(session, project), project, "场站采集平台").token


def post(client: TestClient, project: Project, token: str, body: Any, key: str = "k1", what: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
    return client.post(what or f"/api/v1/projects/{project.number}/readings", json=body, headers=headers)


@pytest.mark.rule("G16")
def test_a_key_delivers_a_year_and_bad_rows_are_named(
    client: TestClient, project: Project, token: str
) -> None:
    sent = rows.year()
    sent[2]["quantity"] = "1"
    sent[5]["meter_no"] = "NOBODY"
    answer = post(client, project, token, {"rows": sent}).json()
    assert {k: answer[k] for k in ("accepted", "apart")} == {"accepted": 9, "apart": 1}
    assert [(r["row"], r["column"]) for r in answer["rejected"]] == [(3, "quantity"), (6, "meter_no")]
    assert "68200.80" in answer["rejected"][0]["reason"]
    mended = [rows.year()[2], rows.year()[5]]
    assert post(client, project, token, {"rows": mended}, "k2").json()["accepted"] == 2
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/api/v1/projects/{project.number}"
    page = client.get(f"{path}/readings?limit=7", headers=headers).json()
    more = client.get(f"{path}/readings?cursor={page['next_cursor']}", headers=headers).json()
    assert (len(page["items"]), len(more["items"]), more["next_cursor"]) == (7, 5, None)
    assert page["items"][0]["quantity"] == "46668.8"
    listed = client.get(f"{path}/batches", headers=headers).json()["items"]
    assert [(b["key"], b["accepted"], b["rejected"]) for b in listed] == [("k2", 2, 0), ("k1", 9, 2)]
    one = client.get(f"{path}/batches/{listed[1]['batch']}", headers=headers).json()
    assert one["refused"] == answer["rejected"]


def test_the_same_key_is_answered_the_same_and_other_content_is_refused(
    client: TestClient, project: Project, token: str
) -> None:
    first = post(client, project, token, {"rows": rows.year()})
    again = post(client, project, token, {"rows": rows.year()})
    other = post(client, project, token, {"rows": rows.year()[:3]})
    assert (first.json(), first.status_code, other.status_code) == (again.json(), 200, 409)
    assert other.json()["kind"] == "idempotency"


def test_the_same_key_at_the_same_time_is_taken_once(
    client: TestClient, project: Project, token: str
) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: post(client, project, token, {"rows": rows.year()}), range(4)))
    assert {a.status_code for a in answers} == {200}
    assert len({a.text for a in answers}) == 1
    with reading() as session:
        kept = session.exec(select(DataBatch).where(DataBatch.project_id == project.id)).all()
        assert [(b.key, b.accepted, b.apart) for b in kept] == [("k1", 11, 1)]


def test_what_is_malformed_is_refused_with_its_place(
    client: TestClient, project: Project, token: str
) -> None:
    without_key = post(client, project, token, {"rows": rows.year()}, "")
    empty = post(client, project, token, {"rows": []})
    many = post(client, project, token, {"rows": [{}] * 5001})
    shape = post(client, project, token, {"rows": "none"})
    assert [a.status_code for a in (without_key, empty, many, shape)] == [422] * 4
    assert without_key.json()["errors"][0]["loc"] == "Idempotency-Key"
    assert {a.headers["content-type"] for a in (without_key, empty, many, shape)} == {
        "application/problem+json"
    }


@pytest.mark.rule("M10")
def test_a_key_opens_its_own_project_until_it_is_revoked(
    client: TestClient, project: Project, token: str
) -> None:
    with transaction() as session:
        other, scenario = rows.published(session, readings=False), rows.scenario(session)
    assert post(client, other, token, {"rows": rows.year()}).status_code == 404
    records = f"/api/v1/scenarios/{scenario.number}/records"
    assert post(client, scenario, token, {"rows": [{}]}, what=records).status_code == 404
    assert post(client, project, token + "x", {"rows": rows.year()}).status_code == 401
    assert post(client, project, "phk_nothing", {"rows": rows.year()}).status_code == 401
    with transaction() as session:
        row = session.exec(select(ProjectKey).where(ProjectKey.prefix == token.split("_")[1])).one()
        assert token.split("_", 2)[2] not in str(row.model_dump())
        keys.revoke(session, rows.owner(session, project), project, row.id or 0)
    assert post(client, project, token, {"rows": rows.year()}).status_code == 401


@pytest.mark.rule("M10")
def test_another_party_knows_of_no_data_and_staff_reads_only(
    client: TestClient, project: Project, browser: Callable[..., Browser]
) -> None:
    path = f"/api/v1/projects/{project.number}/readings"
    headers = {"Idempotency-Key": "k1"}

    def answers(who: Browser) -> tuple[int, int]:
        sent = who.post(path, json={"rows": rows.year()}, headers=headers)
        return who.get(path).status_code, sent.status_code

    with transaction() as session:
        user = session.exec(select(User).where(User.id == rows.owner(session, project).user_id)).one()
    assert answers(browser("applicant")) == (404, 404)
    assert answers(browser("resident")) == (404, 404)
    assert answers(browser("officer")) == (200, 403)
    assert answers(browser(user=user)) == (200, 200)
    assert (client.get(path).status_code, client.post(path, json={"rows": []}).status_code) == (401, 401)


RIDE = {
    "record_no": "R1",
    "user": "u-7f3a",
    "start_at": "2026-03-02T08:01:00+08:00",
    "end_at": "2026-03-02T08:10:00+08:00",
    "distance_m": 1520,
}
CONSENT = {
    "user": "u-7f3a",
    "platform": "骑迹App",
    "operator": "上海骑迹共享出行科技有限公司",
    "version": "2026-01",
    "withdraw_how": "App 内「隐私设置」",
    "granted_at": "2026-01-05T09:00:00+08:00",
}


@pytest.mark.rule("G26")
@pytest.mark.rule("S03")
def test_records_are_taken_under_a_consent_named_whole_and_refused_after_its_end(
    client: TestClient, database: str
) -> None:
    with transaction() as session:
        scenario = rows.scenario(session)
        token = keys.make(session, rows.owner(session, scenario), scenario, "骑迹平台").token
    base = f"/api/v1/scenarios/{scenario.number}"

    def send(what: str, body: Any, key: str = "") -> Any:
        return post(client, scenario, token, body, key, f"{base}/{what}")

    assert send("records", {"rows": [RIDE]}, "a").json()["rejected"][0]["column"] == "user"
    halves = [{**CONSENT, "operator": ""}, {**CONSENT, "platform": ""}, {**CONSENT, "withdraw_how": ""}]
    taken = send("consents", {"rows": [*halves, CONSENT, CONSENT]}).json()
    assert (taken["accepted"], taken["known"], [r["column"] for r in taken["rejected"]]) == (
        1, 1, ["operator", "platform", "withdraw_how"],
    )  # fmt: skip
    assert send("records", {"rows": [RIDE]}, "b").json()["accepted"] == 1
    ended = send("consents/withdrawals", {"user": "u-7f3a", "withdrawn_at": "2026-03-15T00:00:00+08:00"})
    assert ended.json() == {"withdrawn": 1}
    later = {
        **RIDE,
        "record_no": "R2",
        "start_at": "2026-03-16T07:55:00+08:00",
        "end_at": "2026-03-16T08:02:00+08:00",
    }
    earlier = {
        **RIDE,
        "record_no": "R3",
        "start_at": "2026-01-02T07:55:00+08:00",
        "end_at": "2026-01-02T08:02:00+08:00",
    }
    twice = {**RIDE, "record_no": "R4"}
    personal = {**RIDE, "record_no": "R5", "user": "13912345678"}
    answer = send("records", {"rows": [later, earlier, twice, personal, RIDE]}, "c").json()
    assert (answer["accepted"], [(r["row"], r["column"]) for r in answer["rejected"]]) == (
        0, [(1, "user"), (2, "user"), (3, "start_at"), (4, "user"), (5, "record_no")],
    )  # fmt: skip
    assert ["撤回" in r["reason"] for r in answer["rejected"][:2]] == [True, False]
    assert send("consents/withdrawals", {"user": "nobody"}).status_code == 404


@pytest.mark.rule("G25")
@pytest.mark.parametrize("state", ["connecting", "suspended", "deregistered"])
def test_records_of_a_scenario_that_is_not_live_are_refused(
    client: TestClient, database: str, state: str
) -> None:
    with transaction() as session:
        scenario = rows.scenario(session, state)
        token = keys.make(session, rows.owner(session, scenario), scenario, "骑迹平台").token
    answer = post(
        client, scenario, token, {"rows": [RIDE]}, "a", f"/api/v1/scenarios/{scenario.number}/records"
    )
    assert (answer.status_code, answer.json()["kind"]) == (409, "not_live")
    with reading() as session:
        assert session.exec(select(DataBatch).where(col(DataBatch.project_id) == scenario.id)).all() == []


def test_the_description_carries_examples(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    call = schema["paths"]["/api/v1/projects/{number}/readings"]["post"]
    assert {"401", "403", "404", "409", "422"} <= set(call["responses"])
    assert schema["components"]["schemas"]["Readings"]["properties"]["rows"]["examples"][0][0]["meter_no"]
