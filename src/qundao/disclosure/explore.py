"""The explore lane's published rule: how fine a question may be, what it costs, what is shown."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from qundao.disclosure.budget import MICRO, Budget
from qundao.disclosure.codes import PREDICATE_TOO_FINE
from qundao.kernel.errors import Problem, problem
from qundao.kernel.words import Words


@dataclass(frozen=True, slots=True)
class ExplorePolicy:
    """The rule of one alliance. ε in micro-ε; `min_cell` applies to the noisy count.

    The defaults: ε 0.1 a question and ε 3 per member, dataset and calendar year, that is 30
    different questions. Within them nobody who compares any set of answers can tell whether
    one person is in the data with odds better than e^(0.1·q) after q questions that touch the
    person.
    """

    min_cell: int = 10
    price: int = MICRO // 10
    total: int = 3 * MICRO
    most_terms: int = 6

    @property
    def epsilon(self) -> float:
        """Return the ε of one question."""
        return self.price / MICRO

    @property
    def margin(self) -> int:
        """Return m such that the true count lies within ± m of the noisy one 95 times in 100.

        For the discrete Laplace law P(|noise| > m) = 2·α^(m+1) / (1 + α) with α = e^-ε.
        """
        alpha = math.exp(-self.epsilon)
        return math.ceil(math.log(0.05 * (1 + alpha) / 2) / -self.epsilon) - 1

    def new_budget(self) -> Budget:
        """Return the budget that a member starts with on a dataset, each year."""
        return Budget(self.total)

    def check(self, terms: int) -> tuple[Problem, ...]:
        """Return why a predicate of so many terms is refused; empty when it is not."""
        return tuple(self._problems(terms))

    def _problems(self, terms: int) -> Iterator[Problem]:
        if not 1 <= terms <= self.most_terms:
            required = f"1–{self.most_terms}"
            yield problem(PREDICATE_TOO_FINE, terms, "predicate.terms", required=required)

    def shown(self, noisy: int) -> int | None:
        """Return the count to be shown, or None below the threshold.

        The decision looks at the noisy count only, so it tells no more than the noise allows.
        """
        return noisy if noisy >= self.min_cell else None

    def words(self) -> Words:
        """Return the rule as a sentence for the page on which people ask."""
        facts = {"k": self.min_cell, "m": self.margin, "n": self.total // self.price}
        return Words(
            "人数加了随机扰动（95% 的情况下误差不超过 ±{m}），扰动后低于 {k} 的不显示；"
            "每个单位每年对每个数据集可问 {n} 个不同的问题，重复提问不计。",
            "Counts carry random noise (within ±{m} in 95 of 100 cases) and are hidden below {k} "
            "after noise; a member may ask {n} different questions per dataset and year, and "
            "asking again is free.",
        ).format(**facts)
