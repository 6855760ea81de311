"""What a column's name says: the roles whose known names it has, and those it is like.

A name is held against the lexicon once. How alike two are is the Jaccard index (1901) of their
pairs of characters, or that the known one stands inside the other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

from qundao.intake.suggest.lexicon import NUMBER, Listed, numbered_forms, plain_name, roles
from qundao.intake.suggest.likeness import bigrams, inside

_LEAST_LIKE = 0.5
_REMEMBERED = 20_000
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Named:
    """A listed name that a column's is, or is like (`likeness` 0 to 1), and the column's number."""

    role: str
    listed: Listed
    number: int | None
    likeness: float = 1.0


@lru_cache(maxsize=_REMEMBERED)
def known(name: str) -> tuple[Named, ...]:
    """Return the roles that a name is known for, a name without a number first."""
    forms = [(plain_name(name), None), *numbered_forms(plain_name(name))]
    return tuple(
        Named(role, listed, number)
        for form, number in forms
        for role, listed in _by_plain().get(form, ())
    )


@lru_cache(maxsize=_REMEMBERED)
def alike(name: str) -> Mapping[str, Named]:
    """Return, for each role that has a name like this one, the likest of them."""
    plain = plain_name(name)
    best: dict[str, Named] = {}
    for form, number in [(plain, None), *numbered_forms(plain)]:
        own = bigrams(form)
        common = Counter(place for gram in own for place in _by_gram().get(gram, ()))
        for place, shared in common.items():
            role, listed, many = _every()[place]
            if (NUMBER in listed.plain) != (number is not None):
                continue
            likeness = max(shared / (len(own) + many - shared), inside(listed.plain, form))
            if likeness >= _LEAST_LIKE and (role not in best or best[role].likeness < likeness):
                best[role] = Named(role, listed, number, likeness)
    return MappingProxyType(best)


def below_heading(name: str) -> tuple[str, ...]:
    """Return what a name below a merged heading is called by itself.

    Of `病人信息_住院号` that is 住院号; of `出院诊断_诊断代码`, 出院诊断代码 and then 诊断代码.
    An English name is one whole: the `id` of `patient_id` says nothing by itself.
    """
    headings, _, own = name.rpartition("_")
    heading = headings.rpartition("_")[2]
    if not heading or not _CHINESE.search(own):
        return ()
    shared = next((n for n in range(len(own), 0, -1) if heading.endswith(own[:n])), 0)
    return (heading + own[shared:], own) if shared else (own,)


@cache
def _every() -> Sequence[tuple[str, Listed, int]]:
    """Return each listed name with its role and how many pairs of characters it has."""
    return [
        (role.id, listed, len(bigrams(listed.plain)))
        for role in roles().values()
        for listed in role.names
    ]


@cache
def _by_plain() -> Mapping[str, Sequence[tuple[str, Listed]]]:
    index: dict[str, list[tuple[str, Listed]]] = {}
    for role, listed, _ in _every():
        index.setdefault(listed.plain, []).append((role, listed))
    return index


@cache
def _by_gram() -> Mapping[str, Sequence[int]]:
    index: dict[str, list[int]] = {}
    for place, (_, listed, _) in enumerate(_every()):
        for gram in bigrams(listed.plain):
            index.setdefault(gram, []).append(place)
    return index
