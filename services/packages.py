"""Uploaded files that would act when they are opened: Office packages with macros, PDF files with scripts.

No virus scanner: what is looked for is what a form, a certificate or a scanned page never needs.
"""

import io
import re
import zipfile

#: Together, unpacked.
UNPACKED_LIMIT = 500 * 1024 * 1024
MOST_PARTS = 5_000
_ACTIVE = ("vbaproject", "vbadata", "activex/", "macrosheets/", "dialogsheets/", "attachedtoolbars")
#: Parts and pages that Word and Excel would fetch from elsewhere as soon as the file is opened.
_FETCHED = re.compile(
    rb"relationships/(attachedtemplate|frame|subdocument|oleobject)\"[^>]*targetmode=\"external\""
    rb"|targetmode=\"external\"[^>]*relationships/(attachedtemplate|frame|subdocument|oleobject)\""
)
_PDF_ACTS = re.compile(rb"/(JavaScript|Launch)(?![A-Za-z0-9])")
_ENCRYPTED = 0x1


def is_office(content: bytes, part: str) -> bool:
    """A plain Office package: it has the part, nothing in it acts, and it does not unpack to a bomb."""
    if not content.startswith(b"PK"):
        return False  # something else in front of the package: another program would read another file
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return _whole(package, part) and not _acts(package)
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, RuntimeError, NotImplementedError):
        return False


def _whole(package: zipfile.ZipFile, part: str) -> bool:
    parts = package.infolist()
    names = [p.filename for p in parts]
    return (
        part in names
        and "[Content_Types].xml" in names
        and len(names) == len(set(names)) <= MOST_PARTS
        and sum(p.file_size for p in parts) <= UNPACKED_LIMIT
        and not any(p.flag_bits & _ENCRYPTED for p in parts)
        and not any(_climbs(name) for name in names)
    )


def _climbs(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name


def _acts(package: zipfile.ZipFile) -> bool:
    names = [n.lower() for n in package.namelist()]
    if any(a in n for a in _ACTIVE for n in names):
        return True
    types = _start(package, "[Content_Types].xml")
    return b"macroenabled" in types or any(
        _FETCHED.search(_start(package, n)) for n in package.namelist() if n.lower().endswith(".rels")
    )


def _start(package: zipfile.ZipFile, name: str) -> bytes:
    """The first megabyte of a part, in small letters; such parts are a few kilobytes."""
    with package.open(name) as part:
        return part.read(1024 * 1024).lower()


def is_pdf(content: bytes) -> bool:
    """A PDF file without scripts and without orders to start programs."""
    return content[:1024].lstrip().startswith(b"%PDF-") and _PDF_ACTS.search(content) is None
