"""Nothing of the language is left unsaid."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from typing import get_args, get_origin, get_type_hints

import pytest

from qundao.kernel.errors import QundaoError
from qundao.query import DOMAINS, from_json, to_json, words
from qundao.query.criteria import Distinct, PersonField
from qundao.query.definition import Definition
from qundao.query.walking import parts
from qundao.query.words.fields import DISTINCT, FIELDS, PERSON_FIELDS
from support.definitions import DEFINITIONS
from support.whole_language import OPEN, WHOLE

EVERY = [*DEFINITIONS, WHOLE, OPEN]


def classes(hint, found):
    """Collect every dataclass that a type can hold."""
    if dataclasses.is_dataclass(hint) and hint not in found:
        found.add(hint)
        for inner in get_type_hints(hint).values():
            classes(inner, found)
    for inner in get_args(hint) if get_origin(hint) or get_args(hint) else ():
        classes(inner, found)
    return found


def test_the_samples_hold_every_class_of_populations():
    used = {type(p) for d in EVERY for _, p in parts(d)}
    reached = {c for c in classes(Definition, set()) if "predicate" not in c.__module__}
    assert {c.__name__ for c in reached - used} == set()


def optional(data, path=()):
    """Yield the path of each field that holds something else than its default."""
    if isinstance(data, list):
        for i, value in enumerate(data):
            yield from optional(value, (*path, i))
    if isinstance(data, dict):
        for name, value in data.items():
            if name not in ("kind", "schema"):
                yield (*path, name)
                yield from optional(value, (*path, name))


def without(data, path):
    """Return JSON without the field at a path."""
    if len(path) == 1:
        return {k: v for k, v in data.items() if k != path[0]}
    changed = without(data[path[0]], path[1:])
    if isinstance(data, list):
        return [*data[: path[0]], changed, *data[path[0] + 1 :]]
    return {**data, path[0]: changed}


def changed_in_one_field():
    """Return the sample without one field that may be left out, for each such field."""
    whole = to_json(WHOLE)
    found = {}
    for path in optional(whole):
        with suppress(QundaoError):
            found[".".join(map(str, path))] = from_json(without(whole, path))
    return found


CHANGED = changed_in_one_field()


@pytest.mark.parametrize("path", CHANGED)
def test_a_field_that_is_changed_changes_the_words(path):
    told, before = words(CHANGED[path]), words(WHOLE)
    assert told.zh != before.zh
    assert told.en != before.en


def test_the_sample_has_every_field_to_change():
    assert len(CHANGED) > 70


@pytest.mark.parametrize("definition", [WHOLE, OPEN], ids=["whole", "open"])
def test_both_languages_have_as_many_lines(definition):
    text = words(definition)
    assert text.zh.count("\n") == text.en.count("\n")
    assert "{" not in text.zh + text.en


@pytest.mark.parametrize("domain", DOMAINS, ids=str)
def test_every_attribute_of_a_domain_has_a_name(domain):
    table = DOMAINS[domain]
    named = {*table.numbers, *table.codes, *table.texts, *table.linked}
    assert named <= FIELDS.keys()


def test_everything_that_can_be_counted_once_has_a_name():
    assert {*DISTINCT, Distinct.EVENT} == set(Distinct)
    assert PERSON_FIELDS.keys() == set(PersonField)
