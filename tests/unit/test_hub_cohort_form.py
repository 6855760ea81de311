"""The builder's form and the population that it means: there and back, whatever is typed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.hub.cohorts.builder.make import make
from qundao.hub.cohorts.builder.places import place_words
from qundao.hub.cohorts.builder.show import show
from qundao.hub.cohorts.builder.tree import change, empty_form, read_form, whole
from qundao.hub.cohorts.builder.units import units_called
from qundao.kernel.words import Words
from qundao.query import Counting, Domain, Mode, Op
from qundao.query.reading import read_population
from qundao.query.words import words
from qundao.query.words.units import UNITS
from support.whole_language import WHOLE

CASES = Path(__file__).resolve().parents[2] / ".." / "shared" / "cases"
PLACES = (
    "entry", "censoring", "rules", "additional.events", "additional.groups", "sets.0.items.0",
    "rules.0.group.events", "rules.0.group.groups", "rules.0.group.groups.0.groups", "sets.0",
    "entry.0", "rules.0", "sets", "nowhere.1", "entry.0.domain", "", "0.0",
)  # fmt: skip
ASKED = st.one_of(
    st.builds(lambda w, p: f"{w}:{p}", st.sampled_from(("add", "remove")), st.sampled_from(PLACES)),
    st.sampled_from(("set", "concept:0:192671", "concept:9:1", "number:0", "concept:0:x", "x")),
)
TYPED = st.sampled_from(("", "0", "1", "30", "-1", "x", "6.5", "nan", "1e400", "９", "8532", "s0"))
NAMES = st.sampled_from(
    ("name_zh", "prior", "exit", "exit_days", "exit_set", "collapse", "entry_limit", "sets.0.name",
     "sets.0.items.0.id", "entry.0.domain", "entry.0.set", "entry.0.measure", "entry.0.op",
     "entry.0.a", "entry.0.age_op", "entry.0.age_a", "rules.0.name", "rules.0.group.mode",
     "rules.0.group.count", "rules.0.group.events.0.count", "rules.0.group.events.0.from",
     "rules.0.group.events.0.counting", "additional.mode", "additional.events.0.to", "a.b.c", "0.1",
     "entry", "entry.0", "entry.x.y", "sets.0.items.0.id.0")
)  # fmt: skip
CHOSEN = st.sampled_from(
    [*(d.value for d in Domain), *(o.value for o in Op), *(m.value for m in Mode),
     *(c.value for c in Counting), "fixed", "drug", "first", "all"]
)  # fmt: skip


@given(st.lists(ASKED, max_size=12), st.dictionaries(NAMES, st.one_of(TYPED, CHOSEN), max_size=15))
def test_whatever_is_pressed_and_typed_the_form_stays_whole(asked: list[str], typed: dict) -> None:
    form = empty_form()
    for one in asked:
        change(form, one)
    assert whole(form) == form
    sent = whole(read_form({**_fields(form), "name_zh": "x", **typed}))
    made = make(sent)
    assert all(p.where for p in made.problems)
    if made.problems:
        return
    assert made.population is not None
    shown = show(made.population)
    assert shown.beyond == ()
    assert make(shown.form).population == made.population


def _fields(value: object, place: str = "") -> dict[str, str]:
    """A form as a page sends it."""
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)  # type: ignore[assignment]
    else:
        return {place: str(value)}
    found: dict[str, str] = {}
    for name, part in pairs:
        found |= _fields(part, f"{place}.{name}" if place else str(name))
    return found


def test_a_form_that_a_page_sends_is_the_form_that_it_was() -> None:
    form = empty_form()
    for one in ("set", "concept:0:192671", "add:rules", "add:rules.0.group.groups"):
        change(form, one)
    assert read_form(_fields(form)) == form


def test_all_defects_are_told_at_their_fields_and_the_rest_is_still_said() -> None:
    form = empty_form()
    change(form, "add:rules")
    form["name_zh"], form["prior"] = "x", "soon"
    form["rules"][0]["name"] = "r"
    form["rules"][0]["group"]["events"][0] |= {"count": "many", "from": "1e9"}
    made = make(form)
    assert [p.where for p in made.problems] == [
        "prior", "rules.0.group.events.0.from", "rules.0.group.events.0.count",
    ]  # fmt: skip
    assert made.population is not None
    assert made.population.rules == ()


def test_what_the_form_has_no_place_for_is_named() -> None:
    beyond = {w.en for w in show(WHOLE).beyond}
    assert {"criteria about an event itself", "a calendar period"} <= beyond
    assert all(w.zh for w in show(WHOLE).beyond)


@pytest.mark.skipif(
    not CASES.exists(), reason="reference definitions are not beside the repository"
)
def test_most_published_definitions_open_in_the_builder_exactly() -> None:
    opened = 0
    for file in sorted(CASES.rglob("*.json")):
        try:
            population = read_population(file.read_bytes(), file.stem)
        except Exception:
            continue  # not a definition
        shown = show(population)
        if not shown.beyond:
            opened += 1
            assert make(shown.form).population == population
            assert make(replace_name(shown.form)).population == replace(population, name="x")
    assert opened >= 170


def replace_name(form: dict) -> dict:
    return {**form, "name_zh": "x"}


@pytest.mark.parametrize("where", ["$", "$.concept_sets", "entry", "entry_limit", "", "$.leaving"])
def test_every_place_has_words(where: str) -> None:
    assert place_words(where) == Words("整个定义", "the definition as a whole")


def test_observation_around_the_entry_has_a_name() -> None:
    assert place_words("$.entry.observation.prior_days").zh == "入组前后的观察期"


def test_an_empty_rule_and_a_missing_name_are_told() -> None:
    form = empty_form()
    change(form, "add:rules")
    change(form, "remove:rules.0.group.events.0")
    form["rules"][0]["name"] = "r"
    assert [p.where for p in make(form).problems] == ["name_zh", "rules.0"]
    form["name_en"] = "x"
    assert [p.where for p in make(form).problems] == ["rules.0"]


def test_places_without_end_and_nul_do_no_harm() -> None:
    form = read_form({"name_zh": "a\0b", "entry.0.set": "\0"})
    assert (form["name_zh"], form["entry"][0]["set"]) == ("ab", "")
    before = whole(form)
    many = "9" * 5000
    change(form, "set")
    for asked in (f"remove:entry.{many}", f"add:entry.{many}.groups", f"remove:rules.{many}.group"):
        assert change(form, asked) == ""
    change(form, f"concept:0:{many}")
    change(form, f"concept:{many}:1")
    assert form == {**before, "sets": form["sets"]}
    assert form["sets"][0]["items"] == []


def test_what_was_found_goes_once_it_is_taken() -> None:
    form = empty_form()
    change(form, "set")
    form["sets"][0]["q"] = "bleed"
    change(form, "concept:0:192671")
    assert (form["sets"][0]["q"], form["sets"][0]["items"][0]["id"]) == ("", "192671")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("g/dL", (8713,)), ("G/DL、8840", (8713, 8840)), ("克/分升", (8713,)),
        ("gram per deciliter，mmol/L", (8713, 8753)), ("µmol/L", (8749,)), ("12345", (12345,)),
        ("猫", (77,)),
    ],
)  # fmt: skip
def test_units_are_written_as_people_write_them(typed: str, meant: tuple[int, ...]) -> None:
    made = make(measured(typed), lambda t: (77,) if t == "猫" else units_called(t))
    assert made.problems == ()
    assert made.population is not None
    assert made.population.entry.criteria[0].where[1].concepts == meant


def test_an_unknown_unit_is_one_defect_and_a_known_one_is_said() -> None:
    assert [p.where for p in make(measured("dogs")).problems] == ["entry.0.unit"]
    made = make(measured("g/dL"))
    assert made.population is not None
    assert "单位属于 g/dL (8713)" in words(made.population).zh


def test_common_units_are_told_apart() -> None:
    for number, (ucum, name) in UNITS.items():
        for text in (ucum, name.zh, name.en):
            assert units_called(text) == (number,)


def measured(unit: str) -> dict:
    asked = {"measure": "value_as_number", "op": "gte", "a": "10", "unit": unit}
    return whole({"name_en": "x", "entry": [{"domain": "measurement", **asked}]})
