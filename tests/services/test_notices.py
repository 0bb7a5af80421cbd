"""Publicity: five working days from one ledger, a text that never changes, personal data that never shows."""

import json

import pytest

from models.vocabulary.errors import Conflict
from services import cases, deadlines, notices, redaction
from services.reading import public
from tests import public_rows as rows


@pytest.mark.rule("M05")
def test_publicity_opened_before_national_day_counts_five_full_working_days(session):
    notice = rows.a_notice(session)
    assert notice.closes_at == rows.at("2026-10-11T00:00:00")
    assert notices.counted_days(session, notice) == [
        "2026-09-29",
        "2026-09-30",
        "2026-10-08",
        "2026-10-09",
        "2026-10-10",
    ]
    period = public.period(session, notice)
    assert period is not None
    assert period.end == "2026年10月10日 24:00"


def test_notice_opened_twice_is_one_row(session):
    notice = rows.a_notice(session)
    assert notices.open_publicity(session, rows.case_of(session, notice), 1).id == notice.id


@pytest.mark.rule("M05")
def test_publicity_closed_a_second_early_is_not_over(session):
    notice = rows.a_notice(session)
    case = rows.case_of(session, notice)
    early = rows.at("2026-10-10T23:59:59")
    assert notices.close_publicity(session, case, 1, early) == (False, notice.closes_at, [])
    assert notice.state == "open"


@pytest.mark.rule("M05")
def test_publicity_closed_twice_answers_the_same_slots(session):
    notice = rows.a_notice(session)
    case = rows.case_of(session, notice)
    rows.object_to(session, notice)
    rows.object_to(session, notice, "2026-10-10T23:59:59")
    first = notices.close_publicity(session, case, 1, rows.at(rows.OVER))
    assert first == (True, notice.closes_at, ["1", "2"])
    assert notices.close_publicity(session, case, 1, rows.at("2026-11-01T00:00:00")) == first
    assert notice.closed_at == rows.at(rows.OVER)


def test_publicity_of_a_suspended_case_waits_without_an_end(session):
    notice = rows.a_notice(session)
    case = rows.case_of(session, notice)
    with rows.moment("2026-09-29T12:00:00"):
        deadlines.pause_case(session, case, "数据核查")
    assert notices.close_publicity(session, case, 1, rows.at("2027-01-01T00:00:00")) == (False, None, [])
    assert not rows.object_to(session, notice, "2026-12-01T00:00:00").late


@pytest.mark.rule("G14")
def test_i19_published_text_stays_the_same_when_the_form_is_edited(session):
    notice = rows.a_notice(session)
    before = redaction.canonical(notice.text)
    case = rows.case_of(session, notice)
    case.form = {**case.form, "project": {**case.form["project"], "est_annual_t": "9999"}}
    session.flush()
    session.refresh(notice)
    assert redaction.canonical(notice.text) == before
    assert notices.is_intact(notice)
    assert notices.preview(session, case, notices.release(session, case, 1)) == notice.text


def test_i19_changed_text_no_longer_matches_its_hash(session):
    notice = rows.a_notice(session)
    notice.text = {**notice.text, "summary": "改动"}
    assert not notices.is_intact(notice)


def test_notice_without_a_release_is_refused(session):
    case = rows.a_case(session)
    with pytest.raises(Conflict):
        notices.open_publicity(session, case, 1)


def test_second_round_takes_its_own_release(session):
    notice = rows.a_notice(session)
    case = rows.case_of(session, notice)
    with rows.moment("2026-10-20T09:00:00"):
        rows.release(session, case, 2, title="重新公示")
        second = notices.open_publicity(session, case, 2)
    assert (second.title, second.closes_at) == ("重新公示", rows.at("2026-10-28T00:00:00"))
    assert [n.round for n in public.rounds(session, notice)] == [1, 2]


def test_withdrawal_during_publicity_is_published(session):
    notice = rows.a_notice(session)
    case = rows.case_of(session, notice)
    with rows.moment("2026-09-30T09:00:00"):
        cases.end(session, case, "withdrawn", rows_event())
    assert (notice.state, notices.result_words(notice).zh) == ("withdrawn", "申请主体已撤回申请")


def rows_event():
    from models.vocabulary.events import Event

    return Event.CASE_WITHDRAWN


@pytest.mark.rule("M10")
def test_i35_personal_data_written_anywhere_does_not_reach_the_public_text(session):
    dirt = f"如有疑问请联系赵铁柱 {rows.MOBILE}"
    notice = rows.a_notice(session, form=rows.leaking_form(), summary=dirt, note=f"身份证 {rows.ID_NO}")
    text = json.dumps(notice.text, ensure_ascii=False)
    assert [leak for leak in rows.LEAKS if leak in text] == []


def test_i35_fields_kept_back_say_so_and_show_nothing(session):
    notice = rows.a_notice(
        session, hidden_fields=["design.technology", "design.monitoring", "project.address"]
    )
    text = json.dumps(notice.text, ensure_ascii=False)
    assert "单晶硅" not in text
    assert "示例路300号" not in text
    assert text.count("依申请不公开") == 3


def test_only_whitelisted_fields_are_published(session):
    notice = rows.a_notice(session)
    labels = {row["label"]["zh"] for section in notice.text["sections"] for row in section["rows"]}
    assert labels.isdisjoint({"法定代表人（负责人）", "联系人", "收益分配", "计量表", "碳普惠平台账户"})


@pytest.mark.parametrize(
    "written",
    [
        "310101199001011234",
        "310101 19900101 1234",
        "310101-19900101-123X",
        "３１０１０１１９９００１０１１２３４",
    ],
)
def test_identity_number_is_masked_however_it_is_written(written):
    masked = redaction.Scrubber().text(f"证件 {written} 号")
    assert "19900101" not in masked.replace(" ", "").replace("-", "")


@pytest.mark.parametrize(
    "written",
    ["13912345678", "139 1234 5678", "139-1234-5678", "１３９１２３４５６７８", "电话13912345678转"],
)
def test_mobile_number_is_masked_however_it_is_written(written):
    assert "5678" not in redaction.Scrubber().text(written)


def test_personal_data_in_wide_digits_is_found_in_the_text():
    told = redaction.Scrubber(frozenset({"Ｇ１２３４５６７８"})).text(
        "护照 Ｇ１２３４５６７８，又作 Ｇ12345678"
    )
    assert "345" not in told


@pytest.mark.parametrize(
    "kept",
    [
        "1024.50 1607.86 2221.10 3073.61 4096.20",
        "2025-01-01 至 2034-12-31",
        "装机容量 799.92 kW，年发电 847736.00 kWh",
        "2025 2026 2027 2028 2029",
    ],
)
def test_figures_of_a_project_are_not_taken_for_personal_data(kept):
    assert redaction.Scrubber().text(kept) == kept


def test_units_of_a_notice_are_written_as_on_the_letters_in_both_languages(session):
    said = str(rows.a_notice(session).text)
    assert "tCO₂e" in said
    assert "CO2" not in said


def test_notices_are_listed_by_time_left_then_ended(session):
    late = rows.a_notice(session, "2026-10-20T09:00:00", title="后截止")
    soon = rows.a_notice(session, "2026-10-19T09:00:00", title="先截止")
    done = rows.a_notice(session, title="已结束")
    notices.close_publicity(session, rows.case_of(session, done), 1, rows.at(rows.OVER))
    with rows.moment("2026-10-21T09:00:00"):
        cards, total = public.notices(session)
        ended, _ = public.notices(session, state="closed")
        found, _ = public.notices(session, q="先截")
    assert ([c.notice.id for c in cards], total) == ([soon.id, late.id, done.id], 3)
    assert [c.notice.id for c in ended] == [done.id]
    assert [c.notice.id for c in found] == [soon.id]
