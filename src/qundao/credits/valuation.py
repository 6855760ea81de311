"""What a dataset version earns: the tariff applied to verified volume and quality.

The value of a class with prices is

    (subjects × per subject + Σ facts × unit) × quality × scarcity − what it earned before

where facts of a domain count up to its cap per subject, facts that the alliance already has
(`known`) do not count, and the amount is rounded down once. The rule is additive over subjects
and facts, so that splitting a dataset or trickling it in gains nothing, and a copy that is known
as such earns nothing. A coverage-based potential over the union of all facts can take the place
of this rule: it needs no more than a `Coverage`, and gives a `Valuation`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qundao.credits.codes import BAD_VOLUME
from qundao.credits.tariff import ClassPrices, DomainPrice, Tariff
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.kernel.words import Words


@dataclass(frozen=True, slots=True)
class DomainVolume:
    """Verified distinct facts of a domain, and how many of them the alliance already has."""

    domain: str
    facts: int
    known: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a version covers, as its node counted it. Counts only; no subject can be told.

    subjects        persons or trial subjects with at least one fact
    known_subjects  of those, how many the alliance already has
    topic           scarcity topic of the tariff; empty for none

    Raises `credits.bad_volume`, all defects at once.
    """

    data_class: str
    subjects: int
    domains: tuple[DomainVolume, ...] = ()
    known_subjects: int = 0
    topic: str = ""

    def __post_init__(self) -> None:
        raise_if(_volume_defects(self))


@dataclass(frozen=True, slots=True)
class ValueLine:
    """One line of the explanation: what counted, how often, at what price, what it adds."""

    words: Words
    count: int
    unit: int
    amount: int


@dataclass(frozen=True, slots=True)
class Valuation:
    """An amount (micro-credits) with the lines that sum to it, under a version of the tariff."""

    tariff: str
    data_class: str
    total: int
    lines: tuple[ValueLine, ...]

    def __post_init__(self) -> None:
        explained = sum(line.amount for line in self.lines)
        if explained != self.total or self.total < 0:
            raise ValueError(f"lines that sum to {self.total} are required, received {explained}")


def value_version(
    tariff: Tariff, volume: Coverage, quality_score: int, earned_before: int = 0
) -> Valuation:
    """Return what a verified version earns.

    quality_score  0 to 100, the total of the quality scorecard
    earned_before  micro-credits that earlier versions of the same dataset were minted

    Raises `credits.not_in_tariff`, and `credits.bad_volume` on a score outside 0 to 100.
    """
    raise_if(_score_defects(quality_score))
    prices = tariff.prices(volume.data_class)
    lines = [_subject_line(prices, volume), *_domain_lines(prices, volume)]
    if prices.market:
        lines += _factor_lines(tariff, volume, quality_score, sum(line.amount for line in lines))
    worth = sum(line.amount for line in lines)
    if earned_before:
        spent = min(worth, earned_before)
        lines.append(ValueLine(_EARNED_BEFORE, 1, -earned_before, -spent))
    total = sum(line.amount for line in lines)
    return Valuation(tariff.version, volume.data_class, total, tuple(lines))


def counted_facts(price: DomainPrice, volume: DomainVolume, subjects: int) -> int:
    """Return the facts that count: new ones, up to the cap per subject.

    With totals alone the cap is applied to the average; a node that knows its subjects applies
    it to each of them before it counts.
    """
    return min(volume.facts - volume.known, price.cap * subjects)


_SUBJECTS = Words("受试者 / 患者", "subjects")
_COST = Words("成本回收（受试者）", "cost recovery, subjects")
_UNPRICED = Words("{domain}（价目表未列）", "{domain} (not in the tariff)")
_LOW_QUALITY = Words(
    "质量 {score} 分，低于 {least} 分，不计积分", "quality {score}, below {least}: earns nothing"
)
_QUALITY = Words("质量 {score} 分", "quality {score} of 100")
_SCARCITY = Words("稀缺系数 {per_mille}‰（{topic}）", "scarcity {per_mille}‰ ({topic})")
_EARNED_BEFORE = Words("此前版本已得", "earned by earlier versions")


def _subject_line(prices: ClassPrices, volume: Coverage) -> ValueLine:
    new = volume.subjects - volume.known_subjects
    words = _SUBJECTS if prices.market else _COST
    return ValueLine(words, new, prices.per_subject, new * prices.per_subject)


def _domain_lines(prices: ClassPrices, volume: Coverage) -> Iterator[ValueLine]:
    if not prices.market:
        return
    for given in volume.domains:
        price = prices.domain(given.domain)
        if price is None:
            yield ValueLine(_UNPRICED.format(domain=given.domain), given.facts, 0, 0)
        else:
            counted = counted_facts(price, given, volume.subjects)
            yield ValueLine(price.words, counted, price.unit, counted * price.unit)


def _factor_lines(tariff: Tariff, volume: Coverage, score: int, plain: int) -> Iterator[ValueLine]:
    """Yield quality and scarcity as what they add or take away; rounded down together, once."""
    if score < tariff.least_quality:
        words = _LOW_QUALITY.format(score=score, least=tariff.least_quality)
        yield ValueLine(words, 1, -plain, -plain)
        return
    scarcity = tariff.scarcity_of(volume.topic)
    graded = plain * score // 100
    total = plain * score * scarcity // (100 * 1000)
    yield ValueLine(_QUALITY.format(score=score), 1, graded - plain, graded - plain)
    if scarcity != 1000:
        words = _SCARCITY.format(per_mille=scarcity, topic=volume.topic)
        yield ValueLine(words, 1, total - graded, total - graded)


def _volume_defects(volume: Coverage) -> Iterator[Problem]:
    if not _within(volume.known_subjects, volume.subjects):
        received = f"{volume.subjects} subjects, {volume.known_subjects} known"
        yield problem(BAD_VOLUME, received, "subjects", form="whole numbers, known ≤ all")
    names = [given.domain for given in volume.domains]
    if len(set(names)) != len(names):
        yield problem(BAD_VOLUME, names, "domains", form="each domain once")
    for given in volume.domains:
        if not _within(given.known, given.facts):
            received = f"{given.facts} facts, {given.known} known"
            yield problem(BAD_VOLUME, received, given.domain, form="whole numbers, known ≤ all")
        elif given.facts and not volume.subjects:
            yield problem(BAD_VOLUME, given.facts, given.domain, form="subjects to have facts")


def _score_defects(score: int) -> Iterator[Problem]:
    if not _within(score, 100):
        yield problem(BAD_VOLUME, score, "quality", form="a whole score from 0 to 100")


def _within(part: int, whole: int) -> bool:
    return type(part) is int and type(whole) is int and 0 <= part <= whole
