"""The catalogues in `quality/data` as checks: which there are for a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from qundao.kernel.errors import fail
from qundao.models import OWN, cdisc
from qundao.models.model import Model, Table
from qundao.quality.catalogue_text import read_checks
from qundao.quality.check import Check
from qundao.quality.codes import NO_CHECKS
from qundao.quality.rulebook import Rule

_FILES = {
    ("omop", "5.3"): ("omop-5.3", "omop-concepts", "omop"),
    ("omop", "5.4"): ("omop-5.4", "omop-concepts", "omop"),
    ("cdisc", "sdtm-3.2"): ("sdtm-3.2",),
    ("cdisc", "adam-1.1"): ("adam-1.1",),
    ("cdisc", "sdtm-3.2+adam-1.1"): ("sdtm-3.2", "adam-1.1"),
}


def checks_for(model: Model) -> tuple[Check, ...]:
    """Return every check of a model, in the catalogue's order. Raises `quality.no_checks`.

    What a described table says of itself is checked: its fields, kinds, keys and references.
    """
    if model.standard == OWN:
        return read_checks(_declared(model), model)
    names = _FILES.get((model.standard, model.version))
    if names is None:
        known = "; ".join(f"{s} {v}" for s, v in _FILES)
        raise fail(NO_CHECKS, f"{model.standard} {model.version}", known=known)
    return _checks(model, names)


@cache
def known_rules() -> Mapping[str, Rule]:
    """Return every rule of the product's own catalogues, by id, in their order."""
    return {c.rule.id: c.rule for c in checks_for(cdisc()) if c.rule}


@cache
def _checks(model: Model, names: tuple[str, ...]) -> tuple[Check, ...]:
    folder = files("qundao.quality") / "data"
    texts = ((folder / f"{name}.txt").read_text(encoding="utf-8") for name in names)
    return tuple(c for text in texts for c in read_checks(text, model))


def _declared(model: Model) -> str:
    """Return the catalogue of a described model: what it declares is what holds."""
    return "\n".join(["source: description", *(line for t in model.tables for line in _of(t))])


def _of(table: Table) -> Iterator[str]:
    yield f"[{table.name}]"
    yield "cdmTable"
    yield "cdmField: (all)"
    sets = ("isRequired", "(required)"), ("cdmDatatype", "(integer)"), ("isPrimaryKey", "(key)")
    yield from (f"{check}<=0: {fields}" for check, fields in sets)
    for field in table.fields:
        if field.foreign:
            yield f"isForeignKey<=0: {field.name}({field.foreign.table}.{field.foreign.field})"
    yield "measureValueCompleteness<=0: (required)"
    yield "measureValueCompleteness<=100: (optional)"
