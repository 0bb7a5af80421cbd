"""What the letters of a procedure say of its course is what its course has: no panel, notice or institution besides."""

from dataclasses import replace
from io import BytesIO

import pytest
from docx import Document
from docx.document import Document as DocumentType

from models.procedures import PROCEDURES, procedure
from services.casefile import CaseFile
from services.documents.build import build
from services.documents.builders import words
from services.documents.render import render
from tests.documents import sample
from tests.documents.reading import AT, printed, text

COURSES = [key for key, spec in PROCEDURES.items() if spec.has_task("formal_review")]
#: Word of a letter -> the stages and tasks any of which it is about.
STEPS = {
    "专家": {"expert_review"},
    "公示": {"publicity"},
    "服务机构": {"agency_review", "quantity_agency_review"},
    "会同审核": {"joint_review"},
    "签发": {"quantity_review"},
}


def _has(key: str) -> set[str]:
    spec = procedure(key)
    return {s.key for s in spec.stages} | {t.key for t in spec.tasks}


@pytest.mark.rule("G09")
@pytest.mark.parametrize("key", COURSES)
def test_office_speaks_of_steps_its_course_has(key: str) -> None:
    office = procedure(key).office
    said = office.not_counted + office.duties + office.decided_by
    assert [word for word, steps in STEPS.items() if word in said and not steps & _has(key)] == []


@pytest.mark.rule("G09")
@pytest.mark.parametrize("key", COURSES)
def test_acceptance_notice_speaks_of_steps_its_course_has(key: str) -> None:
    file = replace(sample.empty(), procedure=key)
    said = text(printed_in(key, "acceptance_notice", file))
    assert [word for word, steps in STEPS.items() if word in said and not steps & _has(key)] == []
    assert "公布前" not in said or "publication" in _has(key)


def printed_in(key: str, letter: str, file: CaseFile) -> DocumentType:
    said = build(letter, file, number=sample.NUMBER, issued_at=AT)
    return Document(BytesIO(render(key, letter, said)))


def test_words_of_the_nouns_are_set_as_letters_set_them() -> None:
    """Pages keep Latin words and figures apart with spaces; in a letter Word does so by itself."""
    assert words.tight("不少于 5 名专家，见附录 D、附录 E") == "不少于5名专家，见附录D、附录E"
    assert words.tight("Annex 5 of the guide") == "Annex 5 of the guide"
    steps = text(printed("acceptance_notice", sample.ordinary()))
    assert "不少于5名专家" in steps


@pytest.mark.rule("M05")
def test_acceptance_notice_keeps_the_days_of_publicity_apart_from_those_before_it() -> None:
    steps = text(printed("acceptance_notice", sample.ordinary()))
    assert "公示前办理6个工作日，公示5个工作日" in steps
    assert "11个工作日" not in steps


def test_receipt_names_the_matter_in_every_procedure() -> None:
    for key in COURSES:
        said = text(printed_in(key, "receipt", replace(sample.empty(), procedure=key)))
        assert "事项名称" in said
        assert "签发名称" not in said
