"""The page of CDISC rules: each with its id, weight, source, words and places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from qundao.cli.reference.markdown import both, finish, heading, table
from qundao.kernel.words import Words
from qundao.models import cdisc
from qundao.quality import Check, checks_for, known_rules
from qundao.quality.score import WEIGHTS

_MOST_PLACES = 6
_PARTS = (("SDTM", "SDTMIG 3.2"), ("ADAM", "ADaMIG 1.1"))


def page() -> str:
    """Return the page as Markdown."""
    return finish(_lines())


def _lines() -> Iterator[str]:
    yield from heading(Words("CDISC 规则", "CDISC rules"), "规则目录")
    places = _places()
    checks = sum(map(len, places.values()))
    yield ""
    yield f"共 {len(places)} 条规则，用于 {checks:,} 处。用于多处的规则只计一条；无数据则不适用。"
    yield f"{len(places)} rules at {checks:,} places. A rule of several datasets counts once; where"
    yield "there is nothing to ask, it does not apply."
    yield ""
    yield "在真实试验数据上的发现，逐条说明于[此页](../explanation/pilot-findings.md)。"
    yield "What they find in a real trial is explained [here](../explanation/pilot-findings.md)."
    for part, guide in _PARTS:
        yield from ("", f"## {guide}", "")
        yield from table(_TITLES, _rows(part, places))


_TITLES = ("规则 rule", "违反时 violated when", "分类 category", "依据 source", "位置 places")


def _places() -> Mapping[str, list[Check]]:
    places: dict[str, list[Check]] = {id_: [] for id_ in known_rules()}
    for check in checks_for(cdisc()):
        if check.rule:
            places[check.rule.id].append(check)
    return places


def _rows(part: str, places: Mapping[str, Sequence[Check]]) -> Iterator[tuple[str, ...]]:
    for id_, rule in known_rules().items():
        if f"-{part}-" in id_:
            weight = f"{rule.severity.value} ({WEIGHTS[rule.severity]})"
            category = f"{both(rule.category.words)}<br>{weight}"
            yield f"`{id_}`", both(rule.words), category, rule.source, _where(places[id_])


def _where(checks: Sequence[Check]) -> str:
    names = [".".join(filter(None, (c.table, c.field))).upper() for c in checks]
    more = len(names) - _MOST_PLACES
    return ", ".join(names[:_MOST_PLACES]) + (f" … +{more}" if more > 0 else "")
