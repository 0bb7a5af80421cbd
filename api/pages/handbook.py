"""The handbook: a few pages for each role, and the section that belongs to the page somebody came from."""

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from markupsafe import Markup

from api.dependencies import MaybeMe
from api.errors import language
from api.templating import page
from models.vocabulary.errors import NotFound
from models.vocabulary.roles import FILERS, STAFF, Role
from services.access import Actor

if TYPE_CHECKING:
    from markdown_it.token import Token

router = APIRouter(include_in_schema=False)
DOCS = Path(__file__).parents[2] / "docs"
PAGES = (
    "applicant",
    "officer",
    "supervisor",
    "expert",
    "exchange",
    "administrator",
    "auditor",
    "accessibility",
)
#: The page of a role and, where it has only a part of one, its section; the first that fits counts.
READERS: tuple[tuple[frozenset[Role], str, str], ...] = (
    (frozenset({Role.ADMIN}), "administrator", ""),
    (frozenset({Role.AUDITOR}), "auditor", ""),
    (frozenset({Role.SUPERVISOR}), "supervisor", ""),
    (frozenset({Role.EXPERT}), "expert", ""),
    (frozenset({Role.EXCHANGE, Role.MALL}), "exchange", ""),
    (FILERS, "applicant", ""),
    (frozenset({Role.RESIDENT}), "applicant", "person"),
    (frozenset({Role.BUREAU}), "officer", "bureau"),
    (frozenset({Role.AGENCY}), "officer", "institution"),
    (STAFF, "officer", ""),
)
#: Where a page is explained: its address, the section; the reader's own page has it, or the one named.
TOPICS: tuple[tuple[str, str, str], ...] = (
    (r"/cases/new", "start", "applicant"),
    (r"/cases/[^/]+/(edit|check|materials)", "start", "applicant"),
    (r"/cases/[^/]+/declare", "submit", "applicant"),
    (r"/cases/[^/]+/withdraw", "withdraw", "applicant"),
    (r"/my/projects.*", "data", "applicant"),
    (r"/ledger.*", "ledger", "applicant"),
    (r"/methodologies.*", "methodology", "applicant"),
    (r"/cases.*", "follow", "applicant"),
    (r"/tasks/[0-9a-f-]{36}.*", "task", "officer"),
    (r"/tasks.*", "work", "officer"),
    (r"/(panels|experts).*", "panel", "officer"),
    (r"/staff/.*", "task", "officer"),
    (r"/admin/stalled.*", "stalled", "supervisor"),
    (r"/admin/statistics.*", "statistics", "supervisor"),
    (r"/admin/audit/verify.*", "verify", "auditor"),
    (r"/admin/audit.*", "trail", "auditor"),
    (r"/admin/calendar.*", "calendar", "administrator"),
    (r"/admin/templates.*", "templates", "administrator"),
    (r"/admin/methodologies.*", "methodologies", "administrator"),
    (r"/admin/(limits|users|ets|settings).*", "settings", "administrator"),
    (r"/admin.*", "system", "administrator"),
)
#: Pages of the handbook's shelf that have a page of the web in their place.
_INSTEAD = {f"{up}methodologies.md": "/methodologies" for up in ("../", "../../")}
_SHORT = re.compile(r"使用手册$|^Handbook for (the )?")
_CHAPTER = re.compile(r"([a-z-]+)\.md(#[a-z]+)?")
_ANCHOR = re.compile(r"\s*\{#([a-z]+)\}$")


@router.get("/help")
def contents(request: Request, me: MaybeMe, at: str = "") -> Response:
    """The contents; with `at`, the section that explains the page of that address."""
    if at:
        return RedirectResponse(section_of(urlsplit(at).path, me), 303)
    return _shown(request, "index")


@router.get("/help/pictures/{name}.png")
def picture(name: str) -> Response:
    """A picture of the handbook, taken by the browser tests."""
    file = DOCS / "pictures" / f"{name}.png"
    if not re.fullmatch(r"[a-z-]+", name) or not file.is_file():
        raise NotFound
    return FileResponse(file, media_type="image/png", headers={"Cache-Control": "public, max-age=3600"})


@router.get("/help/{name}")
def chapter(request: Request, name: str) -> Response:
    """The pages of one role."""
    if name not in PAGES:
        raise NotFound
    return _shown(request, name)


def _shown(request: Request, name: str) -> Response:
    lang = language(request)
    title, body, sections = rendered(name, lang)
    return page(
        request, "help/page.html", title=title, body=body, sections=sections, here=name, pages=titles(lang)
    )


def section_of(path: str, actor: Actor | None) -> str:
    """The address of the section that explains a page to this reader."""
    roles = actor.roles if actor is not None else FILERS
    own, part = next(((name, part) for some, name, part in READERS if roles & some), ("applicant", ""))
    if part == "person":
        return f"/help/{own}#{part}"
    for pattern, anchor, elsewhere in TOPICS:
        if re.fullmatch(pattern, path):
            chapter_ = own if anchor in {a for a, _ in rendered(own)[2]} else elsewhere
            return f"/help/{chapter_}#{anchor}"
    return f"/help/{own}#{part}" if part else f"/help/{own}"


@lru_cache(maxsize=2)
def titles(lang: str = "zh") -> tuple[tuple[str, str], ...]:
    """(name, title) of every page, short."""
    return tuple((name, _SHORT.sub("", rendered(name, lang)[0])) for name in PAGES)


@lru_cache(maxsize=32)
def rendered(name: str, lang: str = "zh") -> tuple[str, Markup, tuple[tuple[str, str], ...]]:
    """Title, HTML and (anchor, heading) of the sections of a page; the anchors are the same in both languages."""
    from markdown_it import MarkdownIt  # late: a start shows no handbook

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    shelf = DOCS / "handbook" / ("en" if lang == "en" else "")
    tokens = parser.parse((shelf / f"{name}.md").read_text(encoding="utf-8"))
    sections = [
        s for n, t in enumerate(tokens) if t.type == "heading_open" and (s := _anchored(t, tokens[n + 1]))
    ]
    title = tokens[1].content
    for token in tokens:
        for child in token.children or []:
            _led(child)
    body = Markup(parser.renderer.render(tokens[3:], parser.options, {}))  # noqa: S704 - our own text, raw HTML off
    return title, body, tuple(sections)


def _anchored(heading: "Token", inline: "Token") -> tuple[str, str] | None:
    """Give a heading its anchor: `## 标题 {#anchor}`."""
    found = _ANCHOR.search(inline.content)
    if found is None:
        return None
    heading.attrSet("id", found[1])
    inline.content = inline.content[: found.start()]
    last = (inline.children or [])[-1]
    last.content = _ANCHOR.sub("", last.content)
    return found[1], inline.content


def _led(token: "Token") -> None:
    """Pictures and pages under the addresses of the web."""
    if token.type == "image":
        token.attrSet("src", f"/help/pictures/{Path(str(token.attrGet('src'))).name}")
        token.attrSet("loading", "lazy")
    elif token.type == "link_open" and token.attrGet("href") in _INSTEAD:
        token.attrSet("href", _INSTEAD[str(token.attrGet("href"))])
    elif token.type == "link_open" and (found := _CHAPTER.fullmatch(str(token.attrGet("href")))):
        token.attrSet("href", f"/help/{found[1]}{found[2] or ''}")
