"""Word documents from Word templates: a context in, the bytes of a .docx out.

The templates are edited in Word by people who do not program, so they run in Jinja's sandbox and a
name they misspell is an error, never a gap in a letter. Data never becomes template: it is escaped,
and Jinja marks inside it are printed as they stand.
"""

import hashlib
import re
import secrets
import zipfile
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from docx.oxml.ns import qn
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, Template, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services import qr
from services.documents.contexts.base import Issued
from services.documents.packing import name_office, parts_of, take_apart
from services.documents.placeholders import names_in, refuse_cunning

TEMPLATES = Path(__file__).resolve().parents[2] / "document_templates"

#: Names of values that are printed as QR codes.
QR = "qr_"
#: The oldest instant a zip can hold; equal input then gives equal bytes.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding=["']([\w.-]+)""")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def clean(value: object) -> object:
    """Text as Word can hold it: no control characters, each line a paragraph of its own (\\a in docxtpl).

    Word's `{_{` spelling of docxtpl is kept apart by a zero-width joiner, so that it stays what was typed.
    """
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    text = _printable(value.replace("\r\n", "\n").replace("\r", "\n"))
    text = re.sub(r"([{}%])_(?=[{}%])", "\\1\u200d_", text)
    return text.strip("\n").replace("\n", "\a")


def _printable(value: str) -> str:
    return _FORBIDDEN.sub("", value)


class _Environment(ImmutableSandboxedEnvironment):
    """Compiles each part of each template once in the life of the process."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._compiled: dict[str, Template] = {}

    def from_string(
        self,
        source: str | nodes.Template,
        globals: MutableMapping[str, Any] | None = None,
        template_class: type[Template] | None = None,
    ) -> Template:
        if not isinstance(source, str) or globals or template_class:
            return super().from_string(source, globals, template_class)
        if source not in self._compiled:
            self._compiled[source] = super().from_string(source)
        return self._compiled[source]


_ENVIRONMENT = _Environment(autoescape=True, undefined=StrictUndefined, finalize=clean, cache_size=0)


@lru_cache(maxsize=256)
def _patched(source: str) -> str:
    return str(DocxTemplate.patch_xml(DocxTemplate(BytesIO()), source))


class _Cached(DocxTemplate):  # type: ignore[misc]
    """A template whose costly preparation is shared by all renderings of the process."""

    def patch_xml(self, src_xml: str) -> str:
        return _patched(src_xml)


#: Letters that read the same in every procedure, but for what was applied for.
SHARED = "shared"


def template_path(procedure: str, key: str) -> Path:
    """Where the template lies: with the procedure, else among the shared letters.

    Raises FileNotFoundError for a document nobody has drawn up.
    """
    if not (_NAME.fullmatch(procedure) and _NAME.fullmatch(key)):
        raise FileNotFoundError(f"no template {procedure}/{key}")
    for folder in (procedure, SHARED):
        path = TEMPLATES / folder / f"{key}.docx"
        if path.is_file():
            return path
    raise FileNotFoundError(f"no template {procedure}/{key}")


@lru_cache(maxsize=64)
def _template(procedure: str, key: str) -> tuple[bytes, str]:
    content = template_path(procedure, key).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


def template_version(procedure: str, key: str) -> str:
    """First 12 hex digits of the SHA-256 of the template as this process read it."""
    return _template(procedure, key)[1]


def built_in(procedure: str, key: str) -> bytes:
    """The template the system came with. Raises FileNotFoundError."""
    return _template(procedure, key)[0]


def version_of(content: bytes) -> str:
    """The name of a template: first 12 hex digits of its SHA-256, as documents print it."""
    return hashlib.sha256(content).hexdigest()[:12]


def placeholders(procedure: str, key: str) -> set[str]:
    """What the template the system came with prints."""
    return placeholders_of(_template(procedure, key)[0])


def placeholders_of(content: bytes) -> set[str]:
    """Every value a template prints, as dotted paths ("defects.*.basis"), headers and footers included.

    Raises TemplateError where the marks cannot be read, or do more than print.
    """
    document = _Cached(BytesIO(content))
    document.render_init()
    sources = [document.patch_xml(document.get_xml())]
    for uri in (document.HEADER_URI, document.FOOTER_URI):
        sources += [
            document.patch_xml(document.get_part_xml(part)) for _, part in document.get_headers_footers(uri)
        ]
    take_apart(document.docx)
    trees = [_ENVIRONMENT.parse(source) for source in sources]
    for tree in trees:
        refuse_cunning(tree)
    return set().union(*(names_in(tree) for tree in trees))


def render(procedure: str, key: str, context: Issued, template: bytes | None = None) -> bytes:
    """The document as .docx bytes; the same context and template give the same bytes.

    Args:
        template: the Word file to print on; None = the one the system came with.
    """
    return _steady(_package(procedure, key, context, template), {})


#: What is known last of a letter: its number, and the code over all that it says.
KNOWN_LAST = ("number", "check_code")


@dataclass(frozen=True)
class Printed:
    """A letter that is printed but for what is known last; marks nobody can guess stand where it will be.

    Printing takes a hundred times as long as filling in a number, and whoever has taken a number keeps everybody
    waiting who issues a letter of the same series.
    """

    package: Mapping[str, bytes]
    marks: Mapping[str, str]

    def completed(self, context: Issued) -> bytes:
        """The letter as `render` would make it of `context`, which differs in what was known last only."""
        return _steady(self.package, {mark: str(getattr(context, n)) for n, mark in self.marks.items()})


def printed(procedure: str, key: str, context: Issued, template: bytes | None = None) -> Printed:
    """The letter but for its number and check code, of which `context` need not know anything yet."""
    marks = {name: secrets.token_hex(16) for name in KNOWN_LAST}
    return Printed(_package(procedure, key, context.model_copy(update=marks), template), marks)


def _package(procedure: str, key: str, context: Issued, template: bytes | None) -> dict[str, bytes]:
    document = _Cached(BytesIO(template or _template(procedure, key)[0]))
    values = {name: _printed(document, name, getattr(context, name)) for name in type(context).model_fields}
    document.render(values, _ENVIRONMENT)
    _describe(document, context)
    _tell_pictures(document, context)
    parts = parts_of(document.docx)
    take_apart(document.docx)
    return parts


def _printed(document: Any, name: str, value: object) -> object:
    """A value as the template gets it: an address whose name begins with "qr_" becomes a QR code."""
    if not name.startswith(QR) or not isinstance(value, str) or not value:
        return value
    return InlineImage(document, BytesIO(qr.png(value)), width=Mm(28))


def _describe(document: Any, context: Issued) -> None:
    """Core properties: what an office's file search shows."""
    properties = document.docx.core_properties
    properties.title = type(context).DOCUMENT
    properties.subject = _printable(f"{context.case_no} {context.number}")[:255]
    properties.created = properties.modified = _issued(context.issued_on)
    name_office(document.docx, _printable(context.issuing_body)[:255])


def _issued(day: str) -> datetime:
    """The day of issue as it is printed, in Shanghai; noon, so that it is that day wherever it is read."""
    found = _DAY.fullmatch(day)
    if found is None:
        return _UNDATED
    year, month, date = (int(part) for part in found.groups())
    return datetime(year, month, date, 4, tzinfo=UTC)


def _tell_pictures(document: Any, context: Issued) -> None:
    """A QR code in words, for whoever hears the letter read out."""
    address = next((str(value) for name, value in context if name.startswith(QR) and value), "")
    for picture in document.docx.element.body.iter(qn("wp:docPr")) if address else ():
        if not picture.get("descr"):
            picture.set("name", "二维码")
            picture.set("descr", f"二维码，扫描后打开：{_printable(address)}")


def _steady(parts: Mapping[str, bytes], words: Mapping[str, str]) -> bytes:
    """The package with fixed times and order, `words` put in place of the marks."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(parts, key=lambda n: (n != "[Content_Types].xml", n)):
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, _with_words(parts[name], words))
    return out.getvalue()


def _with_words(part: bytes, words: Mapping[str, str]) -> bytes:
    """A part of the package with the words in it, in its own encoding."""
    for mark, word in words.items():
        if mark.encode() in part:
            part = part.replace(mark.encode(), _encoded(escape(_printable(word), quote=False), part))
    return part


def _encoded(word: str, part: bytes) -> bytes:
    declared = _ENCODING.match(part)
    if declared is None or declared.group(1).lower() == b"utf-8":
        return word.encode()
    return word.encode(declared.group(1).decode(), "xmlcharrefreplace")
