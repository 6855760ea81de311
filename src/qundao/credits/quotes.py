"""What a use costs, told before it is asked for: line by line, and who gets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qundao.credits.ledger import Share
from qundao.credits.tariff import StudyPrice, Tariff
from qundao.kernel.words import Words


@dataclass(frozen=True, slots=True)
class QuoteItem:
    """A dataset version that the study uses. value: what it was valued at (micro-credits)."""

    accession: str
    owner: str
    data_class: str
    value: int


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """The price of one version and how it came about."""

    accession: str
    owner: str
    amount: int
    words: Words


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of a study (micro-credits) under a version of the tariff."""

    tariff: str
    study_kind: str
    total: int
    lines: tuple[QuoteLine, ...]

    @property
    def shares(self) -> tuple[Share, ...]:
        """Return who is paid for what; the weights are the amounts."""
        return tuple(
            Share(line.owner, line.accession, line.amount) for line in self.lines if line.amount
        )


def quote(tariff: Tariff, items: Sequence[QuoteItem], study_kind: str, payer: str) -> Quote:
    """Return the price for `payer` to use these versions in one study.

    A version costs a share of its value by the kind of study, and at least the class's price
    of one use; a cost-recovery class costs exactly that; one's own data costs nothing.
    Raises `credits.not_in_tariff`.
    """
    study = tariff.study(study_kind)
    lines = tuple(_line(tariff, study, item, payer) for item in items)
    return Quote(tariff.version, study_kind, sum(line.amount for line in lines), lines)


_OWN = Words("本单位数据，不计积分", "own data, costs nothing")
_COST = Words("成本回收，按次计", "cost recovery, per use")
_LEAST = Words("{kind}，按次最低价", "{kind}, the least price of a use")
_RATED = Words("{kind}，按数据价值的 {per_mille}‰", "{kind}, {per_mille}‰ of the data's value")


def _line(tariff: Tariff, study: StudyPrice, item: QuoteItem, payer: str) -> QuoteLine:
    amount, words = _price(tariff, study, item, payer)
    return QuoteLine(item.accession, item.owner, amount, words)


def _price(tariff: Tariff, study: StudyPrice, item: QuoteItem, payer: str) -> tuple[int, Words]:
    prices = tariff.prices(item.data_class)
    if item.owner == payer:
        return 0, _OWN
    if not prices.market:
        return prices.per_use, _COST
    rated = item.value * study.per_mille // 1000
    if rated < prices.per_use:
        return prices.per_use, _named(_LEAST, study)
    return rated, _named(_RATED, study)


def _named(words: Words, study: StudyPrice) -> Words:
    return Words(
        words.zh.format(kind=study.words.zh, per_mille=study.per_mille),
        words.en.format(kind=study.words.en, per_mille=study.per_mille),
    )
