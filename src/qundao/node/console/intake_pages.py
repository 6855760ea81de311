"""The intake desks' pages: the list, one desk, its mapping's versions, the editor, the release."""

from __future__ import annotations

import difflib
from typing import Any

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from qundao.intake.load import versions as loaded_versions
from qundao.intake.templates import TEMPLATES, template
from qundao.kernel.errors import Problem, QundaoError, fail
from qundao.kernel.ids import new_id
from qundao.node import intake_book, intake_desks, intake_jobs, people
from qundao.node.console.desk import Desk
from qundao.node.console.endpoints import Decide, Show, decision, page
from qundao.node.console.rendering import language_of
from qundao.node.intake_book import Version
from qundao.node.intake_codes import UNKNOWN_MAPPING
from qundao.node.intake_places import desk_mapping
from qundao.node.store import Tx

_DIGITS = 10
_DECISIONS = {
    "propose": intake_book.propose,
    "return": intake_book.give_back,
    "release": intake_book.release,
}


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the pages of desks and mappings."""
    shown: dict[str, tuple[str, Show]] = {
        "/intake": ("intake.html", _desks),
        "/intake/{desk}": ("intake_desk.html", show_desk),
        "/intake/{desk}/edit": ("intake_edit.html", _edit),
        "/intake/{desk}/versions/{version}": ("intake_version.html", _version),
    }
    decided: dict[str, tuple[str, Decide]] = {
        "/intake": ("/intake", _open_desk),
        "/intake/{desk}/edit": ("/intake/{desk}/edit", _save),
        "/intake/{desk}/versions/{version}/withdraw": (
            "/intake/{desk}/versions/{version}",
            _withdraw,
        ),
        **{
            f"/intake/{{desk}}/versions/{{version}}/{name}": (
                "/intake/{desk}/versions/{version}",
                _deciding(name),
            )
            for name in _DECISIONS
        },
    }
    return [
        *(Route(path, page(desk, *own), methods=["GET"]) for path, own in shown.items()),
        *(
            Route(path, decision(desk, decide, shown[own]), methods=["POST"])
            for path, (own, decide) in decided.items()
        ),
    ]


# --- what each page shows --------------------------------------------------------------------


def _desks(desk: Desk, request: Request) -> dict[str, Any]:
    with desk.office.store.read() as tx:
        held = intake_desks.all_desks(tx)
        return {
            "desks": [(d, intake_book.released(tx, d.id), loaded_versions(d.loaded)) for d in held],
            "people": [p for p in people.everyone(tx) if not p.ended],
            "form": _form(request),
        }


def show_desk(desk: Desk, request: Request) -> dict[str, Any]:
    """Return what the desk's own page shows; forms that start its jobs are on it."""
    name = request.path_params["desk"]
    with desk.office.store.read() as tx:
        place = intake_desks.get(tx, name)
        held = intake_book.versions(tx, name)
        jobs = intake_jobs.of_desk(tx, desk.office, name)
        loaded = loaded_versions(place.loaded)
        return {
            "desk": place,
            "versions": held[::-1],
            "newest": held[-1] if held else None,
            "released": intake_book.released(tx, name),
            "proposed": [v for v in held if v.state == intake_book.PROPOSED],
            "jobs": jobs,
            "busy": next((j for j in jobs if j.state == intake_jobs.RUNNING), None),
            "profiled": intake_jobs.latest(tx, desk.office, name, intake_jobs.PROFILE),
            "rehearsed": intake_jobs.latest(tx, desk.office, name, intake_jobs.REHEARSE),
            "loaded": loaded[::-1],
            "registered": _registered(jobs),
            "broken_at": intake_book.broken_at(tx),
            "request": new_id("request"),
        }


def _registered(jobs: list[intake_jobs.Job]) -> dict[int, str]:
    """Return the registration's message of each loaded version that was registered."""
    done = [j for j in jobs if (j.kind, j.state) == (intake_jobs.REGISTER, intake_jobs.DONE)]
    return {j.outcome["loaded"]: j.outcome["message"] for j in done}


def _edit(desk: Desk, request: Request) -> dict[str, Any]:
    """Return the editor: over the newest version, or the one asked for, or a template."""
    name, form = request.path_params["desk"], _form(request)
    with desk.office.store.read() as tx:
        place = intake_desks.get(tx, name)
        held = intake_book.versions(tx, name)
    asked = _whole(request.query_params.get("from", ""), 0)
    base = asked if 1 <= asked <= len(held) else len(held)
    begun = request.query_params.get("template", "")
    text = held[base - 1].text if base else template(begun) if begun in TEMPLATES else ""
    text = form.get("text", text).replace("\r\n", "\n")
    return {
        "desk": place,
        "base": _whole(form.get("base", ""), base),
        "newest": _whole(form.get("newest", ""), len(held)),
        "held": len(held),
        "text": text,
        "note": form.get("note", ""),
        "templates": TEMPLATES,
        "defects": defects(text, language_of(request)) if text.strip() else [],
        "lines": text.splitlines(),
    }


def _version(desk: Desk, request: Request) -> dict[str, Any]:
    name, number = request.path_params["desk"], _number(request, "version")
    with desk.office.store.read() as tx:
        place, held = intake_desks.get(tx, name), intake_book.get(tx, name, number)
        before = _compared_with(tx, held)
        wrote = intake_book.writers(tx, held)
        return {
            "desk": place,
            "version": held,
            "before": before,
            "first": not (before and intake_book.was_released(before)),
            "changes": changed_lines(before.text if before else "", held.text),
            "defects": defects(held.text, language_of(request)),
            "journal": [e for e in intake_book.journal(tx, name) if e.version == number],
            "wrote": wrote,
            "own": desk.person(request) in wrote,
            "proposer": intake_book.proposal(tx, held).who
            if held.state == intake_book.PROPOSED
            else "",
            "whole": held.whole,
            "compared": intake_jobs.latest(tx, desk.office, name, intake_jobs.COMPARE),
            "request": new_id("request"),
            "note": _form(request).get("note", ""),
        }


def _compared_with(tx: Tx, version: Version) -> Version | None:
    """Return the last version released before this one, else the one it was made of."""
    held = intake_book.versions(tx, version.desk)
    passed = [v for v in held if intake_book.was_released(v) and v.number < version.number]
    if passed:
        return passed[-1]
    return held[version.parent - 1] if version.parent else None


def changed_lines(before: str, after: str) -> list[tuple[str, str]]:
    """Return (sign, line) of a unified diff, three lines around each change."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    return [(line[:1], line[1:]) for line in list(found)[2:]]


def defects(text: str, language: str) -> list[dict[str, Any]]:
    """Return what is wrong with a mapping's text, each with the `line` it is on (from 1)."""
    try:
        desk_mapping(text, "mapping")
    except QundaoError as error:
        return [p.text(language) | {"line": _line(p)} for p in error.problems]
    return []


def _line(found: Problem) -> int:
    told = found.where.rpartition(":")[2]
    return int(told) if told.isdecimal() else 1


# --- what is decided -------------------------------------------------------------------------


def _open_desk(desk: Desk, request: Request, form: dict[str, str]) -> str:
    given = {name: form.get(name, "") for name in ("name", "sources", "folder")}
    made = intake_desks.open_desk(desk.office, **given, person=desk.person(request))
    return f"/intake/{made.id}"


def _save(desk: Desk, request: Request, form: dict[str, str]) -> str:
    name = request.path_params["desk"]
    base, newest = (
        int(t) if (t := form.get(n, "")).isdecimal() else -1 for n in ("base", "newest")
    )
    with desk.office.store.write() as tx:
        saved = intake_book.save(
            tx,
            desk=name,
            text=form.get("text", ""),
            base=base,
            newest=newest,
            note=form.get("note", ""),
            person=desk.person(request),
            at=desk.office.stamp(),
        )
    return f"/intake/{name}/versions/{saved.number}"


def _deciding(name: str) -> Decide:
    act = _DECISIONS[name]

    def decide(desk: Desk, request: Request, form: dict[str, str]) -> str:
        place, number = request.path_params["desk"], _number(request, "version")
        with desk.office.store.write() as tx:
            act(
                tx,
                desk=place,
                version=number,
                digest=form.get("digest", ""),
                note=form.get("note", ""),
                person=desk.person(request),
                at=desk.office.stamp(),
            )
        return f"/intake/{place}/versions/{number}"

    return decide


def _withdraw(desk: Desk, request: Request, form: dict[str, str]) -> str:
    place, number = request.path_params["desk"], _number(request, "version")
    with desk.office.store.write() as tx:
        intake_book.withdraw(
            tx,
            desk=place,
            version=number,
            note=form.get("note", ""),
            person=desk.person(request),
            at=desk.office.stamp(),
        )
    return f"/intake/{place}/versions/{number}"


def _form(request: Request) -> dict[str, str]:
    """Return what was written in a form that was refused."""
    return getattr(request.state, "form", {})


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and len(text) < _DIGITS else otherwise


def _number(request: Request, name: str) -> int:
    found = _whole(request.path_params[name], -1)
    if found < 0:
        raise fail(UNKNOWN_MAPPING, request.path_params[name][:20], name, newest="…")
    return found
