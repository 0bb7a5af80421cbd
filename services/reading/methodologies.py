"""The library of methodologies 方法学库: which there are, whether they are in force, and what rests on each (M03).

Which methodologies there are is said by rows, what they say by their files; whether one may be used for a new
application is answered by the same rule as at submission (G02).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.tables import DataCorrection, Lot, Methodology, MethodologyVersion, Project
from models.vocabulary.errors import DomainError, NotFound
from models.vocabulary.text import Text
from models.vocabulary.whole import is_whole
from services import calculators, clock
from services.methodology_rows import as_row
from services.quantification import describing, loader
from services.quantification.comparing import Change, changes
from services.quantification.describing import Description

STATES: dict[str, Text] = {
    "in_force": Text("In force", "现行有效"),
    "coming": Text("Not yet in force", "即将施行"),
    "superseded": Text("Superseded", "已被新版本替代"),
    "ended": Text("No longer in force", "已停止施行"),
    "withdrawn": Text("Withdrawn", "已废止"),
}
#: What a list can be narrowed to by force.
FORCES = ("in_force", "not_in_force")
CODE = re.compile(r"[A-Z0-9-]{3,60}")
USERS = 20


@dataclass(frozen=True)
class Resting:
    """What rests on a methodology or one of its versions, from rows.

    Args:
        published: projects or scenarios in the public register.
        issued_g: grams approved and posted to the ledger. taken_back_g: of these, corrected away since.
    """

    published: int = 0
    issued_g: int = 0
    taken_back_g: int = 0

    def __add__(self, other: "Resting") -> "Resting":
        return Resting(
            self.published + other.published,
            self.issued_g + other.issued_g,
            self.taken_back_g + other.taken_back_g,
        )


@dataclass(frozen=True)
class Version:
    """A version as published. `changes` are those from the version before, None where that cannot be told."""

    row: Methodology
    state: str
    resting: Resting = field(default_factory=Resting)
    changes: tuple[Change, ...] | None = None
    before: str = ""

    @property
    def name(self) -> Text:
        return Text(str(self.row.data.get("name_en") or self.row.name), self.row.name)


@dataclass(frozen=True)
class Card:
    """A methodology in the list, by the version one would use today."""

    now: Version
    versions: tuple[str, ...]
    resting: Resting
    description: Description | None

    @property
    def code(self) -> str:
        return self.now.row.code


@dataclass(frozen=True)
class Wanted:
    """What to list; empty words narrow nothing, unknown ones neither."""

    q: str = ""
    kind: str = ""
    method_class: str = ""
    field: str = ""
    force: str = ""


@dataclass(frozen=True)
class Page:
    """One version with all that is known of it.

    Args:
        method: its calculator; None where the file is missing or has a defect, which `defect` then says.
        versions: all of them, the newest first. users: the projects and scenarios published last.
    """

    shown: Version
    versions: tuple[Version, ...]
    resting: Resting
    method: loader.Methodology | None
    description: Description | None
    defect: Text | None
    users: tuple[Project, ...]

    @property
    def usable(self) -> Version | None:
        """The version a new application may choose today."""
        return next((v for v in self.versions if v.state == "in_force"), None)


def listed(session: Session, wanted: Wanted) -> list[Card]:
    """The methodologies that match, those in force first, then by number. Three statements, whatever there is."""
    rows = session.exec(select(Methodology).where(Methodology.status != "draft")).all()
    by_code: dict[str, list[Methodology]] = {}
    for row in rows:
        by_code.setdefault(row.code, []).append(row)
    published, issued = _published(session), _issued(session)
    words = calculators.descriptions(session, rows)
    cards = []
    for code, group in by_code.items():
        versions = _versions(group)
        now = _current(versions)
        resting = Resting(published.get(code, 0), issued.get(code, 0))
        cards.append(
            Card(now, tuple(v.row.version for v in versions), resting, words.get((code, now.row.version)))
        )
    kept = [c for c in cards if matches(c, wanted)]
    return sorted(kept, key=lambda c: (list(STATES).index(c.now.state), c.code))


def fields(cards: Iterable[Card]) -> list[str]:
    """The fields that occur, in the order of the vocabulary."""
    found = {c.description.field for c in cards if c.description}
    return [f for f in describing.FIELDS if f in found]


def one(session: Session, code: str, version: str = "") -> Page:
    """A version of a methodology; without one, the version in force, else the newest.

    Raises:
        NotFound: no such methodology (like every unknown number), or it has no such version (names those it has).
    """
    if not CODE.fullmatch(code):
        raise NotFound
    query = select(Methodology).where(Methodology.code == code, Methodology.status != "draft")
    versions = _versions(list(session.exec(query)))
    if not versions:
        raise NotFound
    return _page(session, code, versions, version)


def preview(session: Session, version: MethodologyVersion) -> Page:
    """The page a version would have, were it published today; nothing is kept."""
    query = select(Methodology).where(Methodology.code == version.code, Methodology.status != "draft")
    rows = [r for r in session.exec(query) if r.version != version.version]
    return _page(session, version.code, _versions([as_row(version), *rows]), version.version)


def _page(session: Session, code: str, found: list[Version], version: str) -> Page:
    resting = _resting(session, code)
    versions = [_told(session, v, older, resting) for v, older in _pairs(found)]
    shown = _chosen(versions, version)
    method, defect = _calculator(session, shown.row)
    whole = Resting()
    for some in resting.values():
        whole += some
    return Page(
        shown,
        tuple(versions),
        whole,
        method,
        calculators.described(session, shown.row),
        defect,
        _users(session, code),
    )


def state_of(row: Methodology, newer: bool, today: date) -> str:
    """Whether a version may be used on a day, and if not, why.

    Args:
        newer: a later version has taken effect.
    """
    if row.is_in_force(today):
        return "in_force"
    if row.status == "withdrawn":
        return "withdrawn"
    if row.effective_from > today:
        return "coming"
    return "superseded" if newer else "ended"


def _versions(rows: list[Methodology]) -> list[Version]:
    """The newest first, each with its state."""
    today = clock.today().date()
    ordered = sorted(rows, key=lambda r: (r.effective_from, _number(r.version)), reverse=True)
    begun = [r.status == "published" and r.effective_from <= today for r in ordered]
    return [Version(row, state_of(row, any(begun[:n]), today)) for n, row in enumerate(ordered)]


def _number(version: str) -> tuple[int, ...]:
    """1.10 comes after 1.9."""
    return tuple(int(part) for part in version.split(".") if is_whole(part))


def _current(versions: list[Version]) -> Version:
    return next((v for v in versions if v.state == "in_force"), versions[0])


def _chosen(versions: list[Version], version: str) -> Version:
    if not version:
        return _current(versions)
    found = next((v for v in versions if v.row.version == version), None)
    if found is None:
        known = [v.row.version for v in versions]
        raise NotFound(
            Text(
                f"This methodology has no version of that number. There is: {', '.join(known)}.",
                f"该方法学没有这个版本。已公布的版本有：{'、'.join(known)}。",
            )
        )
    return found


def _pairs(versions: list[Version]) -> list[tuple[Version, Version | None]]:
    """Each version with the one before it."""
    return list(zip(versions, [*versions[1:], None], strict=True))


def _told(session: Session, version: Version, older: Version | None, resting: dict[str, Resting]) -> Version:
    row = version.row
    found = Version(row, version.state, resting.get(row.version, Resting()))
    if older is None:
        return found
    after, before = _calculator(session, row)[0], _calculator(session, older.row)[0]
    differ = changes(before, after) if before and after else None
    return Version(row, version.state, found.resting, differ, older.row.version)


def _calculator(session: Session, row: Methodology) -> tuple[loader.Methodology | None, Text | None]:
    """The calculator, or why there is none: a page about a methodology does not end with its file."""
    try:
        return calculators.of_row(session, row), None
    except DomainError as error:
        return None, error.detail


def matches(card: Card, wanted: Wanted) -> bool:
    """Is it among what is asked for? Every word of a search has to occur; case does not matter."""
    row, words = card.now.row, card.description
    if wanted.kind in ("project", "scenario") and row.kind != wanted.kind:
        return False
    if wanted.method_class in ("I", "II") and row.method_class != wanted.method_class:
        return False
    if wanted.field in describing.FIELDS and (words is None or words.field != wanted.field):
        return False
    if wanted.force in FORCES and (card.now.state == "in_force") != (wanted.force == "in_force"):
        return False
    text = _searched(card)
    return all(word in text for word in wanted.q.replace("\x00", "")[:200].casefold().split()[:5])


def _searched(card: Card) -> str:
    """What a search looks at: number, names, field, summary, and what it was written after."""
    parts = [card.code, card.now.name.zh, card.now.name.en]
    if card.description is not None:
        d = card.description
        for text in (d.field_title, d.summary.text, d.basis.text):
            parts += [text.zh, text.en]
    return "\n".join(parts).casefold()


def _published(session: Session) -> dict[str, int]:
    query = select(Project.methodology, func.count()).group_by(col(Project.methodology))
    return {code: int(count) for code, count in session.exec(query)}


def _issued(session: Session) -> dict[str, int]:
    query = select(Lot.methodology, func.sum(col(Lot.approved_g))).group_by(col(Lot.methodology))
    return {code: int(grams) for code, grams in session.exec(query)}


def _resting(session: Session, code: str) -> dict[str, Resting]:
    """What rests on each version of a methodology."""
    found: dict[str, Resting] = {}
    published = select(Project.methodology_version, func.count()).where(Project.methodology == code)
    issued = select(Lot.methodology_version, func.sum(col(Lot.approved_g))).where(Lot.methodology == code)
    taken = (
        select(Lot.methodology_version, func.sum(DataCorrection.reversed_g + DataCorrection.shortfall_g))
        .join(DataCorrection, col(DataCorrection.lot_number) == col(Lot.number))
        .where(Lot.methodology == code)
    )
    for part, query, column in (
        ("published", published, Project.methodology_version),
        ("issued_g", issued, Lot.methodology_version),
        ("taken_back_g", taken, Lot.methodology_version),
    ):
        for version, amount in session.exec(query.group_by(col(column))):
            found[version] = found.get(version, Resting()) + Resting(**{part: int(amount)})
    return found


def _users(session: Session, code: str) -> tuple[Project, ...]:
    query = (
        select(Project)
        .where(col(Project.methodology) == code)
        .order_by(col(Project.published_at).desc(), col(Project.id).desc())
        .limit(USERS)
    )
    return tuple(session.exec(query))
