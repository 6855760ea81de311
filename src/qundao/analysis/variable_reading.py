"""Baseline variables out of a protocol's JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qundao.analysis.reading import Reader
from qundao.analysis.variables import (
    LARGEST_VALUE,
    OTHER_LABEL,
    Banded,
    Binary,
    Categorical,
    Continuous,
    Level,
    Variable,
)


def read_variable(at: Reader) -> Variable:
    """Read a variable of any kind."""
    kind = at.at("kind")
    read = _READERS.get(kind.value) if isinstance(kind.value, str) else None
    if read is None:
        kind.refuse(f"one of {', '.join(_READERS)}")
        return Binary("unknown", OTHER_LABEL)
    return read(at)


def _read_categorical(at: Reader) -> Categorical:
    at.only("kind", "column", "label", "levels")
    levels = at.at("levels").listed(_read_level)
    return Categorical(at.at("column").text(), at.at("label").words(), levels)


def _read_level(at: Reader) -> Level:
    at.only("value", "label")
    return Level(at.at("value").text(), at.at("label").words())


def _read_binary(at: Reader) -> Binary:
    at.only("kind", "column", "label")
    return Binary(at.at("column").text(), at.at("label").words())


def _read_banded(at: Reader) -> Banded:
    at.only("kind", "column", "label", "edges")
    edges = at.at("edges").integers(-LARGEST_VALUE, LARGEST_VALUE)
    return Banded(at.at("column").text(), at.at("label").words(), edges)


def _read_continuous(at: Reader) -> Continuous:
    at.only("kind", "column", "label", "unit", "low", "high", "scale")
    return Continuous(
        at.at("column").text(),
        at.at("label").words(),
        at.at("unit").words(),
        at.at("low").integer(-LARGEST_VALUE, LARGEST_VALUE),
        at.at("high").integer(-LARGEST_VALUE, LARGEST_VALUE),
        at.at("scale").integer(1, LARGEST_VALUE) if at.has("scale") else 1,
    )


_READERS: Mapping[str, Callable[[Reader], Variable]] = {
    Categorical.kind: _read_categorical,
    Binary.kind: _read_binary,
    Banded.kind: _read_banded,
    Continuous.kind: _read_continuous,
}
