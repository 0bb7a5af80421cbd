"""A case played through the services, and looked at as it stood at several moments."""

from datetime import timedelta

import pytest

from models.vocabulary.roles import Role
from models.vocabulary.statuses import CaseStatus
from services import cases, clock, documents_issue, handing, tasks
from services.reading import past
from tests.services import desk_rows as rows

START = clock.now().replace(microsecond=0)


def hours(n):
    return START + timedelta(hours=n)


@pytest.fixture
def case(session):
    """Draft 0 · submitted 2 · review asked 3, claimed 4, delegated 5 · suspended 6 to 8 · decided 9 · receipt 10."""
    rows.city(session)
    with clock.at(hours(0)):
        case = rows.draft(session)
    with clock.at(hours(2)):
        cases.submit(session, rows.who(session, "applicant"), case.case_no, rows.DECLARED)
    with clock.at(hours(3)):
        review = rows.asked(session, case, "formal_review", stage="formal_review")
    intake, other = rows.who(session, "intake"), rows.person(session, "second_intake", Role.INTAKE)
    with clock.at(hours(4)):
        handing.claim(session, intake, review.id)
    with clock.at(hours(5)):
        handing.delegate(session, intake, review.id, other.username, "外出")
    supervisor = rows.who(session, "supervisor")
    with clock.at(hours(6)):
        cases.suspend(session, supervisor, case.case_no, "争议待决")
    with clock.at(hours(8)):
        cases.resume(session, supervisor, case.case_no, "争议已决")
    with clock.at(hours(8.5)):
        tasks.extend(session, supervisor, review.id, 2, "材料复杂")
    with clock.at(hours(9)):
        rows.answer(session, other, review)
    with clock.at(hours(10)):
        documents_issue.issue(session, case, "receipt")
    return case


@pytest.fixture
def record(session, case):
    return past.record_of(session, rows.who(session, "supervisor"), case)


@pytest.mark.parametrize(
    ("hour", "status", "stage", "open_tasks", "holder"),
    [
        (1, CaseStatus.DRAFT, "", 0, ""),
        (2, CaseStatus.SUBMITTED, "", 0, ""),
        (3.5, CaseStatus.SUBMITTED, "formal", 1, ""),
        (4.5, CaseStatus.IN_PROGRESS, "formal", 1, "intake"),
        (5.5, CaseStatus.IN_PROGRESS, "formal", 1, "second_intake人员"),
        (7, CaseStatus.SUSPENDED, "formal", 1, "second_intake人员"),
        (8.2, CaseStatus.IN_PROGRESS, "formal", 1, "second_intake人员"),
        (9.5, CaseStatus.IN_PROGRESS, "formal", 0, ""),
    ],
)
def test_status_stage_tasks_and_holder_at_a_moment(session, record, hour, status, stage, open_tasks, holder):
    then = past.at(session, record, hours(hour))
    assert (then.exists, then.status, len(then.tasks)) == (True, status, open_tasks)
    assert bool(then.stage.zh) == bool(stage)
    if holder:
        expected = rows.who(session, "intake").name if holder == "intake" else holder
        assert then.tasks[0].holder == expected


def test_before_the_draft_there_is_nothing(session, record):
    then = past.at(session, record, hours(-1))
    assert (then.exists, then.tasks, then.readers, then.version, then.events) == (False, [], [], None, 0)


def test_form_is_the_version_in_force(session, record):
    assert past.at(session, record, hours(1)).version is None
    assert past.at(session, record, hours(2)).version.number == 1


def test_limit_is_shown_as_it_was_known_then(session, record):
    early, still, late = (past.at(session, record, hours(h)).tasks[0].due_at for h in (4.5, 7, 8.7))
    assert still is None
    assert late > early


def test_documents_appear_when_they_were_issued(session, record):
    assert past.at(session, record, hours(9.9)).documents == []
    assert [d.key for d in past.at(session, record, hours(10)).documents] == ["receipt"]


@pytest.mark.rule("M10")
def test_readers_grow_with_submission(session, record):
    draft, filed = (past.at(session, record, hours(h)).readers for h in (1, 3))
    assert [r.who.zh.partition("：")[0] for r in draft] == ["申请主体"]
    named = {r.who.zh: r for r in filed}
    assert named["审核负责人"].personal
    assert not named["系统管理员"].personal
    assert not any("公众" in w for w in named)


def test_two_moments_are_compared_whichever_comes_first(session, record):
    one, two = hours(3.5), hours(10.5)
    found = past.between(session, record, two, one)
    assert (found.earlier.at, found.later.at) == (one, two)
    assert ([len(x) for x in (found.opened, found.closed, found.documents)]) == [0, 1, 1]
    assert [(t.holder, t.closed_at) for t in found.closed] == [("second_intake人员", hours(9))]
    begun_and_ended = past.between(session, record, hours(1), two)
    assert (len(begun_and_ended.opened), begun_and_ended.closed) == (0, found.closed)
    assert found.fields == []
    assert past.between(session, record, hours(1), two).may_read


def test_changed_fields_are_named_between_versions(session, record, case):
    form = dict(record.versions[0].form)
    changed = {**form, "design": {**form["design"]}} if "design" in form else form
    key = next(
        k for k, v in form.items() if isinstance(v, dict) and any(isinstance(x, str) for x in v.values())
    )
    leaf = next(k for k, x in form[key].items() if isinstance(x, str))
    changed[key] = {**form[key], leaf: f"{form[key][leaf]}（更正）"}
    from models.tables import CaseVersion

    newer = CaseVersion(
        case_id=case.id, number=2, kind="correction", form=changed, sha256="0" * 64, by_user=1, at=hours(11)
    )
    record.versions.append(newer)
    fields = past.between(session, record, hours(10), hours(12)).fields
    assert [f.path for f in fields] == [f"{key}.{leaf}"]


def test_turning_points_are_offered(session, case):
    words = [w.zh for _, w in past.moments(session, case)]
    assert words[0] == "提交申请"
    assert len(words) == 2
