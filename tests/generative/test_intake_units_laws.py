"""The laws of units: there and back, by way of a third, dimensions, and spellings that stay put."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from qundao.intake.units import SUBSTANCES, conversion, parse, ucum, unit_table
from qundao.intake.units.grammar import LONGEST
from qundao.kernel.errors import Problem

ATOMS = ("g", "mg", "mol", "umol", "L", "dL", "m", "s", "min", "h", "U", "10*9", "%", "[iU]", "Pa")
FACTOR = st.builds(
    "{}{}".format, st.sampled_from(ATOMS[:10]), st.sampled_from(("", "2", "-1", "3"))
)
TERM = st.lists(st.sampled_from(ATOMS) | FACTOR, min_size=1, max_size=4).map("/".join) | st.lists(
    st.sampled_from(ATOMS) | FACTOR, min_size=1, max_size=4
).map(".".join)
RELATED = st.sampled_from(
    (
        ("g/L", "mg/dL", "ng/mL", "ug/L", "mol/L", "mmol/L", "umol/L", "nmol/mL", "pmol/L"),
        ("Cel", "[degF]", "K"),
        ("10*9/L", "/uL", "10*3/uL", "/mL"),
        ("U/L", "ukat/L", "mU/mL"),
    )
)
WITH_MASS = st.sampled_from([s.key for s in SUBSTANCES.values() if s.molar_mass])
VALUES = st.fractions(min_value=-1000, max_value=1000)


@given(RELATED.flatmap(lambda u: st.tuples(*[st.sampled_from(u)] * 3)), WITH_MASS, VALUES)
def test_there_and_back_and_by_way_of_a_third_change_nothing(units, substance, value):
    one, other, third = units
    there = conversion(one, other, substance)
    back = conversion(other, one, substance)
    assert back.exactly(there.exactly(value)) == value
    onward = conversion(other, third, substance).exactly(there.exactly(value))
    assert conversion(one, third, substance).exactly(value) == onward


@given(TERM, TERM)
def test_units_convert_where_their_dimensions_agree_and_nowhere_else(one, other):
    a, b = parse(one), parse(other)
    found = conversion(one, other)
    if a.dims == b.dims:
        assert (found.factor, found.offset) == (a.factor / b.factor, 0)
        assert found.factor > 0
    else:
        assert isinstance(found, Problem)


@given(TERM, TERM)
def test_a_product_has_the_product_of_factors_and_the_sum_of_dimensions(one, other):
    product = parse(f"({one}).({other})")
    assume(product is not None)
    a, b = parse(one), parse(other)
    assert product == a * b
    assert parse(f"({one})/({one})") == parse("1")
    assert parse(f"({one})/({other})") == a * b**-1


@given(st.text(max_size=2 * LONGEST))
def test_whatever_is_written_gives_a_unit_or_nothing(text):
    code = ucum(text)
    if code is not None:
        assert parse(code) is not None
        assert ucum(code) == code
    (row,) = unit_table([(text, "mmol/L", None)])
    assert (row.factor is None) == (row.fault is not None)


PIECES = ("mmol", "10", "^9", "*", "/", "L", ".", "(", ")", "24h", "μ", "×", "升", "毫", "{a}", "-")


@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_what_is_nearly_a_unit_gives_a_unit_or_nothing(text):
    code = ucum(text)
    assert code is None or (parse(code) is not None and ucum(code) == code)


@given(VALUES, st.sampled_from(["mg/dL", "g/L", "ug/mL"]), WITH_MASS)
def test_a_molar_conversion_is_linear(value, unit, substance):
    into = conversion(unit, "mmol/L", substance)
    assert into.offset == 0
    assert into.exactly(value) + into.exactly(Fraction(1)) == into.exactly(value + 1)
