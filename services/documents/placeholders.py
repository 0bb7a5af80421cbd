"""The names a template prints, read from its Jinja tree, so that a test can hold them against the context."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from jinja2 import TemplateSyntaxError, nodes
from pydantic import BaseModel

#: What a letter needs: values, rows, and parts that depend on something. No calls, filters, powers or repetitions:
#: with them a template could keep the machine busy for ever, or reach past its case.
_SIMPLE = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.For, nodes.If, nodes.Const,
    nodes.Compare, nodes.Operand, nodes.Not, nodes.And, nodes.Or, nodes.Add, nodes.Sub, nodes.Div,
)  # fmt: skip

#: Jinja's own name inside a loop.
_OWN = {"loop"}


def refuse_cunning(tree: nodes.Node) -> None:
    """Raises TemplateSyntaxError for a template that does more than print values, rows and conditional parts."""
    for node in tree.iter_child_nodes():
        if not isinstance(node, _SIMPLE) or (isinstance(node, nodes.Getattr) and node.attr.startswith("_")):
            words = f"only values, “for” and “if” can be used（只能使用取值、for 和 if），not {type(node).__name__}"
            raise TemplateSyntaxError(words, getattr(node, "lineno", None) or 1)
        refuse_cunning(node)


def names_in(tree: nodes.Node) -> set[str]:
    """Dotted paths of all values used; a list's rows are `*`: {"number", "defects.*.basis"}."""
    used = set(_walk(tree, {}))
    return {path for path in used if not any(other.startswith(path + ".") for other in used)}


def _walk(node: nodes.Node, scope: dict[str, str]) -> Iterator[str]:
    if isinstance(node, nodes.For):
        yield from _walk_loop(node, scope)
    elif isinstance(node, nodes.Getattr):
        path = _path(node, scope)
        if path is not None:
            yield path
        else:
            yield from _walk(node.node, scope)
    elif isinstance(node, nodes.Name):
        if node.ctx == "load" and node.name not in _OWN:
            yield scope.get(node.name, node.name)
    else:
        for child in node.iter_child_nodes():
            yield from _walk(child, scope)


def _walk_loop(node: nodes.For, scope: dict[str, str]) -> Iterator[str]:
    yield from _walk(node.iter, scope)
    source = _path(node.iter, scope)
    inner = dict(scope)
    if isinstance(node.target, nodes.Name):
        inner[node.target.name] = f"{source}.*" if source else node.target.name
    for child in (*node.body, *node.else_):
        yield from _walk(child, inner)


def _path(node: nodes.Node, scope: dict[str, str]) -> str | None:
    if isinstance(node, nodes.Name):
        return None if node.name in _OWN else scope.get(node.name, node.name)
    if isinstance(node, nodes.Getattr):
        head = _path(node.node, scope)
        return None if head is None else f"{head}.{node.attr}"
    return None


def fields_of(model: type[BaseModel], prefix: str = "") -> set[str]:
    """Dotted paths of all fields of a context, in the same spelling as `names_in`."""
    found: set[str] = set()
    for name, info in model.model_fields.items():
        found |= _paths_of(info.annotation, prefix + name)
    return found


def _paths_of(annotation: Any, path: str) -> set[str]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return fields_of(annotation, path + ".")
    if get_origin(annotation) in (list, tuple):
        return _paths_of(get_args(annotation)[0], path + ".*")
    return {path}
