"""Laws of SAS transport files: which doubles and texts come back as they were written."""

from __future__ import annotations

import struct
from fractions import Fraction

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from qundao.intake.readers import open_source
from qundao.intake.readers.xpt_numbers import (
    BEYOND,
    MISSING,
    SMALLEST,
    from_ibm,
    representable,
    special_missing,
    to_ibm,
)
from qundao.intake.xpt_write import write_xpt
from support.source_tables import read_all

SIZES = st.floats(SMALLEST, BEYOND, exclude_max=True)
HELD = st.one_of(st.sampled_from([0.0, -0.0]), SIZES, SIZES.map(lambda x: -x))
WORDS = st.integers(0, 2**64 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def bits(values):
    return np.asarray(values, np.float64).view(np.uint64).tolist()


@given(st.lists(HELD, min_size=1))
def test_doubles_within_the_range_come_back_bit_for_bit(values):
    numbers = np.array(values)
    assert representable(numbers).all()
    read, missing = from_ibm(to_ibm(numbers))
    assert bits(read) == bits(numbers)
    assert not missing.any()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_outside_the_range_are_known_as_such(value):
    held = value == 0 or 16.0**-65 <= abs(value) < 16.0**63
    assert representable(np.array([value])).tolist() == [held]


@given(WORDS)
def test_an_ibm_double_is_read_as_the_nearest_ieee_double(word):
    """Held against exact fractions, after the definition of the format."""
    values, missing = from_ibm(np.array([word], np.uint64))
    sign, exponent, fraction = word >> 63, (word >> 56) & 127, word & (2**56 - 1)
    if fraction == 0 and (word >> 56) in MISSING.values():
        assert missing.tolist() == [word >> 56]
        assert np.isnan(values).all()
    else:
        exact = (-1) ** sign * Fraction(fraction, 2**56) * Fraction(16) ** (exponent - 64)
        assert missing.tolist() == [0]
        assert float(values[0]) == float(exact)


@given(st.lists(st.one_of(HELD, st.sampled_from(sorted(MISSING))), min_size=1))
def test_a_special_missing_value_is_noticed_and_nothing_else(cells):
    words = [
        MISSING[c] << 56 if isinstance(c, str) else int(to_ibm(np.array([c]))[0]) for c in cells
    ]
    special = any(isinstance(c, str) and c != "." for c in cells)
    assert special_missing(np.array(words, np.uint64).byteswap()) == special


def test_known_examples():
    """1 is 41 10 …, -1 is C1 10 …, 0 is zeros; -118.625 is the usual example of the format."""
    known = {1.0: "4110000000000000", -1.0: "c110000000000000", 2.0: "4120000000000000",
             0.0: "0000000000000000", -118.625: "c276a00000000000"}  # fmt: skip
    for value, word in known.items():
        assert to_ibm(np.array([value])).tolist() == list(struct.unpack(">Q", bytes.fromhex(word)))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.one_of(HELD, st.none()), TEXTS), min_size=1, max_size=20),
    st.sampled_from([5, 8]),
)
def test_rows_come_back_through_a_file(tmp_path_factory, rows, version):
    """Texts come back without their trailing blanks (and NULs), empty ones as null.

    In version 5, which does not count rows, rows of blanks alone at the end may be padding.
    """
    path = tmp_path_factory.mktemp("xpt") / "rows.xpt"
    numbers, texts = zip(*rows, strict=True)
    table = pa.table({"N": pa.array(numbers, pa.float64()), "T": pa.array(texts, pa.string())})
    write_xpt(path, {"R": table}, version=version)
    read, defects = read_all(open_source(path, options={"encoding": "utf-8"}), "R")
    assert defects == []
    wanted = [n for n in numbers if n is not None]
    assert bits([n for n in read["N"].to_pylist() if n is not None]) == bits(wanted)
    assert read["N"].is_null().to_pylist() == [n is None for n in numbers]
    assert read["T"].to_pylist() == [t.rstrip(" \0") or None for t in texts]
