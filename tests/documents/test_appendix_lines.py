"""Lines of the appendices that could be misread: whose condition, in what unit, signed by whom."""

from dataclasses import replace

from api.form_schema import fresh_example
from models.procedures import procedure
from services.documents.builders.appendix_a import declaration
from services.documents.builders.appendix_c import lines, readiness
from tests.documents import sample

FORM = procedure("scenario_application").form
EXAMPLE = fresh_example(FORM)


def test_each_condition_of_the_first_contact_is_named() -> None:
    names = [line.name for line in readiness(FORM, EXAMPLE)]
    assert "减排场景方法学：是否具备" in names
    assert len(names) == len(set(names))


def test_amounts_carry_their_unit_and_words_do_not() -> None:
    said = {line.name: line.value for line in lines(FORM, EXAMPLE, "applicant")}
    assert said["注册资本"] == "2000 万元"
    assert said["邮编"] == "200082"
    bare = {**EXAMPLE, "applicant": {**EXAMPLE["applicant"], "registered_capital_wan": None}}
    assert {line.name: line.value for line in lines(FORM, bare, "applicant")}["注册资本"] == "—"


def test_row_of_a_table_has_one_mark_between_its_cells() -> None:
    (first, *_) = lines(FORM, EXAMPLE, "design.applicability")
    assert "。；" not in first.value
    assert first.value.endswith("。")


def test_corrected_version_keeps_the_declaration_given_before_it() -> None:
    file = sample.ordinary()
    first, second = file.versions[0], replace(file.versions[1], declaration={})
    kept = replace(file, versions=[first, second])
    assert declaration(kept, second) == declaration(file, first)
    assert declaration(kept, second)["declared_by"] == "陈启明"
    assert declaration(replace(file, versions=[second]), second)["declared_by"] == "—"
