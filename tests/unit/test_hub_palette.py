"""The colours of the style sheet keep WCAG 2.2 AA, on every ground on which they are used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import qundao.hub

CSS = (Path(qundao.hub.__file__).parent / "static" / "qundao" / "qundao.css").read_text("utf-8")
COLOURS = dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6});", CSS))

TEXT = 4.5  # WCAG 1.4.3, normal text
GRAPHIC = 3.0  # WCAG 1.4.11, parts of controls and figures
GROUNDS = ("paper", "surface", "sunk")
PAIRS = [
    *[(ink, ground, TEXT) for ink in ("ink", "ink-soft") for ground in GROUNDS],
    *[("accent", ground, TEXT) for ground in ("paper", "surface", "sunk", "accent-soft")],
    *[("ink", ground, TEXT) for ground in ("accent-soft", "amber-soft", "red-soft")],
    *[("ink-soft", ground, TEXT) for ground in ("accent-soft", "amber-soft", "red-soft")],
    ("surface", "accent", TEXT),
    ("surface", "accent-strong", TEXT),
    ("accent-strong", "accent-soft", TEXT),
    ("amber", "amber-soft", TEXT),
    ("amber", "paper", TEXT),
    ("red", "red-soft", TEXT),
    ("red", "surface", TEXT),
    ("edge", "surface", GRAPHIC),
    ("edge", "paper", GRAPHIC),
    *[(f"series-{i}", "surface", GRAPHIC) for i in range(1, 5)],
]


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2, definition)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_agrees_with_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_contrast(front: str, ground: str, least: float) -> None:
    assert contrast(COLOURS[front], COLOURS[ground]) >= least


def test_every_colour_is_named_once_and_used_by_name() -> None:
    body = CSS.split("}", 1)[1]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=\s*[;,)])", body) == []


def test_series_differ_for_colour_blind_readers() -> None:
    """Neighbouring series differ in lightness or carry another dash; here: each has its dash."""
    dashes = re.findall(r"\.plot \.s([123]), [^{]*\{[^}]*stroke-dasharray: ([^;]+);", CSS)
    assert len({d for _, d in dashes}) == 3


def test_body_text_is_16_px_with_line_height_1_6() -> None:
    assert "html { font-size: 16px" in CSS
    assert re.search(r"body \{[^}]*line-height: 1\.6;", CSS)


def test_paper_is_a4() -> None:
    assert re.search(r"@page \{ size: A4;", CSS)
