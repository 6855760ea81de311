"""The CDISC pilot study's published survival figures, ungated; and the gated pooled placebo."""

import pytest
from lifelines.statistics import multivariate_logrank_test

from qundao.analysis import combine, gate_local, layout, result, seal, tally
from qundao.disclosure.masks import MODULUS, MaskKey, mask
from qundao.disclosure.thresholds import Floors
from support.analysis_cases import OPEN, expected, km, pilot, pooled, rows_of, sponsors

ARMS = ("placebo", "low", "high")


@pytest.fixture(scope="module")
def daily():
    return pooled(km(range(221), *ARMS), pilot())


def test_events_medians_and_their_limits(daily):
    figures = expected("pilot_KM_TTDE")
    summary = rows_of(daily, "summary")
    assert [r["persons"] for r in summary] == [86, 84, 84]
    assert [r["events"] for r in summary] == figures["events"] == [29, 62, 61]
    assert [r["median"]["en"] for r in summary] == ["not reached", "33", "36"]
    for row, name in zip(summary[1:], ("Low", "High"), strict=True):
        median, low, high = figures["median_CI_loglog"][name]
        assert row["median"]["en"] == str(median)
        assert row["limits"]["en"] == f"lower {low}, upper {high}"


def test_numbers_at_risk_at_day_0_20_40_and_on(daily):
    figures = expected("pilot_KM_TTDE")["at_risk_0_20_200"]
    for name, series in zip(("Pbo", "Low", "High"), daily["figure"]["series"], strict=True):
        # R counts those whose time is at least t: at risk just before t, the edge t - 1.
        at_risk = {p["day"]: p["at_risk"] for p in series["points"]}
        found = [at_risk[max(day - 1, 0)] for day in range(0, 201, 20)]
        assert found == figures[name]
    assert found[0] == 84


def test_log_rank(daily):
    (found,) = rows_of(daily, "log_rank")
    rows = pilot().to_pydict()
    oracle = multivariate_logrank_test(rows["time"], rows["arm"], rows["event"])
    assert found["chi_square"] == pytest.approx(oracle.test_statistic, abs=1e-7)
    assert found["p"]["value"] == pytest.approx(oracle.p_value)
    assert found["chi_square"] == expected("pilot_KM_TTDE")["logrank_chisq"]
    assert found["degrees"] == 2


class TestPooledPlacebo:
    """A's treated against the placebo of three sponsors: 28-day grid, k 10, event floor 5."""

    floors = Floors(10, 5)
    spec = km(range(0, 197, 28), "placebo", "low", "high")

    @pytest.fixture(scope="class")
    @classmethod
    def answers(cls):
        """What leaves each node: placebo masked, A's treated arms through A's own gate."""
        keys = {node: MaskKey.generate() for node in sponsors()}
        made = {}
        for node, rows in sponsors().items():
            gated = gate_local(cls.spec, tally(rows, cls.spec), cls.floors, ["placebo"])
            peers = {n: k.public for n, k in keys.items() if n != node}

            def hide(values, node=node, peers=peers):
                return mask(values, keys[node], peers, node, "round_1", "context")

            made[node] = seal(layout(cls.spec), gated, ["placebo"], hide)
        return made

    @pytest.fixture(scope="class")
    @classmethod
    def released(cls, answers):
        totals = combine(layout(cls.spec), list(answers.values()), ["placebo"])
        return result(cls.spec, totals, cls.floors)

    def test_sites_split_the_placebo_arm_20_32_34(self):
        people = [r["arm"].to_pylist().count("placebo") for r in sponsors().values()]
        assert people == [20, 32, 34]

    def test_the_first_bins_and_the_withheld_tail(self, released):
        rows = [r for r in rows_of(released, "intervals") if r["arm"]["en"] == "placebo"]
        assert [(r["from"], r["to"], r["at_risk"], r["events"]) for r in rows[:-1]] == [
            (0, 28, 86, 13),
            (28, 56, 69, 6),
            (56, 84, 60, 6),
        ]
        assert (rows[-1]["from"], rows[-1]["at_risk"]) == (84, 49)
        assert rows[-1]["events"]["withheld"] == "*"
        assert "tail" in rows[-1]["events"]["reason"]["en"]

    def test_the_total_would_give_the_tail_away_and_is_withheld_with_it(self, released):
        placebo = rows_of(released, "summary")[0]
        assert placebo["events"]["withheld"] == "≥25"
        assert "29" not in str(released["words"])
        assert any(w["rule"] == "tail" and w["cells"] for w in released["withheld"])

    def test_the_hub_sees_no_sponsor_s_placebo_numbers(self, answers):
        places = layout(self.spec).of_groups(["placebo"])
        for node, rows in sponsors().items():
            plain = tally(rows, self.spec).values
            shares = [answers[node][i] for i in places]
            assert all(
                s != plain[i] and s > MODULUS >> 64 for s, i in zip(shares, places, strict=True)
            )

    def test_a_s_own_arms_pass_a_s_own_floor(self, answers):
        cells = layout(self.spec)
        own = [answers["node_a"][i] for i in cells.of_groups(["low", "high"])]
        plain = tally(sponsors()["node_a"], self.spec).values
        assert None in own  # merged or withheld at A already
        assert max(v for v in own if v is not None) <= max(plain)

    def test_dropping_a_sponsor_is_noticed(self, answers):
        with pytest.raises(Exception, match="mask"):
            combine(layout(self.spec), [answers[n] for n in ("node_a", "node_b")], ["placebo"])


def test_without_floors_the_same_grid_shows_the_tail():
    released = pooled(km(range(0, 197, 28), "placebo"), pilot(), OPEN)
    rows = rows_of(released, "intervals")
    assert [r["events"] for r in rows] == [13, 6, 6, 3, 0, 0, 1]
    assert [r["censored"] for r in rows] == [4, 3, 5, 0, 4, 3, 36]
