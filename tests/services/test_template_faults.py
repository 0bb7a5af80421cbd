"""A broken template is told in words: which letter, which version, what is wrong, what to do; no paths, no causes."""

import zipfile

import pytest

from models.tables import Case, TemplateVersion
from services import clock, documents_issue, troubles
from services.documents_issue import TemplateUnusable
from tests import factories

ORDERS = "请在“文书模板”中启用可用的版本，再“立即重试”。"


def in_force(session, procedure: str, key: str) -> None:
    row = TemplateVersion(
        procedure=procedure,
        key=key,
        sha256="ab" * 32,
        version="abababababab",
        size=1,
        filename="x.docx",
        by_user=factories.user(session, "admin").id,
        effective_from=clock.today().date(),
        activated_at=clock.now(),
    )
    session.add(row)
    session.flush()


@pytest.fixture
def case(session) -> Case:
    return factories.case(session, factories.user(session, "applicant"), status="submitted")


def test_missing_template_file_is_told_with_the_letter_and_without_a_path(session, case):
    in_force(session, case.procedure, "receipt")
    with pytest.raises(TemplateUnusable) as told:
        documents_issue.issue(session, case, "receipt")
    said = str(told.value)
    assert said.startswith("文书“")
    assert "的现行模板无法使用：所需文件不存在" in said
    assert said.endswith(ORDERS)
    assert "/" not in said


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (zipfile.BadZipFile("File is not a zip file"), "文书模板文件已损坏"),
        (KeyError("word/document.xml"), "word/document.xml"),
    ],
)
def test_damaged_template_is_told_with_its_version(error, words):
    with pytest.raises(TemplateUnusable) as told, documents_issue._usable("附录C", "1.2"):
        raise error
    assert str(told.value).startswith("文书“附录C”的模板（版本 1.2）无法使用：")
    assert words in str(told.value)


def test_console_shows_the_words_whether_the_worker_or_the_engine_tells_them():
    words = f"文书“附录C”的模板（版本 1.2）无法使用：文书模板文件已损坏。{ORDERS}"
    for said in (
        f"TemplateUnusable: {words}",
        f"TemplateUnusable: {words} ← FileNotFoundError: Object at location /srv/files/ab not found",
    ):
        assert troubles.readable(said) == words
