"""What a course may have done to the rows."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import edge
from models.tables import Panel
from models.vocabulary.facts import (
    CaseMarks,
    CaseResult,
    CaseStep,
    DeedAnswer,
    DocumentStep,
    Done,
    OverdueAnswer,
    OverdueCheck,
    PanelDrawn,
    Projected,
    Projection,
    PublicityClosed,
    PublicityOpened,
    Published,
    RoundLimits,
    SeatRefilled,
)
from services import course, deeds, documents_issue, issuing, notices, panels, projects, returning


@contextmanager
def _of_its_run(step: Projection | DocumentStep | CaseStep | CaseResult) -> Iterator[Session]:
    """The transaction of one step, with the case locked. A run that was stopped for a return does nothing more."""
    with edge.work(step.at) as session:
        if activity.in_activity():
            try:
                returning.admit(session, step.case_id, activity.info().workflow_run_id or "")
            except returning.Overtaken:
                raise ApplicationError("this run was stopped for a return", non_retryable=True) from None
        yield session


@activity.defn
def project(p: Projection) -> Projected:
    """Write the stage and the tasks a workflow waits for, in one statement of fact."""
    with _of_its_run(p) as session:
        return course.project(session, p.case_id, p.stage, p.tasks, p.stage_no)


@activity.defn
def close_overdue(check: OverdueCheck) -> OverdueAnswer:
    """Close a task whose limit has passed, or answer with what came first."""
    with edge.work(check.at) as session:
        return course.close_overdue(session, check.task_id, edge.moment(check.at))


@activity.defn
def issue_documents(step: DocumentStep) -> Done:
    """Issue the documents asked for, once for each round and slot."""
    with _of_its_run(step) as session:
        case = course.under_way(session, step.case_id)
        documents_issue.issue_all(session, case, step.keys, step.round, step.slot)
        return Done()


@activity.defn
def appoint_panel(step: CaseStep) -> PanelDrawn:
    """Draw the panel of a round (G12)."""
    with _of_its_run(step) as session:
        return _seats(session, panels.draw(session, course.locked(session, step.case_id), step.round))


def _seats(session: Session, panel: Panel) -> PanelDrawn:
    """The seats as they were drawn, the lead's first: who has been replaced since, or handed over the lead, a course
    that begins again learns from what the experts have answered, as the first one did (0005)."""
    drawn = [m.slot for m in panels.members(session, panel) if m.attempt == 1]
    return PanelDrawn(slots=drawn, short=panel.size - len(drawn), lead=drawn[0] if drawn else "")


@activity.defn
def refill_seat(step: CaseStep) -> SeatRefilled:
    """Replace the expert who left the slot (G12)."""
    with _of_its_run(step) as session:
        member = panels.refill(session, course.locked(session, step.case_id), step.round, step.slot)
        return SeatRefilled(slot=member.slot if member else None)


@activity.defn
def widen_panel(step: CaseStep) -> PanelDrawn:
    """Fill the seats nobody was left for, from what the library holds now."""
    with _of_its_run(step) as session:
        case = course.locked(session, step.case_id)
        return _seats(session, panels.widen(session, case, step.round))


@activity.defn
def open_publicity(step: CaseStep) -> PublicityOpened:
    """Put the notice on the public page; its five working days begin (M05)."""
    with _of_its_run(step) as session:
        notice = notices.open_publicity(session, course.locked(session, step.case_id), step.round)
        return PublicityOpened(due_at=notice.closes_at)


@activity.defn
def close_publicity(step: CaseStep) -> PublicityClosed:
    """End the publicity when its days are over, and say what was objected."""
    with _of_its_run(step) as session:
        case = course.locked(session, step.case_id)
        over, due_at, slots = notices.close_publicity(session, case, step.round, edge.moment(step.at))
        return PublicityClosed(over=over, due_at=due_at, objections=slots)


@activity.defn
def publish_result(step: CaseStep) -> Published:
    """Give the permanent number and put it on the public list (G15); a first issuance asked for begins (G18)."""
    with _of_its_run(step) as session:
        case = course.under_way(session, step.case_id)
        project = projects.publish(session, case)
        issuing.open_accounts(session, case, project)
        return Published(first_issuance=issuing.begin_first(session, case, project))


@activity.defn
def round_limits(step: CaseStep) -> RoundLimits:
    """How many rounds the rules allowed when the case was filed."""
    with _of_its_run(step) as session:
        return course.round_limits(session, step.case_id)


@activity.defn
def case_marks(step: CaseStep) -> CaseMarks:
    """What people have marked on the case so far."""
    with _of_its_run(step) as session:
        return CaseMarks(complex=course.locked(session, step.case_id).complex)


@activity.defn
def carry_out(step: CaseStep) -> DeedAnswer:
    """Carry out the deed named in `step.key`, once for each round and slot."""
    with _of_its_run(step) as session:
        case = course.under_way(session, step.case_id)
        done = deeds.carry_out(session, case, step.key, step.round, step.slot, edge.moment(step.at))
        return DeedAnswer(outcome=done.outcome, due_at=done.due_at, slots=done.slots)


@activity.defn
def close_case(end: CaseResult) -> Done:
    """End the row with the result of the course."""
    with _of_its_run(end) as session:
        course.close(session, end.case_id, end.result)
        return Done()


@activity.defn
def park_case(step: CaseStep) -> Done:
    """The course cannot go on: show it to an operator (the reason in `step.key`)."""
    with _of_its_run(step) as session:
        course.park(session, step.case_id, step.key)
        return Done()


@activity.defn
def unpark_case(step: CaseStep) -> Done:
    """The course goes on."""
    with _of_its_run(step) as session:
        course.unpark(session, step.case_id)
        return Done()
