"""Files on their way out: always as a download, with a name every browser understands, and written down (M10)."""

from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import StreamingResponse

from services import audit_reading
from services.access import Actor
from services.session import transaction


def download(content: bytes, filename: str, mime: str, sha256: str = "", *, inline: bool = False) -> Response:
    """The file as an answer; `inline` only for types a browser shows without running anything (PDF, pictures)."""
    way = "inline" if inline and mime in {"application/pdf", "image/png", "image/jpeg"} else "attachment"
    headers = {"Content-Disposition": _named(way, filename), "Cache-Control": "private, no-store"}
    if sha256:
        headers["ETag"] = f'"{sha256}"'
    return Response(content, media_type=mime, headers=headers)


def streamed(file: IO[bytes], filename: str, mime: str) -> Response:
    """A file that was written for this answer, sent from where it lies and closed afterwards."""
    headers = {"Content-Disposition": _named("attachment", filename), "Cache-Control": "private, no-store"}
    return StreamingResponse(_parts(file), media_type=mime, headers=headers)


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while part := file.read(65_536):
            yield part


def _named(way: str, filename: str) -> str:
    """The header that names a file, in plain letters too."""
    plain = (
        "".join(c if c.isascii() and c not in '"\\' and c.isprintable() else "_" for c in filename) or "file"
    )
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def kept(me: Actor, what: str, **data: Any) -> None:
    """Write down, before the first byte leaves, that somebody takes something away. A transaction of its own."""
    with transaction() as session:
        audit_reading.exported(session, me, what, data)
