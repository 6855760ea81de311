"""Reads this room's readable data files: the lexicon of column names and the kinds of sources."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from qundao.intake.codes import BAD_MAPPING
from qundao.kernel.strict_yaml import Value, read_yaml
from qundao.kernel.words import Words


def read_data(name: str) -> Mapping[str, Value]:
    """Return the sections of a data file of this package. Raises `intake.bad_mapping`."""
    return parts(read_yaml(files(__package__).joinpath(name).read_text("utf-8"), name, BAD_MAPPING))


def parts(value: Value | None) -> Mapping[str, Value]:
    """Return a section's entries; none where there is no section."""
    return value.held if value is not None and isinstance(value.held, dict) else {}


def texts(value: Value | None) -> tuple[str, ...]:
    """Return a list's texts; what stands alone is a list of one."""
    if value is None:
        return ()
    held = value.held if isinstance(value.held, list) else [value]
    return tuple(v.text or "" for v in held)


def words(value: Value) -> Words:
    """Return `{zh: …, en: …}` as words."""
    told = parts(value)
    return Words(told["zh"].text or "", told["en"].text or "")
