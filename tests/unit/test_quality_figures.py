"""The figures: what they draw follows from the numbers, and text cannot become markup."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.kernel.words import Words
from qundao.quality.figures import Loss, category_bars, cost_waterfall, trend_lines
from qundao.quality.figures.svg import fitting
from qundao.quality.trend import Version


def card(total, digest="a", **categories):
    return {"total": total, "categories": categories, "catalogue": {"digest": digest}}


def shapes(svg, kind):
    return [e for e in ET.fromstring(svg).iter() if e.get("class") == kind]


def texts(svg):
    return [e.text for e in ET.fromstring(svg).iter("text")]


def test_bars_are_as_long_as_the_scores_and_a_missing_category_says_so():
    svg = category_bars(card(50, conformance=100, completeness=25), "en")
    rails, bars = (shapes(svg, kind) for kind in ("rail", "bar"))
    whole = float(rails[0].get("width"))
    assert [float(b.get("width")) / whole for b in bars] == pytest.approx([0.5, 1, 0.25])
    assert "no check applies" in texts(svg)


@given(st.lists(st.floats(0.01, 4), max_size=20))
def test_the_waterfall_ends_at_the_total(points):
    losses = [Loss(Words(str(i), str(i)), p) for i, p in enumerate(points)]
    svg = cost_waterfall(losses, 100 - sum(points), "zh-hans")
    steps = shapes(svg, "loss")
    assert len(steps) == min(len(points), 12)
    (total,) = shapes(svg, "bar")
    end = float(total.get("x")) + float(total.get("width"))
    lowest = min((float(s.get("x")) for s in steps), default=end)
    assert lowest == pytest.approx(end, abs=1.2)


def test_smaller_steps_are_put_together():
    losses = [Loss(Words(str(i), str(i)), 1) for i in range(15)]
    assert "4 other kinds of check" in texts(cost_waterfall(losses, 85, "en"))


def test_lines_break_where_scores_are_not_comparable():
    versions = [
        Version("A.1", card(90, conformance=90)),
        Version("A.2", card(92, conformance=92)),
        Version("A.3", card(99, digest="b", conformance=99)),
    ]
    svg = trend_lines(versions, "zh-hans")
    assert len(shapes(svg, "line s0")) == 1
    assert len(shapes(svg, "dot d0")) == 3
    assert {"A.1", "A.2", "A.3", "总分", "规范性"} <= set(texts(svg))
    assert not shapes(svg, "dot d2")


def test_many_versions_leave_room_for_their_names():
    versions = [Version(f"QD000001.{i}", card(90)) for i in range(40)]
    named = [t for t in texts(trend_lines(versions, "en")) if t.startswith("QD")]
    assert len(named) <= 9
    assert named[-1] == "QD000001.39"


def test_text_is_escaped_and_nothing_carries_a_style():
    losses = [Loss(Words("<script>", "<script>alert(1)</script>"), 5)]
    svg = cost_waterfall(losses, 95, "en")
    assert "<script" not in svg
    assert " style=" not in svg
    assert "<script>alert(1)</script>" in texts(svg)


def test_long_words_are_cut_to_fit():
    assert fitting("short", 700) == "short"
    cut = fitting("检查" * 60, 300)
    assert cut.endswith("…")
    assert len(cut) * 13 <= 300 + 13
