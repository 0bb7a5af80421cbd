"""Files outside the web root and outside the database, kept under their sha256."""

import hashlib
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlparse

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from models.vocabulary.errors import NotKept
from models.vocabulary.text import Text
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


#: What the operating system says of a full disk, and of a share that is used up.
_FULL = ("StorageFull", "os error 28", "os error 122", "QuotaExceeded")
FULL = Text(
    "The storage for files is full. The file was not kept and nothing was changed; please tell the administrator "
    "and try again later.",
    "文件存储空间已满，文件未保存，本次操作未生效。请联系系统管理员，稍后重试。",
)
AWAY = Text(
    "The storage for files does not answer. The file was not kept and nothing was changed; please try again later.",
    "文件存储暂时无法访问，文件未保存，本次操作未生效。请稍后重试。",
)


def _path(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def put(content: bytes) -> str:
    """Keep `content`, sealed; the same bytes are kept once. Returns its sha256 (hex).

    Raises NotKept when there is no room, or no answer: the caller's transaction is undone with it.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        obstore.put(store(settings().blob_address), _path(sha256), seal_file(content))
    except (BaseError, OSError) as error:
        raise NotKept(why(str(error))) from error
    return sha256


def why(said: str) -> Text:
    """What the store's own words mean to the person who waits."""
    return FULL if any(sign in said for sign in _FULL) else AWAY


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
