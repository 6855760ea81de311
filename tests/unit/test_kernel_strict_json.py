"""One signed text has one meaning."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.kernel.strict_json import read_json

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


@given(VALUES)
def test_reads_any_json_value(value):
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1, "a": 2}',
        b'[{"b": {"a": 1, "a": 1}}]',
        b"NaN",
        b"[-Infinity]",
        b"1e400",
        b'"\\ud800"',
        b'{"\\u0000": 1}',
        b'["\\u0000"]',
        b"\xff",
        b"",
        b"{} {}",
        b"[" * 50_000,
    ],
)
def test_refuses_what_readers_disagree_about(data):
    with pytest.raises(ValueError):
        read_json(data)
