"""Words are found wherever they stand in a number, a title or a filer's name, with the index of pairs or without."""

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from models.tables import Case, Party
from services import calendar
from services.reading import searching
from services.reading.case_desk import CaseFilters, listed
from tests import factories
from tests.services.deadline_rows import a_case


@pytest.fixture
def cases(session: Session) -> dict[str, Case]:
    """Some cases by the end of their number."""
    found = {}
    for end, title, name in (
        ("000321", "屋顶分布式光伏发电项目", "上海示范能源有限公司"),
        ("000132", "充电桩 Alpha 运营", "浦东绿电公司"),
        ("100%_1", "İstanbul 示范", "O'Neil \\ 公司"),
    ):
        case = next(a_case(session))
        case.case_no, case.title = f"XM-2026-C{end}", title
        session.get_one(Party, case.filer_id).name = name
        found[end] = case
    session.flush()
    calendar._latest.clear()
    return found


WORDS = (
    ("C000321", {"000321"}),
    ("c000", {"000321", "000132"}),
    ("光伏", {"000321"}),
    ("伏光", set()),
    ("示范", {"000321", "100%_1"}),
    ("示", {"000321", "100%_1"}),
    ("alpha", {"000132"}),
    ("绿电公司", {"000132"}),
    ("0%_", {"100%_1"}),
    ("%%", set()),
    ("O'Neil \\", {"100%_1"}),
    ("321光", set()),
    ("", {"000321", "000132", "100%_1"}),
)


@pytest.mark.parametrize(("word", "found"), WORDS)
@pytest.mark.parametrize("by_index", [True, False])
def test_word_is_found_in_number_title_and_name(session, cases, word, found, by_index):
    session.execute(text(f"set local enable_seqscan = {'off' if by_index else 'on'}"))
    rows = session.exec(
        select(Case.case_no).where(searching.in_case(word), col(Case.id).in_([c.id for c in cases.values()]))
    )
    assert {no.removeprefix("XM-2026-C") for no in rows} == found


def test_search_goes_by_the_index_of_pairs(session, cases):
    session.execute(text("set local enable_seqscan = off"))
    query = select(Case.id).where(searching.in_case("C000321"))
    compiled = query.compile(session.connection(), compile_kwargs={"literal_binds": True})
    plan = "\n".join(session.connection().exec_driver_sql(f"explain {compiled}".replace("%", "%%")).scalars())
    assert "case_searched" in plan
    assert "party_searched" in plan


def test_every_word_of_a_search_must_be_found_and_drafts_stay_out(session, cases):
    me = factories.actor(session, "officer")
    assert listed(session, me, CaseFilters(q="光伏 321 能源"))[1] == 1
    assert listed(session, me, CaseFilters(q="光伏 132"))[1] == 0
    cases["000321"].status = "draft"
    session.flush()
    assert listed(session, me, CaseFilters(q="光伏 321 能源"))[0] == []
    assert listed(session, me, CaseFilters(q=uuid4().hex))[1:] == (0, None)
