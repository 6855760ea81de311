"""Which scores are comparable: the same questions, thresholds, severities and weights."""

from __future__ import annotations

import random
from dataclasses import replace

from qundao.models import cdisc, omop
from qundao.quality import checks_for
from qundao.quality.yardstick import same_yardstick, yardstick


def card(checks):
    return {"catalogue": yardstick("m", checks).to_json()}


def test_the_order_of_checks_plays_no_part():
    checks = list(checks_for(cdisc()))
    turned = random.Random(1).sample(checks, len(checks))
    assert same_yardstick(card(checks), card(turned))


def test_another_threshold_is_another_yardstick():
    checks = checks_for(cdisc())
    place = next(i for i, c in enumerate(checks) if c.threshold_pct is not None)
    other = replace(checks[place], threshold_pct=7.25)
    assert not same_yardstick(card(checks), card([*checks[:place], other, *checks[place + 1 :]]))


def test_another_argument_or_one_check_less_is_another_yardstick():
    checks = checks_for(cdisc())
    place = next(i for i, c in enumerate(checks) if c.argument)
    other = replace(checks[place], argument="something else")
    assert not same_yardstick(card(checks), card([*checks[:place], other, *checks[place + 1 :]]))
    assert not same_yardstick(card(checks), card(checks[1:]))


def test_models_have_yardsticks_of_their_own():
    digests = {yardstick(v, checks_for(omop(v))).digest for v in ("5.3", "5.4")}
    assert len(digests) == 2


def test_a_scorecard_that_names_no_catalogue_is_comparable_with_none():
    named = card(checks_for(cdisc()))
    assert not same_yardstick(named, {})
    assert not same_yardstick({}, {})
