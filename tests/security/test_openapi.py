"""schemathesis over the whole description: whoever sends whatever gets a status the description names, never a 5xx."""

from collections import Counter
from math import ceil
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from sqlmodel import col, select

from api.app import app
from models.tables import DataBatch, Project, TaskRow
from services.session import reading
from tests.rights.walk import Who
from tests.rights.world import World
from tests.security.conftest import EXAMPLES

#: A stream does not end by itself; who may open it is tested with the rights.
STREAMS = {"/api/v1/cases/{case_no}/events"}
OPERATIONS = [found.ok() for found in schemathesis.openapi.from_dict(app.openapi()).get_all_operations()]
IDS = [f"{o.method.upper()} {o.path}" for o in OPERATIONS]


@pytest.fixture(scope="module")
def known(city: World) -> dict[str, list[Any]]:
    """Values that lead somewhere, by the name of the parameter."""
    plays = list(city.plays.values())
    with reading() as session:
        batches = session.exec(select(DataBatch.id).limit(2)).all()
        tasks = session.exec(select(TaskRow.id).order_by(col(TaskRow.opened_at))).all()
        projects = session.exec(select(Project.number)).all()
    return {
        "case_no": [p.case_no for p in plays],
        "task_id": [str(t) for t in tasks],
        "document_id": [d for p in plays for d in p.documents.values()],
        "attachment_id": [a for p in plays for a in p.attachments.values()],
        "paper_id": [p.objected for p in plays if p.objected],
        "notice_id": [p.notice for p in plays if p.notice],
        "number": list(projects),
        "batch_id": [str(b) for b in batches],
        "key": ["project_application", "issuance"],
    }


def test_every_operation_is_described() -> None:
    assert len(OPERATIONS) > 80


@pytest.mark.parametrize("operation", OPERATIONS, ids=IDS)
def test_no_request_is_answered_outside_the_description(
    operation: Any, everybody: dict[str, Who], known: dict[str, list[Any]], nothing_kept: None
) -> None:
    documented = {str(s) for s in operation.definition.raw["responses"]}
    people = sorted(everybody)
    said: Counter[str] = Counter()
    sent = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @settings(
        max_examples=ceil(EXAMPLES / len(people)),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def send(who: Who, data: st.DataObject) -> None:
        case = data.draw(sent)
        if operation.path not in STREAMS and data.draw(st.booleans()):
            _aim(data, case, known)
        answer = _ask(who, case)
        said[str(answer.status_code)] += 1
        where = (who.name, answer.request.method, str(answer.request.url), answer.request.content[:400])
        may_be_away = operation.path == "/readyz"  # saying that the engine is away is what it is for
        assert answer.status_code < 500 or may_be_away, (*where, answer.text[:800])
        assert str(answer.status_code) in documented, (*where, answer.status_code, answer.text[:300])

    turn = OPERATIONS.index(operation)
    for n, name in enumerate(people):
        if len(people) <= EXAMPLES or n == turn % len(
            people
        ):  # one of them in `make test`, each in `make security`
            seed(20261121 + n)(send)(everybody[name])
    assert said


def _aim(data: st.DataObject, case: Any, known: dict[str, list[Any]]) -> None:
    """Put addresses of what exists into the path."""
    for name in case.path_parameters or {}:
        if known.get(name):
            case.path_parameters[name] = data.draw(st.sampled_from(known[name]))


def _ask(who: Who, case: Any) -> Any:
    """The request as its bytes go over the wire, from this person."""
    wanted = case.as_transport_kwargs(base_url="http://testserver")
    made = requests.Request(**wanted).prepare()
    headers = [(_raw(k), _raw(v)) for k, v in made.headers.items() if k.lower() != "content-length"]
    if who.browser is not None:
        mine = {"Cookie": f"puhui_session={who.browser.token}", "X-CSRF-Token": who.browser.csrf}
        headers = [h for h in headers if h[0].lower() not in {b"cookie", b"x-csrf-token", b"authorization"}]
        headers += [(k.encode(), v.encode()) for k, v in mine.items()]
    body = made.body.encode() if isinstance(made.body, str) else made.body
    return who.client.request(str(made.method), str(made.url), content=body, headers=headers)


def _raw(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("latin-1")
