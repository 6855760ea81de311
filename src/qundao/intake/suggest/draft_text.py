"""Writes a draft as YAML: comments in both languages, what must be looked at marked."""

from __future__ import annotations

import glob
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import PurePath

from qundao.intake.profile_result import TableProfile
from qundao.intake.suggest.draft_parts import Draft, DraftRule, DraftSource
from qundao.intake.suggest.filling import PERSON, Source
from qundao.intake.suggest.identity import identifying
from qundao.intake.suggest.reasons import Because, percent
from qundao.intake.suggest.result import Candidate
from qundao.intake.suggest.roles import Match
from qundao.intake.suggest.rules import ListPlan, lists
from qundao.intake.suggest.unfolding import Group

MARK = "【改】[ADAPT]"
_BLOCK_PLAIN = re.compile(r"[^\W_][^:#]*")
_PLAIN = re.compile(r"[^\W\d]\w*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_MOST_OTHERS = 12
_HEAD = """\
# {name}：按来源的画像起草的映射。标有 {mark} 之处须由人核对；百分数是把握的大小。
# A mapping drafted from profiles of the sources. A person has to look at what is marked {mark};
# percentages say how sure the suggestion is.
# 试运行 try it: qundao intake map FILE --sources DIR --to DIR
# 以后新到的文件也要读时，files 里写带 * 的名称：["出院*.xlsx"]
# files may hold *, so that those of later deliveries are read too
"""


def written(draft: Draft) -> str:
    """Return the draft's text."""
    parts = [
        _HEAD.format(name=_one_line(draft.name), mark=MARK),
        f"mapping: {_scalar(draft.name)}\nversion: 1\ntarget: {draft.target}\n",
        _section("sources", (line for s in draft.sources for line in _source(s, draft.rules))),
        _unknown(draft.unknown),
        _section("codes", (line for n in draft.lists for line in _list(lists()[n], draft))),
        _section("identity", (line for s in draft.sources for line in _identity(s))),
        _section("tables", _tables(draft.rules)),
    ]
    return "\n".join(p for p in parts if p)


def _section(name: str, lines: Iterator[str]) -> str:
    held = "\n".join(lines)
    return f"{name}:\n{held}\n" if held else ""


def _source(draft: DraftSource, rules: Sequence[DraftRule]) -> Iterator[str]:
    """Yield a source, with what it was taken for and the columns that will be read."""
    source = draft.source
    kind, shown = source.kind, ", ".join(draft.files)
    yield f"  # {_one_line(shown)}：{kind.words.zh} {kind.words.en}（{percent(kind.score)}）"
    yield from _columns(_read(draft, rules))
    files = [glob.escape(PurePath(t.source).name) for t in draft.tables]
    table = _sheet(source.table)
    told = f", table: {_quoted(table)}" if table else ""
    names = ", ".join(map(_quoted, dict.fromkeys(files)))
    yield f"  {draft.name}: {{files: [{names}]{told}}}"


def _columns(read: Sequence[Match]) -> Iterator[str]:
    """Yield what is known of each column; of numbered ones the first stands for all."""
    numbered = Counter(m.role.id for m in read if m.number is not None)
    told: set[str] = set()
    for match in read:
        more = numbered[match.role.id] - 1 if match.number is not None else 0
        if match.number is not None and match.role.id in told:
            continue
        told.add(match.role.id)
        zh, en = _told([r for r in match.reasons if r.code != "type_fits"])
        words, sure = match.role.words, percent(match.score)
        others = (f"等 {more + 1} 列", f" and {more} more") if more else ("", "")
        yield f"  #   {_one_line(match.column)}{others[0]}：{words.zh}，{sure}。{zh}"
        yield f"  #     {_one_line(match.column)}{others[1]}: {words.en}. {en}"


def _read(draft: DraftSource, rules: Sequence[DraftRule]) -> Sequence[Match]:
    """Return the columns that the source's rules read, each in its likeliest role."""
    own = [r for r in rules if r.source == draft.name]
    read = {c for r in own for f in r.fields.values() for c in f.columns}
    read |= {c for r in own for g in r.groups for c in g.columns}
    best: dict[str, Match] = {}
    for role in draft.source.matches:
        for match in draft.source.usable(role):
            if match.column in read and (
                match.column not in best or best[match.column].score < match.score
            ):
                best[match.column] = match
    return list(best.values())


def _sheet(table: TableProfile) -> str:
    """Return the table's name where its file may hold others."""
    return "" if table.name == table.source else table.table


def _told(reasons: Sequence[Because]) -> tuple[str, str]:
    words = [r.words for r in reasons]
    return "；".join(_one_line(w.zh) for w in words), "; ".join(_one_line(w.en) for w in words)


def _unknown(tables: Sequence[TableProfile]) -> str:
    if not tables:
        return ""
    names = "、".join(_one_line(t.name) for t in tables)
    return (
        f"# {MARK} 没有认出，未写入映射；如需要请补上：{names}\n"
        f"# not recognised, and not in this mapping: {names}\n"
    )


def _list(plan: ListPlan, draft: Draft) -> Iterator[str]:
    mark = "" if plan.whole else f"{MARK} "
    yield f"  # {mark}{plan.words.zh} · {plan.words.en}"
    if plan.file:
        file = f"{{file: {plan.file}, code: code, concept: concept, otherwise: 0}}"
        yield f"  #   换成本单位的编码表 put the site's own list here: {plan.name}: {file}"
        yield f"  {plan.name}: {{otherwise: 0}}"
        return
    others = () if plan.whole else _others(plan, draft)
    if others:
        yield f"  #   来源中另有的写法 also in the sources: {_one_line(', '.join(others))}"
    codes = ", ".join(f"{_quoted(c)}: {v}" for c, v in plan.codes.items())
    yield f"  {plan.name}: {{{codes}}}"


def _others(plan: ListPlan, draft: Draft) -> Sequence[str]:
    """Return the values, frequent ones alone, that stand in the list's columns but not in it."""
    found: dict[str, int] = {}
    for own in draft.sources:
        read = {
            column
            for rule in draft.rules
            if rule.source == own.name
            for candidate in rule.fields.values()
            if f"code({plan.name}," in candidate.expression
            for column in candidate.columns
        }
        for column in own.source.table.columns:
            if column.name in read and not column.hidden and not identifying(column):
                for value, rows in column.values:
                    if value not in plan.codes and not _NUMBER.fullmatch(value):
                        found[value] = found.get(value, 0) + rows
    frequent = sorted(found.items(), key=lambda item: -item[1])[:_MOST_OTHERS]
    return [f"{value} ({rows})" for value, rows in frequent]


def _identity(draft: DraftSource) -> Iterator[str]:
    """Yield which column names a person, and which go to the vault alone."""
    source = draft.source
    found = source.usable(PERSON)
    if not found or source.kind.kind.startswith("cdisc:"):
        return
    person = found[0].column
    others = [m.column for m in found[1:]]
    if others:
        shown = _one_line(", ".join(others))
        yield f"  # {MARK} 也可能是患者编号 may be the number of a patient too: {shown}"
    vault = [_quoted(c) for c in vault_of(source) if c != person]
    told = f", vault: [{', '.join(vault)}]" if vault else ""
    yield f"  - {{source: {draft.name}, person: {_quoted(person)}{told}}}"


def vault_of(source: Source) -> Sequence[str]:
    """Return the columns that identify somebody by what they mean."""
    direct = (c for c in source.table.columns if any(m.direct for m in c.meanings))
    return [c.name for c in direct if c.name in source.identity]


def _tables(rules: Sequence[DraftRule]) -> Iterator[str]:
    for target, own in groupby(rules, key=lambda r: r.target):
        told = list(own)
        for rule in told:
            if rule.lacking:
                lacking = ", ".join(rule.lacking)
                yield f"  # {MARK} {target} ← {rule.source}：缺少必填字段 lacks {lacking}"
        whole = [rule for rule in told if not rule.lacking]
        if whole:
            yield f"  {target}:"
            for rule in whole:
                yield from _rule(rule)


def _rule(rule: DraftRule) -> Iterator[str]:
    yield f"    - from: {rule.source}"
    if rule.one_per:
        yield f"      one_per: {', '.join(rule.one_per)}"
    if rule.groups:
        yield "      each:"
        yield from (f"        - {{{line}}}" for line in _each(rule.groups))
    if rule.where:
        yield f"      where: {_scalar(rule.where)}"
    if rule.reject:
        yield "      reject:"
        for when, why in rule.reject:
            yield f"        - {{when: {_quoted(when)}, because: {_quoted(why)}}}"
    yield "      fields:"
    for name, candidate in rule.fields.items():
        yield f"        {name}: {_scalar(candidate.expression)}{_remark(candidate)}"


def _remark(candidate: Candidate) -> str:
    if not candidate.adapt:
        return f"  # {percent(candidate.score)}" if candidate.columns else ""
    told = [r for r in candidate.reasons if r.code in ("instead_of", "needs_list")]
    zh, en = _told(told) if told else ("把握不大", "not sure")
    return f"  # {percent(candidate.score)} {MARK} {zh} · {en}"


def _each(groups: Sequence[Group]) -> Iterator[str]:
    """Yield the groups' entries; numbered ones that differ in their number alone are one."""
    for _, own in groupby(groups, key=lambda g: g.entry):
        told = list(own)
        common = _numbered(told)
        if common is not None:
            yield ", ".join((_parts(common), f"n: {told[0].number}..{told[-1].number}"))
        else:
            yield from (_parts(g.parts) for g in told)


def _numbered(groups: Sequence[Group]) -> Mapping[str, str] | None:
    """Return the parts with `{n}` for the number, where that alone makes every group."""
    numbers = [g.number for g in groups]
    if len(groups) < 2 or numbers != list(range(numbers[0], numbers[0] + len(groups))):
        return None
    pattern = re.compile(rf"(?<!\d){numbers[0]}(?!\d)")
    first = {n: t if n not in _varied(groups) else pattern.sub("{n}", t, count=1)
             for n, t in groups[0].parts.items()}  # fmt: skip
    made = [{n: t.replace("{n}", str(g.number)) for n, t in first.items()} for g in groups]
    return first if made == [dict(g.parts) for g in groups] else None


def _varied(groups: Sequence[Group]) -> frozenset[str]:
    return frozenset(n for n in groups[0].parts if len({g.parts.get(n) for g in groups}) > 1)


def _parts(parts: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {_quoted(text)}" for name, text in parts.items())


def _scalar(text: str) -> str:
    """Return a text as YAML reads it back: plain where nothing in it can mean anything else."""
    plain = _BLOCK_PLAIN.fullmatch(text) and text.isprintable() and text == text.strip()
    return text if plain else _double_quoted(text)


def _quoted(text: str) -> str:
    """Return a text for the inside of `{…}` or `[…]`."""
    return text if _PLAIN.fullmatch(text) or _NUMBER.fullmatch(text) else _double_quoted(text)


def _double_quoted(text: str) -> str:
    """Return a text in double quotes, with what YAML does not take as it is escaped."""
    held = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in held)


def _one_line(text: str) -> str:
    """Return foreign text as a comment can hold it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
