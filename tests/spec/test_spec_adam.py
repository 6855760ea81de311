"""Trials: subjects of ADSL, times to events of ADTTE."""

from __future__ import annotations

import pytest

from qundao import models
from qundao.query import AdamArm, AdamBaseline, AdamPopulation, AdamTimeToEvent, Equals

ADSL = """
    usubjid | trt01p  | saffl | sex | age | trtsdt     | trtedt
    a       | Placebo | Y     | F   | 63  | 2014-01-02 | 2014-07-02
    b       | Low     | Y     | M   | 71  | 2014-02-02 |
    c       | High    | N     | F   |     |            |
    """
ADTTE = """
    usubjid | paramcd | trtp    | aval | cnsr
    a       | TTDE    | Placebo | 12   | 1
    b       | TTDE    | Low     | 3    | 0
    c       | TTDE    | High    | 4.2  | 0
    a       | OS      | Placebo | 99   | 0
    d       | TTDE    | Low     |      | 0
    e       | TTDE    | Low     | 5    |
    f       | TTDE    | Other   | 5    | 1
    """
ARMS = (AdamArm("placebo", ("Placebo",)), AdamArm("treated", ("Low", "High")))


@pytest.fixture(autouse=True)
def trial(spec):
    spec.given(models.cdisc("adam"), adsl=ADSL, adtte=ADTTE)


def test_aval_is_the_time_and_cnsr_0_an_event(spec):
    """Other parameters, other arms and rows without AVAL or CNSR are left out."""
    assert spec.times(AdamTimeToEvent("TTDE", ARMS)) == {
        ("placebo", "a"): (12, False),
        ("treated", "b"): (3, True),
        ("treated", "c"): (5, True),
    }


def test_filters_and_arms_may_be_those_of_the_subject(spec):
    safe = (Equals("adsl.saffl", ("Y",)),)
    asked = AdamTimeToEvent("TTDE", ARMS, safe, arm_variable="adsl.trt01p")
    assert sorted(spec.times(asked)) == [("placebo", "a"), ("treated", "b")]


def test_baseline_has_a_row_per_subject_with_variables_of_adsl(spec):
    assert spec.baseline(AdamBaseline(ARMS, ("age", "sex"))) == {
        ("placebo", "a"): {"age": 63.0, "sex": "F"},
        ("treated", "b"): {"age": 71.0, "sex": "M"},
        ("treated", "c"): {"age": None, "sex": "F"},
    }


def test_a_trial_population_runs_from_first_to_last_treatment(spec):
    women = AdamPopulation("women", (Equals("adsl.sex", ("F",)),))
    assert spec.cohort(women) == {"a": ["2014-01-02 … 2014-07-02"], "c": ["None"]}
