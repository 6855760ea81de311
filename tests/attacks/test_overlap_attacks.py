"""Cutting the same people twice: renamed, reordered, duplicated, written another way, nearly so."""

from dataclasses import replace

import pyarrow as pa
import pytest

from qundao.analysis import Arm as Column
from qundao.analysis import (
    Banded,
    Categorical,
    Continuous,
    Counts,
    KaplanMeier,
    Level,
    Table1,
    layout,
    tally,
)
from qundao.analysis.normal_form import column, outcome
from qundao.analysis.normal_form import people as form_of
from qundao.disclosure.attacker import Interval, attainable
from qundao.disclosure.decisions import SMALL_CELL
from qundao.disclosure.gate import gate
from qundao.disclosure.thresholds import Floors
from qundao.engines import MemoryEngine
from qundao.kernel.errors import QundaoError
from qundao.kernel.words import Words
from qundao.query import (
    AdamArm,
    AdamBaseline,
    AdamTimeToEvent,
    AgeAtIndex,
    AnyPrior,
    Arm,
    Baseline,
    Counting,
    Criterion,
    Domain,
    Entry,
    Equals,
    FollowUp,
    Gender,
    Group,
    Limit,
    Mode,
    Near,
    Population,
    Rule,
    Sex,
    TimeToEvent,
    concept_set,
)
from qundao.study import Contribution, PlannedAnalysis, StudyProtocol, plan_round
from qundao.study.differences import check_differences, to_compare
from support.analysis_cases import pooled
from support.ascii_tables import database
from support.populations import ON_THE_DAY

W = Words("词", "word")
H1, H2 = "QD000001.1", "QD000002.1"
NODES = {f"QD00000{i}.1": f"node_{i}" for i in range(1, 6)}
TEN = concept_set("ten", 10, descendants=False)
TWENTY = concept_set("twenty", 20, 21, descendants=False)
THIRTY = concept_set("thirty", 30, descendants=False)


def condition(name, **options):
    return Criterion(Domain.CONDITION, name, **options)


def started(name="users", concepts="ten", sets=(TEN,), rules=()):
    entry = Entry((condition(concepts),), None, Limit.FIRST)
    return Population(name, sets, entry, rules=rules, exit=ON_THE_DAY)


def after(*arms, horizon=365, event="twenty", sets=(TWENTY,), **options):
    source = tuple(Arm(n, p) for n, p in arms)
    return TimeToEvent(
        source, condition(event), horizon, sets, follow_up=FollowUp.HORIZON, **options
    )


def later(*arms):
    """Return the time to an event that no arm is defined by."""
    return after(*arms, event="thirty", sets=(THIRTY,))


def columns(source):
    return tuple(Column(a.label, Words(a.label, a.label)) for a in source.arms)


def count(source, horizon=365):
    return Counts(source, columns(source), horizon)


def curve(source, grid=(0, 28, 56)):
    return KaplanMeier(source, columns(source), tuple(grid))


def by_sex(source):
    return Table1(source, columns(source), (Categorical("sex", W, (Level("female", W),)),))


def planned(name, spec, accessions=(H1,)):
    parts = tuple(Contribution(a, spec.groups) for a in accessions)
    return PlannedAnalysis(name, W, parts, spec)


def refused(*analyses):
    """The protocol's refusal by codes; empty where it is accepted."""
    datasets = tuple(dict.fromkeys(a for p in analyses for a in p.accessions))
    try:
        StudyProtocol(W, W, datasets, analyses)
    except QundaoError as error:
        return [(p.where, p.code) for p in error.problems]
    return []


RULE = Rule("women", Group(Mode.ALL, person=(Gender((8532, 8507)), Gender((8532,)))))
PLAIN = started(rules=(RULE, Rule("b", Group(Mode.ANY, person=(Gender((8507,)),)))))


class TestNormalForm:
    """The protocol's own check: no data is needed to see these."""

    @pytest.mark.parametrize(
        "disguised",
        [
            replace(PLAIN, name="somebody else"),
            replace(PLAIN, rules=PLAIN.rules[::-1]),
            replace(PLAIN, rules=(replace(PLAIN.rules[0], name="x"), PLAIN.rules[1])),
            replace(PLAIN, concept_sets=(TEN, TWENTY)),
            started("other", "zehn", (replace(TEN, name="zehn"),), PLAIN.rules),
            started("twice", "ten", (concept_set("ten", 10, 10, descendants=False),), PLAIN.rules),
            replace(
                PLAIN,
                rules=(
                    Rule("w", Group(Mode.ALL, person=(Gender((8532,)), Gender((8507, 8532))))),
                    Rule("b", Group(Mode.AT_LEAST, person=(Gender((8507,)),), count=1)),
                ),
            ),
        ],
    )
    def test_the_same_people_under_another_name_or_order(self, disguised):
        one = after(("a", PLAIN), ("b", started("b", "ten")))
        other = after(("z", started("q", "ten")), ("y", disguised), horizon=90)
        assert form_of(other, "y") == form_of(one, "a")
        first, second = planned("one", curve(one)), planned("two", curve(other, (0, 7, 56)))
        assert ("$.analyses[1]", "study.overlap") in refused(first, second)

    @pytest.mark.parametrize(
        "disguised",
        [
            after(("a", PLAIN), event="z", sets=(replace(TWENTY, name="z"),)),
            after(("a", PLAIN), sets=(concept_set("twenty", 21, 20, descendants=False), TEN)),
            after(("a", PLAIN), first_day=1),
            after(("a", PLAIN), horizon=400),
            replace(after(("a", PLAIN)), follow_up=FollowUp.OBSERVATION),
        ],
    )
    def test_the_same_event_under_another_name_order_or_window(self, disguised):
        plain = after(("a", PLAIN))
        assert outcome(disguised) == outcome(plain)
        assert refused(planned("one", count(plain)), planned("two", curve(disguised))) == [
            ("$.analyses[1]", "study.overlap")
        ]

    def test_an_arm_among_others_in_another_analysis_is_still_the_same_arm(self):
        other = Gender((8507,))
        men = started(rules=(Rule("m", Group(Mode.ALL, person=(other,))),))
        one, two = after(("a", PLAIN), ("b", started())), after(("x", men), ("y", PLAIN))
        assert refused(planned("one", curve(one)), planned("two", curve(two, (0, 30)))) == [
            ("$.analyses[1]", "study.overlap")
        ]
        assert not refused(planned("one", curve(one)), planned("two", curve(after(("x", men)))))

    def test_one_arm_under_two_labels_of_one_analysis(self):
        """Contributed by three members and by two, the copy would show the third one's part."""
        doubled = after(("a", PLAIN), ("copy", replace(PLAIN, name="copy")))
        found = refused(planned("one", count(doubled)))
        assert found == [("$.analyses[0].spec.arms", "study.overlap")]

    def test_adam_arms_renamed_reordered_and_filtered_the_other_way_round(self):
        safe, old = Equals("adsl.saffl", ("Y",)), Equals("adsl.agegr1", (">80", "65-80"))
        arms = (AdamArm("p", ("Placebo",)), AdamArm("t", ("Low", "High")))
        one = AdamTimeToEvent("TTDE", arms, (safe, old), "adsl.trt01p")
        two = AdamTimeToEvent(
            "TTDE",
            (AdamArm("x", ("High", "Low")),),
            (Equals("adsl.agegr1", ("65-80", ">80", ">80")), safe),
            "adsl.trt01p",
        )
        assert refused(planned("one", curve(one)), planned("two", curve(two, (0, 9)))) == [
            ("$.analyses[1]", "study.overlap")
        ]
        other = replace(two, paramcd="DEATH")
        assert not refused(planned("one", curve(one)), planned("two", curve(other, (0, 9))))

    def test_a_covariate_under_another_name(self):
        groups = (Arm("a", PLAIN),)
        age = Baseline(groups, (AgeAtIndex(), AgeAtIndex("years")))
        assert column(age, "age") == column(age, "years")
        bands = (Banded("age", W, (40, 60)), Banded("years", W, (41, 60)))
        one, two = (Table1(age, columns(age), (b,)) for b in bands)
        assert refused(planned("one", one), planned("two", two)) == [
            ("$.analyses[1]", "study.overlap")
        ]
        with pytest.raises(QundaoError) as caught:
            Table1(age, columns(age), bands)
        assert caught.value.problems[0].where == "variables[1]"

    def test_a_prior_event_under_another_name(self):
        found = Baseline(
            (Arm("a", PLAIN),),
            (AnyPrior("x", condition("twenty")), AnyPrior("y", condition("other")), Sex()),
            (TWENTY, replace(TWENTY, name="other")),
        )
        assert column(found, "x") == column(found, "y") != column(found, "sex")

    def test_two_versions_of_one_dataset(self):
        one = planned("one", count(after(("a", PLAIN))))
        found = refused(one, planned("two", curve(after(("b", PLAIN))), ("QD000001.2",)))
        assert ("$.datasets[1]", "study.bad_protocol") in found
        assert ("$.analyses[1]", "study.overlap") in found


class TestNumberBesideBands:
    """A mean's own bounds would be a second cut through the people whom the bands divide."""

    ages = (34.0, 36.0, 36.0, 38.0, 40.0, 41.0, 44.0, 999.0)

    def table(self, low, high, edges=(35, 40, 45)):
        source = AdamBaseline((AdamArm("one", ("one",)),), ("age",))
        number = Continuous("age", W, W, low, high)
        return Table1(source, columns(source), (number, Banded("age", W, edges)))

    @pytest.mark.parametrize(("low", "high"), [(35, 120), (0, 44), (36, 40), (40, 120)])
    def test_bounds_between_the_edges_are_refused(self, low, high):
        with pytest.raises(QundaoError) as caught:
            self.table(low, high)
        assert [p.where for p in caught.value.problems] == ["variables[1]"]
        assert "around every edge" in caught.value.problems[0].line("en")

    def rows(self, times=20):
        ages = [a for a in self.ages for _ in range(times)]
        return pa.table(
            {
                "arm": ["one"] * len(ages),
                "subject_id": pa.array(range(len(ages)), pa.int64()),
                "age": pa.array(ages, pa.float64()),
            }
        )

    def test_bounds_outside_them_cut_nobody_off_twice(self):
        """Were 999 in a band but not in the mean, the two counts would differ by those people."""
        spec = self.table(0, 120)
        numbers = dict(zip(layout(spec).names, tally(self.rows(), spec).values, strict=True))
        bands = [v for k, v in numbers.items() if k.startswith("one/age/") and k[8] in "<≥34"]
        assert sum(bands) == numbers["one/age/observed/persons"] == 140
        assert numbers["one/age/other/persons"] == numbers["one/age/unobserved/persons"] == 20

    def test_what_is_withheld_in_bands_does_not_come_back_through_the_mean(self):
        """Six people in one band, six without a usable age: no relation gives either away."""
        spec = self.table(0, 120)
        ages = [36.0] * 30 + [41.0] * 30 + [50.0] * 6 + [999.0] * 6
        rows = pa.table(
            {
                "arm": ["one"] * 72,
                "subject_id": pa.array(range(72), pa.int64()),
                "age": pa.array(ages, pa.float64()),
            }
        )
        gated = gate(layout(spec).names, tally(rows, spec).values, layout(spec).margins, Floors(10))
        place = {n: i for i, n in enumerate(layout(spec).names)}
        sums = layout(spec).margins.sums
        shown = {i: v for i, v in enumerate(gated.values) if v is not None}
        marked = {
            i: Interval(1, 9) if r == SMALL_CELL else Interval(0, None)
            for i, r in enumerate(gated.rules)
            if r is not None
        }
        for name in ("≥45/persons", "other/persons", "unobserved/persons"):
            cell = place[f"one/age/{name}"]
            assert gated.rules[cell] == SMALL_CELL
            assert attainable(cell, shown, marked, sums) == Interval(1, 9)

    def test_a_number_beside_named_levels_is_refused(self):
        source = AdamBaseline((AdamArm("one", ("one",)),), ("age",))
        number = Continuous("age", W, W, 34, 36)
        levels = Categorical("age", W, (Level("35.0", W),))
        with pytest.raises(QundaoError):
            Table1(source, columns(source), (number, levels))


def engine(*starts, outcomes=(), men=()):
    """A hospital (synthetic): who has concept 10 on which day, who has concept 20."""
    events = [(p, 10, f"2020-01-{d:02}") for p, d in starts]
    events += [(p, c, f"2020-02-{d:02}") for p, c, d in outcomes]
    return MemoryEngine(_tables(events, men))


def _tables(events, men):
    people = sorted({p for p, _, _ in events})
    text = {
        "person": "person_id | gender_concept_id | year_of_birth\n"
        + "\n".join(f"{p} | {8507 if p in men else 8532} | 1960" for p in people),
        "condition_occurrence": (
            "person_id | condition_occurrence_id | condition_concept_id | condition_start_date\n"
            + "\n".join(f"{p} | {i} | {c} | {d}" for i, (p, c, d) in enumerate(events))
        ),
    }
    return {k: v.to_pylist() for k, v in database(text).items()}


def by_gender(*concepts, name="x"):
    return started(name, rules=(Rule("g", Group(Mode.ALL, person=(Gender(concepts),))),))


def without(event):
    """A population less those who ever have an event near their start."""
    none = Near(condition(event), counting=Counting.EXACTLY, count=0, outside_observation=True)
    return started("less", sets=(TEN, TWENTY), rules=(Rule("none", Group(Mode.ALL, (none,))),))


EVERYBODY = [(p, 1 + p % 20) for p in range(60)]


def codes(analyses, source, accession=H1, least=10):
    """What the node says about the last analysis, by code."""
    compared = to_compare(analyses, analyses[-1], accession)
    rows = {a.id: a.spec.rows(source) for a in compared}
    found = check_differences(compared, accession, rows, lambda a: plan_round(a, NODES), least)
    return [p.code for p in found]


NEAR = "study.near_groups"


class TestOnTheNode:
    """What only the rows can tell: another definition, nearly the same people."""

    @pytest.mark.parametrize(("few", "said"), [(0, []), (3, [NEAR]), (9, [NEAR]), (10, [])])
    def test_an_arm_and_the_same_less_one_more_exclusion(self, few, said):
        source = engine(*EVERYBODY, outcomes=[(p, 20, 1 + p % 20) for p in range(few)])
        outcome = after(
            ("all", started()), ("less", without("twenty")), event="thirty", sets=(THIRTY,)
        )
        found = codes([planned("a", count(outcome))], source)
        assert found == said

    def test_the_attack_works_without_the_check(self):
        """The counts of both arms pass the gate, and their difference is three people."""
        source = engine(*EVERYBODY, outcomes=[(p, 20, 5) for p in range(3)])
        outcome = after(
            ("all", started()), ("less", without("twenty")), event="thirty", sets=(THIRTY,)
        )
        spec = count(outcome)
        table = pooled(spec, spec.rows(source), Floors(10, 10))["tables"][0]
        shown = [row[1] for row in table["rows"]]
        assert shown[0] - shown[1] == 3

    def test_the_refusal_does_not_tell_how_many(self):
        said = set()
        for few in (1, 3, 9):
            source = engine(*EVERYBODY, outcomes=[(p, 20, 5) for p in range(few)])
            outcome = after(
                ("all", started()), ("less", without("twenty")), event="thirty", sets=(THIRTY,)
            )
            analysis = planned("a", count(outcome))
            rows = {"a": analysis.spec.rows(source)}
            found = check_differences([analysis], H1, rows, lambda a: plan_round(a, NODES), 10)
            said.add(tuple(repr(p.to_json()) for p in found))
        assert len(said) == 1

    def test_the_two_arms_in_two_analyses(self):
        source = engine(*EVERYBODY, outcomes=[(p, 20, 5) for p in range(3)])
        one = planned("one", count(later(("all", started()))))
        cut = Baseline((Arm("less", without("twenty")),), (Sex(),))
        two = planned("two", by_sex(cut))
        assert codes([one, two], source) == [NEAR]
        assert codes([two, one], source) == [NEAR]
        assert codes([one], source) == codes([two], source) == []

    def test_three_arms_that_leave_a_few_over(self):
        source = engine(*EVERYBODY, men=range(20))
        parts = [("all", started()), ("men", by_gender(8507)), ("women", by_gender(8532))]
        outcome = later(*parts)
        assert codes([planned("a", count(outcome))], source) == []
        tables = _tables([(p, 10, "2020-01-05") for p in range(60)], range(20))
        for row in tables["person"][-3:]:
            row["gender_concept_id"] = 0
        assert codes([planned("a", count(outcome))], MemoryEngine(tables)) == [NEAR]

    def test_the_same_people_from_another_day(self):
        """Entry by the first or by the last event: a few people's time starts elsewhere."""
        again = [(p, 20) for p in range(3)]
        source = engine(*[(p, 1) for p in range(60)], *again)
        last = replace(started(), entry=Entry((condition("ten"),), None, Limit.LAST))
        outcome = later(("first", started()), ("last", last))
        survive = planned("a", curve(outcome))
        sick = [(p, 30, 10) for p in range(20)]
        moved = engine(*[(p, 1) for p in range(60)], *again, outcomes=sick)
        assert codes([survive], moved) == [NEAR]
        assert codes([survive], engine(*[(p, 1) for p in range(60)], outcomes=sick)) == []
        assert codes([survive], source) == []  # nobody has the event: not a row differs

    def test_the_same_cut_written_so_that_no_form_can_tell(self):
        """A condition that everybody meets hides nothing from the rows."""
        source = engine(*EVERYBODY, outcomes=[(p, 20, 5) for p in range(30)])
        always = by_gender(8507, 8532, 8521)
        one = planned("one", curve(after(("a", started()))))
        two = planned("two", curve(after(("a", always)), (0, 29, 56)))
        assert not refused(one, two)
        assert codes([one, two], source) == ["study.overlap"]

    @pytest.mark.parametrize(("more", "said"), [(0, [NEAR]), (2, [NEAR]), (15, [])])
    def test_the_same_event_with_one_more_code(self, more, said):
        sick = [(p, 20, 5) for p in range(30)] + [(40 + p, 22, 5) for p in range(more)]
        wide = concept_set("wide", 20, 21, 22, descendants=False)
        one = planned("one", curve(after(("a", started()))))
        two = planned(
            "two", curve(after(("a", started()), event="wide", sets=(wide,)), (0, 29, 56))
        )
        assert not refused(one, two)
        assert codes([one, two], engine(*EVERYBODY, outcomes=sick)) == said

    def test_arms_with_nobody_in_common_are_left_alone(self):
        source = engine(*EVERYBODY, men=range(4))
        outcome = after(("men", by_gender(8507)), ("women", by_gender(8532)))
        assert codes([planned("a", count(outcome))], source) == []

    def test_a_group_that_the_gate_hides_whole_cannot_be_subtracted(self):
        source = engine(*EVERYBODY, men=range(4))
        outcome = after(("all", started()), ("men", by_gender(8507)))
        assert codes([planned("a", count(outcome))], source) == []


class TestMasked:
    """Sums over members: each member holds its own part to the floor."""

    three = tuple(NODES)[:3]
    four = tuple(NODES)[:4]

    def analysis(self, name, spec, **contributors):
        held = {}
        for group, accessions in contributors.items():
            for a in accessions:
                held.setdefault(a, []).append(group)
        parts = tuple(Contribution(a, tuple(g)) for a, g in held.items())
        return PlannedAnalysis(name, W, parts, spec)

    def test_a_member_s_part_of_nested_masked_arms(self):
        source = engine(*EVERYBODY, outcomes=[(p, 20, 5) for p in range(3)])
        outcome = after(
            ("all", started()), ("less", without("twenty")), event="thirty", sets=(THIRTY,)
        )
        spec = count(outcome)
        masked = self.analysis("a", spec, all=self.three, less=self.three)
        assert plan_round(masked, NODES).masked_groups == ("all", "less")
        assert codes([masked], source) == [NEAR]

    def test_a_small_share_of_a_masked_arm_is_no_difference(self):
        source = engine(*EVERYBODY, men=range(4))
        spec = count(after(("men", by_gender(8507)), ("women", by_gender(8532))))
        masked = self.analysis("a", spec, men=self.three, women=(H1,))
        assert codes([masked], source) == []

    def test_two_sums_over_the_same_people_with_and_without_one_member(self):
        """Subtracting the sum of three from the sum of four shows the fourth member's rows."""
        source = engine(*EVERYBODY)
        always = by_gender(8507, 8532, 8521)
        spec = count(after(("four", started()), ("three", always)))
        split = self.analysis("a", spec, four=self.four, three=self.three)
        assert not refused(split)
        assert codes([split], source) == ["study.other_contributors"]
        same = self.analysis("a", spec, four=self.four, three=self.four)
        assert codes([same], source) == []

    def test_the_two_sums_in_two_analyses(self):
        cut = Baseline((Arm("a", started()),), (Sex(),))
        table = by_sex(cut)
        one = self.analysis("one", count(after(("a", started()))), a=self.four)
        two = self.analysis("two", table, a=self.three)
        assert codes([one, two], engine(*EVERYBODY)) == ["study.other_contributors"]
        assert codes([one, replace(two, contributions=one.contributions)], engine(*EVERYBODY)) == []
