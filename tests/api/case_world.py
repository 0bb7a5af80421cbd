"""A filing party with everything its example application needs, and a course played by hand."""

import json
from typing import Any

from sqlmodel import Session, select

from api.form_schema import fresh_example
from models.procedures import procedure
from models.tables import Case, Methodology, Party, TaskRow, User
from models.vocabulary.facts import TaskRequest
from services import course, documents_issue, tasks
from services.access import actor_of
from services.session import transaction
from tests import factories

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SPEC = procedure("project_application")
PAPERS = ("commencement_operation_proof", "licence", "legal_rep_identity", "entrustment_letter")
DECLARED = {"declaration": {"accepted": True, "signatory": "张明"}}


def form() -> dict[str, Any]:
    """A valid application that is nobody else's."""
    return dict(json.loads(json.dumps(fresh_example(SPEC.form), default=str)))


def filer(session: Session) -> User:
    """A person of the organisation the example names, and the methodology it uses."""
    typed = form()["applicant"]
    row = session.exec(select(Party).where(Party.uscc == typed["applicant_uscc"])).first()
    row = row or factories.party(
        session,
        uscc=typed["applicant_uscc"],
        name=typed["applicant_name"],
        account_no=typed["platform_account_no"],
    )
    if session.exec(select(Methodology)).first() is None:
        project = form()["project"]
        session.add(
            Methodology(
                code=project["methodology_id"],
                version=project["methodology_version"],
                name="分布式光伏发电",
                kind="project",
                method_class="I",
                effective_from="2024-03-11",
            )
        )
    return factories.user(session, "applicant", party=row)


def number_of(answer: Any) -> str:
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case_no"])


def filed(person: Any, **project: Any) -> str:
    """A submitted case of this browser's person; `project` changes what the form says of it."""
    typed = form()
    typed["project"] |= project
    no = number_of(person.post("/api/v1/cases", json={"procedure": "project_application", "form": typed}))
    for kind in PAPERS:
        assert upload(person, no, kind).status_code == 201
    answer = person.post(f"/api/v1/cases/{no}/submit", json=DECLARED)
    assert answer.status_code == 202, answer.text
    return no


def upload(person: Any, no: str, kind: str, name: str = "扫描件.pdf", content: bytes = PDF) -> Any:
    return person.send(
        "POST",
        f"/api/v1/cases/{no}/attachments",
        data={"kind": kind, "sealed": "true"},
        files={"file": (name, content, "application/pdf")},
    )


def asked(no: str, key: str, stage: str | None = None, round_: int = 1) -> str:
    """Open a task as the course would; its id."""
    with transaction() as session:
        case = session.exec(select(Case).where(Case.case_no == no)).one()
        opened = course.project(session, str(case.id), stage, [TaskRequest(key=key, round=round_)])
    return opened.tasks[0].task_id


def correction(no: str, defects: list[dict[str, str]], intake: User) -> str:
    """A formal review that asks for a correction; the id of the applicant's task."""
    review = asked(no, "formal_review", "formal_review")
    items = [
        {"kind": k, "complete": True, "conforming": True, "sealed": True}
        for k in ("appendix_a", "appendix_b", *PAPERS)
    ]
    with transaction() as session:
        tasks.complete(
            session,
            actor_of(intake),
            review,
            "request_correction",
            {"items": items, "eligibility_confirmed": True, "defects": defects},
        )
    return asked(no, "correction")


def issued(no: str, key: str) -> int:
    """A document as the course would issue it; its id."""
    with transaction() as session:
        case = session.exec(select(Case).where(Case.case_no == no).with_for_update()).one()
        return documents_issue.issue(session, case, key).id or 0


def task_row(task_id: str) -> TaskRow:
    from uuid import UUID

    with transaction() as session:
        return session.get_one(TaskRow, UUID(task_id))
