"""Numbers as they come in addresses, forms and files."""

import re

#: １，０００ as an input method types it.
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}

#: 1,234,567.89, with a sign or without.
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")


def is_whole(text: str, digits: int = 9) -> bool:
    """Digits a program can count with, and not too many of them: `isdigit` alone takes ² and ①, which no `int` reads."""
    return text.isascii() and text.isdigit() and len(text) <= digits


def whole(text: str, otherwise: int = 0, digits: int = 9) -> int:
    """The number typed; `otherwise` where it is none."""
    return int(text) if is_whole(text, digits) else otherwise


def half_width(typed: str) -> str:
    """Full-width forms in plain ones."""
    return typed.translate(_WIDE)


def plain(typed: str) -> str:
    """A number as typed, full-width forms in plain ones, without blanks around it and without grouping commas.

    A comma that does not group thousands stays, and the number is none: "1,5" is one and a half to some.
    """
    text = half_width(typed).strip()
    return text.replace(",", "") if _GROUPED.fullmatch(text) else text
