"""A protocol in words, for the steward who countersigns it and the reviewer who decides."""

from __future__ import annotations

from qundao.kernel.words import Words
from qundao.study.plan import PlannedAnalysis
from qundao.study.protocol import StudyProtocol


def protocol_words(protocol: StudyProtocol) -> tuple[Words, ...]:
    """Return one sentence for the question and one for each analysis, in order."""
    question = Words(f"研究问题：{protocol.question.zh}", f"Question: {protocol.question.en}")
    return (question, *(_analysis(a) for a in protocol.analyses))


def _analysis(planned: PlannedAnalysis) -> Words:
    spec = planned.spec.words
    sources = "; ".join(f"{c.accession}: {', '.join(c.groups)}" for c in planned.contributions)
    return Words(
        f"{planned.title.zh}：{spec.zh}（数据来源：{sources}）",
        f"{planned.title.en}: {spec.en} (sources: {sources})",
    )
