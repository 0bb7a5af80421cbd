"""A timestamp authority's word (RFC 3161) that a daily root existed at a time; optional, kept beside the root's file.

The token covers the hash by which the next root names this one, so it covers the whole trail up to it.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlmodel import Session

from models.tables import AuditRoot
from services import audit_export, audit_seal, audit_verifier
from services.settings import settings

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

log = structlog.get_logger()
PATIENCE = 20.0
#: Roots without a token that are asked for in one go, and seconds between tries when the authority is not there.
AT_ONCE, PAUSE = 31, 300.0
_tried: dict[str, float] = {}


class NotStamped(Exception):
    """The authority gave no token, or one that does not hold; the words say why."""


def token_file(root: AuditRoot) -> Path:
    """Where the authority's answer lies: beside the daily file."""
    return audit_export.file_of(root).with_suffix(".tsr")


def stamp_missing(session: Session) -> list[int]:
    """Ask for a token for each of the newest roots that has none. Numbers of those stamped; none when it is off.

    An authority that is not there stops nothing: the root is asked for again after a pause.
    """
    address = settings().timestamp_url
    if not address or time.monotonic() - _tried.get(address, -PAUSE) < PAUSE:
        return []
    import httpx  # late, here and below: loading these takes a while, and few have an authority

    done: list[int] = []
    for root in audit_seal.roots(session)[-AT_ONCE:]:
        if token_file(root).exists():
            continue
        try:
            _keep(root, ask(address, _message(root)))
        except (NotStamped, httpx.HTTPError) as error:
            _tried[address] = time.monotonic()
            log.warning("timestamps.not_stamped", root=root.number, error=str(error)[:200])
            break
        done.append(root.number)
    return done


def _message(root: AuditRoot) -> bytes:
    """What is stamped: its SHA-256 is the root's own hash."""
    return f"{root.statement}\n{root.signature}".encode()


def _keep(root: AuditRoot, token: bytes) -> None:
    """Whole or not at all."""
    file = token_file(root)
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(".tsr.part")
    temporary.write_bytes(token)
    temporary.replace(file)
    file.chmod(0o440)


def ask(address: str, message: bytes) -> bytes:
    """A token of the authority over SHA-256 of the message.

    Raises:
        NotStamped: refused, or the token is not over this message, or not by an authority we trust.
        httpx.HTTPError: not reached.
    """
    import httpx
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    request = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = httpx.post(
        address,
        content=request.as_bytes(),
        headers={"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"},
        timeout=PATIENCE,
    )
    answer.raise_for_status()
    said = _decoded(answer.content)
    if said.tst_info.nonce != request.nonce:
        raise NotStamped("the answer is to another question")
    check(answer.content, message)
    return answer.content


def _decoded(token: bytes) -> "TimeStampResponse":
    from rfc3161_client import PKIStatus, decode_timestamp_response

    try:
        said = decode_timestamp_response(token)
    except ValueError as error:
        raise NotStamped("the answer is no timestamp response") from error
    if said.status not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
        raise NotStamped(f"refused: {said.status_string}")
    return said


def check(token: bytes, message: bytes) -> str:
    """When the authority saw the message (ISO 8601). Raises NotStamped when the token does not hold.

    With `PUHUI_TIMESTAMP_CA_FILE` the chain of the authority's certificate is checked, too.
    """
    from cryptography import x509
    from rfc3161_client import VerificationError, VerifierBuilder

    said = _decoded(token)
    trusted = settings().timestamp_ca_file
    if trusted is not None:
        roots = x509.load_pem_x509_certificates(trusted.read_bytes())
        builder = VerifierBuilder()
        for root in roots:
            builder = builder.add_root_certificate(root)
        try:
            builder.build().verify_message(said, message)
        except (VerificationError, ValueError) as error:
            raise NotStamped(f"the token does not hold: {error}") from error
    elif said.tst_info.message_imprint.message != _sha256(message):
        raise NotStamped("the token is over something else")
    return str(said.tst_info.gen_time.isoformat())


def _sha256(message: bytes) -> bytes:
    return bytes.fromhex(audit_verifier.sha(message))


def stamped_at(root: AuditRoot) -> str:
    """When the authority saw the root; "" without a token, "✗ …" for one that does not hold."""
    file = token_file(root)
    if not file.exists():
        return ""
    try:
        return check(file.read_bytes(), _message(root))
    except NotStamped as error:
        return f"✗ {error}"
