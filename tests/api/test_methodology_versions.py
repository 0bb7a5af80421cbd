"""Methodologies are taken in on pages: faults with nothing lost, the preview, two persons, and a case filed under it."""

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from models.tables import Case, Methodology
from runtime.seeds import static
from services import clock, estimates
from services.session import transaction
from tests.api import case_world
from tests.quantification.test_checking import PV, WORDS, put
from tests.services.test_methodology_versions import newer

BASE = "/admin/methodologies"
DOCUMENT = {"body": "上海市生态环境局", "document": "沪环气候〔2026〕1号", "published_on": "2026-01-01"}
#: What the readings of the example come to with a factor of 0.42, and with one of 0.40.
OLD, NEW = Decimal("355.947"), Decimal("338.997")
ASKED = {**DOCUMENT, "effective_from": "2026-01-01", "reason": "依据公布文件收录"}


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def admin(browser: Callable[..., Any]) -> Any:
    return browser("admin")


def seeded() -> None:
    with transaction() as session:
        if session.exec(select(Methodology).where(Methodology.code == "DEMO-PV-2024")).first() is None:
            static._methodologies(session)


def sent(admin: Any, texts: tuple[str, str]) -> Any:
    return admin.post(BASE, {"calculator": texts[0], "description": texts[1], "note": "新因子"})


def confirmed(browser: Callable[..., Any], answer: Any) -> None:
    assert answer.status_code == 303, plain(answer.text)[-800:]
    change = answer.headers["location"].partition("?")[0]
    assert browser("admin").post(f"{change}/confirm").status_code == 303


def test_system_without_methodologies_says_what_is_missing_and_what_to_do(
    admin: Any, browser: Callable[..., Any]
) -> None:
    """The first test of the module: nothing is there yet."""
    with transaction() as session:
        filer = case_world.filer(session)
        for row in session.exec(select(Methodology)):
            session.delete(row)
    assert "本系统还没有收录方法学" in admin.get(BASE).text
    assert "没有可以选用的方法学，减排项目和减排场景的申请不能提交。" in plain(admin.get("/admin").text)
    applicant = browser(user=filer)
    assert "目前没有可以选用的方法学，暂时不能提交申请" in applicant.get("/cases/new").text
    drafted = applicant.post("/cases/new", {"procedure": "project_application"}).headers["location"]
    pages = [applicant.get(f"{drafted.partition('?')[0]}?section=s{n}").text for n in range(1, 10)]
    assert sum("目前没有可以选用的方法学：请先填写其他内容并保存草稿" in page for page in pages) == 1
    seeded()
    assert "目前没有可以选用" not in applicant.get("/cases/new").text


def test_faults_are_told_with_their_lines_and_nothing_typed_is_lost(admin: Any) -> None:
    seeded()
    texts = put(PV, version="1.1", parameters__2__value="0.40"), put(WORDS, version="1.2")
    answer = sent(admin, texts)
    page = plain(answer.text)
    assert answer.status_code == 422
    assert "检查发现 8 处需要修改，您填写的内容均已保留" in page
    assert "计算得 339.0944，文件所载为 356.04912。" in page
    assert "说明文件为 1.2，计算文件为 1.1，二者应为同一版本，请改为一致。" in page
    assert 'data-line="3"' in answer.text
    assert "沪环气〔2022〕34号：4.2 tCO2/万千瓦时" in answer.text
    assert 'value="新因子"' in answer.text
    assert json.loads(_typed(answer.text, "calculator")) == json.loads(texts[0])


def _typed(page: str, name: str) -> str:
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    return html.unescape(found.group(1))


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("one.json", b"\xff\xfe{", "不是 UTF-8 文本"),
        ("one.json", b"x" * 900_000, "过大，不是计算文件或者说明文件"),
        ("one.json", b"", "请选择文件，或者粘贴文件内容。"),
        ("one.json", b"PK\x03\x04", "不是有效的 JSON 文本"),
        ("one.json", b'{"a": "<script>alert(1)</script>"}', "缺少此项，请补充"),
    ],
)
def test_files_that_are_none_are_refused_in_words(admin: Any, file: str, content: bytes, words: str) -> None:
    answer = admin.post(BASE, {"description": WORDS}, files={"calculator_file": (file, content)})
    assert (answer.status_code, words in answer.text) == (422, True)
    assert "<script>alert" not in answer.text
    assert json.loads(_typed(answer.text, "description"))["code"] == "DEMO-PV-2024"


@pytest.mark.rule("M04")
@pytest.mark.rule("G02")
@pytest.mark.rule("M06")
def test_new_version_is_used_by_new_cases_and_old_cases_keep_theirs(
    admin: Any, browser: Callable[..., Any]
) -> None:
    seeded()
    with transaction() as session:
        filer = case_world.filer(session)
    applicant = browser(user=filer)
    before = case_world.filed(applicant)
    answer = admin.post(
        BASE, {"note": ""},
        files={
            "calculator_file": ("C:\\f\\pv.json", b"\xef\xbb\xbf" + newer()[0].encode()),
            "description_file": ("words.json", newer()[1].encode()),
        },
    )  # fmt: skip
    assert answer.status_code == 303
    where = answer.headers["location"]
    shown = plain(admin.get(where).text)
    assert "2 个核算示例全部与所载结果一致。" in shown
    assert "与版本 1.0 相比" in shown
    preview = plain(admin.get(f"{where}/preview").text)
    assert "预览：本版本尚未公布" in preview
    assert "本版本的 JSON 数据" not in preview
    assert applicant.get("/methodologies/DEMO-PV-2024?version=1.1").status_code == 404

    refused = admin.post(f"{where}/propose", {**ASKED, "effective_from": "2026-02-01", "body": ""})
    assert (refused.status_code, 'value="沪环气候〔2026〕1号"' in refused.text) == (422, True)
    confirmed(browser, admin.post(f"{where}/propose", {**ASKED, "replaces": "1.0", "ends_on": _today()}))
    assert (
        "上海市生态环境局，沪环气候〔2026〕1号，2026年1月1日"
        in applicant.get("/methodologies/DEMO-PV-2024?version=1.1").text
    )
    body = applicant.get("/api/v1/public/methodologies/DEMO-PV-2024?version=1.1").json()
    assert (body["publication"]["document"], next(f["value"] for f in body["factors"])) == (
        "沪环气候〔2026〕1号",
        "0.4",
    )

    after = case_world.filed(applicant, methodology_version="1.1")
    with transaction() as session:
        found = {
            c.case_no: (c.methodology_version, estimates.estimate(session, c.form))
            for c in session.exec(select(Case))
            if c.case_no in (before, after)
        }
    worked = {no: (version, e.recomputed_t if e else None) for no, (version, e) in found.items()}
    assert worked == {before: ("1.0", OLD), after: ("1.1", NEW)}


def _today() -> str:
    return clock.today().date().isoformat()


def test_version_ends_on_a_page_by_two_persons(admin: Any, browser: Callable[..., Any]) -> None:
    seeded()
    with transaction() as session:
        row = session.exec(select(Methodology).where(Methodology.code == "DEMO-METRO-2024")).one()
    where = f"{BASE}/{row.id}/end"
    assert "停止施行：到期，或者由新版本替代" in plain(admin.get(where).text)
    refused = admin.post(where, {"act": "withdraw", "ends_on": "2020-01-01", "reason": "修订"})
    assert refused.status_code == 422
    assert 'value="withdraw" checked' in refused.text
    last = (clock.today().date() + timedelta(days=20)).isoformat()
    confirmed(browser, admin.post(where, {**DOCUMENT, "act": "end", "ends_on": last, "reason": "修订"}))
    listed = plain(admin.get(BASE).text)
    assert "停止施行" in listed
    with transaction() as session:
        found = session.get_one(Methodology, row.id)
        assert (found.status, found.effective_to and found.effective_to.isoformat()) == ("published", last)


@pytest.mark.parametrize(
    "path", [f"{BASE}/version/999999", f"{BASE}/version/999999/preview", f"{BASE}/999999/end"]
)
def test_what_is_not_there_is_not_found(admin: Any, path: str) -> None:
    assert admin.get(path).status_code == 404


# ---- JSON --------------------------------------------------------------------------------------------------------

API = "/api/v1/admin"


@pytest.mark.rule("M04")
def test_json_takes_the_same_way(admin: Any, browser: Callable[..., Any]) -> None:
    seeded()
    bad = {
        "calculator": put(PV, version="1.2", formulas__3__expr="EF"),
        "description": put(WORDS, version="1.2"),
    }
    found = admin.post(f"{API}/methodologies/check", json=bad).json()
    assert (found["ok"], [(f["file"], f["line"] > 0) for f in found["faults"]]) == (
        False,
        [("calculator", True)],
    )
    assert admin.post(f"{API}/methodologies", json=bad).json()["errors"][0]["loc"] == "calculator"
    good = dict(zip(("calculator", "description"), newer("1.2"), strict=True))
    assert admin.post(f"{API}/methodologies/check", json=good).json()["ok"] is True
    made = admin.post(f"{API}/methodologies", json=good)
    assert made.status_code == 201
    there = made.json()
    assert there in admin.get(f"{API}/methodologies").json()["items"]
    change = admin.post(f"{API}/methodologies/{there['id']}/propose", json=ASKED).json()
    assert (change["state"], change["subject"]) == ("proposed", "DEMO-PV-2024 1.2")
    assert admin.post(f"{API}/changes/{change['id']}/confirm", json={}).status_code == 403
    done = browser("supervisor").post(f"{API}/changes/{change['id']}/confirm", json={})
    assert (done.status_code, done.json()["state"]) == (200, "confirmed")
    assert admin.get(f"{API}/methodologies/{there['id']}").json()["published"] is True
    asked = {**DOCUMENT, "act": "withdraw", "ends_on": _today(), "reason": "有误"}
    ended = admin.post(f"{API}/methodologies/DEMO-PV-2024/1.2/end", json=asked).json()
    assert admin.post(f"{API}/changes/{ended['id']}/withdraw").json()["state"] == "withdrawn"
    assert admin.post(f"{API}/methodologies/DEMO-PV-2024/7.7/end", json=asked).status_code == 404
