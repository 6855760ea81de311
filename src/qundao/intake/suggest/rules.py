"""The kinds of sources that are known, and how each becomes rows of the model: `kinds.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from qundao.intake.suggest.data_files import parts, read_data, texts, words
from qundao.kernel.strict_yaml import Value
from qundao.kernel.words import Words


@dataclass(frozen=True, slots=True)
class TablePlan:
    """How a kind of source fills a target table. Expressions hold `{role}` for a column.

    `fields` have their expressions in order of preference; `each`, `where` and `reject` (when,
    because) are as in a mapping.
    """

    target: str
    fields: Mapping[str, tuple[str, ...]]
    each: tuple[Mapping[str, str], ...] = ()
    where: str = ""
    reject: tuple[tuple[str, str], ...] = ()
    one_per: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KindPlan:
    """A kind of source: what its name in a mapping is, which roles tell it, what it fills."""

    id: str
    words: Words
    source: str
    tells: Mapping[str, int]
    tables: tuple[TablePlan, ...]


@dataclass(frozen=True, slots=True)
class ListPlan:
    """A list of codes that expressions need: a file of the site's own, or what is usual.

    `whole` lists hold every way of writing; the others are to be adapted.
    """

    name: str
    words: Words
    file: str
    codes: Mapping[str, str]
    whole: bool


@cache
def kinds() -> Mapping[str, KindPlan]:
    """Return the kinds of hospital exports, by id."""
    held = parts(read_data("kinds.yaml")["kinds"])
    return MappingProxyType({id_: _kind(id_, value) for id_, value in held.items()})


@cache
def lists() -> Mapping[str, ListPlan]:
    """Return the lists of codes that the plans speak of, by name."""
    held = parts(read_data("kinds.yaml")["lists"])
    return MappingProxyType({name: _list(name, value) for name, value in held.items()})


def _kind(id_: str, value: Value) -> KindPlan:
    told = parts(value)
    tells = {role: int(v.text or 0) for role, v in parts(told["tells"]).items()}
    tables = tuple(_table(name, v) for name, v in parts(told["tables"]).items())
    return KindPlan(id_, words(told["words"]), told["source"].text or "", tells, tables)


def _table(name: str, value: Value) -> TablePlan:
    told = parts(value)
    rejects = map(_texts_of, _listed(told.get("reject")))
    return TablePlan(
        name,
        {field: texts(v) for field, v in parts(told["fields"]).items()},
        tuple(_texts_of(v) for v in _listed(told.get("each"))),
        (told["where"].text or "") if "where" in told else "",
        tuple((r["when"], r["because"]) for r in rejects),
        texts(told.get("one_per")),
    )


def _listed(value: Value | None) -> list[Value]:
    return value.held if value is not None and isinstance(value.held, list) else []


def _texts_of(value: Value) -> Mapping[str, str]:
    return {name: v.text or "" for name, v in parts(value).items()}


def _list(name: str, value: Value) -> ListPlan:
    told = parts(value)
    codes = _texts_of(told["codes"]) if "codes" in told else {}
    file = (told["file"].text or "") if "file" in told else ""
    return ListPlan(name, words(told["words"]), file, codes, "whole" in told)
