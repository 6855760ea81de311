"""What the application's page and the lists show: timeline, evidence, whose turn, days left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.urls import reverse

from qundao.access.application import FIELDS
from qundao.access.evidence import Item, Standing
from qundao.access.handling import Due
from qundao.access.handling import Stage as Handled
from qundao.access.reasons import reason_words
from qundao.access.states import Clock, Party, State
from qundao.hub.applications import queries
from qundao.hub.applications.models import Application
from qundao.hub.pages.components import Evidence, Stage, Text, Tone, WorkItem
from qundao.hub.pages.names import names_of
from qundao.kernel.words import Words

_STOPPED = {State.REFUSED, State.REVOKED, State.WITHDRAWN}
_DONE = {State.ACTIVE, State.CLOSED, State.EXPIRED}
_AHEAD = (State.SCREENING, State.IN_REVIEW, State.APPROVED, State.AGREEMENT, State.COUNTERSIGNING)


def tone_of(state: State) -> Tone:
    """Return how a state is shown."""
    if state in _STOPPED:
        return Tone.STOP
    if state in _DONE:
        return Tone.DONE
    return Tone.PLAIN if state is State.DRAFT else Tone.WAIT


def work_item(application: Application) -> WorkItem:
    """Return an application as something that waits: whose turn, until when."""
    state = State(application.state)
    due = queries.due_of(application)
    return WorkItem(
        title=application.title or Words("（未命名的草稿）", "(untitled draft)"),
        url=reverse("application", args=[application.id]),
        state=state.facts.words,
        tone=tone_of(state),
        turn="" if state.facts.final else state.facts.turn.words,
        due=due.day if due else None,
        days_left=due.left if due else None,
        note=application.organisation.words,
    )


def stages(application: Application) -> tuple[Stage, ...]:
    """Return the timeline: what has happened, and what is still ahead on the usual way."""
    handled = queries.stages_of(application)
    names = names_of(s.entry.by for s in handled)
    past = [_stage(s, names, last=s is handled[-1]) for s in handled]
    state = State(application.state)
    if state in _STOPPED or state in _DONE:
        return tuple(past)
    seen = {s.entry.state for s in handled} | {State.DRAFT}
    ahead = [s for s in (*_AHEAD, State.ACTIVE) if s not in seen and not _passed(s, seen)]
    return (*past, *(Stage(s.facts.words, Tone.PLAIN) for s in ahead))


def _passed(state: State, seen: set[State]) -> bool:
    """Tell whether a stage was entered under its other name."""
    return state is State.APPROVED and State.APPROVED_WITH_CONDITIONS in seen


def _stage(handled: Handled, names: Mapping[str, Text], *, last: bool) -> Stage:
    entry = handled.entry
    tone = tone_of(entry.state) if entry.state in _STOPPED else Tone.DONE
    if last and entry.state not in _STOPPED | _DONE:
        tone = Tone.NOW
    return Stage(
        title=entry.state.facts.words,
        tone=tone,
        who=names.get(entry.by, entry.by),
        at=entry.at,
        why=reason_words(entry.reason),
        clock=_clock(handled),
    )


def _clock(handled: Handled) -> Words | str:
    n = handled.days
    if handled.clock is Clock.RUNS and n:
        return Words(f"用时 {n} 个工作日", f"took {n} working days")
    if handled.clock is Clock.STOPPED:
        turn = handled.entry.state.facts.turn.words
        return Words(
            f"计时停走：等待{turn.zh}（{n} 个工作日）",
            f"clock stopped: waiting for {turn.en} ({n} working days)",
        )
    return ""


def evidence(items: Iterable[Item]) -> tuple[Evidence, ...]:
    """Return the checklist; what is not needed is not shown."""
    return tuple(
        Evidence(
            title=i.rule.words,
            present=i.standing is Standing.HAS,
            document=i.found,
            giver=i.rule.giver.words,
            rule=_rule(i),
        )
        for i in items
        if i.standing is not Standing.NOT_NEEDED
    )


def _rule(item: Item) -> Words:
    citation = item.rule.citation
    if item.standing is not Standing.LACKS:
        return citation
    effect = Words("；缺少时不能通过", "; blocks while missing")
    if not item.blocks:
        effect = Words("；规则待法律签认，仅提示", "; not signed off yet, warns only")
    return Words(citation.zh + effect.zh, citation.en + effect.en)


def summary(application: Application) -> list[tuple[Words, Text]]:
    """Return the application's fields with what was written, in the order of the form."""
    draft = application.draft
    rows = ((f, draft.get(f.name)) for f in FIELDS)
    return [(f.words, _text(v, f.choices or {})) for f, v in rows if v not in (None, "", [], ())]


def _text(value: object, choices: Mapping[str, Words]) -> Text:
    if isinstance(value, bool):
        return Words("是", "yes") if value else Words("否", "no")
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return choices.get(str(value), str(value))


def clock_words(due: Due | None, turn: Party) -> Words | None:
    """Return whose turn it is and how long, as a sentence; None when nobody has to act."""
    if turn is Party.NOBODY:
        return None
    zh, en = f"轮到{turn.words.zh}", f"it is the turn of {turn.words.en}"
    if due is None:
        return Words(f"{zh}。", f"{en[0].upper()}{en[1:]}.")
    late = due.left < 0
    tail_zh = f"逾期 {-due.left} 个工作日" if late else f"剩 {due.left} 个工作日"
    tail_en = f"{-due.left} working days late" if late else f"{due.left} working days left"
    note_zh, note_en = (due.caveat.zh, f" {due.caveat.en}") if due.caveat else ("", "")
    return Words(
        f"{zh}，{tail_zh}（{due.day}）。{note_zh}",
        f"{en[0].upper()}{en[1:]}, {tail_en} ({due.day}).{note_en}",
    )
