"""What each demonstration case files: which procedure, who files it, the form, and the title it is found by again."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session, select

from models.procedures import PROCEDURES
from models.procedures.mall_onboarding_forms.modes import EVENT_EXAMPLE
from models.tables import Project
from models.vocabulary.forms import example_data
from runtime.seeds import readings
from runtime.seeds.projects import PROCEDURE, form_of, project
from services import clock, drafts
from services.access import Actor

Form = dict[str, Any]

SECOND = "上年度减排量已随项目申请签发，本年前三季度数据已按期报送，业主单位年度结算需要，申请就已结束的监测期签发。"
SCENARIO = "绿色出行-示例高校园区互联网租赁自行车碳普惠场景-上海骑迹共享出行科技有限公司"
ONLINE_MALL = "绿享低碳生活馆"
EVENT_MALL = "绿享低碳日兑换周"


@dataclass(frozen=True)
class Filing:
    """What is filed.

    Args:
        filer: account that files it.
        form: made when the draft is opened, from what is there then.
        titles: the case may carry, as the form tells; by them it is found again after a stop.
        holder: account the case lies with afterwards, where that is another.
    """

    procedure: str
    filer: str
    form: Callable[[Session, Actor], Form]
    titles: Callable[[Form], tuple[str, ...]]
    holder: str = ""


def of_project(key: str) -> Filing:
    """The application of one of the rooftop projects."""
    return Filing(
        PROCEDURE,
        project(key)["filer"],
        lambda session, actor: form_of(key),
        lambda form: (str(form["project"]["project_name"]),),
    )


def published(session: Session, key: str) -> Project:
    """The register's entry of one of the rooftop projects."""
    return session.exec(select(Project).where(Project.name == project(key)["name"])).one()


def _example(key: str) -> Form:
    return copy.deepcopy(example_data(PROCEDURES[key].form))


def _scenario(session: Session, actor: Actor) -> Form:
    form = _example("scenario_application")
    form["scenario"]["scenario_name"] = SCENARIO
    for row in form["description"]["facilities"]:
        row["icp_no"] = f"{row['icp_no']}-园区"
    return form


def _mall(name: str, **more: Any) -> Callable[[Session, Actor], Form]:
    def form(session: Session, actor: Actor) -> Form:
        made = _example("mall_onboarding") | {"display_name": name} | more
        made["credit_report"]["issued_on"] = (clock.today().date() - timedelta(days=14)).isoformat()
        return made

    return form


def _issuance(session: Session, actor: Actor) -> Form:
    readings.report(session, actor, published(session, "published_2"))
    form = drafts.started(session, actor, "issuance")
    form["application"]["second_in_year_reason"] = SECOND
    return form


def _evaluation(session: Session, actor: Actor) -> Form:
    form = _example("tracking_evaluation")
    form["subject"]["project_number"] = published(session, "published_1").number
    return form


def _numbered(form: Form) -> tuple[str, ...]:
    return str(form["subject"]["project_number"]), project("published_1")["name"]


SCENARIO_FILING = Filing(
    "scenario_application", "operator", _scenario, lambda form: (str(form["scenario"]["scenario_name"]),)
)
MALL_FILING = Filing(
    "mall_onboarding", "merchant", _mall(ONLINE_MALL), lambda form: (str(form["display_name"]),)
)
EVENT_FILING = Filing(
    "mall_onboarding",
    "merchant",
    _mall(EVENT_MALL, mode="event", system=None, event=EVENT_EXAMPLE),
    lambda form: (str(form["display_name"]),),
)
ISSUANCE_FILING = Filing(
    "issuance", "agent", _issuance, lambda form: (str(form["application"]["project_name"]),)
)
EVALUATION_FILING = Filing("tracking_evaluation", "officer", _evaluation, _numbered, holder="applicant")
