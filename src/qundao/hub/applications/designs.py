"""Designs that a page can fill in, so that a researcher need not write JSON.

`comparison`: new users of one drug against new users of another, an outcome within a time
(counts and a table 1 over OMOP). `cohorts`: the same of two definitions that the hub keeps.
`survival`: time to an event of a trial, a control arm that
several members pool against a treated arm (Kaplan–Meier over ADaM). A design becomes an
ordinary protocol; everything else is written as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from qundao.analysis import Arm, Banded, Categorical, Continuous, Counts, KaplanMeier, Level, Table1
from qundao.hub.codes import BAD_INPUT
from qundao.hub.cohorts.queries import usable_version
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.kernel.words import Words
from qundao.query import (
    AdamArm,
    AdamTimeToEvent,
    AgeAtIndex,
    Baseline,
    Criterion,
    Domain,
    FollowUp,
    Sex,
    TimeToEvent,
    concept_set,
    new_users,
)
from qundao.query import Arm as Group
from qundao.study import Contribution, PlannedAnalysis, StudyProtocol

Form = Mapping[str, str]
_AGES = (18, 40, 65, 80)
COHORTS = ("cohort_a", "cohort_b", "event", "event_name", "days")
COMPARISON = ("drug_a", "drug_a_name", "drug_b", "drug_b_name", "event", "event_name", "days")
SURVIVAL = ("parameter", "control", "treated", "treated_from", "step", "until")


def comparison(form: Form, datasets: Sequence[str], title: str, question: str) -> StudyProtocol:
    """Return the protocol of a drug comparison. Raises `hub.bad_input` with every defect."""
    raise_if(_lacking(form, COMPARISON, ("drug_a", "drug_b", "event", "days"), datasets))
    arms = (Arm("a", _same(form["drug_a_name"])), Arm("b", _same(form["drug_b_name"])))
    groups = tuple(
        Group(arm.id, new_users(int(form[f"drug_{arm.id}"]), name=form[f"drug_{arm.id}_name"]))
        for arm in arms
    )
    return _compared(form, datasets, title, question, arms, groups)


def cohorts(form: Form, datasets: Sequence[str], title: str, question: str) -> StudyProtocol:
    """Return the protocol that compares two versions of cohort definitions of the hub.

    The protocol holds the definitions themselves: what is locked with it never changes. Raises
    `hub.bad_input`, `hub.not_found` and `cohorts.not_in_use`.
    """
    raise_if(_lacking(form, COHORTS, ("event", "days"), datasets))
    chosen = [usable_version(form[f"cohort_{arm}"], f"cohort_{arm}") for arm in ("a", "b")]
    arms = tuple(Arm(arm, v.words) for arm, v in zip(("a", "b"), chosen, strict=True))
    groups = tuple(Group(a.id, v.population) for a, v in zip(arms, chosen, strict=True))
    return _compared(form, datasets, title, question, arms, groups)


def _compared(
    form: Form,
    datasets: Sequence[str],
    title: str,
    question: str,
    arms: tuple[Arm, ...],
    groups: tuple[Group, ...],
) -> StudyProtocol:
    """Return the outcome within a time and a table 1 of two populations."""
    sources = tuple(Contribution(d, ("a", "b")) for d in datasets)
    days, event = int(form["days"]), _same(form["event_name"])
    analyses = (
        PlannedAnalysis("outcome", event, sources, Counts(_events(form, groups), arms, days)),
        PlannedAnalysis(
            "table1", Words("基线特征", "Baseline characteristics"), sources, _table1(groups, arms)
        ),
    )
    return StudyProtocol(_same(title), _same(question), tuple(datasets), analyses)


def _events(form: Form, groups: tuple[Group, ...]) -> TimeToEvent:
    outcome = concept_set("outcome", int(form["event"]), descendants=True)
    criterion = Criterion(Domain.CONDITION, "outcome")
    days = int(form["days"])
    return TimeToEvent(groups, criterion, days, (outcome,), follow_up=FollowUp.HORIZON)


def _table1(groups: tuple[Group, ...], arms: tuple[Arm, ...]) -> Table1:
    age, years = Words("起始年龄", "age at index"), Words("岁", "years")
    sexes = (Level("female", Words("女", "female")), Level("male", Words("男", "male")))
    return Table1(
        Baseline(groups, (AgeAtIndex(), Sex())),
        arms,
        (
            Continuous("age", age, years, 0, 120),
            Banded("age", Words("年龄组", "age group"), _AGES),
            Categorical("sex", Words("性别", "sex"), sexes),
        ),
    )


def survival(form: Form, datasets: Sequence[str], title: str, question: str) -> StudyProtocol:
    """Return the protocol of a pooled-control trial. Raises `hub.bad_input` with every defect."""
    raise_if([*_lacking(form, SURVIVAL, ("step", "until"), datasets), *_sources(form, datasets)])
    source = AdamTimeToEvent(
        form["parameter"],
        (
            AdamArm("control", _values(form["control"])),
            AdamArm("treated", _values(form["treated"])),
        ),
    )
    arms = (
        Arm("control", Words("对照组", "control")),
        Arm("treated", Words("试验组", "treated")),
    )
    with_treated = _values(form["treated_from"])
    sources = tuple(
        Contribution(d, ("control", "treated") if d in with_treated else ("control",))
        for d in datasets
    )
    step, until = int(form["step"]), int(form["until"])
    grid = tuple(range(0, until + 1, step))
    planned = PlannedAnalysis("survival", _same(title), sources, KaplanMeier(source, arms, grid))
    return StudyProtocol(_same(title), _same(question), tuple(datasets), (planned,))


DESIGNS: dict[str, Callable[[Form, Sequence[str], str, str], StudyProtocol]] = {
    "comparison": comparison,
    "cohorts": cohorts,
    "survival": survival,
}
FIELDS = {"comparison": COMPARISON, "cohorts": COHORTS, "survival": SURVIVAL}


def _same(text: str) -> Words:
    return Words(text or "–", text or "–")


def _values(text: str) -> tuple[str, ...]:
    return tuple(v.strip() for v in re.split(r"[,，;；\n]", text) if v.strip())


def _lacking(
    form: Form, fields: Sequence[str], numbers: Sequence[str], datasets: Sequence[str]
) -> Iterator[Problem]:
    if not datasets:
        yield _bad("datasets", "", "先在“数据与期限”中选定数据集 / choose datasets first")
    for name in fields:
        text = form.get(name, "")
        if not text:
            yield _bad(name, "", "必填 / an entry")
        elif name in numbers and not (text.isdecimal() and 0 < int(text) < 2**31):
            yield _bad(name, text, "正整数 / a whole number above 0")


def _sources(form: Form, datasets: Sequence[str]) -> Iterator[Problem]:
    for accession in _values(form.get("treated_from", "")):
        if accession not in datasets:
            yield _bad("treated_from", accession, f"其中之一 / one of {', '.join(datasets)}")


def _bad(where: str, received: str, required: str) -> Problem:
    return problem(BAD_INPUT, received, where, required=required)
