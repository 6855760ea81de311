"""The usual forms of a moment are read at once: to what the careful way reads them."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from qundao.intake.load.once import ROW, over
from qundao.intake.mapping import written

DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d", "%Y.%m.%d")
TIMES = (
    *("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f", "%H%M%S", " %H时%M分", "T%H:%M"),
    *("T%H:%M:%S", "T%H:%M:%SZ", "T%H:%M:%S+08:00", "T%H:%M:%S-0330", "T%H:%M:%S.%fZ"),
)
FORMS = st.builds("{}{}".format, st.sampled_from(DAYS), st.sampled_from(TIMES))
MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31))  # noqa: DTZ001
SIGNS = "0123456789-/:. T年月日时+Z１"


USUAL = (
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S.%f"),
    *("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"),
    *("%Y年%m月%d日 %H:%M", "%Y%m%d", "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"),
    "%Y-%m-%dT%H:%M:%S-10:00",
)


def bare(text):
    """Return a moment's text as many write it: no zeros before its numbers."""
    return text.replace("-0", "-").replace("/0", "/").replace("年0", "年").replace("月0", "月")


WRITTEN = st.builds(lambda form, moment: moment.strftime(form), FORMS, MOMENTS)
TEXTS = st.one_of(WRITTEN, WRITTEN.map(bare), st.text(SIGNS, max_size=20))


@st.composite
def spoilt(draw):
    """Return a moment's text with one sign that may not belong there."""
    text = draw(st.one_of(WRITTEN, WRITTEN.map(bare)))
    at = draw(st.integers(0, len(text)))
    gone = draw(st.integers(0, 1))
    return text[:at] + draw(st.text(SIGNS, max_size=1)) + text[at + gone :]


def told(texts):
    """Return the moment that each text writes."""
    moment = written.moment_of(exp.column("x", table=ROW))
    query = exp.select(exp.cast(moment, "TEXT")).order_by("n")
    sql = over(query, exp.select(exp.Star()).from_("given")).sql("duckdb")
    given = pa.table({"n": range(len(texts)), "x": pa.array(texts, pa.string())})
    with duckdb.connect() as database:
        database.register("given", given)
        rows = database.execute(sql).fetchall()
    return dict(zip(texts, (moment for (moment,) in rows), strict=True))


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(st.one_of(TEXTS, spoilt()), min_size=1, max_size=100))
def test_what_is_read_at_once_is_read_alike_with_care(texts):
    with pytest.MonkeyPatch.context() as patched:
        at_once = told(texts)
        nothing = exp.cast(exp.null(), "TIMESTAMP")
        patched.setattr(written, "_usual_moment", lambda _: nothing.copy())
        assert told(texts) == at_once


NEARLY = (
    *("2023-03-05T08:30:0 Z", "2023-03-05T08:30:00Z1", "2023/13/5", "203-03-05", "23-3-5"),
    *("23/3/5", "-infinity", "infinity", "epoch"),
)


@pytest.mark.parametrize("text", NEARLY)
def test_what_is_nearly_a_usual_form_is_no_moment(text):
    assert told([text]) == {text: None}


@pytest.mark.parametrize("form", USUAL)
def test_the_usual_forms_are_read_at_once(form):
    moment = datetime(2023, 3, 5, 8, 30)  # noqa: DTZ001
    text = moment.strftime(form)
    shortest = text if "-" in form else bare(text)
    query = exp.select(written._usual_moment(exp.Literal.string(shortest))).sql("duckdb")
    ((read,),) = duckdb.sql(query).fetchall()
    assert read.strftime(form) == moment.strftime(form)
