"""What changed between two versions of a form: words in texts, cells in tables (screens 4.11)."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from models.vocabulary.forms import Form
from models.vocabulary.headings import heading
from models.vocabulary.text import Text
from services.form_fields import FieldSpec, fields_of

#: One CJK character, one word or number, or one other sign is a word of the comparison.
_WORD = re.compile(r"[A-Za-z]+|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
#: Places where a word of the one text could be one of the other: ten pages of prose have a million, and a
#: comparison goes through all of them again and again.
MOST_PAIRS = 1_000_000


@dataclass(frozen=True)
class Piece:
    """A run of words that is the same, only in the old ("removed") or only in the new ("added") text."""

    state: str
    text: str


@dataclass(frozen=True)
class Cell:
    spec: FieldSpec
    old: Any
    new: Any

    @property
    def changed(self) -> bool:
        return not same(self.old, self.new)


@dataclass(frozen=True)
class RowChange:
    """A row of a table: same, changed, added or removed; `number` as the reader counts, from 1."""

    number: int
    state: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Change:
    """One changed field."""

    path: str
    title: Text
    section: Text
    spec: FieldSpec
    old: Any
    new: Any
    pieces: tuple[Piece, ...] = ()
    rows: tuple[RowChange, ...] = field(default=())


def same(old: Any, new: Any) -> bool:
    """Equal for a reader: 3 and "3", None and nothing, 1.50 and 1.5."""
    return bool(_plain(old) == _plain(new))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if _plain(v) not in ("", None)}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "" if value is None else str(value).strip()
    if re.fullmatch(r"-?\d+\.\d*", text):
        text = text.rstrip("0").rstrip(".")
    return text


def diff(form_type: type[Form], old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """Every changed field of two versions, in the order of the form."""
    return list(_changes(form_type, old, new, "", Text("", "")))


def _changes(form_type: type[Form], old: Any, new: Any, base: str, section: Text) -> Iterator[Change]:
    before, after = (v if isinstance(v, dict) else {} for v in (old, new))
    for spec in fields_of(form_type):
        a, b, path = before.get(spec.name), after.get(spec.name), f"{base}{spec.name}"
        here = heading(spec.section) if spec.section else section
        if spec.kind == "group" and spec.group is not None:
            yield from _changes(spec.group, a, b, f"{path}.", here if here.zh else spec.title)
        elif not same(a, b):
            yield Change(path, spec.title, here, spec, a, b, _pieces_of(spec, a, b), _rows_of(spec, a, b))


def _pieces_of(spec: FieldSpec, old: Any, new: Any) -> tuple[Piece, ...]:
    if spec.kind not in ("text", "textarea"):
        return ()
    return tuple(pieces("" if old is None else str(old), "" if new is None else str(new)))


def pieces(old: str, new: str) -> list[Piece]:
    """Word-level difference of two texts, in reading order; of texts that repeat themselves endlessly, what lies between
    the beginning and the end they share."""
    a, b = _WORD.findall(old), _WORD.findall(new)
    head = _shared(a, b)
    tail = _shared(a[head:][::-1], b[head:][::-1])
    ends = len(a) - tail, len(b) - tail
    out = [Piece("same", "".join(a[:head]))] if head else []
    out += _between(a[head : ends[0]], b[head : ends[1]])
    return out + ([Piece("same", "".join(a[ends[0] :]))] if tail else [])


def _shared(a: list[str], b: list[str]) -> int:
    """How many words both begin with."""
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _between(a: list[str], b: list[str]) -> list[Piece]:
    often = Counter(b)
    if sum(often[word] for word in a) > MOST_PAIRS:
        matched: Iterable[tuple[str, int, int, int, int]] = [("replace", 0, len(a), 0, len(b))]
    else:
        matched = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    out: list[Piece] = []
    for op, i1, i2, j1, j2 in matched:
        if op == "equal":
            out.append(Piece("same", "".join(a[i1:i2])))
            continue
        out += [Piece("removed", "".join(a[i1:i2]))] if i2 > i1 else []
        out += [Piece("added", "".join(b[j1:j2]))] if j2 > j1 else []
    return out


def _rows_of(spec: FieldSpec, old: Any, new: Any) -> tuple[RowChange, ...]:
    if spec.kind != "table" or spec.group is None:
        return ()
    a, b = (v if isinstance(v, list) else [] for v in (old, new))
    rows: list[RowChange] = []
    for i, j in _aligned(spec.group, a, b):
        rows.append(
            _row(
                spec.group,
                a[i] if i is not None else None,
                b[j] if j is not None else None,
                (j if j is not None else i or 0) + 1,
            )
        )
    return tuple(rows)


def _aligned(group: type[Form], old: list[Any], new: list[Any]) -> Iterator[tuple[int | None, int | None]]:
    """Pairs of rows: by their first column where it tells rows apart, else by place."""
    key = fields_of(group)[0].name
    a, b = ([str(_plain(r.get(key))) if isinstance(r, dict) else "" for r in rows] for rows in (old, new))
    if len(set(a)) < len(a) or len(set(b)) < len(b):
        a, b = [str(i) for i in range(len(old))], [str(i) for i in range(len(new))]
    for op, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        paired = min(i2 - i1, j2 - j1) if op in ("equal", "replace") else 0
        yield from ((i1 + n, j1 + n) for n in range(paired))
        yield from ((i, None) for i in range(i1 + paired, i2))
        yield from ((None, j) for j in range(j1 + paired, j2))


def _row(group: type[Form], old: Any, new: Any, number: int) -> RowChange:
    before, after = (v if isinstance(v, dict) else {} for v in (old, new))
    cells = tuple(Cell(f, before.get(f.name), after.get(f.name)) for f in fields_of(group))
    if old is None:
        return RowChange(number, "added", cells)
    if new is None:
        return RowChange(number, "removed", cells)
    return RowChange(number, "changed" if any(c.changed for c in cells) else "same", cells)
