"""The mapping bench: source beside target, codes by frequency, the rows that a change changes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from qundao.intake.suggest import target_model
from qundao.kernel.errors import QundaoError, fail, problem_from_json
from qundao.models import Model
from qundao.node import intake_book, intake_desks, intake_draft, intake_findings
from qundao.node.codes import DECISION_INCOMPLETE
from qundao.node.console.bench_view import (
    columns_view,
    read_outline,
    rules_view,
    sources_of,
    unruled,
)
from qundao.node.console.desk import Desk
from qundao.node.console.endpoints import Decide, Endpoint, Show, decision, page
from qundao.node.console.intake_job_pages import require_loopback
from qundao.node.console.paging import paged
from qundao.node.console.rendering import language_of, render
from qundao.node.intake_book import Version
from qundao.node.intake_codes import NOT_LOOKED
from qundao.node.intake_desks import IntakeDesk

PAGE_ROWS = 20
_LONGEST = 60


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the bench's pages and what their forms do."""
    shown: dict[str, tuple[str, Show]] = {
        "/intake/{desk}/bench": ("intake_bench.html", _bench),
        "/intake/{desk}/codes": ("intake_codes.html", _codes),
        "/intake/{desk}/compare": ("intake_compare.html", _comparison),
    }
    decided: dict[str, tuple[str, Decide]] = {
        "/intake/{desk}/bench/draft": ("/intake/{desk}/bench", _take_draft),
        "/intake/{desk}/bench/take": ("/intake/{desk}/bench", _take),
        "/intake/{desk}/codes": ("/intake/{desk}/codes", _take_codes),
    }
    return [
        *(Route(path, page(desk, *own), methods=["GET"]) for path, own in shown.items()),
        *(
            Route(path, decision(desk, decide, shown[own]), methods=["POST"])
            for path, (own, decide) in decided.items()
        ),
        Route("/intake/{desk}/codes.csv", _codes_file(desk), methods=["GET"]),
    ]


def _places(desk: Desk, request: Request) -> tuple[IntakeDesk, Version | None]:
    name = request.path_params["desk"]
    with desk.office.store.read() as tx:
        held = intake_book.versions(tx, name)
        return intake_desks.get(tx, name), held[-1] if held else None


# --- source beside target ----------------------------------------------------------------------


def _bench(desk: Desk, request: Request) -> dict[str, Any]:
    place, newest = _places(desk, request)
    looked = intake_findings.latest(place, intake_findings.PROFILE)
    facts: dict[str, Any] = {"desk": place, "newest": newest, "looked": looked}
    if looked is None:
        return facts
    language = language_of(request)
    facts |= {
        "problems_found": [problem_from_json(p).text(language) for p in looked["problems"]],
        "undrafted": [problem_from_json(p).text(language) for p in looked.get("undrafted", [])],
        "marks": looked["draft"].count("【改】[ADAPT]"),
        "tables": list(zip(looked["names"], looked["tables"], strict=True)),
    }
    return facts | _source(looked, newest, request.query_params.get("source", ""))


def _source(looked: Mapping[str, Any], newest: Version | None, asked: str) -> dict[str, Any]:
    """Return one source's columns, and the rules of the newest version that read it."""
    chosen = looked["names"].index(asked) if asked in looked["names"] else 0
    name, table = looked["names"][chosen], looked["tables"][chosen]
    told = read_outline(newest.text if newest else looked["draft"])
    own = sources_of(told, table)
    rules = [r for r in told.rules if r.source in own]
    suggested = [s for s in looked["fields"] if s["source"] == name]
    vault: list[str] = next((i["vault"] for i in looked["identity"] if i["source"] == name), [])
    kinds: list[Any] = next((k["kinds"] for k in looked["kinds"] if k["source"] == name), [])
    return {
        "chosen": name,
        "table": table,
        "kind": kinds[0] if kinds else None,
        "reads": own,
        "columns": columns_view(table, rules, vault),
        "rules": rules_view(rules, _model(told.target, looked["target"]), suggested),
        "unruled": unruled(rules, suggested),
    }


def _model(told: str, otherwise: str) -> Model:
    try:
        return target_model(told)
    except QundaoError:
        return target_model(otherwise)


def _take_draft(desk: Desk, request: Request, _: dict[str, str]) -> str:
    """Save the mapping drafted from the sources as the first version."""
    place, _newest = _places(desk, request)
    looked = _looked(place, intake_findings.PROFILE)
    note = "由来源起草 · drafted from the sources"
    _save(desk, request, place, 0, lambda _text: looked["draft"], note)
    return f"/intake/{place.id}/bench"


def _take(desk: Desk, request: Request, form: dict[str, str]) -> str:
    """Put one suggestion, or all that are sure, into the draft: a new version."""
    place, newest = _places(desk, request)
    if "field" in form:
        values = [(form.get("rule", ""), form["field"], form.get("expression", ""))]
    else:
        looked = _looked(place, intake_findings.PROFILE)
        shown = _source(looked, newest, form.get("source", ""))["rules"]
        values = [
            (str(r.number), f.name, f.best["expression"]) for r in shown for f in r.fields if f.sure
        ]
    if not values:
        raise _incomplete("把握足够的建议", "suggestions that are sure", "–")

    def change(text: str) -> str:
        for rule, field, expression in values:
            text = intake_draft.set_field(text, _whole(rule), field, expression)
        return text

    note = ", ".join(f"{field}: {value}" for _, field, value in values)
    _save(desk, request, place, _whole(form.get("newest", "")), change, note[:200])
    return f"/intake/{place.id}/bench?source={form.get('source', '')}"


def _save(
    desk: Desk,
    request: Request,
    place: IntakeDesk,
    newest: int,
    change: Callable[[str], str],
    note: str,
) -> None:
    """Save the newest version's text as changed, in the name of who signed in."""
    with desk.office.store.write() as tx:
        held = intake_book.versions(tx, place.id)
        current = newest == len(held)  # a change of what somebody else wrote is not tried
        text = change(held[-1].text if held else "") if current else ""
        intake_book.save(
            tx,
            desk=place.id,
            text=text,
            base=newest,
            newest=newest,
            note=note,
            person=desk.person(request),
            at=desk.office.stamp(),
        )


# --- codes by frequency ------------------------------------------------------------------------


def _codes(desk: Desk, request: Request) -> dict[str, Any]:
    place, newest = _places(desk, request)
    looked = intake_findings.latest(place, intake_findings.CODES)
    facts: dict[str, Any] = {"desk": place, "newest": newest, "looked": looked}
    if looked is None or not looked["lists"]:
        return facts | {"lists": []}
    told = read_outline(newest.text if newest else "")
    lists = [_list(held, told) for held in looked["lists"]]
    asked = request.query_params.get("list", "")
    chosen = next((x for x in lists if x["list"] == asked), None)
    chosen = chosen or min(lists, key=lambda x: float(x["share"]))
    pages = paged(request, len(chosen["waiting"]), PAGE_ROWS)
    shown = chosen["waiting"][pages.skipped : pages.skipped + PAGE_ROWS]
    return facts | {"lists": lists, "chosen": chosen, "pages": pages, "shown": shown}


def _list(held: Mapping[str, Any], told: intake_draft.Outline) -> dict[str, Any]:
    """Return a list with its coverage in rows, as rehearsed and with what the draft adds."""
    listed = told.lists.get(held["list"])
    known = listed.codes if listed else {}
    gained = sum(c["rows"] for c in held["codes"] if c["code"] in known)
    waiting = [dict(c) for c in held["codes"] if c["code"] not in known]
    reach = held["mapped"] + gained
    for code in waiting:
        reach += code["rows"]
        code["reach"] = _percent(reach, held["rows"])
    return {
        "list": held["list"],
        "file": listed.file if listed else "",
        "published": bool(listed and listed.published),
        "rows": held["rows"],
        "share": _percent(held["mapped"], held["rows"]),
        "drafted": _percent(held["mapped"] + gained, held["rows"]),
        "unmapped": held["unmapped"] - (len(held["codes"]) - len(waiting)),
        "waiting": waiting,
    }


def _percent(part: int, rows: int) -> float:
    return 100 * part / rows if rows else 100.0


def _take_codes(desk: Desk, request: Request, form: dict[str, str]) -> str:
    """Put the chosen concepts into the draft's list: a new version."""
    place, _newest = _places(desk, request)
    listed, chosen = form.get("list", ""), _chosen(form)

    def change(text: str) -> str:
        for code, value in chosen.items():
            text = intake_draft.add_code(text, listed, code, value)
        return text

    note = f"{listed}: " + ", ".join(f"{c} → {v}" for c, v in chosen.items())
    _save(desk, request, place, _whole(form.get("newest", "")), change, note[:200])
    return f"/intake/{place.id}/codes?list={listed}"


def _chosen(form: Mapping[str, str]) -> dict[str, str]:
    """Return the value chosen for each code; what is typed goes before what is picked."""
    found: dict[str, str] = {}
    for kind in ("pick:", "other:"):
        for name, value in form.items():
            if name.startswith(kind) and value.strip():
                found[name.removeprefix(kind)] = value.strip()
    wrong = [v for v in found.values() if len(v) > _LONGEST]
    if wrong or not found:
        zh, en = "至少一个编码的概念号或取值", "a concept id or value for at least one code"
        raise _incomplete(zh, en, ", ".join(wrong)[:90])
    return found


def _codes_file(desk: Desk) -> Endpoint:
    """Return the endpoint of a list's unmapped codes as a file to fill in."""

    async def answer(request: Request) -> Response:
        if desk.session(request) is None:
            return RedirectResponse("/login", 303)
        try:
            require_loopback(request)
            facts = await run_in_threadpool(_codes, desk, request)
        except QundaoError as error:
            return render(desk, request, "problem.html", {}, error)
        waiting = facts["chosen"]["waiting"] if facts["lists"] else []
        headers = {"Content-Disposition": 'attachment; filename="codes.csv"'}
        return Response(_file(waiting), media_type="text/csv; charset=utf-8", headers=headers)

    return answer


def _file(waiting: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("code", "concept", "rows", "name", "suggestion"))
    for code in waiting:
        best = code["candidates"][0] if code["candidates"] else None
        told = f"{best['concept_id']} {best['name']}" if best else ""
        cells = (code["code"], "", code["rows"], code["name"], told)
        writer.writerow([_harmless(c) for c in cells])
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    begins = isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{cell}" if begins else cell


# --- what a change changes ---------------------------------------------------------------------


def _comparison(desk: Desk, request: Request) -> dict[str, Any]:
    place, newest = _places(desk, request)
    looked = intake_findings.latest(place, intake_findings.COMPARISON)
    return {"desk": place, "newest": newest, "looked": looked}


def _looked(place: IntakeDesk, kind: str) -> dict[str, Any]:
    looked = intake_findings.latest(place, kind)
    if looked is None:
        raise fail(NOT_LOOKED, place.name, kind)
    return looked


def _incomplete(zh: str, en: str, received: str) -> QundaoError:
    return fail(DECISION_INCOMPLETE, received, "form", zh=zh, en=en)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else -1
