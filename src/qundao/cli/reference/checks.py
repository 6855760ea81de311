"""The page of quality checks: every kind, and where each standard applies it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from qundao.cli.reference.markdown import both, finish, heading, table
from qundao.kernel.words import Words
from qundao.models import OMOP_VERSIONS, cdisc, omop
from qundao.quality import KINDS, Kind, checks_for
from qundao.quality.score import WEIGHTS


def page() -> str:
    """Return the page as Markdown."""
    return finish(_lines())


def _lines() -> Iterator[str]:
    yield from heading(Words("质量检查", "Quality checks"), "检查目录")
    yield ""
    yield "名称与 OHDSI DataQualityDashboard 一致；分类依 Kahn 等（2016）。"
    yield "Names are those of OHDSI DataQualityDashboard, categories those of Kahn et al. (2016)."
    yield ""
    models = [*(omop(v) for v in OMOP_VERSIONS), cdisc()]
    used = [Counter(c.check for c in checks_for(m)) for m in models]
    names = [f"OMOP {v}" for v in OMOP_VERSIONS] + ["CDISC"]
    titles = ("检查 check", "违反时 violated when", "分类 category", "权重 weight", *names)
    yield from table(titles, (_row(k, used) for k in KINDS.values()))
    yield ""
    yield "最后几列是各标准中该检查适用的位置数。"
    yield "The last columns count the places to which each standard applies the check."
    yield ""
    yield "CDISC 的检查由有编号、有依据的规则组成：[CDISC 规则](cdisc-rules.md)。"
    yield "Those of CDISC belong to rules with an id and a source: [CDISC rules](cdisc-rules.md)."


def _row(kind: Kind, used: list[Counter[str]]) -> tuple[str, ...]:
    category = f"{both(kind.category.words)}<br>{kind.context.value}"
    weight = f"{WEIGHTS[kind.severity]} ({kind.severity.value})"
    counts = (str(u[kind.name] or "–") for u in used)
    return (f"`{kind.name}`", both(kind.words), category, weight, *counts)
