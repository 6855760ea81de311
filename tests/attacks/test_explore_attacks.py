"""Attacks on the explore lane, measured on synthetic people.

The unprotected answer (exact counts, threshold 10, rounding) is attacked first, to show that the
attack works; then the lane as it is: noise, a budget, a cache. The attacker knows everything
about a target except the diagnosis. Figures of `docs/explanation/disclosure.md` come from here.
"""

import math
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from qundao.disclosure.budget import Budget, cache_key
from qundao.disclosure.explore import ExplorePolicy
from qundao.disclosure.noise import noisy_count
from qundao.disclosure.rounding import round_count
from qundao.kernel.canonical import digest

POLICY = ExplorePolicy()
TARGETS = 400
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "disclosure.md"


@dataclass(frozen=True, slots=True)
class Person:
    """A synthetic person: a number that no band shows, a band, and a secret."""

    number: int
    band: int
    ill: bool


def people(seed, n=2000):
    dice = random.Random(seed)
    return [Person(i, i % 20, dice.random() < 0.5) for i in range(n)]


@dataclass
class Lane:
    """A node's explore lane over one dataset: the real policy, budget, cache key and noise."""

    rows: list
    policy: ExplorePolicy = POLICY
    budgets: dict = field(default_factory=dict)
    answers: dict = field(default_factory=dict)

    def ask(self, member, question, chosen):
        """Answer `question` (canonical JSON); `chosen` says whom it counts."""
        budget = self.budgets.get(member, self.policy.new_budget())
        key = cache_key("QD000001.1", digest(question))
        after = budget.spend(key, self.policy.price)
        if not isinstance(after, Budget):
            return after
        self.budgets[member] = after
        if key not in self.answers:
            true_count = sum(map(chosen, self.rows))
            self.answers[key] = noisy_count(true_count, self.policy.price)
        return self.answers[key]


def unprotected(rows, chosen, base=1):
    """Exact count with threshold and rounding, as many systems answer."""
    count = sum(map(chosen, rows))
    return None if count < POLICY.min_cell else round_count(count, base)


def advantage(right, of):
    """How much better than a coin: 1 is certainty, 0 guessing."""
    return 2 * right / of - 1


def bound(questions):
    """The greatest advantage that ε-differential privacy allows after `questions` answers."""
    epsilon = POLICY.epsilon * questions
    return (math.exp(epsilon) - 1) / (math.exp(epsilon) + 1)


def on_page(zh, en, right, of, questions):
    """Hold the explanation to the figures measured here: unprotected, and the lane's limit."""
    share = f"{50 * (1 + bound(questions)):.0f}%"
    row = f"| {zh} / {en} | {right} / {of} | {questions} | {share} |"
    assert row in PAGE.read_text("utf-8")


SPREAD = 5 / math.sqrt(TARGETS)  # five standard deviations of a share over the targets


class TestDifferencing:
    """Two counts that differ by one person."""

    def pair(self, target):
        return (lambda p: p.ill), (lambda p: p.ill and p.number != target.number)

    def test_it_works_where_counts_are_exact(self):
        rows = people(1)
        right = 0
        for target in rows[:TARGETS]:
            all_ill, all_but_one = (unprotected(rows, c) for c in self.pair(target))
            right += (all_ill - all_but_one == 1) == target.ill
        assert right == TARGETS
        on_page("差分", "Differencing", right, TARGETS, 2)

    def test_it_is_hardly_better_than_guessing_through_the_lane(self):
        rows, right = people(1), 0
        for number in range(TARGETS):
            lane, target = Lane(rows), rows[number]
            one, two = (lane.ask("m", ["q", i, number], c) for i, c in enumerate(self.pair(target)))
            right += (one - two >= 1) == target.ill
        assert advantage(right, TARGETS) < bound(2) + SPREAD


class TestPaddedDifferencing:
    """Differencing under a threshold and rounding: pad both counts with known crowds."""

    def pairs(self, target, n=20):
        for pad in range(n):
            crowd = range(300 + pad, 330 + 2 * pad)
            with_target = {*crowd, target.number}
            yield (
                lambda p, c=frozenset(with_target): p.ill and p.number in c,
                lambda p, c=frozenset(crowd): p.ill and p.number in c,
            )

    def test_rounding_to_five_does_not_stop_it(self):
        rows, right = people(2), 0
        for target in rows[:200]:
            steps = [
                (unprotected(rows, a, 5) or 0) - (unprotected(rows, b, 5) or 0)
                for a, b in self.pairs(target)
            ]
            right += any(step > 0 for step in steps) == target.ill
        assert right / 200 > 0.95
        on_page("垫底差分", "Padded differencing", right, 200, 30)

    def test_the_budget_ends_it_after_fifteen_pairs_and_the_noise_leaves_little(self):
        rows, right, refused = people(2), 0, 0
        for target in rows[:200]:
            lane, gaps = Lane(rows), []
            for i, pair in enumerate(self.pairs(target)):
                one, two = (
                    lane.ask("m", ["pad", i, j, target.number], c) for j, c in enumerate(pair)
                )
                if isinstance(one, int) and isinstance(two, int):
                    gaps.append(one - two)
                else:
                    refused += 1
            assert len(gaps) == 15
            right += (sum(gaps) / len(gaps) >= 0.5) == target.ill
        assert refused == 200 * 5
        # Best guess from 15 differences with noise of standard deviation 20 each: the normal law
        # puts it right 53.9 times in 100. ε-DP's own worst-case bound is far looser here.
        assert advantage(right, 200) < 0.08 + 5 / math.sqrt(200)


class TestTracker:
    """Denning, Denning, Schwartz 1979: a general tracker pads a query too small to answer."""

    def counts(self, ask, target):
        def is_target(p):
            return p.number == target.number

        tracker = [
            ask("T", lambda p: p.band < 10),
            ask("not T", lambda p: p.band >= 10),
            ask("C or T", lambda p: (is_target(p) and p.ill) or p.band < 10),
            ask("C or not T", lambda p: (is_target(p) and p.ill) or p.band >= 10),
        ]
        everyone = tracker[0] + tracker[1]
        return tracker[2] + tracker[3] - everyone

    def test_it_works_where_counts_are_exact(self):
        rows = people(3)
        for target in rows[:100]:
            found = self.counts(lambda _, c: unprotected(rows, c), target)
            assert found == target.ill
        on_page("追踪器", "Tracker", 100, 100, 4)

    def test_through_the_lane_it_finds_noise(self):
        rows, right = people(3), 0
        for number in range(TARGETS):
            lane, target = Lane(rows), rows[number]
            found = self.counts(
                lambda q, c, number=number, lane=lane: lane.ask("m", [q, number], c), target
            )
            right += (found >= 1) == target.ill
        assert advantage(right, TARGETS) < bound(4) + SPREAD


class TestAveraging:
    """Ask until the noise averages out."""

    def test_fresh_noise_without_a_cache_would_average_out(self):
        draws = [noisy_count(137, POLICY.price) for _ in range(4000)]
        assert abs(sum(draws) / 4000 - 137) < 2

    def test_the_same_question_has_one_answer_for_everyone_who_asks(self):
        lane = Lane(people(4))
        heard = {
            lane.ask(f"member {i % 5}", {"band": 3}, lambda p: p.band == 3) for i in range(200)
        }
        assert len(heard) == 1
        assert {b.spent for b in lane.budgets.values()} == {POLICY.price}

    def test_asking_it_another_way_is_the_same_question(self):
        lane = Lane(people(4))
        one = lane.ask("m", {"band": 3, "ill": True}, lambda p: p.band == 3 and p.ill)
        two = lane.ask("m", {"ill": True, "band": 3}, lambda p: p.band == 3 and p.ill)
        assert one == two
        assert lane.budgets["m"].spent == POLICY.price

    def test_colleagues_share_one_budget(self):
        lane = Lane(people(4))
        for band in range(30):
            assert isinstance(lane.ask("m", {"band": band}, lambda p, b=band: p.band == b), int)
        refusal = lane.ask("m", {"band": 99}, lambda p: p.band == 99)
        assert refusal.code == "disclosure.budget_spent"


class TestRefusalOracle:
    """A refusal must not tell anything about the data."""

    @pytest.mark.parametrize("asked", [0, 29, 30, 31])
    def test_two_datasets_refuse_the_same_questions(self, asked):
        full, empty = Lane(people(5)), Lane([])
        for lane in (full, empty):
            for i in range(asked):
                lane.ask("m", {"band": i}, lambda p, b=i: p.band == b)
        outcomes = [
            isinstance(lane.ask("m", {"band": "x"}, lambda p: p.ill), int) for lane in (full, empty)
        ]
        assert outcomes[0] == outcomes[1] == (asked < 30)
        assert full.budgets == empty.budgets
