"""Offering a source: open it, find its model, check and profile it, send the description."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from qundao.catalogue.columns import label_problems
from qundao.catalogue.version import read_version
from qundao.disclosure.data_classes import DATA_CLASSES, check_floors
from qundao.disclosure.thresholds import Floors
from qundao.engines import header_rows, model_version
from qundao.kernel.errors import Problem, QundaoError, problem, raise_if
from qundao.kernel.faults import declare_fault_point, fault_point
from qundao.models import model_of
from qundao.node import (
    datasets,
    descriptions,
    fingerprint,
    gate_log,
    outbox,
    switch,
    vocabulary,
    waivers,
)
from qundao.node.codes import BAD_ABOUT
from qundao.node.datasets import Version
from qundao.node.office import Office
from qundao.node.profile import Profiler
from qundao.node.sources import open_source
from qundao.protocol.messages import RegisterDataset, ReportVocabulary, read_body
from qundao.quality import Site, Waiver, run
from qundao.query.engine import Progress

BEFORE_COMMIT = declare_fault_point("node.dataset.before_commit")
_TEXTS = ("title", "description")
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in a source: to be sent, and (findings) to be kept here."""

    model: str
    profile: dict[str, Any]
    scorecard: dict[str, Any]
    findings: dict[str, Any]
    vocabulary: dict[str, Any] | None = None
    whole: bool = False


def connect(
    office: Office,
    *,
    name: str,
    dsn: str,
    about: Mapping[str, Any],
    cdm_version: str | None = None,
    progress: Progress | None = None,
) -> Version:
    """Examine a source and keep its registration for the hub; return it.

    `about`: title and description ({zh, en}), data_class, tier, min_cell, event_floor, labels.
    The same name later makes a new version. Raises `node.bad_description` with every defect,
    `node.source_not_fixed`, `node.stopped`, `engines.*`, `models.*` and `quality.*`; nothing is
    kept then.
    """
    raise_if(_defects(about))
    with office.store.read() as tx:
        switch.require_running(tx)
        waived = waivers.standing(tx, name)
    place = fingerprint.absolute(dsn)
    fingerprint.require_files(place)
    seen = fingerprint.fingerprint(place)
    today = date.fromisoformat(office.stamp()[:10])
    found = examine(place, int(about["min_cell"]), cdm_version, progress, waived, today)
    body = _body(name, about, found, fingerprint.commitment(place, seen, office.keys.source_secret))
    with office.store.write() as tx:
        switch.require_running(tx)
        message = outbox.put(tx, office, body)
        told, stamp = body.to_json(), office.stamp()
        version = Version(
            message, name, place, found.model, seen, told, found.findings, stamp, None, []
        )
        datasets.insert(tx, replace(version, whole=found.whole))
        gate_log.append(tx, descriptions.registration(message, body), stamp)
        if found.vocabulary is not None:  # after the registration that it belongs to
            report = ReportVocabulary(dataset=name, vocabulary=found.vocabulary)
            listed = descriptions.vocabulary(
                outbox.put(tx, office, report), report, least=body.min_cell
            )
            gate_log.append(tx, listed, stamp)
        fault_point(BEFORE_COMMIT)
    return version


def check(name: str, about: Mapping[str, Any]) -> None:
    """Raise every defect of a name and a description, before anything is read."""
    defects = list(_defects(about))
    if not _NAME.fullmatch(name):
        required = "a–z, 0–9, _ . - (64)"
        defects.insert(0, problem(BAD_ABOUT, name[:90], "name", required=required))
    raise_if(defects)


def examine(
    dsn: str,
    least: int,
    cdm_version: str | None = None,
    progress: Progress | None = None,
    waived: Sequence[Waiver] = (),
    today: date | None = None,
) -> Examined:
    """Open a source and describe it; `today` bounds dates and waivers.

    Raises `engines.*`, `models.*`, `quality.*`.
    """
    site = Site(waivers=tuple(waived)) if waived else None
    with open_source(dsn) as engine:
        raise_if(header_rows(engine))
        version = model_version(engine, told=cdm_version)
        report = run(engine, model_of(version), progress=progress, today=today, site=site)
        profile = Profiler(engine, version, least).run(progress)
        told, whole = vocabulary.told_of(engine, version, least), vocabulary.is_whole(engine)
    findings = report.to_json() | {
        "examples": {check: list(keys) for check, keys in report.examples().items()},
        "vocabulary": vocabulary.summary(told, whole=whole),
    }
    return Examined(str(version), profile, report.card(), findings, told, whole)


def _body(
    name: str, about: Mapping[str, Any], found: Examined, data_digest: str
) -> RegisterDataset:
    """Return the registration, checked by the rule that the hub will apply to it."""
    given = {k: about[k] for k in ("title", "description", "data_class", "tier", "labels")}
    body = read_body(
        RegisterDataset,
        {
            **given,
            "dataset": name,
            "model": found.model,
            "min_cell": about["min_cell"],
            "event_floor": about["event_floor"],
            "data_digest": data_digest,
            "profile": found.profile,
            "scorecard": found.scorecard,
        },
    )
    read_version(body.to_json())
    return body


def _defects(about: Mapping[str, Any]) -> Iterator[Problem]:
    for field in _TEXTS:
        texts = about.get(field)
        if not isinstance(texts, dict) or not all(texts.get(k) for k in ("zh", "en")):
            yield problem(BAD_ABOUT, texts, field, required="{zh, en}")
    if about.get("tier") not in ("open", "registered", "controlled", "federated"):
        required = "open, registered, controlled, federated"
        yield problem(BAD_ABOUT, about.get("tier"), "tier", required=required)
    if not isinstance(about.get("labels"), dict):
        yield problem(BAD_ABOUT, about.get("labels"), "labels", required="an object")
    else:
        yield from label_problems(about["labels"])
    yield from _floor_defects(about)


def _floor_defects(about: Mapping[str, Any]) -> Iterator[Problem]:
    name = about.get("data_class")
    if name not in DATA_CLASSES:
        yield problem(BAD_ABOUT, name, "data_class", required=", ".join(DATA_CLASSES))
        return
    whole = [about.get(k) for k in ("min_cell", "event_floor")]
    if any(type(n) is not int for n in whole):
        yield problem(BAD_ABOUT, whole, "min_cell, event_floor", required="whole numbers")
        return
    try:
        yield from check_floors(str(name), Floors(about["min_cell"], about["event_floor"]))
    except QundaoError as error:
        yield from error.problems
