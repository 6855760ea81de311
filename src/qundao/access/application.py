"""The application: what somebody who wants to use data must tell, as fields, and its reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from qundao.access.form import Field, defect, read
from qundao.access.terms import PURPOSES
from qundao.kernel.errors import Problem, raise_if
from qundao.kernel.words import Words

LONGEST_USE = timedelta(days=3 * 366)
MOST_RUNS = 1000

STEPS: dict[str, Words] = {
    "purpose": Words("用途", "purpose"),
    "plan": Words("研究方案", "research plan"),
    "data": Words("数据与期限", "data and period"),
    "ethics": Words("伦理与合规", "ethics and compliance"),
}
"""The steps of the form, in order."""

ETHICS_KINDS: dict[str, Words] = {
    "approval": Words("伦理批件", "an ethics committee's approval"),
    "recognised": Words("互认的伦理审查结论", "a recognised decision of another committee"),
    "exempt": Words("免除伦理审查的决定", "a decision that exempts from review"),
}

FIELDS: tuple[Field, ...] = (
    Field("title", Words("题目", "title"), "purpose", "line", least=4),
    Field("purpose", Words("用途类别", "kind of use"), "purpose", "choice", choices=PURPOSES),
    Field("commercial", Words("是否商业用途", "commercial use"), "purpose", "yes_no"),
    Field(
        "disease",
        Words("疾病代码", "disease code"),
        "purpose",
        "line",
        required=False,
        help=Words("如 ICD-10 I20 或 MONDO:0004975", "such as ICD-10 I20 or MONDO:0004975"),
    ),
    Field("question", Words("研究问题", "research question"), "plan", "text", least=10),
    Field("background", Words("背景与依据", "background"), "plan", "text", least=10),
    Field("population", Words("研究人群", "population"), "plan", "text", least=2),
    Field("methods", Words("统计方法", "statistical methods"), "plan", "text", least=10),
    Field("outputs", Words("拟取得的结果", "intended outputs"), "plan", "text", least=2),
    Field("benefit", Words("公共利益", "public benefit"), "plan", "text", least=2),
    Field("datasets", Words("数据集版本", "dataset versions"), "data", "accessions"),
    Field(
        "researchers",
        Words("研究人员", "researchers"),
        "data",
        "names",
        help=Words("本单位用户名", "user names in your organisation"),
    ),
    Field("start", Words("开始日期", "start"), "data", "date"),
    Field("end", Words("结束日期", "end"), "data", "date"),
    Field("runs", Words("分析运行次数", "number of runs"), "data", "number"),
    Field(
        "retention_until",
        Words("结果保存至（届时删除）", "results kept until (then deleted)"),
        "data",
        "date",
    ),
    Field(
        "ethics_kind",
        Words("伦理文件类型", "kind of ethics decision"),
        "ethics",
        "choice",
        required=False,
        choices=ETHICS_KINDS,
    ),
    Field("ethics_committee", Words("伦理委员会", "committee"), "ethics", "line", required=False),
    Field("ethics_number", Words("批件号", "decision number"), "ethics", "line", required=False),
    Field("ethics_until", Words("批件有效期至", "valid until"), "ethics", "date", required=False),
    Field(
        "impact_assessment",
        Words("个人信息保护影响评估（编号）", "impact assessment (number)"),
        "ethics",
        "line",
        required=False,
    ),
    Field(
        "foreign_controlled",
        Words("本单位是否为外方实际控制", "is your organisation foreign-controlled"),
        "ethics",
        "yes_no",
    ),
    Field(
        "foreign_route",
        Words("人类遗传资源与出境路径（文件号）", "route for HGR and cross-border (document)"),
        "ethics",
        "line",
        required=False,
    ),
)
"""Every field of an application, in the order in which people meet them."""

_BY_NAME = {f.name: f for f in FIELDS}


@dataclass(frozen=True, slots=True)
class ResearchPlan:
    """A complete application. Days are China's; the use ends with the day `end`."""

    title: str
    purpose: str
    commercial: bool
    disease: str | None
    question: str
    background: str
    population: str
    methods: str
    outputs: str
    benefit: str
    datasets: tuple[str, ...]
    researchers: tuple[str, ...]
    start: date
    end: date
    runs: int
    retention_until: date
    ethics_kind: str | None
    ethics_committee: str | None
    ethics_number: str | None
    ethics_until: date | None
    impact_assessment: str | None
    foreign_controlled: bool
    foreign_route: str | None


def defects(draft: Mapping[str, Any], today: date) -> tuple[Problem, ...]:
    """Return everything that keeps a draft from being submitted on that day."""
    return _read(draft, today)[1]


def read_plan(draft: Mapping[str, Any], today: date) -> ResearchPlan:
    """Return the plan that a draft holds. Raises `access.bad_plan` with every defect."""
    values, found = _read(draft, today)
    raise_if(found)
    return ResearchPlan(**values)


def _read(draft: Mapping[str, Any], today: date) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    values, found = read(FIELDS, draft)
    return values, (*found, *_dates(values, today), *_amounts(values))


def _dates(values: Mapping[str, Any], today: date) -> Iterator[Problem]:
    start, end, kept = (values[name] for name in ("start", "end", "retention_until"))
    if start and end and not start < end <= start + LONGEST_USE:
        zh, en = "晚于开始日期且不超过三年", "after the start, by at most three years"
        yield _defect("end", end, zh, en)
    if end and end <= today:
        yield _defect("end", end, f"晚于今日 {today}", f"later than today, {today}")
    if kept and end and kept < end:
        yield _defect("retention_until", kept, f"不早于 {end}", f"not before {end}")


def _amounts(values: Mapping[str, Any]) -> Iterator[Problem]:
    runs = values["runs"]
    if runs and runs > MOST_RUNS:
        yield _defect("runs", runs, f"至多 {MOST_RUNS}", f"at most {MOST_RUNS}")


def _defect(name: str, received: object, zh: str, en: str) -> Problem:
    return defect(_BY_NAME[name], received, Words(zh, en))
