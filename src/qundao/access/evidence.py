"""The evidence that a grant needs: what an application has, what it lacks, who must give it.

Each requirement is a dated row with its citation. A row never says "lawful"; it says what is
still missing. Until the operator's lawyer has signed a row off it warns and blocks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Literal

from qundao.access.application import ETHICS_KINDS, ResearchPlan
from qundao.access.codes import EVIDENCE_MISSING
from qundao.access.states import Party
from qundao.kernel.errors import Problem, problem
from qundao.kernel.words import Words

Confidence = Literal["A", "B", "C"]
"""A: the text was checked; B: a secondary source; C: from memory."""


class Standing(StrEnum):
    """Whether a piece of evidence is there."""

    HAS = "has"
    LACKS = "lacks"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement of law or of the alliance, in force from a day (until another)."""

    id: str
    words: Words
    citation: Words
    requires: Words
    giver: Party
    confidence: Confidence
    effective_from: date
    effective_to: date | None = None

    def in_force(self, day: date) -> bool:
        """Tell whether the rule applies on a day."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)


_PIPL = date(2021, 11, 1)
_ALLIANCE = date(2026, 1, 1)
RULES: tuple[Rule, ...] = (
    Rule(
        "legal_basis",
        Words("每个数据集的合法性基础", "a legal basis for each dataset"),
        Words("个人信息保护法第13、23、29条", "PIPL Art 13, 23, 29"),
        Words(
            "涵盖该用途的同意，或伦理委员会免除知情同意的决定，或其他法定依据，均附文件",
            "consent whose scope holds the purpose, or an ethics committee's waiver of informed "
            "consent, or another ground by law, each with its document",
        ),
        Party.CONTRIBUTORS,
        "B",
        _PIPL,
    ),
    Rule(
        "ethics",
        Words("有效的伦理审查结论", "a valid ethics decision"),
        Words(
            "涉及人的生命科学和医学研究伦理审查办法（2023）",
            "measures for ethics review of research involving humans (2023)",
        ),
        Words(
            "审查之日有效的伦理批件、互认结论或免除审查的决定",
            "an approval, a recognised decision or an exemption, valid on the day",
        ),
        Party.APPLICANT,
        "B",
        date(2023, 2, 18),
    ),
    Rule(
        "recipient",
        Words("接收方身份与出境路径", "the recipient and its route"),
        Words(
            "人类遗传资源管理条例；促进和规范数据跨境流动规定（2024）",
            "HGR regulation; rules on cross-border data flows (2024)",
        ),
        Words(
            "接收方已登记；外方实际控制的，须有人类遗传资源与出境路径文件",
            "a registered recipient and, if foreign-controlled, the HGR and cross-border route",
        ),
        Party.APPLICANT,
        "B",
        date(2024, 3, 22),
    ),
    Rule(
        "impact_assessment",
        Words("个人信息保护影响评估", "an impact assessment"),
        Words("个人信息保护法第55、56条", "PIPL Art 55–56"),
        Words(
            "处理敏感个人信息或向他人提供前的影响评估，报告保存三年以上",
            "an assessment before sensitive processing or provision, kept for 3 years or more",
        ),
        Party.APPLICANT,
        "A",
        _PIPL,
    ),
    Rule(
        "de_identification",
        Words("去标识化或联邦使用", "de-identification, or federated use"),
        Words("个人信息保护法第4、73条", "PIPL Art 4, 73"),
        Words(
            "联邦层级（行数据不出域），或附实测风险的去标识化方案",
            "the federated tier, or a de-identification recipe with measured risk",
        ),
        Party.CONTRIBUTORS,
        "A",
        _PIPL,
    ),
    Rule(
        "agreement",
        Words("各方签署的使用协议", "a signed agreement"),
        Words("网络数据安全管理条例第12条", "network data security regulation Art 12"),
        Words("数据使用协议由各方签署", "a data-use agreement signed by its parties"),
        Party.SIGNATORIES,
        "A",
        date(2025, 1, 1),
    ),
    Rule(
        "retention",
        Words("保存期限与删除日期", "retention and deletion date"),
        Words("个人信息保护法第19、47条", "PIPL Art 19, 47"),
        Words("结果的保存期限与删除日期", "how long results are kept and when they are deleted"),
        Party.APPLICANT,
        "C",
        _PIPL,
    ),
)
RULE_IDS = frozenset(r.id for r in RULES)

LEGAL_BASES: dict[str, Words] = {
    "consent": Words("涵盖该用途的单独同意", "separate consent whose scope holds the purpose"),
    "ethics_waiver": Words("伦理委员会免除知情同意", "an ethics committee's waiver of consent"),
    "law": Words("其他法定依据", "another ground by law"),
    "synthetic": Words("合成数据，不涉及个人信息", "synthetic: no personal information"),
    "published": Words("已依法公开的去标识数据", "de-identified and lawfully published"),
}


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What a dataset version says of its own standing.

    `basis` is a key of LEGAL_BASES or empty, `scope` the purposes that consent holds (empty: any),
    `document` its reference; `recipe` names a de-identification recipe with measured risk.
    """

    accession: str
    tier: str
    basis: str = ""
    document: str = ""
    scope: tuple[str, ...] = ()
    recipe: str = ""

    @classmethod
    def from_labels(cls, accession: str, tier: str, labels: Mapping[str, Any]) -> DatasetFacts:
        """Read the standing from a dataset's labels; what is not there counts as lacking."""
        basis = labels.get("legal_basis")
        given = basis if isinstance(basis, Mapping) else {}
        scope = given.get("scope") or ()
        return cls(
            accession,
            tier,
            str(given.get("kind") or ""),
            str(given.get("document") or ""),
            tuple(str(s) for s in scope) if isinstance(scope, list | tuple) else (),
            str(labels.get("de_identification") or ""),
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when the checklist is drawn up."""

    today: date
    plan: ResearchPlan
    recipient: str
    datasets: tuple[DatasetFacts, ...]
    agreement_signed: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist: the rule, whether the evidence is there, and what was found."""

    rule: Rule
    standing: Standing
    found: Words
    blocks: bool

    @property
    def problem(self) -> Problem | None:
        """Return `access.evidence_missing`, or None when nothing is missing."""
        if self.standing is not Standing.LACKS:
            return None
        rule, giver = self.rule, self.rule.giver.words
        facts = {
            "item": rule.words.zh,
            "item_en": rule.words.en,
            "required": rule.requires.zh,
            "required_en": rule.requires.en,
            "citation": rule.citation.zh,
            "citation_en": rule.citation.en,
            "giver": giver.zh,
            "giver_en": giver.en,
        }
        return problem(EVIDENCE_MISSING, self.found.zh, rule.id, **facts)


Finding = tuple[Standing, Words]


def checklist(facts: Facts, signed_off: Collection[str] = ()) -> tuple[Item, ...]:
    """Return one item for each rule in force; those of `signed_off` rules block."""
    rules = (r for r in RULES if r.in_force(facts.today))
    return tuple(_item(rule, _FINDERS[rule.id](facts), rule.id in signed_off) for rule in rules)


def _item(rule: Rule, finding: Finding, signed_off: bool) -> Item:  # noqa: FBT001
    standing, found = finding
    return Item(rule, standing, found, signed_off and standing is Standing.LACKS)


def blocking(items: Iterable[Item], *, before: str = "") -> tuple[Problem, ...]:
    """Return the problems that block; the item named `before` is not due yet and does not."""
    return tuple(p for i in items if i.blocks and i.rule.id != before and (p := i.problem))


def _legal_basis(facts: Facts) -> Finding:
    lacking = [d.accession for d in facts.datasets if not _has_basis(d, facts.plan.purpose)]
    if lacking:
        return Standing.LACKS, _list(lacking)
    kinds = sorted({d.basis for d in facts.datasets})
    zh = "；".join(LEGAL_BASES[k].zh for k in kinds)
    return Standing.HAS, Words(zh or "–", "; ".join(LEGAL_BASES[k].en for k in kinds) or "–")


def _has_basis(dataset: DatasetFacts, purpose: str) -> bool:
    known = dataset.basis in LEGAL_BASES and bool(dataset.document)
    outside = dataset.basis == "consent" and dataset.scope and purpose not in dataset.scope
    return known and not outside


def _ethics(facts: Facts) -> Finding:
    plan = facts.plan
    if not (plan.ethics_kind and plan.ethics_committee and plan.ethics_number):
        return Standing.LACKS, Words("未提供伦理文件", "no ethics decision given")
    if plan.ethics_until and plan.ethics_until < facts.today:
        until = plan.ethics_until
        return Standing.LACKS, Words(f"已于 {until} 失效", f"expired on {until}")
    kind = ETHICS_KINDS[plan.ethics_kind]
    tail = f"{plan.ethics_committee} {plan.ethics_number}"
    return Standing.HAS, Words(f"{kind.zh} {tail}", f"{kind.en} {tail}")


def _recipient(facts: Facts) -> Finding:
    plan = facts.plan
    if not facts.recipient:
        return Standing.LACKS, Words("接收方未登记", "the recipient is not registered")
    if plan.foreign_controlled and not plan.foreign_route:
        return Standing.LACKS, Words("外方控制，未附路径文件", "foreign-controlled, no route given")
    return Standing.HAS, Words(facts.recipient, facts.recipient)


def _impact(facts: Facts) -> Finding:
    personal = [d for d in facts.datasets if d.basis not in ("synthetic", "published")]
    if not personal:
        return Standing.NOT_NEEDED, Words("不涉及个人信息", "no personal information")
    number = facts.plan.impact_assessment
    if not number:
        return Standing.LACKS, Words("未提供评估编号", "no assessment named")
    return Standing.HAS, Words(number, number)


def _de_identification(facts: Facts) -> Finding:
    lacking = [d.accession for d in facts.datasets if d.tier != "federated" and not d.recipe]
    if lacking:
        return Standing.LACKS, _list(lacking)
    return Standing.HAS, Words("联邦层级或已附方案", "federated, or with a recipe")


def _agreement(facts: Facts) -> Finding:
    if facts.agreement_signed:
        return Standing.HAS, Words("已签署", "signed")
    return Standing.LACKS, Words("尚未签署", "not signed yet")


def _retention(facts: Facts) -> Finding:
    day = facts.plan.retention_until
    return Standing.HAS, Words(f"至 {day}", f"until {day}")


def _list(names: Iterable[str]) -> Words:
    text = list(names)
    return Words("、".join(text), ", ".join(text))


_FINDERS: dict[str, Callable[[Facts], Finding]] = {
    "legal_basis": _legal_basis,
    "ethics": _ethics,
    "recipient": _recipient,
    "impact_assessment": _impact,
    "de_identification": _de_identification,
    "agreement": _agreement,
    "retention": _retention,
}


def missing(items: Iterable[Item]) -> Iterator[Problem]:
    """Return what is missing, whether it blocks or only warns."""
    return (p for i in items if (p := i.problem))


GRANTS: dict[str, Words] = {
    "holding": Words("数据资源持有权", "right to hold data resources"),
    "processing": Words("数据加工使用权", "right to process and use data"),
    "products": Words("数据产品经营权", "right to operate data products"),
}
"""The three separate rights of the "Data Twenty" (2022). An agreement here grants `processing`."""
