"""Mandates to trade: who may be given one, and that a form sent twice gives one (M08)."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from models.vocabulary.errors import Invalid
from services import clock, mandates
from tests import factories
from tests.ledger.test_trading import TONNE, Side


@pytest.mark.rule("M08")
@pytest.mark.parametrize(
    ("kind", "role", "may"),
    [
        ("organisation", "applicant", True),
        ("organisation", "merchant", True),
        ("organisation", "agency", False),
        ("organisation", None, False),
        ("person", "applicant", False),
    ],
)
def test_agent_is_an_applicant_of_projects_or_a_merchant(
    session: Session, kind: str, role: str | None, may: bool
) -> None:
    giver, day = Side(session).actor, clock.now() + timedelta(days=30)
    agent = factories.party(session, kind=kind)
    if role is not None:
        factories.user(session, role, party=agent)
    if may:
        assert mandates.grant(session, giver, agent, day).agent_id == agent.id
    else:
        with pytest.raises(Invalid) as refused:
            mandates.grant(session, giver, agent, day)
        assert [p.loc for p in refused.value.problems] == ["agent"]


def test_mandate_sent_twice_is_one_mandate(session: Session) -> None:
    agent, giver, day = Side(session), Side(session).actor, clock.now() + timedelta(days=30)
    first = mandates.grant(session, giver, agent.party, day)
    assert mandates.grant(session, giver, agent.party, day).id == first.id
    assert mandates.grant(session, giver, agent.party, day, limit_g=TONNE).id != first.id
    assert len(mandates.of_party(session, giver.party_id or 0)) == 2
    mandates.revoke(session, giver, first.id or 0)
    assert mandates.grant(session, giver, agent.party, day).id != first.id
