"""A small but real OpenID Connect provider: discovery, authorization code with PKCE, signed tokens, keys."""

import base64
import contextlib
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI, Form, Header, HTTPException
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "puhui", "client-secret"


@dataclass
class Provider:
    """Who comes next, and which lie the provider tells about it."""

    address: str
    subject: str = "subject-1"
    claims: dict[str, Any] = field(default_factory=dict)
    lie: dict[str, Any] = field(default_factory=dict)
    foreign_key: bool = False
    denies: bool = False
    odd: dict[str, Any] = field(default_factory=dict)  # what is said instead: by discovery, token, keys
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    other: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": self.subject,
            "nonce": nonce,
            "iat": now,
            "exp": now + 300,
        }
        key = self.other if self.foreign_key else self.key
        return jwt.encode({"alg": "RS256", "kid": "one"}, {**claims, **self.claims, **self.lie}, key)


def application(provider: Provider) -> FastAPI:
    """The provider's own web application."""
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    def discovery() -> Any:
        at = provider.address
        return provider.odd.get("discovery") or {
            "issuer": at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    @app.get("/authorize")
    def authorize(
        client_id: str,
        redirect_uri: str,
        state: str,
        nonce: str,
        scope: str,
        response_type: str,
        code_challenge: str,
        code_challenge_method: str,
    ) -> RedirectResponse:
        if (client_id, response_type, code_challenge_method) != (
            CLIENT,
            "code",
            "S256",
        ) or "openid" not in scope.split():
            raise HTTPException(400)
        if provider.denies:
            return RedirectResponse(
                f"{redirect_uri}?{urlencode({'error': 'access_denied', 'state': state})}", 302
            )
        code = secrets.token_urlsafe(8)
        provider.codes[code] = {"nonce": nonce, "challenge": code_challenge, "redirect_uri": redirect_uri}
        return RedirectResponse(f"{redirect_uri}?{urlencode({'code': code, 'state': state})}", 302)

    @app.post("/token")
    def token(
        code: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
        authorization: Annotated[str, Header()] = "",
    ) -> Any:
        known = provider.codes.pop(code, None)
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = (
            base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).decode().rstrip("=")
        )
        if known is None or known["redirect_uri"] != redirect_uri or known["challenge"] != digest:
            raise HTTPException(400)
        if authorization != f"Basic {expected}":
            raise HTTPException(401)
        return provider.odd.get("token") or {
            "access_token": "at",
            "token_type": "Bearer",
            "expires_in": 60,
            "id_token": provider.id_token(known["nonce"]),
        }

    @app.get("/keys")
    def keys() -> Any:
        return provider.odd.get("keys") or KeySet([provider.key]).as_dict(private=False)

    return app


@contextlib.contextmanager
def running() -> Iterator[Provider]:
    """A provider on a free port for the length of a with-block."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        provider = Provider(f"http://127.0.0.1:{listener.getsockname()[1]}")
        server = uvicorn.Server(uvicorn.Config(application(provider), log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield provider
        server.should_exit = True
        thread.join(5)
