"""What a Word document consists of, and letting go of it, so that memory does not grow with every letter."""

from html import escape
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


#: What an office's program writes of itself and of whoever sat at it; a letter names its office only.
_PROGRAM, _PREVIEW = "/docProps/app.xml", "thumbnail"
_OFFICE = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Company>{}</Company></Properties>"
)


def name_office(document: Any, office: str) -> None:
    """Properties of the python-docx document: the office, Chinese, no program, no preview of another paper."""
    properties = document.core_properties
    properties.author = properties.last_modified_by = office
    properties.language = "zh-CN"
    properties.keywords = properties.comments = properties.category = ""
    relations = document.part.package.rels
    for key in [k for k, r in relations.items() if r.reltype.rsplit("/", 1)[-1] == _PREVIEW]:
        del relations[key]
    for part in document.part.package.iter_parts():
        if str(part.partname) == _PROGRAM:
            part._blob = _OFFICE.format(escape(office, quote=False)).encode()


def take_apart(document: Any) -> None:
    """Take the python-docx document apart; nothing of it can be used afterwards.

    It, its package and its parts name one another in circles, and each part holds its tree of XML. Python's collector
    finds circles, but it comes by the number of objects, and a document is some hundred of them: the trees of a
    thousand letters, a hundred kilobytes each, would wait for it.
    """
    package = document.part.package
    for part in [document, package, *package.iter_parts()]:
        vars(part).clear()
