"""A sixth procedure needs its own files and one line in each of two registries; nothing else knows of it.

It is played through pages, JSON, services and workflow as they stand.
"""

import asyncio
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from docx import Document as Word
from sqlmodel import select
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.worker import Worker

from activities.relay import Relay
from models.procedures import PROCEDURES, examples_for
from models.tables import Case, TaskRow, User
from models.vocabulary.forms import example_data
from services import people
from services.documents import render
from services.session import transaction
from tests.architecture.sixth import nouns
from tests.architecture.sixth.course import Consultation
from tests.conftest import Browser
from tests.scenarios.conftest import Stage, stage  # noqa: F401 - a fixture
from tests.scenarios.play import Cast, Scenario, replay
from workflows import WORKFLOWS
from workflows.sandbox import runner

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

pytestmark = pytest.mark.scenario
QUEUE = "sixth"


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The two lines of the two registries, and the template where a template lies."""
    templates = tmp_path_factory.mktemp("templates")
    _letter(templates / nouns.KEY / "consultation_letter.docx")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PROCEDURES, nouns.KEY, nouns.SPEC)
        patch.setattr(render, "TEMPLATES", templates)
        WORKFLOWS.append(Consultation)  # type: ignore[arg-type]
        yield
        WORKFLOWS.remove(Consultation)  # type: ignore[arg-type]


def _letter(path: Path) -> None:
    path.parent.mkdir()
    word = Word()
    word.add_heading("{{ title }}")
    for line in ("{{ number }}", "{{ recipient }}：", "关于“{{ case_title }}”（{{ case_no }}）的答复如下。"):
        word.add_paragraph(line)
    word.add_paragraph(
        "{% for a in answers %}{{ a.task }}：{% for l in a.lines %}{{ l.name }} {{ l.value }}；{% endfor %}{% endfor %}"
    )
    word.add_paragraph("{{ issuing_body }} {{ issued_on }} {{ check_code }}")
    word.save(str(path))


@pytest.fixture(scope="module")
def played(registered: None, stage: Stage) -> Iterator["Consulted"]:  # noqa: F811
    from api.app import app

    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        yield Consulted(client).play(stage)


class Consulted:
    """One consultation, played through the JSON interface by the people of the scenarios."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.seen: list[str] = []
        self.browsers: dict[str, Browser] = {}

    def browser(self, username: str) -> Browser:
        if username not in self.browsers:
            with transaction() as session:
                user = session.exec(select(User).where(User.username == username)).one()
                signed = people.open_session(session, user, ip="testclient")
            self.browsers[username] = Browser(self.client, signed.csrf, signed.token, user)
        return self.browsers[username]

    def json(self, who: str, method: str, path: str, **more: Any) -> Any:
        answer = self.browser(who).send(method, f"/api/v1{path}", **more)
        assert answer.status_code < 300, (who, method, path, answer.status_code, answer.text[:800])
        return answer.json()

    def play(self, stage: Stage) -> "Consulted":  # noqa: F811
        form = example_data(nouns.Consultation)
        case = self.json("applicant", "POST", "/cases", json={"procedure": nouns.KEY, "form": form})
        self.case_no = case["case_no"]
        declaration = {"declaration": {"accepted": True, "signatory": "陈启明"}}
        self.json("applicant", "POST", f"/cases/{self.case_no}/submit", json=declaration)
        with transaction() as session:
            self.case_id = session.exec(select(Case).where(Case.case_no == self.case_no)).one().id
        stage.run(self.follow)
        return self

    def answer(self, who: str, outcome: str, *change: dict[str, Any]) -> Any:
        def act(cast: Cast, task: TaskRow) -> None:
            self.pages(who, task)
            spec = nouns.SPEC.task(task.key)
            body = {"outcome": outcome, "form": examples_for(spec, outcome)}
            self.json(who, "POST", f"/tasks/{task.id}/complete", json=body)
            self.seen.append(f"{task.key}/{task.round} {outcome}")

        return act

    def pages(self, who: str, task: TaskRow) -> None:
        """What the person meets on the screen before answering."""
        page = self.browser(who).get(f"/tasks/{task.id}")
        if page.status_code == 303:
            page = self.browser(who).get(page.headers["location"])
        assert page.status_code == 200, (who, task.key, page.status_code)
        assert nouns.SPEC.task(task.key).title.zh in page.text

    async def follow(self, people: Cast) -> None:
        cast = Cast(people.client)
        cast.relay = Relay(people.client, QUEUE)
        cast.scripts[str(self.case_id)] = Scenario(
            answers={
                "consultation_reply/.*": self.answer("officer", "reply"),
                "consultation_signature/1/1": self.answer("supervisor", "return"),
                "consultation_signature/1/2": self.answer("supervisor", "approve"),
                "consultation_acknowledgement/.*": self.answer("applicant", "acknowledge"),
            }
        )
        with ThreadPoolExecutor(4) as threads:
            async with Worker(
                cast.client,
                task_queue=QUEUE,
                workflows=[Consultation],
                activities=cast.activities(),
                activity_executor=threads,
                workflow_runner=runner(),
            ):
                await cast.relay.deliver()
                handle = await cast.client.start_workflow(
                    nouns.KEY,
                    str(self.case_id),
                    id=f"case-{self.case_id}",
                    task_queue=QUEUE,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                )
                self.result = await asyncio.wait_for(handle.result(), 100)
                await replay(cast.client, await handle.fetch_history())


def test_sixth_procedure_is_played_to_its_end(played: Consulted) -> None:
    assert played.result == "closed"
    assert played.seen == [
        "consultation_reply/1 reply",
        "consultation_signature/1 return",
        "consultation_reply/2 reply",
        "consultation_signature/2 approve",
        "consultation_acknowledgement/1 acknowledge",
    ]


def test_sixth_procedure_shows_in_the_interface(played: Consulted) -> None:
    case = played.json("applicant", "GET", f"/cases/{played.case_no}")
    assert (case["status"], case["stage"]) == ("closed", "consultation_end")
    assert [d["kind"] for d in case["documents"]] == ["consultation_letter"]
    assert case["case_no"].startswith("SHTPH-ZX-")
    listed = played.json("applicant", "GET", "/procedures")
    assert nouns.KEY in str(listed)
    assert played.json("applicant", "GET", f"/procedures/{nouns.KEY}")["form_schema"]["examples"]


def test_sixth_procedure_makes_its_letter(played: Consulted) -> None:
    [letter] = played.json("applicant", "GET", f"/cases/{played.case_no}")["documents"]
    file = played.browser("applicant").get(f"/api/v1/cases/{played.case_no}/documents/{letter['id']}")
    text = "\n".join(p.text for p in Word(BytesIO(file.content)).paragraphs)
    assert "分布式光伏项目的计入期" in text
    assert "答复内容 扩容部分按新项目申请，原计入期不变。" in text
    assert letter["number"] in text


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("applicant", "/cases"),
        ("applicant", "/cases/new"),
        ("applicant", "/cases/{case}"),
        ("applicant", "/cases/{case}/form"),
        ("applicant", "/cases/{case}/versions"),
        ("applicant", "/home"),
        ("officer", "/tasks"),
        ("officer", "/cases/{case}"),
        ("supervisor", "/cases/{case}"),
        ("auditor", "/cases/{case}"),
        ("admin", "/admin/statistics"),
    ],
)
def test_sixth_procedure_has_every_page(played: Consulted, who: str, path: str) -> None:
    browser = played.browser(who)
    page = browser.get(path.format(case=played.case_no))
    while page.status_code == 303:
        page = browser.get(page.headers["location"])
    assert page.status_code == 200, page.text[:500]
    if "{case}" in path:
        assert played.case_no in page.text
    if path == "/cases/new":
        assert "政策咨询" in page.text


def test_sixth_procedure_stays_out_of_the_others_sight(played: Consulted) -> None:
    with transaction() as session:
        row = session.get_one(Case, UUID(str(played.case_id)))
    assert row.procedure == nouns.KEY
    assert played.browser("agency").get(f"/api/v1/cases/{played.case_no}").status_code == 404
