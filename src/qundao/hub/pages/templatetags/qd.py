"""Tags and filters of the components. Each tag renders one template in `parts/`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import get_language

from qundao.hub.cohorts.queries import versions_used
from qundao.hub.common.actions import declared_hub_actions
from qundao.hub.common.actors import Actor
from qundao.hub.common.pagination import Page
from qundao.hub.pages import components, plot, released, scores
from qundao.hub.pages import score_trend as score_trends
from qundao.hub.pages.components import in_language
from qundao.kernel.credit import show_credits
from qundao.kernel.errors import Problem
from qundao.kernel.roles import Role
from qundao.kernel.words import Words
from qundao.quality.naming import standard_name
from qundao.query.words import words
from qundao.study import StudyProtocol, protocol_words

register = template.Library()


def language() -> str:
    """Return the reader's language."""
    return get_language() or "zh-hans"


# --- filters -------------------------------------------------------------------------------


@register.filter
def w(value: Any) -> str:
    """Show `Words` (or `{"zh", "en"}`) in the reader's language."""
    return in_language(value, language())


@register.filter
def listed(values: Sequence[Any]) -> str:
    """Show several texts as one list."""
    return components.joined(values, language())


@register.filter
def day(value: date | datetime | None) -> str:
    """Show a date as 2026-11-22, in the hub's time zone."""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return value.isoformat() if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """Show an instant as 2026-11-22 09:30, in the hub's time zone."""
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else ""


@register.filter
def credits(amount: int | None) -> str:  # noqa: A001 (the template's word for it)
    """Show micro-credits as credits, exactly."""
    return show_credits(amount or 0)


@register.filter
def grouped(value: int | None) -> str:
    """Show a whole number with thousands separated."""
    return f"{value:,}" if value is not None else ""


@register.filter
def get(mapping: Mapping[str, Any], key: str) -> Any:
    """Return a mapping's value, or nothing."""
    return mapping.get(key, "")


# --- components ----------------------------------------------------------------------------


@register.inclusion_tag("parts/chip.html")
def chip(tone: str, text: Any) -> dict[str, Any]:
    """Show a state: colour, sign and word."""
    return {"tone": tone, "text": text}


@register.inclusion_tag("parts/work_list.html")
def work_list(
    items: Iterable[components.WorkItem], caption: str, nothing: str = "", next_step: str = ""
) -> dict[str, Any]:
    """Show what waits, whose turn it is and how many working days are left."""
    return {"items": list(items), "caption": caption, "nothing": nothing, "next_step": next_step}


@register.inclusion_tag("parts/timeline.html")
def timeline(stages: Iterable[components.Stage]) -> dict[str, Any]:
    """Show every stage: who, when, why, clock stops."""
    return {"stages": list(stages)}


@register.inclusion_tag("parts/checklist.html")
def checklist(items: Iterable[components.Evidence]) -> dict[str, Any]:
    """Show evidence: has, lacks, who must give it."""
    return {"items": list(items)}


@register.inclusion_tag("parts/stepper.html")
def stepper(steps: Iterable[components.Step]) -> dict[str, Any]:
    """Show the steps of one way through."""
    return {"steps": list(steps)}


@register.inclusion_tag("parts/diff.html")
def diff(changes: Iterable[components.Change], caption: str) -> dict[str, Any]:
    """Show what changed."""
    return {"changes": list(changes), "caption": caption}


@register.inclusion_tag("parts/scorecard.html")
def scorecard(card: Mapping[str, Any] | None, *, brief: bool = False) -> dict[str, Any]:
    """Show a quality scorecard: total, three categories, what to mend first."""
    return {"card": scores.read_scorecard(card) if card else None, "brief": brief}


@register.inclusion_tag("parts/score_trend.html")
def score_trend(versions: Sequence[score_trends.Registered]) -> dict[str, Any]:
    """Show the scores of a dataset's versions: figure beside table, and what changed."""
    return {"trend": score_trends.read_trend(list(versions), language())}


@register.inclusion_tag("parts/number.html")
def number(cell: Any, *, why: bool = True) -> dict[str, Any]:
    """Show a released number; a withheld one shows as ＜k with its reason, never 0 or blank."""
    return {"cell": released.read_cell(cell), "why": why}


@register.inclusion_tag("parts/released.html")
def released_result(
    result: Mapping[str, Any], title: Any = "", source: Any = "", download: str = ""
) -> dict[str, Any]:
    """Show a released result: figure beside table, from the same numbers, with its source."""
    shown = released.read_result(result)
    return {"result": shown, "title": title, "source": source, "download": download}


@register.inclusion_tag("parts/amount.html")
def amount(micro: int, origin: Any = "", url: str = "") -> dict[str, Any]:
    """Show credits with what they came from."""
    return {"micro": micro, "origin": origin, "url": url}


@register.inclusion_tag("parts/decision.html")
def decision(
    outcome: Any, tone: str, rule: Any = "", reason: Any = "", next_step: Any = ""
) -> dict[str, Any]:
    """Show what was decided, by which rule, and what to do next."""
    return {
        "outcome": outcome,
        "tone": tone,
        "rule": rule,
        "reason": reason,
        "next_step": next_step,
    }


@register.inclusion_tag("parts/empty.html")
def empty(what: str, next_step: str = "", url: str = "", link: str = "") -> dict[str, Any]:
    """Say that there is nothing, and what the next step is."""
    return {"what": what, "next_step": next_step, "url": url, "link": link}


@register.inclusion_tag("parts/defects.html")
def defects(
    problems: Iterable[Problem], heading: str = "", places: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """List every defect with its place, what was required, received, and what to do.

    `places` gives the address of the page on which a field stands, where it is another one.
    """
    found = [p.text(language()) | {"link": _link(p.where, places or {})} for p in problems or ()]
    return {"problems": found, "heading": heading}


def _link(where: str, places: Mapping[str, str]) -> str:
    mark = anchor(where)
    page = places.get(where.partition(".")[0].partition("[")[0], "")
    return f"{page}#{mark}" if mark else page


@register.inclusion_tag("parts/pager.html", takes_context=True)
def pager(context: Mapping[str, Any], page: Page[Any]) -> dict[str, Any]:
    """Show the way through a long list, keeping the filters. None stands for left-out numbers."""
    near = {1, page.pages, *range(page.number - 1, page.number + 2)}
    shown = [n for n in range(1, page.pages + 1) if n in near]
    numbers: list[int | None] = []
    for n in shown:
        if numbers and n - (numbers[-1] or n) > 1:
            numbers.append(None)
        numbers.append(n)
    return {"page": page, "numbers": numbers, "request": context["request"]}


@register.inclusion_tag("parts/entry.html", takes_context=True)
def entry(
    context: Mapping[str, Any],
    name: str,
    label: str,
    value: Any = "",
    **options: Any,
) -> dict[str, Any]:
    """Show one form field: label, hint, and the defects found at it, tied together.

    Options: kind (text, password, date, number, textarea, select, checks, radios), hint,
    choices (pairs), rows, required, filter (a search field), lines (paste from a
    spreadsheet), autocomplete.
    """
    problems: Iterable[Problem] = context.get("problems") or ()
    found = [p.text(language()) for p in problems if anchor(p.where) == f"id_{name}"]
    chosen = [value] if isinstance(value, str) else [str(v) for v in value or ()]
    settings = {"kind": "text", "required": True, "rows": 4, **options}
    return {
        "e": {
            "name": name,
            "id": f"id_{name}",
            "label": label,
            "value": value,
            "chosen": chosen,
            "defects": found,
            **settings,
        }
    }


@register.inclusion_tag("parts/bar.html")
def bar(share: float | None) -> dict[str, Any]:
    """Show a share of 100 as a bar; the number stands beside it."""
    return {"width": f"{max(0.0, min(100.0, share or 0.0)):.1f}"}


@register.inclusion_tag("parts/survival.html")
def survival(figure: plot.Figure) -> dict[str, Any]:
    """Draw a Kaplan–Meier figure as SVG with the numbers at risk under it."""
    return {"plot": plot.survival_plot(figure)}


def anchor(where: str) -> str:
    """Return the id of the form field that a problem's place names: `plan.purpose` → id_purpose.

    A path within a document (`$.entry`) is no field: it is shown as it is.
    """
    if where.startswith("$"):
        return ""
    name = where.rpartition(".")[2].partition("[")[0]
    return f"id_{name}" if name.isidentifier() else ""


@register.filter
def both(words: Words) -> str:
    """Show a phrase in both languages, for official papers."""
    return f"{words.zh} / {words.en}"


@register.filter
def role_list(roles: Iterable[Role]) -> str:
    """Show roles as one list, in the order of the role table."""
    held = frozenset(roles)
    return components.joined([r.words for r in Role if r in held], language())


@register.filter
def may(actor: Actor, action: str) -> bool:
    """Tell whether an actor's roles allow an action. A page offers only what can be done."""
    return declared_hub_actions()[action].can(actor)


@register.filter
def signed(amount: int) -> str:
    """Show a change of credits with its sign; no change shows as a dash."""
    return f"+{show_credits(amount)}" if amount > 0 else show_credits(amount) if amount else "–"


@register.inclusion_tag("parts/matter.html", takes_context=True)
def matter(context: Mapping[str, Any], reference: str) -> dict[str, Any]:
    """Show what a movement of credits is about (the page gives `matters`)."""
    return {"reference": reference, "matter": context["matters"].get(reference)}


@register.filter
def problem_title(problem: Problem) -> str:
    """Show what is wrong in one line."""
    return problem.text(language())["title"]


_VARIABLE_KINDS = {
    "number": Words("数值", "number"),
    "date": Words("日期", "date"),
    "code": Words("编码", "code"),
    "text": Words("文本", "text"),
    "key": Words("标识", "key"),
}


@register.filter
def variable_kind(kind: str) -> str:
    """Show the kind of a variable."""
    return _VARIABLE_KINDS[kind].in_(language())


@register.filter
def standard(model: str) -> str:
    """Show a model's name as its standard spells it: `omop 5.3` is OMOP 5.3."""
    return standard_name(model)


@register.filter
def problem_required(problem: Problem) -> str:
    """Show what would be required."""
    return problem.text(language())["required"]


@register.inclusion_tag("parts/protocol.html")
def protocol(planned: StudyProtocol) -> dict[str, Any]:
    """Show a protocol as sentences; who is counted and how stands behind a click."""
    sentences = protocol_words(planned)
    defined = [(a.title, words(a.spec.source)) for a in planned.analyses]
    used = versions_used(planned)
    return {"said": (sentences[0], *sentences[1::2]), "defined": defined, "used": used}
