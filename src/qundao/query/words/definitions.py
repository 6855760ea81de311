"""Whole definitions in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qundao.kernel.words import Words
from qundao.query.adam import AdamArm, AdamBaseline, AdamPopulation, AdamTimeToEvent, Equals
from qundao.query.definition import Definition
from qundao.query.measures import (
    AgeAtIndex,
    AnyPrior,
    Arm,
    Baseline,
    Covariate,
    FollowUp,
    Sex,
    TimeToEvent,
)
from qundao.query.population import (
    ContinuousExposure,
    EndOfObservation,
    Entry,
    Exit,
    FixedOffset,
    Limit,
    Observation,
    Population,
)
from qundao.query.predicate import (
    AgeBand,
    AgeGroup,
    BandedPredicate,
    HasCondition,
    HasDrug,
    InArm,
    ObservedYears,
    PersonSex,
    SeenInYears,
    SexIs,
    Term,
)
from qundao.query.words.criteria import (
    ENTRY,
    concept_set_words,
    criterion_words,
    group_words,
)
from qundao.query.words.fields import ANCHORS
from qundao.query.words.phrases import days, indented, joined, lines, listed, put, same
from qundao.query.words.windows import period_words, window_words


def words(definition: Definition) -> Words:
    """Return a definition as text, several lines, the same content in both languages."""
    match definition:
        case Population():
            return lines(_population(definition))
        case TimeToEvent():
            return lines(_time_to_event(definition))
        case Baseline():
            return lines(_baseline(definition))
        case AdamPopulation():
            return lines(_adam_population(definition))
        case AdamTimeToEvent():
            return lines(_adam_time(definition))
        case AdamBaseline():
            return lines(_adam_baseline(definition))
        case _:
            return _predicate(definition)


def _population(population: Population) -> Iterator[Words]:
    yield put("人群“{n}”", "Population “{n}”", n=same(population.name))
    yield from _entry(population.entry)
    if population.additional is not None:
        text = indented(group_words(population.additional))
        yield put("附加条件：\n{g}", "Additional criteria:\n{g}", g=text)
    yield from _limit(population.qualified_limit, Words("符合附加条件", "that qualifies"))
    for rule in population.rules:
        text = indented(group_words(rule.group))
        yield put("入选规则“{n}”：\n{g}", "Inclusion rule “{n}”:\n{g}", n=same(rule.name), g=text)
    yield from _limit(population.included_limit, Words("符合入选规则", "that meets every rule"))
    yield exit_words(population.exit, observed=population.entry.observation is not None)
    if population.censoring:
        leaving = _listed([criterion_words(c) for c in population.censoring])
        yield put("出现以下事件时提前退出：{c}", "Leaves early at: {c}", c=leaving)
    if population.collapse_days:
        gap = days(population.collapse_days)
        yield put("间隔不超过 {d}的时段合并", "Stays up to {d} apart are one", d=gap)
    if population.period is not None:
        dates = period_words(population.period.first, population.period.last)
        yield put("仅计 {p}", "Only {p}", p=dates)
    yield from map(concept_set_words, population.concept_sets)


def _entry(entry: Entry) -> Iterator[Words]:
    events = _listed([criterion_words(c) for c in entry.criteria])
    yield put("入组事件：{e}", "Enters with: {e}", e=events)
    yield _observation(entry.observation)
    yield from _limit(entry.limit, Words("入组", "that enters"))


def _observation(asked: Observation | None) -> Words:
    if asked is None:
        return Words("不要求在观察期内", "Whether or not under observation")
    said = [Words("须在观察期内", "Under observation")]
    if asked.prior_days:
        said.append(put("此前至少 {d}", "at least {d} before", d=days(asked.prior_days)))
    if asked.post_days:
        said.append(put("此后至少 {d}", "at least {d} after", d=days(asked.post_days)))
    return joined(said, "，", ", ")


def _listed(events: Sequence[Words]) -> Words:
    """Return one kind of event in the line, several as lines of their own."""
    if len(events) == 1:
        return events[0]
    listed = lines(put("- {e}", "- {e}", e=e) for e in events)
    return put("以下任意一项\n{e}", "any of\n{e}", e=indented(listed))


def _limit(limit: Limit, which: Words) -> Iterator[Words]:
    if limit is not Limit.ALL:
        side = Words("最早", "earliest") if limit is Limit.FIRST else Words("最晚", "latest")
        yield put("每人只取{w}一次{e}的事件", "Only each person's {w} event {e}", w=side, e=which)


_LATEST = Words("至迟到观察期结束", "at the end of observation at the latest")


def exit_words(leaving: Exit, *, observed: bool) -> Words:
    """Return when a person leaves; `observed` tells that entries lie within observation."""
    match leaving:
        case EndOfObservation():
            return Words("观察期结束时退出", "Leaves at the end of observation")
        case ContinuousExposure():
            return _exposure(leaving)
        case FixedOffset():
            said = _offset(leaving)
            return joined([said, _LATEST], "，", ", ") if observed and leaving.days > 0 else said


def _offset(leaving: FixedOffset) -> Words:
    anchor = ANCHORS[leaving.anchor]
    if not leaving.days:
        return put("入组事件{a}当日退出", "Leaves on the entry event's {a}", a=anchor)
    side = Words("入组事件{a}后 {d}退出", "Leaves {d} after the entry event's {a}")
    if leaving.days < 0:
        side = Words("入组事件{a}前 {d}退出", "Leaves {d} before the entry event's {a}")
    return put(side.zh, side.en, a=anchor, d=days(abs(leaving.days)))


def _exposure(leaving: ContinuousExposure) -> Words:
    zh = "“{c}”的连续用药结束时退出：间隔不超过 {g}的用药算连续"
    en = "Leaves when continuous exposure to “{c}” ends: gaps up to {g} do not break it"
    said = [put(zh, en, c=same(leaving.concepts), g=days(leaving.gap_days))]
    if leaving.supply_days is not None:
        supply = days(leaving.supply_days)
        said.append(put("每次用药按 {d}计", "each exposure lasts {d}", d=supply))
    if leaving.days_after:
        after = days(leaving.days_after)
        zh, en = "每次用药结束后再加 {d}", "{d} are added to each exposure's end"
        said.append(put(zh, en, d=after))
    return joined([*said, _LATEST], "，", ", ")


def _arms(arms: tuple[Arm, ...]) -> Iterator[Words]:
    for arm in arms:
        text = indented(words(arm.population))
        yield put("组“{n}”：\n{p}", "Arm “{n}”:\n{p}", n=same(arm.label), p=text)


def _time_to_event(measure: TimeToEvent) -> Iterator[Words]:
    yield put(
        "从入组日到首次结局的天数，自第 {a} 天至第 {b} 天：{c}",
        "Days from the index date to the first outcome, from day {a} to day {b}: {c}",
        a=same(measure.first_day),
        b=same(measure.horizon_days),
        c=criterion_words(measure.outcome),
    )
    if measure.follow_up is FollowUp.OBSERVATION:
        yield Words("观察期结束时删失", "Censored at the end of observation")
    else:
        yield Words("一律随访至期末", "Followed to the horizon regardless of observation")
    yield from map(concept_set_words, measure.concept_sets)
    yield from _arms(measure.arms)


def _baseline(measure: Baseline) -> Iterator[Words]:
    yield Words("入组日的基线特征：", "Covariates at the index date:")
    yield from (put("- {c}", "- {c}", c=_covariate(c)) for c in measure.covariates)
    yield from map(concept_set_words, measure.concept_sets)
    yield from _arms(measure.arms)


def _covariate(covariate: Covariate) -> Words:
    name = same(covariate.name)
    match covariate:
        case AgeAtIndex():
            return put("{n}：年龄（岁）", "{n}: age in years", n=name)
        case Sex():
            return put("{n}：性别", "{n}: sex", n=name)
        case AnyPrior():
            return put(
                "{n}：有无{c}，{w}",
                "{n}: any {c}, {w}",
                n=name,
                c=criterion_words(covariate.criterion),
                w=window_words(covariate.window, ENTRY),
            )


def _adam_population(population: AdamPopulation) -> Iterator[Words]:
    yield put("试验人群“{n}”（ADSL）", "Trial population “{n}” (ADSL)", n=same(population.name))
    yield from map(_equals, population.filters)


def _adam_time(measure: AdamTimeToEvent) -> Iterator[Words]:
    yield put(
        "ADTTE 参数 {p} 的时间（天），CNSR = 0 为事件",
        "Time in days of ADTTE parameter {p}; CNSR = 0 is an event",
        p=same(measure.paramcd),
    )
    yield from _adam_arms(measure.arms, measure.arm_variable)
    yield from map(_equals, measure.filters)


def _adam_baseline(measure: AdamBaseline) -> Iterator[Words]:
    names = listed(v.upper() for v in measure.variables)
    yield put("ADSL 变量：{v}", "ADSL variables: {v}", v=names)
    yield from _adam_arms(measure.arms, measure.arm_variable)
    yield from map(_equals, measure.filters)


def _adam_arms(arms: tuple[AdamArm, ...], variable: str) -> Iterator[Words]:
    for arm in arms:
        label, values = same(arm.label), listed(arm.values)
        name = same(variable.upper())
        yield put("组“{n}”：{x} 为 {v}", "Arm “{n}”: {x} is {v}", n=label, x=name, v=values)


def _equals(asked: Equals) -> Words:
    name, values = same(asked.variable.upper()), listed(asked.values)
    return put("仅 {x} 为 {v} 者", "Only those with {x} = {v}", x=name, v=values)


def _predicate(predicate: BandedPredicate) -> Words:
    if not predicate.terms:
        return Words("全部人员", "everyone")
    return joined([term_words(t) for t in predicate.terms], "，且", ", and ")


def term_words(term: Term) -> Words:
    """Return one term of an exploring question."""
    match term:
        case AgeBand():
            return _age(term)
        case SexIs():
            female = term.sex is PersonSex.FEMALE
            return Words("女性", "female") if female else Words("男性", "male")
        case HasCondition():
            c = same(term.concept_id)
            return put("有诊断 {c}（含下级）", "with condition {c} or a descendant", c=c)
        case HasDrug():
            c = same(term.concept_id)
            return put("用过药物 {c}（含下级）", "with drug {c} or a descendant", c=c)
        case SeenInYears():
            return put("{b} 年间有观察", "observed within {b}", b=same(term.band))
        case ObservedYears():
            return put("连续观察至少 {n} 年", "observed for at least {n} years", n=same(term.years))
        case AgeGroup():
            return put("年龄组 {v}", "age group {v}", v=same(term.value))
        case InArm():
            return put("治疗组 {v}", "planned treatment {v}", v=same(term.arm))


def _age(term: AgeBand) -> Words:
    band = same(term.band)
    if term.year is None:
        return put("数据截止时年龄 {b} 岁", "aged {b} at the end of data", b=band)
    return put("{y} 年时年龄 {b} 岁", "aged {b} in {y}", b=band, y=same(term.year))
