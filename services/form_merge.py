"""Two people saved the same draft: what each changed, and one draft made of both."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.vocabulary.forms import Form
from models.vocabulary.text import Text
from services import paths
from services.form_diff import diff
from services.form_fields import FieldSpec


@dataclass(frozen=True)
class Clash:
    """A field that somebody changed. `both`: each changed it differently and one must be chosen; `pick` is empty."""

    path: str
    title: Text
    spec: FieldSpec
    base: Any
    theirs: Any
    mine: Any
    both: bool
    pick: str


def three_way(
    form_type: type[Form], base: dict[str, Any], theirs: dict[str, Any], mine: dict[str, Any]
) -> list[Clash]:
    """Every field in which the newer version or one's own text differs from what one had started from."""
    by_them = {c.path: c for c in diff(form_type, base, theirs)}
    by_me = {c.path: c for c in diff(form_type, base, mine)}
    apart = {c.path for c in diff(form_type, theirs, mine)}
    out = []
    for path in dict.fromkeys([*by_me, *by_them]):
        change = by_me.get(path) or by_them[path]
        both = path in by_me and path in by_them and path in apart
        out.append(
            Clash(
                path,
                change.title,
                change.spec,
                _at(base, path),
                _at(theirs, path),
                _at(mine, path),
                both,
                "" if both else "mine" if path in by_me else "theirs",
            )
        )
    return out


def merged(theirs: dict[str, Any], clashes: list[Clash], picks: Mapping[str, str]) -> dict[str, Any]:
    """The newer version with one's own fields put in wherever they were picked."""
    out = copy.deepcopy(theirs)
    for clash in clashes:
        if picks.get(clash.path, clash.pick) == "mine":
            paths.put(out, clash.path, clash.mine)
    return out


def _at(data: dict[str, Any], path: str) -> Any:
    value: Any = data
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
