"""Whole numbers as they come in addresses, forms and files."""


def is_whole(text: str, digits: int = 9) -> bool:
    """Digits a program can count with, and not too many of them: `isdigit` alone takes ² and ①, which no `int` reads."""
    return text.isascii() and text.isdigit() and len(text) <= digits


def whole(text: str, otherwise: int = 0, digits: int = 9) -> int:
    """The number typed; `otherwise` where it is none."""
    return int(text) if is_whole(text, digits) else otherwise
