"""Laws of canonical JSON: it reads back equal, and equal values have equal bytes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from qundao.kernel.canonical import LARGEST_INTEGER, canonical_json

numbers = st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | st.floats(
    allow_nan=False, allow_infinity=False
)
text = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | numbers | text,
    lambda inner: st.lists(inner) | st.dictionaries(text, inner),
    max_leaves=20,
)


@given(values)
def test_reads_back_equal(value):
    # ECMAScript writes 4.15e16 without a point, so every number is read as a double here.
    assert json.loads(canonical_json(value), parse_int=float) == value


@given(st.dictionaries(text, values))
def test_the_order_of_keys_does_not_matter(value):
    turned = dict(reversed(value.items()))
    assert canonical_json(value) == canonical_json(turned)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_its_value(value):
    assert float(canonical_json(value)) == value
