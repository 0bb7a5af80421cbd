"""The public part of the JSON contract."""

import pytest

from services import notices, objections, projects
from services.session import transaction
from tests import public_rows as rows

BASE = "/api/v1/public"


@pytest.fixture
def notice(client):
    with transaction() as session:
        case = rows.a_case(session)
        rows.release(session, case)
        return notices.open_publicity(session, case, 1)


@pytest.mark.rule("M05")
def test_objection_by_json_answers_number_promise_and_link(client, notice):
    sent = client.post(f"{BASE}/notices/{notice.id}/objections", json=rows.OBJECTION)
    body = sent.json()
    assert sent.status_code == 201
    assert set(body) >= {"receipt_no", "reply_due", "lookup"}
    assert body["reply_due"].endswith("+08:00")
    status = client.get(f"{BASE}/objections/{body['lookup']}").json()
    assert (status["receipt_no"], status["state"]) == (body["receipt_no"], "received")
    assert client.get(f"{BASE}/notices/{notice.id}").json()["objections"] == 1


def test_example_of_the_objection_schema_is_accepted(client, notice):
    schema = client.get("/openapi.json").json()["paths"][BASE + "/notices/{notice_id}/objections"]["post"]
    example = schema["requestBody"]["content"]["application/json"]["schema"]["examples"][0]
    assert client.post(f"{BASE}/notices/{notice.id}/objections", json=example).status_code == 201


def test_objection_by_json_names_every_defect(client, notice):
    sent = client.post(
        f"{BASE}/notices/{notice.id}/objections", json={"content": "短", "topics": ["x"], "contact": "?"}
    )
    assert sent.status_code == 422
    assert sent.headers["content-type"] == "application/problem+json"
    assert {e["loc"] for e in sent.json()["errors"]} == {"content", "topics", "contact"}


@pytest.mark.parametrize("body", ["[]", "{", '"text"'])
def test_objection_that_is_no_object_is_malformed(client, notice, body):
    sent = client.post(
        f"{BASE}/notices/{notice.id}/objections", content=body, headers={"Content-Type": "application/json"}
    )
    assert sent.status_code == 422


def test_sixth_objection_within_an_hour_answers_429(client, notice):
    codes = [
        client.post(f"{BASE}/notices/{notice.id}/objections", json=rows.OBJECTION).status_code
        for _ in range(objections.PER_NOTICE_HOUR + 1)
    ]
    assert codes == [201] * objections.PER_NOTICE_HOUR + [429]


def test_notices_are_paged_without_gaps(client):
    with transaction() as session:
        for _ in range(3):
            rows.a_notice(session)
    seen, cursor = [], ""
    while True:
        page = client.get(f"{BASE}/notices?limit=2{cursor}").json()
        seen += [n["id"] for n in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == sorted(set(seen), reverse=True)


@pytest.mark.rule("G15")
def test_published_project_is_listed_with_its_permanent_number(client):
    with transaction() as session:
        made = rows.a_notice(session)
        case = rows.case_of(session, made)
        notices.close_publicity(session, case, 1, rows.at(rows.OVER))
        number = projects.publish(session, case).number
    items = client.get(f"{BASE}/projects").json()["items"]
    assert [p["number"] for p in items if p["case_no"] == case.case_no] == [number]
    assert client.get(f"{BASE}/projects/{number}").json()["notices"] == [made.id]


@pytest.mark.parametrize(
    "path", ["/notices/999999", "/projects/none", "/objections/none", "/certificates/none"]
)
def test_unknown_things_answer_404_as_problems(client, path):
    answer = client.get(BASE + path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("query", ["cursor=abc", "limit=0", "limit=101", "state=secret"])
def test_malformed_query_answers_422(client, query):
    assert client.get(f"{BASE}/notices?{query}").status_code == 422
