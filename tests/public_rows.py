"""Rows that tests of the public side need: a case with its approved release, a notice, objections."""

from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from typing import Any

from sqlmodel import Session

from models.procedures import PROCEDURES
from models.tables import Case, CaseVersion, Notice, Objection, Submission, TaskRow
from models.vocabulary.forms import example_data
from services import clock, notices, objections
from services.clock import SHANGHAI
from tests import factories

SPEC = PROCEDURES["project_application"]
OPENED = "2026-09-28T10:00:00"
OVER = "2026-10-11T00:00:00"
OBJECTION = {
    "topics": ["data"],
    "content": "公示的装机规模与现场安装的组件数量不一致，请核实。",
    "name": "王小明",
    "contact": "wang@example.com",
}

ID_NO, MOBILE, BANK = "310101199001011234", "13912345678", "6222021001116245702"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@contextmanager
def moment(text: str) -> Any:
    with clock.at(at(text)):
        yield


def a_form() -> dict[str, Any]:
    return deepcopy(example_data(SPEC.form))


def leaking_form() -> dict[str, Any]:
    """A form whose author wrote personal data wherever text can be written."""
    form = a_form()
    dirt = f"联系人赵铁柱，身份证{ID_NO}，手机 139-1234-5678，１３９１２３４５６７８，卡号 {BANK}，zhao@example.com，021-87654321"
    form["applicant"] |= {
        "legal_rep_name": "赵铁柱",
        "legal_rep_id_no": ID_NO,
        "contact_mobile": MOBILE,
        "contact_email": "zhao@example.com",
        "applicant_profile": dirt,
    }
    form["project"]["address"] = f"示例路300号 {MOBILE}"
    form["design"] |= {
        "overview_text": dirt,
        "technology": dirt,
        "boundary_text": f"310101 19900101 1234 {dirt}",
    }
    form["contribution"]["sd_environment"] = dirt
    form["design"]["monitoring"][0] |= {"method": dirt, "responsible": "赵铁柱"}
    return form


LEAKS = (
    ID_NO,
    MOBILE,
    BANK,
    "赵铁柱",
    "139-1234-5678",
    "1391234",
    "zhao@",
    "87654321",
    "310101 19900101",
    "19900101",
)


def a_case(session: Session, form: dict[str, Any] | None = None, **values: Any) -> Case:
    """A submitted case with its version."""
    filer = factories.user(session, "applicant")
    data = form or a_form()
    case = factories.case(
        session,
        filer,
        status="in_progress",
        form=data,
        stage="publicity",
        **{
            "title": data["project"]["project_name"],
            "methodology": "DEMO-PV-2024",
            "methodology_version": "1.0",
            **values,
        },
    )
    session.add(CaseVersion(case_id=case.id, number=1, form=data, sha256="0" * 64, by_user=filer.id or 0))
    session.flush()
    return case


def a_task(session: Session, case: Case, key: str, **values: Any) -> TaskRow:
    spec = SPEC.task(key)
    row = TaskRow(
        **{"case_id": case.id, "procedure": case.procedure, "key": key, "role": spec.by.value, **values}
    )
    session.add(row)
    session.flush()
    return row


def release(session: Session, case: Case, round: int = 1, **changes: Any) -> None:
    """The officer's release, as approved."""
    officer = factories.user(session, "officer")
    task = a_task(
        session,
        case,
        "publicity_release",
        round=round,
        state="done",
        outcome="release",
        closed_at=clock.now(),
        closed_by=officer.id,
    )
    form = {**example_data(SPEC.task("publicity_release").form), **changes}
    session.add(
        Submission(
            task_id=task.id,
            case_id=case.id,
            outcome="release",
            form=form,
            form_key="publicity_release",
            by_user=officer.id or 0,
            role="officer",
            sha256="0" * 64,
        )
    )
    session.flush()


def a_notice(
    session: Session, opened: str = OPENED, form: dict[str, Any] | None = None, **changes: Any
) -> Notice:
    """A notice published at `opened` (Shanghai)."""
    with moment(opened):
        case = a_case(session, form)
        release(session, case, **changes)
        return notices.open_publicity(session, case, 1)


def case_of(session: Session, notice: Notice) -> Case:
    return session.get_one(Case, notice.case_id)


def object_to(
    session: Session, notice: Notice, when: str = "2026-09-29T09:00:00", ip: str = "", **changes: Any
) -> Objection:
    with moment(when):
        return objections.file(session, notice.id or 0, {**OBJECTION, **changes}, ip)
