"""The tariff: the published rule of the day, as data.

A fact is one distinct (subject, concept, period) of a domain that passed the node's checks: the
row that repeats another is no new fact. A class of data has its own prices, so that a small
trial with full follow-up does not vanish beside a hospital's visits; between classes the table
is the alliance's decision, not a law of nature. Prices are integers (micro-credits).

Genomic data is human genetic resources information: selling it is forbidden, recovering
reasonable cost is not (Regulation on HGR, Art 10). Its class therefore knows no price per fact,
no quality premium and no scarcity, only published costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from qundao.credits.codes import NOT_IN_TARIFF
from qundao.kernel.credit import MICRO
from qundao.kernel.errors import fail
from qundao.kernel.words import Words


@dataclass(frozen=True, slots=True)
class DomainPrice:
    """A domain: micro-credits for each fact, and how many facts of one subject count at most."""

    domain: str
    words: Words
    unit: int
    cap: int


@dataclass(frozen=True, slots=True)
class ClassPrices:
    """A data class (the ids of `disclosure.data_classes`).

    per_subject  for each verified subject: the floor under a small study, linear, so that
                 cutting a dataset into pieces gains nothing
    domains      empty for a cost-recovery class
    market       False: costs are recovered, nothing is priced
    per_use      what one use costs at least (market) or exactly (cost recovery)
    """

    data_class: str
    words: Words
    per_subject: int
    per_use: int
    domains: tuple[DomainPrice, ...] = ()
    market: bool = True

    def __post_init__(self) -> None:
        amounts = (self.per_subject, self.per_use, *(d.unit for d in self.domains))
        if min(amounts) < 0 or any(d.cap < 1 for d in self.domains):
            raise ValueError(f"prices from 0 and caps from 1 are required, received {self!r}")
        if not self.market and self.domains:
            raise ValueError(f"a cost-recovery class without prices per fact, received {self!r}")

    def domain(self, name: str) -> DomainPrice | None:
        """Return a domain's price; None when the class does not pay for it."""
        return next((d for d in self.domains if d.domain == name), None)


@dataclass(frozen=True, slots=True)
class StudyPrice:
    """A kind of study, and what it costs per mille of a version's value."""

    kind: str
    words: Words
    per_mille: int


@dataclass(frozen=True, slots=True)
class Tariff:
    """One published version of the rule.

    least_quality  score (0 to 100) below which nothing is minted
    scarcity       per mille by topic, fixed for as long as the tariff holds; 1000 is plain
    """

    version: str
    effective_from: date
    least_quality: int
    classes: tuple[ClassPrices, ...]
    studies: tuple[StudyPrice, ...]
    scarcity: Mapping[str, int]

    def prices(self, data_class: str) -> ClassPrices:
        """Return the prices of a data class. Raises `credits.not_in_tariff`."""
        for prices in self.classes:
            if prices.data_class == data_class:
                return prices
        raise self._unknown(data_class, (c.data_class for c in self.classes))

    def study(self, kind: str) -> StudyPrice:
        """Return the price of a kind of study. Raises `credits.not_in_tariff`."""
        for study in self.studies:
            if study.kind == kind:
                return study
        raise self._unknown(kind, (s.kind for s in self.studies))

    def scarcity_of(self, topic: str) -> int:
        """Return the factor of a topic, per mille. Raises `credits.not_in_tariff`."""
        if not topic:
            return 1000
        if topic not in self.scarcity:
            raise self._unknown(topic, iter(self.scarcity))
        return self.scarcity[topic]

    def _unknown(self, received: str, known: Iterator[str]) -> Exception:
        return fail(NOT_IN_TARIFF, received, f"tariff {self.version}", known=", ".join(known))


_EVENTS = (
    DomainPrice("visit", Words("就诊", "visits"), 200, 200),
    DomainPrice("condition", Words("诊断", "conditions"), 300, 200),
    DomainPrice("drug", Words("用药", "drugs"), 300, 500),
    DomainPrice("procedure", Words("操作", "procedures"), 300, 200),
    DomainPrice("measurement", Words("检验检查", "measurements"), 200, 1000),
    DomainPrice("observation", Words("观察", "observations"), 100, 200),
    DomainPrice("device", Words("器械", "devices"), 300, 100),
    DomainPrice("death", Words("死亡", "deaths"), 1_000, 1),
)
_TRIAL = (
    DomainPrice("demographics", Words("人口学", "demographics"), 100_000, 1),
    DomainPrice("exposure", Words("给药", "exposure"), 20_000, 100),
    DomainPrice("adverse_event", Words("不良事件", "adverse events"), 100_000, 100),
    DomainPrice("laboratory", Words("实验室检查", "laboratory tests"), 10_000, 1_000),
    DomainPrice("vital_sign", Words("生命体征", "vital signs"), 5_000, 500),
    DomainPrice("questionnaire", Words("量表", "questionnaires"), 5_000, 1_000),
    DomainPrice("pharmacokinetics", Words("药代浓度", "drug concentrations"), 50_000, 200),
    DomainPrice("disposition", Words("受试者分布", "disposition"), 100_000, 5),
    DomainPrice("time_to_event", Words("终点事件", "time-to-event endpoints"), 200_000, 20),
)

TARIFF_2026_11 = Tariff(
    version="2026-11",
    effective_from=date(2026, 11, 1),
    least_quality=60,
    classes=(
        ClassPrices(
            "hospital_records",
            Words("医院诊疗记录", "hospital records"),
            per_subject=20_000,
            per_use=5 * MICRO,
            domains=_EVENTS,
        ),
        ClassPrices(
            "trial_arm",
            Words("临床试验组", "trial arm"),
            per_subject=10 * MICRO,
            per_use=5 * MICRO,
            domains=_TRIAL,
        ),
        ClassPrices(
            "disease_registry",
            Words("疾病登记", "disease registry"),
            per_subject=200_000,
            per_use=5 * MICRO,
            domains=_EVENTS,
        ),
        ClassPrices(
            "cohort",
            Words("研究队列", "research cohort"),
            per_subject=1 * MICRO,
            per_use=5 * MICRO,
            domains=_EVENTS,
        ),
        ClassPrices(
            "genomic",
            Words("基因组数据（成本回收）", "genomic data (cost recovery)"),
            per_subject=500_000,
            per_use=20 * MICRO,
            market=False,
        ),
        ClassPrices("public", Words("公开数据", "public data"), per_subject=0, per_use=0),
    ),
    studies=(
        StudyPrice("descriptive", Words("描述性研究", "descriptive study"), 20),
        StudyPrice("comparative", Words("比较性研究", "comparative study"), 50),
        StudyPrice("external_control", Words("外部对照", "external control"), 50),
        StudyPrice("model_training", Words("模型训练", "model training"), 100),
    ),
    scarcity={"rare_disease": 1_500, "paediatric": 1_200, "oncology": 1_100},
)
TARIFFS: tuple[Tariff, ...] = (TARIFF_2026_11,)


def tariff_on(day: date) -> Tariff:
    """Return the tariff in force on a day; before the first one, the first."""
    in_force = [tariff for tariff in TARIFFS if tariff.effective_from <= day]
    return max(in_force or TARIFFS[:1], key=lambda tariff: tariff.effective_from)
