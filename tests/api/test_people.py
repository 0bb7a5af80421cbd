"""Sign-in, sessions, tokens, forged and late forms, personal data."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from models.tables import AuditEvent, LoginSession, User
from models.vocabulary.errors import Invalid, NotAllowed, NotFound, TooManyTries
from services import clock, guesses, people, personal_data
from services.people import Refused, SignedIn
from services.session import reading, transaction
from tests import factories

PASSWORD = factories.PASSWORD


def sign_in(session: Session, username: str, password: str = PASSWORD, ip: str = "10.0.0.1", **more: str):
    return people.sign_in(session, username, password, ip=ip, **more)


def form(username: str, password: str = PASSWORD, **more: str) -> dict[str, str]:
    return {"username": username, "password": password, **more}


# ---- the service ---------------------------------------------------------------------------------


def test_sign_in_opens_session_whose_secret_is_not_stored(session: Session) -> None:
    user = factories.user(session, "officer")
    result = sign_in(session, user.username)
    assert isinstance(result, SignedIn)
    session.flush()
    row = session.exec(select(LoginSession).where(LoginSession.user_id == user.id)).one()
    assert row.token_hash == people.token_hash(result.token) != result.token
    login = people.resume(session, result.token, "10.0.0.1")
    assert login is not None
    assert (login.actor.username, login.csrf) == (user.username, result.csrf)


def test_sign_in_with_wrong_password_says_the_same_as_for_unknown_name(session: Session) -> None:
    user = factories.user(session, "officer")
    assert (
        sign_in(session, user.username, "wrong")
        == sign_in(session, "nobody", "wrong")
        == Refused(people.WRONG)
    )


def test_fifth_wrong_password_locks_for_a_quarter_of_an_hour(session: Session) -> None:
    user = factories.user(session, "officer")
    now = clock.now()
    answers = [sign_in(session, user.username, "wrong") for _ in range(5)]
    assert [a.locked for a in answers if isinstance(a, Refused)] == [False] * 4 + [True]
    assert isinstance(sign_in(session, user.username), Refused)
    with clock.at(now + timedelta(minutes=16)):
        assert isinstance(sign_in(session, user.username), SignedIn)


def test_unknown_name_locks_like_a_known_one(session: Session) -> None:
    answers = [sign_in(session, "nobody-at-all", "wrong") for _ in range(6)]
    assert [a.locked for a in answers if isinstance(a, Refused)] == [False] * 4 + [True] * 2


@pytest.mark.parametrize(
    "minutes",
    [
        (0,) * 6,
        (0, 0, 0, 0, 16),
        (0, 0, 0, 0, 1500),
        (0, 14, 14, 14, 14, 16, 28, 30),
        (0, 5, 10, 15, 20, 25, 30),
    ],
    ids=str,
)
def test_tries_of_any_pace_do_not_tell_who_has_an_account(session: Session, minutes: tuple[int, ...]) -> None:
    user, now = factories.user(session, "officer"), clock.now()
    told: dict[str, list[object]] = {user.username: [], "nobody-at-any-pace": []}
    for minute in minutes:
        with clock.at(now + timedelta(minutes=minute)):
            for name, answers in told.items():
                answers.append(sign_in(session, name, "wrong"))
    known, unknown = told.values()
    assert known == unknown


def test_right_password_in_time_leaves_nothing_held_against_the_name(session: Session) -> None:
    user = factories.user(session, "officer")
    for _ in range(2):
        for _ in range(guesses.TRIES_BEFORE_LOCK - 1):
            assert sign_in(session, user.username, "wrong") == Refused(people.WRONG)
        assert isinstance(sign_in(session, user.username), SignedIn)


def test_many_failures_from_one_address_are_stopped(session: Session) -> None:
    for n in range(guesses.TRIES_BY_ADDRESS):
        sign_in(session, f"guess-{n}", "wrong", ip="10.9.9.9")
    user = factories.user(session, "officer")
    with pytest.raises(TooManyTries):
        sign_in(session, user.username, ip="10.9.9.9")
    assert isinstance(sign_in(session, user.username, ip="10.9.9.8"), SignedIn)


def test_sign_in_of_switched_off_account_fails(session: Session) -> None:
    user = factories.user(session, "officer", active=False)
    assert isinstance(sign_in(session, user.username), Refused)


def test_session_ends_after_its_hours_and_lives_on_when_used(session: Session) -> None:
    user = factories.user(session, "officer")
    result = sign_in(session, user.username)
    assert isinstance(result, SignedIn)
    later = clock.now() + people.lifetime() - timedelta(minutes=1)
    with clock.at(later):
        login = people.resume(session, result.token, "")
        assert login is not None
        assert people.needs_touch(login)
        people.touch(session, login)
    with clock.at(later + timedelta(hours=1)):
        assert people.resume(session, result.token, "") is not None
    with clock.at(later + people.lifetime() + timedelta(minutes=1)):
        assert people.resume(session, result.token, "") is None
        assert people.whose(session, result.token) == user.username


def test_sign_in_replaces_the_session_the_browser_had(session: Session) -> None:
    user = factories.user(session, "officer")
    first = sign_in(session, user.username)
    assert isinstance(first, SignedIn)
    second = sign_in(session, user.username, replaces=first.token)
    assert isinstance(second, SignedIn)
    assert people.resume(session, first.token, "") is None
    assert people.resume(session, second.token, "") is not None


def test_sign_ins_and_failures_are_written_down(session: Session) -> None:
    user = factories.user(session, "officer")
    sign_in(session, user.username, "wrong")
    sign_in(session, user.username)
    rows = session.exec(
        select(AuditEvent.event).where(AuditEvent.user_id == user.id).order_by(col(AuditEvent.id))
    )
    assert list(rows) == ["session.failed", "session.signed_in"]


def test_person_key_is_equal_for_one_person_and_hides_the_number() -> None:
    key = people.person_key_of("11010519491231002X")
    assert key == people.person_key_of(" 11010519491231002x ")
    assert key != people.person_key_of("440524188001010014")
    assert "1101" not in key


def test_changing_password_tells_all_defects_at_once(session: Session) -> None:
    user = factories.user(session, "officer")
    result = sign_in(session, user.username)
    assert isinstance(result, SignedIn)
    login = people.resume(session, result.token, "")
    assert login is not None
    with pytest.raises(Invalid) as refusal:
        people.change_password(session, login, "wrong", "short", "other")
    assert [p.loc for p in refusal.value.problems] == ["old", "new", "again"]


def test_changing_password_ends_the_other_sessions(session: Session) -> None:
    user = factories.user(session, "officer")
    here, there = sign_in(session, user.username), sign_in(session, user.username)
    assert isinstance(here, SignedIn)
    assert isinstance(there, SignedIn)
    login = people.resume(session, here.token, "")
    assert login is not None
    assert people.change_password(session, login, PASSWORD, "a new long password", "a new long password") == 1
    assert people.resume(session, there.token, "") is None
    assert isinstance(sign_in(session, user.username, "a new long password"), SignedIn)


# ---- personal data -------------------------------------------------------------------------------


@pytest.mark.rule("M10")
def test_unmasking_shows_the_value_and_writes_down_who_and_why(session: Session) -> None:
    filer = factories.user(session, "applicant")
    case = factories.case(
        session, filer, status="submitted", form={"applicant": {"contacts": [{"mobile": "13800138000"}]}}
    )
    officer = factories.actor(session, "officer")
    path = "applicant.contacts.0.mobile"
    assert personal_data.reveal(session, officer, case.case_no, path, "电话核对地址") == "13800138000"
    row = session.exec(select(AuditEvent).where(AuditEvent.case_id == case.id)).one()
    assert (row.event, row.user_id, row.data) == (
        "personal_data.seen",
        officer.user_id,
        {"path": path, "reason": "电话核对地址"},
    )


@pytest.mark.rule("M10")
def test_unmasking_without_reason_is_refused(session: Session) -> None:
    case = factories.case(session, factories.user(session, "applicant"), status="submitted", form={"a": "x"})
    with pytest.raises(Invalid):
        personal_data.reveal(session, factories.actor(session, "officer"), case.case_no, "a", "  ")


@pytest.mark.rule("M10")
def test_unmasking_by_a_stranger_looks_as_if_the_case_did_not_exist(session: Session) -> None:
    case = factories.case(session, factories.user(session, "applicant"), status="submitted", form={"a": "x"})
    with pytest.raises(NotFound):
        personal_data.reveal(session, factories.actor(session, "applicant"), case.case_no, "a", "好奇地看看")


def test_unmasking_a_place_that_holds_no_value_is_not_found(session: Session) -> None:
    case = factories.case(
        session, factories.user(session, "applicant"), status="submitted", form={"a": {"b": ["x"]}}
    )
    officer = factories.actor(session, "officer")
    for path in ("a", "a.b", "a.b.7", "a.c", "__class__"):
        with pytest.raises((NotFound, NotAllowed)):
            personal_data.reveal(session, officer, case.case_no, path, "核对身份")


# ---- pages ---------------------------------------------------------------------------------------


@pytest.fixture
def officer(database: str) -> User:
    with transaction() as session:
        return factories.user(session, "officer")


def test_login_page_sets_a_guarded_cookie_and_goes_on(client, officer: User) -> None:
    answer = client.post("/login", data=form(officer.username, next="/account"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    cookie = next(v for k, v in answer.headers.multi_items() if k == "set-cookie" and "puhui_session" in v)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\n//evil.example",
        "/\t/evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
    ],
)
def test_login_never_leads_to_another_site(client, officer: User, target: str) -> None:
    assert client.post("/login", data=form(officer.username, next=target)).headers["location"] == "/home"


def test_failed_login_keeps_the_name_and_commits_its_trace(client, officer: User) -> None:
    answer = client.post("/login", data=form(officer.username, "wrong"))
    assert answer.status_code == 401
    assert f'value="{officer.username}"' in answer.text
    with reading() as session:
        assert session.get_one(User, officer.id).failed_attempts == 1


def test_page_for_members_leads_to_sign_in_and_back(client) -> None:
    answer = client.get("/account?tab=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/account%3Ftab%3D1")


def test_logout_ends_the_session(browser) -> None:
    someone = browser("officer")
    assert someone.get("/account").status_code == 200
    assert someone.post("/logout").headers["location"] == "/"
    assert someone.get("/account").status_code == 303


def test_form_without_token_is_refused_and_keeps_the_text(browser) -> None:
    someone = browser("officer")
    someone.csrf = "of another session"
    answer = someone.client.post(
        "/account/end-others",
        data={"note": "<b>内容", "csrf": "stale"},
        headers={"Cookie": f"puhui_session={someone.token}; lang=zh"},
    )
    assert answer.status_code == 403
    assert "&lt;b&gt;内容" in answer.text
    assert "再次提交" in answer.text


def test_form_from_another_site_is_refused_without_a_way_to_repeat_it(browser) -> None:
    someone = browser("officer")
    answer = someone.post("/logout", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "再次提交" not in answer.text
    assert someone.get("/account").status_code == 200


def _ended(browser, **more):
    """A browser whose session has just expired."""
    someone = browser("officer", **more)
    with transaction() as session:
        row = session.get_one(LoginSession, people.token_hash(someone.token))
        row.expires_at = clock.now() - timedelta(minutes=5)
    return someone


def _hidden(html: str, name: str) -> str:
    return html.split(f'name="{name}" value="', 1)[1].split('"', 1)[0].replace("&#34;", '"')


def test_form_after_the_session_ended_goes_on_after_sign_in(browser) -> None:
    someone = _ended(browser)
    typed = {"note": "写了很久的内容 & more"}
    answer = someone.post("/account/end-others", typed)
    assert answer.status_code == 401
    assert "您填写的内容没有丢失" in answer.text
    again = someone.client.post("/login", data=form(someone.user.username, late=_hidden(answer.text, "late")))
    assert again.status_code == 200
    assert 'action="/account/end-others"' in again.text
    assert "写了很久的内容 &amp; more" in again.text
    csrf = _hidden(again.text, "csrf")
    done = someone.client.post("/account/end-others", data={**typed, "csrf": csrf})
    assert done.status_code == 303


def test_late_form_survives_a_mistyped_password(browser) -> None:
    someone = _ended(browser)
    late = _hidden(someone.post("/account/end-others", {"note": "保留"}).text, "late")
    answer = someone.client.post("/login", data=form(someone.user.username, "wrong", late=late))
    assert answer.status_code == 401
    assert _hidden(answer.text, "late") == late


def test_late_form_of_another_person_is_not_sent_in_my_name(browser, officer: User) -> None:
    someone = _ended(browser)
    late = _hidden(someone.post("/account/end-others", {"note": "x"}).text, "late")
    answer = someone.client.post("/login", data=form(officer.username, late=late))
    assert (answer.status_code, answer.headers["location"]) == (303, "/home")


def test_late_form_changed_on_the_way_is_dropped(browser) -> None:
    someone = _ended(browser)
    late = _hidden(someone.post("/account/end-others", {"note": "x"}).text, "late")
    answer = someone.client.post("/login", data=form(someone.user.username, late="A" + late))
    assert answer.headers["location"] == "/home"


def test_late_form_from_another_site_is_not_kept(browser) -> None:
    someone = _ended(browser)
    answer = someone.post("/account/end-others", {"note": "x"}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert 'name="late"' not in answer.text


# ---- tokens --------------------------------------------------------------------------------------


def test_token_opens_the_api_and_no_pages_need_its_csrf(client, officer: User) -> None:
    answer = client.post("/api/v1/auth/token", data=form(officer.username))
    assert answer.status_code == 200
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("bearer", 12 * 3600)
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    me = client.get("/api/v1/me", headers=bearer).json()
    assert (me["username"], me["roles"]) == (officer.username, ["officer"])
    assert client.delete("/api/v1/auth/token", headers=bearer).status_code == 204
    assert client.get("/api/v1/me", headers=bearer).status_code == 401


def test_wrong_credentials_for_a_token_are_a_problem(client, officer: User) -> None:
    answer = client.post("/api/v1/auth/token", data=form(officer.username, "wrong"))
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_api_with_cookie_wants_the_token_in_the_header(browser) -> None:
    someone = browser("officer")
    answer = someone.send("DELETE", "/api/v1/auth/token", headers={"X-CSRF-Token": "wrong"})
    assert (answer.status_code, answer.json()["kind"]) == (403, "csrf")
    assert someone.send("DELETE", "/api/v1/auth/token").status_code == 204


def test_browser_cookie_value_is_no_bearer_token(browser) -> None:
    someone = browser("officer")
    answer = someone.client.get("/api/v1/me", headers={"Authorization": f"Bearer {someone.token}"})
    assert answer.status_code == 401


@pytest.mark.rule("M10")
def test_unmasking_page_shows_value_in_place_or_on_its_own(browser) -> None:
    with transaction() as session:
        filer = factories.user(session, "applicant")
        case = factories.case(session, filer, status="submitted", form={"a": {"id": "11010519491231002X"}})
    officer = browser("officer")
    sent = {"case_no": case.case_no, "path": "a.id", "reason": "核对申请人身份"}
    whole = officer.post("/personal-data", sent)
    part = officer.post("/personal-data", sent, headers={"HX-Request": "true"})
    assert whole.status_code == part.status_code == 200
    assert "11010519491231002X" in whole.text
    assert part.text.startswith('<span class="masked">')
    assert browser("applicant").post("/personal-data", sent).status_code == 404
