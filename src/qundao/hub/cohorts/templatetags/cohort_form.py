"""The fields of the builder: a name made of its place, a label, a choice, defects at the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import template

from qundao.hub.cohorts.builder.choices import Choices, has_unit, measures_of
from qundao.hub.cohorts.builder.places import place_words
from qundao.hub.pages.templatetags.qd import language
from qundao.kernel.errors import Problem
from qundao.kernel.words import Words

register = template.Library()
_PLAIN = {"kind": "text", "hint": "", "choices": (), "live": False}


@register.filter
def dot(place: str, part: Any) -> str:
    """Return the place of a part: `rules|dot:0` is `rules.0`."""
    return f"{place}.{part}" if place else str(part)


@register.filter
def slug(place: str) -> str:
    """Return a place as part of an element's id."""
    return place.replace(".", "-")


@register.filter
def place(where: str) -> Words:
    """Return what a place in the form or in a definition is called."""
    return place_words(where)


@register.filter
def nth(values: Sequence[Any], number: int) -> Any:
    """Return one of several, or nothing."""
    return values[number] if number < len(values) else ()


@register.filter
def measures(domain: str) -> Choices:
    """Return the numeric attributes of a domain, for a choice."""
    return measures_of(domain)


@register.filter
def with_unit(domain: str) -> bool:
    """Tell whether events of a domain have a unit."""
    return has_unit(domain)


@register.inclusion_tag("cohorts/_field.html", takes_context=True)
def field(
    context: Mapping[str, Any],
    place: str,
    name: str,
    label: str,
    value: Any = "",
    **options: Any,
) -> dict[str, Any]:
    """Show one field. Options: kind (text, number, select, check, search), choices, hint, live."""
    full = dot(place, name)
    marks: Mapping[str, Sequence[Problem]] = context.get("marks") or {}
    return {
        "f": {
            "name": full,
            "id": f"f-{slug(full)}",
            "label": label,
            "value": str(value),
            "defects": [p.text(language()) for p in marks.get(full, ())],
            **_PLAIN,
            **options,
        },
        "draft": context.get("draft"),
    }
