"""The agreement as its parties read it: numbered clauses drawn from its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qundao.access.agreement import Agreement, PartyRole
from qundao.access.terms import PURPOSES
from qundao.kernel.credit import show_credits
from qundao.kernel.words import Words


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: its heading and text in both languages."""

    title: Words
    text: Words


_TEMPLATES: tuple[tuple[Words, Words], ...] = (
    (
        Words("各方", "Parties"),
        Words(
            "使用方：{grantee.zh}；运营方：{operator.zh}；数据贡献方：{contributors.zh}。",
            "Grantee: {grantee.en}; operator: {operator.en}; contributors: {contributors.en}.",
        ),
    ),
    (
        Words("授予的权利与用途", "Right granted and purpose"),
        Words(
            "仅授予数据加工使用权，用于“{title}”（{purpose.zh}）；不转移数据资源持有权，"
            "不授予数据产品经营权，不得用于其他用途。",
            "Only the right to process and use is granted, for “{title}” ({purpose.en}). The right "
            "to hold the data stays, the right to operate data products is not granted, and no "
            "other use is allowed.",
        ),
    ),
    (
        Words("人员与期限", "People and period"),
        Words(
            "使用人员：{researchers}。自 {start} 起至 {end} 止；结果保存至 {retention}，届时删除。",
            "People: {researchers}. From {start} until the end of {end}; results are kept until "
            "{retention} and then deleted.",
        ),
    ),
    (
        Words("数据与计算方式", "Data and computation"),
        Words(
            "数据集：{datasets}。行数据不离开贡献方；只运行摘要为 {protocol} 的锁定方案中的分析"
            "（{analyses}），至多 {runs} 次。",
            "Datasets: {datasets}. Rows stay with their contributors; only the analyses "
            "({analyses}) of the locked protocol with digest {protocol} are run, at most {runs} "
            "times.",
        ),
    ),
    (
        Words("出域阈值", "Disclosure thresholds"),
        Words(
            "各数据集的最小单元格人数与最少事件数：{floors}。低于者不予显示。",
            "Smallest cell and event floor of each dataset: {floors}. Less is withheld.",
        ),
    ),
    (
        Words("禁止重识别", "No re-identification"),
        Words(
            "不得识别或试图识别任何个人；发现可识别情形的，立即停止并在 24 小时内告知运营方。",
            "Nobody may identify or try to identify a person; whoever finds that it is possible "
            "stops at once and tells the operator within 24 hours.",
        ),
    ),
    (
        Words("费用", "Price"),
        Words(
            "共 {price} 积分（{prices}）。签署时冻结，结果发布时结算给贡献方，未发布则退回。"
            "积分不是货币，也不是资产评估值。",
            "{price} credits in all ({prices}): held on signing, paid to the contributors when "
            "results are released, otherwise given back. Credits are not money and not an "
            "appraised value.",
        ),
    ),
    (
        Words("风险共担", "Shared risk"),
        Words(
            "各方对自身过错造成的损失承担责任；事件登记入册，在途研究自事件登记起暂停，"
            "查明前不下发新任务；运营方按联盟规则从准备金先行处置，再向责任方追偿。",
            "Each party is liable for its own fault. Incidents go into the incident register; "
            "running studies pause from that entry and no new task is issued until it is cleared; "
            "the operator draws on the reserve by the alliance's rule and then on whoever is "
            "liable.",
        ),
    ),
    (
        Words("监督、停用与终止", "Supervision, stopping and ending"),
        Words(
            "各步骤均记入可核验的日志。贡献方可随时在其节点停用；运营方可撤销许可。"
            "到期、撤销或违约时许可立即失效。",
            "Every step is kept in a log that anybody can verify. A contributor may stop its node "
            "at any time and the operator may revoke the permit. On expiry, revocation or breach "
            "the permit ends at once.",
        ),
    ),
    (
        Words("附加条件", "Conditions"),
        Words("{conditions.zh}", "{conditions.en}"),
    ),
)  # fmt: skip


def clauses(agreement: Agreement, people: Mapping[str, str] | None = None) -> tuple[Clause, ...]:
    """Return the clauses of an agreement, in order; `people` names researchers by their ids."""
    facts = _facts(agreement, people or {})
    return tuple(Clause(title, text.format(**facts)) for title, text in _TEMPLATES)


def _facts(a: Agreement, people: Mapping[str, str]) -> dict[str, object]:
    named = {role: _names(a, role) for role in PartyRole}
    terms = [d.terms for d in a.datasets]
    return {
        "grantee": named[PartyRole.GRANTEE],
        "operator": named[PartyRole.OPERATOR],
        "contributors": named[PartyRole.CONTRIBUTOR],
        "title": a.title,
        "purpose": PURPOSES[a.purpose],
        "researchers": "、".join(people.get(r, r) for r in a.researchers),
        "start": a.start,
        "end": a.end,
        "retention": a.retention_until,
        "datasets": ", ".join(t.accession for t in terms),
        "protocol": a.protocol_digest,
        "analyses": ", ".join(a.analyses),
        "runs": a.runs,
        "floors": "; ".join(f"{t.accession}: {t.min_cell} / {t.event_floor}" for t in terms),
        "price": show_credits(a.price),
        "prices": "; ".join(f"{d.terms.accession}: {show_credits(d.price)}" for d in a.datasets),
        "conditions": Words("；".join(a.conditions) or "无", "; ".join(a.conditions) or "none"),
    }


def _names(a: Agreement, role: PartyRole) -> Words:
    names = [p.name for p in a.parties if p.role is role]
    return Words("、".join(n.zh for n in names) or "–", ", ".join(n.en for n in names) or "–")
