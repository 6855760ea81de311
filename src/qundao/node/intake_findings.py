"""What a desk's jobs find for the mapping bench: profiles, suggestions, codes, changed rows.

The latest of each kind lies beside what is loaded, not in the node's store: it may show rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from qundao.intake.load import Account
from qundao.intake.load.staging import Progress
from qundao.intake.mapping import Mapping as Document
from qundao.intake.profile import profile_paths
from qundao.intake.suggest import (
    compare,
    domain_of,
    draft_mapping,
    names_of_codes,
    suggest_concepts,
    suggest_fields,
    suggest_identity,
    suggest_kinds,
    target_model,
    without_vocabulary,
)
from qundao.kernel.errors import QundaoError
from qundao.node.files import make_private_folder, write_private
from qundao.node.intake_desks import IntakeDesk

PROFILE, CODES, COMPARISON = "profile", "codes", "comparison"
MOST_CODES = 500


def look(desk: IntakeDesk, job: str, target: str, progress: Progress) -> dict[str, Any]:
    """Profile a desk's sources, suggest what they fill, draft a first mapping; return a summary.

    Raises `intake.no_target`, and `intake.*` where nothing can be read.
    """
    model = target_model(target)
    found = profile_paths([desk.sources], progress=progress)
    told = {
        "job": job,
        "target": target,
        "tables": found.profile.to_json()["tables"],
        "joins": found.profile.to_json()["joins"],
        "names": [t.name for t in found.profile.tables],
        "problems": [p.to_json() for p in found.problems],
        "kinds": [s.to_json() for s in suggest_kinds(found.profile)],
        "identity": [s.to_json() for s in suggest_identity(found.profile)],
        "fields": [s.to_json() for s in suggest_fields(found.profile, model)],
    }
    try:
        told["draft"] = draft_mapping(found.profile, target, _name(desk))
    except QundaoError as error:
        told["draft"], told["undrafted"] = "", [p.to_json() for p in error.problems]
    keep(desk, PROFILE, told)
    rows = sum(t.rows for t in found.profile.tables)
    return {"tables": len(found.profile.tables), "rows": rows, "drafted": bool(told["draft"])}


def keep_codes(
    desk: IntakeDesk,
    job: str,
    version: int,
    mapping: Document,
    account: Account,
    limits: Mapping[str, Any],
) -> None:
    """Keep the codes that a rehearsal did not find in their lists, with what they may mean."""
    told = []
    asked = {c.codes: [code for code, _ in c.unmapped[:MOST_CODES]] for c in account.coverage}
    called = names_of_codes(mapping, desk.sources, desk.folder, asked)
    for covered in account.coverage:
        unmapped, names = list(covered.unmapped)[:MOST_CODES], called[covered.codes]
        if mapping.vocabulary:
            found = suggest_concepts(
                unmapped,
                desk.sources / mapping.vocabulary,
                names=names,
                domain=domain_of(mapping, covered.codes),
                **limits,
            )
        else:
            found = without_vocabulary(unmapped, names)
        told.append(
            {
                "list": covered.codes,
                "rows": covered.rows,
                "mapped": covered.mapped,
                "unmapped": len(covered.unmapped),
                "codes": [c.to_json() for c in found],
            }
        )
    keep(desk, CODES, {"job": job, "version": version, "lists": told})


def keep_comparison(
    desk: IntakeDesk,
    job: str,
    numbers: tuple[int, int],
    mappings: tuple[Document, Document],
    limits: Mapping[str, Any],
) -> dict[str, Any]:
    """Keep which rows a mapping makes differently from another; return how many."""
    found = compare(*mappings, desk.sources, desk.folder, rows=5, **limits)
    base, version = numbers
    told = {"job": job, "base": base, "version": version, **found.to_json()}
    keep(desk, COMPARISON, told)
    counts = {
        n: sum(getattr(t, n) for t in found.tables) for n in ("added", "removed", "changed", "same")
    }
    return {"base": base, "version": version, **counts}


def keep(desk: IntakeDesk, kind: str, told: Mapping[str, Any]) -> None:
    """Replace the latest of a kind."""
    make_private_folder(desk.results)
    data = json.dumps(told, ensure_ascii=False, default=str).encode("utf-8")
    write_private(desk.results / f"{kind}.json", data)


def latest(desk: IntakeDesk, kind: str) -> dict[str, Any] | None:
    """Return the latest of a kind, or None."""
    try:
        told: dict[str, Any] = json.loads((desk.results / f"{kind}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return told


def _name(desk: IntakeDesk) -> str:
    return "-".join(desk.name.split())
