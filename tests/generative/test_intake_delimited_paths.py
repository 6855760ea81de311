"""The fast way of reading delimited text and the careful one never differ, whatever the dirt."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qundao.intake.readers.delimited_blocks import read_block
from qundao.intake.readers.delimited_dialect import Dialect
from qundao.intake.readers.delimited_reading import Reading
from qundao.intake.readers.delimited_records import Grammar, read_records
from qundao.intake.source import PLACE, SourceColumn, SourceTable

_SIGNS = (",", '"', "\n", "\r", "\r\n", '""', "a", "药", " ", "\0", "\ufeff", "|!|", "'", "\x1f")
_dirt = st.lists(
    st.one_of(st.sampled_from([s.encode() for s in _SIGNS]), st.just(b"\xff")), max_size=60
).map(b"".join)
_cell = st.sampled_from(["", "a", "药品", '"a,b"', '"x""y"', '""', '"l1\nl2"', '"l\r\nm"', "5' 3"])
_clean = st.lists(st.lists(_cell, min_size=3, max_size=3).map(",".join), max_size=12).flatmap(
    lambda rows: st.sampled_from(["\n", "\r\n", "\r"]).map(lambda e: e.join([*rows, ""]).encode())
)
_text = st.lists(st.one_of(_clean, _clean, _dirt), max_size=4).map(b"".join)
_grammar = st.builds(
    Grammar,
    delimiter=st.sampled_from([b",", b",", b",", b"|!|", b"a"]),
    quote=st.sampled_from([b'"', b'"', b"'", b""]),
    width=st.integers(1, 3),
    field_bytes=st.sampled_from([4, 40, 2**20]),
)


def _read(text: bytes, grammar: Grammar, cuts: list[int], *, fast: bool) -> tuple[object, object]:
    columns = tuple(SourceColumn(str(i), pa.string()) for i in range(grammar.width))
    dialect = Dialect(grammar, tuple(c.name for c in columns), False, 0, 0)
    faults: list[tuple[int, str]] = []
    reading = Reading(
        SourceTable("t", columns), dialect, lambda d: faults.append((d.place, d.value)), fast=fast
    )
    edges = sorted({0, len(text), *(c % (len(text) + 1) for c in cuts)})
    blocks = [text[a:b] for a, b in pairwise(edges)]
    rows = [row for batch in reading.batches(iter(blocks)) for row in batch.to_pylist()]
    return rows, faults


@settings(max_examples=1000, deadline=None)
@example(b"\xef\xbb\xbfa,b\n", Grammar(b",", width=2), [], set())
@example(b"a,\xff\nb,c\n", Grammar(b",", width=2), [], {0})
@given(_text, _grammar, st.lists(st.integers(0, 10_000), max_size=6), st.sets(st.integers(0, 2)))
def test_both_ways_read_alike_wherever_the_text_is_cut(text, grammar, cuts, picked):
    """Whichever columns are picked, the same rows are read and the same are at fault."""
    whole = read_records(text, grammar, final=True)
    asked = tuple(sorted(i for i in picked if i < grammar.width)) or None
    grammar = replace(grammar, picked=asked)
    expected_rows = [
        {**{str(i): row[i].decode() for i in grammar.asked}, PLACE: place}
        for row, place in zip(whole.rows, whole.places, strict=True)
    ]
    expected_places = [place for place, _ in whole.faults]
    for fast in (True, False):
        rows, faults = _read(text, grammar, cuts, fast=fast)
        assert rows == expected_rows
        assert [place for place, _ in faults] == expected_places


@settings(max_examples=200, deadline=None)
@given(_clean, st.booleans())
def test_clean_text_needs_no_care(text, final):
    grammar = Grammar(b",", width=3)
    block = read_block(text, grammar, final=final)
    careful = read_records(text, grammar, final=final)
    if block is None:  # nothing whole to read yet
        assert not careful.rows
        return
    assert [list(r) for r in zip(*(c.to_pylist() for c in block.columns), strict=True)] == [
        [v.decode() for v in row] for row in careful.rows
    ]
    assert block.places.tolist() == careful.places
    assert not careful.faults


@settings(max_examples=300, deadline=None)
@given(_text, st.integers(1, 3))
def test_each_line_is_read_rejected_or_blank_once(text, width):
    records = read_records(text, Grammar(b",", width=width), final=True)
    places = sorted([*records.places, *(place for place, _ in records.faults)])
    assert len(set(places)) == len(places)
    assert records.used == len(text)
    lines = len(text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"))
    assert records.lines <= lines
    assert all(1 <= place <= lines for place in places)
