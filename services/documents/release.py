"""Letting go of a Word document, so that memory does not grow with every letter."""

from typing import Any


def take_apart(document: Any) -> None:
    """Take the python-docx document apart; nothing of it can be used afterwards.

    It, its package and its parts name one another in circles, and each part holds its tree of XML. Python's collector
    finds circles, but it comes by the number of objects, and a document is some hundred of them: the trees of a
    thousand letters, a hundred kilobytes each, would wait for it.
    """
    package = document.part.package
    for part in [document, package, *package.iter_parts()]:
        vars(part).clear()
