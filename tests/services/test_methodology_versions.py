"""Methodologies are taken in, put into force and ended by two persons; what was filed keeps its version."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from models.tables import AuditEvent, Methodology, MethodologyVersion, SettingChange
from models.vocabulary.errors import Conflict, Invalid, NotAllowed
from services import (
    calculators,
    clock,
    methodology_ends,
    methodology_rows,
    methodology_versions,
    setting_changes,
)
from services.access import Actor
from services.methodology_ends import Ending
from services.methodology_versions import Asked, Publication
from services.quantification import Refused, calculated
from services.quantification.examples import examples
from services.quantification.inputs import Row
from services.quantification.loader import compiled
from services.quantification.source import parse
from services.reading import methodologies
from tests import factories
from tests.quantification.test_checking import PV, WORDS, put
from tests.services.test_methodologies import row as published

ON = date(2026, 7, 1)


def newer(version: str = "1.1", **changes: Any) -> tuple[str, str]:
    """The photovoltaic methodology with a factor of 0.40, its examples with it; and its words."""
    text = put(PV, version=version, parameters__2__value="0.40", effective_from="2026-01-01", **changes)
    data = json.loads(text)
    for vector, example in zip(data["test_vectors"], examples(compiled(parse(text, "pv.json"))), strict=True):
        vector["expected"] = {"grams": example.calculation.grams}
    return json.dumps(data, ensure_ascii=False, indent=2), put(WORDS, version=version)


def asked(**more: Any) -> Asked:
    document = Publication("上海市生态环境局", "沪环气候〔2026〕1号", date(2026, 1, 1))
    return Asked(
        **{"publication": document, "effective_from": date(2026, 1, 1), "reason": "依据公布文件收录", **more}
    )


@pytest.fixture
def admin(session: Session) -> Actor:
    published(session, name="分布式光伏发电减排项目方法学")
    return factories.actor(session, "admin")


@pytest.fixture
def second(session: Session) -> Actor:
    return factories.actor(session, "admin")


def taken_in(session: Session, admin: Actor, *texts: str) -> MethodologyVersion:
    return methodology_versions.take_in(session, admin, *(texts or newer()), "pv.json", "新因子")


def in_force(session: Session, admin: Actor, second: Actor, **more: Any) -> Methodology:
    row = taken_in(session, admin)
    change = methodology_versions.propose(session, admin, row.id or 0, asked(**more))
    setting_changes.confirm(session, second, change.id or 0)
    found = methodology_rows.row_of(session, row.code, row.version)
    assert found is not None
    return found


def grams(session: Session, version: str) -> int:
    method = calculators.of(session, "DEMO-PV-2024", version)
    return calculated(method, [Row({"EG": "1000", "calibration_overdue": False}, ON)], ON).grams


@pytest.mark.rule("M04")
@pytest.mark.rule("G02")
def test_version_is_in_force_once_another_person_confirmed(
    session: Session, admin: Actor, second: Actor
) -> None:
    row = taken_in(session, admin)
    change = methodology_versions.propose(session, admin, row.id or 0, asked())
    assert methodology_rows.row_of(session, row.code, "1.1") is None
    with pytest.raises(NotAllowed):
        setting_changes.confirm(session, admin, change.id or 0)
    setting_changes.confirm(session, second, change.id or 0)
    made = methodology_rows.row_of(session, row.code, "1.1")
    assert made is not None
    assert (made.effective_from, made.is_in_force(clock.today().date()), made.data["publication"]["document"]) == (
        date(2026, 1, 1), True, "沪环气候〔2026〕1号",
    )  # fmt: skip
    said = [
        e.data["text"]["zh"]
        for e in session.exec(select(AuditEvent).order_by(AuditEvent.id))
        if e.data.get("text")
    ]  # type: ignore[arg-type]
    assert said[-3:] == [
        "上传方法学文件：分布式光伏发电减排项目方法学（DEMO-PV-2024 第 1.1 版）",
        "提出变更：方法学：分布式光伏发电减排项目方法学（DEMO-PV-2024 第 1.1 版）（依据公布文件收录）",
        "方法学 DEMO-PV-2024 第 1.1 版（沪环气候〔2026〕1号）自2026年1月1日起施行（依据公布文件收录）",
    ]


@pytest.mark.rule("M06")
def test_each_version_is_worked_out_by_its_own_factors(session: Session, admin: Actor, second: Actor) -> None:
    in_force(session, admin, second)
    assert (grams(session, "1.0"), grams(session, "1.1")) == (420_000, 400_000)
    page = methodologies.one(session, "DEMO-PV-2024", "1.1")
    assert page.method is not None
    assert [(c.part, c.symbol, c.before.zh[:4], c.after.zh[:4]) for c in page.shown.changes or ()] == [
        ("factor", "EF", "0.42", "0.4 "),
    ]
    assert page.description is not None
    assert [c.description is not None for c in methodologies.listed(session, methodologies.Wanted())] == [
        True
    ]


@pytest.mark.rule("M03")
@pytest.mark.rule("M04")
def test_number_that_is_taken_keeps_its_content(session: Session, admin: Actor, second: Actor) -> None:
    in_force(session, admin, second)
    for version in ("1.0", "1.1"):
        with pytest.raises(Invalid) as refused:
            taken_in(session, admin, *newer(version))
        assert "已公布，内容不再修改。请使用新的版本号。" in refused.value.problems[0].msg.zh
    other = newer("0.1", code="DEMO-HOMEPOWER-2024")
    with pytest.raises(Invalid) as refused:
        taken_in(session, admin, other[0], put(other[1], code="DEMO-HOMEPOWER-2024"))
    assert "随系统提供，内容与此不同" in refused.value.problems[0].msg.zh


def test_two_uploads_of_one_number_are_kept_apart_until_one_is_published(
    session: Session, admin: Actor, second: Actor
) -> None:
    first, again = taken_in(session, admin), taken_in(session, admin)
    assert first.id == again.id
    other = taken_in(session, admin, newer()[0], put(newer()[1], summary__zh="另一段说明"))
    change = methodology_versions.propose(session, admin, other.id or 0, asked())
    with pytest.raises(Conflict):  # one proposal for a number
        methodology_versions.propose(session, admin, first.id or 0, asked())
    setting_changes.confirm(session, second, change.id or 0)
    with pytest.raises(Conflict) as late:
        methodology_versions.propose(session, admin, first.id or 0, asked())
    assert "已公布，内容不再修改" in late.value.detail.zh


def test_publication_is_asked_for_whole_and_agrees_with_the_calculator(
    session: Session, admin: Actor
) -> None:
    row = taken_in(session, admin)

    def wrong(**more: Any) -> dict[str, str]:
        with pytest.raises(Invalid) as refused:
            methodology_versions.propose(session, admin, row.id or 0, asked(**more))
        return {p.loc: p.msg.zh for p in refused.value.problems}

    empty = wrong(publication=Publication(), effective_from=None, reason=" ")
    assert set(empty) == {"body", "document", "published_on", "effective_from", "reason"}
    tomorrow = clock.today().date() + timedelta(days=1)
    assert set(wrong(publication=Publication("局", "1号", tomorrow))) == {"published_on"}
    assert "2026年1月1日" in wrong(effective_from=date(2026, 2, 1))["effective_from"]
    assert set(wrong(ends_on=tomorrow)) == {"replaces"}
    assert set(wrong(replaces="9.9", ends_on=tomorrow)) == {"replaces"}
    assert set(wrong(replaces="1.0")) == {"ends_on"}
    assert set(wrong(replaces="1.0", ends_on=date(2025, 1, 1))) == {"ends_on"}
    assert session.exec(select(SettingChange)).all() == []


def test_replaced_version_ends_on_its_day(session: Session, admin: Actor, second: Actor) -> None:
    last = clock.today().date() + timedelta(days=9)
    in_force(session, admin, second, replaces="1.0", ends_on=last)
    old = methodology_rows.row_of(session, "DEMO-PV-2024", "1.0")
    assert old is not None
    assert [old.is_in_force(last + timedelta(days=n)) for n in (0, 1)] == [True, False]


def test_last_day_that_passed_while_it_waited_is_today(session: Session, admin: Actor, second: Actor) -> None:
    last = clock.today().date() + timedelta(days=1)
    row = taken_in(session, admin)
    change = methodology_versions.propose(session, admin, row.id or 0, asked(replaces="1.0", ends_on=last))
    with clock.at(clock.now() + timedelta(days=5)):
        setting_changes.confirm(session, second, change.id or 0)
        old = methodology_rows.row_of(session, "DEMO-PV-2024", "1.0")
        assert old is not None
        assert old.effective_to == clock.today().date()


def ended(
    session: Session, admin: Actor, second: Actor, row: Methodology, act: str, last: date | None
) -> Methodology:
    change = methodology_ends.propose(
        session, admin, row.id or 0, Ending(act, last, asked().publication, "依据公布文件办理")
    )
    with pytest.raises(NotAllowed):
        setting_changes.confirm(session, admin, change.id or 0)
    setting_changes.confirm(session, second, change.id or 0)
    return row


@pytest.mark.rule("M04")
@pytest.mark.parametrize(("act", "after"), [("end", "ended"), ("withdraw", "withdrawn")])
def test_version_ends_by_two_persons_from_the_day_after(
    session: Session, admin: Actor, second: Actor, act: str, after: str
) -> None:
    row = methodology_rows.row_of(session, "DEMO-PV-2024", "1.0")
    assert row is not None
    last = clock.today().date() + timedelta(days=3)
    ended(session, admin, second, row, act, last)
    days = [last + timedelta(days=n) for n in (0, 1)]
    assert [methodologies.state_of(row, False, d) for d in days] == ["in_force", after]
    assert row.data["ended"]["act"] == act
    assert grams(session, "1.0") == 420_000
    if act == "withdraw":
        with pytest.raises(Conflict):
            methodology_ends.propose(
                session, admin, row.id or 0, Ending(act, last, asked().publication, "再次")
            )


def test_version_abolished_before_it_begins_never_is_in_force(
    session: Session, admin: Actor, second: Actor
) -> None:
    far = clock.today().date() + timedelta(days=100)
    row = published(session, version="2.0", effective_from=far, effective_to=far + timedelta(days=900))
    ended(session, admin, second, row, "withdraw", None)
    assert [methodologies.state_of(row, False, far + timedelta(days=n)) for n in (-1, 0, 5)] == [
        "withdrawn"
    ] * 3


def test_end_asks_for_day_and_document(session: Session, admin: Actor) -> None:
    row = methodology_rows.row_of(session, "DEMO-PV-2024", "1.0")
    assert row is not None
    with pytest.raises(Invalid) as refused:
        methodology_ends.propose(session, admin, row.id or 0, Ending("end", None, Publication()))
    assert [p.loc for p in refused.value.problems] == [
        "ends_on",
        "body",
        "document",
        "published_on",
        "reason",
    ]
    with pytest.raises(Invalid) as refused:
        methodology_ends.propose(session, admin, row.id or 0, Ending("burn", None, asked().publication, "x"))
    assert [p.loc for p in refused.value.problems] == ["act"]


@pytest.mark.rule("M01")
@pytest.mark.parametrize("role", ["supervisor", "officer", "applicant", "auditor"])
def test_only_administrators_take_in_propose_and_end(session: Session, admin: Actor, role: str) -> None:
    row, other = taken_in(session, admin), factories.actor(session, role)
    old = methodology_rows.row_of(session, "DEMO-PV-2024", "1.0")
    assert old is not None
    with pytest.raises(NotAllowed):
        taken_in(session, other)
    with pytest.raises(NotAllowed):
        methodology_versions.propose(session, other, row.id or 0, asked())
    with pytest.raises(NotAllowed):
        methodology_ends.propose(session, other, old.id or 0, Ending("end", None, Publication()))


@pytest.mark.rule("M04")
@pytest.mark.parametrize(
    "statement",
    [
        "update methodology_version set calculator = replace(calculator, '0.40', '0.90') where activated_at is not null",
        "update methodology_version set activated_at = null where activated_at is not null",
        "delete from methodology_version where activated_at is not null",
        "update methodology set effective_from = '2020-01-01' where version = '1.1'",
        "update methodology set data = data || '{\"calculator_sha256\": \"0\"}' where version = '1.1'",
        "delete from methodology where version = '1.1'",
    ],
)
def test_the_database_keeps_what_was_published(
    session: Session, admin: Actor, second: Actor, statement: str
) -> None:
    in_force(session, admin, second)
    with pytest.raises(DBAPIError, match="published methodology"), session.begin_nested():
        session.connection().exec_driver_sql(statement)


def test_text_that_is_not_what_was_published_is_refused(
    session: Session, admin: Actor, second: Actor
) -> None:
    in_force(session, admin, second)
    run = session.connection().exec_driver_sql
    run("alter table methodology_version disable trigger methodology_version_stays")
    run("update methodology_version set calculator = replace(calculator, '0.40', '0.41')")
    run("alter table methodology_version enable trigger methodology_version_stays")
    session.expire_all()
    calculators._METHODS.clear()
    with pytest.raises(Refused, match="not what was published"):
        calculators.of(session, "DEMO-PV-2024", "1.1")
    assert methodologies.one(session, "DEMO-PV-2024", "1.1").defect is not None
