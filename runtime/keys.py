"""Secrets made once for the embedded default and kept under the data directory, mode 600."""

import os
import secrets
from pathlib import Path

EASY = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else


def easy_password() -> str:
    """Three groups of four easy characters: 59 bits, and a person can type it."""
    return "-".join("".join(secrets.choice(EASY) for _ in range(4)) for _ in range(3))


def read_private(file: Path) -> str:
    """What the file holds, or an empty text."""
    return file.read_text(encoding="utf-8").strip() if file.exists() else ""


def write_private(file: Path, text: str) -> None:
    """Write a file only its owner can read, whole or not at all."""
    temporary = file.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text + "\n")
    temporary.replace(file)


def kept(file: Path, fallback: str) -> str:
    """The secret kept in the file; the first time ``fallback`` is written there."""
    text = read_private(file)
    if not text:
        text = fallback
        write_private(file, text)
    return text


def secret_key(data_dir: Path) -> str:
    """The key that signs sessions, made once."""
    return kept(data_dir / "secret_key", secrets.token_urlsafe(48))


def demo_password(data_dir: Path, wanted: str) -> str:
    """The password the demo accounts were given: ``wanted`` or a random one, fixed the first time.

    A later wish does not change it, because the accounts keep the password they were made with.
    """
    return kept(data_dir / "demo_password", wanted or easy_password())
