"""Files outside the web root and outside the database, kept under their sha256."""

import hashlib
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlparse

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

from services.sealing import open_file, seal_file
from services.settings import settings


@lru_cache
def store(address: str) -> ObjectStore:
    """The store behind a file:// or s3:// address."""
    if address.startswith("file:"):
        folder = Path(unquote(urlparse(address).path))
        folder.mkdir(parents=True, exist_ok=True)
        return LocalStore(folder)
    return from_url(address)


def _path(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def put(content: bytes) -> str:
    """Keep `content`, sealed; the same bytes are kept once. Returns its sha256 (hex)."""
    sha256 = hashlib.sha256(content).hexdigest()
    obstore.put(store(settings().blob_address), _path(sha256), seal_file(content))
    return sha256


def get(sha256: str) -> bytes:
    """The bytes, checked against their name. Raises OSError when they are damaged."""
    content = open_file(bytes(obstore.get(store(settings().blob_address), _path(sha256)).bytes()))
    if hashlib.sha256(content).hexdigest() != sha256:
        raise OSError(f"file {sha256} is damaged")
    return content


def has(sha256: str) -> bool:
    """Is there such a file?"""
    try:
        obstore.head(store(settings().blob_address), _path(sha256))
    except FileNotFoundError:
        return False
    return True
