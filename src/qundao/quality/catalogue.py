"""Reads the compact catalogues in `quality/data` into checks.

A heading `[table]`, then lines `check<=threshold_pct: field field(argument) …`, or, for checks
of single concepts, `check<=threshold_pct field(argument): concept concept …`; a line that starts
with a blank goes on with the one before; `source: …` names where the rules that follow come from.
`(all)`, `(required)`, `(optional)`, `(key)` and `(integer)` stand for the fields that the model
declares so. A tilde in an argument stands for a blank.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files

from qundao.kernel.errors import fail
from qundao.models.model import Field, Kind, Model, Table
from qundao.quality.check import Check
from qundao.quality.codes import BAD_CATALOGUE, NO_CHECKS
from qundao.quality.kinds import Level

_FILES = {
    ("omop", "5.3"): ("omop-5.3", "omop-concepts", "omop"),
    ("omop", "5.4"): ("omop-5.4", "omop-concepts", "omop"),
    ("cdisc", "sdtm-3.2"): ("sdtm-3.2",),
    ("cdisc", "adam-1.1"): ("adam-1.1",),
    ("cdisc", "sdtm-3.2+adam-1.1"): ("sdtm-3.2", "adam-1.1"),
}
_LINE = re.compile(r"^(\w+)(?:<=([\d.]+))?(?:\s+(\w+\(.+?\)))?(?::\s*(.+))?$")
_ITEM = re.compile(r"^([\w+]+)(?:\((.+)\))?$")
_SETS: Mapping[str, Callable[[Field], bool]] = {
    "(all)": lambda _: True,
    "(required)": lambda f: f.required,
    "(optional)": lambda f: not f.required,
    "(integer)": lambda f: f.kind is Kind.INTEGER,
}
_KEY = "(key)"


def checks_for(model: Model) -> tuple[Check, ...]:
    """Return every check of a model, in the catalogue's order. Raises `quality.no_checks`."""
    names = _FILES.get((model.standard, model.version))
    if names is None:
        known = "; ".join(f"{s} {v}" for s, v in _FILES)
        raise fail(NO_CHECKS, f"{model.standard} {model.version}", known=known)
    return _checks(model, names)


def read_checks(text: str, model: Model) -> tuple[Check, ...]:
    """Read a catalogue's text. Raises `quality.bad_catalogue` with the line."""
    table, source, checks = "", "", list[Check]()
    for line in _logical_lines(text):
        if line.startswith("["):
            table = line.strip("[] ")
        elif line.startswith("source:"):
            source = line.removeprefix("source:").strip()
        else:
            checks.extend(_line(line, table, source, model))
    return tuple(checks)


@cache
def _checks(model: Model, names: tuple[str, ...]) -> tuple[Check, ...]:
    folder = files("qundao.quality") / "data"
    texts = ((folder / f"{name}.txt").read_text(encoding="utf-8") for name in names)
    return tuple(c for text in texts for c in read_checks(text, model))


def _logical_lines(text: str) -> Iterator[str]:
    whole = re.sub(r"\n[ \t]+", " ", re.sub(r"(?m)^#.*\n?", "", text))
    return (line.strip() for line in whole.splitlines() if line.strip())


def _line(line: str, table: str, source: str, model: Model) -> Iterator[Check]:
    found = _LINE.match(line)
    if not found or table not in model:
        form = "[table of the model], then check<=percent: field(argument) …"
        raise fail(BAD_CATALOGUE, line, table, required=form)
    check, threshold, one, items = found.groups()
    pct = float(threshold) if threshold else None
    if one:
        place, argument = _item(one, model[table])
        for concept in (c.replace("~", " ") for c in (items or "").split()):
            yield Check(check, Level.CONCEPT, table, place, argument, pct, concept, source=source)
        return
    for field, argument in _items(items or "", model[table]):
        level = Level.FIELD if field else Level.TABLE
        yield Check(check, level, table, field, argument, pct, source=source)


def _items(text: str, table: Table) -> Iterator[tuple[str | None, str]]:
    if not text or text.startswith("="):
        yield None, text.removeprefix("=").strip()
        return
    for item in text.split():
        if item == _KEY:
            yield "+".join(table.keys), ""
        elif item in _SETS:
            yield from ((f.name, "") for f in table.fields if _SETS[item](f))
        else:
            yield _item(item, table)


def _item(item: str, table: Table) -> tuple[str, str]:
    found = _ITEM.match(item)
    if not found or any(name not in table for name in found.group(1).split("+")):
        raise fail(BAD_CATALOGUE, item, table.name, required="a field of the table")
    return found.group(1), (found.group(2) or "").replace("~", " ")
