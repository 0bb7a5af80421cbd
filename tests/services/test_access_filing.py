"""Who may apply for what: the eligibility checks one by one, papers, seals, entrustment, the declaration."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from models.tables import CaseVersion, EtsUnit, Expert, Methodology, Party, TaskRow
from models.vocabulary.errors import Invalid, NotAllowed
from models.vocabulary.roles import Role
from services import cases, clock, experts, materials, notices, panels, projects
from services.checks import review
from services.reading import case_list, public
from services.reading.case_list import CaseFilter
from tests import public_rows
from tests.services import desk_rows as rows


@pytest.fixture(autouse=True)
def city(session):
    rows.city(session)


def locs(session, case):
    """Where a submission would be stopped now."""
    return [p.loc for p in cases.check(session, case)]


def refused(session, case, declared=rows.DECLARED):
    with pytest.raises(Invalid) as caught:
        cases.submit(session, rows.who(session, "applicant"), case.case_no, declared)
    assert case.status == "draft"
    return [p.loc for p in caught.value.problems]


def pv(session):
    return session.exec(select(Party).where(Party.key == "ORG-PV")).one()


def test_a_complete_draft_has_no_defect(session):
    assert locs(session, rows.draft(session)) == []


# ---- who


@pytest.mark.rule("G01")
def test_a_natural_person_may_not_apply(session):
    pv(session).kind = "person"
    assert refused(session, rows.draft(session)) == [""]


@pytest.mark.rule("G01")
@pytest.mark.parametrize("username", ["intake", "officer", "admin", "auditor", "expert01", "agency"])
def test_only_applicants_file(session, username):
    with pytest.raises(NotAllowed):
        cases.create(session, rows.who(session, username), "project_application", {})


@pytest.mark.rule("G01")
def test_the_applicant_named_is_the_one_signed_in(session):
    case = rows.draft(session, applicant={"applicant_uscc": "12310199750490248M"})
    assert "applicant.applicant_uscc" in refused(session, case)


# ---- the methodology


def _methodology(session, **values):
    row = session.exec(select(Methodology).where(Methodology.code == "DEMO-PV-2024")).one()
    for key, value in values.items():
        setattr(row, key, value)


@pytest.mark.rule("G02")
@pytest.mark.parametrize(
    "values",
    [
        {"status": "draft"},
        {"status": "withdrawn"},
        {"kind": "scenario"},
        {"effective_to": date(2025, 1, 1)},
        {"effective_from": date(2099, 1, 1)},
        {"code": "OTHER"},
        {"version": "9.9"},
    ],
    ids=["draft", "withdrawn", "scenario", "expired", "not yet", "unknown", "other version"],
)
def test_the_methodology_is_published_fits_and_is_in_force(session, values):
    _methodology(session, **values)
    assert refused(session, rows.draft(session)) == ["project.methodology_id"]


@pytest.mark.rule("G02")
def test_a_methodology_is_in_force_on_its_last_day_and_pinned_to_the_case(session):
    today = clock.today().date()
    _methodology(session, effective_to=today)
    case = rows.filed(session)
    assert (case.methodology, case.methodology_version) == ("DEMO-PV-2024", "1.0")
    with clock.at(clock.now() + timedelta(days=1)):
        assert refused(session, rows.draft(session, 2)) == ["project.methodology_id"]


# ---- the carbon market


@pytest.mark.rule("G03")
@pytest.mark.parametrize("by", ["applicant", "owner's code", "owner's name", "site"])
def test_a_quota_managed_applicant_owner_or_site_is_refused(session, by):
    case = rows.draft(session)
    entrusted, project = case.form["entrustment"], case.form["project"]
    unit = {
        "applicant": {"name": "甲", "uscc": pv(session).uscc},
        "owner's code": {"name": "乙", "uscc": entrusted["principal_uscc"]},
        "owner's name": {"name": entrusted["principal_name"]},
        "site": {"name": "丙", "site": project["address"]},
    }[by]
    session.add(EtsUnit(year=2026, **unit))
    session.flush()
    assert refused(session, case) == ["applicant.applicant_uscc"]


#: A bundle of two: the second belongs to somebody who is neither applicant nor principal.
BUNDLE = [
    {
        "name": f"子项目{n}",
        "site": f"上海市闵行区示例路{n}号",
        "owner_uscc": owner,
        "scale": "399.96",
        "operated_on": "2024-12-20",
    }
    for n, owner in ((1, "12310199750490248M"), (2, "91310199MA6YU08J91"))
]


def bundled(session):
    """A draft that files two sites as one."""
    case = rows.draft(session)
    bundle = {"is_bundled": True, "sub_projects": BUNDLE}
    case.form = case.form | {"design": case.form["design"] | {"bundle": bundle}}
    return case


@pytest.mark.rule("G03")
@pytest.mark.parametrize("by", ["nothing", "owner's code", "owner's name", "site"])
def test_a_quota_managed_part_keeps_the_whole_bundle_out(session, by):
    case = bundled(session)
    owner = session.exec(select(Party).where(Party.uscc == BUNDLE[1]["owner_uscc"])).one()
    units = {
        "nothing": {"name": "戊"},
        "owner's code": {"name": "己", "uscc": owner.uscc},
        "owner's name": {"name": owner.name},
        "site": {"name": "庚", "site": BUNDLE[1]["site"]},
    }
    session.add(EtsUnit(year=2026, **units[by]))
    session.flush()
    assert locs(session, case) == ([] if by == "nothing" else ["applicant.applicant_uscc"])


@pytest.mark.rule("G11", "G12")
def test_who_is_interested_in_a_part_of_a_bundle_reviews_nothing_of_it(session):
    case = bundled(session)
    owner = session.exec(select(Party).where(Party.uscc == BUNDLE[1]["owner_uscc"])).one()
    expert = session.exec(select(Expert).where(Expert.key == "EXP-01")).one()
    assert expert in panels.screen(session, case)[0]
    expert.employer = owner.name
    owner.is_agency = True
    session.flush()
    reasons = {e.key: reason.zh for e, reason in panels.screen(session, case)[1]}
    assert reasons["EXP-01"] == f"任职于{owner.name}，应当回避"
    told = review.agency_eligible(session, case, TaskRow(), "complex", {"agency_uscc": owner.uscc})
    assert [(p.loc, "应当回避" in p.msg.zh) for p in told] == [("agency_uscc", True)]


@pytest.mark.rule("G12")
def test_who_shares_in_the_reductions_is_a_party(session):
    case, sharer = rows.draft(session), session.exec(select(Party).where(Party.key == "ORG-BIKE")).one()
    split = [*case.form["entrustment"]["benefit_split"], {"party": sharer.name, "pct": "5"}]
    case.form = case.form | {"entrustment": case.form["entrustment"] | {"benefit_split": split}}
    expert = session.exec(select(Expert).where(Expert.key == "EXP-01")).one()
    expert.conflicts = [{"party": "ORG-BIKE", "relation": "持有股份", "until": None}]
    session.flush()
    assert "EXP-01" in {e.key for e, _ in panels.screen(session, case)[1]}


@pytest.mark.rule("G03")
@pytest.mark.parametrize(
    ("listed", "problem"), [(2024, []), (2026, ["applicant.applicant_uscc"]), (2027, [])]
)
def test_the_quota_list_of_the_year_decides(session, listed, problem):
    """A later list takes the place of an earlier one; one of a coming year is not in force yet (I13)."""
    case = rows.draft(session)
    session.add(EtsUnit(name="甲", uscc=pv(session).uscc, year=listed))
    session.add(EtsUnit(name="别家", uscc="", year=2025))
    session.flush()
    assert locs(session, case) == problem


# ---- once only, and declared


@pytest.mark.rule("G04")
@pytest.mark.parametrize("same", ["name", "site", "meter"])
def test_the_same_project_is_under_one_live_case_only(session, same):
    first, second = rows.filed(session, 1), rows.draft(session, 2)
    form = {**second.form}
    if same == "name":
        form["project"] = form["project"] | {"project_name": first.form["project"]["project_name"]}
    elif same == "site":
        form["project"] = form["project"] | {k: first.form["project"][k] for k in ("lon", "lat")}
    else:
        form["design"] = form["design"] | {k: first.form["design"][k] for k in ("meters", "readings")}
    second.form = form
    where = {"name": "project.project_name", "site": "project.lon", "meter": "design.meters.meter_no"}
    assert refused(session, second) == [where[same]]
    cases.withdraw(session, rows.who(session, "applicant"), first.case_no, "重新申报")
    assert locs(session, second) == []


@pytest.mark.rule("G04")
@pytest.mark.parametrize(
    ("declared", "where"),
    [
        ({}, ["declaration.accepted", "declaration.signatory"]),
        ({"accepted": False, "signatory": "甲"}, ["declaration.accepted"]),
        ({"accepted": "yes", "signatory": "甲"}, ["declaration.accepted"]),
        ({"accepted": True, "signatory": "  "}, ["declaration.signatory"]),
    ],
)
def test_submission_needs_the_declaration_of_a_named_signatory(session, declared, where):
    assert refused(session, rows.draft(session), declared) == where


@pytest.mark.rule("G04")
def test_the_declaration_is_kept_with_the_very_text_and_time(session):
    with clock.at(clock.now()):
        case = rows.filed(session)
    kept = session.exec(select(CaseVersion).where(CaseVersion.case_id == case.id)).one().declaration
    assert {k: kept[k] for k in ("text", "text_en", "accepted", "signatory")} == {
        "text": rows.SPEC.declaration.zh,
        "text_en": rows.SPEC.declaration.en,
        "accepted": True,
        "signatory": "陈启明",
    }
    assert kept["accepted_at"] == case.submitted_at.isoformat()


# ---- papers, seals, entrustment


@pytest.mark.rule("G06")
@pytest.mark.parametrize(
    "kind", ["commencement_operation_proof", "licence", "legal_rep_identity", "entrustment_letter"]
)
def test_each_mandatory_paper_is_asked_for(session, kind):
    case = rows.draft(session)
    row = next(a for a in materials.listed(session, case) if a.kind == kind)
    materials.remove(session, rows.who(session, "applicant"), case.case_no, row.id)
    assert refused(session, case) == [f"materials.{kind}"]


@pytest.mark.rule("G06")
@pytest.mark.rule("G08")
def test_the_letter_of_entrustment_is_asked_of_agents_only(session):
    own = rows.draft(session, applicant={"is_agency": False})
    assert "entrustment_letter" not in {a.kind for a in materials.listed(session, own)}
    assert "materials.entrustment_letter" not in locs(session, own)


@pytest.mark.rule("G07")
def test_every_paper_is_stated_as_sealed(session):
    case = rows.draft(session)
    for row in materials.listed(session, case)[:2]:
        row.sealed = False
    assert refused(session, case) == ["materials.commencement_operation_proof", "materials.licence"]


@pytest.mark.rule("G07")
def test_acceptance_needs_every_paper_verified_one_by_one(session):
    case = rows.filed(session)
    review = rows.asked(session, case, "formal_review", stage="formal_review")
    items = [
        {"kind": m.kind, "complete": True, "conforming": True, "sealed": m.kind != "licence", "note": "x"}
        for m in rows.SPEC.materials
        if m.needed(case.form)
    ]
    for wrong in (items, items[1:]):
        with pytest.raises(Invalid) as caught:
            rows.answer(session, rows.who(session, "intake"), review, "accept", items=wrong)
        assert {p.loc.split(".")[0] for p in caught.value.problems} == {"items"}


@pytest.mark.rule("G08")
@pytest.mark.rule("S02")
def test_developer_and_applicant_of_an_entrusted_application_are_two_parties(session):
    case = rows.draft(session, entrustment={"principal_uscc": pv(session).uscc})
    assert "entrustment.principal_uscc" in refused(session, case)


@pytest.mark.rule("G08")
@pytest.mark.parametrize("shares", [("40", "59.99"), ("40", "60.01"), ("100", "100"), ()])
def test_the_split_of_benefits_is_exactly_a_hundred(session, shares):
    split = [{"party": f"单位{n}", "pct": pct} for n, pct in enumerate(shares)]
    case = rows.draft(session, entrustment={"benefit_split": split})
    assert any(loc.startswith("entrustment.benefit_split") for loc in refused(session, case))


@pytest.mark.rule("G08")
@pytest.mark.rule("S02")
def test_principal_and_applicant_are_kept_apart_and_both_read_the_case(session):
    case = rows.filed(session)
    school = rows.who(session, "school")
    assert (case.filer_id, case.principal_id) == (pv(session).id, school.party_id)
    with pytest.raises(NotAllowed):
        cases.withdraw(session, school, case.case_no, "不再委托")


def test_the_platform_account_is_the_applicants_own_and_active(session):
    assert refused(
        session, rows.draft(session, 1, applicant={"platform_account_no": "SHJG-2026-028786"})
    ) == ["applicant.platform_account_no"]
    pv(session).account_active = False
    assert refused(session, rows.draft(session, 2)) == ["applicant.platform_account_no"]


# ---- the library of experts, the library of projects


@pytest.mark.rule("M02")
@pytest.mark.parametrize("role", list(Role))
def test_the_expert_library_is_kept_by_the_bureau_and_the_supervisor(session, role):
    expert = session.exec(select(Expert)).first()
    actor = rows.person(session, f"keeper-{role.value}", role)
    change = {"employer": "上海示例大学"}
    if role in (Role.BUREAU, Role.SUPERVISOR):
        with pytest.raises(Invalid):
            experts.edit(session, actor, expert.id, change, " ")
        assert experts.edit(session, actor, expert.id, change, "工作调动").employer == "上海示例大学"
    else:
        with pytest.raises(NotAllowed):
            experts.edit(session, actor, expert.id, change, "工作调动")


@pytest.mark.rule("W01")
def test_staff_find_every_case_of_the_library_by_number_name_and_applicant(session):
    found, officer = rows.filed(session, 71), rows.who(session, "officer")
    hidden = rows.draft(session, 72)
    for words in (found.case_no, "发电项目71", "浦晖新能源"):
        lines, _ = case_list.listed(session, officer, CaseFilter(q=words))
        assert [line.case.case_no for line in lines] == [found.case_no]
    lines, _ = case_list.listed(session, officer, CaseFilter(q=hidden.case_no))
    assert lines == []


@pytest.mark.rule("W01")
def test_anybody_finds_a_published_project_by_words_and_district(session):
    notice = public_rows.a_notice(session)
    case = public_rows.case_of(session, notice)
    assert public.projects(session) == ([], 0)
    notices.close_publicity(session, case, 1, public_rows.at(public_rows.OVER))
    with public_rows.moment("2026-11-02T10:00:00"):
        project = projects.publish(session, case)
    for query in ({"q": project.number}, {"q": project.name[:6]}, {"district": project.district}):
        assert [p.number for p in public.projects(session, **query)[0]] == [project.number]
    assert public.projects(session, q="没有这样的项目") == ([], 0)
