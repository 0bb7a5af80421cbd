"""The list of quota-managed units: proposed from a file, with the open cases it touches, put into force by a second person."""

import pytest
from sqlmodel import select

from models.tables import EtsUnit, Party, SettingChange
from services.session import transaction
from tests import factories

HEAD = "单位名称,统一社会信用代码,场址,范围,年度\n"


def table(*names: str, year: int = 2027) -> bytes:
    return (HEAD + "".join(f"{n},,,上海,{year}\n" for n in names)).encode("utf-8-sig")


def send(who, content: bytes, reason: str = "主管部门公布年度名单"):
    files = {"file": ("名单.csv", content, "text/csv")}
    return who.post("/admin/ets", {"reason": reason}, files=files)


@pytest.fixture
def parties(database) -> list[tuple[str, str]]:
    """(name, case number) of three applicants with an open case."""
    found = []
    with transaction() as session:
        for _ in range(3):
            user = factories.user(session, "applicant")
            case = factories.case(session, user, status="submitted")
            found.append((session.get_one(Party, user.party_id).name, case.case_no))
    return found


@pytest.mark.rule("G03")
def test_a_list_is_previewed_and_two_persons_put_it_into_force(browser, parties):
    (old, old_no), (new, new_no), (other, other_no) = parties
    with transaction() as session:
        session.add(EtsUnit(name=old, scope="shanghai", year=2027))
        session.add(EtsUnit(name=other, scope="national", year=2027))
    admin, chief = browser("admin"), browser("supervisor")
    answer = send(admin, table(new, "上海某纳管企业"))
    assert answer.status_code == 303
    page = admin.get(answer.headers["location"]).text
    assert (new_no in page, old_no in page, other_no in page) == (True, True, False)
    assert ("列入新名单" in page, "不再列入名单" in page) == (True, True)
    assert "shanghai/2027：2" in page
    assert "由您提出" in page
    with transaction() as session:
        row = session.exec(select(SettingChange).where(SettingChange.kind == "ets")).one()
        assert session.exec(select(EtsUnit).where(EtsUnit.name == new)).first() is None
    assert admin.post(f"/admin/changes/{row.id}/confirm", {"note": ""}).status_code == 403
    assert "等待另一人确认" in admin.get("/admin/ets").text
    assert chief.post(f"/admin/changes/{row.id}/confirm", {"note": ""}).status_code == 303
    with transaction() as session:
        names = session.exec(
            select(EtsUnit.name).where(EtsUnit.year == 2027, EtsUnit.scope == "shanghai")
        ).all()
        assert set(names) == {new, "上海某纳管企业"}
        assert session.exec(select(EtsUnit).where(EtsUnit.name == other)).one().scope == "national"


def test_a_list_with_defects_or_without_a_reason_changes_nothing_and_keeps_what_was_typed(browser, database):
    admin = browser("admin")
    bad = send(admin, (HEAD + "甲公司,不是代码,,月球,27\n").encode(), "名单更新理由")
    assert bad.status_code == 422
    assert bad.text.count("第 2 行") == 3
    assert "名单更新理由" in bad.text
    assert "请填写变更原因" in send(admin, table("乙公司", year=2031), "").text
    assert "请选择文件" in admin.post("/admin/ets", {"reason": "x"}).text
    first = send(admin, table("丙公司", year=2032))
    assert first.status_code == 303
    again = send(admin, table("丁公司", year=2032))
    assert (again.status_code, "等待确认" in again.text) == (409, True)
    with transaction() as session:
        years = session.exec(select(EtsUnit.year).where(EtsUnit.year.in_([2031, 2032]))).all()
    assert list(years) == []
