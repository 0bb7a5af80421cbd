"""What the parts on the parties must say together; each rule tells all it finds (rules G03, G08, S02)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol

from models.procedures.shared.answers import problem
from models.procedures.shared.party import Applicant, Entrustment
from models.vocabulary.errors import Problem

Found = Iterator[Problem]


class Filing(Protocol):
    """A filing form that says who applies, and for whom."""

    @property
    def applicant(self) -> Applicant: ...

    @property
    def entrustment(self) -> Entrustment | None: ...


def quota_managed(form: Filing) -> Found:
    """Projects under quota management cannot take part (G03)."""
    if form.applicant.is_ets_sh:
        yield problem(
            "applicant.is_ets_sh",
            "纳入上海市碳市场配额管理范围内的项目不得参与本市碳普惠。",
            "Projects under Shanghai's quota management cannot take part.",
        )
    if form.applicant.is_ets_national:
        yield problem(
            "applicant.is_ets_national",
            "纳入全国碳市场配额管理范围内的项目不得参与本市碳普惠。",
            "Projects under national quota management cannot take part.",
        )


def entrusted(form: Filing) -> Found:
    """An entrusted application carries the entrustment, and only such a one does (G08, S02)."""
    if form.applicant.is_agency and form.entrustment is None:
        yield problem(
            "entrustment",
            "受托申请须填写委托方信息和减排量收益分配；如非受托，请将“是否受托申请”改为否。",
            "Fill in the principal and the split of benefits, or say that you do not act for another.",
        )
    if form.applicant.is_agency is False and form.entrustment is not None:
        yield problem(
            "entrustment",
            "非受托申请无需填写委托信息，请清空，或将“是否受托申请”改为是。",
            "Clear the entrustment, or say that you act for another.",
        )


def principal_is_another(form: Filing) -> Found:
    """The principal is not the applicant itself (G08)."""
    if form.entrustment is None:
        return
    code = form.entrustment.principal_uscc
    if code and code == form.applicant.applicant_uscc:
        yield problem(
            "entrustment.principal_uscc",
            "委托方不能与申请主体相同，请核对统一社会信用代码。",
            "The principal cannot be the applicant itself; please check the credit code.",
        )


def shares_sum(form: Filing) -> Found:
    """The split of benefits sums to exactly 100 percent, each party once (G08)."""
    if form.entrustment is None or form.entrustment.benefit_split is None:
        return
    names = [share.party for share in form.entrustment.benefit_split]
    for row, name in enumerate(names):
        if name and name in names[:row]:
            yield problem(
                f"entrustment.benefit_split.{row}.party",
                "同一分配方重复出现，请合并。",
                "This party is listed already; please merge the two.",
            )
    total = sum((share.pct for share in form.entrustment.benefit_split), Decimal(0))
    if total != 100:
        yield problem(
            "entrustment.benefit_split",
            f"各方收益分配比例合计为 {total}%，应为 100%，请调整。",
            f"The shares sum to {total} %; adjust them to exactly 100 %.",
        )
