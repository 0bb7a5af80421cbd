"""The verifier on exports tampered with: each way is found and named, and no byte can change unseen."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services import audit_export, audit_verifier
from services.audit_verifier import canonical, pure_verify
from tests.audit import exports as ex

pytestmark = pytest.mark.rule("M10")


@pytest.fixture
def content(session):
    return ex.full(session)


def test_an_untouched_export_is_intact(content):
    report = ex.verdict(content)
    assert (report.findings, report.root, report.uncovered) == ([], 2, 0)
    assert report.events == len(ex.events(ex.parsed(content)))


def changed(lines):
    lines[ex.events(lines, ex.a_case(lines))[2]]["data"] = {"stage": "forged"}


def changed_and_rehashed(lines):
    place = ex.events(lines, ex.a_case(lines))[2]
    lines[place]["role"] = "auditor"
    ex.rehash(lines[place])


def last_changed_and_rehashed(lines):
    place = ex.events(lines, ex.a_case(lines))[-1]
    lines[place]["user"] = 4711
    ex.rehash(lines[place])


def inserted(lines):
    place = ex.events(lines, ex.a_case(lines))[1]
    lines.insert(place + 1, dict(lines[place]))
    ex.mend_end(lines)


def inserted_and_renumbered(lines):
    chain = ex.a_case(lines)
    place = ex.events(lines, chain)[1]
    lines.insert(place + 1, dict(lines[place]) | {"event": "case.resumed"})
    ex.renumber(lines, chain)
    ex.mend_end(lines)


def deleted(lines):
    del lines[ex.events(lines, ex.a_case(lines))[2]]
    ex.mend_end(lines)


def first_deleted(lines):
    del lines[ex.events(lines, ex.a_case(lines))[0]]
    ex.mend_end(lines)


def swapped(lines):
    one, two = ex.events(lines, ex.a_case(lines))[1:3]
    lines[one], lines[two] = lines[two], lines[one]


def end_cut_off(lines):
    for place in reversed(ex.events(lines, ex.a_case(lines))[-2:]):
        del lines[place]
    ex.mend_end(lines)


def end_cut_off_and_head_mended(lines):
    chain = ex.a_case(lines)
    end_cut_off(lines)
    last = lines[ex.events(lines, chain)[-1]]
    head = next(x for x in lines if x["type"] == "chain" and x["chain"] == chain)
    head["count"], head["head"] = last["seq"], last["hash"]


def file_cut_off(lines):
    del lines[-4:]


def events_of_a_chain_removed(lines):
    for place in reversed(ex.events(lines, ex.a_case(lines))):
        del lines[place]
    ex.mend_end(lines)


def chain_removed(lines):
    chain = ex.a_case(lines)
    lines[:] = [x for x in lines if x.get("chain") != chain]
    ex.mend_end(lines)


def chain_added(lines):
    last = lines[-2]
    new = dict(last) | {"chain": "f" * 8 + last["chain"][8:], "seq": 1, "prev": ""}
    new["case"] = new["chain"]
    ex.rehash(new)
    lines.insert(-1, new)
    ex.mend_end(lines)


def root_removed(lines):
    del lines[1]


def newest_root_removed(lines):
    del lines[2]


def root_replaced(lines):
    lines[1] = dict(lines[2])


def signature_forged(lines):
    other = Ed25519PrivateKey.generate()
    lines[2]["signature"] = other.sign(lines[2]["statement"].encode()).hex()


def statement_changed(lines):
    lines[2]["statement"] = lines[2]["statement"].replace('"chains":', '"chains":1')


TAMPERED = [
    (changed, "changed"),
    (changed_and_rehashed, "changed"),
    (last_changed_and_rehashed, "changed"),
    (inserted, "inserted"),
    (inserted_and_renumbered, "inserted"),
    (deleted, "deleted"),
    (first_deleted, "deleted"),
    (swapped, "reordered"),
    (end_cut_off, "cut_off"),
    (end_cut_off_and_head_mended, "cut_off"),
    (file_cut_off, "cut_off"),
    (events_of_a_chain_removed, "chain_removed"),
    (chain_removed, "chain_removed"),
    (chain_added, "chain_added"),
    (root_removed, "root_missing"),
    (newest_root_removed, "root_missing"),
    (root_replaced, "root_missing"),
    (signature_forged, "signature_forged"),
    (statement_changed, "signature_forged"),
]


@pytest.mark.parametrize(("tamper", "kind"), TAMPERED, ids=[t.__name__ for t, _ in TAMPERED])
def test_tampering_is_found_and_named(content, tamper, kind):
    lines = ex.parsed(content)
    tamper(lines)
    assert kind in ex.kinds(ex.verdict(ex.written(lines)))


@pytest.mark.parametrize("tamper", [changed, deleted, swapped, end_cut_off])
def test_the_place_is_named(content, tamper):
    lines = ex.parsed(content)
    chain = ex.a_case(lines)
    tamper(lines)
    report = ex.verdict(ex.written(lines))
    assert {f.chain for f in report.findings} == {chain}
    assert all(f.seq for f in report.findings)


def test_one_deleted_event_is_one_finding(content):
    lines = ex.parsed(content)
    deleted(lines)
    report = ex.verdict(ex.written(lines))
    assert [(f.kind, f.seq) for f in report.findings] == [("deleted", 3)]


def test_a_history_signed_anew_with_another_key_is_found_by_the_published_key(content):
    """Roots, signatures and key of the file replaced together: only the key that was published tells."""
    lines, published = ex.parsed(content), ex.parsed(content)[0]["public_key"]
    forger = Ed25519PrivateKey.generate()
    public = forger.public_key().public_bytes_raw()
    lines[0]["public_key"], before = public.hex(), ""
    for line in lines[1:3]:
        said = ex.parsed(line["statement"].encode())[0]
        said |= {"previous": before, "key": audit_verifier.sha(public)[:32]}
        line["statement"] = canonical(said).decode()
        line["signature"] = forger.sign(line["statement"].encode()).hex()
        before = audit_verifier.link(line["statement"], line["signature"])
    assert ex.verdict(ex.written(lines)).intact
    assert "other_key" in ex.kinds(ex.verdict(ex.written(lines), key=published))


def test_no_single_byte_changes_unseen(content):
    """Bytes all over the file, each changed to another one; the seed of today is fixed."""
    chance = random.Random(20261121)
    blind = []
    for place in chance.sample(range(len(content)), min(len(content), 300)):
        other = bytes([chance.choice([b for b in range(256) if b != content[place]])])
        if ex.verdict(content[:place] + other + content[place + 1 :]).intact:
            blind.append(place)
    assert blind == []


def test_no_bit_of_the_first_and_last_lines_changes_unseen(content):
    head = content.index(b'"type":"chain"') if b'"type":"chain"' in content else 400
    places = [*range(0, head, 7), *range(len(content) - 40, len(content))]
    assert [p for p in places if ex.verdict(_flip(content, p)).intact] == []


def _flip(content, place):
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def test_no_line_can_be_dropped_doubled_or_moved_unseen(content):
    chance = random.Random(7)
    lines = content.splitlines(keepends=True)
    for _ in range(30):
        one, two = chance.sample(range(len(lines)), 2)
        dropped = lines[:one] + lines[one + 1 :]
        doubled = lines[:one] + lines[one : one + 1] + lines[one:]
        moved = dropped[:two] + lines[one : one + 1] + dropped[two:]
        for tampered in (dropped, doubled, moved):
            assert tampered == lines or not ex.verdict(b"".join(tampered)).intact


@pytest.mark.parametrize("length", [0, 1, 200])
def test_a_file_cut_off_anywhere_is_not_intact(content, length):
    assert not ex.verdict(content[:length]).intact
    assert not ex.verdict(content[:-1]).intact


def test_days_prove_themselves_and_one_another(session, tmp_path):
    files = []
    for _ in range(3):
        ex.history(session, 1)
        file = tmp_path / f"day{len(files)}.jsonl"
        file.write_bytes(b"".join(audit_export.day(session, ex.sealed(session))))
        files.append(file)
    assert [ex.verdict(f.read_bytes()).findings for f in files] == [[], [], []]
    assert _run(*files) == 0
    assert _run(files[0], files[2]) == 1
    assert _run(*files, "--root", "4") == 1
    assert _run(*files, "--key", "0" * 64) == 1


def test_the_beginning_of_a_day_cannot_be_moved(session):
    ex.history(session, 1)
    ex.sealed(session)
    ex.history(session, 1)
    lines = ex.parsed(b"".join(audit_export.day(session, ex.sealed(session))))
    system = next(x for x in lines if x["type"] == "chain" and x["chain"] == audit_verifier.SYSTEM)
    first = ex.events(lines, audit_verifier.SYSTEM)[0]
    system["before"], system["before_head"] = lines[first]["seq"], lines[first]["hash"]
    del lines[first]
    ex.mend_end(lines)
    assert ex.kinds(ex.verdict(ex.written(lines))) & {"inserted", "rewritten"}


def test_a_case_is_proved_alone_and_what_is_newer_is_said(session):
    ex.history(session, 4)
    root = ex.sealed(session)
    case_id = audit_seal_case(session)
    content = b"".join(audit_export.one_case(session, root, case_id))
    report = ex.verdict(content)
    assert (report.findings, report.chains, report.kind) == ([], 1, "case")
    lines = ex.parsed(content)
    del lines[ex.events(lines)[-1]]
    ex.mend_end(lines)
    assert ex.kinds(ex.verdict(ex.written(lines))) == {"cut_off"}


def audit_seal_case(session):
    from uuid import UUID

    from services import audit_seal

    root = audit_seal.newest(session)
    return next(UUID(c) for c, _, _ in audit_seal.heads(session, root.upto) if c != audit_verifier.SYSTEM)


def _run(*arguments: object) -> int:
    """The file by itself, in a folder of its own, without what else is installed."""
    program = Path(audit_verifier.__file__)
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(program), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONUTF8": "1"},
    )
    assert done.stderr == ""
    return done.returncode


def test_signatures_are_judged_alike_with_and_without_the_library():
    chance = random.Random(3)
    for n in range(6):
        key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        public, message = key.public_key().public_bytes_raw(), chance.randbytes(n * 17)
        signature = key.sign(message)
        assert pure_verify(public, message, signature)
        assert not pure_verify(public, message + b"x", signature)
        place = chance.randrange(64)
        bad = _flip(signature, place)
        assert pure_verify(public, message, bad) == audit_verifier.signed(public, message, bad) is False
