"""What a correction changes is checked and pinned as it was at the submission (G02, G04, I15, I16)."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from models.tables import Case, Methodology, Project, TaskRow
from models.vocabulary.errors import Conflict, Invalid
from services import clock, eligibility, materials, paths
from tests.scenarios import world
from tests.services import desk_rows as rows

NAME = "project.project_name"


@pytest.fixture
def case(session: Session) -> Case:
    rows.city(session)
    return rows.filed(session)


def asked_for_corrections(session: Session, case: Case) -> TaskRow:
    review = rows.asked(session, case, "formal_review", stage="formal_review")
    defect = {"target": "project.address", "requirement": "请补充门牌号。", "basis": "附录A"}
    rows.answer(session, rows.who(session, "intake"), review, "request_correction", defects=[defect])
    return rows.asked(session, case, "correction")


def resubmit(session: Session, asked: TaskRow, **changed: Any) -> TaskRow:
    """The applicant's answer; `project__address` names the field project.address."""
    changes = [{"path": path.replace("__", "."), "value": value} for path, value in changed.items()]
    replies = [{"finding": 1, "reply": "已更正。"}]
    applicant = rows.who(session, "applicant")
    return rows.answer(session, applicant, asked, "resubmit", replies=replies, changes=changes)


def corrected(session: Session, case: Case, **changed: Any) -> TaskRow:
    """The applicant's answer to a request for corrections."""
    return resubmit(session, asked_for_corrections(session, case), **changed)


@pytest.mark.rule("G02")
def test_case_goes_on_under_the_methodology_it_was_corrected_to(session: Session, case: Case) -> None:
    now = session.exec(select(Methodology).where(Methodology.code == case.methodology)).one()
    session.add(Methodology(**{**now.model_dump(exclude={"id"}), "version": "2.0"}))
    session.flush()
    corrected(session, case, project__methodology_version="2.0")
    assert paths.first(case.form, "project.methodology_version") == "2.0"
    assert case.methodology_version == "2.0"


@pytest.mark.rule("G02")
def test_methodology_that_does_not_exist_is_refused_in_a_correction(session: Session, case: Case) -> None:
    with pytest.raises(Invalid) as refused:
        corrected(session, case, project__methodology_version="9.9")
    assert [p.loc for p in refused.value.problems] == ["changes.project.methodology_id"]


@pytest.mark.rule("G04")
def test_correction_does_not_turn_a_case_into_another_that_is_under_way(session: Session, case: Case) -> None:
    taken = str(paths.first(rows.filed(session, 2).form, NAME))
    with pytest.raises(Invalid) as refused:
        corrected(session, case, project__project_name=taken)
    assert "不得重复申请" in "".join(p.msg.zh for p in refused.value.problems)


@pytest.mark.rule("G02")
def test_methodology_that_expired_since_the_submission_stands_against_no_correction(
    session: Session, case: Case
) -> None:
    method = session.exec(select(Methodology).where(Methodology.code == case.methodology)).one()
    method.effective_to = date(2024, 12, 31)
    session.flush()
    with clock.at(clock.now() + timedelta(seconds=1)):
        assert corrected(session, case, project__address="上海市闵行区示例路300弄1号").state == "done"


@pytest.mark.rule("G06")
def test_correction_without_a_mandatory_paper_is_refused(session: Session, case: Case) -> None:
    """What has to be submitted is there after each answer, as it was at the submission."""
    paper = next(p for p in materials.listed(session, case) if p.kind == needed(case))
    asked = asked_for_corrections(session, case)
    materials.remove(session, rows.who(session, "applicant"), case.case_no, paper.id or 0)
    with pytest.raises(Invalid) as refused:
        resubmit(session, asked)
    assert [p.loc for p in refused.value.problems] == [f"materials.{paper.kind}"]
    materials.add(
        session, rows.who(session, "applicant"), case.case_no, paper.kind, "新.pdf", world.PDF, True
    )
    assert resubmit(session, asked).state == "done"


def needed(case: Case) -> str:
    return next(m.kind for m in rows.SPEC.materials if m.needed(case.form) and not m.generated)


@pytest.mark.rule("G06")
def test_reviewed_paper_is_not_taken_back_with_an_answer_that_mends_nothing(
    session: Session, case: Case
) -> None:
    """An objection is answered with papers of its own; those that were reviewed stay."""
    applicant = rows.who(session, "applicant")
    paper = next(p for p in materials.listed(session, case) if p.kind == needed(case))
    rows.asked(session, case, "objection_reply", stage="publicity")
    with pytest.raises(Conflict):
        materials.remove(session, applicant, case.case_no, paper.id or 0)
    own = materials.add(session, applicant, case.case_no, paper.kind, "说明.pdf", world.PDF, True)
    materials.remove(session, applicant, case.case_no, own.id or 0)
    assert [p.id for p in materials.listed(session, case) if p.kind == paper.kind] == [paper.id]


@pytest.mark.rule("G04")
def test_what_is_published_is_not_filed_again_however_its_case_ended(session: Session, case: Case) -> None:
    """Two persons may end a case whose project is public already, e.g. while its first issuance waits."""
    again = rows.draft(session, 2)
    again.form = {
        **again.form,
        "project": {**again.form["project"], "project_name": case.identity["project_name"]},
    }
    session.add(
        Project(
            number="SHPH-XM-2026-9999", case_id=case.id, kind="project", name=case.title,
            applicant="甲", state="implementing", published_at=clock.now(),
        )
    )  # fmt: skip
    case.status = "lapsed"
    session.flush()
    assert NAME in {p.loc for p in eligibility.run(session, again)}
