"""The library of methodologies as anybody reads it: pages and JSON, both languages, odd addresses."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session, select

from api.v1.methodology_models import MethodologyDetail, MethodologyItem
from models.tables import Methodology
from runtime.seeds import static
from services.quantification import catalogue
from services.session import transaction
from tests import entries, factories

EN = {"Cookie": "lang=en"}
BASE = "/api/v1/public/methodologies"
ALL = sorted(code for code, _ in catalogue())


def seeded(session: Session) -> None:
    if session.exec(select(Methodology)).first() is None:
        static._methodologies(session)


@pytest.fixture
def library(client: Any) -> Any:
    """The application with the five methodologies that come with it."""
    with transaction() as session:
        seeded(session)
    return client


def plain(page: str) -> str:
    """The text of a page in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_list_shows_every_methodology_with_what_rests_on_it(library: Any) -> None:
    with transaction() as session:
        entries.published(session, next(factories.NUMBERS), factories.user(session, "applicant"))
    page = library.get("/methodologies")
    assert page.status_code == 200
    for code in ALL:
        assert f'href="/methodologies/{code}"' in page.text
    assert "共 5 个方法学" in page.text
    assert "已公布的减排项目 1 个" in plain(page.text)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=光伏", 1),
        ("kind=scenario", 3),
        ("class=I", 1),
        ("field=travel", 3),
        ("state=not_in_force", 0),
        ("q=%00%00", 5),
        ("q=" + "x" * 5000, 0),
        ("q=%25&kind=%00&class=%F0%9F%98%80&field=../..&state='--", 0),
        ("kind=nonsense", 5),
        ("q=<script>", 0),
        ("p=9999", 5),
    ],
)
def test_list_answers_odd_searches(library: Any, query: str, found: int) -> None:
    page = library.get(f"/methodologies?{query}")
    assert page.status_code == 200
    assert f"共 {found} 个方法学" in page.text
    assert "<script>" not in page.text
    assert page.text.count('<article class="card mb-3 method-card">') == found


@pytest.mark.rule("M03")
@pytest.mark.parametrize("code", ALL)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_of_every_methodology_shows_formulas_factors_and_examples(
    library: Any, code: str, lang: str
) -> None:
    page = library.get(f"/methodologies/{code}", headers={"Cookie": f"lang={lang}"})
    assert page.status_code == 200
    method = next(m for (c, _), m in catalogue().items() if c == code)
    text = plain(page.text)
    for p in method.definition.parameters:
        assert (p.role == "flag") != (f'<span class="sym">{p.symbol}</span>' in page.text)
    for f in method.definition.formulas:
        assert f"<b>{f.target}</b> = " in page.text
    for vector in method.definition.test_vectors:
        assert len(vector.rows) == 0 or vector.name in text or lang == "en"
    assert ("与方法学所载结果一致" if lang == "zh" else "as the methodology states") in text
    assert "不一致" not in text


def test_worked_example_is_what_the_calculator_gives(library: Any) -> None:
    text = plain(library.get("/methodologies/DEMO-PV-2024").text)
    assert "847736 × 0.42 ÷ 1000 = 356.04912 tCO₂e" in text
    assert "减排量：356.049 tCO₂e" in text
    assert "（356,049,000 克）" in text


@pytest.mark.rule("M07")
def test_class_is_told_by_what_its_reductions_may_be_used_for(library: Any) -> None:
    first = plain(library.get("/methodologies/DEMO-PV-2024").text)
    second = plain(library.get("/methodologies/DEMO-BIKE-2024").text)
    assert "可以用于上海碳市场配额履约清缴" in first
    assert "不能用于上海碳市场配额履约清缴" in second


def test_english_page_has_no_chinese_but_names_of_papers(library: Any) -> None:
    page = library.get("/methodologies/DEMO-EVFLEET-2026", headers=EN).text
    main = page.split("<main", 1)[1].split("</main>")[0]
    left = re.findall(r"[一-鿿]+", re.sub(r"<[^>]+>", " ", main))
    assert set(left) <= {"里程", "充电"}  # words that meters are recognised by


def test_page_leads_to_the_public_register(library: Any) -> None:
    with transaction() as session:
        made = entries.published(session, next(factories.NUMBERS), factories.user(session, "applicant"))
        number = made.number
    page = library.get("/methodologies/DEMO-PV-2024").text
    assert f'href="/projects/{number}"' in page
    entry = library.get(f"/projects/{number}").text
    assert 'href="/methodologies/DEMO-PV-2024?version=1.0"' in entry


@pytest.mark.parametrize("code", ["NOTHING-2024", "demo-pv-2024", "a%00b", "..;etc", "x" * 3000, "方法学"])
def test_unknown_number_gets_the_same_page_as_any_other(library: Any, code: str) -> None:
    answer = library.get(f"/methodologies/{code}")
    assert answer.status_code == 404
    assert "未找到该编号，或您无权查看" in answer.text
    assert library.get(f"{BASE}/{code}").status_code == 404


@pytest.mark.parametrize("version", ["9.9", "1.0%00", "<b>", "x" * 3000])
def test_unknown_version_says_which_there_are(library: Any, version: str) -> None:
    answer = library.get(f"/methodologies/DEMO-PV-2024?version={version}")
    assert answer.status_code == 404
    assert "已公布的版本有：1.0。" in answer.text


def test_draft_is_not_shown_anywhere(library: Any) -> None:
    with transaction() as session:
        session.add(
            Methodology(
                code="SECRET-2030", version="1.0", name="未公布的方法学", kind="project", method_class="I",
                status="draft", effective_from="2026-01-01",
            )
        )  # fmt: skip
    assert "SECRET-2030" not in library.get("/methodologies").text
    assert library.get("/methodologies/SECRET-2030").status_code == 404
    assert library.get(f"{BASE}/SECRET-2030").status_code == 404


def test_methodology_without_calculator_has_a_page(library: Any) -> None:
    with transaction() as session:
        session.add(
            Methodology(
                code="SHCER-2030", version="1.0", name="尚无计算文件的方法学", kind="project",
                method_class="II", effective_from="2026-01-01",
            )
        )  # fmt: skip
    page = library.get("/methodologies/SHCER-2030")
    assert page.status_code == 200
    assert "本版本的计算文件目前不能使用" in page.text
    body = library.get(f"{BASE}/SHCER-2030").json()
    assert (body["formulas"], body["sha256"], body["name"]) == ([], "", "尚无计算文件的方法学")
    with transaction() as session:
        session.delete(session.exec(select(Methodology).where(Methodology.code == "SHCER-2030")).one())


def test_version_that_ended_says_so_and_what_still_rests_on_it(library: Any) -> None:
    with transaction() as session:
        old = Methodology(
            code="DEMO-METRO-2024", version="0.9", name="轨道交通", kind="scenario", method_class="II",
            effective_from="2020-01-01", effective_to="2023-12-31",
        )  # fmt: skip
        session.add(old)
        entries.published(
            session, next(factories.NUMBERS), factories.user(session, "applicant"), "scenario",
            methodology="DEMO-METRO-2024", methodology_version="0.9",
        )  # fmt: skip
    ended = plain(library.get("/methodologies/DEMO-METRO-2024?version=0.9").text)
    now = plain(library.get("/methodologies/DEMO-METRO-2024").text)
    listed = plain(library.get("/methodologies?q=metro").text)
    body = library.get(f"{BASE}/DEMO-METRO-2024").json()
    with transaction() as session:
        session.delete(session.merge(old))
    assert "本版本已被新版本替代，不能用于新的申请 查看现行版本 1.0" in ended
    assert "版本 0.9 虽已停止用于新的申请，仍有 1 个已公布的场景沿用。" in now
    assert "其中一个版本的计算文件不能读取，无法比较。" in now
    assert "（共 2 个版本）" in listed
    assert [(v["version"], v["state"], v["changes"]) for v in body["history"]] == [
        ("1.0", "in_force", None),
        ("0.9", "superseded", []),
    ]


# ---- JSON --------------------------------------------------------------------------------------------------------


def test_json_list_is_paged_without_gaps(library: Any) -> None:
    seen, cursor = [], ""
    while True:
        page = library.get(f"{BASE}?limit=2{cursor}").json()
        seen += [m["number"] for m in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ALL


@pytest.mark.parametrize(
    "query", ["kind=x", "class=III", "field=A1", "state=x", "cursor=%00", "q=" + "x" * 81]
)
def test_json_list_refuses_what_it_does_not_know(library: Any, query: str) -> None:
    assert library.get(f"{BASE}?{query}").status_code == 422


def test_json_of_a_version_can_be_calculated_with(library: Any) -> None:
    body = library.get(f"{BASE}/DEMO-PV-2024?version=1.0").json()
    assert {f["symbol"]: (f["value"], f["unit"], f["status"]) for f in body["factors"]} == {
        "EF": ("0.42", "kgCO2/kWh", "verified"),
        "MPE": ("0.005", "1", "assumption"),
    }
    assert body["examples"][0]["amount_g"] == 356_049_000
    assert [s["target"] for s in body["examples"][0]["steps"]] == ["EGadj", "BE", "PE", "LE", "ER"]
    method = catalogue()["DEMO-PV-2024", "1.0"]
    assert body["sha256"] == method.source.digest


def test_json_examples_of_the_description_are_whole(library: Any) -> None:
    spec = library.get("/openapi.json").json()
    for path in (BASE, f"{BASE}/{{methodology}}"):
        assert "200" in spec["paths"][path]["get"]["responses"]
    for shape in (MethodologyItem, MethodologyDetail):
        (example,) = spec["components"]["schemas"][shape.__name__]["examples"]
        absent = {name: None for name, field in shape.model_fields.items() if field.default is None}
        whole = {"effective_to": None, **absent, **example}  # the description leaves out what is null
        assert whole.keys() == shape.model_fields.keys()
        assert shape.model_validate({**shape.model_config["json_schema_extra"]["examples"][0]})  # type: ignore[call-overload,index]


def test_draft_leads_to_the_methodologies_of_its_kind(library: Any, browser: Callable[..., Any]) -> None:
    person = browser("applicant")
    made = person.post("/api/v1/cases", json={"procedure": "project_application", "form": {}}).json()
    pages = [person.get(f"/cases/{made['case_no']}/edit?section=s{n}").text for n in range(1, 9)]
    assert sum("/methodologies?kind=project&amp;state=in_force" in page for page in pages) == 1


def test_public_pages_lead_to_the_library(library: Any, browser: Callable[..., Any]) -> None:
    for page in (library.get("/"), browser("applicant").get("/home"), library.get("/help/applicant")):
        assert 'href="/methodologies"' in page.text
