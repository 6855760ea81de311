"""Reads a site's file: every defect is told at once, and then nothing of it is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import TypeVar

from qundao.kernel.clock import utc_now
from qundao.kernel.errors import Problem, QundaoError, problem, raise_if
from qundao.kernel.strict_yaml import LARGEST, Value, read_yaml
from qundao.kernel.words import Words
from qundao.models.model import Model
from qundao.quality.catalogue import checks_for
from qundao.quality.check import Check
from qundao.quality.codes import BAD_SITE_ENTRY, BAD_YAML
from qundao.quality.described import widened
from qundao.quality.rules.related import RELATED
from qundao.quality.site.conditions import Held
from qundao.quality.site.custom import read_custom
from qundao.quality.site.entries import Entry
from qundao.quality.site.site import Site, Threshold
from qundao.quality.site.trial import failures
from qundao.quality.source import Source
from qundao.quality.waiver import Waiver, grant
from qundao.query.engine import Engine

SECTIONS = ("thresholds", "checks", "waivers")
_ONE = TypeVar("_ONE", Threshold, Check, Waiver)


def read_site(
    text: str, name: str, engine: Engine, model: Model, today: date | None = None
) -> Site:
    """Return what a site's file sets, for the model's checks over this source.

    Raises `quality.bad_yaml`, `quality.bad_site_entry`, `quality.bad_condition` and
    `quality.bad_waiver`: every defect with its line, where the text can be read at all.
    """
    reader, day = _Reader(name, read_yaml(text, name, BAD_YAML)), today or utc_now().date()
    wide = widened(model, engine.schema)
    site = reader.read(checks_for(model), _held(wide), day)
    raise_if(sorted(reader.problems, key=_line))
    raise_if(failures(site.checks, reader.places, Source(engine, wide, day)))
    return site


def read_bytes(data: bytes, name: str) -> str:
    """Return a file's text. Raises `quality.bad_yaml` where it is too large or not UTF-8."""
    words = Words(
        f"UTF-8 文本，不超过 {LARGEST:,} 字节", f"UTF-8 text of at most {LARGEST:,} bytes"
    )
    try:
        if len(data) > LARGEST:
            raise ValueError(f"{len(data):,} B")
        return data.decode("utf-8-sig")
    except ValueError as error:
        received = str(error)[:120]
        found = problem(BAD_YAML, received, name, zh=words.zh, en=words.en)
        raise QundaoError(found) from error


@dataclass
class _Reader:
    file: str
    value: Value
    problems: list[Problem] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)

    def read(self, catalogue: Sequence[Check], held: Held, today: date) -> Site:
        sections = self._sections()
        checks = self._entries(sections, "checks", lambda e: self._check(e, held))
        known = [*catalogue, *checks]
        thresholds = self._entries(
            sections, "thresholds", lambda e: _threshold(e, catalogue, self.places)
        )
        waivers = self._entries(sections, "waivers", lambda e: _waiver(e, known, today))
        return Site(thresholds, checks, waivers)

    def _sections(self) -> dict[str, Value]:
        if isinstance(self.value.held, dict):
            top = Entry(self.file, "", self.value)
            top.check_fields((), SECTIONS)
            self.problems += top.problems
            return self.value.held
        listed = ", ".join(SECTIONS)
        self._note(self.value, Words(f"各节：{listed}", f"the sections {listed}"))
        return {}

    def _entries(
        self, sections: dict[str, Value], name: str, read: Callable[[Entry], _ONE | None]
    ) -> tuple[_ONE, ...]:
        section = sections.get(name)
        if section is None or section.held == "":
            return ()
        if not isinstance(section.held, list):
            self._note(section, Words(f"{name} 之下是一列条目", f"a list of entries under {name}"))
            return ()
        found = []
        for number, value in enumerate(section.held, 1):
            entry = Entry(self.file, f"{name}[{number}]", value)
            found.append(read(entry))
            self.problems += entry.problems
        return tuple(one for one in found if one is not None)

    def _check(self, entry: Entry, held: Held) -> Check | None:
        check = read_custom(entry, held)
        id_ = entry.text("id")
        if id_ and id_ in self.places:
            entry.note("id", id_, Words("每个编号只用一次", "each id once"))
        self.places[id_] = entry.place("violated" if "violated" in entry.fields else "kind")
        return check

    def _note(self, value: Value, required: Words) -> None:
        received = (
            str(value.held)[:80] if isinstance(value.held, str) else type(value.held).__name__
        )
        place = f"{self.file}:{value.line}"
        self.problems.append(
            problem(BAD_SITE_ENTRY, received, place, zh=required.zh, en=required.en)
        )


def _threshold(entry: Entry, catalogue: Sequence[Check], taken: dict[str, str]) -> Threshold | None:
    entry.check_fields(("check", "threshold_pct", "reason"))
    threshold = Threshold(entry.text("check"), entry.percent("threshold_pct"), entry.text("reason"))
    if "reason" in entry.fields and not threshold.reason:
        entry.note("reason", "", Words("理由", "a reason"))
    meant = [c.id for c in catalogue if threshold.covers(c)]
    if "check" in entry.fields and not meant:
        entry.note("check", threshold.check, _near(threshold.check, catalogue))
    for twice in [id_ for id_ in meant if id_ in taken][:1]:
        required = Words(
            f"每项检查只改一次（{taken[twice]}）", f"one threshold each ({taken[twice]})"
        )
        entry.note("check", twice, required)
    taken.update(dict.fromkeys(meant, entry.place("check")))
    return None if entry.problems else threshold


def _waiver(entry: Entry, known: Sequence[Check], today: date) -> Waiver | None:
    fields = ("check", "reason", "by", "until")
    entry.check_fields(fields)
    if entry.problems:
        return None
    try:
        waiver = grant(**{name: entry.text(name) for name in fields}, today=today)
    except QundaoError as error:
        entry.keep(error)
        return None
    if not any(waiver.covers(check.id) for check in known):
        entry.note("check", waiver.check, _near(waiver.check, known))
    return waiver


def _near(pattern: str, known: Sequence[Check]) -> Words:
    near = ", ".join(get_close_matches(pattern, [c.id for c in known], 3)) or "–"
    return Words(
        f"至少符合一项检查的编号（相近：{near}）", f"the id of at least one check (near: {near})"
    )


def _held(model: Model) -> Held:
    named = tuple(RELATED) if model.standard == "cdisc" else ()
    fields = {t.name: t.names for t in model.tables}
    return Held(fields, {t.name: t.keys for t in model.tables}, named)


def _line(found: Problem) -> int:
    """Return the line that a problem's place names: problems are told in the file's order."""
    return int(found.where.partition(" ")[0].rpartition(":")[2])
