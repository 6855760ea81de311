"""A drawing of a few shapes, written as SVG text.

Colours and strokes are the page's style sheet's: shapes carry class names only, so that a
drawing stands under a content security policy and prints in black and white. Text is escaped.
"""

from __future__ import annotations

import unicodedata
from xml.etree import ElementTree as ET

WIDE_SIGN, NARROW_SIGN = 13.0, 7.0
"""Upper widths of a Chinese and of a Latin sign at the 13 px of the style sheets, in px."""


class Drawing:
    """An SVG figure of `width` × `height` px that scales; `title` is read out for it."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self._root = ET.Element(
            "svg",
            {"class": "plot", "viewBox": f"0 0 {width} {height}", "role": "img"},
        )
        self._root.set("aria-label", title)

    def rect(self, x: float, y: float, width: float, height: float, kind: str) -> None:
        """Draw a rectangle; nothing where it has no width."""
        if width > 0:
            places = {"x": x, "y": y, "width": width, "height": height}
            self._add("rect", kind, **places)

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """Draw a straight line."""
        self._add("line", kind, x1=x1, y1=y1, x2=x2, y2=y2)

    def dot(self, x: float, y: float, kind: str) -> None:
        """Draw a round mark."""
        self._add("circle", kind, cx=x, cy=y, r=4)

    def path(self, points: list[tuple[float, float]], kind: str) -> None:
        """Draw straight lines from point to point."""
        joined = "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
        ET.SubElement(self._root, "path", {"class": kind, "d": f"M{joined}"})

    def text(self, x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> None:
        """Write a text with its base line at y."""
        self._add("text", kind, x=x, y=y).set("text-anchor", anchor)
        self._root[-1].text = words

    def _add(self, tag: str, kind: str, **places: float) -> ET.Element:
        shape = ET.SubElement(self._root, tag, {k: f"{v:g}" for k, v in places.items()})
        if kind:
            shape.set("class", kind)
        return shape

    def __str__(self) -> str:
        return ET.tostring(self._root, encoding="unicode")


def fitting(words: str, width: float) -> str:
    """Return the words, cut with an ellipsis where they would be wider than `width` px."""
    room = width - WIDE_SIGN
    for i, sign in enumerate(words):
        room -= WIDE_SIGN if unicodedata.east_asian_width(sign) in "WF" else NARROW_SIGN
        if room < 0:
            return words[:i].rstrip() + "…"
    return words
