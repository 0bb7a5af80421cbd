"""Exports tampered with at random: whatever is done, it is found, and the case and the entry are named."""

import json
import random
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services import audit_export, audit_verifier
from services.audit_verifier import SYSTEM, canonical, leaf
from tests.audit import exports as ex

pytestmark = pytest.mark.rule("M10")


@pytest.fixture
def content(session):
    return ex.full(session)


def case_events(lines, chance):
    """A chain of a case, and the places of its events."""
    chains = [x["chain"] for x in lines if x["type"] == "chain" and x["chain"] != SYSTEM]
    chain = chance.choice(chains)
    return chain, ex.events(lines, chain)


def hits(lines, place):
    return {(lines[place]["chain"], lines[place]["seq"])}


def change_a_field(lines, chance):
    _, places = case_events(lines, chance)
    place = chance.choice(places)
    name = chance.choice(["event", "stage", "role", "ip", "rests_on", "at", "user", "on_behalf", "public"])
    old = lines[place][name]
    lines[place][name] = (
        (not old) if isinstance(old, bool) else 4711 if name in ("user", "on_behalf") else f"{old}x"
    )
    return hits(lines, place)  # fmt: skip


def change_a_field_and_hash_it(lines, chance):
    _, places = case_events(lines, chance)
    place = chance.choice(places)
    lines[place]["role"] = "auditor"
    ex.rehash(lines[place])
    seq = lines[place]["seq"]
    return {(lines[place]["chain"], n) for n in (seq, seq + 1)}


def shift_a_time(lines, chance):
    _, places = case_events(lines, chance)
    place = chance.choice(places)
    lines[place]["at"] = lines[place]["at"].replace("+00:00", "Z")
    return hits(lines, place)


def normalise_otherwise(lines, chance):
    _, places = case_events(lines, chance)
    place = places[0]
    lines[place]["data"]["name"] = "é"
    ex.renumber(lines, lines[place]["chain"])
    lines[place]["data"]["name"] = unicodedata.normalize("NFD", "é")
    return hits(lines, place)


def write_a_number_otherwise(lines, chance):
    _, places = case_events(lines, chance)
    place = next(p for p in places if "n" in lines[p]["data"])
    lines[place]["data"]["n"] = float(lines[place]["data"]["n"])
    return hits(lines, place)


def delete(lines, chance):
    _, places = case_events(lines, chance)
    place = chance.choice(places)
    hit = hits(lines, place)
    del lines[place]
    ex.mend_end(lines)
    return hit


def cut(lines, chance):
    chain, places = case_events(lines, chance)
    count = chance.randrange(1, len(places))
    hit = {(chain, lines[p]["seq"]) for p in places[-count:]}
    for place in reversed(places[-count:]):
        del lines[place]
    ex.mend_end(lines)
    return hit


def cut_and_mend_the_head(lines, chance):
    chain, places = case_events(lines, chance)
    del lines[places[-1]]
    ex.mend_end(lines)
    last = lines[places[-2]]
    head = next(x for x in lines if x["type"] == "chain" and x["chain"] == chain)
    head["count"], head["head"] = last["seq"], last["hash"]
    return {(chain, last["seq"])}


def duplicate(lines, chance):
    _, places = case_events(lines, chance)
    place = chance.choice(places)
    lines.insert(place + 1, dict(lines[place]))
    ex.mend_end(lines)
    return hits(lines, place)


def insert(lines, chance):
    chain, places = case_events(lines, chance)
    place = chance.choice(places)
    new = dict(lines[place]) | {
        "seq": lines[place]["seq"] + 1,
        "prev": lines[place]["hash"],
        "event": "case.ended",
    }
    ex.rehash(new)
    lines.insert(place + 1, new)
    ex.mend_end(lines)
    return {(chain, new["seq"])}  # fmt: skip


def swap_two(lines, chance):
    _, places = case_events(lines, chance)
    one, two = sorted(chance.sample(places, 2))
    hit = hits(lines, one) | hits(lines, two)
    lines[one], lines[two] = lines[two], lines[one]
    return hit


def swap_two_cases(lines, chance):
    one, two = [x["chain"] for x in lines if x["type"] == "chain" and x["chain"] != SYSTEM][:2]
    other = {one: two, two: one}
    places = [p for p in ex.events(lines) if lines[p]["chain"] in other]
    for place in places:
        lines[place]["chain"] = lines[place]["case"] = other[lines[place]["chain"]]
    for chain in (one, two):
        for place in ex.events(lines, chain):
            ex.rehash(lines[place])
    return {(one, None), (two, None)}


def move_to_another_case(lines, chance):
    one, two = [x["chain"] for x in lines if x["type"] == "chain" and x["chain"] != SYSTEM][:2]
    place = ex.events(lines, one)[-1]
    hit = hits(lines, place)
    lines[place]["chain"] = lines[place]["case"] = two
    return hit


def rewrite_a_chain(lines, chance):
    chain, places = case_events(lines, chance)
    lines[places[0]]["data"]["forged"] = True
    ex.renumber(lines, chain)
    return {(chain, None)}


def rewrite_a_chain_and_its_head(lines, chance):
    hit = rewrite_a_chain(lines, chance)
    chain = next(iter(hit))[0]
    head = next(x for x in lines if x["type"] == "chain" and x["chain"] == chain)
    head["head"] = lines[ex.events(lines, chain)[-1]]["hash"]
    return hit


def remove_a_case(lines, chance):
    chain, _ = case_events(lines, chance)
    lines[:] = [x for x in lines if x.get("chain") != chain]
    ex.mend_end(lines)
    return {(chain, None)}


def remove_the_events_of_a_case(lines, chance):
    chain, places = case_events(lines, chance)
    for place in reversed(places):
        del lines[place]
    ex.mend_end(lines)
    return {(chain, None)}


def absurd_count(lines, chance):
    chain, _ = case_events(lines, chance)
    next(x for x in lines if x["type"] == "chain" and x["chain"] == chain)["count"] = 10**15
    return {(chain, None)}


def absurd_number(lines, chance):
    _, places = case_events(lines, chance)
    place = chance.choice(places)
    chain = lines[place]["chain"]
    hit = hits(lines, place)
    lines[place]["seq"] = 10**15
    ex.rehash(lines[place])
    return hit | {(chain, 10**15)}


TAMPERINGS = [
    change_a_field, change_a_field_and_hash_it, shift_a_time, normalise_otherwise, write_a_number_otherwise,
    delete, cut, cut_and_mend_the_head, duplicate, insert, swap_two, swap_two_cases, move_to_another_case,
    rewrite_a_chain, rewrite_a_chain_and_its_head, remove_a_case, remove_the_events_of_a_case, absurd_count,
    absurd_number,
]  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=[t.__name__ for t in TAMPERINGS])
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_what_was_done_is_found_and_its_case_and_entry_are_named(content, tamper, seed):
    lines = ex.parsed(content)
    names = {
        x["chain"]: x["data"]["case_no"] for x in lines if x["type"] == "event" and "case_no" in x["data"]
    }
    wanted = tamper(lines, random.Random(seed))
    report = ex.verdict(ex.written(lines))
    assert not report.intact
    found = {(f.chain, f.seq) for f in report.findings}
    for chain in {c for c, _ in wanted}:
        entries = {n for c, n in wanted if c == chain}
        assert chain in {c for c, _ in found}, report.findings
        assert None in entries or entries & {n for c, n in found if c == chain}, report.findings
        gone = tamper is remove_a_case or tamper is remove_the_events_of_a_case
        first_gone = tamper in (
            delete,
            duplicate,
            absurd_number,
            change_a_field,
            swap_two_cases,
            move_to_another_case,
        )
        named = {f.case_no for f in report.findings if f.chain == chain}
        assert gone or first_gone or names[chain] in named  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_any_two_tamperings_at_once_never_look_intact_and_never_break_the_program(content, seed):
    chance, lines = random.Random(seed), ex.parsed(content)
    for tamper in chance.sample(TAMPERINGS, 2):
        try:
            tamper(lines, chance)
        except (IndexError, ValueError, StopIteration):  # the first one left nothing for the second
            continue
    assert not ex.verdict(ex.written(lines)).intact


def spaced(line):
    return (json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n").encode()


def escaped(line):
    text = json.dumps(line, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return (text.replace("a", "\\u0061", 1) + "\n").encode()


def windows(line):
    return canonical(line) + b"\r\n"


def doubled_key(line):
    return canonical(line)[:-1] + b',"seq":1}\n'


WRITTEN = [spaced, escaped, windows, doubled_key]


@pytest.mark.parametrize("write", WRITTEN, ids=[w.__name__ for w in WRITTEN])
def test_a_line_written_otherwise_is_named_and_the_rest_is_read(content, write):
    lines = ex.parsed(content)
    place = ex.events(lines, ex.a_case(lines))[2]
    raw = [canonical(x) + b"\n" for x in lines]
    raw[place] = write(lines[place])
    report = audit_verifier.verify_lines(raw)
    assert not report.intact
    assert {f.chain for f in report.findings} == {lines[place]["chain"]}
    assert report.events == len(ex.events(lines))


def test_a_file_saved_by_an_editor_is_read_and_what_was_changed_is_still_named(content):
    """Somebody opens the export with a JSON tool, changes one entry, and saves everything with spaces."""
    lines = ex.parsed(content)
    place = ex.events(lines, ex.a_case(lines))[3]
    lines[place]["role"] = "auditor"
    report = audit_verifier.verify_lines([spaced(x) for x in lines])
    changed = [(f.chain, f.seq) for f in report.findings if f.kind == "changed"]
    assert changed == [(lines[place]["chain"], lines[place]["seq"])]
    assert len(report.findings) < 20


HOSTILE = [
    b"\xff\xfe\n", b"\n", b"[]\n", b'"event"\n', b"null\n", b'{"type":"event"}\n', b'{"type":"coin"}\n',
    b"[" * 100_000 + b"\n", b'{"type":"end","events":' + b"9" * 5000 + b"}\n",
    b'{"data":"\\ud800","type":"event"}\n', b'{"events":true,"type":"end"}\n', b'{"events":-1,"type":"end"}\n',
]  # fmt: skip


@pytest.mark.parametrize("line", HOSTILE, ids=range(len(HOSTILE)))
def test_no_line_breaks_the_program(content, line):
    raw = content.splitlines(keepends=True)
    for place in (0, 1, 3, len(raw) // 2, len(raw)):
        assert not audit_verifier.verify_lines([*raw[:place], line, *raw[place:]]).intact
        if place < len(raw):
            assert not audit_verifier.verify_lines([*raw[:place], line, *raw[place + 1 :]]).intact


def test_a_damaged_entry_is_named_by_its_place(content):
    lines = ex.parsed(content)
    place = ex.events(lines, ex.a_case(lines))[2]
    raw = content.splitlines(keepends=True)
    raw[place] = raw[place][:-20] + b"\n"
    report = audit_verifier.verify_lines(raw)
    assert ("format", lines[place]["seq"]) in {(f.kind, f.seq) for f in report.findings}
    assert {f.chain for f in report.findings if f.chain} == {lines[place]["chain"]}


def test_strange_statements_of_roots_are_findings(content):
    for change in ({"chains": "3"}, {"number": None}, {"events": 1.5}, {"merkle": 5}, {"previous": []}):
        lines = ex.parsed(content)
        said = json.loads(lines[2]["statement"]) | change
        lines[2]["statement"] = canonical(said).decode()
        assert "signature_forged" in ex.kinds(ex.verdict(ex.written(lines)))


def test_exports_of_the_first_version_are_still_read(content):
    lines = ex.parsed(content)
    lines[0]["version"] = 1
    for line in lines:
        line.pop("leaf", None), line.pop("follows", None), line.pop("last", None)
    assert ex.verdict(ex.written(lines)).intact


def test_a_leaf_that_is_not_its_own_is_named(content):
    lines = ex.parsed(content)
    chain = ex.a_case(lines)
    next(x for x in lines if x["type"] == "chain" and x["chain"] == chain)["leaf"] = leaf(chain, 1, "").hex()
    report = ex.verdict(ex.written(lines))
    assert [(f.kind, f.chain) for f in report.findings] == [("format", chain)]


def test_days_put_in_each_others_place_are_found(session, tmp_path, capsys):
    files = []
    for number in range(3):
        ex.history(session, 1)
        files.append(tmp_path / f"day{number}.jsonl")
        files[-1].write_bytes(b"".join(audit_export.day(session, ex.sealed(session))))
    assert audit_verifier.main([str(f) for f in files]) == 0
    files[1].write_bytes(files[2].read_bytes())
    assert audit_verifier.main([str(f) for f in files]) == 1
    assert "no file of root 2" in capsys.readouterr().out


@pytest.mark.parametrize("key", ["nowhere.pub", "x" * 64])
def test_a_key_that_is_none_is_told_and_not_a_crash(content, tmp_path, capsys, key):
    file = tmp_path / "full.jsonl"
    file.write_bytes(content)
    assert audit_verifier.main([str(file), "--key", key]) == 2
    assert "公钥不能读取" in capsys.readouterr().err
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    assert audit_verifier.main([str(empty)]) == 1
    assert "the file is empty" in capsys.readouterr().out


def test_cases_are_named_by_the_number_people_know(content, tmp_path, capsys):
    lines = ex.parsed(content)
    chain = ex.a_case(lines)
    number = lines[ex.events(lines, chain)[0]]["data"]["case_no"]
    lines[ex.events(lines, chain)[3]]["role"] = "auditor"
    file = tmp_path / "full.jsonl"
    file.write_bytes(ex.written(lines))
    assert audit_verifier.main([str(file)]) == 1
    assert f"[办件 · case {number}]" in capsys.readouterr().out
