"""The mall onboarding, mode by mode and turn by turn, in workflow time; each history is replayed."""

import itertools
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from google.protobuf.empty_pb2 import Empty
from sqlmodel import col, select

from models.procedures.mall_onboarding_forms.modes import EVENT_EXAMPLE, OTHER_EXAMPLE, SUB_PLATFORM_EXAMPLE
from models.tables import AuditEvent, Case, Good, LimitSetting, MallGood, MallMember, TaskRow
from models.vocabulary.errors import Conflict, Invalid, NotAllowed
from services import cases, mall, tasks
from services.clock import SHANGHAI
from services.session import transaction
from tests.scenarios import world
from tests.scenarios.conftest import Stage
from tests.scenarios.play import Cast, Played, Scenario

pytestmark = pytest.mark.scenario
NUMBERS = itertools.count(1)
BEGUN = ["receipt", "mall_application_form", "acceptance_notice", "mall_assessment_opinion"]
JOINED = ["agreement_draft", "cooperation_agreement", "mall_admission"]
STRAIGHT = ["formal_review", "assessment", "bureau_report", "agreement", "connection"]
Change = Callable[[dict[str, Any]], None]


def play(stage: Stage, **script: Any) -> Played:
    n = next(NUMBERS)
    wanted = Scenario(procedure="mall_onboarding", **script)
    return stage.run(lambda cast: cast.play(wanted, n))  # type: ignore[no-any-return]


def member_of(case: Played) -> MallMember:
    with transaction() as session:
        return session.exec(select(MallMember).where(MallMember.case_id == case.case_id)).one()


def mode(key: str, **part: Any) -> Change:
    """The form of another mode, with its own part."""

    def change(form: dict[str, Any]) -> None:
        form |= {"mode": key, "operation_ability": form["operation_ability"], "system": None} | part
        if key == "sub_platform":
            form["system"] = {
                "url": "https://sub.example.com",
                "api_version": "1.0",
                "mlps_level": "3",
                "schedule": "协议签署后完成对接。",
            }

    return change


SUB = mode("sub_platform", sub_platform=SUB_PLATFORM_EXAMPLE)
OTHER = mode("other", other_way=OTHER_EXAMPLE)


def today_on(stage: Stage) -> date:
    """The day of the server whose time the scenarios skip."""

    async def ask(cast: Cast) -> datetime:
        answer = await cast.client.test_service.get_current_time(Empty())
        return answer.time.ToDatetime()  # type: ignore[no-any-return]

    found: datetime = stage.run(ask)
    return found.date()


def event(stage: Stage, ahead: int = 40, days: int = 7, quota: int = 1000) -> Change:
    """An event that begins so many days from now and lasts a week."""
    first = max(today_on(stage), datetime.now(SHANGHAI).date()) + timedelta(days=ahead)
    last = first + timedelta(days=days - 1)
    plan = EVENT_EXAMPLE | {"starts_on": first.isoformat(), "ends_on": last.isoformat(), "quota": quota}
    return mode("event", event=plan)


@pytest.mark.rule("J06")
@pytest.mark.rule("J08")
@pytest.mark.rule("J09")
@pytest.mark.rule("J10")
def test_third_party_mall_goes_online(stage: Stage) -> None:
    case = play(stage)
    assert case.status == "online"
    assert case.stages == STRAIGHT
    assert case.documents == [*BEGUN, "bureau_report", "bureau_reply", *JOINED]
    assert case.tasks["bureau_receipt/1/1"] == "approve"
    member = member_of(case)
    assert (member.mode, member.state, member.opens_at, member.quota) == (
        "third_party_mall",
        "online",
        None,
        None,
    )
    assert member.number.startswith("SHPH-SC-")
    with transaction() as session:
        admitted = mall.goods(session, member)
        offered = session.exec(
            select(Good).where(col(Good.number).in_([g.number for g in admitted])).order_by(col(Good.number))
        ).all()
        assert [(g.title, g.points, g.stock, g.active) for g in offered] == [
            ("共享单车7日骑行券", 12000, 5000, True),
            ("地铁单程抵扣3元券", 30000, 8000, True),
            ("观影满减20元券", 150000, 600, True),
        ]
        assert [m.number for m in mall.listed(session) if m.id == member.id] == [member.number]


@pytest.mark.rule("J06")
@pytest.mark.rule("J09")
def test_sub_platform_goes_online(stage: Stage) -> None:
    case = play(stage, form=SUB)
    assert (case.status, case.stages) == ("online", STRAIGHT)
    assert member_of(case).scope == "徐汇区"


@pytest.mark.rule("J09")
@pytest.mark.rule("J10")
def test_event_is_not_reported_runs_in_its_window_and_closes_by_itself(stage: Stage) -> None:
    form = event(stage)
    case = play(stage, form=form)
    assert case.status == "closed"
    assert case.stages == ["formal_review", "assessment", "event_schedule", "event", "activity_report"]
    assert case.documents == [*BEGUN, "mall_admission", "activity_report"]
    assert not [task for task in case.tasks if task.startswith(("bureau", "agreement", "connection"))]
    member = member_of(case)
    assert (member.state, member.note, member.quota) == ("exited", "活动期满", 1000)
    assert member.opens_at is not None
    assert member.closes_at is not None
    assert (member.closes_at - member.opens_at).days == 7
    assert member.opens_at.astimezone(SHANGHAI).time() == time.min
    assert member.online_at is not None
    assert member.exited_at is not None
    late = timedelta(minutes=1)
    assert member.opens_at <= member.online_at < member.opens_at + late
    assert member.closes_at <= member.exited_at < member.closes_at + late
    with transaction() as session:
        numbers = [g.number for g in mall.goods(session, member)]
        assert {g.active for g in session.exec(select(Good).where(col(Good.number).in_(numbers)))} == {False}


@pytest.mark.rule("J10")
def test_event_report_sent_back_is_written_again(stage: Stage) -> None:
    case = play(stage, form=event(stage), answers={"activity_confirmation/1/1": "return"})
    assert case.status == "closed"
    assert case.tasks["activity_report/1/2"] == "report"


@pytest.mark.rule("J10")
def test_event_cannot_report_more_than_its_quota(stage: Stage) -> None:
    told: list[str] = []

    def too_many(cast: Cast, task: TaskRow) -> None:
        with pytest.raises(Invalid) as refused:
            cast.complete(task, "report", {"redeemed": 501, "participants": 10})
        told.extend(p.loc for p in refused.value.problems)
        cast.complete(task, "report", {"redeemed": 500, "participants": 10})

    case = play(stage, form=event(stage, quota=500), answers={"activity_report/1/1": too_many})
    assert (case.status, told) == ("closed", ["redeemed"])


@pytest.mark.rule("J10")
def test_event_that_has_run_cannot_be_withdrawn(stage: Stage) -> None:
    def too_late(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            number = session.get_one(Case, task.case_id).case_no
            who = world.actor(session, "merchant")
            with pytest.raises(Conflict):
                cases.withdraw(session, who, number, "不办了")
        cast.complete(task, "report", {"redeemed": 0, "participants": 0})

    assert play(stage, form=event(stage), answers={"activity_report/1/1": too_late}).status == "closed"


@pytest.mark.rule("J06")
def test_other_way_is_confirmed_by_the_bureau_first(stage: Stage) -> None:
    case = play(stage, form=OTHER)
    assert case.status == "online"
    assert case.stages == ["mode_confirmation", "formal_review", "assessment", "agreement", "connection"]
    assert case.documents == [*BEGUN, *JOINED]


@pytest.mark.rule("J06")
def test_other_way_not_confirmed_is_rejected(stage: Stage) -> None:
    case = play(stage, form=OTHER, answers={"mode_confirmation/1/1": "refuse"})
    assert (case.status, case.stages) == ("rejected", ["mode_confirmation"])
    assert case.documents == ["receipt", "mall_application_form", "rejection_notice"]


@pytest.mark.rule("J07")
@pytest.mark.rule("J08")
def test_papers_are_corrected_and_reviewed_again(stage: Stage) -> None:
    case = play(stage, answers={"formal_review/1/1": "request_correction"})
    assert case.status == "online"
    assert case.documents[:4] == [
        "receipt",
        "mall_application_form",
        "correction_notice",
        "mall_application_form",
    ]


@pytest.mark.rule("J06")
def test_mode_does_not_change_on_the_way(stage: Stage) -> None:
    told: list[str] = []

    def another(cast: Cast, task: TaskRow) -> None:
        with pytest.raises(Invalid) as refused:
            cast.complete(task, "resubmit", {"changes": [{"path": "mode", "value": "event"}]})
        told.extend(p.loc for p in refused.value.problems)
        cast.complete(task, "resubmit", {})

    answers = {"formal_review/1/1": "request_correction", "correction/1/1": another}
    assert play(stage, answers=answers).status == "online"
    assert "changes.0.path" in told


@pytest.mark.rule("J08")
def test_correction_nobody_files_lapses(stage: Stage) -> None:
    case = play(stage, answers={"formal_review/1/1": "request_correction", "correction/1/1": None})
    assert (case.status, case.documents[-1]) == ("lapsed", "termination_notice")


@pytest.mark.rule("J08")
def test_refusal_takes_two_persons_of_the_exchange(stage: Stage) -> None:
    told: list[str] = []

    def not_the_same(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            who = world.actor(session, "mall")
            with pytest.raises(NotAllowed) as refused:
                tasks.complete(session, who, task.id, "confirm", {"reason": ""})
        told.append(refused.value.detail.zh)
        cast.complete(task, "confirm", {})

    answers = {
        "formal_review/1/.": "refuse",
        "refusal_approval/1/1": "return",
        "refusal_approval/1/2": not_the_same,
    }
    case = play(stage, answers=answers)
    assert (case.status, case.documents[-1]) == ("not_accepted", "refusal_notice")
    assert len(told) == 1


@pytest.mark.rule("J08")
@pytest.mark.parametrize(("decided", "status"), [("refuse", "not_accepted"), ("one_more_round", "online")])
def test_rounds_used_up_are_decided_by_another_person(stage: Stage, decided: str, status: str) -> None:
    again = {f"formal_review/1/{n}": "request_correction" for n in (1, 2, 3)}
    assert play(stage, answers=again | {"extra_round/1/3": decided}).status == status


@pytest.mark.rule("J08")
def test_negative_evaluation_is_signed_and_ends_the_case(stage: Stage) -> None:
    answers = {"mall_assessment/.*": "negative", "mall_assessment_signature/1/1": "return"}
    case = play(stage, answers=answers)
    assert (case.status, case.documents[-2:]) == ("rejected", ["mall_assessment_opinion", "rejection_notice"])
    assert case.tasks["mall_assessment/1/2"] == "negative"


@pytest.mark.rule("J09")
def test_bureau_sends_the_evaluation_back_and_gets_another(stage: Stage) -> None:
    case = play(stage, answers={"bureau_receipt/1/1": "return"})
    assert case.status == "online"
    assert case.stages == [*STRAIGHT[:3], "assessment", *STRAIGHT[2:]]
    assert case.documents.count("bureau_report") == 2


@pytest.mark.rule("J09")
def test_bureau_refuses(stage: Stage) -> None:
    case = play(stage, answers={"bureau_receipt/1/1": "refuse"})
    assert (case.status, case.documents[-2:]) == ("rejected", ["bureau_reply", "rejection_notice"])


@pytest.fixture
def bureau_takes_notice() -> Iterator[None]:
    """The setting `bureau_gate` says: the bureau only takes notice."""
    with transaction() as session:
        row = LimitSetting(key="bureau_gate", value=2, effective_from=date(2025, 11, 2), note="")
        session.add(row)
    yield
    with transaction() as session:
        session.delete(session.merge(row))


@pytest.mark.rule("J09")
@pytest.mark.usefixtures("bureau_takes_notice")
@pytest.mark.parametrize(("answer", "said"), [("", "acknowledge"), (None, "overdue")])
def test_bureau_that_takes_notice_stops_nothing(stage: Stage, answer: str | None, said: str) -> None:
    case = play(stage, answers={"bureau_acknowledgement/.*": answer})
    assert (case.status, case.stages) == ("online", STRAIGHT)
    assert case.tasks["bureau_acknowledgement/1/1"] == said
    assert ("bureau_reply" in case.documents) == (said == "acknowledge")


@pytest.mark.rule("J10")
def test_agreement_sent_back_by_either_side_is_drafted_again(stage: Stage) -> None:
    answers = {"agreement/1/1": "return", "agreement_countersignature/1/2": "return"}
    case = play(stage, answers=answers)
    assert case.status == "online"
    assert (case.documents.count("agreement_draft"), case.documents.count("cooperation_agreement")) == (3, 1)


@pytest.mark.rule("J10")
def test_failed_connection_test_goes_back_to_the_proposal(stage: Stage) -> None:
    answers = {
        "connection_agreement/1/1": "return",
        "connection_test/1/1": "failed",
        "exchange_acceptance/1/2": "return",
    }
    case = play(stage, answers=answers)
    assert case.status == "online"
    assert case.tasks["connection_spec/1/3"] == "propose"
    assert case.tasks["exchange_acceptance/1/3"] == "accept"


@pytest.mark.rule("J10")
def test_withdrawn_while_connecting_leaves_no_open_member(stage: Stage) -> None:
    def withdraw(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            row = session.get_one(Case, task.case_id)
            cases.withdraw(session, world.actor(session, "merchant"), row.case_no, "经营计划调整")

    case = play(stage, answers={"connection_test/1/1": withdraw})
    assert case.status == "withdrawn"
    assert member_of(case).state == "exited"
    with transaction() as session:
        told = session.exec(
            select(AuditEvent).where(AuditEvent.case_id == case.case_id, AuditEvent.event == "mall.closed")
        ).all()
        assert len(told) == 1
        assert session.exec(select(MallGood).where(MallGood.member_id == member_of(case).id)).all()
