"""A protocol in words, for the steward who countersigns it and the reviewer who decides."""

from __future__ import annotations

from qundao.kernel.words import Words
from qundao.query.words import words
from qundao.study.plan import PlannedAnalysis
from qundao.study.protocol import StudyProtocol


def protocol_words(protocol: StudyProtocol) -> tuple[Words, ...]:
    """Return a sentence for the question, and for each analysis what and of whom, in order."""
    question = Words(f"研究问题：{protocol.question.zh}", f"Question: {protocol.question.en}")
    return (question, *(w for a in protocol.analyses for w in (_analysis(a), _definition(a))))


def _analysis(planned: PlannedAnalysis) -> Words:
    spec = planned.spec.words
    given = [(c.accession, planned.named(c.groups)) for c in planned.contributions]
    zh = "；".join(f"{accession} 提供{groups.zh}" for accession, groups in given)
    en = "; ".join(f"{accession} gives {groups.en}" for accession, groups in given)
    return Words(
        f"{planned.title.zh}：{spec.zh}（数据来源：{zh}）",
        f"{planned.title.en}: {spec.en} (sources: {en})",
    )


def _definition(planned: PlannedAnalysis) -> Words:
    """Return who is counted and how, as one paragraph."""
    found = _with_labels(planned, words(planned.spec.source))
    zh = "；".join(line.strip() for line in found.zh.splitlines())
    en = "; ".join(line.strip() for line in found.en.splitlines())
    return Words(f"{planned.title.zh}的定义：{zh}", f"Definition of {planned.title.en}: {en}")


def _with_labels(planned: PlannedAnalysis, said: Words) -> Words:
    """Return the definition with the groups' names, which it quotes by id, as people know them."""
    zh, en = said.zh, said.en
    for arm in planned.spec.arms:
        zh = zh.replace(f"“{arm.id}”", f"“{arm.label.zh}”")
        en = en.replace(f"“{arm.id}”", f"“{arm.label.en}”")
    return Words(zh, en)
