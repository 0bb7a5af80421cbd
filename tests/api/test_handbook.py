"""The handbook: every page of it opens, every page of the system has its section, every picture is there."""

import re
from pathlib import Path
from typing import Any

import pytest

from api.pages import handbook
from models.vocabulary.roles import Role
from services.access import Actor

DOCS = Path(handbook.DOCS)


@pytest.mark.parametrize("name", handbook.PAGES)
def test_chapter_opens_with_its_sections(client: Any, name: str) -> None:
    answer = client.get(f"/help/{name}")
    assert answer.status_code == 200
    for anchor, _ in handbook.rendered(name)[2]:
        assert f'id="{anchor}"' in answer.text
    assert "{#" not in answer.text


def test_pictures_named_in_the_handbook_are_there(client: Any) -> None:
    named = {
        p
        for f in (DOCS / "handbook").glob("*.md")
        for p in re.findall(r"!\[[^\]]*\]\(\.\./pictures/([\w-]+)\.png\)", f.read_text())
    }
    assert named
    for name in named:
        assert client.get(f"/help/pictures/{name}.png").headers["content-type"] == "image/png", name


def test_topics_lead_to_sections_that_exist() -> None:
    for _, anchor, name in handbook.TOPICS:
        assert anchor in {a for a, _ in handbook.rendered(name)[2]}, (name, anchor)


def test_help_of_a_page_opens_its_section(client: Any, browser: Any) -> None:
    assert client.get("/help?at=/cases/new").headers["location"] == "/help/applicant#start"
    officer = browser("officer")
    assert officer.get("/help?at=/tasks").headers["location"] == "/help/officer#work"
    assert (
        'href="/help?at=%2Ftasks"' in officer.get("/tasks").text
        or 'href="/help?at=/tasks"' in officer.get("/tasks").text
    )


@pytest.mark.parametrize(
    "path", ["/help/nobody", "/help/pictures/..%2F..%2Fsecret.png", "/help/pictures/nothing.png"]
)
def test_what_is_not_in_the_handbook_is_not_found(client: Any, path: str) -> None:
    assert client.get(path).status_code == 404


def test_help_never_leads_elsewhere(client: Any) -> None:
    for at in ("https://example.org/x", "//example.org", "/\\example.org"):
        assert client.get("/help", params={"at": at}).headers["location"].startswith("/help/")


@pytest.mark.parametrize(
    ("role", "at", "section"),
    [
        ("resident", "/home", "applicant#person"),
        ("resident", "/ledger", "applicant#person"),
        ("bureau", "/home", "officer#bureau"),
        ("agency", "/home", "officer#institution"),
        ("agency", "/tasks", "officer#work"),
        ("merchant", "/ledger", "applicant#ledger"),
        ("issuer", "/home", "officer"),
    ],
)
def test_everybody_has_a_section_of_their_own(browser: Any, role: str, at: str, section: str) -> None:
    assert browser(role).get("/help", params={"at": at}).headers["location"] == f"/help/{section}"


def test_every_role_has_a_chapter_and_its_section_is_there() -> None:
    for role in Role:
        name, _, part = handbook.section_of("/", actor_with(role)).removeprefix("/help/").partition("#")
        assert name in handbook.PAGES, role
        assert not part or part in {a for a, _ in handbook.rendered(name)[2]}, role


def actor_with(role: Role) -> Actor:
    return Actor(1, "x", "x", frozenset({role}), None, "x")


def test_links_within_the_handbook_lead_to_its_pages(client: Any) -> None:
    for name in ("index", *handbook.PAGES):
        page = client.get("/help" if name == "index" else f"/help/{name}").text
        assert ".md" not in page, name
        assert "../pictures" not in page, name
        for chapter, anchor in re.findall(r'href="/help/([a-z]+)(?:#([a-z]+))?"', page):
            assert chapter in handbook.PAGES, (name, chapter)
            assert not anchor or anchor in {a for a, _ in handbook.rendered(chapter)[2]}, (name, anchor)


@pytest.mark.parametrize("name", ["index", *handbook.PAGES])
def test_both_languages_have_the_same_sections_pictures_and_tables(client: Any, name: str) -> None:
    chinese, english = (handbook.rendered(name, lang) for lang in ("zh", "en"))
    assert [a for a, _ in english[2]] == [a for a, _ in chinese[2]]
    for mark in ("<img", "<tr", "<h2"):
        assert (mark, english[1].count(mark)) == (mark, chinese[1].count(mark))
    answer = client.get("/help" if name == "index" else f"/help/{name}", cookies={"lang": "en"})
    assert not re.search(r"[一-鿿]", str(english[1]))
    assert english[0] in answer.text


def test_words_in_quotes_are_those_of_the_screen() -> None:
    """The English handbook names buttons and pages as they are labelled."""
    root = Path(handbook.__file__).parents[2]
    files = [
        f
        for d in ("api", "services", "models")
        for f in (root / d).rglob("*")
        if f.suffix in (".py", ".html")
    ]
    screen = " ".join(f.read_text(encoding="utf-8") for f in files).lower()
    quoted = {
        (f.name, words)
        for f in (DOCS / "handbook" / "en").glob("*.md")
        for words in re.findall("“([^”]+)”", f.read_text(encoding="utf-8"))
    }
    assert {(f, words) for f, words in quoted if words.rstrip(",").lower() not in screen} == set()
