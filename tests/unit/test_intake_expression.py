"""The mapping's language: what it reads, and where it says that something is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.intake.mapping.expression import Call, Literal, Name, SyntaxFault, names, parse


def test_names_are_columns_as_the_source_has_them():
    assert parse("出生日期") == Name("出生日期")
    assert parse('"其他诊断 1（编码）"') == Name("其他诊断 1（编码）")
    assert parse("'男'") == Literal("男")
    assert parse("'it''s'") == Literal("it's")
    assert (parse("8507"), parse("1.5")) == (Literal(8507), Literal(1.5))


def test_what_binds_tighter_is_read_first():
    assert parse("a + b * c") == Call("+", (Name("a"), Call("*", (Name("b"), Name("c")))))
    either = parse("a = 1 or b = 2 and not c is empty")
    assert either == Call(
        "or",
        (
            Call("=", (Name("a"), Literal(1))),
            Call(
                "and",
                (
                    Call("=", (Name("b"), Literal(2))),
                    Call("not", (Call("empty", (Name("c"),)),)),
                ),
            ),
        ),
    )
    assert parse("x is not empty") == Call("not", (Call("empty", (Name("x"),)),))
    assert parse("-3") == Call("-", (Literal(0), Literal(3)))
    assert parse("x in ('a', 2)") == Call("in", (Name("x"), Literal("a"), Literal(2)))


def test_every_name_is_found():
    assert list(names(parse("if(性别 = '男', number(a), b + 1)"))) == ["性别", "a", "b"]


@pytest.mark.parametrize(
    ("text", "at", "wanted"),
    [
        ("", 1, "a value"),
        ("number(", 8, "a value"),
        ("number(x", 9, "`)`"),
        ("a b", 3, "the end"),
        ("x is full", 6, "`empty`"),
        ("a = ", 5, "a value"),
        ("a ; DROP TABLE t", 3, "a name, number, text or sign"),
        ("'open", 1, "a name, number, text or sign"),
        ("1x", 1, "a name, number, text or sign"),
    ],
)
def test_a_fault_says_where_and_what_was_wanted(text, at, wanted):
    with pytest.raises(SyntaxFault) as caught:
        parse(text)
    assert (caught.value.at, caught.value.wanted) == (at, wanted)


def test_ten_thousand_levels_are_refused():
    with pytest.raises(SyntaxFault, match="at most 40 levels"):
        parse("(" * 10_000 + "1" + ")" * 10_000)
    with pytest.raises(SyntaxFault, match="at most 40 levels"):
        parse("not " * 10_000 + "a")
    with pytest.raises(SyntaxFault, match="at most 100 parts"):
        parse(" + ".join("a" * 10_000))


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    place = refused_at(text)
    assert place is None or 1 <= place <= len(text) + 1


def refused_at(text):
    try:
        parse(text)
    except SyntaxFault as fault:
        return fault.at
    return None
