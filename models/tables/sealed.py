"""Columns that keep personal data unreadable at rest (M10): sealed on the way in, opened on the way out.

AES-256-GCM under keys that stay outside the database, asked of whoever has told `keys_from`. The first
key seals, every key opens, so keys are changed by putting a new one in front. Rows written before sealing read as
they stand.
"""

import base64
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

from models.procedures import PROCEDURES
from models.vocabulary.forms import Form, inner_group

MARK = "sealed:"
MAGIC = b"PUHUI-SEALED-1\n"
_NONCE = 12


class CannotOpen(RuntimeError):
    """Sealed under a key that this process does not have, or damaged."""


class Cipher:
    """Seals under the first secret and opens under any.

    Args:
        secrets: texts of any length; each becomes a key of 256 bits.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        keys = [hashlib.sha256(b"puhui/data-at-rest/" + s.encode()).digest() for s in secrets]
        self._named = {hashlib.sha256(b"name/" + k).digest()[:4]: AESGCM(k) for k in keys}
        self._first = next(iter(self._named))

    def seal(self, content: bytes) -> bytes:
        """Key name, nonce and sealed content."""
        nonce = os.urandom(_NONCE)
        return self._first + nonce + self._named[self._first].encrypt(nonce, content, None)

    def open(self, sealed: bytes) -> bytes:
        """The content. Raises CannotOpen."""
        key = self._named.get(sealed[:4])
        if key is None:
            raise CannotOpen("sealed under a key that is not among PUHUI_DATA_KEYS")
        try:
            return key.decrypt(sealed[4 : 4 + _NONCE], sealed[4 + _NONCE :], None)
        except InvalidTag as error:
            raise CannotOpen("sealed data is damaged") from error


class _Keys:
    """Where the secrets come from; none until somebody says."""

    secrets: Callable[[], Sequence[str]] = staticmethod(lambda: ())


def keys_from(secrets: Callable[[], Sequence[str]]) -> None:
    """Ask `secrets` for the secrets whenever something is sealed or opened; an empty answer leaves sealing off."""
    _Keys.secrets = staticmethod(secrets)


def _cipher() -> Cipher | None:
    secrets = tuple(_Keys.secrets())
    return _made(secrets) if secrets else None


@lru_cache(maxsize=8)
def _made(secrets: tuple[str, ...]) -> Cipher:
    return Cipher(secrets)


def seal_text(value: str) -> str:
    """A text as it is kept."""
    cipher = _cipher()
    if cipher is None or not value:
        return value
    return MARK + base64.b64encode(cipher.seal(value.encode())).decode()


def open_text(value: str) -> str:
    """A kept text as it was typed. Raises CannotOpen."""
    if not value.startswith(MARK):
        return value
    try:
        sealed = base64.b64decode(value.removeprefix(MARK), validate=True)
    except ValueError:
        return value  # typed by somebody before sealing began
    return _needed().open(sealed).decode()


def seal_file(content: bytes) -> bytes:
    """The bytes of a file as they are kept."""
    cipher = _cipher()
    return MAGIC + cipher.seal(content) if cipher else content


def open_file(kept: bytes) -> bytes:
    """A kept file as it was. Raises CannotOpen."""
    if not kept.startswith(MAGIC):
        return kept
    return _needed().open(kept.removeprefix(MAGIC))


def _needed() -> Cipher:
    cipher = _cipher()
    if cipher is None:
        raise CannotOpen("sealed, and no key is set")
    return cipher


@lru_cache(maxsize=1)
def personal_names() -> frozenset[str]:
    """Names of the fields that any form of any procedure marks as personal."""
    forms = [f for spec in PROCEDURES.values() for f in (spec.form, *(t.form for t in spec.tasks))]
    return frozenset(name for form in forms for name in _personal(form))


def _personal(form: type[Form]) -> Iterator[str]:
    for name, info in form.model_fields.items():
        extra = info.json_schema_extra
        if isinstance(extra, dict) and extra.get("personal"):
            yield name
        group, _ = inner_group(info.annotation)
        if group is not None:
            yield from _personal(group)


class SealedText(TypeDecorator[str]):
    """A text nobody can read at rest, nor search for."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return seal_text(value) if value else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return open_text(value) if value else value


class SealedForm(TypeDecorator[Any]):
    """JSON of a form whose personal fields are sealed, also where they stand in a list of changes by path."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return _walk(value, seal_text)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return _walk(value, open_text)


def _walk(value: Any, turn: Any) -> Any:
    """A copy with every personal text turned; what holds none is handed back as it is."""
    if isinstance(value, list):
        return [_walk(v, turn) for v in value]
    if not isinstance(value, dict):
        return value
    names = personal_names()
    said = "value" if str(value.get("path", "")).rpartition(".")[2] in names else ""
    return {k: _turned(v, turn) if k in names or k == said else _walk(v, turn) for k, v in value.items()}


def _turned(value: Any, turn: Any) -> Any:
    return turn(value) if isinstance(value, str) else _walk(value, turn)
