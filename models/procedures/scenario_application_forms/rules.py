"""What the fields of Appendix C must say together. Every rule tells all it finds; none hides another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from models.procedures.scenario_application_forms.readiness import SUBJECTS
from models.procedures.shared.answers import problem
from models.procedures.shared.party_rules import entrusted, principal_is_another, quota_managed, shares_sum
from models.vocabulary.errors import Problem

if TYPE_CHECKING:
    from models.procedures.scenario_application_forms.filing import ScenarioApplicationForm

Found = Iterator[Problem]


def ready(form: ScenarioApplicationForm) -> Found:
    """What is not ready is prepared before it is filed (S01)."""
    for name in SUBJECTS:
        if getattr(form.readiness, name).met is False:
            yield problem(
                f"readiness.{name}.met",
                "该项基础尚不具备，请先与上海环境能源交易所对接、完成准备后再提交。",
                "This is not ready yet; prepare it with the exchange before you file.",
            )


def scope_named(form: ScenarioApplicationForm) -> Found:
    """Some districts are named; the whole city is not a list of districts."""
    d = form.description
    if d.geo_scope == "districts" and not d.districts:
        yield problem("description.districts", "请选择场景覆盖的区。", "Please choose the districts.")
    if d.geo_scope == "city" and d.districts:
        yield problem(
            "description.districts",
            "覆盖全市的无需选择区，请清空，或将地理范围改为部分区。",
            "The whole city needs no districts; clear them, or choose “some districts”.",
        )


def users_nested(form: ScenarioApplicationForm) -> Found:
    """日活 ≤ 月活 ≤ 注册用户."""
    d = form.description
    if d.mau > d.registered_users:
        yield problem(
            "description.mau",
            "月活跃用户数不能大于注册用户数，请核对。",
            "There cannot be more monthly active users than registered ones.",
        )
    if d.dau > d.mau:
        yield problem(
            "description.dau",
            "日活跃用户数不能大于月活跃用户数，请核对。",
            "There cannot be more daily active users than monthly ones.",
        )


def consent_names_both(form: ScenarioApplicationForm) -> Found:
    """The consent names the platform and the operator (S03)."""
    c = form.description.consent
    if c.names_platform is False or (c.consent_text and "碳普惠" not in c.consent_text):
        yield problem(
            "description.consent.names_platform",
            "授权条款须列明碳普惠管理运营平台，请修改服务协议。",
            "The consent has to name the carbon-inclusion platform; change the agreement.",
        )
    if c.names_operator is False:
        yield problem(
            "description.consent.names_operator",
            "授权条款须列明场景运营方，请修改服务协议。",
            "The consent has to name the operator; change the agreement.",
        )


def personal_fields_in_consent(form: ScenarioApplicationForm) -> Found:
    """A personal field that is collected stands in the consent (S03)."""
    said = form.description.consent.consent_text
    for row, item in enumerate(form.description.data_fields):
        if item.personal_info and item.name not in said and item.meaning not in said:
            yield problem(
                f"description.data_fields.{row}.personal_info",
                f"个人信息字段“{item.meaning}”未在授权条款中列明，请补充。",
                f"The personal field “{item.name}” does not appear in the consent; add it.",
            )


def fields_once(form: ScenarioApplicationForm) -> Found:
    """Each field is listed once."""
    names = [item.name for item in form.description.data_fields]
    for row, name in enumerate(names):
        if name in names[:row]:
            yield problem(
                f"description.data_fields.{row}.name",
                "该字段已列出，请合并。",
                "This field is listed already.",
            )


def bundled(form: ScenarioApplicationForm) -> Found:
    """A bundle lists two sub-scenarios or more, each once; a single scenario has none (G22)."""
    listed = form.sub_scenarios
    if form.applicant.is_bundled and len(listed) < 2:
        yield problem(
            "sub_scenarios", "打捆申请须列明至少两个子场景。", "A bundle lists at least two sub-scenarios."
        )
    if form.applicant.is_bundled is False and listed:
        yield problem(
            "applicant.is_bundled",
            "已填写子场景，请将“是否打捆申请”改为是，或清空子场景。",
            "Sub-scenarios are listed; say that it is bundled, or clear them.",
        )
    names = [item.name for item in listed]
    for row, name in enumerate(names):
        if name in names[:row]:
            yield problem(
                f"sub_scenarios.{row}.name", "子场景重复，请合并。", "This sub-scenario is listed already."
            )


def per_user(form: ScenarioApplicationForm) -> Found:
    """人均 = 预计年减排量 / 月活跃用户, in whole grams, within one gram."""
    if not form.description.mau:
        return
    expected = int(form.scenario.est_annual_t * 1_000_000 / form.description.mau)
    if abs(form.scenario.est_per_user_g - expected) > 1:
        yield problem(
            "scenario.est_per_user_g",
            f"人均年减排量应为预计年减排量除以月活跃用户数，即 {expected} 克，请核对。",
            f"The annual estimate divided by monthly active users gives {expected} g; please check.",
        )


RULES: tuple[Callable[[ScenarioApplicationForm], Found], ...] = (
    ready,
    quota_managed,
    entrusted,
    principal_is_another,
    shares_sum,
    scope_named,
    users_nested,
    consent_names_both,
    personal_fields_in_consent,
    fields_once,
    bundled,
    per_user,
)
