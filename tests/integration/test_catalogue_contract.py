"""What a node tells of true sources is what the catalogue reads: no drift between the two."""

from __future__ import annotations

from typing import Any

import pytest

from qundao.catalogue.version import VersionFacts, read_version
from qundao.cli.demo.cast import MEMBERS
from qundao.cli.demo.cast_about import about
from qundao.credits.tariff import TARIFFS
from qundao.node.register import examine
from support.gibleed import HOSPITAL_1, gibleed_file
from support.pilot_nodes import pilot_folder


def registered(dsn: str, member: str) -> VersionFacts:
    """Describe a source as the demonstration's member does, and read it as the hub does."""
    offer = next(m.offer for m in MEMBERS if m.key == member)
    assert offer is not None
    told: dict[str, Any] = about(offer)
    found = examine(dsn, told["min_cell"])
    return read_version(
        {
            **told,
            "dataset": offer.dataset,
            "model": found.model,
            "data_digest": "0" * 64,
            "profile": found.profile,
            "scorecard": found.scorecard,
        }
    )


@pytest.fixture(scope="module", params=["h1", "b"])
def version(request) -> VersionFacts:
    if request.param == "h1":
        return registered(f"duckdb:{gibleed_file(where=HOSPITAL_1)}", "h1")
    return registered(f"parquet:{pilot_folder('b')}", "b")


def test_profiles_and_scorecards_of_true_sources_read(version: VersionFacts) -> None:
    persons = {"hospital_records": 1465, "trial_arm": 32}[version.data_class]
    assert version.described.persons == persons
    assert version.described.variables
    assert 0 <= version.score.whole <= 100


def test_every_domain_that_a_node_counts_is_in_the_tariff(version: VersionFacts) -> None:
    prices = TARIFFS[-1].prices(version.data_class)
    counted = {d.domain for d in version.described.domains}
    assert counted
    assert counted <= {d.domain for d in prices.domains}
