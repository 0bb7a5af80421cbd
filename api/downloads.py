"""Files on their way out: always as a download, with a name every browser understands."""

from urllib.parse import quote

from fastapi import Response


def download(content: bytes, filename: str, mime: str, sha256: str = "", *, inline: bool = False) -> Response:
    """The file as an answer; `inline` only for types a browser shows without running anything (PDF, pictures)."""
    plain = (
        "".join(c if c.isascii() and c not in '"\\' and c.isprintable() else "_" for c in filename) or "file"
    )
    way = "inline" if inline and mime in {"application/pdf", "image/png", "image/jpeg"} else "attachment"
    headers = {
        "Content-Disposition": f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}",
        "Cache-Control": "private, no-cache",
    }
    if sha256:
        headers["ETag"] = f'"{sha256}"'
    return Response(content, media_type=mime, headers=headers)
