"""One case is played and everything that leaves the house is read: nothing in it is nobody else's business (M10)."""

import base64
import gzip
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, select
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DefaultPayloadConverter

from activities.failures import DiscreetFailures
from models.procedures import PROCEDURES
from models.tables import AuditEvent, Case, Outbox
from models.vocabulary.forms import example_data
from services import audit_export, logs
from services.redaction import personal_values
from services.session import reading, transaction
from services.settings import settings
from tests.api import case_world
from tests.conftest import Browser, environment
from tests.histories import kept

NUMBERS = (
    re.compile(r"(?<![\w-])\d{17}[\dXx](?![\w-])"),  # identity number
    re.compile(r"(?<![\w.-])1[3-9]\d{9}(?![\w.-])"),  # mobile
    re.compile(r"[\w.+-]+@[\w-]+\.(com|cn|org|net)\b"),  # mailbox
)


def examples() -> frozenset[str]:
    """What the example forms hold of people."""
    found: set[str] = set()
    for spec in PROCEDURES.values():
        found |= personal_values(spec.form, example_data(spec.form))
    return frozenset(v for v in found if len(v) > 5)


def words_of(value: Any) -> Iterator[str]:
    """Every text of a history, payloads decoded."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "data" and isinstance(inner, str):
                yield base64.b64decode(inner).decode(errors="replace")
            else:
                yield from words_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words_of(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.rule("M10")
def test_golden_histories_hold_nobodys_data() -> None:
    private, told = examples(), []
    assert len(kept.files()) > 50
    for path in kept.files():
        said = "\n".join(words_of(json.loads(gzip.decompress(path.read_bytes()))))
        told += [(kept.name_of(path), p) for p in private if p in said]
        told += [(kept.name_of(path), m.group()) for n in NUMBERS for m in n.finditer(said)]
    assert told == []


@pytest.mark.rule("M10")
def test_an_error_of_an_activity_reaches_a_history_without_the_values() -> None:
    said = "  ".join(sorted(examples())) + " 13800138000 310199197803120172 a@example.com"
    failure = Failure()
    try:
        try:
            raise ValueError(said)
        except ValueError as cause:
            raise RuntimeError(f"again: {said}") from cause
    except RuntimeError as error:
        DiscreetFailures().to_failure(error, DefaultPayloadConverter(), failure)
    assert "again" in failure.message
    assert [m.group() for n in NUMBERS for m in n.finditer(str(failure))] == []


@pytest.fixture
def loud(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Logs as wordy as they get."""
    with environment(LOG_LEVEL="DEBUG"):
        logs.configure()
    yield
    logs.configure()


def everything(session: Session, table: str) -> str:
    rows = session.connection().execute(text(f"select row_to_json(t)::text from {table} t"))
    return "\n".join(r[0] for r in rows)


@pytest.mark.rule("M10")
def test_a_case_is_played_and_nothing_of_it_is_told_outside(
    client: Any, browser: Callable[..., Browser], loud: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with transaction() as session:
        person = case_world.filer(session)
    filer, officer = browser(user=person), browser("intake")
    no = case_world.filed(filer)
    task = case_world.asked(no, "formal_review", "formal_review")
    for path in (f"/staff/cases/{no}", f"/tasks/{task}", f"/api/v1/tasks/{task}", f"/api/v1/cases/{no}"):
        assert officer.get(path).status_code == 200
    shown = officer.post(
        "/personal-data", {"case_no": no, "path": "applicant.contact_mobile", "reason": "核对身份"}
    )
    form = case_world.form()
    private = {v for v in personal_values(PROCEDURES["project_application"].form, form) if len(v) > 3}
    assert form["applicant"]["contact_mobile"] in shown.text
    errors = failures(client, filer, officer, no, form)
    told = {"log": "".join(capsys.readouterr()), "errors": errors}
    with reading() as session:
        case = session.exec(select(Case).where(Case.case_no == no)).one()
        assert case.form["applicant"]["contact_mobile"] in private
        told["outbox"] = everything(session, Outbox.__tablename__)
        told["trail"] = everything(session, AuditEvent.__tablename__)
        told["export"] = json.dumps(
            list(audit_export.events(session, 0, 10**9)), ensure_ascii=False, default=str
        )
    assert no in told["log"]
    assert "formal_review" in told["trail"] + told["export"]
    secrets = {filer.token, officer.token, settings().secret_key, "only-for-tests"}
    wrong = [(where, p) for where, said in told.items() for p in private | secrets if p in said]
    wrong += [(where, m.group()) for where, said in told.items() for n in NUMBERS for m in n.finditer(said)]
    assert wrong == [], "\n".join(map(str, wrong))


def failures(client: Any, filer: Browser, officer: Browser, no: str, form: dict[str, Any]) -> str:
    """Everything that can go wrong with a form in hand; the error pages together."""
    typed = form["applicant"]["contact_mobile"]
    answers = [
        client.post("/login", data={"username": "nobody", "password": f"pw-{typed}"}),
        client.get(f"/api/v1/cases/{no}"),
        client.post("/api/v1/cases", content=json.dumps({"form": form})[:-5], headers={"Content-Type": "application/json"}),
        filer.send("PUT", f"/api/v1/cases/{no}/form", json=form, headers={"If-Match": '"1"'}),
        filer.post("/api/v1/cases", json={"procedure": "none", "form": form, "x": typed + "\0"}),
        officer.post(f"/api/v1/cases/{no}/withdraw", json={"reason": typed}),
        officer.get(f"/api/v1/cases/{no}/attachments/999999"),
    ]  # fmt: skip
    with transaction() as session:
        session.execute(text("alter table case_version rename to away"))
    try:
        answers.append(filer.get(f"/cases/{no}/versions"))
        answers.append(filer.post("/api/v1/cases", json={"procedure": "project_application", "form": form}))
    finally:
        with transaction() as session:
            session.execute(text("alter table away rename to case_version"))
    assert [a.status_code for a in answers if a.status_code >= 500]
    return "\n".join(a.text for a in answers if a.status_code >= 400)
