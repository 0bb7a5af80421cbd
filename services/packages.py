"""Uploaded files that would act when they are opened: Office packages with macros, PDF files with scripts.

No virus scanner: what is looked for is what a form, a certificate or a scanned page never needs.
"""

import io
import re
import zipfile
import zlib
from xml.parsers import expat

#: Together, unpacked.
UNPACKED_LIMIT = 500 * 1024 * 1024
MOST_PARTS = 5_000
#: Parts that say what a package consists of have a few kilobytes each; together they are read before anybody looks.
LARGEST_LIST, ALL_LISTS = 1024 * 1024, 8 * 1024 * 1024
_ACTIVE = ("vbaproject", "vbadata", "activex/", "macrosheets/", "dialogsheets/", "attachedtoolbars")
#: What Word and Excel would fetch from elsewhere as soon as the file is opened, telling the other side who opens it.
_FETCHED = frozenset({"attachedtemplate", "frame", "subdocument", "oleobject", "afchunk", "image"})
_PDF_ACTS = re.compile(rb"/(JavaScript|Launch)(?![A-Za-z0-9])")
_ENCRYPTED = 0x1
_DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, ValueError, KeyError, RuntimeError, NotImplementedError)


def is_office(content: bytes, part: str) -> bool:
    """A plain Office package: it has the part, nothing in it acts, and it does not unpack to a bomb."""
    if not content.startswith(b"PK"):
        return False  # something else in front of the package: another program would read another file
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return _whole(package, part) and not acts(package)
    except _DAMAGED:
        return False


def unpacked(content: bytes) -> int:
    """How many bytes a package says it unpacks to; none where it is no package."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return sum(part.file_size for part in package.infolist())
    except _DAMAGED:
        return 0


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


def acts(package: zipfile.ZipFile) -> bool:
    """Would it run something, or fetch something from elsewhere? So does what cannot be read: nobody knows."""
    names = package.namelist()
    if any(a in n.lower() for a in _ACTIVE for n in names):
        return True
    lists = [i for i in package.infolist() if i.filename.lower().endswith((".rels", "[content_types].xml"))]
    if sum(i.file_size for i in lists) > ALL_LISTS or any(i.file_size > LARGEST_LIST for i in lists):
        return True
    try:
        return any(_acting(told) for i in lists for told in _entries(package.read(i)))
    except expat.ExpatError:
        return True


def _acting(entry: dict[str, str]) -> bool:
    """A part of a kind that runs, or one that is fetched."""
    kind = entry.get("Type", "").rpartition("/")[2].lower()
    outside = entry.get("TargetMode", "").lower() == "external"
    return (outside and kind in _FETCHED) or "macroenabled" in entry.get("ContentType", "").lower()


def _entries(content: bytes) -> list[dict[str, str]]:
    """The attributes of every element. Raises ExpatError for what is no XML, or brings entities of its own."""
    found: list[dict[str, str]] = []

    def refuse(*_: object) -> None:
        raise expat.ExpatError("entities of its own")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda _, attributes: found.append(attributes)
    parser.Parse(content, True)
    return found


def is_pdf(content: bytes) -> bool:
    """A PDF file without scripts and without orders to start programs."""
    return content[:1024].lstrip().startswith(b"%PDF-") and _PDF_ACTS.search(content) is None
