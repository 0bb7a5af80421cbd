"""Four eyes by natural person: every chain of delegations of up to three people, on both sides."""

from itertools import pairwise, permutations

import pytest
from sqlmodel import select

from models.tables import Submission, TaskRow
from models.vocabulary.errors import NotAllowed
from models.vocabulary.roles import Role
from services import access, tasks
from services.reading import duties
from tests.services import desk_rows as rows

ROLES = (
    (Role.OFFICER,),
    (Role.OFFICER, Role.SUPERVISOR),
    (Role.SUPERVISOR, Role.INTAKE),
    (Role.OFFICER, Role.SUPERVISOR, Role.INTAKE),
)
CHAINS = [c for n in (1, 2, 3) for c in permutations(range(4), n)]


def _delegations(people, chain):
    """Each hands on to the next; the last one acts."""
    return [
        {"from": people[a].user_id, "to": people[b].user_id, "person": people[a].person_key}
        for a, b in pairwise(chain)
    ]


@pytest.fixture
def people(session):
    """Four natural persons, two accounts each: [(first, second)]."""
    rows.city(session)
    return [
        [rows.person(session, f"p{n}{a}", *roles, key=f"natural-{n}") for a in "ab"]
        for n, roles in enumerate(ROLES)
    ]


@pytest.mark.rule("M01")
def test_whoever_had_a_hand_in_the_draft_never_signs_it(session, people):
    case = rows.filed(session)
    drafted = rows.asked(session, case, "technical_opinion", stage="opinion")
    signing = rows.asked(session, case, "technical_opinion_signature")
    first, second = [p[0] for p in people], [p[1] for p in people]
    written = Submission(
        task_id=drafted.id,
        case_id=case.id,
        outcome="positive",
        form_key="x",
        by_user=first[0].user_id,
        role="officer",
        sha256="",
    )
    session.add(written)
    session.flush()
    wrong = []
    for chain in CHAINS:
        drafted.delegations = _delegations(first, chain)
        session.connection().exec_driver_sql("alter table submission disable trigger user")
        session.connection().exec_driver_sql(
            "update submission set by_user = %s, on_behalf = %s where id = %s",
            (first[chain[-1]].user_id, first[chain[-2]].user_id if len(chain) > 1 else None, written.id),
        )
        session.flush()
        session.expire(written)
        known = duties.of_cases(session, [case], [signing])
        for other in CHAINS:
            it = TaskRow(
                id=signing.id,
                case_id=case.id,
                procedure=signing.procedure,
                key=signing.key,
                role=signing.role,
                delegations=_delegations(second, other),
            )
            actor = second[other[-1]]
            may = Role.SUPERVISOR in actor.roles and not set(chain) & set(other)
            listed = duties.Person(
                actor.person_key, None, frozenset(r.value for r in actor.roles), actor.user_id
            )
            found = (access.may_claim(session, actor, it) is None, known.refusal(listed, it) is None)
            if found != (may, may):
                wrong.append((chain, other, found))
    assert wrong == []


@pytest.mark.rule("M01")
def test_an_answer_through_delegation_counts_for_everybody_in_the_chain(session, people):
    case = rows.filed(session)
    draft = rows.asked(session, case, "publication", stage="publication")
    a, b, c = people[0][0], people[1][0], people[3][0]
    tasks.claim(session, a, draft.id)
    tasks.delegate(session, a, draft.id, b.username, "出差")
    tasks.delegate(session, b, draft.id, c.username, "病假")
    rows.answer(session, c, draft)
    signing = rows.asked(session, case, "publication_approval")
    refused = [access.may_claim(session, p[1], signing) is not None for p in people]
    assert refused == [True, True, False, True]


@pytest.mark.rule("M01")
def test_four_eyes_are_checked_when_the_decision_is_made(session, people):
    """Claimed while free of it; then the same natural person wrote the draft under another account."""
    case = rows.filed(session)
    draft = rows.asked(session, case, "publication", stage="publication")
    signing = rows.asked(session, case, "publication_approval")
    tasks.claim(session, people[3][0], signing.id)
    rows.answer(session, people[3][1], draft)
    with pytest.raises(NotAllowed):
        rows.answer(session, people[3][0], signing)


@pytest.mark.rule("M01")
def test_a_chain_ends_when_the_task_goes_back_to_the_group(session, people):
    case = rows.filed(session)
    draft = rows.asked(session, case, "publication", stage="publication")
    a, b, c = people[0][0], people[1][0], people[3][0]
    tasks.claim(session, a, draft.id)
    tasks.delegate(session, a, draft.id, b.username, "出差")
    tasks.release(session, b, draft.id)
    tasks.claim(session, c, draft.id)
    rows.answer(session, c, draft)
    kept = session.exec(select(Submission).where(Submission.task_id == draft.id)).one()
    assert (kept.by_user, kept.on_behalf) == (c.user_id, None)


@pytest.mark.rule("M01")
@pytest.mark.parametrize("key", ["formal_review", "triage"])
def test_nobody_of_the_filing_side_reviews(session, key):
    rows.city(session)
    case = rows.filed(session)
    task = rows.asked(session, case, key, stage="formal_review")
    role = rows.SPEC.task(key).by
    filer = rows.who(session, "applicant")
    same_person = rows.person(session, "moonlighter", role, key=filer.person_key)
    assert access.may_claim(session, same_person, task) is not None
    assert access.may_claim(session, rows.person(session, "other", role), task) is None


@pytest.mark.rule("M01")
@pytest.mark.parametrize("watch", [Role.ADMIN, Role.AUDITOR])
def test_who_watches_decides_nothing_whatever_else_they_are(session, watch):
    rows.city(session)
    case = rows.filed(session)
    task = rows.asked(session, case, "formal_review", stage="formal_review")
    both = rows.person(session, "both", watch, Role.INTAKE)
    for act in (
        lambda: tasks.claim(session, both, task.id),
        lambda: rows.answer(session, both, task),
        lambda: tasks.save_draft(session, both, task.id, "accept", {}),
    ):
        with pytest.raises(NotAllowed):
            act()
