"""What a criterion asks of its events and their persons, as masks. Nothing unknown ever holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from qundao.query.criteria import (
    Abnormal,
    Aged,
    Anchor,
    Coded,
    CodedBySet,
    Dated,
    Demographic,
    Gender,
    Numeric,
    OwnAttribute,
    PersonBySet,
    PersonCoded,
    TextOp,
    Textual,
)
from qundao.query.domains import DomainTable, Link
from qundao.query.sweep import columns
from qundao.query.sweep.concept_ids import Ids
from qundao.query.sweep.days import NO_DAY, Days, Mask, code, years
from qundao.query.sweep.found import Found
from qundao.query.sweep.people import Facts, Numbers
from qundao.query.sweep.reading import NO_ID
from qundao.query.sweep.tables import LinkTable
from qundao.query.values import DateRange, NumberRange, Op

Values = npt.NDArray[Any]


class Asks(Protocol):
    """What conditions look things up in."""

    facts: Facts
    links: Mapping[Link, LinkTable]

    def set_ids(self, name: str) -> Ids:
        """Return the concepts of a set of the definition."""


def attribute_holds(asks: Asks, table: DomainTable, found: Found, asked: OwnAttribute) -> Mask:
    """Return which events have an attribute."""
    match asked:
        case Numeric():
            return _number_holds(table, found, asked)
        case Textual():
            name = columns.value_name(asked, table)
            return _text_holds(found.column(str(name)), asked)
        case Abnormal():
            flags: Mask = found.column("flag:abnormal")
            return flags
        case Coded() | CodedBySet():
            return _code_holds(asks, table, found, asked)


def _number_holds(table: DomainTable, found: Found, asked: Numeric) -> Mask:
    name = columns.value_name(asked, table)
    if name is None:
        known: Mask = (found.end != NO_DAY) & (found.start != NO_DAY)
        return known & _compared(found.end - found.start, asked.range)
    values: Values = found.column(name)
    return ~np.isnan(values) & _compared(values, asked.range, values.dtype.type)


def _code_holds(asks: Asks, table: DomainTable, found: Found, asked: Coded | CodedBySet) -> Mask:
    values = found.column(str(columns.value_name(asked, table)))
    link = columns.link_of(asked, table)
    if link is None:
        return code_holds(asks, values, asked)
    codes, present = asks.links[link].codes(values, found.person)
    held = code_holds(asks, codes, asked)
    return held & present if link.required else held


def code_holds(asks: Asks, values: Values, asked: Coded | CodedBySet | PersonBySet) -> Mask:
    """Return which codes are among those asked for, or known at all; `negated` turns it round."""
    known: Mask = values != NO_ID
    if isinstance(asked, Coded):
        inside = np.isin(values, asked.concepts)
        return known & ~inside if asked.negated else inside
    if asked.concepts is None:
        return ~known if asked.negated else known
    wanted = asks.set_ids(asked.concepts)
    inside = np.isin(values, wanted)
    if not asked.negated:
        return inside
    return known & ~inside if len(wanted) else np.ones(len(values), np.bool_)


def _text_holds(values: pa.Array, asked: Textual) -> Mask:
    test = {
        TextOp.CONTAINS: pc.match_substring,
        TextOp.STARTS: pc.starts_with,
        TextOp.ENDS: pc.ends_with,
    }[asked.op]
    held = test(values, asked.text)
    turned = pc.invert(held) if asked.negated else held
    found: Mask = pc.fill_null(turned, False).to_numpy(zero_copy_only=False)  # noqa: FBT003
    return found


def person_holds(asks: Asks, asked: Demographic, person: Numbers, start: Days, end: Days) -> Mask:
    """Return which rows' persons are as asked, on the rows' first or last days."""
    match asked:
        case Gender():
            return _among(asks, person, "gender_concept_id", asked.concepts)
        case PersonCoded():
            return _among(asks, person, f"{asked.field}_concept_id", asked.concepts)
        case PersonBySet():
            values = asks.facts.of(person, f"{asked.field}_concept_id")
            held: Mask = asks.facts.known[person] & code_holds(asks, values, asked)
            return held
        case Dated() | Aged():
            return _on(asks, asked, person, start if asked.anchor is Anchor.START else end)


def _among(asks: Asks, person: Numbers, name: str, concepts: tuple[int, ...]) -> Mask:
    return np.isin(asks.facts.of(person, name), concepts)


def _on(asks: Asks, asked: Dated | Aged, person: Numbers, day: Days) -> Mask:
    known: Mask = day != NO_DAY
    if isinstance(asked, Dated):
        return known & _compared(day, asked.range)
    born = asks.facts.of(person, "year_of_birth")
    ages = years(day) - np.where(born == NO_ID, 0, born)
    held: Mask = known & (born != NO_ID) & _compared(ages, asked.range)
    return held


def _compared(
    values: Values, asked: NumberRange | DateRange, as_type: Callable[[float], Any] = float
) -> Mask:
    low = as_type(_plain(asked.value))
    if asked.op.two_ended:
        high = as_type(_plain(asked.extent))
        inside: Mask = (values >= low) & (values <= high)
        return ~inside if asked.op is Op.NOT_BT else inside
    compared: Mask = _COMPARISONS[asked.op](values, low)
    return compared


def _plain(value: Any) -> float:
    return value if isinstance(value, int | float) else code(value)


_COMPARISONS: Mapping[Op, Any] = {
    Op.LT: np.less,
    Op.LTE: np.less_equal,
    Op.EQ: np.equal,
    Op.NE: np.not_equal,
    Op.GT: np.greater,
    Op.GTE: np.greater_equal,
}
