"""The oracle and every SQL engine agree on random definitions over random small databases."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from qundao import models, query
from qundao.query import (
    AGE_BANDS,
    AGE_GROUPS,
    OBSERVED_YEARS,
    YEAR_BANDS,
    Abnormal,
    AdamArm,
    AdamBaseline,
    AdamTimeToEvent,
    AgeAtIndex,
    AgeBand,
    Aged,
    AgeGroup,
    Anchor,
    AnyPrior,
    Arm,
    BandedPredicate,
    Baseline,
    Coded,
    CodedBySet,
    ConceptItem,
    ConceptSet,
    ContinuousExposure,
    Counting,
    Criterion,
    Dated,
    DateRange,
    DateShift,
    Distinct,
    Domain,
    EndOfObservation,
    Entry,
    Equals,
    FixedOffset,
    FollowUp,
    Gender,
    Group,
    HasCondition,
    HasDrug,
    InArm,
    Limit,
    Mode,
    Near,
    NumberRange,
    Numeric,
    Observation,
    ObservedYears,
    Op,
    Period,
    PersonBySet,
    PersonCoded,
    PersonField,
    PersonSex,
    Population,
    Rule,
    SeenInYears,
    Sex,
    SexIs,
    StandardModel,
    TextOp,
    Textual,
    TimeToEvent,
    Window,
    from_json,
    to_json,
    words,
)
from qundao.query.domains import DOMAINS, ERA_LENGTH, RATIOS
from support.ascii_tables import ENGINE_NAMES, ENGINES, MemoryEngine, arrow_tables
from support.swept import swept_rows

EXAMPLES = int(os.environ.get("QUNDAO_EXAMPLES", "25"))
FEW = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=EXAMPLES == 25,
)
PERSONS = st.integers(1, 3)
CONCEPTS = st.integers(1, 4)
DAY_ZERO = date(2020, 1, 1)
DAYS = st.integers(0, 60).map(lambda n: DAY_ZERO + timedelta(n))
SETS = ("a", "b")


def maybe(values):
    return st.none() | values


def rows(most=6, **columns):
    return st.lists(st.fixed_dictionaries(columns), max_size=most)


def event_rows(domain):
    """Rows of a domain's table: few persons, concepts and days, so that ties are common."""
    table = DOMAINS[domain]
    columns = {table.key: st.integers(1, 4), "person_id": PERSONS}
    columns |= {table.concept: maybe(CONCEPTS), table.start: DAYS}
    columns |= {end: maybe(DAYS) for end in table.ends}
    if table.source:
        columns[table.source] = maybe(CONCEPTS)
    if table.supply:
        columns[table.supply] = maybe(st.integers(0, 40))
    if table.visit and table.visit != table.key:
        columns[table.visit] = maybe(st.integers(1, 3))
    for name in table.numbers.values():
        if name in models.omop("5.3")[table.table]:
            columns.setdefault(name, maybe(st.integers(0, 9)))
    for name in table.codes.values():
        columns.setdefault(name, maybe(CONCEPTS))
    for link in table.linked.values():
        columns.setdefault(link.column, maybe(st.integers(1, 3)))
    for name in table.texts.values():
        columns.setdefault(name, maybe(st.sampled_from(("", "a", "a%", "_b", "ab"))))
    return rows(**columns)


DOMAINS_TRIED = (
    Domain.CONDITION,
    Domain.DRUG,
    Domain.DRUG_ERA,
    Domain.MEASUREMENT,
    Domain.OBSERVATION,
    Domain.VISIT,
    Domain.DEATH,
    Domain.VISIT_DETAIL,
    Domain.SPECIMEN,
    Domain.DOSE_ERA,
    Domain.OBSERVATION_PERIOD,
)
OF_5_3 = models.omop("5.3")


def known(domain, names):
    """Leave out attributes of older models, which a source of 5.3 cannot answer."""
    held = {c.name for c in OF_5_3[domain.value].fields}
    return sorted(n for n, column in names.items() if column in held or column in COMPUTED)


COMPUTED = (ERA_LENGTH, *RATIOS)
DATABASES = st.fixed_dictionaries(
    {
        "person": st.lists(
            st.fixed_dictionaries(
                {
                    "person_id": PERSONS,
                    "gender_concept_id": st.sampled_from((8507, 8532, 0)),
                    "year_of_birth": maybe(st.integers(1940, 2010)),
                    "race_concept_id": maybe(CONCEPTS),
                    "ethnicity_concept_id": maybe(CONCEPTS),
                }
            ),
            max_size=3,
            unique_by=lambda r: r["person_id"],
        ),
        "observation_period": rows(
            4,
            person_id=PERSONS,
            observation_period_id=st.integers(1, 4),
            period_type_concept_id=maybe(CONCEPTS),
            observation_period_start_date=st.integers(-2000, 40).map(
                lambda n: DAY_ZERO + timedelta(n)
            ),
            observation_period_end_date=DAYS,
        ),
        "concept": st.lists(
            st.fixed_dictionaries(
                {"concept_id": CONCEPTS, "invalid_reason": st.sampled_from((None, None, "D"))}
            ),
            max_size=4,
            unique_by=lambda r: r["concept_id"],
        ),
        "concept_ancestor": rows(ancestor_concept_id=CONCEPTS, descendant_concept_id=CONCEPTS),
        "concept_relationship": rows(
            4,
            concept_id_1=CONCEPTS,
            concept_id_2=CONCEPTS,
            relationship_id=st.sampled_from(("Maps to", "Is a")),
            invalid_reason=st.sampled_from((None, "D")),
        ),
        "provider": rows(3, provider_id=st.integers(1, 3), specialty_concept_id=maybe(CONCEPTS)),
        "care_site": rows(
            3, care_site_id=st.integers(1, 3), place_of_service_concept_id=maybe(CONCEPTS)
        ),
        **{d.value: event_rows(d) for d in DOMAINS_TRIED if d is not Domain.OBSERVATION_PERIOD},
    }
)


def ranges(values):
    single = st.builds(
        lambda op, v: (op, v, None), st.sampled_from([o for o in Op if not o.two_ended]), values
    )
    double = st.builds(
        lambda op, a, b: (op, min(a, b), max(a, b)),
        st.sampled_from((Op.BT, Op.NOT_BT)),
        values,
        values,
    )
    return single | double


NUMBERS = ranges(st.integers(0, 40)).map(lambda r: NumberRange(*r))
AGES = ranges(st.integers(10, 80)).map(lambda r: NumberRange(*r))
DATES = ranges(DAYS).map(lambda r: DateRange(*r))
IDS = st.lists(CONCEPTS, min_size=1, max_size=2).map(tuple)
ANCHORS = st.sampled_from(Anchor)
GENDERS = st.sampled_from(((8507,), (8532,), (8507, 0))).map(Gender)
NAMED = maybe(st.sampled_from(SETS))
PERSON_FACTS = st.one_of(
    st.builds(Dated, ANCHORS, DATES),
    st.builds(Aged, ANCHORS, AGES),
    GENDERS,
    st.builds(PersonCoded, st.sampled_from(PersonField), IDS),
    st.builds(PersonBySet, st.sampled_from(PersonField), NAMED, st.booleans()),
)


def attributes(domain):
    table = DOMAINS[domain]
    kinds = [PERSON_FACTS]
    if numbers := known(domain, table.numbers):
        kinds.append(st.builds(Numeric, st.sampled_from(numbers), NUMBERS))
    if codes := [*known(domain, table.codes), *table.linked]:
        kinds.append(st.builds(Coded, st.sampled_from(codes), IDS, st.booleans()))
        kinds.append(st.builds(CodedBySet, st.sampled_from(codes), NAMED, st.booleans()))
    if fields := known(domain, table.texts):
        texts = st.sampled_from(("a", "%", "_", "b"))
        asked = st.sampled_from(fields)
        kinds.append(st.builds(Textual, asked, st.sampled_from(TextOp), texts, st.booleans()))
    if domain is Domain.MEASUREMENT:
        kinds.append(st.just(Abnormal()))
    return st.one_of(kinds)


PERIODS = st.tuples(DAYS, DAYS).map(lambda d: Period(min(d), max(d)))
SHIFTS = st.builds(DateShift, ANCHORS, st.integers(-5, 5), ANCHORS, st.integers(-5, 5))


@st.composite
def criteria(draw, depth=1):
    domain = draw(st.sampled_from(DOMAINS_TRIED))
    source = DOMAINS[domain].source is not None
    return Criterion(
        domain,
        draw(maybe(st.sampled_from(SETS))),
        draw(st.booleans()),
        tuple(draw(st.lists(attributes(domain), max_size=2))),
        draw(maybe(st.sampled_from(SETS))) if source and draw(st.booleans()) else None,
        draw(groups(depth - 1)) if depth and draw(st.integers(0, 4)) == 0 else None,
        draw(SHIFTS) if draw(st.integers(0, 4)) == 0 else None,
        draw(PERIODS) if domain is Domain.OBSERVATION_PERIOD and draw(st.booleans()) else None,
    )


@st.composite
def windows(draw):
    first, last = draw(maybe(st.integers(-30, 10))), draw(maybe(st.integers(-10, 30)))
    if None not in (first, last) and last < first:
        first, last = last, first
    opens = (draw(ANCHORS), draw(ANCHORS)) if draw(st.integers(0, 4)) == 0 else ()
    return Window(first, last, draw(ANCHORS), draw(ANCHORS), *opens)


@st.composite
def nears(draw, depth):
    criterion = draw(criteria(depth))
    counting = draw(st.sampled_from(Counting))
    return Near(
        criterion,
        draw(windows()),
        counting,
        draw(st.integers(0, 2)),
        draw(st.sampled_from([d for d in Distinct if d.counted_by(criterion.domain)])),
        draw(maybe(windows())),
        DOMAINS[criterion.domain].visit is not None and draw(st.integers(0, 3)) == 0,
        draw(st.booleans()),
    )


@st.composite
def groups(draw, depth=1):
    events = tuple(draw(st.lists(nears(depth), max_size=2)))
    person = tuple(draw(st.lists(PERSON_FACTS, max_size=1)))
    inner = tuple(draw(st.lists(groups(depth - 1), max_size=1))) if depth > 0 else ()
    size = len(events) + len(person) + len(inner)
    mode = draw(st.sampled_from(Mode))
    count = None
    if mode in (Mode.AT_LEAST, Mode.AT_MOST):
        count = draw(st.integers(0, size + 1))
    return Group(mode, events, person, inner, count)


ITEMS = st.builds(
    ConceptItem, CONCEPTS, st.booleans(), st.booleans(), st.integers(0, 3).map(lambda n: n == 0)
)
CONCEPT_SETS = st.tuples(
    *(
        st.lists(ITEMS, min_size=1, max_size=3).map(lambda i, n=n: ConceptSet(n, tuple(i)))
        for n in SETS
    )
)
LIMITS = st.sampled_from(Limit)
FIXED = st.builds(FixedOffset, ANCHORS, st.integers(-5, 20))
EXPOSED = st.builds(
    ContinuousExposure,
    st.sampled_from(SETS),
    st.integers(0, 5),
    st.integers(-3, 5),
    maybe(st.integers(0, 10)),
)


@st.composite
def populations(draw):
    observation = draw(maybe(st.builds(Observation, st.integers(0, 20), st.integers(0, 10))))
    exits = FIXED if observation is None else FIXED | EXPOSED | st.just(EndOfObservation())
    entry = Entry(
        tuple(draw(st.lists(criteria(), min_size=1, max_size=2))), observation, draw(LIMITS)
    )
    rules = tuple(Rule(f"r{i}", g) for i, g in enumerate(draw(st.lists(groups(), max_size=2))))
    return Population(
        "random",
        draw(CONCEPT_SETS),
        entry,
        draw(maybe(groups())),
        draw(LIMITS),
        rules,
        draw(LIMITS),
        draw(exits),
        tuple(draw(st.lists(criteria(0), max_size=1))),
        draw(st.sampled_from((0, 0, 3))),
        draw(maybe(PERIODS)),
    )


# Not Spark, which takes seconds to begin each of hundreds of queries: it has the spec cases.
TRIED = [n for n in ENGINE_NAMES if n.values[0] in ("duckdb", "postgresql")]
SQL_ENGINES = pytest.mark.parametrize("sql", TRIED)


def both(sql, tables, definition, model=None):
    """Return the rows of a definition from the oracle and from the engine named `sql`."""
    every = arrow_tables(tables, model or models.omop("5.3"))
    arrow = {name: every[name] for name in tables}
    oracle = MemoryEngine.from_arrow(arrow)
    with ENGINES[sql](arrow) as engine:
        ours, theirs = (query.run.ask(e, definition) for e in (oracle, engine))
        if isinstance(definition, Population):
            swept = swept_rows(engine, definition)
            event(f"swept: {swept is not None}")
            assert swept in (ours.to_pylist(), None)
    return ours.to_pylist(), theirs.to_pylist()


@SQL_ENGINES
@FEW
@given(DATABASES, populations())
def test_engines_agree_on_populations(sql, tables, population):
    oracle, found = both(sql, tables, population)
    assert found == oracle


@SQL_ENGINES
@FEW
@given(DATABASES, populations(), criteria(0), st.integers(0, 40), st.sampled_from(FollowUp))
def test_engines_agree_on_times_to_events(sql, tables, population, outcome, horizon, follow_up):
    measure = TimeToEvent(
        (Arm("x", population),), outcome, horizon, population.concept_sets, 0, follow_up
    )
    oracle, found = both(sql, tables, measure)
    assert found == oracle
    assert all(0 <= row["time"] <= horizon for row in oracle)


@SQL_ENGINES
@FEW
@given(DATABASES, populations(), criteria(0), windows())
def test_engines_agree_on_baselines(sql, tables, population, criterion, window):
    covariates = (AgeAtIndex(), Sex(), AnyPrior("any", criterion, window))
    measure = Baseline((Arm("x", population),), covariates, population.concept_sets)
    oracle, found = both(sql, tables, measure)
    assert found == oracle


TERMS = st.one_of(
    st.builds(AgeBand, st.sampled_from(sorted(AGE_BANDS)), st.sampled_from((None, 2015, 2020))),
    st.sampled_from(PersonSex).map(SexIs),
    CONCEPTS.map(HasCondition),
    CONCEPTS.map(HasDrug),
    st.sampled_from([b for b in YEAR_BANDS if b.startswith(("2015", "2020", "2010"))]).map(
        SeenInYears
    ),
    st.sampled_from(OBSERVED_YEARS).map(ObservedYears),
)


def predicates(terms, model):
    unique = st.lists(terms, max_size=5, unique_by=_once)
    return unique.map(lambda ts: BandedPredicate(model, tuple(ts)))


def _once(term):
    return type(term) if isinstance(term, AgeBand | SexIs | AgeGroup | InArm) else term


@SQL_ENGINES
@FEW
@given(DATABASES, predicates(TERMS, StandardModel.OMOP))
def test_engines_agree_on_exploring(sql, tables, predicate):
    oracle, found = both(sql, tables, predicate)
    assert found == oracle


TREATMENTS = ("Placebo", "Low", "High")
SUBJECTS = st.sampled_from(("s1", "s2", "s3"))
TRIALS = st.fixed_dictionaries(
    {
        "adsl": st.lists(
            st.fixed_dictionaries(
                {
                    "usubjid": SUBJECTS,
                    "trt01p": maybe(st.sampled_from(TREATMENTS)),
                    "saffl": st.sampled_from(("Y", "N", None)),
                    "sex": st.sampled_from(("F", "M")),
                    "agegr1": st.sampled_from(AGE_GROUPS),
                    "age": maybe(st.integers(18, 90).map(float)),
                }
            ),
            max_size=3,
            unique_by=lambda r: r["usubjid"],
        ),
        "adtte": rows(
            usubjid=SUBJECTS,
            paramcd=st.sampled_from(("TTDE", "OS")),
            trtp=maybe(st.sampled_from(TREATMENTS)),
            aval=maybe(st.sampled_from((0.0, 1.0, 2.25, 30.0))),
            cnsr=maybe(st.sampled_from((0.0, 1.0, 2.0))),
        ),
    }
)
ARMS = (AdamArm("p", ("Placebo",)), AdamArm("t", ("Low", "High")))
FILTERS = st.sampled_from(((), (Equals("adsl.saffl", ("Y",)),), (Equals("adtte.trtp", ("Low",)),)))
TRIAL_TERMS = st.one_of(
    st.sampled_from(PersonSex).map(SexIs),
    st.sampled_from(AGE_GROUPS).map(AgeGroup),
    st.sampled_from(TREATMENTS).map(InArm),
)


@SQL_ENGINES
@FEW
@given(TRIALS, FILTERS, st.sampled_from(("adtte.trtp", "adsl.trt01p")))
def test_engines_agree_on_trials(sql, tables, filters, variable):
    model = models.cdisc("adam")
    oracle, found = both(sql, tables, AdamTimeToEvent("TTDE", ARMS, filters, variable), model)
    assert found == oracle
    oracle, found = both(sql, tables, AdamBaseline(ARMS, ("age", "sex")), model)
    assert found == oracle


@SQL_ENGINES
@FEW
@given(TRIALS, predicates(TRIAL_TERMS, StandardModel.CDISC))
def test_engines_agree_on_exploring_trials(sql, tables, predicate):
    oracle, found = both(sql, tables, predicate, models.cdisc("adam"))
    assert found == oracle


@FEW
@given(populations())
def test_any_population_survives_json_and_can_be_said(population):
    assert from_json(json.dumps(to_json(population))) == population
    text = words(population)
    assert text.zh.count("\n") == text.en.count("\n")
