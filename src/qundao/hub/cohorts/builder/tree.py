"""The form of the builder as a tree of texts: read from a page, changed by its buttons.

A field's name is its place: `rules.0.group.events.1.count`. Whatever a page sends becomes a
whole form: what is missing is empty, what is not foreseen is left out.

    set     {key, name, q, items: [{id, label, descendants, mapped, excluded}]}
    event   {domain, set, first, measure, op, a, b, unit, age_op, age_a, age_b, sex}
    near    an event with {counting, count, from, from_side, to, to_side, index, event, outside}
    group   {mode, count, age_op, age_a, age_b, sex, events: [near], groups: [group]}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Tree = dict[str, Any]
DEEPEST = 5
"""Groups within groups."""
MOST_PARTS, MOST_ITEMS, LONGEST = 60, 500, 200
"""Criteria and groups in a form; concepts in it; characters of a field."""
_NAME = re.compile(r"[a-z_]+(?:\.(?:[a-z_]+|[0-9]{1,3}))*")
_EVENT = {
    "domain": "condition_occurrence",
    **dict.fromkeys(("set", "first", "measure", "op", "a", "b", "unit"), ""),
    **dict.fromkeys(("age_op", "age_a", "age_b", "sex"), ""),
}
_NEAR = {
    **_EVENT,
    "counting": "at_least",
    "count": "1",
    "from": "",
    "from_side": "before",
    "to": "0",
    "to_side": "before",
    "index": "start",
    "event": "start",
    "outside": "",
}
_GROUP = {"mode": "all", "count": "1", "age_op": "", "age_a": "", "age_b": "", "sex": ""}
_ITEM = dict.fromkeys(("id", "label", "descendants", "mapped", "excluded"), "")
_SET = {"key": "", "name": "", "q": ""}
_TOP = {
    "name_zh": "",
    "name_en": "",
    "note": "",
    "prior": "0",
    "post": "0",
    "entry_limit": "all",
    "qualified_limit": "all",
    "included_limit": "first",
    "exit": "observation",
    "exit_anchor": "start",
    "exit_days": "0",
    "exit_set": "",
    "exit_gap": "30",
    "exit_after": "0",
    "collapse": "0",
}


def empty_form() -> Tree:
    """Return a form with one entry event and nothing else."""
    return whole({"entry": [{}]})


def new_event() -> Tree:
    """Return an empty event."""
    return dict(_EVENT)


def new_near() -> Tree:
    """Return an empty nearby event: at least once, until the entry."""
    return dict(_NEAR)


def new_group() -> Tree:
    """Return a group with one nearby event."""
    return {**_GROUP, "events": [new_near()], "groups": []}


def read_form(sent: Mapping[str, Any]) -> Tree:
    """Return the form that a page sent as fields."""
    nested: Tree = {}
    for name, value in sent.items():
        if _NAME.fullmatch(name) and name.count(".") <= 4 * DEEPEST:
            _put(nested, name.split("."), str(value))
    return whole(nested)


def _put(nested: Tree, path: list[str], value: str) -> None:
    for part in path[:-1]:
        held = nested.setdefault(part, {})
        if not isinstance(held, dict):
            return
        nested = held
    nested.setdefault(path[-1], value)


def whole(data: Any) -> Tree:
    """Return any data in the shape of the form."""
    held = data if isinstance(data, Mapping) else {}
    return {
        **_texts(_TOP, held),
        "sets": _each(held.get("sets"), _set),
        "entry": _each(held.get("entry"), lambda e: _texts(_EVENT, e)),
        "additional": _group(held.get("additional"), 0),
        "rules": _each(held.get("rules"), _rule),
        "censoring": _each(held.get("censoring"), lambda e: _texts(_EVENT, e)),
    }


def _rule(data: Mapping[str, Any]) -> Tree:
    return {**_texts({"name": ""}, data), "group": _group(data.get("group"), 0)}


def _set(data: Mapping[str, Any]) -> Tree:
    items = _each(data.get("items"), lambda i: _texts(_ITEM, i), MOST_ITEMS)
    return {**_texts(_SET, data), "items": items}


def _group(data: Any, depth: int) -> Tree:
    held = data if isinstance(data, Mapping) else {}
    inner = _each(held.get("groups"), lambda g: _group(g, depth + 1)) if depth < DEEPEST else []
    events = _each(held.get("events"), lambda e: _texts(_NEAR, e))
    return {**_texts(_GROUP, held), "events": events, "groups": inner}


def _texts(fields: Mapping[str, str], data: Mapping[str, Any]) -> Tree:
    told = {k: str(data.get(k, default)) for k, default in fields.items()}
    return {k: v.replace("\0", "").strip()[:LONGEST] for k, v in told.items()}  # NUL: no database


def _each(
    data: Any, read: Callable[[Mapping[str, Any]], Tree], most: int = MOST_PARTS
) -> list[Tree]:
    """Read a list, or an object whose keys are numbers, in their order."""
    if isinstance(data, Mapping):
        numbers = sorted((k for k in data if str(k).isdecimal()), key=int)
        data = [data[k] for k in numbers]
    listed = data if isinstance(data, list) else []
    return [read(d) for d in listed[:most] if isinstance(d, Mapping)]


# --- what the buttons do -------------------------------------------------------------------


def change(form: Tree, asked: str) -> str:
    """Do what a button asks; return the place to go on at. What it cannot do changes nothing.

    `add:PLACE` appends to a list, `remove:PLACE` takes a part out, `set` makes a concept set,
    `concept:SET:ID` puts a concept into a set, `number:SET` the id typed into its search.
    """
    what, _, place = asked.partition(":")
    doing = _DOING.get(what)
    return doing(form, place) if doing else ""


_NEW: Mapping[str, Callable[[], Tree]] = {
    "entry": new_event,
    "censoring": new_event,
    "events": new_near,
    "groups": new_group,
    "rules": lambda: {"name": "", "group": new_group()},
}


def _add(form: Tree, place: str) -> str:
    held = at(form, place)
    made = _NEW.get(place.rpartition(".")[2])
    if not isinstance(held, list) or made is None or len(held) >= MOST_PARTS:
        return ""
    if place.endswith("groups") and place.count("groups") > DEEPEST:
        return ""
    held.append(made())
    return f"{place}.{len(held) - 1}"


def _remove(form: Tree, place: str) -> str:
    above, _, last = place.rpartition(".")
    held = at(form, above)
    number = _number(last)
    if isinstance(held, list) and number < len(held):
        held.pop(number)
        return f"{above}.{max(0, number - 1)}" if held else above
    return ""


def _add_set(form: Tree, _: str) -> str:
    if len(form["sets"]) >= MOST_PARTS:
        return ""
    taken = {s["key"] for s in form["sets"]}
    key = next(f"s{i}" for i in range(len(taken) + 1) if f"s{i}" not in taken)
    form["sets"].append({"key": key, "name": "", "q": "", "items": []})
    return f"sets.{len(form['sets']) - 1}"


def _add_concept(form: Tree, place: str) -> str:
    number, _, concept = place.partition(":")
    held = at(form, f"sets.{number}")
    if not isinstance(held, dict) or not _is_id(concept):
        return ""
    if concept not in {i["id"] for i in held["items"]} and len(held["items"]) < MOST_ITEMS:
        held["items"].append({**_ITEM, "id": concept, "descendants": "yes"})
    held["q"] = ""  # what was found has been taken
    return f"sets.{number}.q"


def _add_number(form: Tree, place: str) -> str:
    """Put the concept whose id was typed into the set; any other text stays a search."""
    held = at(form, f"sets.{place}")
    typed = held["q"] if isinstance(held, dict) else ""
    if not _is_id(typed):
        return f"sets.{place}.q"
    return _add_concept(form, f"{place}:{typed}")


def _is_id(typed: str) -> bool:
    return typed.isascii() and typed.isdecimal() and len(typed) <= 10


_DOING: Mapping[str, Callable[[Tree, str], str]] = {
    "add": _add,
    "remove": _remove,
    "set": _add_set,
    "concept": _add_concept,
    "number": _add_number,
}


def _number(part: str) -> int:
    """Return the number that a part of a place is; what is none, or endless, is beyond any list."""
    short = len(part) <= 3 and part.isascii() and part.isdecimal()
    return int(part) if short else MOST_ITEMS


def at(form: Any, place: str) -> Any:
    """Return the part of a form at a place, or None."""
    for part in place.split(".") if place else ():
        if isinstance(form, list) and _number(part) < len(form):
            form = form[_number(part)]
        elif isinstance(form, dict):
            form = form.get(part)
        else:
            return None
    return form
