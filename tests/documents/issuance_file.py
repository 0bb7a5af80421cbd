"""Case files of an issuance to print from: worked out from the example's own readings, an extreme one, an empty one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from models.procedures import examples_for, procedure
from models.tables import Project
from models.vocabulary.forms import example_data
from services import issuance_data, issuances
from services.casefile import Answer, CaseFile, PartyInfo, Version
from services.issuances import Approver, Earlier, Holder, IssuanceFacts, Vintage
from services.quantification import methodology
from tests.documents import sample

PROCEDURE = "issuance"
START = datetime(2026, 9, 1, 2, 25, tzinfo=UTC)
PERIOD = (date(2025, 1, 1), date(2025, 12, 31))
PV = methodology("DEMO-PV-2024", "1.0")
CODE = "7K3M-9QXT-2B8D"


def _answer(key: str, outcome: str, by: str, role: str, days: int) -> Answer:
    form = examples_for(procedure(PROCEDURE).task(key), outcome)
    return Answer(f"{key}-1", key, "1", 1, outcome, form, by, role, START + timedelta(days=days))


def facts(form: dict[str, Any]) -> IssuanceFacts:
    """The numbers as the services would gather them."""
    project = Project(
        number="SHPH-XM-2026-0001",
        name=form["application"]["project_name"],
        applicant="上海浦晖新能源科技有限公司",
        owner="上海市示例职业技术学校",
        methodology="DEMO-PV-2024",
        methodology_version="1.0",
        method_class="I",
        est_annual_g=356_049_000,
        data={"scale_kw": "799.92"},
        case_id=UUID(int=1),
    )
    calc = form["calculation"]
    return _numbers(project, issuance_data.typed(PV, project, PERIOD, calc["meters"], calc["readings"]))


def _numbers(project: Project, data: issuance_data.Basis) -> IssuanceFacts:
    assert data.result is not None
    assert data.recomputed_g is not None
    approved = data.recomputed_g
    shares = [("SHJG-2026-639870", Decimal(60)), ("SHJG-2026-028786", Decimal(40))]
    names = ("上海浦晖新能源科技有限公司", "上海市示例职业技术学校")
    parts = issuances.shared_out(approved, shares)
    return IssuanceFacts(
        first_time=False,
        project_number=project.number,
        project_name=project.name,
        published_on=date(2026, 3, 2),
        applicant=project.applicant,
        owner=project.owner,
        methodology=project.methodology,
        version=project.methodology_version,
        methodology_name="分布式光伏发电",
        method_class="I",
        first=PERIOD[0],
        last=PERIOD[1],
        sequence=2,
        earlier=(Earlier("SH-PV-2024-0001", date(2024, 1, 1), date(2024, 12, 31), 300_000_000),),
        data_source=data.source,
        data_sha256=data.sha256,
        claimed_g=356_049_000,
        recomputed_g=approved,
        approved_g=approved,
        estimated_g=356_049_000,
        variance_pct=Decimal("0.0"),
        vintages=(Vintage(2025, 356_049_000, approved, approved),),
        calculation=data.calculation,
        readings=data.readings,
        apart=data.apart,
        conservative=data.result.conservative,
        left_out=data.result.left_out,
        gaps=data.gaps,
        meters=data.meters,
        completeness_pct=data.completeness_pct,
        good_pct=data.good_pct,
        holders=tuple(Holder(a, n, p, g) for (a, p), n, g in zip(shares, names, parts, strict=True)),
        approvers=(Approver("officer", "王经办", START), Approver("issuer", "孙签发", START)),
        lot="SHER-I-PV-2025-0001",
        serials=("SHER-I-PV-2025-0001-000000001 至 SHER-I-PV-2025-0001-356049000",),
        certificate_no="SHQFPZ-2026-0001",
        certificate_code=CODE,
        issued_at=START + timedelta(days=30),
        opinion="监测数据完整可靠，复算结果与申请量一致，同意核定。",
        quantities=data.quantities,
    )


def ordinary() -> CaseFile:
    """A re-issuance with its whole life."""
    form = example_data(procedure(PROCEDURE).form)
    plain = sample.ordinary()
    return replace(
        plain,
        procedure=PROCEDURE,
        form=form,
        issuance=facts(form),
        versions=[
            Version(
                1, "submission", form, "a" * 64, START, "林晓", {"signatory": "陈启明", "text": "承诺属实。"}
            )
        ],
        answers=[
            _answer("formal_review", "accept", "李受理", "intake", 2),
            _answer("quantity_review", "agree", "王经办", "officer", 10),
            _answer("quantity_agency_review", "pass", "衡测人员", "agency", 8),
            _answer("issuance_approval", "approve", "孙签发", "issuer", 20),
        ],
    )


def extreme() -> CaseFile:
    """Everything as long and as nasty as people type it."""
    plain = ordinary()
    assert plain.issuance is not None
    form = sample.twisted(plain.form)
    numbers = replace(
        plain.issuance,
        project_name=sample.LONG,
        applicant=sample.LONG,
        opinion=sample.NASTY,
        reason=sample.LONG,
        serials=tuple(
            f"SHER-I-PV-2025-0001-{n:09d} 至 SHER-I-PV-2025-0001-{n + 9:09d}" for n in range(0, 400, 10)
        ),
        holders=plain.issuance.holders * 25,
        readings=plain.issuance.readings * 30,
        exception_reason=sample.LONG,
        report=(sample.LONG, sample.NASTY),
    )
    return replace(
        plain,
        form=form,
        versions=[replace(plain.versions[0], form=form)],
        issuance=numbers,
        title=sample.LONG,
    )


def empty() -> CaseFile:
    """Nothing said yet."""
    nobody = PartyInfo(1, "", "", "organisation", "", "", "")
    return replace(sample.empty(), procedure=PROCEDURE, form={}, filer=nobody, issuance=None)
