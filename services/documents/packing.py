"""What a Word document consists of, and letting go of it, so that memory does not grow with every letter."""

from typing import Any

from docx.opc.pkgwriter import PackageWriter

_WRITER: Any = PackageWriter


class _Parts(dict[str, bytes]):
    """Takes what python-docx would write into a zip file, as it is: it is compressed once, by whoever packs it."""

    def write(self, uri: Any, blob: bytes) -> None:
        self[uri.membername] = blob


def parts_of(document: Any) -> dict[str, bytes]:
    """The parts of the python-docx document by their names in the package."""
    package, found = document.part.package, _Parts()
    for part in package.parts:
        part.before_marshal()
    _WRITER._write_content_types_stream(found, package.parts)
    _WRITER._write_pkg_rels(found, package.rels)
    _WRITER._write_parts(found, package.parts)
    return found


def take_apart(document: Any) -> None:
    """Take the python-docx document apart; nothing of it can be used afterwards.

    It, its package and its parts name one another in circles, and each part holds its tree of XML. Python's collector
    finds circles, but it comes by the number of objects, and a document is some hundred of them: the trees of a
    thousand letters, a hundred kilobytes each, would wait for it.
    """
    package = document.part.package
    for part in [document, package, *package.iter_parts()]:
        vars(part).clear()
