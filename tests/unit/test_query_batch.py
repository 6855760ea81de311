"""Many definitions: digests of rows, inclusion statistics, problems that stop no other."""

# ruff: noqa: E501 (tables are wide)
from __future__ import annotations

import hashlib
from datetime import date

import pyarrow as pa
import pytest

from qundao.kernel.errors import QundaoError, fail
from qundao.query import (
    Aged,
    Anchor,
    Domain,
    Group,
    Mode,
    Near,
    NumberRange,
    Op,
    Rule,
    Window,
)
from qundao.query.attrition import Masked, rule_counts
from qundao.query.batch import Named, Result, digest_of_rows, run_definitions
from qundao.query.codes import SOURCE_LACKS
from qundao.query.criteria import Criterion
from support.ascii_tables import ENGINE_NAMES, ENGINES, database
from support.populations import condition, population

SCHEMA = pa.schema(
    [
        ("subject_id", pa.int64()),
        ("cohort_start_date", pa.date32()),
        ("cohort_end_date", pa.date32()),
    ]
)


def rows(*found):
    columns = zip(*found, strict=True) if found else ((), (), ())
    return pa.table([pa.array(c, t) for c, t in zip(columns, SCHEMA.types, strict=True)], SCHEMA)


def test_rows_hash_to_the_digest_of_their_text():
    table = rows((2, date(2020, 1, 2), date(2020, 3, 4)), (11, date(1999, 12, 31), None))
    text = "2,2020-01-02,2020-03-04\n11,1999-12-31,"
    assert digest_of_rows(table) == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_no_row_hashes_to_the_digest_of_nothing():
    assert digest_of_rows(rows()) == "e3b0c44298fc1c14"


@pytest.mark.parametrize("size", [1, 7, 65_536, 65_537, 131_073])
def test_the_digest_does_not_depend_on_how_rows_are_batched(size):
    found = [(i, date(2020, 1, 1), date(2020, 1, 2)) for i in range(size)]
    text = "\n".join(f"{i},2020-01-01,2020-01-02" for i in range(size))
    whole = rows(*found)
    split = pa.concat_tables([whole.slice(0, 3), whole.slice(3, 0), whole.slice(3)])
    expected = hashlib.sha256(text.encode()).hexdigest()[:16]
    assert digest_of_rows(whole) == digest_of_rows(split) == expected


def test_subjects_are_counted_once_however_rows_are_batched():
    days = (date(2020, 1, 1), date(2020, 1, 2))
    whole = rows(*((i // 3, *days) for i in range(10)))
    split = pa.concat_tables([whole.slice(0, 2), whole.slice(2, 0), whole.slice(2)])
    assert Result("a", whole).subjects == Result("a", split).subjects == 4
    assert Result("a", rows()).subjects == 0


def test_statistics_follow_from_the_masks():
    masks = [
        Masked((True, True, True), events=10, persons=5),
        Masked((True, False, True), events=4, persons=3),
        Masked((False, True, False), events=2, persons=1),
    ]
    first, second, third = rule_counts(("a", "b", "c"), masks)
    assert [r.events.total for r in (first, second, third)] == [16, 16, 16]
    assert [r.events.satisfying for r in (first, second, third)] == [14, 12, 14]
    assert [r.persons.gain for r in (first, second, third)] == [0, 3, 0]
    assert [r.persons.remaining for r in (first, second, third)] == [8, 5, 5]
    assert second.to_json()["persons"] == {
        "total": 9,
        "satisfying": 6,
        "gain": 3,
        "remaining": 5,
    }


TABLES = {
    "observation_period": """
    person_id | observation_period_id | observation_period_start_date | observation_period_end_date
    1         | 1                     | 2020-01-01                    | 2020-12-31
    2         | 2                     | 2020-01-01                    | 2020-12-31
    3         | 3                     | 2020-01-01                    | 2020-12-31
    """,
    "person": """
    person_id | year_of_birth | gender_concept_id
    1         | 1980          | 8507
    2         | 2010          | 8507
    3         | 1980          | 8532
    """,
    "condition_occurrence": """
    person_id | condition_occurrence_id | condition_concept_id | condition_start_date | condition_end_date
    1         | 1                       | 10                   | 2020-02-01           | 2020-02-01
    1         | 2                       | 10                   | 2020-03-01           | 2020-03-01
    2         | 3                       | 10                   | 2020-02-01           | 2020-02-01
    3         | 4                       | 10                   | 2020-02-01           | 2020-02-01
    1         | 5                       | 20                   | 2020-03-05           | 2020-03-05
    2         | 6                       | 20                   | 2020-02-05           | 2020-02-05
    """,
}
ADULT = Rule("adult", Group(Mode.ALL, person=(Aged(Anchor.START, NumberRange(Op.GTE, 18)),)))
AFTER = Rule("then 20", Group(Mode.ALL, (Near(condition("twenty"), Window(0, 10)),)))
RULED = population(rules=(ADULT, AFTER))


@pytest.fixture(params=ENGINE_NAMES[1:])
def engine(request):
    """Return each engine that answers SQL, over a source without devices."""
    tables = database(TABLES)
    del tables["device_exposure"]
    engine = ENGINES[request.param](tables)
    yield engine
    engine.close()


TOGETHER = ([Named("7", RULED)], [Named("7", RULED), Named("8", RULED)])


@pytest.mark.parametrize("asked", TOGETHER, ids=("alone", "swept"))
def test_a_person_is_counted_by_the_event_that_meets_most_rules(engine, asked):
    result, *_ = run_definitions(engine, asked)
    adult, then = result.inclusion
    assert (adult.events.total, adult.persons.total) == (4, 3)
    assert (adult.events.satisfying, adult.persons.satisfying) == (3, 2)
    assert (then.events.satisfying, then.persons.satisfying) == (2, 2)
    assert (adult.events.gain, adult.persons.gain) == (1, 1)
    assert (then.events.gain, then.persons.gain) == (2, 1)
    assert (then.events.remaining, then.persons.remaining) == (1, 1)
    assert result.subjects == 1
    assert result.rows.to_pylist()[0]["cohort_start_date"] == date(2020, 3, 1)


def test_without_rules_there_are_no_statistics(engine):
    (result,) = run_definitions(engine, [Named("1", population())])
    assert result.inclusion == ()
    assert (result.rows.num_rows, result.subjects) == (4, 3)


def test_what_one_definition_lacks_stops_no_other(engine):
    told = []
    lacking = population(Criterion(Domain.DEVICE))
    asked = [Named("a", population()), Named("b", lacking), Named("c", population())]
    found = list(
        run_definitions(engine, asked, lambda done, total, what: told.append((done, what)))
    )
    assert [r.id for r in found] == ["a", "b", "c"]
    assert [r.sha for r in found] == [found[0].sha, None, found[0].sha]
    assert found[1].subjects is None
    assert {p.code for p in found[1].problems} == {SOURCE_LACKS}
    assert told == [(0, "condition_occurrence"), (0, "a"), (1, "b"), (2, "c"), (3, "")]


class Gone:
    """A source that is away."""

    dialect, at_once, in_process = "duckdb", 1, True

    def __init__(self, schema):
        self.schema = schema

    def query(self, query):
        raise fail("engines.source_vanished", "x", "x")


def test_a_source_that_is_away_ends_the_run(engine):
    with pytest.raises(QundaoError, match="source_vanished"):
        list(run_definitions(Gone(engine.schema), [Named("a", population())]))


def test_a_result_has_rows_or_problems():
    with pytest.raises(ValueError, match="rows or problems"):
        Result("a", None)
