"""Nothing typed is lost while papers are sent with an answer: beside a finding, and on the list of papers."""

import re
from typing import Any

import pytest
from sqlmodel import col, select

from models.tables import Attachment
from models.vocabulary.errors import NotKept
from models.vocabulary.text import Text
from services import blobs
from services.session import reading, transaction
from tests import factories
from tests.api import case_world as world
from tests.api.test_kept import chosen

DEFECTS = [
    {"target": "project.address", "requirement": "请写明门牌号", "basis": "指南"},
    {"target": "materials.licence", "requirement": "请加盖公章", "basis": "指南"},
]
TYPED = {"v.project.address": "上海市闵行区示例路300弄1号", "reply.1": "已写明门牌号", "reply.2": "正在盖章"}


@pytest.fixture
def applicant(browser: Any) -> Any:
    with transaction() as session:
        row = world.filer(session)
    return browser(user=row)


@pytest.fixture
def url(applicant: Any) -> str:
    no = world.filed(applicant)
    with transaction() as session:
        intake = factories.user(session, "intake")
        session.expunge_all()
    return f"/cases/{no}/answer/{world.correction(no, DEFECTS, intake)}"


def sent(who: Any, url: str, name: str = "", content: bytes = world.PDF, **more: str) -> Any:
    """The sheet as a browser sends it, with a file beside the second finding or none."""
    return who.send(
        "POST",
        url,
        data={**TYPED, **more, "csrf": who.csrf},
        files={"file.2": (name, content if name else b"", "application/pdf")},
    )


def papers() -> list[tuple[str, bool]]:
    with reading() as session:
        return [
            (a.filename, a.sealed)
            for a in session.exec(select(Attachment).order_by(col(Attachment.id)))
            if a.removed_at is None
        ]


def all_kept(html: str) -> bool:
    return all(words in html for words in TYPED.values())


@pytest.mark.rule("G10")
def test_a_paper_beside_a_finding_is_taken_with_everything_typed(applicant: Any, url: str) -> None:
    before = papers()
    page = applicant.get(url).text
    assert re.search(r'<form id="answer"[^>]* enctype="multipart/form-data"', page)
    answer = sent(applicant, url, "盖章执照.pdf", **{"_do": "paper:2", "sealed.2": "true"})
    assert answer.headers["location"] == f"{url}#finding-2"
    assert all_kept(applicant.get(url).text)
    assert papers() == [*before, ("盖章执照.pdf", True)]
    number = re.findall(r'name="_drop" value="(\d+)"', applicant.get(url).text)[-1]
    for _ in range(2):  # a double click takes it out once
        gone = sent(applicant, url, _drop=number)
        assert (gone.status_code, gone.headers["location"].split("#")[0]) == (303, url)
    assert papers() == before
    assert all_kept(applicant.get(url).text)


@pytest.mark.rule("G10")
def test_a_paper_that_is_refused_is_told_at_its_finding_and_nothing_else_is_lost(
    applicant: Any, url: str
) -> None:
    bad = sent(applicant, url, "执照.pdf", b"no pdf", **{"_do": "paper:2", "sealed.2": "true"})
    assert (bad.status_code, 'id="error-2"' in bad.text, all_kept(bad.text)) == (422, True, True)
    assert re.search(r'name="sealed.2" form="answer" value="true" checked', bad.text)
    none = sent(applicant, url, _do="paper:2")
    assert (none.status_code, "请先选择要上传的文件" in none.text) == (422, True)
    assert all_kept(applicant.get(url).text)


@pytest.mark.rule("G10")
def test_a_full_disk_takes_the_paper_only_and_not_the_words(
    applicant: Any, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_content: bytes) -> str:
        raise NotKept(Text("The storage for files is full.", "文件存储空间已满。"))

    monkeypatch.setattr(blobs, "put", full)
    before = papers()
    late = sent(applicant, url, "执照.pdf", **{"_do": "paper:2", "sealed.2": "true"})
    assert ("文件存储空间已满。" in late.text, all_kept(late.text)) == (True, True)
    assert papers() == before
    assert all_kept(applicant.get(url).text)


@pytest.mark.rule("G10")
def test_a_paper_that_was_chosen_is_not_lost_by_another_button(applicant: Any, url: str) -> None:
    before = papers()
    answer = sent(applicant, url, "执照.pdf", **{"_do": "review", "sealed.2": "true"})
    assert answer.headers["location"] == f"{url}/review"
    assert papers() == [*before, ("执照.pdf", True)]
    assert "执照.pdf" in applicant.get(f"{url}/review").text


@pytest.mark.rule("G07")
def test_a_mark_of_the_seal_stays_when_the_file_is_refused(applicant: Any) -> None:
    no = world.number_of(applicant.post("/api/v1/cases", json={"procedure": "project_application"}))
    for marked in ({}, {"sealed": "true"}):
        answer = applicant.send(
            "POST",
            f"/cases/{no}/materials",
            data={"kind": "licence", "csrf": applicant.csrf, **marked},
            files={"file": ("执照.pdf", b"no pdf", "application/pdf")},
        )
        assert (answer.status_code, chosen(answer.text, "sealed")) == (415, list(marked.values()))


@pytest.mark.rule("G19")
def test_who_answers_twice_reads_the_choice_that_came_too_late(applicant: Any) -> None:
    no = world.filed(applicant)
    url = f"/cases/{no}/answer/{world.asked(no, 'amount_confirmation', 'first_issuance')}"
    assert applicant.post(url, {"_do": "send", "_outcome": "confirm", "note": ""}).status_code == 303
    late = applicant.post(url, {"_do": "send", "_outcome": "contest", "note": "12 月不应折减"})
    assert (late.status_code, "12 月不应折减" in late.text, "拟选择" in late.text) == (409, True, True)
