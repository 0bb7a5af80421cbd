"""Accounts: registered, switched off and on, given a one-time password; rights of the office by two persons."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from models.tables import AuditEvent, Expert, LoginSession, Notification, Party, TaskRow, User
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound
from models.vocabulary.events import Event
from services import accounts, clock, experts, holders, panels, people, setting_changes, setting_proposals
from services.access import actor_of
from services.account_checks import Asked
from services.people import Refused, SignedIn
from tests import factories

ID = "310199198803060418"


@pytest.fixture
def admin(session: Session) -> Any:
    return factories.actor(session, "admin")


def asked(**values: Any) -> Asked:
    basis = Asked("wang", "王五", ID, ["officer"], "wang@example.com", "13800138000", "", "新入职")
    return replace(basis, **values)


def said(session: Session, event: Event) -> list[AuditEvent]:
    session.flush()
    return list(session.exec(select(AuditEvent).where(AuditEvent.event == event.value)))


def where(error: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return {p.loc for p in error.value.problems}


def sign_in(session: Session, username: str, password: str, kind: str = "browser") -> SignedIn | Refused:
    return people.sign_in(session, username, password, ip="10.0.0.9", kind=kind)


# ---- a new account -------------------------------------------------------------------------------


@pytest.mark.rule("M01")
def test_an_officer_has_no_rights_before_a_second_person_confirms(session: Session, admin: Any) -> None:
    opened = accounts.register(session, admin, asked())
    assert opened.user.roles == []
    assert opened.change is not None
    with pytest.raises(NotAllowed):
        setting_changes.confirm(session, admin, opened.change.id or 0)
    setting_changes.confirm(session, factories.actor(session, "supervisor"), opened.change.id or 0)
    assert opened.user.roles == ["officer"]


@pytest.mark.rule("M01")
def test_the_new_person_does_not_confirm_the_own_rights(session: Session, admin: Any) -> None:
    twin = factories.actor(session, "supervisor", person_key=people.person_key_of(ID))
    opened = accounts.register(session, admin, asked())
    with pytest.raises(NotAllowed):
        setting_changes.confirm(session, twin, (opened.change and opened.change.id) or 0)


def test_an_applicant_may_file_at_once_and_everything_is_on_record(session: Session, admin: Any) -> None:
    party = factories.party(session, uscc="91310199MARFNGNQ8F")
    opened = accounts.register(session, admin, asked(roles=["applicant"], party=" 91310199marfngnq8f "))
    assert (opened.user.roles, opened.user.party_id, opened.change) == (["applicant"], party.id, None)
    row = said(session, Event.ACCOUNT_ADDED)[0]
    assert (row.user_id, row.data["user"], row.data["party"]) == (admin.user_id, "wang", party.key)
    assert ID not in str(row.data)
    assert opened.password not in str(row.data)
    assert "王五" in row.data["text"]["zh"]
    assert "registered" in row.data["text"]["en"]


def test_a_resident_becomes_a_party_of_their_own(session: Session, admin: Any) -> None:
    opened = accounts.register(session, admin, asked(roles=["resident"]))
    party = session.get_one(Party, opened.user.party_id)
    assert (party.kind, party.name) == ("person", "王五")


def test_every_defect_is_told_at_its_field(session: Session, admin: Any) -> None:
    taken = factories.user(session, "officer").username
    with pytest.raises(Invalid) as error:
        accounts.register(
            session,
            admin,
            Asked(taken.upper(), " ", "310101198001010013", ["applicant"], "nowhere", "123", "", ""),
        )
    assert where(error) == {"username", "name", "id_number", "email", "mobile", "party", "reason"}


@pytest.mark.parametrize("roles", [[], ["emperor"], ["admin", "officer"], ["applicant", "issuer"]])
@pytest.mark.rule("M01")
def test_roles_stand_together_as_they_do_in_a_change(session: Session, admin: Any, roles: list[str]) -> None:
    factories.party(session, uscc="91310199MARFNGNQ8F")
    with pytest.raises(Invalid) as error:
        accounts.register(session, admin, asked(roles=roles, party="91310199MARFNGNQ8F"))
    assert where(error) == {"roles"}


def test_an_institution_belongs_to_a_registered_one(session: Session, admin: Any) -> None:
    factories.party(session, uscc="91310199MARFNGNQ8F")
    for code in ("91310199MARFNGNQ8F", "91310199MA6YU08J91"):
        with pytest.raises(Invalid) as error:
            accounts.register(session, admin, asked(roles=["agency"], party=code))
        assert where(error) == {"party"}


@pytest.mark.rule("M01")
def test_an_administrator_makes_no_second_account_for_themselves(session: Session) -> None:
    admin = factories.actor(session, "admin", person_key=people.person_key_of(ID))
    with pytest.raises(Invalid) as error:
        accounts.register(session, admin, asked(roles=["resident"]))
    assert where(error) == {"id_number"}


def test_only_administrators_manage_accounts(session: Session) -> None:
    chief, user = factories.actor(session, "supervisor"), factories.user(session, "officer")
    for act in (accounts.disable, accounts.enable, accounts.reset):
        with pytest.raises(NotAllowed):
            act(session, chief, user.id or 0, "原因")
    with pytest.raises(NotAllowed):
        accounts.register(session, chief, asked())


def test_at_the_machine_the_first_ones_are_registered_with_their_roles(session: Session) -> None:
    opened = accounts.register(session, None, asked(roles=["admin"], reason=""), "a long enough one")
    assert (opened.user.roles, opened.password, opened.change) == (["admin"], "", None)
    assert isinstance(sign_in(session, "wang", "a long enough one"), SignedIn)
    assert said(session, Event.ACCOUNT_ADDED)[0].data["at_the_machine"] is True


# ---- one-time passwords --------------------------------------------------------------------------


def test_a_one_time_password_opens_a_session_for_a_new_password_only(session: Session, admin: Any) -> None:
    opened = accounts.register(session, admin, asked())
    assert isinstance(sign_in(session, "wang", opened.password, kind="api"), Refused)
    result = sign_in(session, "wang", opened.password)
    assert isinstance(result, SignedIn)
    session.flush()
    login = people.resume(session, result.token, "10.0.0.9")
    assert login is not None
    assert login.password_due
    with pytest.raises(Invalid) as error:
        people.change_password(session, login, "", opened.password, opened.password)
    assert where(error) == {"new"}
    people.change_password(session, login, "", "my very own words", "my very own words")
    session.flush()
    again = people.resume(session, result.token, "10.0.0.9")
    assert again is not None
    assert not again.password_due
    assert isinstance(sign_in(session, "wang", opened.password), Refused)
    later = sign_in(session, "wang", "my very own words", kind="api")
    assert isinstance(later, SignedIn)


def test_a_one_time_password_is_over_after_a_week(session: Session, admin: Any) -> None:
    opened = accounts.register(session, admin, asked())
    opened.user.one_time_until = clock.now() - timedelta(seconds=1)
    result = sign_in(session, "wang", opened.password)
    assert isinstance(result, Refused)
    assert result.reason == people.WRONG


def test_a_reset_ends_sessions_and_tells_the_owner(session: Session, admin: Any) -> None:
    user = factories.user(session, "applicant", locked_until=clock.now() + timedelta(minutes=5))
    people.open_session(session, user, ip="10.0.0.9")
    opened = accounts.reset(session, admin, user.id or 0, "忘记密码")
    assert _living(session, user) == 0
    assert isinstance(sign_in(session, user.username, factories.PASSWORD), Refused)
    assert isinstance(sign_in(session, user.username, opened.password), SignedIn)
    words = session.exec(select(Notification.text_zh).where(Notification.user_id == user.id)).one()
    assert "重置了您的密码" in words
    assert opened.password not in str(said(session, Event.ACCOUNT_RENEWED)[0].data)


@pytest.mark.rule("M01")
def test_whoever_resets_a_password_of_the_office_does_not_come_to_act_for_its_owner(
    session: Session, admin: Any
) -> None:
    user = factories.user(session, "officer")
    opened = accounts.reset(session, admin, user.id or 0, "忘记密码")
    assert opened.change is not None
    assert (user.roles, opened.change.after["roles"]) == ([], ["officer"])
    setting_changes.confirm(session, factories.actor(session, "supervisor"), opened.change.id or 0, "属实")
    assert user.roles == ["officer"]


def test_at_the_machine_a_password_is_reset_and_the_roles_stay(session: Session) -> None:
    user = factories.user(session, "officer")
    opened = accounts.reset(session, None, user.id or 0, "忘记密码")
    assert (opened.change, user.roles) == (None, ["officer"])


# ---- off and on ----------------------------------------------------------------------------------


def _living(session: Session, user: User) -> int:
    query = select(LoginSession).where(
        LoginSession.user_id == user.id, col(LoginSession.expires_at) > clock.now()
    )
    return len(session.exec(query).all())


def _task(session: Session, user: User) -> TaskRow:
    case = factories.case(session, factories.user(session, "applicant"), status="in_progress", stage="triage")
    row = TaskRow(
        case_id=case.id, procedure=case.procedure, key="formal_review", role="intake",
        assignee_id=user.id, state="claimed", opened_at=clock.now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def test_a_disabled_account_is_out_at_once_and_its_tasks_are_told(session: Session, admin: Any) -> None:
    user, chief = factories.user(session, "intake"), factories.user(session, "supervisor")
    task = _task(session, user)
    signed = people.open_session(session, user, ip="10.0.0.9")
    accounts.disable(session, admin, user.id or 0, "离职")
    assert people.resume(session, signed.token, "10.0.0.9") is None
    assert isinstance(sign_in(session, user.username, factories.PASSWORD), Refused)
    assert user.id not in [u.id for u in holders.group(session, task)]
    assert [h.task.id for h in accounts.held(session, user)] == [task.id]
    told = session.exec(select(Notification).where(Notification.user_id == chief.id)).one()
    assert "1 项待办" in told.text_zh
    assert said(session, Event.ACCOUNT_DISABLED)[0].data["open_tasks"] == 1
    with pytest.raises(Conflict):
        accounts.disable(session, admin, user.id or 0, "离职")
    with pytest.raises(Conflict):
        accounts.reset(session, admin, user.id or 0, "忘记")
    accounts.enable(session, admin, user.id or 0, "返岗")
    assert isinstance(sign_in(session, user.username, factories.PASSWORD), SignedIn)


@pytest.mark.rule("M01")
def test_an_account_of_the_office_is_let_in_again_by_two_persons(session: Session, admin: Any) -> None:
    user = factories.user(session, "officer", "intake")
    accounts.disable(session, admin, user.id or 0, "离职")
    opened = accounts.enable(session, admin, user.id or 0, "返岗")
    assert opened.change is not None
    assert (user.active, user.roles, opened.change.after["roles"]) == (True, [], ["intake", "officer"])
    assert "角色待他人确认" in said(session, Event.ACCOUNT_ENABLED)[0].data["text"]["zh"]
    with pytest.raises(NotAllowed):
        setting_changes.confirm(session, admin, opened.change.id or 0)
    setting_changes.confirm(session, factories.actor(session, "admin"), opened.change.id or 0)
    assert user.roles == ["intake", "officer"]


@pytest.mark.rule("M01")
def test_switching_off_and_on_does_not_bring_roles_back_that_still_wait(session: Session, admin: Any) -> None:
    user = factories.user(session, "officer")
    reset = accounts.reset(session, admin, user.id or 0, "忘记密码")
    assert reset.change is not None
    accounts.disable(session, admin, user.id or 0, "离职")
    assert accounts.enable(session, admin, user.id or 0, "返岗").change is None
    assert (user.roles, reset.change.state) == ([], "proposed")
    accounts.disable(session, admin, user.id or 0, "离职")
    setting_changes.confirm(session, factories.actor(session, "supervisor"), reset.change.id or 0)
    assert accounts.enable(session, admin, user.id or 0, "返岗").change is not None
    assert user.roles == []


def test_a_change_of_roles_that_waits_is_decided_before_the_account_is_let_in(
    session: Session, admin: Any
) -> None:
    user = factories.user(session, "officer")
    setting_proposals.roles(session, admin, user.id or 0, ["intake"], "轮岗")
    accounts.disable(session, admin, user.id or 0, "离职")
    with pytest.raises(Conflict, match="waits"):
        accounts.enable(session, admin, user.id or 0, "返岗")


def test_an_applicant_is_let_in_again_by_one_and_at_the_machine_everybody(
    session: Session, admin: Any
) -> None:
    for role, by in (("applicant", admin), ("officer", None)):
        user = factories.user(session, role)
        accounts.disable(session, by, user.id or 0, "误停")
        opened = accounts.enable(session, by, user.id or 0, "误停")
        assert (opened.change, user.active, user.roles) == (None, True, [role])


def test_an_act_needs_its_reason_and_an_account_that_is_there(session: Session, admin: Any) -> None:
    user = factories.user(session, "officer")
    for act in (accounts.disable, accounts.enable, accounts.reset):
        with pytest.raises(Invalid):
            act(session, admin, user.id or 0, "  ")
        with pytest.raises(NotFound):
            act(session, admin, 999_999, "原因")


@pytest.mark.rule("M01")
def test_nobody_acts_on_an_account_of_their_own(session: Session, admin: Any) -> None:
    twin = factories.user(session, "officer", person_key=admin.person_key)
    for act in (accounts.disable, accounts.enable, accounts.reset):
        for number in (twin.id or 0, admin.user_id):
            with pytest.raises(NotAllowed):
                act(session, admin, number, "原因")


def test_the_last_administrator_stays(session: Session) -> None:
    only = factories.user(session, "admin")
    with pytest.raises(Conflict):
        accounts.disable(session, None, only.id or 0, "离职")
    factories.user(session, "admin")
    accounts.disable(session, None, only.id or 0, "离职")


@pytest.mark.rule("G12")
def test_a_disabled_expert_is_not_drawn(session: Session, admin: Any) -> None:
    user = factories.user(session, "expert")
    session.add(Expert(user_id=user.id or 0, key="EXP-X", name="许", specialty="光伏", employer="大学"))
    case = factories.case(session, factories.user(session, "applicant"))
    session.flush()
    assert [e.key for e in panels.screen(session, case)[0]] == ["EXP-X"]
    accounts.disable(session, admin, user.id or 0, "退休")
    assert [(e.key, t.zh) for e, t in panels.screen(session, case)[1]] == [("EXP-X", "账户已停用")]


# ---- experts -------------------------------------------------------------------------------------

ENTRY = {"specialty": "光伏", "employer": "示例大学", "title": "教授", "topics": ["data"], "available": True}


@pytest.mark.rule("M02")
def test_an_expert_is_entered_by_those_who_keep_the_library(session: Session, admin: Any) -> None:
    user, bureau = factories.user(session, "expert"), factories.actor(session, "bureau")
    with pytest.raises(NotAllowed):
        experts.add(session, admin, user.id or 0, ENTRY, "聘任")
    session.add(Expert(user_id=bureau.user_id, key="EXP-41", name="乙", specialty="光伏", employer="大学"))
    row = experts.add(session, bureau, user.id or 0, ENTRY, "聘任")
    assert (row.key, row.name, row.topics, row.active) == ("EXP-42", user.name, ["data"], True)
    assert experts.without_entry(session) == []
    kept = setting_changes.history(session, "expert", "EXP-42")[0]
    assert (kept.reason, kept.after["employer"]) == ("聘任", "示例大学")
    case = factories.case(session, factories.user(session, "applicant"))
    assert "EXP-42" in [e.key for e in panels.screen(session, case)[0]]


def test_an_entry_needs_an_account_of_an_expert_and_its_facts(session: Session) -> None:
    bureau, officer = factories.actor(session, "bureau"), factories.user(session, "officer")
    with pytest.raises(Invalid) as error:
        experts.add(session, bureau, officer.id or 0, {"topics": ["astrology"]}, "")
    assert where(error) == {"user", "specialty", "employer", "topics", "reason"}


@pytest.mark.rule("M02")
def test_nobody_enters_themselves_into_the_library(session: Session) -> None:
    bureau = factories.actor(session, "bureau")
    twin = factories.user(session, "expert", person_key=bureau.person_key)
    with pytest.raises(NotAllowed):
        experts.add(session, bureau, twin.id or 0, ENTRY, "聘任")


@pytest.mark.rule("M02")
def test_the_bureau_alone_says_who_is_in_the_library(session: Session) -> None:
    """The centre keeps what is said of its experts, and judges by them; it does not choose them."""
    chief, bureau = factories.actor(session, "supervisor"), factories.actor(session, "bureau")
    user = factories.user(session, "expert")
    with pytest.raises(NotAllowed, match="The bureau makes up the library"):
        experts.add(session, chief, user.id or 0, ENTRY, "聘任")
    row = experts.add(session, bureau, user.id or 0, ENTRY, "聘任")
    away = {"available": False, "active": True}
    assert experts.edit(session, chief, row.id or 0, away, "出差").available is False
    with pytest.raises(NotAllowed, match="The bureau makes up the library"):
        experts.edit(session, chief, row.id or 0, {"active": False}, "解聘")
    assert experts.edit(session, bureau, row.id or 0, {"active": False}, "解聘").active is False
    with pytest.raises(NotAllowed, match="The bureau makes up the library"):
        experts.edit(session, chief, row.id or 0, {"active": True}, "续聘")


def test_actors_without_roles_see_nothing(session: Session, admin: Any) -> None:
    opened = accounts.register(session, admin, asked())
    assert actor_of(opened.user).roles == frozenset()
