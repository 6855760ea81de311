"""Whatever files, sheets and columns are called, a draft reads back and names them as they are."""

from __future__ import annotations

import glob
import unicodedata
from pathlib import PurePath

from hypothesis import given, settings
from hypothesis import strategies as st

from qundao.intake.mapping import read_mapping
from qundao.intake.mapping.expression import names
from qundao.intake.profile_result import ColumnProfile, IntakeProfile, TableProfile
from qundao.intake.suggest import draft_mapping
from qundao.intake.suggest.code_forms import forms_of
from qundao.intake.suggest.lexicon import plain_name

_HARD = "#:'\"{}[],&*!|>%@`\\-?\n\t 　（）/.n1０"
_TEXT = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from(_HARD)), max_size=8)
_SIGN = st.sampled_from(("", " ", "_", "-", ".", "（", ")", "：", "/", "\n", "["))


def column(name, type_="text"):
    return ColumnProfile(
        name, "string", type_, 9, 0, 0, 9, 0, 9, True, 0.0, (1, 9), None, (), (), False, 0, ()
    )


def spoilt(name, sign):
    """Return a known name with a sign inside it that readers of names pass over."""
    return name[:1] + sign + name[1:]


@given(
    st.lists(_SIGN, min_size=4, max_size=4),
    st.lists(_TEXT.filter(str.strip), max_size=4),
    _TEXT.filter(lambda t: t.strip() and "/" not in t and "\0" not in t),
    _TEXT,
    _TEXT.filter(str.strip),
)
@settings(max_examples=50, deadline=None)
def test_a_draft_reads_back_whatever_names_there_are(signs, others, file, sheet, mapping):
    wanted = ["健康卡号", "就诊流水号", "就诊时间", "诊断编码"]
    types = ["text", "text", "datetime", "text"]
    known = [spoilt(n, s) for n, s in zip(wanted, signs, strict=True)]
    unique = dict.fromkeys([*known, *others])
    columns = [column(n, dict(zip(known, types, strict=True)).get(n, "text")) for n in unique]
    table = TableProfile(f"{file}.csv", sheet, "", 9, 0, {}, tuple(columns), ())
    text = draft_mapping(IntakeProfile((table,), ()), "omop 5.4", mapping)
    read = read_mapping(text, "draft")
    (source,) = read.sources.values()
    assert [glob.escape(PurePath(table.source).name).strip()] == list(source.files)
    visits = next(r for r in read.tables if r.target == "visit_occurrence")
    start = next(f for f in visits.fields if f.name == "visit_start_date")
    (name,) = names(start.value)
    assert plain_name(name) == plain_name(next(n for n in unique if n == name))
    assert name in unique


@given(_TEXT)
def test_forms_are_capitals_and_digits_and_each_is_told_once(code):
    found = [f.plain for f in forms_of(code)]
    assert len(found) == len(set(found))
    for plain in found:
        assert plain.isascii()
        assert plain == unicodedata.normalize("NFKC", plain).upper()
        assert plain.isalnum()
