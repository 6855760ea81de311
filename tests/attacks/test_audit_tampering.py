"""An attacker has the hub's database, or the exported file: what was touched must be named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qundao.audit.bundle import event_line
from qundao.audit.heads import TreeHead, sign_head
from qundao.audit.merkle import leaf_hash
from qundao.audit.tree import Place
from qundao.audit.verify import Verification, verify_bundle, verify_file
from qundao.kernel.canonical import canonical_json
from qundao.kernel.signing import SigningKey
from support.audit_logs import KEY, ORIGIN, START, Log, Row, codes, make_event, make_log, named

EVENTS = 21
WHOLE = make_log(EVENTS)
LINES = WHOLE.lines()
TRUSTED = KEY.verify_key


def check(lines: list[bytes], **options: object) -> Verification:
    return verify_bundle(lines, TRUSTED, **options)  # type: ignore[arg-type]


def event_lines(lines: list[bytes]) -> list[int]:
    return [at for at, line in enumerate(lines) if b'"type":"event"' in line]


@pytest.mark.parametrize("with_nodes", [True, False])
@pytest.mark.parametrize("events", [0, 1, 2, 3, 4, 7, 8, 21, 64, 65])
def test_an_untouched_log_is_whole(events: int, *, with_nodes: bool) -> None:
    outcome = make_log(events).verify(with_nodes=with_nodes)
    assert outcome.ok, outcome.findings
    assert (outcome.events, outcome.proved) == (events, events)
    assert outcome.heads == len(make_log(events).heads)


@pytest.mark.parametrize("index", range(EVENTS))
def test_an_altered_event_is_named(index: int) -> None:
    log = WHOLE.copy()
    log.rewrite(index, actor="somebody_else")
    outcome = log.verify()
    assert named(outcome, "audit.event_altered") == [(index, index)]
    assert len(outcome.findings) == 1
    assert log.verify(with_nodes=False).findings[0].names(index)


@pytest.mark.parametrize("index", range(EVENTS))
def test_an_altered_event_with_its_leaf_hash_is_named_by_the_tree(index: int) -> None:
    log = WHOLE.copy()
    log.rewrite(index, leaf=True, actor="somebody_else")
    assert named(log.verify(), "audit.event_altered") == [(index, index)]


@pytest.mark.parametrize("levels", [1, 2, 3])
@pytest.mark.parametrize("index", range(16))
def test_altered_nodes_narrow_the_search_to_the_lowest_true_node(index: int, levels: int) -> None:
    log = make_log(EVENTS, sign_every=EVENTS)
    log.rewrite(index, leaf=True, levels=levels, actor="somebody_else")
    outcome = log.verify()
    first = index >> levels << levels
    assert named(outcome, "audit.subtree_altered") == [(first, first + (1 << levels) - 1)]
    assert not outcome.ok


def test_signed_heads_narrow_the_search_further() -> None:
    log = make_log(EVENTS, sign_every=1)
    log.rewrite(5, leaf=True, levels=2, actor="somebody_else")
    outcome = log.verify()
    assert named(outcome, "audit.head_mismatch") == [(5, 5)]
    assert outcome.proved == 5


@pytest.mark.parametrize("index", range(EVENTS))
@pytest.mark.parametrize("with_nodes", [True, False])
def test_a_wholly_rewritten_tree_fails_the_first_head_after(
    index: int, *, with_nodes: bool
) -> None:
    log = WHOLE.copy()
    log.rewrite(index, leaf=True, levels=8, actor="somebody_else")
    outcome = log.verify(with_nodes=with_nodes)
    good = index // 4 * 4
    assert named(outcome, "audit.head_mismatch") == [(good, min(good + 4, EVENTS) - 1)]
    assert outcome.proved == good
    assert len(outcome.findings) == 1


def test_a_head_inside_the_broken_subtree_clears_what_it_covers() -> None:
    log = make_log(EVENTS, sign_every=7)
    log.rewrite(7, leaf=True, levels=1, actor="somebody_else")
    assert named(log.verify(), "audit.subtree_altered") == [(7, 7)]


def test_one_alteration_does_not_hide_another() -> None:
    log = make_log(64, sign_every=64)
    log.rewrite(3, actor="somebody_else")
    log.rewrite(40, leaf=True, levels=5, actor="somebody_else")
    outcome = log.verify()
    assert named(outcome, "audit.event_altered") == [(3, 3)]
    assert named(outcome, "audit.subtree_altered") == [(32, 63)]


def test_an_altered_node_alone_is_found() -> None:
    log = WHOLE.copy()
    log.store.nodes[Place(2, 1)] = bytes(32)
    outcome = log.verify()
    assert named(outcome, "audit.subtree_altered") == [(4, 7)]
    assert outcome.proved == EVENTS


def test_an_altered_leaf_node_is_named_and_the_event_below_it_stays_proved() -> None:
    log = WHOLE.copy()
    log.store.nodes[Place(0, 9)] = bytes(32)
    outcome = log.verify()
    assert named(outcome, "audit.event_altered") == [(9, 9)]
    assert len(outcome.findings) == 1
    assert outcome.proved == EVENTS


def test_a_lost_node_is_found() -> None:
    log = WHOLE.copy()
    del log.store.nodes[Place(1, 3)]
    outcome = log.verify()
    assert codes(outcome) == ["audit.node_missing"]
    assert outcome.findings[0].problem.where == "level 1, 3"


@pytest.mark.parametrize("index", [0, 1, 9, EVENTS - 1])
def test_a_deleted_row_is_named_and_the_rest_still_proved(index: int) -> None:
    log = WHOLE.copy()
    del log.rows[index]
    outcome = log.verify()
    assert named(outcome, "audit.event_missing") == [(index, index)]
    assert len(outcome.findings) == 1
    assert outcome.proved == EVENTS


@pytest.mark.parametrize("index", [0, 1, 9, EVENTS - 1])
def test_a_line_cut_out_of_the_file_is_named(index: int) -> None:
    lines = list(LINES)
    del lines[event_lines(lines)[index]]
    assert (index, index) in named(check(lines), "audit.event_missing")


def test_a_row_deleted_with_the_rest_moved_up_is_named() -> None:
    log = WHOLE.copy()
    rows = [log.rows[at] for at in range(EVENTS) if at != 6]
    log.rows = dict(enumerate(rows))
    assert (6, 6) in named(log.verify(), "audit.event_missing")


def test_an_inserted_row_with_the_rest_moved_down_is_named() -> None:
    log = WHOLE.copy()
    forged = make_event(6, actor="attacker")
    rows = [log.rows[at] for at in range(EVENTS)]
    rows.insert(6, Row(forged.content(), forged.leaf_hash))
    log.rows = dict(enumerate(rows))
    outcome = log.verify()
    assert (6, 6) in named(outcome, "audit.event_inserted")
    assert named(outcome, "audit.event_altered") == []


def test_an_event_slipped_in_a_second_time_is_named() -> None:
    lines = list(LINES)
    at = event_lines(lines)[6]
    forged = make_event(6, actor="attacker")
    lines.insert(at + 1, event_line(6, forged.leaf_bytes, forged.leaf_hash.hex(), []))
    assert named(check(lines), "audit.event_inserted") == [(6, 6)]


def test_a_row_appended_behind_the_tree_is_named() -> None:
    log = WHOLE.copy()
    forged = make_event(EVENTS, actor="attacker")
    log.rows[EVENTS] = Row(forged.content(), forged.leaf_hash)
    outcome = log.verify()
    assert named(outcome, "audit.event_inserted") == [(EVENTS, EVENTS)]
    assert named(outcome, "audit.tail_unsigned") == [(EVENTS, EVENTS)]


def test_a_row_far_behind_the_tree_is_named() -> None:
    log = WHOLE.copy()
    forged = replace(make_event(0), sequence=10**12)
    log.rows[10**12] = Row(forged.content(), forged.leaf_hash)
    assert named(log.verify(), "audit.event_inserted") == [(10**12, 10**12)]


def test_an_event_appended_without_a_new_head_proves_nothing() -> None:
    log = WHOLE.copy()
    log.add(make_event(EVENTS))
    outcome = log.verify()
    assert codes(outcome) == ["audit.tail_unsigned"]
    assert outcome.proved == EVENTS


@pytest.mark.parametrize("index", [0, 5, 10])
def test_swapped_rows_are_named(index: int) -> None:
    log = WHOLE.copy()
    log.rows[index], log.rows[index + 1] = log.rows[index + 1], log.rows[index]
    assert named(log.verify(), "audit.event_reordered") == [(index, index)]


def test_swapped_lines_are_named() -> None:
    lines = list(LINES)
    first, second = event_lines(lines)[5:7]
    lines[first], lines[second] = lines[second], lines[first]
    outcome = check(lines)
    assert named(outcome, "audit.event_reordered") == [(5, 5)]
    assert named(outcome, "audit.event_missing") == []


def test_events_swapped_with_new_numbers_and_hashes_are_named() -> None:
    log = WHOLE.copy()
    a, b = log.rows[8].content, log.rows[9].content
    log.rewrite(8, leaf=True, **{**b, "sequence": 8})
    log.rewrite(9, leaf=True, **{**a, "sequence": 9})
    assert named(log.verify(), "audit.event_altered") == [(8, 9)]


def test_a_shortened_log_is_convicted_by_a_head_that_somebody_kept() -> None:
    short = make_log(12)
    assert short.verify().ok
    outcome = short.verify(known_heads=[WHOLE.heads[-1]])
    assert named(outcome, "audit.log_truncated") == [(12, EVENTS - 1)]


def test_a_log_rewritten_and_signed_anew_is_convicted_by_a_head_that_somebody_kept() -> None:
    forked = Log()
    for sequence in range(EVENTS):
        forked.add(make_event(sequence, **({"actor": "x"} if sequence == 6 else {})))
    forked.sign()
    assert forked.verify().ok
    outcome = forked.verify(known_heads=WHOLE.heads)
    assert named(outcome, "audit.head_mismatch") == [(4, 7)]


def test_a_forged_head_convicts_nobody() -> None:
    forged = make_log(30)
    forged.heads.clear()
    kept = forged.sign(SigningKey.generate())
    outcome = WHOLE.verify(known_heads=[kept])
    assert codes(outcome) == ["audit.head_forged"]
    assert outcome.proved == EVENTS


def test_a_file_cut_short_says_so() -> None:
    outcome = check(LINES[: len(LINES) // 2])
    assert "audit.log_truncated" in codes(outcome)
    assert "audit.line_unreadable" in codes(outcome)


def test_a_head_in_capital_digits_is_refused() -> None:
    at = next(n for n, line in enumerate(LINES) if b'"size":8' in line)
    upper = re.sub(rb'(?<="root":")[0-9a-f]+', lambda m: m[0].upper(), LINES[at])
    outcome = check([*LINES[:at], upper, *LINES[at + 1 :]])
    assert codes(outcome) == ["audit.line_unreadable"]


def test_a_head_signed_by_another_key_is_named() -> None:
    log = make_log(6)
    log.sign(SigningKey.generate())
    outcome = log.verify()
    assert codes(outcome) == ["audit.head_forged"]
    assert outcome.findings[0].problem.where == "size 6"


def test_a_head_of_the_empty_log_has_the_empty_root() -> None:
    log = make_log(3)
    head = TreeHead(ORIGIN, 0, bytes(32), START)
    log.heads.insert(0, sign_head(KEY, head))
    outcome = log.verify()
    assert codes(outcome) == ["audit.head_mismatch"]
    assert outcome.proved == 0


def test_a_great_many_gaps_are_told_within_bounds() -> None:
    log = make_log(2500, sign_every=2500)
    for index in range(0, 2500, 2):
        del log.rows[index]
    outcome = log.verify(limit=20)
    assert named(outcome, "audit.event_missing")[:2] == [(0, 0), (2, 2)]
    assert len(outcome.findings) + outcome.more == 1250


def test_a_whole_log_forged_under_another_key_is_worthless() -> None:
    lines = [line.replace(TRUSTED.text.encode(), b"ed25519:x") for line in LINES]
    assert "audit.foreign_key" in codes(check(lines))
    outcome = verify_bundle(LINES, SigningKey.generate().verify_key)
    assert outcome.proved == 0
    assert {"audit.foreign_key", "audit.head_forged"} <= set(codes(outcome))


def test_a_head_taken_out_is_noticed() -> None:
    lines = [line for line in LINES if b'"size":8' not in line]
    assert len(lines) == len(LINES) - 1
    assert codes(check(lines)) == ["audit.line_unreadable"]


def test_a_row_that_is_no_longer_json_is_named_and_exported_all_the_same() -> None:
    log = WHOLE.copy()
    log.rows[3].content = {"broken": float("nan")}
    log.rows[7].content = None  # type: ignore[assignment]
    outcome = log.verify()
    assert named(outcome, "audit.event_altered") == [(3, 3)]
    assert named(outcome, "audit.event_missing") == [(7, 7)]


@settings(max_examples=300)
@given(st.data())
def test_any_changed_byte_of_the_file_is_found(data: st.DataObject) -> None:
    content = b"".join(LINES)
    place = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != content[place]))
    changed = content[:place] + bytes([byte]) + content[place + 1 :]
    assert not check(changed.splitlines(keepends=True)).ok


@pytest.mark.parametrize("bit", [0x01, 0x20])
def test_every_single_byte_of_a_small_file_counts(bit: int) -> None:
    """0x20 turns small letters into capitals: the change that careless readers forgive."""
    content = b"".join(make_log(2, sign_every=2).lines())
    assert check(content.splitlines(keepends=True)).ok
    for place, byte in enumerate(content):
        changed = content[:place] + bytes([byte ^ bit]) + content[place + 1 :]
        assert not check(changed.splitlines(keepends=True)).ok, content[place - 20 : place + 20]


@settings(max_examples=100)
@given(st.data())
def test_a_changed_byte_in_an_event_names_the_event(data: st.DataObject) -> None:
    index = data.draw(st.integers(0, EVENTS - 1))
    log = WHOLE.copy()
    text = canonical_json(log.rows[index].content)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.integers(32, 126))
    try:
        changed = json.loads(text[:place] + bytes([letter]) + text[place + 1 :])
    except ValueError:
        return
    if changed == log.rows[index].content or not isinstance(changed, dict):
        return
    log.rows[index].content = changed
    assert any(finding.names(index) for finding in log.verify().findings)


@pytest.mark.parametrize(
    "line",
    [
        b"not json\n",
        b"[]\n",
        b'{"type":"event"}\n',
        b'{"type":"end","type":"end"}\n',
        b'{"type":"unheard_of"}\n',
        b'{"head":{},"type":"head"}\n',
        b"[" * 100_000 + b"\n",
        b'{"event":null,"hash":"zz","index":0,"nodes":[],"type":"event"}\n',
        b'{"event":null,"hash":null,"index":-1,"nodes":[],"type":"event"}\n',
        b'{"event":null,"hash":null,"index":1e400,"nodes":[],"type":"event"}\n',
        b'{"event":null,"hash":null,"index":1,"nodes":[null],"type":"event"}\n',
        b'{"type":"header"}\n',
        b'{"events":21, "heads":6,"type":"end"}\n',
        b'{"event":{"n":1e400},"hash":null,"index":0,"nodes":[],"type":"event"}\n',
        b'{"event":null,"hash":null,"index":9007199254740991,"nodes":[],"type":"event"}\n',
        b"\xff\xfe\n",
        b"{}",
    ],
)
def test_foreign_lines_are_findings_and_never_errors(line: bytes) -> None:
    assert not check([*LINES[:4], line, *LINES[4:]]).ok
    assert not check([line, *LINES]).ok
    assert not check([*LINES, line]).ok


@pytest.mark.parametrize(
    "respell",
    [
        lambda line: line.replace(b'","', b'", "', 1),
        lambda line: line.replace(b"registered", b"r\\u0065gistered", 1),
        lambda line: line.replace(b'"index":5', b'"index":5,"index":5', 1),
        lambda line: line.replace(b'"sequence":5', b'"sequence":5.0', 1),
        lambda line: re.sub(rb'"hash":"[0-9a-f]+"', lambda m: m[0].upper(), line, count=1),
        lambda line: re.sub(rb'(?<="hash":")[0-9a-f]+', lambda m: m[0].upper(), line, count=1),
    ],
)
def test_the_same_meaning_in_another_spelling_is_refused(
    respell: Callable[[bytes], bytes],
) -> None:
    at = event_lines(LINES)[5]
    changed = respell(LINES[at])
    assert changed != LINES[at]
    outcome = check([*LINES[:at], changed, *LINES[at + 1 :]])
    assert "audit.line_unreadable" in codes(outcome)
    assert named(outcome, "audit.event_missing") == [(5, 5)]


def test_findings_beyond_the_limit_are_counted_only() -> None:
    log = make_log(60)
    for index in range(0, 60, 2):
        log.rewrite(index, actor="somebody_else")
    outcome = log.verify(limit=10)
    assert (len(outcome.findings), outcome.more) == (10, 20)
    assert not outcome.ok


def test_neighbours_become_one_range() -> None:
    log = WHOLE.copy()
    for index in range(5, 9):
        log.rewrite(index, actor="somebody_else")
    outcome = log.verify()
    assert named(outcome, "audit.event_altered") == [(5, 8)]
    assert outcome.findings[0].problem.where == "#5–8"


def test_memory_does_not_grow_with_the_log() -> None:
    """The verifier keeps one subtree for each level, whatever the log's length."""
    from qundao.audit.trace import Trace

    trace = Trace()
    widest = 0
    for number in range(5000):
        trace.add(leaf_hash(b"%d" % number), None, ())
        widest = max(widest, len(trace._peaks))
    assert widest <= (5000).bit_length()


def test_a_file_is_verified_with_progress(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(make_log(2500, sign_every=500).lines()))
    seen: list[tuple[int, int, str]] = []
    outcome = verify_file(path, TRUSTED, progress=lambda *given: seen.append(given))
    assert outcome.ok
    assert seen == [(1000, 2500, "events"), (2000, 2500, "events")]


def test_the_outcome_is_told_in_both_languages_and_as_json() -> None:
    log = WHOLE.copy()
    log.rewrite(17, actor="somebody_else")
    outcome = log.verify()
    finding = outcome.findings[0]
    assert "事件内容与存证不符" in finding.line("zh-hans")
    assert "#17" in finding.line("en")
    said = json.loads(json.dumps(outcome.to_json()))
    assert said["ok"] is False
    assert said["findings"][0]["first"] == said["findings"][0]["last"] == 17


@pytest.mark.parametrize("touch", [lambda h: replace(h, head=replace(h.head, size=9))])
def test_a_head_moved_to_another_size_is_forged(touch: Callable[..., object]) -> None:
    log = WHOLE.copy()
    log.heads[1] = touch(log.heads[1])  # type: ignore[assignment]
    assert "audit.head_forged" in codes(log.verify())
