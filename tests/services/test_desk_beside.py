"""What a person who signs, or who forgot to choose, is shown."""

import pytest
from sqlmodel import select

from models.procedures import issuance, project_application, tracking_evaluation
from models.tables import Notice, Notification, Objection
from models.vocabulary.errors import Invalid
from models.vocabulary.roles import Role
from services import access, clock, tasks
from services.reading import desk
from tests.services import desk_rows as rows
from tests.services.test_access_blind import case, file, reserved, seated  # noqa: F401


@pytest.mark.rule("G12")
def test_a_member_reads_the_opinion_of_the_group_before_signing_it(session, case):  # noqa: F811
    for asked in seated(session, case).values():
        file(session, case, asked)
    drafted = rows.asked(session, case, "group_opinion", slot="1.1")
    rows.answer(session, reserved(session, drafted), drafted, "pass", opinion="边界清晰，同意通过论证。")
    signing = rows.asked(session, case, "group_signature", slot="2.1")
    page = desk.load(session, reserved(session, signing), signing.id)
    assert [given.form["opinion"] for _, _, given in page.beside] == ["边界清晰，同意通过论证。"]
    assert [label.zh for label, _ in page.counts] == ["通过"]
    assert sum(n for _, n in page.counts) == len(page.votes)


def test_without_a_choice_no_codes_are_told(session, case):  # noqa: F811
    task = rows.asked(session, case, "triage", stage="technical_review")
    with pytest.raises(Invalid) as caught:
        tasks.complete(session, rows.who(session, "officer"), task.id, "", {})
    assert caught.value.problems[0].msg.zh == "请在“办理结果”中选择一项。"
    with pytest.raises(Invalid) as caught:
        tasks.complete(session, rows.who(session, "officer"), task.id, "maybe", {})
    assert "complex（" in caught.value.problems[0].msg.zh


@pytest.mark.rule("M05")
def test_who_handles_an_objection_reads_what_the_applicant_said_to_it(session, case):  # noqa: F811
    """Of several objections each has its own reply, and none of an earlier publicity is taken for it."""
    applicant = rows.who(session, "applicant")
    for slot, round_, words in (
        ("1", 1, "第一次公示的说明"),
        ("1", 2, "装机容量与竣工图一致"),
        ("2", 2, "未重复申报"),
    ):
        asked = rows.asked(session, case, "objection_reply", slot=slot, round_=round_)
        rows.answer(session, applicant, asked, reply=words)
    for slot, said in (("1", ["装机容量与竣工图一致"]), ("2", ["未重复申报"]), ("3", [])):
        handled = rows.asked(session, case, "objection_answer", slot=slot, round_=2)
        page = desk.load(session, rows.who(session, "officer"), handled.id)
        assert [given.form["reply"] for _, _, given in page.beside] == said


@pytest.mark.rule("G29")
def test_who_mends_a_returned_report_reads_it_and_why_it_was_returned():
    wanted = ("evaluation_report", "report_signature", "exchange_report_signature")
    beside = tracking_evaluation.SPEC.task("evaluation_report").beside
    assert beside[-3:] == wanted


@pytest.mark.rule("M05")
def test_who_confirms_that_an_objection_ends_the_case_reads_the_objection_and_how_it_was_handled(
    session,
    case,  # noqa: F811
):
    """And neither the opinion of the experts, who approved the project, nor another objection."""
    rows.asked(session, case, "objection_reply", stage="publicity", slot="2")
    objected(session, case, "1", "2")
    applicant, officer = rows.who(session, "applicant"), rows.who(session, "officer")
    rows.answer(session, applicant, rows.asked(session, case, "objection_reply", slot="1"), reply="已核对。")
    handled = rows.asked(session, case, "objection_answer", slot="1")
    rows.answer(session, officer, handled, "upheld_fatal", finding="已参与绿证交易")
    asked = rows.asked(session, case, "rejection_approval", slot="1")
    page = desk.load(session, rows.who(session, "supervisor"), asked.id)
    assert page.objection is not None
    assert (page.objection.content, page.votes) == ("异议1", [])
    assert [(label.key, given.outcome) for label, _, given in page.beside] == [
        ("objection_reply", "reply"),
        ("objection_answer", "upheld_fatal"),
    ]


@pytest.mark.rule("M05")
@pytest.mark.rule("M01")
def test_who_found_an_objection_fatal_does_not_confirm_it(session, case):  # noqa: F811
    both = rows.person(session, "both", Role.OFFICER, Role.SUPERVISOR)
    objected(session, case, "1")
    handled = rows.asked(session, case, "objection_answer", stage="publicity")
    rows.answer(session, both, handled, "upheld_fatal")
    asked = rows.asked(session, case, "rejection_approval")
    refusal = access.may_claim(session, both, asked)
    assert refusal is not None
    assert "处理异议" in refusal.zh
    assert access.may_claim(session, rows.who(session, "supervisor"), asked) is None


def objected(session, case, *slots):  # noqa: F811
    """A notice of the case, and an objection for each slot."""
    notice = Notice(case_id=case.id, procedure=case.procedure, title="公示", opened_at=clock.now())
    session.add(notice)
    session.flush()
    for slot in slots:
        number = f"{case.case_no}-{slot}"
        session.add(
            Objection(
                notice_id=notice.id, case_id=case.id, slot=slot, receipt_no=number, lookup=number,
                content=f"异议{slot}", at=clock.now(),
            )
        )  # fmt: skip
    session.flush()


@pytest.mark.rule("G19")
def test_who_reviews_an_amount_again_reads_why_it_was_contested_or_sent_back():
    for spec in (issuance.SPEC, project_application.SPEC):
        assert spec.task("quantity_review").beside == (
            "amount_confirmation",
            "issuance_approval",
            "issuance_refusal_approval",
        )
        assert "amount_confirmation" in spec.task("issuance_approval").beside
        assert "issuance_approval" in spec.task("issuance_refusal_approval").beside


@pytest.mark.rule("M05")
def test_messages_about_several_objections_say_which_each_is(session, case):  # noqa: F811
    objected(session, case, "1", "2")
    asked = [
        rows.asked(session, case, "objection_reply", stage="publicity", slot=slot) for slot in ("1", "2")
    ]
    for task, slot in zip(asked, ("1", "2"), strict=True):
        told = session.exec(select(Notification.text_zh).where(Notification.task_id == task.id)).first()
        assert f"对异议作出说明（{case.case_no}-{slot}）" in told
