"""Consents that name an account nothing can be issued to: told to the operator, before records come under them."""

import pytest
from sqlmodel import Session

from services import ledger
from services.monitoring import consents
from services.monitoring.access import Sender
from tests import factories, issuing

GIVEN = {**issuing.CONSENT, "granted_at": f"2026-01-01T00:00:00{issuing.SHANGHAI}"}


@pytest.mark.rule("G26", "G28")
@pytest.mark.parametrize("of", ["platform", "ledger"])
def test_consent_that_names_a_suspended_account_says_so_to_the_operator(session: Session, of: str) -> None:
    project = issuing.scenario(session, "DEMO-BIKE-2024")
    person = issuing.person(session, project, "USR-01", GIVEN["granted_at"], account=False)
    if of == "ledger":
        person.account_no = None
        session.flush()
    number = person.account_no or ledger.open_account(session, None, person).number
    other = factories.party(session, kind="person", name="张小满", account_no=f"SHGR-{of}")
    person.account_active = False
    session.flush()
    sent = [
        {**GIVEN, "user": "USR-01", "account": number},
        {**GIVEN, "user": "USR-02", "account": number},
        {**GIVEN, "user": "USR-03", "account": other.account_no},
        {**GIVEN, "user": "USR-04"},
    ]
    taken = consents.grant(session, Sender(), project, sent)
    assert (taken.accepted, taken.known) == (2, 0)
    assert [(r.row, r.column) for r in taken.rejected] == [(1, "account"), (2, "account")]
    assert {("停用" in r.reason.zh, "suspended" in r.reason.en) for r in taken.rejected} == {(True, True)}
    assert consents.of_person(session, person.id or 0) == []
    person.account_active = True
    session.flush()
    again = consents.grant(session, Sender(), project, sent[:2])
    assert (again.accepted, again.known, again.rejected) == (1, 1, ())
    assert len(consents.of_person(session, person.id or 0)) == 2
