"""Walks the pages as somebody who follows every link once, and says what is wrong with each page seen.

A page is looked at wide (axe-core), at 320 px (400 percent zoom of 1280) and at 390 px (a telephone), all in one visit.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Page, Response

AXE = Path(__file__).parents[2] / "api" / "static" / "vendor" / "axe.min.js"
SCRIPT = AXE.read_text(encoding="utf-8") + ";0"
RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations']});
  return found.violations.flatMap(v => v.nodes.slice(0, 4).map(n => `${v.id}: ${n.target.join(' ')} ${n.html.slice(0, 120)}`));
}"""
#: What sticks out to the right of the window without a scroll box of its own, when the page is wider than it.
WIDER = """() => {
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  const boxed = e => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
    if (getComputedStyle(p).overflowX !== 'visible') return true; return false; };
  return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !boxed(e))
    .slice(0, 4).map(e => e.outerHTML.slice(0, 120)).concat('page ' + document.documentElement.scrollWidth + ' px');
}"""
LINKS = "() => [...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))"
NARROW = ((320, 256), (390, 844))
WIDE = (1280, 860)


def violations(page: Page) -> list[str]:
    """What axe has to say about the page as it is."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT)  # not a tag: the pages' own policy stays in force
    found: list[str] = page.evaluate(RUN)
    return found


def too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways where it is narrow; leaves it wide again."""
    found = []
    for width, height in NARROW:
        page.set_viewport_size({"width": width, "height": height})
        found += [f"at {width} px: {wrong}" for wrong in page.evaluate(WIDER)]
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    return found


def judged(page: Page) -> list[str]:
    """Both."""
    return [*violations(page), *too_wide(page)]


@dataclass
class Routes:
    """The page routes, to tell which one an address belongs to."""

    templates: list[str]
    _compiled: list[tuple[re.Pattern[str], str]] = field(init=False)

    def __post_init__(self) -> None:
        # fixed words win over placeholders, as in the application
        ordered = sorted(self.templates, key=lambda t: (t.count("{"), -len(t)))
        self._compiled = [(re.compile(re.sub(r"{\w+}", "[^/]+", t) + "$"), t) for t in ordered]

    def of(self, path: str) -> str:
        """The route of a path; "" for none."""
        return next((t for pattern, t in self._compiled if pattern.match(path)), "")


@dataclass
class Walker:
    """One person's walk. `seen` is shared by all walks: kinds of pages that need no second look."""

    page: Page
    routes: Routes
    seen: set[str]
    #: Routes whose pages differ from person to person: looked at again by everybody.
    faces: frozenset[str]
    #: Files, streams and feeds: followed by nobody.
    files: frozenset[str]
    found: list[str] = field(default_factory=list)
    #: The routes whose pages were shown, with status 200.
    shown: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        # handed to the browser once for the whole walk: half a megabyte a page costs as much as what it finds
        self.page.context.add_init_script(path=AXE)

    def walk(self, starts: Iterable[str], errors: Iterable[str] = ()) -> None:
        """Look at the starts always, then follow links to every kind of page not seen yet."""
        queue = deque((start, True) for start in starts)
        mine: set[str] = set()
        while queue:
            address, always = queue.popleft()
            kind = self.kind(address)
            if not kind or (not always and (kind in mine or kind in self.seen)):
                continue
            mine.add(kind)
            if self.routes.of(urlsplit(address).path) not in self.faces:
                self.seen.add(kind)
            queue.extend((link, False) for link in self.look(address))
        for address in errors:
            self.look(address, error=True)

    def kind(self, address: str) -> str:
        """The route and the names of what is asked of it: pages of one kind are alike. "" where nobody goes."""
        parts = urlsplit(address)
        route = self.routes.of(parts.path)
        if not route or route in self.files:
            return ""
        asked = sorted({name for name, value in parse_qsl(parts.query) if value} - PLAIN)
        return f"{route}?{','.join(asked)}"

    def look(self, address: str, error: bool = False) -> list[str]:
        """Judge one page; its links."""
        answer = self.page.goto(address)
        status = answer.status if isinstance(answer, Response) else 0
        if (status >= 400) is not error:
            self.found.append(f"{address} answers {status}")
        if status == 200:
            self.shown |= {self.routes.of(urlsplit(a).path) for a in (address, self.page.url)}
        self.found += [f"{address} {wrong}" for wrong in judged(self.page)]
        return list(self._links())

    def _links(self) -> Iterator[str]:
        for href in self.page.evaluate(LINKS):
            parts = urlsplit(str(href))
            if not parts.scheme and not parts.netloc and parts.path.startswith("/"):
                yield parts._replace(fragment="").geturl()


#: What may be asked of a page without it looking different.
PLAIN = frozenset(
    {"next", "at", "cursor", "after", "before", "year", "q", "sort", "procedure", "stage", "status"}
)
