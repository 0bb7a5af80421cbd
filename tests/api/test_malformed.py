"""A request whose shape is wrong: each place is named, in the reader's language, with what is wanted there."""

import re
from typing import Any

import pytest

from api.malformed import problem_of

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize(
    ("method", "path", "sent", "loc", "needed"),
    [
        ("POST", "/api/v1/cases", {"form": {}}, "procedure", "请填写“procedure”"),
        ("POST", "/api/v1/cases", {"procedure": 7, "form": {}}, "procedure", "应填写文字"),
        ("POST", "/api/v1/cases", {"procedure": "project_application", "form": []}, "form", "结构不正确"),
        ("GET", "/api/v1/cases?limit=many", None, "limit", "应填写整数"),
        ("GET", "/api/v1/cases?limit=100000", None, "limit", "不得大于"),
    ],
)
def test_each_place_is_named_in_chinese(
    browser: Any, method: str, path: str, sent: Any, loc: str, needed: str
) -> None:
    answer = browser("applicant").send(method, path, json=sent)
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert error["loc"] == loc
    assert needed in error["msg"]


def test_and_in_english(browser: Any) -> None:
    applicant = browser("applicant")
    english = {"Cookie": applicant.headers["Cookie"].replace("lang=zh", "lang=en")}
    answer = applicant.send("POST", "/api/v1/cases", json={"form": {}}, headers=english)
    assert answer.json()["errors"] == [{"loc": "procedure", "msg": "Please fill in “procedure”."}]
    assert not HAN.search(answer.text)


def test_body_that_is_no_json_is_said_to_be_none(browser: Any) -> None:
    sent = {"content": b"{", "headers": {"Content-Type": "application/json"}}
    answer = browser("applicant").send("POST", "/api/v1/cases", **sent)
    assert answer.status_code == 422
    assert "不是有效的 JSON" in answer.json()["errors"][0]["msg"]


@pytest.mark.parametrize(
    ("kind", "context", "needed"),
    [
        ("extra_forbidden", {}, "没有“a.0.b”"),
        ("literal_error", {"expected": "'pdf' or 'docx'"}, "'pdf'、'docx'"),
        ("uuid_parsing", {"error": "invalid length"}, "应为 UUID"),
        ("some_kind_of_tomorrow", {}, "请核对“a.0.b”"),
    ],
)
def test_kinds_that_no_form_has(kind: str, context: dict[str, str], needed: str) -> None:
    found = problem_of({"loc": ("body", "a", 0, "b"), "type": kind, "msg": "English only", "ctx": context})
    assert found.loc == "a.0.b"
    assert needed in found.msg.zh
    assert not HAN.search(found.msg.en)
