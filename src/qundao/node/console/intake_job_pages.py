"""The pages of a desk's jobs and of what was loaded: progress, account, rejects, registration."""

from __future__ import annotations

import re
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from qundao.catalogue.columns import DESCRIBED, TITLES
from qundao.disclosure.data_classes import DATA_CLASSES
from qundao.intake.load import versions as loaded_versions
from qundao.intake.load.reasons import reason_words
from qundao.intake.load.versions import Version
from qundao.intake.suggest import target_model
from qundao.kernel.errors import QundaoError, fail, problem_from_json
from qundao.kernel.ids import new_id
from qundao.node import datasets, intake_desks, intake_jobs, register
from qundao.node.codes import DECISION_INCOMPLETE
from qundao.node.console.desk import Desk
from qundao.node.console.endpoints import Decide, Endpoint, Show, decision, page
from qundao.node.console.intake_pages import show_desk
from qundao.node.console.rendering import language_of, render
from qundao.node.intake_codes import NO_VERSION, NOT_LOOPBACK, UNKNOWN_JOB
from qundao.node.intake_desks import IntakeDesk
from qundao.node.intake_jobs import ADD, ALL, COMPARE, KINDS, LOAD, PROFILE, REGISTER, REHEARSE

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_LOOPBACK = ("127.0.0.1", "::1")
_JOB, _LOADED = "/intake/{desk}/jobs/{job}", "/intake/{desk}/loaded/{number}"


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the pages of jobs and of loaded versions."""
    shown: dict[str, tuple[str, Show]] = {
        "/intake/{desk}": ("intake_desk.html", show_desk),
        _JOB: ("intake_job.html", _job),
        _LOADED: ("intake_loaded.html", _loaded),
        f"{_LOADED}/register": ("intake_register.html", _register_page),
    }
    decided: dict[str, tuple[str, Decide]] = {
        "/intake/{desk}/jobs": ("/intake/{desk}", _start),
        f"{_JOB}/resume": (_JOB, _resume),
        f"{_JOB}/cancel": (_JOB, _cancel),
        f"{_LOADED}/register": (f"{_LOADED}/register", _register),
    }
    own = [path for path in shown if path != "/intake/{desk}"]
    return [
        *(Route(path, page(desk, *shown[path]), methods=["GET"]) for path in own),
        *(
            Route(path, decision(desk, decide, shown[of]), methods=["POST"])
            for path, (of, decide) in decided.items()
        ),
        Route(f"{_LOADED}/rejects.csv", _rejects(desk), methods=["GET"]),
    ]


# --- jobs --------------------------------------------------------------------------------------


def _job(desk: Desk, request: Request) -> dict[str, Any]:
    place, job = _places(desk, request)
    stages = [s | {"left": _left(s)} for s in job.progress]
    return {
        "desk": place,
        "job": job,
        "stages": stages,
        "live": job.state == intake_jobs.RUNNING and "still" not in request.query_params,
        "account": job.outcome.get("account"),
        "told": [problem_from_json(p).text(language_of(request)) for p in job.problems],
        "reason_words": reason_words,
    }


def _left(stage: dict[str, Any]) -> float | None:
    """Return the seconds that a stage still takes, where its size is known."""
    if not stage["total"] or not stage["rate"]:
        return None
    return max(0.0, float(stage["total"] - stage["rows"]) / float(stage["rate"]))


def _start(desk: Desk, request: Request, form: dict[str, str]) -> str:
    """Start a job by one of the forms; each form can be sent once."""
    name, kind = request.path_params["desk"], form.get("kind", "")
    if kind not in KINDS or kind == REGISTER:
        words = {"zh": "一种入库工作", "en": "a kind of intake job"}
        raise fail(DECISION_INCOMPLETE, kind[:40], "kind", **words)
    job = intake_jobs.start(
        desk.office,
        desk=name,
        kind=kind,
        given=_given(kind, form),
        request=form.get("request", "")[:80] or new_id("request"),
        person=desk.person(request),
    )
    return f"/intake/{name}/jobs/{job.id}"


def _given(kind: str, form: dict[str, str]) -> dict[str, Any]:
    if kind == PROFILE:
        target_model(form.get("target", ""))
        return {"target": form["target"]}
    names = {REHEARSE: ("version",), LOAD: ("version",), COMPARE: ("version", "base")}[kind]
    told = {n: form.get(n, "") for n in names}
    if not all(t.isdecimal() and len(t) < 10 for t in told.values()):
        words = {"zh": "映射的版本号", "en": "the number of a version"}
        raise fail(DECISION_INCOMPLETE, str(told), "version", **words)
    given: dict[str, Any] = {n: int(t) for n, t in told.items()}
    return given | {"how": _how(form)} if kind == LOAD else given


def _how(form: dict[str, str]) -> str:
    """Return whether all is loaded anew, or what is new is added; forms without a choice: all."""
    how = form.get("how", ALL)
    if how not in (ALL, ADD):
        words = {"zh": "全部重新载入（all）或追加（add）", "en": "all or add"}
        raise fail(DECISION_INCOMPLETE, how[:40], "how", **words)
    return how


def _resume(desk: Desk, request: Request, _: dict[str, str]) -> str:
    place, job = _places(desk, request)
    intake_jobs.resume(desk.office, job=job.id, person=desk.person(request))
    return f"/intake/{place.id}/jobs/{job.id}"


def _cancel(desk: Desk, request: Request, _: dict[str, str]) -> str:
    place, job = _places(desk, request)
    intake_jobs.cancel(desk.office, job=job.id, person=desk.person(request))
    return f"/intake/{place.id}/jobs/{job.id}"


def _places(desk: Desk, request: Request) -> tuple[IntakeDesk, intake_jobs.Job]:
    place, job = _desk(desk, request), intake_jobs.find(desk.office, request.path_params["job"])
    if job.desk != place.id:
        raise fail(UNKNOWN_JOB, job.id, "job")
    return place, job


def _desk(desk: Desk, request: Request) -> IntakeDesk:
    with desk.office.store.read() as tx:
        return intake_desks.get(tx, request.path_params["desk"])


# --- what was loaded ---------------------------------------------------------------------------


def _loaded(desk: Desk, request: Request) -> dict[str, Any]:
    place = _desk(desk, request)
    version = _loaded_version(place, request)
    rejects = version.folder / "rejects.csv"
    return {
        "desk": place,
        "version": version,
        "account": version.account,
        "rejects": rejects.stat().st_size if rejects.is_file() else 0,
        "reason_words": reason_words,
        "registered": show_desk(desk, request)["registered"].get(version.number),
    }


def _loaded_version(place: IntakeDesk, request: Request) -> Version:
    told = request.path_params["number"]
    for version in loaded_versions(place.loaded):
        if str(version.number) == told:
            return version
    raise fail(NO_VERSION, told[:20], "version")


def _rejects(desk: Desk) -> Endpoint:
    async def answer(request: Request) -> Response:
        if desk.session(request) is None:
            return RedirectResponse("/login", 303)
        try:
            require_loopback(request)
            place = await run_in_threadpool(_desk, desk, request)
            version = await run_in_threadpool(_loaded_version, place, request)
        except QundaoError as error:
            return render(desk, request, "problem.html", {}, error)
        file = version.folder / "rejects.csv"
        name = f"rejects-v{version.number:04d}.csv"
        return FileResponse(file, media_type="text/csv; charset=utf-8", filename=name)

    return answer


def require_loopback(request: Request) -> None:
    """Refuse a file with patients' data to anything but a browser of this machine."""
    client = request.client.host if request.client else ""
    passed_on = [name for name in _FORWARDED if name in request.headers]
    if client not in _LOOPBACK or passed_on:
        raise fail(NOT_LOOPBACK, ", ".join(passed_on) or client, "rejects.csv")


# --- registering it ----------------------------------------------------------------------------


def _register_page(desk: Desk, request: Request) -> dict[str, Any]:
    """Return the form, filled with what is known: an earlier registration, else the account."""
    place = _desk(desk, request)
    version = _loaded_version(place, request)
    form: dict[str, str] = getattr(request.state, "form", {})
    name = form.get("name") or _usual_name(desk, place, version)
    with desk.office.store.read() as tx:
        before = datasets.of_name(tx, name)
    given = _flat(before[-1].body) if before else _suggested(place, version)
    return {
        "desk": place,
        "version": version,
        "given": {"name": name} | given | form,
        "again": bool(before),
        "described": [(key, TITLES[key]) for key in DESCRIBED],
        "classes": DATA_CLASSES.values(),
        "request": new_id("request"),
    }


def _usual_name(desk: Desk, place: IntakeDesk, version: Version) -> str:
    """Return the name under which the desk registered last, else the mapping's."""
    with desk.office.store.read() as tx:
        done = intake_jobs.latest(tx, desk.office, place.id, REGISTER)
    if done:
        return str(done.given["name"])
    plain = re.sub(r"[^a-z0-9]+", "-", version.account["mapping"]["name"].lower()).strip("-")
    return plain[:60] or f"dataset-{place.id[-6:]}"  # a name in Chinese: no two desks share it


def _suggested(place: IntakeDesk, version: Version) -> dict[str, str]:
    told, rows = version.account["mapping"], sum(version.account["rows"].values())
    mapped = f"{told['name']}@{told['version']}"
    sources = len({s["source"] for s in version.account["sources"]})
    floors = DATA_CLASSES["hospital_records"].default
    return {
        "title_zh": place.name,
        "title_en": told["name"],
        "description_zh": f"由 {sources} 个来源按映射 {mapped} 载入，共 {rows:,} 行",
        "description_en": f"loaded by the mapping {mapped}; sources: {sources}, rows: {rows:,}",
        "data_class": "hospital_records",
        "tier": "federated",
        "min_cell": str(floors.min_cell),
        "event_floor": str(floors.event_floor),
        "source_zh": "医院信息系统导出",
        "source_en": "exports of the hospital's systems",
        "collection_zh": "诊疗过程中产生，入库时逐行核对",
        "collection_en": "collected in care, checked row by row at intake",
        "compliance_zh": "",
        "compliance_en": "",
        "sharing_zh": "按积分",
        "sharing_en": "for credits",
    }


def _flat(body: dict[str, Any]) -> dict[str, str]:
    """Return an earlier registration as the form's fields."""
    texts = {n: body[n] for n in ("title", "description")} | body["labels"]
    told = {f"{n}_{x}": str(words.get(x, "")) for n, words in texts.items() for x in ("zh", "en")}
    plain = ("data_class", "tier", "min_cell", "event_floor")
    return told | {n: str(body[n]) for n in plain}


def _register(desk: Desk, request: Request, form: dict[str, str]) -> str:
    place = _desk(desk, request)
    version = _loaded_version(place, request)
    about = _about(form)
    register.check(form.get("name", ""), about)
    job = intake_jobs.start(
        desk.office,
        desk=place.id,
        kind=REGISTER,
        given={"loaded": version.number, "name": form["name"], "about": about},
        request=form.get("request", "")[:80] or new_id("request"),
        person=desk.person(request),
    )
    return f"/intake/{place.id}/jobs/{job.id}"


def _about(form: dict[str, str]) -> dict[str, Any]:
    def words(name: str) -> dict[str, str]:
        return {x: form.get(f"{name}_{x}", "").strip() for x in ("zh", "en")}

    def whole(name: str) -> Any:
        told = form.get(name, "").strip()
        return int(told) if told.isdecimal() and len(told) < 10 else told

    return {
        "title": words("title"),
        "description": words("description"),
        "data_class": form.get("data_class", ""),
        "tier": form.get("tier", ""),
        "min_cell": whole("min_cell"),
        "event_floor": whole("event_floor"),
        "labels": {key: words(key) for key in DESCRIBED},
    }
