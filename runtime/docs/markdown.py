"""The little Markdown the generated pages need."""

from collections.abc import Iterable, Sequence

NOTE = "<!-- 由 make docs 生成，请勿手工修改。Written by `make docs`; do not edit. -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells may hold anything but line ends."""
    lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def document(title: str, *parts: str) -> str:
    """A whole page: title, note, parts with an empty line between."""
    return "\n\n".join([f"# {title}", NOTE, *parts]) + "\n"
