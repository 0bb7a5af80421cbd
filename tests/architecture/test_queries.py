"""Lists ask the database as often for three rows as for one: no query a row. The counts are literal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import event

from models.procedures.project_application import SPEC
from models.tables import Methodology
from models.vocabulary.forms import example_data
from services import clock, projects, tally, tasks
from services import session as sessions
from services.access import actor_of
from services.session import transaction
from tests import factories, public_rows
from tests.api import case_world

#: (who, path, at most so many statements). What a page needs beside its rows — person, counts, health — is in it.
LISTS = [
    ("applicant", "/api/v1/cases", 5),
    ("officer", "/api/v1/cases", 5),
    ("intake", "/api/v1/tasks?queue=queue", 7),
    ("supervisor", "/api/v1/admin/stalled", 13),
    ("supervisor", "/admin/stalled", 15),
    ("", "/api/v1/public/notices", 4),
    ("", "/api/v1/public/projects", 3),
    ("applicant", "/cases", 5),
    ("officer", "/staff/cases", 5),
    ("intake", "/tasks?queue=queue", 9),
    ("", "/notices", 5),
    ("", "/projects", 3),
    ("", "/notices.rss", 4),
    ("applicant", "/notifications", 4),
    ("officer", "/staff/cases?q=-2", 5),
    ("officer", "/api/v1/cases?q=-2", 5),
]
#: (who, path, exactly so many statements): what sums up, and the page of one case, whatever else there is.
PAGES = [
    ("supervisor", "/admin/statistics", 7),
    ("supervisor", "/admin/statistics?since=2026-01-15&until=2026-04-20", 7),
    ("supervisor", "/api/v1/admin/statistics", 7),
    ("supervisor", "/admin/statistics/list?of=status&value=in_progress", 3),
    ("officer", "/staff/cases/{case_no}", 25),
    ("applicant", "/cases/{case_no}", 16),
]
#: Pages whose rows are few and whose counts grow: (path, exactly so many statements).
LIBRARY = [
    ("/methodologies", 3),
    ("/methodologies?q=nothing-is-called-so", 3),
    ("/api/v1/public/methodologies", 3),
    ("/methodologies/DEMO-PV-2024", 5),
    ("/api/v1/public/methodologies/DEMO-PV-2024", 5),
]


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent meanwhile."""
    told: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        told.append(statement)

    engine = sessions.engine()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", note)


class City:
    """People who look at lists, and one more row for each list at a time."""

    def __init__(self, browser: Callable[..., Any], client: Any) -> None:
        with transaction() as session:
            self.filer = case_world.filer(session)
        self.people = {
            "applicant": browser(user=self.filer),
            **{r: browser(r) for r in ("officer", "intake", "supervisor")},
        }
        self.client = client
        self.sizes: dict[tuple[str, str], int] = {}
        self.first = ""

    def add(self) -> None:
        number = case_world.filed(self.people["applicant"])
        self.first = self.first or number
        with public_rows.moment("2026-03-02T10:00:00"):  # long overdue
            case_world.asked(number, "formal_review", "formal_review")
        with public_rows.moment(public_rows.OPENED), transaction() as session:
            case = public_rows.a_case(session)
            public_rows.release(session, case)
            public_rows.notices.open_publicity(session, case, 1)
        with public_rows.moment(public_rows.OVER), transaction() as session:
            case = session.merge(case)
            public_rows.notices.close_publicity(session, case, 1, clock.now())
            projects.publish(session, case)
        with transaction() as session:
            case = public_rows.a_case(session)
            public_rows.release(session, case)
            public_rows.notices.open_publicity(session, case, 1)

    def ask(self, who: str, path: str) -> list[str]:
        with counted() as told:
            page = self.people[who].get(path) if who else self.client.get(path)
        assert page.status_code == 200, (path, page.status_code, page.text[:300])
        self.sizes[who, path] = len(page.text)
        return told


def test_lists_ask_no_question_a_row(client: Any, browser: Callable[..., Any]) -> None:
    city = City(browser, client)
    city.add()
    for who, path, _ in LISTS:
        city.ask(who, path)  # what is read once in the life of the process
    one = {(who, path): city.ask(who, path) for who, path, _ in LISTS}
    small = dict(city.sizes)
    city.add()
    city.add()
    three = {(who, path): city.ask(who, path) for who, path, _ in LISTS}
    grown = {
        key: (len(one[key]), len(three[key]), _repeated(three[key]))
        for key in one
        if len(three[key]) > len(one[key])
    }
    assert grown == {}
    assert [key for key in small if city.sizes[key] <= small[key]] == []  # there is a row more to see
    many = {(w, p): len(three[w, p]) for w, p, most in LISTS if len(three[w, p]) > most}
    assert many == {}


def test_pages_ask_as_often_however_many_cases_there_are(client: Any, browser: Callable[..., Any]) -> None:
    city = City(browser, client)
    city.add()
    with transaction() as session:
        tally.rebuild(session)
    seen = []
    for kept in (True, False):  # the sums up to date, and with a case that has changed since
        pages = [(who, path.format(case_no=city.first)) for who, path, _ in PAGES]
        for who, path in pages:
            city.ask(who, path)
        seen.append([len(city.ask(who, path)) for who, path in pages])
        if kept:
            city.add()
            city.add()
    assert seen[0] == [n for _, _, n in PAGES]
    assert [b - a for a, b in zip(*seen, strict=True) if b > a + 1] == []


def test_library_of_methodologies_asks_as_often_whatever_rests_on_it(
    client: Any, browser: Callable[..., Any]
) -> None:
    city = City(browser, client)
    city.add()
    for path, _ in LIBRARY:
        city.ask("", path)  # what is read once in the life of the process
    one = [len(city.ask("", path)) for path, _ in LIBRARY]
    with transaction() as session:
        for code, version in (("DEMO-BIKE-2024", "1.0"), ("DEMO-METRO-2024", "1.0"), ("DEMO-PV-2024", "1.1")):
            row = {"code": code, "version": version, "name": code, "kind": "project", "method_class": "II"}
            session.add(Methodology(**row, effective_from=date(2025, 1, 1)))
    city.add()
    assert [len(city.ask("", path)) for path, _ in LIBRARY] == one == [n for _, n in LIBRARY]


def test_a_decision_and_the_next_task_ask_as_often_each_time(
    client: Any, browser: Callable[..., Any]
) -> None:
    """The counts are literal: what a click costs grows by a statement only where somebody wants it to."""
    city = City(browser, client)
    number = case_world.filed(city.people["applicant"])
    with transaction() as session:
        clerk = actor_of(factories.user(session, "intake"))
    form = example_data(SPEC.task("formal_review").form)
    for round_ in (1, 2):
        with counted() as asked:
            task = case_world.asked(number, "formal_review", "formal_review", round_)
        with counted() as answered, transaction() as session:
            tasks.complete(session, clerk, task, "accept", form)
        seen = (len(asked), len(answered))
    assert seen == (12, 9)  # the first of those asked finds the case for the test


def test_a_desk_asks_once_whether_an_objection_ends_the_case(
    client: Any, browser: Callable[..., Any]
) -> None:
    city = City(browser, client)
    number = case_world.filed(city.people["applicant"])
    task = case_world.asked(number, "rejection_approval", "publicity")
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        if "objection_answer" in str(given) and "LIMIT" in statement:
            asked.append(statement)

    engine = sessions.engine()
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert city.people["supervisor"].get(f"/tasks/{task}").status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(asked) == 1


def _repeated(statements: list[str]) -> list[str]:
    """The statements sent more than once, shortened."""
    return sorted({" ".join(s.split())[:160] for s in statements if statements.count(s) > 1})
