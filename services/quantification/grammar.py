"""The expression language: + − × ÷, comparison, if/else, and sum, min, max, floor. Nothing else gets in."""

import ast
from collections.abc import Iterator

from services.quantification.refusals import Defect

FUNCTIONS = frozenset({"sum", "min", "max", "floor"})
RESERVED = FUNCTIONS | {"if", "else", "and", "or", "not", "True", "False", "None"}
DEEPEST = 40

_NODES: tuple[type[ast.AST], ...] = (
    ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Name, ast.Constant,
)  # fmt: skip
_OPERATORS: tuple[type[ast.AST], ...] = (
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub, ast.Not, ast.And, ast.Or,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.Load,
)  # fmt: skip


def parse(text: str) -> ast.expr:
    """The tree of an expression. Raises Defect on anything outside the language."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Defect(
            f"“{text}” cannot be read as a formula.", f"公式“{text}”不能识别，请检查书写。"
        ) from error
    _check(tree, 0)
    return tree


def _check(node: ast.AST, depth: int) -> None:
    if depth > DEEPEST:
        raise Defect("The formula is nested too deeply.", "公式嵌套层次过深。")
    if isinstance(node, _OPERATORS):
        return
    if not isinstance(node, _NODES):
        raise _foreign(node)
    if isinstance(node, ast.Call):
        _check_call(node)
    elif isinstance(node, ast.Constant):
        _check_constant(node)
    elif isinstance(node, ast.Compare) and len(node.ops) != 1:
        raise Defect("Compare two values at a time.", "每次只能比较两个值。")
    for child in children(node):
        _check(child, depth + 1)


def _check_call(node: ast.Call) -> None:
    known = isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS
    if not known or node.keywords or not node.args:
        raise _foreign(node)
    if function(node) in ("sum", "floor") and len(node.args) != 1:
        raise Defect(f"{function(node)} takes one value.", f"{function(node)} 只接受一个值。")


def _check_constant(node: ast.Constant) -> None:
    """Whole numbers, texts and yes/no; a decimal fraction is a parameter with a source."""
    if isinstance(node.value, float):
        raise Defect(
            f"{node.value} belongs into a parameter with unit and source, not into a formula.",
            f"小数 {node.value} 应作为带有单位和来源的参数列出，不能直接写入公式。",
        )
    if not isinstance(node.value, int | str):
        raise _foreign(node)


def _foreign(node: ast.AST) -> Defect:
    piece = ast.unparse(node)[:60]
    return Defect(f"“{piece}” is not part of the formula language.", f"“{piece}”不属于公式允许的写法。")


def children(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node; the name of a function is no value."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.Call) and child is node.func):
            yield child


def function(node: ast.Call) -> str:
    assert isinstance(node.func, ast.Name)
    return node.func.id


def is_over_rows(node: ast.expr) -> bool:
    """Sum, and min or max of one value, run over the rows of the period."""
    return isinstance(node, ast.Call) and len(node.args) == 1 and function(node) != "floor"


def names(node: ast.AST) -> set[str]:
    """Names a tree speaks of."""
    if isinstance(node, ast.Name):
        return {node.id}
    return {name for child in children(node) for name in names(child)}
