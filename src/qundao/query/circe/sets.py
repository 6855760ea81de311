"""Concept sets of a Circe definition: numbered there, named here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from qundao.kernel.errors import QundaoError
from qundao.query.circe.node import Node
from qundao.query.concepts import ConceptItem, ConceptSet
from qundao.query.names import refuse_program
from qundao.query.values import LONGEST_TEXT

_MOST_CONCEPTS = 2**31 - 1


class SetNames:
    """The concept sets of a definition by their numbers."""

    def __init__(self, by_number: Mapping[int, ConceptSet]) -> None:
        self._by_number = by_number

    @property
    def all(self) -> tuple[ConceptSet, ...]:
        """Return the concept sets in their order."""
        return tuple(self._by_number.values())

    def name(self, place: Node) -> str | None:
        """Return the name of the set whose number stands here; None if there is no number."""
        if not place:
            return None
        found = self._by_number.get(place.whole(0))
        if found is None:
            place.bad("定义中概念集的编号", "the number of a concept set of the definition")
            return None
        return found.name


def read_sets(place: Node) -> SetNames:
    """Read all concept sets."""
    nodes = list(place.items())
    names = distinct_names([title(n["name"]) for n in nodes], "concept set")
    found: dict[int, ConceptSet] = {}
    for node, name in zip(nodes, names, strict=True):
        if not node.object():
            continue
        number = node["id"].whole(lowest=0)
        if number in found:
            node["id"].bad("互不相同的编号", "numbers that differ")
        found[number] = _concept_set(node, name)
    return SetNames(found)


def _concept_set(node: Node, name: str) -> ConceptSet:
    listed = node["expression"]["items"]
    items = tuple(_item(i) for i in listed.items(required=True))
    return listed.made(lambda: ConceptSet(name, items), ConceptSet(name, ()))


def _item(node: Node) -> ConceptItem:
    node.object()
    return ConceptItem(
        node["concept"]["CONCEPT_ID"].whole(lowest=0, most=_MOST_CONCEPTS),
        node["includeDescendants"].flag(),
        node["includeMapped"].flag(),
        node["isExcluded"].flag(),
    )


def title(place: Node) -> str:
    """Return a name as it is written; note it if it is a piece of a program."""
    text = place.text("")
    try:
        refuse_program(place.place, text)
    except QundaoError as error:
        place.notes += error.problems
        return ""
    return text


def distinct_names(texts: Iterable[str], otherwise: str) -> list[str]:
    """Return names that can be printed and differ, as close to what is written as can be.

    Published definitions have names of several lines, and some names twice.
    """
    taken: dict[str, None] = {}
    times: Counter[str] = Counter()
    for i, text in enumerate(texts):
        name = base = tidy(text) or f"{otherwise} {i + 1}"
        while name in taken:
            times[base] += 1
            name = f"{base[: LONGEST_TEXT - 8]} ({times[base] + 1})"
        taken[name] = None
    return list(taken)


def tidy(text: str) -> str:
    """Return a text on one line, without what cannot be printed, of bounded length."""
    kept = "".join(c if c.isprintable() else " " for c in text[: 10 * LONGEST_TEXT])
    return " ".join(kept.split())[:LONGEST_TEXT].strip()
