"""Reads define.xml 2.0 and 2.1: what a sponsor's data sets, variables and code lists are.

Source: CDISC Define-XML 2.0 (2013) and 2.1 (2019). Elements are known by their local names, which
the two versions share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from qundao.intake import codes
from qundao.intake.limits import DEFAULT_LIMITS, Limits
from qundao.intake.safe_xml import local, whole
from qundao.kernel.errors import Problem, fail, problem, raise_if


@dataclass(frozen=True, slots=True)
class CodeList:
    """A code list: decoded texts by coded value (empty for an enumeration), in their order.

    `dictionary` names an external one (MedDRA 23.0), which lists no values here.
    """

    oid: str
    name: str
    data_type: str
    items: Mapping[str, str]
    dictionary: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """What an ItemDef says: type, length, code list and origin, of a variable or of a value."""

    oid: str
    name: str
    label: str
    data_type: str
    length: int | None
    display_format: str
    codelist: str
    origin: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a where clause: the variable's OID, EQ, NE, IN …, and the values."""

    item: str
    comparator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValueLevel:
    """What holds for a variable's values where all the conditions do."""

    item: Item
    conditions: tuple[Condition, ...]
    mandatory: bool


@dataclass(frozen=True, slots=True)
class DefinedVariable:
    """A variable of a data set. `key` is its place in the data set's key, from 1."""

    item: Item
    mandatory: bool
    key: int | None
    role: str
    values: tuple[ValueLevel, ...]

    @property
    def name(self) -> str:
        """Return the variable's name in the data set."""
        return self.item.name


@dataclass(frozen=True, slots=True)
class DefinedDataset:
    """A data set (ItemGroupDef), its variables in order."""

    oid: str
    name: str
    label: str
    domain: str
    kind: str
    structure: str
    file: str
    variables: tuple[DefinedVariable, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the names of the key variables, in the order of the key."""
        keyed = sorted((v.key, v.name) for v in self.variables if v.key is not None)
        return tuple(name for _, name in keyed)


@dataclass(frozen=True, slots=True)
class Define:
    """A define.xml: the study, the standards it names, data sets by name, code lists by OID."""

    study: str
    version: str
    standards: tuple[str, ...]
    datasets: Mapping[str, DefinedDataset]
    codelists: Mapping[str, CodeList]


def read_define(path: Path, limits: Limits = DEFAULT_LIMITS) -> Define:
    """Read a define.xml.

    Raises `intake.hostile` and `intake.beyond_limits` as every XML file, and `intake.unreadable`
    for what is no define.xml, or with all the references in it that lead nowhere.
    """
    root = whole(path, limits)
    version = next(_all(root, "MetaDataVersion"), None)
    if local(root.tag) != "ODM" or version is None:
        raise fail(codes.UNREADABLE, local(root.tag), str(path), what="define.xml 2.x")
    parts = _Parts(version)
    raise_if(parts.dangling(str(path)))
    datasets = [_dataset(group, parts) for group in parts.groups]
    return Define(
        study=next((_text(e) for e in _all(root, "StudyName")), ""),
        version=_attribute(version, "DefineVersion"),
        standards=tuple(_standards(version)),
        datasets={d.name: d for d in datasets},
        codelists={oid: _codelist(e) for oid, e in parts.codelists.items()},
    )


class _Parts:
    """The definitions of a document by their OIDs."""

    def __init__(self, version: Element) -> None:
        self.groups = [e for e in version if local(e.tag) == "ItemGroupDef"]
        self.items = _by_oid(version, "ItemDef")
        self.codelists = _by_oid(version, "CodeList")
        self.value_lists = _by_oid(version, "ValueListDef")
        self.where = _by_oid(version, "WhereClauseDef")

    def dangling(self, where: str) -> Iterator[Problem]:
        """Yield a problem for each reference to what is not defined."""
        held = {
            "ItemRef": ("ItemOID", self.items, [*self.groups, *self.value_lists.values()]),
            "CodeListRef": ("CodeListOID", self.codelists, self.items.values()),
            "ValueListRef": ("ValueListOID", self.value_lists, self.items.values()),
            "WhereClauseRef": ("WhereClauseOID", self.where, self.value_lists.values()),
        }
        for tag, (attribute, defined, parents) in held.items():
            for parent in parents:
                for ref in _all(parent, tag):
                    oid = _attribute(ref, attribute)
                    if oid not in defined:
                        place = f"{where}: {parent.get('OID')}/{tag}"
                        yield problem(codes.UNREADABLE, oid, place, what="define.xml 2.x")


def _by_oid(version: Element, tag: str) -> dict[str, Element]:
    return {e.get("OID", ""): e for e in version if local(e.tag) == tag}


def _all(element: Element, tag: str) -> Iterator[Element]:
    return (e for e in element.iter() if local(e.tag) == tag)


def _attribute(element: Element, name: str) -> str:
    """Return an attribute by its local name (`def:Label` and `Label` are the same here)."""
    return next((v for k, v in element.attrib.items() if local(k) == name), "")


def _text(element: Element) -> str:
    return " ".join((element.text or "").split())


def _described(element: Element) -> str:
    """Return the text of a Description or a Decode below an element."""
    texts = (t for p in element if local(p.tag) in ("Description", "Decode") for t in p)
    return next((_text(t) for t in texts if local(t.tag) == "TranslatedText"), "")


def _standards(version: Element) -> Iterator[str]:
    """Yield the standards: attributes of MetaDataVersion in 2.0, elements of their own in 2.1."""
    if name := _attribute(version, "StandardName"):
        yield f"{name} {_attribute(version, 'StandardVersion')}".strip()
    for standard in _all(version, "Standard"):
        yield f"{standard.get('Name', '')} {standard.get('Version', '')}".strip()


def _dataset(group: Element, parts: _Parts) -> DefinedDataset:
    kind = _attribute(group, "Class") or next((e.get("Name", "") for e in _all(group, "Class")), "")
    leaf = next(_all(group, "leaf"), None)
    refs = [e for e in group if local(e.tag) == "ItemRef"]
    return DefinedDataset(
        oid=group.get("OID", ""),
        name=group.get("Name", ""),
        label=_described(group),
        domain=group.get("Domain", ""),
        kind=kind,
        structure=_attribute(group, "Structure"),
        file=_attribute(leaf, "href") if leaf is not None else "",
        variables=tuple(_variable(ref, parts) for ref in sorted(refs, key=_order)),
    )


def _order(ref: Element) -> int:
    return _number(ref, "OrderNumber") or 0


def _number(element: Element, name: str) -> int | None:
    text = _attribute(element, name)
    return int(text) if text.isascii() and text.isdigit() else None


def _variable(ref: Element, parts: _Parts) -> DefinedVariable:
    definition = parts.items[ref.get("ItemOID", "")]
    lists = [_attribute(e, "ValueListOID") for e in _all(definition, "ValueListRef")]
    return DefinedVariable(
        item=_item(definition),
        mandatory=ref.get("Mandatory") == "Yes",
        key=_number(ref, "KeySequence"),
        role=ref.get("Role", ""),
        values=tuple(v for oid in lists for v in _values(parts.value_lists[oid], parts)),
    )


def _item(definition: Element) -> Item:
    origin = next(_all(definition, "Origin"), None)
    return Item(
        oid=definition.get("OID", ""),
        name=definition.get("Name", ""),
        label=_described(definition),
        data_type=definition.get("DataType", ""),
        length=_number(definition, "Length"),
        display_format=_attribute(definition, "DisplayFormat"),
        codelist=next((e.get("CodeListOID", "") for e in _all(definition, "CodeListRef")), ""),
        origin=origin.get("Type", "") if origin is not None else "",
    )


def _values(value_list: Element, parts: _Parts) -> Iterator[ValueLevel]:
    for ref in _all(value_list, "ItemRef"):
        where = [parts.where[_attribute(e, "WhereClauseOID")] for e in _all(ref, "WhereClauseRef")]
        yield ValueLevel(
            item=_item(parts.items[ref.get("ItemOID", "")]),
            conditions=tuple(_condition(c) for w in where for c in _all(w, "RangeCheck")),
            mandatory=ref.get("Mandatory") == "Yes",
        )


def _condition(check: Element) -> Condition:
    return Condition(
        item=_attribute(check, "ItemOID"),
        comparator=check.get("Comparator", ""),
        values=tuple(_text(v) for v in _all(check, "CheckValue")),
    )


def _codelist(element: Element) -> CodeList:
    external = next(_all(element, "ExternalCodeList"), None)
    dictionary = ""
    if external is not None:
        dictionary = f"{external.get('Dictionary', '')} {external.get('Version', '')}".strip()
    items = [e for e in element if local(e.tag) in ("CodeListItem", "EnumeratedItem")]
    return CodeList(
        oid=element.get("OID", ""),
        name=element.get("Name", ""),
        data_type=element.get("DataType", ""),
        items={e.get("CodedValue", ""): _described(e) for e in items},
        dictionary=dictionary,
    )
