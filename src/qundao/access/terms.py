"""Data-use terms: the GA4GH Data Use Ontology (DUO) as data, and their match with a use.

Codes and English names are those of the ontology's table (EBISPOT/DUO, duo.csv; CC BY 4.0). A
dataset carries one permission and any modifiers; some modifiers take a value. What a machine
cannot decide (a named project, collaboration) is reported as a question, never as a yes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from qundao.access.codes import BAD_TERMS, TERMS_CONFLICT
from qundao.kernel.errors import Problem, fail, problem
from qundao.kernel.words import Words


@dataclass(frozen=True, slots=True)
class Term:
    """One DUO term: its id, shorthand, kind and name. `value` says what it takes, if anything."""

    id: str
    code: str
    kind: Literal["permission", "modifier"]
    words: Words
    value: Words | None = None


_PERMISSIONS = (
    ("DUO:0000004", "NRES", "无限制", "no restriction", None),
    ("DUO:0000042", "GRU", "一般研究用途", "general research use", None),
    (
        "DUO:0000006",
        "HMB",
        "健康、医学或生物医学研究",
        "health or medical or biomedical research",
        None,
    ),
    (
        "DUO:0000007",
        "DS",
        "限特定疾病研究",
        "disease specific research",
        Words("疾病代码", "disease code"),
    ),
    (
        "DUO:0000011",
        "POA",
        "限人群起源或祖源研究",
        "population origins or ancestry research only",
        None,
    ),
)
_MODIFIERS = (
    (
        "DUO:0000012",
        "RS",
        "限特定类型研究",
        "research specific restrictions",
        Words("研究类型", "type of research"),
    ),
    ("DUO:0000015", "NMDS", "不得用于一般方法学研究", "no general methods research", None),
    ("DUO:0000016", "GSO", "仅限遗传学研究", "genetic studies only", None),
    (
        "DUO:0000018",
        "NPUNCU",
        "限非营利机构的非商业使用",
        "not for profit, non commercial use only",
        None,
    ),
    ("DUO:0000019", "PUB", "须发表结果", "publication required", None),
    ("DUO:0000020", "COL", "须与贡献方合作", "collaboration required", None),
    ("DUO:0000021", "IRB", "须有伦理批准", "ethics approval required", None),
    (
        "DUO:0000022",
        "GS",
        "限特定地域",
        "geographical restriction",
        Words("地域", "region"),
    ),
    (
        "DUO:0000024",
        "MOR",
        "限期内不得发表",
        "publication moratorium",
        Words("日期", "date"),
    ),
    (
        "DUO:0000025",
        "TS",
        "使用期限",
        "time limit on use",
        Words("月数", "number of months"),
    ),
    ("DUO:0000026", "US", "限特定使用者", "user specific restriction", Words("使用者", "users")),
    ("DUO:0000027", "PS", "限特定项目", "project specific restriction", Words("项目", "project")),
    (
        "DUO:0000028",
        "IS",
        "限特定机构",
        "institution specific restriction",
        Words("机构", "institution"),
    ),
    ("DUO:0000029", "RTN", "须回传衍生数据", "return to database or resource", None),
    ("DUO:0000043", "CC", "可用于临床诊疗", "clinical care use", None),
    (
        "DUO:0000044",
        "NPOA",
        "禁止人群起源或祖源研究",
        "population origins or ancestry research prohibited",
        None,
    ),
    ("DUO:0000045", "NPU", "限非营利机构使用", "not for profit organisation use only", None),
    ("DUO:0000046", "NCU", "限非商业使用", "non-commercial use only", None),
)
TERMS: tuple[Term, ...] = (
    *(Term(i, c, "permission", Words(zh, en), v) for i, c, zh, en, v in _PERMISSIONS),
    *(Term(i, c, "modifier", Words(zh, en), v) for i, c, zh, en, v in _MODIFIERS),
)
_BY_NAME = {name: term for term in TERMS for name in (term.id, term.code)}

PURPOSES: dict[str, Words] = {
    "disease_research": Words("疾病研究", "research into a disease"),
    "drug_development": Words("药物或器械研发", "development of a drug or device"),
    "public_health": Words("公共卫生研究", "public-health research"),
    "methods_development": Words("方法学或算法研究", "development of methods or algorithms"),
    "genetic_research": Words("遗传学研究", "genetic research"),
    "ancestry_research": Words("人群起源或祖源研究", "population origins or ancestry research"),
    "clinical_care": Words("临床诊疗", "clinical care"),
}
"""What a use may be for. The closed list from which an application chooses."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """One term as a dataset carries it, with its value where it takes one."""

    term: Term
    value: str = ""


@dataclass(frozen=True, slots=True)
class DataUse:
    """A dataset's data-use terms: exactly one permission, and modifiers."""

    permission: Restriction
    modifiers: tuple[Restriction, ...] = ()

    def to_json(self) -> list[dict[str, str]]:
        """Return the terms as JSON: `[{"id": "DUO:0000042", "code": "GRU", "value": ""}, …]`."""
        held = (self.permission, *self.modifiers)
        return [{"id": r.term.id, "code": r.term.code, "value": r.value} for r in held]


@dataclass(frozen=True, slots=True)
class IntendedUse:
    """What somebody wants to do, in the words that DUO restricts."""

    purpose: str
    commercial: bool
    for_profit_body: bool
    disease: str
    ethics_approval: bool
    region: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Match:
    """How a use fits a dataset's terms: what forbids it and what a person has to judge."""

    conflicts: tuple[Problem, ...]
    questions: tuple[Restriction, ...]


def read_data_use(value: Any) -> DataUse:
    """Read terms from labels: a list of codes or ids, or of `{"code": …, "value": …}`.

    Raises `access.bad_terms` on an unknown code, a missing value, or not exactly one permission.
    """
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _bad(value)
    held = tuple(_restriction(item) for item in value)
    permissions = [r for r in held if r.term.kind == "permission"]
    if len(permissions) != 1 or len({r.term.id for r in held}) != len(held):
        raise _bad([r.term.code for r in held])
    return DataUse(permissions[0], tuple(r for r in held if r.term.kind == "modifier"))


def _restriction(item: Any) -> Restriction:
    name, value = (item, "") if isinstance(item, str) else _named(item)
    term = _BY_NAME.get(name)
    if term is None or (term.value and not value):
        raise _bad(item)
    return Restriction(term, value)


def _named(item: Any) -> tuple[str, str]:
    if not isinstance(item, dict):
        raise _bad(item)
    return str(item.get("id") or item.get("code") or ""), str(item.get("value") or "")


def _bad(received: object) -> Exception:
    return fail(BAD_TERMS, str(received)[:200], "data_use", known="GRU, HMB, DS, IRB, NCU, TS")


def match(terms: DataUse, use: IntendedUse, where: str = "data_use") -> Match:
    """Return what in `terms` forbids `use`, and what a person has to judge."""
    held = (terms.permission, *terms.modifiers)
    against = [r for r in held if not _CHECKS.get(r.term.code, _always)(r.value, use)]
    if use.purpose == "clinical_care" and not _for_care(held):
        against = list(dict.fromkeys([terms.permission, *against]))
    return Match(
        tuple(_problem(r, use, where) for r in against),
        tuple(r for r in held if r.term.code in _FOR_PEOPLE),
    )


def _for_care(held: Sequence[Restriction]) -> bool:
    """Permissions are about research; clinical care needs its own modifier, or no restriction."""
    return any(r.term.code in ("CC", "NRES") for r in held)


def _always(_: str, __: IntendedUse) -> bool:
    return True


_FOR_PEOPLE = frozenset(("RS", "US", "PS", "IS", "COL", "RTN", "MOR", "PUB"))
_CHECKS: dict[str, Callable[[str, IntendedUse], bool]] = {
    "HMB": lambda _, use: use.purpose != "ancestry_research",
    "DS": lambda disease, use: use.disease == disease,
    "POA": lambda _, use: use.purpose == "ancestry_research",
    "NMDS": lambda _, use: use.purpose != "methods_development",
    "GSO": lambda _, use: use.purpose == "genetic_research",
    "NPUNCU": lambda _, use: not use.commercial and not use.for_profit_body,
    "NPU": lambda _, use: not use.for_profit_body,
    "NCU": lambda _, use: not use.commercial,
    "NPOA": lambda _, use: use.purpose != "ancestry_research",
    "IRB": lambda _, use: use.ethics_approval,
    "GS": lambda region, use: use.region == region,
    "TS": lambda months, use: use.end <= _months_after(use.start, months),
}
"""What a machine can decide."""


def _problem(held: Restriction, use: IntendedUse, where: str) -> Problem:
    words, value = held.term.words, f" {held.value}" if held.value else ""
    received = PURPOSES[use.purpose].zh if use.purpose in PURPOSES else use.purpose
    return problem(
        TERMS_CONFLICT,
        received,
        where,
        required=f"{words.zh}{value}（{held.term.id}）",
        required_en=f"{words.en}{value} ({held.term.id})",
    )


def _months_after(start: date, months: str) -> date:
    """Return the day `months` later; a value that is no number allows no time at all."""
    if not months.isdigit():
        return start
    year, month = divmod(start.month - 1 + int(months), 12)
    for day in (start.day, 30, 29, 28):
        try:
            return date(start.year + year, month + 1, day)
        except ValueError:
            continue
    raise AssertionError("every month has a 28th")
