"""A scorecard as it comes from a node is read whole or refused: pages never meet half a one."""

from __future__ import annotations

from typing import Any

import pytest

from qundao.catalogue.scores import ScoreSummary
from qundao.kernel.errors import QundaoError

COST = {"check": "isRequired", "table": "PERSON", "field": "X", "points": 5}
WAIVED = {**COST, "reason": "later", "until": "2027-01-01"}
CATALOGUE = {"model": "omop 5.4", "version": "0.1.0", "checks": 2381, "digest": "a" * 64}


def card(**changed: Any) -> dict[str, Any]:
    told = {
        "schema": "qundao.scorecard/1",
        "total": 95,
        "categories": {"conformance": 95},
        "costs": [COST],
        "waived": [WAIVED],
        "catalogue": CATALOGUE,
    }
    return told | changed


def test_a_whole_scorecard_is_read_and_so_is_one_of_old():
    assert ScoreSummary.from_json(card()).mend_first[0].place == "PERSON.X"
    old = {k: v for k, v in card().items() if k not in ("waived", "catalogue")}
    assert ScoreSummary.from_json(old).total == 95


@pytest.mark.parametrize(
    "changed",
    [
        {"catalogue": "sha256"},
        {"catalogue": {**CATALOGUE, "digest": 5}},
        {"catalogue": {**CATALOGUE, "checks": "many"}},
        {"catalogue": {"version": "1"}},
        {"waived": ["all of it"]},
        {"waived": [COST]},
        {"waived": [{**WAIVED, "until": None}]},
        {"waived": [{**WAIVED, "points": 101}]},
        {"costs": [COST] * 5 + [{"points": 1}]},
    ],
)
def test_what_is_malformed_is_refused(changed):
    with pytest.raises(QundaoError) as refused:
        ScoreSummary.from_json(card(**changed))
    assert refused.value.code == "catalogue.bad_profile"
