"""The explore lane's rule: budget, cache, threshold, noise."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.disclosure.budget import MICRO, Budget, cache_key, show_epsilon
from qundao.disclosure.explore import ExplorePolicy
from qundao.disclosure.noise import noisy_count
from qundao.kernel.errors import Problem, QundaoError

PRICE = MICRO // 10


class TestBudget:
    def test_a_question_costs_once(self):
        once = Budget(MICRO).spend("q1", PRICE)
        assert once.spent == PRICE
        assert once.spend("q1", PRICE) == once
        assert once.cost_of("q1", PRICE) == 0
        assert once.cost_of("q2", PRICE) == PRICE

    def test_the_question_after_the_last_is_refused_with_a_code_and_changes_nothing(self):
        budget = Budget(2 * PRICE)
        for question in ("q1", "q2"):
            budget = budget.spend(question, PRICE)
        refusal = budget.spend("q3", PRICE)
        assert isinstance(refusal, Problem)
        assert refusal.code == "disclosure.budget_spent"
        assert "0.1" in refusal.line("zh")
        assert budget.left == 0
        assert budget.spend("q1", PRICE) == budget  # earlier questions stay free

    @given(st.integers(0, 50), st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 9))))
    def test_never_more_is_spent_than_there_is_and_every_question_pays_once(self, total, asked):
        budget, paid = Budget(total), {}
        for question, price in asked:
            after = budget.spend(question, price)
            if isinstance(after, Budget):
                paid.setdefault(question, price)
                budget = after
        assert budget.spent == sum(paid.values()) <= total
        assert budget.questions == set(paid)

    def test_survives_its_file(self):
        budget = Budget(MICRO).spend("q2", PRICE).spend("q1", PRICE)
        assert Budget.from_json(budget.to_json()) == budget

    @pytest.mark.parametrize("data", [{}, {"total": 1, "spent": 2, "questions": []}])
    def test_a_ledger_that_makes_no_sense_is_refused(self, data):
        with pytest.raises(QundaoError) as caught:
            Budget.from_json(data)
        assert caught.value.code == "disclosure.bad_budget"

    def test_a_free_question_is_no_question(self):
        with pytest.raises(QundaoError):
            Budget(MICRO).spend("q", 0)

    def test_the_cache_key_is_of_the_version_and_the_question(self):
        assert cache_key("QD000001.1", "d") == cache_key("QD000001.1", "d")
        assert len({cache_key("QD000001.1", "d"), cache_key("QD000001.2", "d")}) == 2

    def test_epsilon_for_readers(self):
        assert [show_epsilon(v) for v in (PRICE, 3 * MICRO, 0, 1)] == ["0.1", "3", "0", "0.000001"]


class TestPolicy:
    def test_the_published_default_is_thirty_questions_at_a_tenth(self):
        policy = ExplorePolicy()
        assert (policy.epsilon, policy.new_budget().total // policy.price) == (0.1, 30)
        assert "30" in policy.words().zh

    @pytest.mark.parametrize("terms", [0, 7])
    def test_too_many_terms_or_none_are_refused_whatever_the_data(self, terms):
        (found,) = ExplorePolicy().check(terms)
        assert found.code == "disclosure.predicate_too_fine"
        assert ExplorePolicy().check(6) == ()

    def test_the_threshold_looks_at_the_noisy_count(self):
        policy = ExplorePolicy()
        assert [policy.shown(n) for n in (-3, 9, 10, 55)] == [None, None, 10, 55]

    @pytest.mark.parametrize("price", [MICRO // 10, MICRO // 2, MICRO])
    def test_the_stated_margin_is_the_smallest_that_holds_95_of_100(self, price):
        policy = ExplorePolicy(price=price)
        alpha = math.exp(-policy.epsilon)

        def beyond(m):
            return 2 * alpha ** (m + 1) / (1 + alpha)

        assert beyond(policy.margin) <= 0.05 < beyond(policy.margin - 1)


class TestNoise:
    def test_the_noise_has_the_law_it_promises(self):
        # P(noise = 0) = (1-α)/(1+α) = 0.4621 for ε = 1. Over 20,000 draws the standard deviation
        # of the share is 0.0035: ten of them never happen.
        draws = Counter(noisy_count(100, MICRO) - 100 for _ in range(20_000))
        alpha = math.exp(-1)
        for value, share in ((0, 1), (1, alpha), (-1, alpha), (3, alpha**3)):
            expected = (1 - alpha) / (1 + alpha) * share
            assert abs(draws[value] / 20_000 - expected) < 10 * math.sqrt(expected / 20_000)

    def test_a_tenth_of_epsilon_gives_ten_times_the_spread(self):
        draws = [noisy_count(0, PRICE) for _ in range(4_000)]
        mean_distance = sum(map(abs, draws)) / len(draws)  # 2α/(1-α²) = 9.98
        assert 8.5 < mean_distance < 11.5

    def test_noise_without_a_price_is_refused(self):
        with pytest.raises(QundaoError):
            noisy_count(5, 0)
