"""What somebody types stays text: in Word, in Excel, in pages, in queries."""

import io
import re
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import docx
import pytest
from fastapi.routing import APIRoute
from openpyxl import load_workbook
from pydantic import BaseModel
from sqlalchemy.engine import make_url
from sqlmodel import Session, SQLModel, select

from api.app import app, routers
from models.tables import TaskRow
from models.vocabulary.errors import BadUpload
from runtime.postgres import SUPERUSER
from services import document_templates, exports, voiding
from services.documents.render import SHARED, TEMPLATES, built_in, render
from services.session import make_engine
from tests.conftest import Browser
from tests.rights import walk
from tests.rights.walk import Who
from tests.rights.world import World
from tests.security.conftest import EXAMPLES

SignIn = Callable[..., Browser]
TYPED = "=cmd|'/C calc'!A1 {{ 7919*7907 }}{% for x in y %}{_{ 1 }_}<script>alert(1)</script>\" onmouseover=\"x' ]]><w:p/>"
PRODUCT = str(7919 * 7907)
FORMULAS = ["=1+1", "+1", "-1+1|cmd", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"]

# ---- Word ----------------------------------------------------------------------------------------


def filled(value: Any) -> Any:
    """A sample context with what was typed in every field."""
    if isinstance(value, BaseModel):
        found = {n: filled(getattr(value, n)) for n in type(value).model_fields}
        return type(value).model_construct(**found)
    if isinstance(value, list | tuple):
        return [filled(v) for v in value]
    return TYPED if value == "示例" else value


def template_of(owner: str, key: str) -> bytes:
    return (TEMPLATES / SHARED / f"{key}.docx").read_bytes() if owner == SHARED else built_in(owner, key)


@pytest.mark.parametrize(("owner", "key"), sorted(document_templates.titles()))
def test_what_is_typed_into_a_letter_stays_text(owner: str, key: str) -> None:
    context = filled(document_templates.sample(document_templates.context_of(key), 2))
    made = render(owner, key, context, template_of(owner, key))
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        parts = {n: package.read(n).decode() for n in package.namelist() if n.endswith((".xml", ".rels"))}
    whole = "".join(parts.values())
    for part in parts.values():
        ET.fromstring(part)
    assert PRODUCT not in whole
    assert "<script" not in whole
    assert "cmd|" in whole
    assert not [p for n, p in parts.items() if n.endswith(".rels") and "External" in p and "evil" in p]
    fields = re.findall(r"<w:instrText[^>]*>(.*?)</w:instrText>|w:instr=\"([^\"]*)\"", whole)
    assert not [f for f in fields if "cmd" in "".join(f)]


@pytest.mark.parametrize("mark", [
    "{{ 9**9**9 }}", "{{ 'x' * 9999999999 }}", "{% for a in range(99999) %}x{% endfor %}", "{{ number.__class__ }}",
    "{{ ''.__class__.__mro__ }}", "{{ '%9999999999d' % 1 }}", "{{ number|attr('__class__') }}", "{% include 'x' %}", "{{ cycler.__init__ }}",
    "{% set a = 1 %}", "{{ lipsum(99999) }}", "{{ number.format(1) }}", "{% macro m() %}{% endmacro %}", "{{ 'x' ~ 'y' }}", "{{ [1] }}",
    "{% import 'x' as y %}", "{{ number[0] }}",
])  # fmt: skip
def test_a_template_only_prints(mark: str) -> None:
    document = docx.Document(io.BytesIO(template_of(SHARED, "receipt")))
    document.add_paragraph(mark)
    out = io.BytesIO()
    document.save(out)
    began = time.process_time()
    with pytest.raises(BadUpload) as refused:
        document_templates.read("receipt", out.getvalue())
    assert (refused.value.status, time.process_time() - began < 3) == (422, True)


# ---- Excel ---------------------------------------------------------------------------------------


def formulas_of(content: bytes) -> list[str]:
    """Cells that are formulas, or that begin like one without the mark that keeps them text."""
    return [
        str(cell.value)
        for sheet in load_workbook(io.BytesIO(content)).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
        or (isinstance(cell.value, str) and cell.value.startswith(exports.FORMULA) and not cell.quotePrefix)
    ]


def test_no_cell_of_an_export_is_a_formula() -> None:
    made = exports.workbook("=1", FORMULAS, [FORMULAS, [TYPED] * 3], "=note")
    assert formulas_of(made) == []
    for value in FORMULAS:
        assert not exports.csv_cell(f" {value}").startswith(exports.FORMULA)
        assert "\n" not in exports.csv_cell(value)


def test_workbooks_are_written_in_two_places_only() -> None:
    writers = {
        p.relative_to(TEMPLATES.parent).as_posix()
        for folder in ("services", "api", "activities")
        for p in (TEMPLATES.parent / folder).rglob("*.py")
        if re.search(r"import .*\bWorkbook\b|csv\.writer\(", p.read_text())
    }
    assert writers == {"services/exports.py", "services/monitoring/sheets.py", "api/pages/tasks.py"}


# ---- pages ---------------------------------------------------------------------------------------


def poisoned(value: Any) -> Any:
    """The same data with what was typed in front of every free text."""
    if isinstance(value, dict):
        return {k: poisoned(v) for k, v in value.items()}
    if isinstance(value, list):
        return [poisoned(v) for v in value]
    return TYPED + value if isinstance(value, str) and re.search("[一-鿿]", value) else value


def poison(session: Session) -> set[str]:
    """Every free text of every row in every table, also of those that are never changed; (table.column)."""
    found = set()
    for mapper in SQLModel._sa_registry.mappers:  # type: ignore[attr-defined]
        for row in session.exec(select(mapper.class_).execution_options(**voiding.SHOWN)).all():
            for column in mapper.column_attrs:
                before = getattr(row, column.key)
                after = poisoned(before) if isinstance(before, str | list | dict) else before
                if after != before:
                    setattr(row, column.key, after)
                    found.add(f"{mapper.local_table.name}.{column.key}")
        session.flush()
    for task in session.exec(select(TaskRow)):
        task.hold_reason = TYPED
    return found


@pytest.fixture
def chief(database: str) -> Iterator[Session]:
    """The database's superuser, who puts its guards aside."""
    engine = make_engine(make_url(database).set(username=SUPERUSER).render_as_string(hide_password=False))
    tables = "select quote_ident(schemaname) || '.' || quote_ident(tablename) from pg_tables where schemaname in ('public', 'ledger')"
    with Session(engine) as session:
        run = session.connection().exec_driver_sql
        for (table,) in run(tables).all():
            run(f"alter table {table} disable trigger user")
        yield session
    engine.dispose()


class Page(HTMLParser):
    """Scripts, handlers and odd addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and not (given.get("src") or "").startswith("/static/"):
            self.found.append(self.get_starttag_text() or tag)
        self.found += [
            f"{tag} {name}"
            for name, value in attrs
            if name.startswith("on") or name == "style" or str(value).lower().startswith("javascript:")
        ]


def addresses(city: World) -> list[str]:
    """Every page and download of two cases, and every list."""
    found = set()
    for play in (city.plays["opinions"], city.plays["published"]):
        known: defaultdict[str, Any] = defaultdict(lambda: 1)
        known |= {
            "case_no": play.case_no, "task_id": list(play.tasks.values())[-1], "notice_id": city.plays["published"].notice,
            "document_id": list(play.documents.values())[-1], "attachment_id": next(iter(play.attachments.values())),
            "paper_id": city.plays["published"].objected,
            "number": city.plays["published"].project, "key": "project_application", "lang": "zh",
        }  # fmt: skip
        found |= {
            p.format_map(known)
            for m, p in walk.routes(app.routes)
            if m == "GET" and not p.endswith("/events")
        }
    return sorted(found)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_no_page_runs_what_was_typed(city: World, everybody: dict[str, Who], chief: Session) -> None:
    assert len(poison(chief)) > 40
    chief.commit()
    wrong, typed = [], 0
    for address in addresses(city):
        for name in ("nobody", "applicant", "officer", "auditor"):
            answer = everybody[name].ask("GET", address)
            kind = answer.headers.get("content-type", "")
            if answer.status_code >= 500 and address != "/readyz":
                wrong.append((name, address, str(answer.status_code)))
            if "spreadsheet" in kind:
                wrong += [(name, address, f) for f in formulas_of(answer.content)]
            if "csv" in kind:
                wrong += [(name, address, f) for f in re.findall(r'(?m)(?:^|,)"?[=+@]\w.*', answer.text)]
            if "html" in kind:
                page = Page()
                page.feed(answer.text)
                wrong += [(name, address, f) for f in page.found]
                typed += "&lt;script&gt;" in answer.text
                wrong += [(name, address, PRODUCT)] * (PRODUCT in answer.text)
    assert (wrong, typed > 30) == ([], True)


# ---- queries -------------------------------------------------------------------------------------

QUERIES = [
    "' or '1'='1",
    "'; select pg_sleep(5); --",
    "%' and 1=1 --",
    "\\",
    "${jndi:ldap://x}",
    "\x00",
    "a\r\nb",
]


def asked() -> list[tuple[str, list[str]]]:
    """Addresses of lists and pages with the names of what can be asked in text."""
    import api.pages
    import api.v1

    found = []
    for package in (api.pages, api.v1):
        for route in (r for router in routers(package) for r in router.routes):
            if isinstance(route, APIRoute) and "GET" in route.methods and "{" not in route.path:
                names = [
                    p.alias for d in [route.dependant, *route.dependant.dependencies] for p in d.query_params
                ]
                if names and not route.path.endswith("/events"):
                    found.append((route.path, names))
    return found


def test_no_query_is_more_than_a_value(browser: SignIn) -> None:
    someone, wrong = browser("admin", "supervisor", "auditor", "officer"), []
    assert len(asked()) > 20
    for path, names in asked():
        for value in QUERIES[: 2 + EXAMPLES]:  # the first ones in `make test`, all in `make security`
            began = time.monotonic()
            answer = someone.get(path, params=dict.fromkeys(names, value))
            if answer.status_code >= 500 or time.monotonic() - began > 4.5:
                wrong.append((path, value, answer.status_code))
            if "pg_sleep" in answer.text and "SELECT" in answer.text:
                wrong.append((path, value, "statement shown"))
    assert wrong == []
    assert someone.get("/api/v1/cases", params={"q": QUERIES[0]}).json()["items"] == []
