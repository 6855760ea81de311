"""A cell of the inspector's file is never a formula, whoever wrote it."""

import pytest

from qundao.node.console.left_file import _safe


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_become_text(text):
    assert _safe(text) == f"'{text}"


@pytest.mark.parametrize(
    ("cell", "shown"), [("member_1", "member_1"), (3, 3), (-3, -3), (None, "")]
)
def test_others_stay(cell, shown):
    assert _safe(cell) == shown
