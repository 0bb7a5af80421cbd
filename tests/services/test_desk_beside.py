"""What a person who signs, or who forgot to choose, is shown."""

import pytest

from models.vocabulary.errors import Invalid
from services import tasks
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
