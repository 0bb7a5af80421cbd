"""Signing in at a portal (OpenID Connect): authorization code with PKCE, the id token verified."""

import secrets
import time
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlmodel import Session, select

from models.tables import User
from models.vocabulary.text import Text
from services.settings import settings

SECONDS = 10.0
KEEP_METADATA = 600.0
SLACK = 60  # seconds our clocks may differ
SIGNATURES = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "ES256",
    "ES384",
    "EdDSA",
]  # never "none", never shared secrets


class PortalTrouble(Exception):
    """The portal could not be reached, or what it said does not hold."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


UNREACHABLE = Text(
    "The portal does not answer. Try again later or sign in with a password.",
    "统一身份认证平台暂时无法访问，请稍后再试，或使用用户名和密码登录。",
)
REFUSED = Text("The portal did not confirm the sign-in.", "统一身份认证平台未确认本次登录，请重新登录。")
DOUBTFUL = Text(
    "The portal's answer could not be verified.", "统一身份认证平台返回的信息未通过校验，登录已终止。"
)


@dataclass(frozen=True)
class Errand:
    """Where to send the browser, and what must come back with it."""

    url: str
    secrets: dict[str, str]  # state, nonce, verifier


@dataclass(frozen=True)
class Identity:
    """Who the portal says it is."""

    subject: str
    username: str
    name: str


@dataclass
class _Metadata:
    issuer: str
    until: float
    data: dict[str, Any]


_known: list[_Metadata] = []


def is_on() -> bool:
    """Whether a portal is set."""
    return bool(settings().oidc_issuer)


def metadata() -> dict[str, Any]:
    """What the portal says of itself, kept for ten minutes. Raises PortalTrouble."""
    issuer = settings().oidc_issuer.rstrip("/")
    for known in _known:
        if known.issuer == issuer and known.until > time.monotonic():
            return known.data
    data = _get(f"{issuer}/.well-known/openid-configuration")
    told = [data.get(key) for key in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if str(data.get("issuer", "")).rstrip("/") != issuer or not all(told):
        raise PortalTrouble(DOUBTFUL)
    _known[:] = [_Metadata(issuer, time.monotonic() + KEEP_METADATA, data)]
    return data


def _get(address: str) -> dict[str, Any]:
    import httpx  # late, here and below: loading these takes a while, and few have a portal

    try:
        answer = httpx.get(address, timeout=SECONDS).raise_for_status()
        data = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise PortalTrouble(UNREACHABLE) from error
    if not isinstance(data, dict):
        raise PortalTrouble(DOUBTFUL)
    return data


@cache
def _library() -> Any:
    """Authlib's client."""
    with warnings.catch_warnings():  # Authlib speaks of a successor of httpx that is not needed here
        import authlib.deprecate  # noqa: F401 - sets a filter of its own, which the next line overrules

        warnings.simplefilter("ignore")
        from authlib.integrations.httpx_client import OAuth2Client
    return OAuth2Client


def _client(callback: str) -> Any:
    own = settings()
    return _library()(
        own.oidc_client_id,
        own.oidc_client_secret,
        scope="openid profile",
        redirect_uri=callback,
        code_challenge_method="S256",
        timeout=SECONDS,
    )


def begin(callback: str) -> Errand:
    """Start a sign-in that ends at `callback`. Raises PortalTrouble."""
    verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    with _client(callback) as client:
        url, state = client.create_authorization_url(
            metadata()["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
    return Errand(str(url), {"state": str(state), "nonce": nonce, "verifier": verifier})


def finish(pending: dict[str, str], answered: dict[str, str], callback: str) -> Identity:
    """The identity behind what the browser brought back.

    Args:
        pending: the secrets of `begin`.
        answered: query of the call-back address: code and state, or error.

    Raises:
        PortalTrouble: refused, forged, unreachable.
    """
    if not secrets.compare_digest(answered.get("state", "").encode(), pending["state"].encode()):
        raise PortalTrouble(DOUBTFUL)
    if "code" not in answered:
        raise PortalTrouble(REFUSED)
    claims = _verified(_fetch(answered["code"], pending, callback), pending["nonce"])
    username = str(claims.get(settings().oidc_username_claim) or "")
    return Identity(str(claims["sub"]), username, str(claims.get("name") or username))


def _fetch(code: str, pending: dict[str, str], callback: str) -> str:
    import httpx
    from authlib.common.errors import AuthlibBaseError

    try:
        with _client(callback) as client:
            token = client.fetch_token(
                metadata()["token_endpoint"], code=code, code_verifier=pending["verifier"]
            )
    except httpx.HTTPError as error:
        raise PortalTrouble(UNREACHABLE) from error
    except AuthlibBaseError as error:
        raise PortalTrouble(REFUSED) from error
    except (ValueError, TypeError) as error:  # no JSON, or none of a token
        raise PortalTrouble(DOUBTFUL) from error
    if not isinstance(token, dict):
        raise PortalTrouble(DOUBTFUL)
    return str(token.get("id_token") or "")


def _verified(id_token: str, nonce: str) -> dict[str, Any]:
    """The claims, if signature, issuer, audience, times and nonce hold."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    known = _get(metadata()["jwks_uri"])
    rules = jwt.JWTClaimsRegistry(
        leeway=SLACK,
        iss={"essential": True, "value": metadata()["issuer"]},
        sub={"essential": True},
        aud={"essential": True, "value": settings().oidc_client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        keys = KeySet.import_key_set(known)  # type: ignore[arg-type]
        claims = jwt.decode(id_token, keys, algorithms=SIGNATURES).claims
        rules.validate(claims)
    except (JoseError, ValueError, TypeError, LookupError, AttributeError) as error:  # keys may be anything
        raise PortalTrouble(DOUBTFUL) from error
    return claims


def account_of(session: Session, identity: Identity) -> User | None:
    """The account of an identity: the one bound to it, else the one its claim names, which is bound now.

    An account that belongs to another identity, or is switched off, is nobody's.
    """
    bound = session.exec(select(User).where(User.oidc_subject == identity.subject)).first()
    if bound is not None:
        return bound if bound.active else None
    if not identity.username:
        return None
    named = session.exec(select(User).where(User.username == identity.username).with_for_update()).first()
    if named is None or not named.active or named.oidc_subject is not None:
        return None
    named.oidc_subject = identity.subject
    return named
