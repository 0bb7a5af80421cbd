"""What happens in the same instant: one outcome, whoever comes first."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import delete, event
from sqlmodel import Session, select

from models.procedures import examples_for
from models.tables import (
    AuditEvent,
    Case,
    Counter,
    DocumentRow,
    Outbox,
    Submission,
    TaskRow,
    TemplateVersion,
    User,
)
from models.vocabulary.errors import Conflict, NotKept
from services import audit, blobs, cases, clock, course, documents_issue, numbering, outbox, tasks
from services.session import engine, reading, transaction
from tests import factories
from tests.conftest import environment
from tests.services import desk_rows as rows

NUMBERS = count(1000)
TURNS = range(4)


@pytest.fixture
def case(database: str) -> str:
    with transaction() as session:
        rows.city(session)
        return rows.filed(session, next(NUMBERS)).case_no


def opened(case_no: str, key: str, **more) -> TaskRow:
    with transaction() as session:
        case = session.exec(select(Case).where(Case.case_no == case_no).with_for_update()).one()
        return rows.asked(session, case, key, **more)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run all at the same moment; the result of each, or the conflict it met."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        gate.wait(60)
        try:
            return act()
        except Conflict as conflict:
            return conflict

    with ThreadPoolExecutor(len(acts)) as pool:
        return [f.result(20) for f in [pool.submit(run, a) for a in acts]]


def completing(task: TaskRow, username: str, outcome: str = "", **change) -> Callable[[], object]:
    spec = rows.SPEC.task(task.key)
    outcome = outcome or spec.outcomes[0].key

    def act() -> str:
        with transaction() as session:
            form = examples_for(spec, outcome) | change
            actor = rows.who(session, username)
            return str(tasks.complete(session, actor, task.id, outcome, form).outcome)

    return act


def submissions(task: TaskRow) -> int:
    with reading() as session:
        return len(session.exec(select(Submission).where(Submission.task_id == task.id)).all())


@pytest.mark.parametrize("turn", TURNS)
def test_an_answer_and_the_end_of_its_limit_leave_one_outcome(case: str, turn: int) -> None:
    task = opened(case, "correction", stage="formal_review")
    due = task.due_at + timedelta(seconds=1)

    def overdue() -> str:
        with clock.at(due), transaction() as session:
            return str(course.close_overdue(session, str(task.id), due).closed.outcome)

    answered, closed = at_once(completing(task, "applicant"), overdue)
    with reading() as session:
        row = session.get_one(TaskRow, task.id)
        state, outcome = row.state, row.outcome
    assert closed == outcome
    if state == "done":
        assert (answered, outcome, submissions(task)) == ("resubmit", "resubmit", 1)
    else:
        assert (state, outcome, submissions(task)) == ("overdue", "overdue", 0)
        assert isinstance(answered, Conflict)
        assert answered.kind == "ended"


@pytest.mark.parametrize("turn", TURNS)
def test_two_officers_at_once_make_one_decision(case: str, turn: int) -> None:
    task = opened(case, "triage", stage="technical_review")
    found = at_once(completing(task, "officer", "plain"), completing(task, "officer2", "plain"))
    kinds = sorted(f.kind if isinstance(f, Conflict) else str(f) for f in found)
    assert (kinds, submissions(task)) == (["ended", "plain"], 1)


@pytest.mark.parametrize("turn", TURNS)
def test_two_claims_at_once_give_it_to_one(case: str, turn: int) -> None:
    task = opened(case, "triage", stage="technical_review")

    def claiming(username: str) -> Callable[[], object]:
        def act() -> str:
            with transaction() as session:
                tasks.claim(session, rows.who(session, username), task.id)
                return username

        return act

    found = at_once(claiming("officer"), claiming("officer2"))
    assert [f.kind for f in found if isinstance(f, Conflict)] == ["taken"]


@pytest.mark.parametrize("turn", TURNS)
def test_a_withdrawal_and_a_decision_leave_one_story(case: str, turn: int) -> None:
    task = opened(case, "triage", stage="technical_review")

    def withdraw() -> str:
        with transaction() as session:
            return cases.withdraw(session, rows.who(session, "applicant"), case, "计划变更").status

    taken_back, decided = at_once(withdraw, completing(task, "officer", "plain"))
    assert taken_back == "withdrawn"
    with reading() as session:
        row = session.get_one(TaskRow, task.id)
        assert audit.verify(session, row.case_id) == []
        if isinstance(decided, Conflict):
            assert (decided.kind, row.state, submissions(task)) == ("case_ended", "cancelled", 0)
        else:
            assert (decided, row.state, submissions(task)) == ("plain", "done", 1)


def test_two_relays_never_lease_the_same_message(case: str) -> None:
    with transaction() as session:
        session.exec(delete(Outbox))
        filer = session.exec(select(User).where(User.username == "applicant")).one()
        for _ in range(40):  # of as many cases: what is said of one goes to the engine in order
            outbox.send(session, factories.case(session, filer, status="in_progress").id, "task_closed")
        sent = set(session.exec(select(Outbox.id)).all())

    def leasing() -> list[int | None]:
        got: list[int | None] = []
        for _ in range(10):
            with transaction() as session:
                got += [r.id for r in outbox.claim(session, limit=7)]
        return got

    one, two = at_once(leasing, leasing)
    assert sorted([*one, *two]) == sorted(sent)  # type: ignore[misc]
    with transaction() as session:
        assert outbox.claim(session, [i for i in sent if i]) == []
        assert outbox.waiting(session) == 0


def test_numbers_have_no_gap_whatever_is_rolled_back_meanwhile(database: str) -> None:
    class _Off(Exception):
        """The transaction is given up."""

    def taking(give_up: bool) -> Callable[[], object]:
        def act() -> list[int]:
            got = []
            for turn in range(8):
                try:
                    with transaction() as session:
                        n = numbering.next_number(session, "doc.test", clock.now())
                        if give_up and turn % 2:
                            raise _Off
                        got.append(n)
                except _Off:
                    pass
            return got

        return act

    found = at_once(taking(False), taking(True), taking(False), taking(True))
    numbers = sorted(n for part in found for n in part)  # type: ignore[attr-defined]
    assert numbers == list(range(1, 25))


def test_a_document_that_cannot_be_made_gives_its_number_back(case: str, tmp_path: Path) -> None:
    """The disk gives out after the number is taken: the next document gets that number."""

    def issuing(key: str) -> str:
        with transaction() as session:
            row = session.exec(select(Case).where(Case.case_no == case).with_for_update()).one()
            return documents_issue.issue(session, row, key).number

    before = _count("doc.收")
    (tmp_path / "full").write_text("a file where a folder should be")
    with environment(DATA_DIR=str(tmp_path / "full")), pytest.raises(NotKept):
        issuing("receipt")
    with reading() as session:
        left = session.exec(select(DocumentRow).join(Case).where(Case.case_no == case)).all()
    assert (_count("doc.收"), left) == (before, [])
    number = issuing("receipt")
    assert number.endswith(f"{before + 1:04d}号")
    assert issuing("receipt") == number


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def listen(_c: object, _u: object, statement: str, *_: object) -> None:
        sent.append(" ".join(statement.split()).lower())

    event.listen(engine(), "before_cursor_execute", listen)
    try:
        yield sent
    finally:
        event.remove(engine(), "before_cursor_execute", listen)


def issuing_step(case_no: str, *keys: str, damaged: str = "") -> None:
    """The letters of a step, one of them on a template that is no Word file."""
    with transaction() as session:
        row = session.exec(select(Case).where(Case.case_no == case_no).with_for_update()).one()
        if damaged:
            _damaged(session, row.procedure, damaged)
        documents_issue.issue_all(session, row, keys)


def test_letters_of_a_step_are_printed_before_any_takes_its_number(case: str) -> None:
    """Until the transaction ends, whoever issues a letter of the same series waits for a number that is taken."""
    with statements() as sent:
        issuing_step(case, "receipt", "appendix_a", "appendix_b")
    numbered = [n for n, s in enumerate(sent) if s.startswith("insert into counter")]
    read = [n for n, s in enumerate(sent) if "from case_version" in s or "from template_version" in s]
    assert len(numbered) == 3
    assert max(read) < min(numbered)
    with statements() as again, pytest.raises(documents_issue.TemplateUnusable):
        issuing_step(case, "acceptance_notice", "refusal_notice", damaged="refusal_notice")
    assert [s for s in again if "counter" in s] == []


def _damaged(session: Session, procedure: str, key: str) -> None:
    session.add(
        TemplateVersion(
            procedure=procedure,
            key=key,
            sha256=blobs.put(b"damaged"),
            version="abababababab",
            size=7,
            filename="x.docx",
            by_user=rows.who(session, "officer").user_id,
            effective_from=clock.today().date(),
            activated_at=clock.now(),
        )
    )
    session.flush()


def _count(series: str) -> int:
    with reading() as session:
        row = session.exec(select(Counter).where(Counter.series == series)).first()
        return row.n if row else 0


def test_documents_made_at_once_are_numbered_in_one_row(case: str) -> None:
    def issuing(case_no: str) -> Callable[[], object]:
        def act() -> str:
            with transaction() as session:
                row = session.exec(select(Case).where(Case.case_no == case_no).with_for_update()).one()
                return documents_issue.issue(session, row, "receipt").number

        return act

    with transaction() as session:
        more = [rows.filed(session, next(NUMBERS)).case_no for _ in range(3)]
    before = _count("doc.收")
    found = at_once(*(issuing(no) for no in [case, *more]))
    assert (len(set(map(str, found))), _count("doc.收")) == (4, before + 4)


@pytest.mark.rule("M10")
def test_the_chain_of_a_case_does_not_fork(case: str) -> None:
    task = opened(case, "triage", stage="technical_review")

    def reminding(username: str) -> Callable[[], object]:
        def act() -> None:
            for _ in range(5):
                with transaction() as session:
                    tasks.remind(session, rows.who(session, username), task.id, "请尽快")

        return act

    at_once(*(reminding(u) for u in ("officer", "officer2", "supervisor", "intake")))
    with reading() as session:
        case_id = session.exec(select(Case.id).where(Case.case_no == case)).one()
        reminded = session.exec(
            select(AuditEvent).where(AuditEvent.case_id == case_id, AuditEvent.event == "task.reminded")
        ).all()
        assert (len(reminded), audit.verify(session, case_id)) == (20, [])
