"""The form that builds a banded predicate: what was chosen, and the question it makes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import QueryDict

from qundao.kernel.words import Words
from qundao.query import (
    AGE_BANDS,
    AGE_GROUPS,
    AGE_YEARS,
    OBSERVED_YEARS,
    YEAR_BANDS,
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
    StandardModel,
    Term,
)
from qundao.query.codes import PREDICATE, invalid

FIELDS = (
    "model",
    "sex",
    "age",
    "age_year",
    "conditions",
    "drugs",
    "seen",
    "observed",
    "age_group",
    "arm",
)
Choices = tuple[tuple[str, Words], ...]

_ANY = ("", Words("不限", "any"))
MODELS: Choices = (
    (StandardModel.OMOP.value, Words("诊疗数据（OMOP）", "care data (OMOP)")),
    (StandardModel.CDISC.value, Words("临床试验（CDISC）", "clinical trials (CDISC)")),
)
SEXES: Choices = (
    _ANY,
    (PersonSex.FEMALE.value, Words("女", "female")),
    (PersonSex.MALE.value, Words("男", "male")),
)


def _same(values: object, zh: str = "{0}", en: str = "{0}") -> Choices:
    names = [str(v) for v in values]  # type: ignore[attr-defined]
    return (_ANY, *((n, Words(zh.format(n), en.format(n))) for n in names))


AGES = _same(AGE_BANDS, "{0} 岁", "{0} years")
AGE_AT = (
    ("", Words("数据截止时", "at the end of data")),
    *_same(AGE_YEARS, "{0} 年", "in {0}")[1:],
)
SEEN = _same(YEAR_BANDS, "{0} 年间", "{0}")
OBSERVED = _same(OBSERVED_YEARS, "至少 {0} 年", "{0} years or more")
GROUPS = _same(AGE_GROUPS)


@dataclass(frozen=True, slots=True)
class Form:
    """What was chosen, as text."""

    values: dict[str, str]

    @classmethod
    def read(cls, sent: QueryDict) -> Form:
        """Read what a page sent; the OMOP form is the first."""
        values = {name: sent.get(name, "").strip() for name in FIELDS}
        return cls({**values, "model": values["model"] or StandardModel.OMOP.value})

    def predicate(self) -> BandedPredicate:
        """Return the question. Raises `query.predicate_refused` with what is wrong."""
        if self.values["model"] not in set(StandardModel):
            raise invalid("model", self.values["model"], "omop、cdisc", "omop, cdisc", PREDICATE)
        model = StandardModel(self.values["model"])
        terms = _care(self.values) if model is StandardModel.OMOP else _trial(self.values)
        return BandedPredicate(model, tuple(terms))


def _care(v: dict[str, str]) -> Iterator[Term]:
    yield from _sex(v)
    if v["age"]:
        yield AgeBand(v["age"], _number("age_year", v["age_year"]) if v["age_year"] else None)
    yield from (HasCondition(c) for c in _concepts("conditions", v["conditions"]))
    yield from (HasDrug(c) for c in _concepts("drugs", v["drugs"]))
    if v["seen"]:
        yield SeenInYears(v["seen"])
    if v["observed"]:
        yield ObservedYears(_number("observed", v["observed"]))


def _trial(v: dict[str, str]) -> Iterator[Term]:
    yield from _sex(v)
    if v["age_group"]:
        yield AgeGroup(v["age_group"])
    if v["arm"]:
        yield InArm(v["arm"])


def _sex(v: dict[str, str]) -> Iterator[Term]:
    if v["sex"]:
        if v["sex"] not in set(PersonSex):
            raise invalid("sex", v["sex"], "female、male", "female, male", PREDICATE)
        yield SexIs(PersonSex(v["sex"]))


def _concepts(where: str, text: str) -> list[int]:
    return [_number(where, part) for part in re.split(r"[\s,，、;；]+", text) if part]


def _number(where: str, text: str) -> int:
    if not text.isdecimal() or len(text) > 12:
        raise invalid(where, text, "概念编号（整数）", "concept ids (whole numbers)", PREDICATE)
    return int(text)
