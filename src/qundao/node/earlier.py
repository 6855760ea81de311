"""What earlier permits already let out of the same people, in other intervals or versions.

A protocol is examined as a whole before it is locked; two protocols are not, and the difference
of their tables is a table that nobody approved. The node still has every permit with its
protocol and every task that it answered, so it can compare them in their normal forms: per
dataset by name, whatever its version. What it finds is for the steward to weigh; it refuses
nothing, because a good study may well repeat another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from qundao.analysis import normal_form
from qundao.kernel.accession import Accession
from qundao.kernel.errors import QundaoError
from qundao.kernel.words import Words
from qundao.node import datasets, offers, permit_book
from qundao.node.permit_book import Held
from qundao.node.store import Tx
from qundao.study.plan import PlannedAnalysis

_ANSWERED = (
    "SELECT permit, analysis, accession, max(finished_at) AS at FROM task"
    " WHERE lane = 'study' AND state = 'answered' AND permit != ?"
    " GROUP BY permit, analysis, accession ORDER BY at, permit, analysis"
)
_INTERVALS, _VERSION, _SOURCES = (
    Words("区间或分段不同", "other intervals or bands"),
    Words("数据版本不同", "another version of the data"),
    Words("贡献的单位不同", "other contributors"),
)


@dataclass(frozen=True, slots=True)
class Cut:
    """One group of one analysis as a dataset contributes it: whom, by what, where, from when."""

    dataset: str
    people: str
    by: str
    edges: str
    accession: str
    sources: frozenset[int]
    group: Words

    def differs(self, other: Cut) -> tuple[Words, ...]:
        """Return in what this cut of the same people by the same thing is another one."""
        unlike = (
            (_INTERVALS, self.edges != other.edges),
            (_VERSION, self.accession != other.accession),
            (_SOURCES, self.sources != other.sources),
        )
        return tuple(words for words, found in unlike if found)


@dataclass(frozen=True, slots=True)
class Release:
    """An analysis that a node answered under an earlier permit, and its protocol if readable."""

    permit: str
    purpose: str
    at: str
    accession: str
    planned: PlannedAnalysis | None


def warnings(tx: Tx, held: Held, node: str) -> list[dict[str, Any]]:
    """Return what a steward should know of earlier permits before countersigning, as JSON.

    Each: `permit`, `purpose`, `at`, `analysis` (of the new protocol, None where the earlier
    protocol cannot be read any more) and `words` in both languages.
    """
    if held.state != permit_book.OFFERED:
        return []  # decided: what was released since then is no news to that decision
    try:
        asked = list(_asked(tx, held, node))
    except QundaoError:
        return []  # the offer's own defects are shown, and it cannot be countersigned
    names = {cut.dataset for _, cut in asked}
    found = (w for r in _released(tx, held.id, names) for w in _compare(tx, r, asked))
    return list({(w["permit"], w["words"]["en"]): w for w in found}.values())


def _asked(tx: Tx, held: Held, node: str) -> Iterator[tuple[PlannedAnalysis, Cut]]:
    own = [t.accession for t in held.permit.datasets if t.node == node]
    for planned in offers.locked_protocol(held).analyses:
        for accession in own:
            for cut in _cuts(tx, planned, accession):
                yield planned, cut


def _cuts(tx: Tx, planned: PlannedAnalysis, accession: str) -> Iterator[Cut]:
    groups = planned.groups_of(accession)
    name = datasets.by_accession(tx, accession).name if groups else ""
    for group in groups:
        people = normal_form.people(planned.spec.source, group)
        sources = frozenset(
            Accession.parse(c.accession).dataset for c in planned.contributions if group in c.groups
        )
        for by, edges in planned.spec.cuts.items():
            yield Cut(name, people, by, edges, accession, sources, planned.named((group,)))


def _released(tx: Tx, permit: str, names: set[str]) -> Iterator[Release]:
    """Yield what other permits had answered about the datasets of these names, oldest first."""
    for row in tx.execute(_ANSWERED, (permit,)).fetchall():
        if datasets.by_accession(tx, row["accession"]).name in names:
            held = permit_book.get(tx, row["permit"])
            planned = _planned(held, row["analysis"])
            yield Release(held.id, held.permit.purpose, row["at"], row["accession"], planned)


def _planned(held: Held, analysis: str) -> PlannedAnalysis | None:
    """Return the analysis; None for a protocol of before a rule that now refuses it."""
    try:
        return offers.locked_protocol(held).analysis(analysis)
    except QundaoError:
        return None


def _compare(
    tx: Tx, release: Release, asked: list[tuple[PlannedAnalysis, Cut]]
) -> Iterator[dict[str, Any]]:
    if release.planned is None:
        yield _line(release, None, _UNREADABLE)
        return
    before = {(c.dataset, c.people, c.by): c for c in _cuts(tx, release.planned, release.accession)}
    for planned, cut in asked:
        earlier = before.get((cut.dataset, cut.people, cut.by))
        unlike = () if earlier is None else cut.differs(earlier)
        if unlike:
            yield _line(release, planned.id, _again(planned, release.planned, cut, unlike))


def _again(
    planned: PlannedAnalysis, before: PlannedAnalysis, cut: Cut, unlike: tuple[Words, ...]
) -> Words:
    zh, en = "、".join(w.zh for w in unlike), ", ".join(w.en for w in unlike)
    return Words(
        f"此前的许可已放行过同一批人的同一种划分：“{before.title.zh}”，{cut.group.zh}；"
        f"本次“{planned.title.zh}”{zh}。两份结果相减可能得出少数人。",
        f"A previous permit already released this cut of the same people: “{before.title.en}”, "
        f"{cut.group.en}; now “{planned.title.en}” asks for it with {en}. Subtracting one result "
        "from the other may show a few people.",
    )


_UNREADABLE = Words(
    "此前的许可放行过该数据集的结果，但其方案按现行规则已无法读取，不能比对。",
    "A previous permit already released results of this dataset; its protocol cannot be read "
    "under today's rules, so they cannot be compared.",
)


def _line(release: Release, analysis: str | None, words: Words) -> dict[str, Any]:
    return {
        "permit": release.permit,
        "purpose": release.purpose,
        "at": release.at,
        "analysis": analysis,
        "words": {"zh": words.zh, "en": words.en},
    }
