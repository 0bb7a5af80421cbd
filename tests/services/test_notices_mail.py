"""Messages: told once, mailed through a real SMTP server only while still true."""

import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from sqlmodel import col, select

from models.tables import Notification
from models.vocabulary.text import Text
from models.vocabulary.types import check_email
from services import clock, mail, notices, notifications, objections
from services.mail import BACK_OFF
from tests import factories
from tests import public_rows as rows
from tests.conftest import environment

TEXT = Text("A status", "已进入公示")


class Box:
    """A mailbox behind a real SMTP server; `refuse` makes it answer with that line."""

    def __init__(self) -> None:
        self.mails: list = []
        self.refuse = ""

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 - the library's name
        if self.refuse:
            return self.refuse
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return "250 OK"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def box() -> Iterator[Box]:
    box = Box()
    port = _free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with environment(SMTP_HOST="127.0.0.1", SMTP_PORT=str(port), PUBLIC_URL="https://puhui.example"):
            yield box
    finally:
        controller.stop()


@pytest.fixture
def case(session):
    return rows.a_case(session)


def _person(session, case, role="applicant", **values):
    party = session.get(factories.Party, case.filer_id) if role == "applicant" else None
    return factories.user(session, role, party=party, **{"email": "someone@example.com", **values})


def _all(session, user):
    return list(
        session.exec(
            select(Notification).where(Notification.user_id == user.id).order_by(col(Notification.id))
        )
    )


def test_same_message_reaches_a_person_once(session, case):
    user = _person(session, case)
    told = [
        notifications.notify(session, user_ids=[user.id, user.id], kind="reply", dedupe="k", text=TEXT)
        for _ in range(3)
    ]
    assert told == [1, 0, 0]
    assert notifications.unread(session, user.id) == 1


def test_task_of_the_applicant_is_mailed_to_the_party_and_links_to_the_case(session, case, box):
    user = _person(session, case)
    task = rows.a_task(
        session, case, "correction", party_id=case.filer_id, due_at=rows.at("2026-12-12T00:00:00")
    )
    notifications.on_task_opened(session, case, task)
    assert mail.send_due(session) == 1
    ((to, letter),) = box.mails
    plain = letter.get_body(("plain",)).get_content()
    assert to == ["someone@example.com"]
    assert case.case_no in letter["subject"]
    assert f"https://puhui.example/cases/{case.case_no}" in plain
    assert "2026年12月11日" in plain
    assert "Please act" in plain
    assert f"https://puhui.example/cases/{case.case_no}" in letter.get_body(("html",)).get_content()
    assert [n.mail for n in _all(session, user)] == ["sent"]
    assert mail.send_due(session) == 0


def test_task_of_an_officer_stays_in_the_system(session, case, box):
    officer = _person(session, case, "officer")
    notifications.on_task_opened(session, case, rows.a_task(session, case, "triage"))
    assert [(n.kind, n.mail) for n in _all(session, officer)] == [("action_needed", "none")]
    assert mail.send_due(session) == 0
    assert box.mails == []


def test_mail_for_a_task_done_meanwhile_is_skipped(session, case, box):
    user = _person(session, case)
    task = rows.a_task(session, case, "correction", party_id=case.filer_id)
    notifications.on_task_opened(session, case, task)
    task.state, task.outcome, task.closed_at = "done", "resubmit", clock.now()
    assert mail.send_due(session) == 0
    assert [(n.mail, n.mail_note) for n in _all(session, user)] == [("skipped", "task is not open any more")]
    assert box.mails == []


def test_mail_for_a_task_handed_to_another_person_is_skipped(session, case, box):
    first = _person(session, case, "expert")
    second = _person(session, case, "expert")
    task = rows.a_task(session, case, "expert_opinion", slot="1.1", state="claimed", assignee_id=first.id)
    notifications.on_task_opened(session, case, task)
    task.assignee_id = second.id
    session.flush()
    assert mail.send_due(session) == 0
    assert _all(session, first)[0].mail == "skipped"


def test_mail_for_a_status_left_again_is_skipped(session, case, box):
    user = _person(session, case)
    notifications.on_public_status(session, case, TEXT)
    case.stage = "opinion"
    session.flush()
    assert mail.send_due(session) == 0
    assert [n.mail for n in _all(session, user)] == ["skipped"]
    assert box.mails == []


def test_status_that_comes_back_is_told_again_but_a_repeated_call_is_not(session, case, box):
    user = _person(session, case)
    for since in ("2026-10-01T09:00:00", "2026-10-01T09:00:00", "2026-10-05T09:00:00"):
        case.stage_since = rows.at(since)
        notifications.on_public_status(session, case, TEXT)
    assert len(_all(session, user)) == 2


def test_person_without_an_address_is_noted_not_failed(session, case, box):
    user = _person(session, case, email="")
    notifications.on_public_status(session, case, TEXT)
    mail.send_due(session)
    assert [(n.mail, n.mail_note) for n in _all(session, user)] == [("skipped", "no mail address")]


def test_refused_mail_is_tried_again_later_and_then_given_up(session, case, box):
    user = _person(session, case)
    box.refuse = "451 try later"
    with clock.at(rows.at("2026-10-01T09:00:00")):
        notifications.on_public_status(session, case, TEXT)
    when = rows.at("2026-10-01T09:00:00")
    for wait in BACK_OFF:
        with clock.at(when):
            assert mail.send_due(session) == 0
            assert mail.send_due(session) == 0  # not before its time
        when += wait
    (row,) = _all(session, user)
    assert (row.mail, row.mail_tries, row.mail_note) == ("pending", len(BACK_OFF), "451 try later")
    with clock.at(when):
        mail.send_due(session)
    assert row.mail == "failed"


def test_mail_goes_out_when_the_server_recovers(session, case, box):
    _person(session, case)
    box.refuse = "451 try later"
    with clock.at(rows.at("2026-10-01T09:00:00")):
        notifications.on_public_status(session, case, TEXT)
        assert mail.send_due(session) == 0
    box.refuse = ""
    with clock.at(rows.at("2026-10-01T09:01:00")):
        assert mail.send_due(session) == 1


def test_server_that_is_down_never_raises(session, case):
    with environment(SMTP_HOST="127.0.0.1", SMTP_PORT="1"):
        user = _person(session, case)
        notifications.on_public_status(session, case, TEXT)
        assert mail.send_due(session) == 0
    (row,) = _all(session, user)
    assert (row.mail, row.mail_tries) == ("pending", 1)
    assert "Refused" in row.mail_note


def test_without_a_mail_server_messages_stay_in_the_system(session, case):
    user = _person(session, case)
    notifications.on_public_status(session, case, TEXT)
    assert [n.mail for n in _all(session, user)] == ["none"]
    assert mail.send_due(session) == 0


def test_line_breaks_in_a_title_do_not_reach_the_headers(session, case, box):
    _person(session, case)
    case.title = "项目\r\nBcc: all@example.com"
    notifications.on_public_status(session, case, TEXT)
    assert mail.send_due(session) == 1
    assert box.mails[0][1]["bcc"] is None


@pytest.mark.rule("M05")
def test_objector_with_an_address_gets_the_answer_by_mail(session, box):
    notice = rows.a_notice(session)
    made = rows.object_to(session, notice)
    case = rows.case_of(session, notice)
    notices.close_publicity(session, case, 1, rows.at(rows.OVER))
    objections.record_answer(session, case, "1", "not_upheld", {"answer": "经核实，规模一致。"})
    assert mail.send_due(session) == 1
    to, letter = box.mails[0]
    plain = letter.get_body(("plain",)).get_content()
    assert to == ["wang@example.com"]
    assert "经核实，规模一致。" in plain
    assert f"https://puhui.example/objections/{made.lookup}" in plain


def test_read_messages_do_not_count(session, case):
    user = _person(session, case)
    for key in ("a", "b", "c"):
        notifications.notify(session, user_ids=[user.id], kind="reply", dedupe=key, text=TEXT)
    first = notifications.listed(session, user.id)[-1]
    assert notifications.mark_read(session, user.id, [first.id]) == 1
    assert notifications.unread(session, user.id) == 2
    assert notifications.mark_read(session, user.id) == 2


def test_supervisor_is_told_in_the_system_also_about_a_task_of_the_applicant(session, case, box):
    supervisor = _person(session, case, "supervisor")
    task = rows.a_task(session, case, "correction", party_id=case.filer_id)
    notifications.notify(
        session, user_ids=[supervisor.id], kind="escalation", dedupe="e", text=TEXT, case=case, task=task
    )
    assert mail.send_due(session) == 0
    assert box.mails == []


def test_mails_go_one_at_a_time_over_one_connection(session, case, box):
    user = _person(session, case)
    for n in range(3):
        notifications.notify(session, user_ids=[user.id], kind="reply", dedupe=f"k{n}", text=TEXT)
    post, sent = mail.Post(), []
    while mail.is_due(session):
        sent.append((mail.send_due(session, post, most=1), len(box.mails)))
    post.close()
    assert sent == [(1, 1), (1, 2), (1, 3)]


def test_server_that_is_down_leaves_nothing_due_until_later(session, case, box):
    user = _person(session, case)
    for n in range(3):
        notifications.notify(session, user_ids=[user.id], kind="reply", dedupe=f"k{n}", text=TEXT)
    with environment(SMTP_PORT=str(_free_port())):
        post, rounds = mail.Post(), 0
        while mail.is_due(session):
            rounds += 1
            assert mail.send_due(session, post, most=1) == 0
    assert rounds == 3
    assert {(n.mail, n.mail_tries) for n in _all(session, user)} == {("pending", 1)}


@pytest.mark.parametrize("odd", ["a<b@c.co", "+\x7f@<.co", "a..b@c.co", "é@x.co", "a,b@c.co", "@"])
def test_an_address_nobody_can_be_reached_at_holds_up_no_other_mail(session, case, box, odd):
    """It may have been typed by the public, or before addresses were looked at so closely."""
    for n, email in enumerate((odd, "someone@example.com")):
        user = _person(session, case, "expert", email=email)
        notifications.notify(session, user_ids=[user.id], kind="reply", dedupe=f"k{n}", text=TEXT)
    assert mail.send_due(session) == 1
    assert [to for to, _ in box.mails] == [["someone@example.com"]]


@pytest.mark.parametrize("odd", ["a<b@c.co", "a,b@c.co", "a..b@c.co", "é@x.co", "a@b", "a b@c.co", "a@-..co"])
def test_an_address_nobody_can_be_reached_at_is_told_at_once(odd):
    assert [p.loc for p in objections.contact_problems(odd, False)] == ["contact"]
    with pytest.raises(ValueError, match="邮箱"):
        check_email(odd)


@pytest.mark.parametrize("fine", ["zhang.san+1@mail.example.com.cn", "o'neil_1@x-y.co", "a@b.c"])
def test_an_honest_address_is_taken(fine):
    assert (objections.contact_problems(fine, False), check_email(fine)) == ([], fine)
