#!/usr/bin/env python3
"""Verifies an export of the audit trail. Stands alone: this one file and Python 3.11, no other part of Puhui.

    python audit_verifier.py FILE… [--key HEX | --key FILE] [--root N]

A file NAME.tsr beside NAME.jsonl is a timestamp (RFC 3161) of its newest root: that it is over this root, and its
time, are read here; the authority's signature is checked with `openssl ts -verify`, as the report says.

The export is JSON Lines, every line canonical JSON (sorted keys, no spaces):

    1. header   format, version, kind (full | day | case), root (number of the newest), public_key
    2. root     one a line, from number 1: statement (the signed text) and Ed25519 signature
    3. chain    one a line, sorted: count and head (last hash) at the root, and at the root the file begins after;
                the leaf of the tree they give, and the chain before it, so that a forged or lost one has a name
    4. event    sorted by chain and number: everything its SHA-256 `hash` covers, `prev` the hash before it
    5. end      how many events there are, and the last chain

Version 1 (before leaves were written down) is read as well. A line that is damaged is named, and the rest is read on.

A root signs the Merkle tree (RFC 6962 hashing) over (chain, count, head) of all chains and names the root before.
What the file alone cannot show is that newer roots exist, or whose key it is: give --root and --key for that.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

FORMAT = "puhui-audit"
ROOT_FORMAT = "puhui-audit-root/1"
SYSTEM = "00000000-0000-0000-0000-000000000000"
HEX = re.compile(r"[0-9a-f]{64}")
BODY = [
    "at",
    "case",
    "data",
    "event",
    "ip",
    "on_behalf",
    "prev",
    "public",
    "rests_on",
    "role",
    "seq",
    "stage",
    "task",
    "user",
]
WINDOW = 20_000  # events of one chain kept in mind
MOST = 200  # findings listed; more are only counted
RUN = 50  # so many events missing in a row are one finding
LISTED = 10  # lines written another way that are listed; more are only counted

#: What can be wrong, in the words of an office: (Chinese, English).
WORDS = {
    "changed": ("内容被改动", "content was changed"),
    "inserted": ("插入了记录", "an event was inserted"),
    "deleted": ("删除了记录", "an event was deleted"),
    "reordered": ("记录次序被调换", "events were reordered"),
    "cut_off": ("末尾被截去", "the end was cut off"),
    "rewritten": ("从某处起被整体重写", "rewritten from some point on"),
    "chain_removed": ("整条记录链被移除", "a whole chain was removed"),
    "chain_added": ("混入了未签名的记录链", "a chain was added that no root covers"),
    "root_replaced": ("签名根被替换", "a root was replaced"),
    "root_missing": ("缺少签名根", "a root is missing"),
    "signature_forged": ("签名不成立", "a signature does not hold"),
    "other_key": ("不是约定的密钥", "signed with another key"),
    "format": ("文件格式被破坏", "the file is damaged"),
    "timestamp": ("时间戳与签名根不符", "the timestamp is not of this root"),
}


def canonical(value: Any) -> bytes:
    """The one way to write a value: the same bytes for the same content."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# ---- Merkle tree -----------------------------------------------------------------------------------


def leaf(chain: str, count: int, head: str) -> bytes:
    return hashlib.sha256(b"\0" + f"{chain} {count} {head}".encode()).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def merkle(leaves: list[bytes]) -> str:
    """The root in hex; an odd node at the end of a level moves up as it is."""
    level = leaves or [hashlib.sha256(b"").digest()]
    while len(level) > 1:
        level = [
            _node(*level[i : i + 2]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)
        ]
    return level[0].hex()


def path_of(leaves: list[bytes], index: int) -> list[str]:
    """What proves that one leaf lies under the root: the neighbours on its way up, "L…" or "R…"."""
    path, level = [], leaves
    while len(level) > 1:
        other = index ^ 1
        if other < len(level):
            path.append(("L" if other < index else "R") + level[other].hex())
        level = [
            _node(*level[i : i + 2]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)
        ]
        index //= 2
    return path


def climb(start: bytes, path: list[str]) -> str:
    for step in path:
        other = bytes.fromhex(step[1:])
        start = _node(other, start) if step[0] == "L" else _node(start, other)
    return start.hex()


# ---- Ed25519 (RFC 8032), for machines without the library ------------------------------------------

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def _add(a: Point, b: Point) -> Point:
    x, y = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = y - x, d - c, d + c, y + x
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(n: int, point: Point) -> Point:
    out: Point = (0, 1, 1, 0)
    while n:
        if n & 1:
            out = _add(out, point)
        point, n = _add(point, point), n >> 1
    return out


def _x_of(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P:
        return None
    return P - x if (x & 1) != sign else x


def _point(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    y = number & ((1 << 255) - 1)
    x = _x_of(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % P)


_GY = 4 * pow(5, P - 2, P) % P
_GX = _x_of(_GY, 0) or 0
G: Point = (_GX, _GY, 1, _GX * _GY % P)


def _same(a: Point, b: Point) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def pure_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Does the Ed25519 signature hold?"""
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r, s = _point(public), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    return _same(_times(s, G), _add(r, _times(h, a)))


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """The same by the library where there is one, else by the lines above."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return pure_verify(public, message, signature)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# ---- findings --------------------------------------------------------------------------------------


@dataclass
class Finding:
    """Something that does not fit. `kind` is a key of WORDS; `chain` and `seq` say where, as far as known."""

    kind: str
    where: str
    chain: str = ""
    seq: int | None = None
    case_no: str = ""


@dataclass
class Report:
    """What a verification came to."""

    kind: str = ""
    events: int = 0
    chains: int = 0
    root: int = 0
    root_at: str = ""
    first_at: str = ""
    last_at: str = ""
    uncovered: int = 0
    stamped: str = ""
    key: str = ""
    roots: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    rewritten_lines: int = 0
    names: dict[str, str] = field(default_factory=dict)

    @property
    def intact(self) -> bool:
        return not self.findings

    def found(self, kind: str, where: str, chain: str = "", seq: int | None = None) -> None:
        if len(self.findings) < MOST:
            self.findings.append(Finding(kind, where, chain, seq, self.names.get(chain, "")))
        else:
            self.more += 1


class Damaged(Exception):
    """The file cannot be read on; the rest of it proves nothing."""


# ---- roots -----------------------------------------------------------------------------------------


def link(statement: str, signature: str) -> str:
    """How the next root names this one."""
    return sha(f"{statement}\n{signature}".encode())


def check_roots(lines: list[dict[str, Any]], public: str, report: Report) -> list[dict[str, Any]]:
    """The statements in order; every signature, number and link is checked."""
    out, before = [], ""
    fingerprint = sha(bytes.fromhex(public))[:32]
    for place, line in enumerate(lines, 1):
        said = _statement(line["statement"])
        number = said.get("number")
        name = f"root {number}"
        good = re.fullmatch(r"[0-9a-f]{128}", line["signature"])
        signature = bytes.fromhex(line["signature"]) if good else b""
        if not signed(bytes.fromhex(public), line["statement"].encode(), signature):
            report.found("signature_forged", f"{name}: its signature does not fit its statement and the key")
        elif said.get("key") != fingerprint:
            report.found("other_key", f"{name}: names another key")
        if number != place:
            report.found("root_missing", f"root {place} should stand where {name} stands")
        elif said.get("previous") != before:
            report.found(
                "root_replaced", f"{name} names another predecessor than root {place - 1} in this file"
            )
        before = link(line["statement"], line["signature"])
        report.roots.append(before)
        out.append(said)
    return out


def _statement(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    known = isinstance(said, dict) and said.get("format") == ROOT_FORMAT
    return said if known and all(type(said.get(k)) is int for k in ("number", "chains", "events")) else {}


# ---- one chain ---------------------------------------------------------------------------------------


@dataclass
class Ends:
    """Where the events of a chain in the file begin and end, as the roots say."""

    before: int
    before_head: str
    count: int
    head: str
    path: list[str] | None = None


@dataclass(slots=True)
class Seen:
    """One event as the second look keeps it."""

    seq: int
    prev: str
    hash: str
    whole: bool  # its content has this hash
    line: int


class Walk:
    """One chain event by event; cheap while all fits, else every event is kept for the explanation."""

    def __init__(self, chain: str, ends: Ends | None, open_end: bool) -> None:
        self.chain, self.ends, self.open_end = chain, ends, open_end
        self.seq, self.head = (ends.before, ends.before_head) if ends else (0, "")
        self.seen: list[Seen] = []
        self.fits = True
        self.signed_head_met = ends is not None and ends.count == ends.before

    def step(self, event: dict[str, Any], line: int) -> None:
        if self.fits and self.ends and len(self.seen) > WINDOW:  # what fits is not needed for an explanation
            self.ends.before, self.ends.before_head, self.seen = self.seq, self.head, []
        body = {k: event[k] for k in BODY}
        mark = Seen(event["seq"], event["prev"], event["hash"], sha(canonical(body)) == event["hash"], line)
        right_case = event["case"] == ("" if self.chain == SYSTEM else self.chain)
        if not (mark.whole and right_case and mark.seq == self.seq + 1 and mark.prev == self.head):
            self.fits = False
        mark.whole = mark.whole and right_case
        self.seen.append(mark)
        self.seq, self.head = mark.seq, mark.hash
        if self.ends and self.seq == self.ends.count and self.head == self.ends.head:
            self.signed_head_met = True

    def finish(self, report: Report) -> None:
        """Say what is wrong with the chain, if anything is."""
        if self.ends is None:
            report.found("chain_added", f"chain {self.chain}: no root knows it", self.chain)
            return
        complete = self.signed_head_met and (self.open_end or self.seq == self.ends.count)
        if self.fits and complete:
            report.uncovered += self.seq - self.ends.count
            return
        if not self.seen and self.seq == 0:
            report.found("chain_removed", f"chain {self.chain}: none of its events is there", self.chain)
            return
        known = len(report.findings) + report.more
        explain(self.chain, self.seen, self.ends, self.open_end, report)
        if len(report.findings) + report.more == known:
            report.found("rewritten", f"chain {self.chain}: does not end as the root says", self.chain)


def explain(chain: str, seen: list[Seen], ends: Ends, open_end: bool, report: Report) -> None:
    """Name every place where the chain is broken."""
    last = ends.count if not open_end else max(ends.count, *(s.seq for s in seen))
    order = _sorted_marks(chain, seen, ends, report)
    _gaps(chain, sorted({s.seq for s in order}), ends.before, last, report)
    hash_before, seq_before = ends.before_head, ends.before
    for mark, after in zip(order, [*order[1:], None], strict=True):
        if mark.seq > last or mark.seq <= ends.before:
            report.found("inserted", f"chain {chain}: event {mark.seq} (line {mark.line}) is one too many",
                         chain, mark.seq)  # fmt: skip
        elif not mark.whole:
            report.found("changed", f"chain {chain}: event {mark.seq} (line {mark.line})", chain, mark.seq)
        elif mark.seq == seq_before + 1 and mark.prev != hash_before:
            report.found("changed", f"chain {chain}: event {seq_before or mark.seq} or {mark.seq} "
                         f"(line {mark.line}) was changed and hashed anew", chain, mark.seq)  # fmt: skip
        elif after is None and mark.seq == ends.count and mark.hash != ends.head:
            report.found("changed", f"chain {chain}: the last event {mark.seq} was changed and hashed anew, "
                         "or the chain was rewritten up to it", chain, mark.seq)  # fmt: skip
        hash_before, seq_before = mark.hash, mark.seq


def _gaps(chain: str, numbers: list[int], before: int, last: int, report: Report) -> None:
    """Every number that is missing; a long run of them is one finding."""
    places = [before, *(n for n in numbers if before < n <= last), last + 1]
    for one, two in pairwise(places):
        first, final = one + 1, two - 1
        tail = two == last + 1
        kind, words = ("cut_off", "missing at the end") if tail else ("deleted", "missing")
        if final - first >= RUN:
            report.found(kind, f"chain {chain}: events {first} to {final} are {words}", chain, first)
            continue
        for gap in range(first, final + 1):
            report.found(kind, f"chain {chain}: event {gap} is {words}", chain, gap)


def _sorted_marks(chain: str, seen: list[Seen], ends: Ends, report: Report) -> list[Seen]:
    """Events by number; doubles and wrong places are named on the way."""
    place = ends.before
    for mark in seen:
        if mark.seq < place:
            report.found("reordered", f"chain {chain}: event {mark.seq} stands at line {mark.line}, after event {place}",
                         chain, mark.seq)  # fmt: skip
        place = max(place, mark.seq)
    by_number: dict[int, Seen] = {}
    wanted = {s.prev for s in seen} | {ends.head}
    for mark in seen:
        other = by_number.get(mark.seq)
        if other is None:
            by_number[mark.seq] = mark
            continue
        odd = mark if other.hash in wanted and other.whole else other
        by_number[mark.seq] = other if odd is mark else mark
        report.found(
            "inserted", f"chain {chain}: a second event {mark.seq} (line {odd.line})", chain, mark.seq
        )
    return [by_number[n] for n in sorted(by_number)]


# ---- the file ----------------------------------------------------------------------------------------

KEYS = {
    "header": {"type", "format", "version", "kind", "root", "public_key"},
    "root": {"type", "statement", "signature"},
    "chain": {"type", "chain", "before", "before_head", "count", "head"},
    "event": {"type", "chain", "hash", *BODY},
    "end": {"type", "events"},
}
#: What lines may have besides: of version 2, and of the export of one case.
MORE = {"chain": {"leaf", "follows", "path"}, "end": {"last"}}
ORDER = ["header", "root", "chain", "event", "end"]
TEXTS = (
    "chain", "hash", "head", "before_head", "statement", "signature", "prev", "case", "public_key", "format", "kind",
    "leaf", "follows", "last",
)  # fmt: skip
NUMBERS = ("seq", "count", "before", "events", "root", "version")


def parse(raw: bytes, number: int) -> tuple[dict[str, Any], bool]:
    """One line, and whether it is written the one way there is. Raises Damaged when it is of no known shape."""
    try:
        value = json.loads(raw.decode("utf-8"))
        as_written = canonical(value) + b"\n" == raw
    except (ValueError, RecursionError) as error:
        raise Damaged(f"line {number} cannot be read") from error
    if not isinstance(value, dict) or value.get("type") not in KEYS:
        raise Damaged(f"line {number} is of no known kind")
    wanted = KEYS[value["type"]]
    shape = wanted <= set(value) <= wanted | MORE.get(value["type"], set())
    texts = all(isinstance(value.get(k, ""), str) for k in TEXTS)
    numbers = all(type(value.get(k, 0)) is int and value.get(k, 0) >= 0 for k in NUMBERS)
    path = value.get("path", [])
    steps = isinstance(path, list) and all(isinstance(p, str) and STEP.fullmatch(p) for p in path)
    if not (shape and texts and numbers and steps):
        raise Damaged(f"line {number} is of no known shape{_about(value)}")
    return value, as_written


STEP = re.compile(r"[LR][0-9a-f]{64}")


def _about(value: dict[str, Any]) -> str:
    """Which event or chain a damaged line says it is."""
    said = [str(value[k])[:40] for k in ("chain", "seq") if isinstance(value.get(k), str | int)]
    return f" (it names {' '.join(said)})" if said else ""


class Reader:
    """Takes an export line by line; `finish` gives the report.

    Args:
        key: the public key (hex) the office has published; empty = the file's own is taken and shown.
        growing: the lines come from the living table: chains may go on after the newest root.
    """

    def __init__(self, key: str = "", growing: bool = False) -> None:
        self.report, self.key, self.growing = Report(), key, growing
        self.header: dict[str, Any] = {}
        self.raw_roots: list[dict[str, Any]] = []
        self.statements: list[dict[str, Any]] = []
        self.ends: dict[str, Ends] = {}
        self.leaves: list[bytes] = []
        self.said: list[bytes] = []
        self.earlier: list[bytes] = []
        self.sums = [0, 0]
        self.walk: Walk | None = None
        self.walked: set[str] = set()
        self.forged: list[tuple[str, int]] = []
        self.number = self.stage = 0
        self.ended = False
        self.last = ""

    def feed(self, raw: bytes) -> None:
        """One line with its end; a damaged one is named and left out. Raises Damaged when the header is."""
        try:
            line, as_written = parse(raw, self.number + 1)
        except Damaged as error:
            if self.number == 0:
                raise
            self.number += 1
            self._damaged(str(error))
            return
        if not as_written:
            self._written_otherwise(line)
        self.take(line)

    def _damaged(self, words: str) -> None:
        """A line that cannot be used, and the place in its chain, as far as the lines around it tell."""
        chain, seq = ("", None) if self.walk is None else (self.walk.chain, self.walk.seq + 1)
        after = f", after event {self.walk.seq} of chain {chain}" if self.walk is not None else ""
        self.report.found("format", words + after, chain, seq)

    def _written_otherwise(self, line: dict[str, Any]) -> None:
        """The same content in other bytes: spaces, escapes, line ends, doubled keys."""
        self.report.rewritten_lines += 1
        if self.report.rewritten_lines <= LISTED:
            words = f"line {self.number + 1} is not written the one way there is{_about(line)}"
            self.report.found("format", words, line.get("chain", ""), line.get("seq"))

    def take(self, line: dict[str, Any]) -> None:
        """One line as an object. Raises Damaged when the file does not begin with its header."""
        self.number += 1
        stage = ORDER.index(line["type"])
        if self.number == 1 and stage != 0:
            raise Damaged("line 1 is not the header")
        if self.ended or stage < self.stage or (stage == 0) != (self.number == 1):
            words = f"line {self.number} stands in the wrong place{_about(line)}"
            self.report.found("reordered", words, line.get("chain", ""), line.get("seq"))
            if stage != 3:
                return
        if stage >= 2 > self.stage:
            self._roots_done()
        if stage >= 3 > self.stage:
            self._chains_done()
        self.stage = max(self.stage, stage)
        take: dict[str, Callable[[dict[str, Any]], None]] = {
            "header": self._header, "root": self.raw_roots.append, "chain": self._chain,
            "event": self._event, "end": self._end,
        }  # fmt: skip
        take[line["type"]](line)

    def _header(self, line: dict[str, Any]) -> None:
        known = (
            line["format"] == FORMAT and line["version"] in (1, 2) and line["kind"] in ("full", "day", "case")
        )
        if not known or not HEX.fullmatch(str(line["public_key"])):
            raise Damaged("the header is of no known kind")
        self.header = line
        self.report.kind, self.report.key = line["kind"], line["public_key"]
        if self.key and self.key != line["public_key"]:
            self.report.found("other_key", "the file names another public key than the one given")

    def _roots_done(self) -> None:
        self.statements = check_roots(self.raw_roots, self.key or self.report.key, self.report)
        newest = self.statements[-1] if self.statements else {}
        self.report.root, self.report.root_at = len(self.statements), str(newest.get("at", ""))
        if not newest or self.header["root"] != len(self.statements):
            self.report.found("root_missing", f"the header names root {self.header['root']}, "
                              f"the file ends with root {len(self.statements)}")  # fmt: skip

    def _chain(self, line: dict[str, Any]) -> None:
        path = line.get("path")
        if (path is None) == (self.header["kind"] == "case"):
            self._damaged(f"line {self.number} is of no known shape{_about(line)}")
        if self.ends and line["chain"] <= self.last:
            self.report.found("reordered", f"line {self.number}: chains are not in order", line["chain"])
        if self.header["kind"] != "case" and self.header["version"] > 1:
            self._neighbours(line)
        self.last = line["chain"]
        self.ends[line["chain"]] = Ends(
            line["before"], line["before_head"], line["count"], line["head"], path
        )
        self.leaves.append(leaf(line["chain"], line["count"], line["head"]))
        self.sums[1] += line["count"]
        if line["before"]:
            self.earlier.append(leaf(line["chain"], line["before"], line["before_head"]))
            self.sums[0] += line["before"]
        elif line["before_head"]:
            self._damaged(f"line {self.number} names a head of nothing{_about(line)}")

    def _neighbours(self, line: dict[str, Any]) -> None:
        """The leaf that was written down, and the chain that should stand before."""
        said, chain = line.get("leaf", ""), line["chain"]
        good = HEX.fullmatch(said)
        if not good:
            self._damaged(f"line {self.number} has no leaf{_about(line)}")
        self.said.append(bytes.fromhex(said) if good else b"")
        if said != leaf(chain, line["count"], line["head"]).hex():
            self.forged.append((chain, line["count"]))
        self._missing_before(line.get("follows", ""))

    def _missing_before(self, wanted: str) -> None:
        if wanted == self.last:
            return
        if wanted and wanted not in self.ends:
            words = f"chain {wanted} should stand before line {self.number} and is gone"
            self.report.found("chain_removed", words, wanted)
        else:
            self.report.found("chain_added", f"chain {self.last} stands where none should, before line {self.number}",
                              self.last)  # fmt: skip

    def _chains_done(self) -> None:
        newest = self.statements[-1] if self.statements else {}
        if self.header["kind"] == "case":
            ends = next(iter(self.ends.values()), None)
            covered = ends is not None and climb(self.leaves[0], ends.path or []) == newest.get("merkle")
            if not covered or len(self.ends) != 1:
                self.report.found(
                    "rewritten", "the chain does not lie under the signed root", next(iter(self.ends), "")
                )
            return
        self._covered(self.leaves, self.sums[1], newest, f"root {len(self.statements)}")
        if self.header["kind"] == "day" and len(self.statements) > 1:
            self._covered(self.earlier, self.sums[0], self.statements[-2], f"root {len(self.statements) - 1}")
        elif self.earlier:
            self.report.found(
                "rewritten", "the file should begin at the beginning, but its chains begin later"
            )

    def _covered(self, leaves: list[bytes], events: int, said: dict[str, Any], name: str) -> None:
        """Do the heads listed in the file give what the root signs?"""
        if leaves is self.leaves:
            self._forged(said, events, name)
        if merkle(leaves) == said.get("merkle"):
            return
        chains = int(said.get("chains", 0))
        if len(leaves) < chains:
            self.report.found("chain_removed", f"{name} covers {chains} chains, the file lists {len(leaves)}")
        elif len(leaves) > chains:
            self.report.found("chain_added", f"{name} covers {chains} chains, the file lists {len(leaves)}")
        elif events != said.get("events"):
            kind = "inserted" if events > int(said.get("events", 0)) else "cut_off"
            self.report.found(
                kind, f"{name} covers {said.get('events')} events, the chains listed have {events}"
            )
        else:
            self.report.found("rewritten", f"the heads listed in the file are not those {name} signs")

    def _forged(self, root: dict[str, Any], events: int, name: str) -> None:
        """Chains whose count or head is not the one in the leaf that was written down with it."""
        fits = merkle(self.leaves) == root.get("merkle")
        kind = "format" if fits else "cut_off" if events < int(root.get("events", 0)) else "rewritten"
        words = "the leaf beside it is not its own" if fits else f"its end is not the one {name} signs"
        for chain, count in self.forged:
            self.report.found(kind, f"chain {chain}, event {count}: {words}", chain, count)

    def _event(self, line: dict[str, Any]) -> None:
        if self.walk is None or self.walk.chain != line["chain"]:
            if line["chain"] in self.walked:
                self.report.found("reordered", f"line {self.number}: an event away from its chain {line['chain']}",
                                  line["chain"], line["seq"])  # fmt: skip
            elif self.walk is not None and line["chain"] < self.walk.chain:
                self.report.found("reordered", f"line {self.number}: chains are not in order", line["chain"])
            self._finish_walk()
            self.walked.add(line["chain"])
            new = Ends(0, "", 0, "") if self.growing else None
            open_end = self.growing or self.header["kind"] == "case"
            self.walk = Walk(line["chain"], self.ends.get(line["chain"], new), open_end)
        self.walk.step(line, self.number)
        self._name(line)
        self.report.events += 1
        at = str(line["at"])
        self.report.first_at = min(self.report.first_at or at, at)
        self.report.last_at = max(self.report.last_at, at)

    def _name(self, line: dict[str, Any]) -> None:
        """The number of the case, from the event that gave it: covered by its hash like all the rest."""
        data = line["data"]
        if isinstance(data, dict) and isinstance(data.get("case_no"), str):
            self.report.names[line["chain"]] = data["case_no"]

    def _finish_walk(self) -> None:
        if self.walk is not None:
            self.walk.finish(self.report)
            self.walk = None

    def _end(self, line: dict[str, Any]) -> None:
        self.ended = True
        if "last" in line and self.header["kind"] != "case":
            self._missing_before(line["last"])
        if line["events"] != self.report.events:
            kind = "deleted" if line["events"] > self.report.events else "inserted"
            self.report.found(
                kind, f"the last line names {line['events']} events, the file holds {self.report.events}"
            )

    def finish(self) -> Report:
        """After the last line."""
        self._finish_walk()
        if self.ended or self.stage >= 2:
            for chain, ends in self.ends.items():
                if chain not in self.walked and ends.count != ends.before:
                    self.report.found("chain_removed", f"chain {chain}: none of its {ends.count - ends.before} "
                                      "events is there", chain)  # fmt: skip
        if not self.number:
            self.report.found("cut_off", "the file is empty: neither roots nor events are in it")
        elif not self.ended:
            self.report.found("cut_off", f"the file ends at line {self.number}, before its last line")
        if self.report.rewritten_lines > LISTED:
            words = f"{self.report.rewritten_lines} lines in all are not written the one way there is"
            self.report.found("format", words)
        for item in self.report.findings:
            item.case_no = item.case_no or self.report.names.get(item.chain, "")
        self.report.chains = len(self.ends)
        return self.report


def verify_lines(lines: Iterable[bytes], key: str = "") -> Report:
    """The report on an export. A damaged file is read as far as it can be."""
    reader = Reader(key)
    try:
        for raw in lines:
            reader.feed(raw)
    except Damaged as error:
        reader.report.found("format", str(error))
        reader._finish_walk()
        reader.report.chains = len(reader.ends)
        return reader.report
    return reader.finish()


# ---- timestamps (RFC 3161) ---------------------------------------------------------------------------

TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")  # the type of what an authority signs
SHA256_IS = bytes.fromhex("0609608648016503040201")


def _part(data: bytes, at: int) -> tuple[int, bytes, int]:
    """(tag, content, end) of the DER value that begins there. Raises ValueError."""
    if at + 2 > len(data):
        raise ValueError("it ends too early")
    length, start = data[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
    if start + length > len(data):
        raise ValueError("it ends too early")
    return data[at], data[start : start + length], start + length


def _parts(data: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(data):
        tag, content, at = _part(data, at)
        found.append((tag, content))
    return found


def stamp_of(token: bytes) -> tuple[str, str]:
    """(hash that was stamped, when) of a timestamp response. Raises ValueError when it is none."""
    place = token.find(TST_INFO)
    if place < 0:
        raise ValueError("it is no timestamp response")
    _, wrapped, _ = _part(token, place + len(TST_INFO))  # [0] with an OCTET STRING with the TSTInfo
    info = _parts(_parts(_parts(wrapped)[0][1])[0][1])
    imprint = _parts(info[2][1])
    when = next((c.decode("ascii") for tag, c in info if tag == 0x18), "")
    if SHA256_IS not in imprint[0][1] or not when:
        raise ValueError("it is not over a SHA-256 hash")
    return imprint[1][1].hex(), f"{when[:4]}-{when[4:6]}-{when[6:8]}T{when[8:10]}:{when[10:12]}:{when[12:]}"


def check_stamp(report: Report, token: bytes) -> None:
    """Is the timestamp over the newest root of the file?"""
    try:
        digest, when = stamp_of(token)
    except (ValueError, IndexError, UnicodeDecodeError) as error:
        report.found("timestamp", f"the timestamp beside the file cannot be read: {error}")
        return
    if not report.roots or digest != report.roots[-1]:
        report.found("timestamp", f"the timestamp of {when} is over something else than root {report.root}")
        return
    report.stamped = when


def lines_of(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        yield from stream


def sentences(report: Report, name: str) -> Iterator[str]:
    """The report in words."""
    head = "完好 · INTACT" if report.intact else "不完好 · NOT INTACT"
    yield f"{name}: {head}"
    yield (f"  {report.kind}: {report.events} events in {report.chains} chains, {report.first_at or '-'} to "
           f"{report.last_at or '-'}; roots 1 to {report.root}, the newest of {report.root_at or '-'}")  # fmt: skip
    if report.uncovered:
        yield f"  尚无签名覆盖 · newer than the newest root, held by their chain only: {report.uncovered}"
    yield f"  public key {report.key or '-'}"
    if report.stamped:
        yield (f"  时间戳 · stamped {report.stamped}, over root {report.root}; the authority's signature: openssl ts -verify "
               f"-digest {report.roots[-1]} -in {Path(name).stem}.tsr -CAfile <CA.pem>")  # fmt: skip
    for item in report.findings:
        zh, en = WORDS[item.kind]
        which = f" [办件 · case {item.case_no}]" if item.case_no else ""
        yield f"  ✗ {item.kind} · {zh} · {en}: {item.where}{which}"
    if report.more:
        yield f"  … and {report.more} more"


def compare(reports: list[tuple[str, Report]]) -> list[str]:
    """What files say against each other: two histories of roots, two keys, days missing between."""
    wrong = []
    for (name, one), (other, two) in pairwise(reports):
        shared = min(len(one.roots), len(two.roots))
        if one.roots[:shared] != two.roots[:shared]:
            wrong.append(f"  ✗ root_replaced · {WORDS['root_replaced'][0]}: {name} / {other}")
        if one.key != two.key:
            wrong.append(f"  ✗ other_key · {WORDS['other_key'][0]}: {name} / {other}")
    days = sorted(r.root for _, r in reports if r.kind == "day")
    gaps = sorted(set(range(days[0], days[-1] + 1)) - set(days)) if days else []
    return wrong + [f"  ✗ root_missing · {WORDS['root_missing'][0]}: no file of root {n}" for n in gaps]


def key_of(said: str) -> str:
    """The key as given, or as a file holds it. Raises OSError, or ValueError when it is none."""
    key = said.strip().lower()
    if key and not HEX.fullmatch(key):
        key = Path(said).read_text(encoding="utf-8").strip().lower()
    if key and not HEX.fullmatch(key):
        raise ValueError(f"{said} holds no Ed25519 public key of 64 hexadecimal digits")
    return key


def main(arguments: list[str] | None = None) -> int:
    """0 = intact, 1 = something was found, 2 = a file cannot be read."""
    asked = argparse.ArgumentParser(description="审计记录校验 · Verify exports of the audit trail.")
    asked.add_argument("files", nargs="+", type=Path)
    asked.add_argument(
        "--key", default="", help="公布的公钥（十六进制或文件） · published public key, hex or file"
    )
    asked.add_argument("--root", type=int, default=0, help="应有的最新签名根编号 · number of the newest root")
    options = asked.parse_args(arguments)
    try:
        key = key_of(options.key)
    except (OSError, ValueError) as error:
        print(f"公钥不能读取 · the key cannot be read: {error}", file=sys.stderr)
        return 2
    reports = []
    for file in options.files:
        try:
            reports.append((file.name, verify_lines(lines_of(file), key)))
            stamp = file.with_suffix(".tsr")
            if stamp.exists():
                check_stamp(reports[-1][1], stamp.read_bytes())
        except OSError as error:
            print(f"{file}: {error}", file=sys.stderr)
            return 2
    newest = max(r.root for _, r in reports)
    if options.root > newest:
        reports[-1][1].found("cut_off", f"root {options.root} is wanted, the newest is root {newest}")
    against = compare(sorted(reports, key=lambda pair: pair[1].root))
    for name, report in reports:
        print("\n".join(sentences(report, name)))
    print("\n".join(against), end="\n" if against else "")
    return int(bool(against) or not all(r.intact for _, r in reports))


if __name__ == "__main__":
    sys.exit(main())
