"""The two studies of the story, as protocols over the registered dataset versions."""

from __future__ import annotations

from collections.abc import Mapping

from qundao.analysis.counts import Counts
from qundao.analysis.groups import Arm
from qundao.analysis.kaplan_meier import KaplanMeier
from qundao.analysis.table1 import Table1
from qundao.analysis.variables import Banded, Categorical, Continuous, Level
from qundao.cli.demo.cast import PLACEBO, TREATED
from qundao.kernel.words import Words
from qundao.query import (
    AdamArm,
    AdamTimeToEvent,
    AgeAtIndex,
    Baseline,
    FollowUp,
    Sex,
    TimeToEvent,
    concept_set,
    new_users,
)
from qundao.query import Arm as Population
from qundao.query.criteria import Criterion
from qundao.query.domains import Domain
from qundao.study import Contribution, PlannedAnalysis, StudyProtocol

CELECOXIB, DICLOFENAC, GI_HAEMORRHAGE = 1118084, 1124300, 192671
HORIZON_DAYS = 365
GRID_DAYS = tuple(range(0, 197, 28))

_DRUGS = (
    Arm("celecoxib", Words("塞来昔布", "celecoxib")),
    Arm("diclofenac", Words("双氯芬酸", "diclofenac")),
)
_ARMS = (
    Arm("placebo", Words("安慰剂", "placebo")),
    Arm("treated", Words("试验药", "treated")),
)


def bleeding_study(accessions: Mapping[str, str]) -> StudyProtocol:
    """New users of celecoxib against diclofenac, gastro-intestinal haemorrhage within a year."""
    populations = (
        Population("celecoxib", new_users(CELECOXIB, name="new users of celecoxib")),
        Population("diclofenac", new_users(DICLOFENAC, name="new users of diclofenac")),
    )
    sources = tuple(
        Contribution(accessions[key], ("celecoxib", "diclofenac")) for key in ("h1", "h2")
    )
    return StudyProtocol(
        title=Words(
            "塞来昔布与双氯芬酸新使用者一年内消化道出血比较",
            "GI haemorrhage within a year in new users of celecoxib and diclofenac",
        ),
        question=Words(
            "新使用塞来昔布与新使用双氯芬酸的患者，365 天内发生消化道出血的比例各是多少？",
            "What share of new users of celecoxib and of diclofenac has a gastro-intestinal "
            "haemorrhage within 365 days?",
        ),
        datasets=tuple(accessions[key] for key in ("h1", "h2")),
        analyses=(
            PlannedAnalysis(
                "outcome",
                Words("一年内消化道出血", "GI haemorrhage within a year"),
                sources,
                Counts(_bleeding(populations), _DRUGS, HORIZON_DAYS),
            ),
            PlannedAnalysis(
                "table1",
                Words("基线特征", "Baseline characteristics"),
                sources,
                _baseline(populations),
            ),
        ),
    )  # fmt: skip


def _bleeding(populations: tuple[Population, ...]) -> TimeToEvent:
    outcome = (concept_set("gi_haemorrhage", GI_HAEMORRHAGE, descendants=True),)
    criterion = Criterion(Domain.CONDITION, "gi_haemorrhage")
    return TimeToEvent(populations, criterion, HORIZON_DAYS, outcome, follow_up=FollowUp.HORIZON)


def _baseline(populations: tuple[Population, ...]) -> Table1:
    years = Words("岁", "years")
    age = Words("起始年龄", "age at index")
    sexes = (
        Level("female", Words("女", "female")),
        Level("male", Words("男", "male")),
    )
    return Table1(
        Baseline(populations, (AgeAtIndex(), Sex())),
        _DRUGS,
        (
            Continuous("age", age, years, 0, 120),
            Banded("age", Words("年龄组", "age group"), (35, 40, 45)),
            Categorical("sex", Words("性别", "sex"), sexes),
        ),
    )


def dermatologic_study(accessions: Mapping[str, str]) -> StudyProtocol:
    """Time to the first dermatologic event: A's treated against the pooled placebo of A, B, C."""
    source = AdamTimeToEvent("TTDE", (AdamArm("placebo", (PLACEBO,)), AdamArm("treated", TREATED)))
    return StudyProtocol(
        title=Words(
            "首次皮肤不良事件时间：甲药业试验药组与三方合并安慰剂组",
            "Time to first dermatologic event: A's treated against the pooled placebo of A, B, C",
        ),
        question=Words(
            "与甲、乙、丙三方合并的安慰剂组相比，甲药业试验药组首次皮肤不良事件是否更早？",
            "Does the first dermatologic event come earlier in A's treated subjects than in the "
            "pooled placebo subjects of A, B and C?",
        ),
        datasets=tuple(accessions[key] for key in ("a", "b", "c")),
        analyses=(
            PlannedAnalysis(
                "survival",
                Words("首次皮肤不良事件时间（Kaplan–Meier）", "Time to first dermatologic event"),
                (
                    Contribution(accessions["a"], ("placebo", "treated")),
                    Contribution(accessions["b"], ("placebo",)),
                    Contribution(accessions["c"], ("placebo",)),
                ),
                KaplanMeier(source, _ARMS, GRID_DAYS),
            ),
        ),
    )
