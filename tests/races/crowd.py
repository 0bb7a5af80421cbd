"""Many people at once over HTTP: every request has a moment, all of one moment leave together; and what losers are told."""

import asyncio
import re
import ssl
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

Json = dict[str, Any]
#: One for all: hundreds of clients would each read the certificates of the world.
_PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_CHINESE = re.compile(r"[\u4e00-\u9fff]{4,}")


@dataclass(frozen=True)
class Act:
    """One request of one person.

    Args:
        token: bearer token; or `cookie` for a browser.
        at: instant (`time.time()`) at which it leaves; 0 is at once.
        then: what the person does next where this one succeeds.
    """

    token: str
    path: str
    json: Json | None = None
    form: Json | None = None
    key: str = ""
    cookie: str = ""
    at: float = 0.0
    method: str = "POST"
    then: "Act | None" = None

    def headers(self) -> dict[str, str]:
        """Who is asking."""
        who = (
            {"Cookie": f"{self.cookie}; lang=zh"}
            if self.cookie
            else {"Authorization": f"Bearer {self.token}"}
        )
        return who | ({"Idempotency-Key": self.key} if self.key else {})


@dataclass
class Told:
    """What somebody was answered. `kind`: of the refusal; empty when they won."""

    act: Act
    status: int
    kind: str
    body: Json = field(repr=False)
    text: str = field(repr=False)
    seconds: float = 0.0

    @property
    def won(self) -> bool:
        return 200 <= self.status < 400


class Crowd:
    """Everybody has a line of their own: one pool for all closes lines it has just lent (encode/httpcore#1110)."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.told: list[Told] = []

    def at_once(self, acts: Sequence[Act]) -> list[Told]:
        """Send all acts; the answers in the same order."""
        return asyncio.run(self._all([[a] for a in acts]))

    def walk(self, ways: Iterable[Sequence[Act]]) -> list[Told]:
        """Each person does their own acts one after the other, all people at once."""
        return asyncio.run(self._all(list(ways)))

    async def _all(self, ways: list[Sequence[Act]]) -> list[Told]:
        found = await asyncio.gather(*(self._one(way) for way in ways))
        told = [t for part in found for t in part]
        self.told += told
        return told

    async def _one(self, way: Sequence[Act]) -> list[Told]:
        told = []
        async with httpx.AsyncClient(
            base_url=self.address, timeout=60, trust_env=False, verify=_PLAIN, follow_redirects=False
        ) as client:
            for act in way:
                told.append(await self._send(client, act))
                if act.then is not None and told[-1].won:
                    told.append(await self._send(client, act.then))
        return told

    async def _send(self, client: httpx.AsyncClient, act: Act) -> Told:
        if act.at:
            await asyncio.sleep(max(0.0, act.at - time.time()))
        began = time.monotonic()
        try:
            answer = await client.request(
                act.method, act.path, json=act.json, data=act.form, headers=act.headers()
            )
        except httpx.TransportError as error:  # nobody was told anything: the worst answer of all
            return Told(act, 0, "", {}, f"{type(error).__name__} {error}", time.monotonic() - began)
        body = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        kind = str(body.get("kind", "")) if answer.is_error else ""
        return Told(act, answer.status_code, kind, body, answer.text, time.monotonic() - began)


def statuses(told: Iterable[Told]) -> dict[int, int]:
    """How often each status was answered."""
    return dict(sorted(Counter(t.status for t in told).items()))


def told_properly(told: Iterable[Told]) -> None:
    """Whoever lost has a 409 that says in Chinese what happened: a problem document, or a page for a browser."""
    for answer in told:
        if answer.won:
            continue
        assert answer.status == 409, (answer.act.path, answer.status, answer.text[:400])
        if answer.act.cookie:
            assert _CHINESE.search(answer.text), answer.text[:400]
            continue
        assert answer.kind in {"taken", "reassigned", "ended", "case_ended", "changed", "busy"}, answer.body
        assert _CHINESE.search(answer.body["title"]), answer.body
        assert _CHINESE.search(answer.body["detail"]), answer.body
        assert answer.body["type"] == f"urn:puhui:problem:{answer.kind}"
