"""What if, held against the course as it is played in the time-skipping server."""

import pytest
from sqlmodel import select

from models.tables import Case, DocumentRow, TaskRow
from services.reading.what_if import Supposed, WhatIf, suppose
from services.session import transaction
from tests.scenarios.conftest import Stage
from tests.scenarios.play import Cast, Played, Scenario

pytestmark = pytest.mark.scenario


@pytest.mark.rule("W02", "G10")
def test_returned_today_and_never_answered_is_what_was_foretold(stage: Stage) -> None:
    told: list[WhatIf] = []

    def returns(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            case = session.get_one(Case, task.case_id)
            told.append(suppose(session, case, Supposed(task, "answered", "request_correction")))
        cast.complete(task, "request_correction", {})

    script = Scenario({"formal_review/1/1": returns, "correction/.*": None})
    end: Played = stage.run(lambda cast: cast.play(script, 941))
    with transaction() as session:
        correction = session.exec(
            select(TaskRow).where(TaskRow.case_id == end.case_id, TaskRow.key == "correction")
        ).one()
        letters = session.exec(
            select(DocumentRow)
            .where(
                DocumentRow.case_id == end.case_id,
                DocumentRow.key.in_(["correction_notice", "termination_notice"]),  # type: ignore[attr-defined]
            )
            .order_by(DocumentRow.id)  # type: ignore[arg-type]
        ).all()
    assert end.status == "lapsed"
    assert told[0].lines[0].due_at == correction.due_at
    assert [x.title.zh for x in told[0].letters] == [d.title for d in letters]
    assert letters[1].issued_at >= told[0].letters[1].at
    assert (letters[1].issued_at - told[0].letters[1].at).total_seconds() < 60
