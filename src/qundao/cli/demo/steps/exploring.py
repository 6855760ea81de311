"""A researcher of sponsor A searches, reads dataset pages, and asks for feasibility counts."""

from __future__ import annotations

from typing import Any

from qundao.cli.demo.cast import PLACEBO
from qundao.cli.demo.people import as_user
from qundao.cli.demo.protocols import CELECOXIB, GI_HAEMORRHAGE
from qundao.cli.demo.stage import Stage
from qundao.cli.demo.story import Figures, Step
from qundao.kernel.words import Words
from qundao.query import (
    BandedPredicate,
    HasCondition,
    HasDrug,
    InArm,
    StandardModel,
    to_json,
)

RESEARCHER = "a.researcher"
QUESTIONS = {
    "celecoxib_with_gi_haemorrhage": BandedPredicate(
        StandardModel.OMOP, (HasDrug(CELECOXIB), HasCondition(GI_HAEMORRHAGE))
    ),
    "placebo_subjects": BandedPredicate(StandardModel.CDISC, (InArm(PLACEBO),)),
}


def search(stage: Stage) -> Figures:
    """Search the catalogue and read every dataset page found."""
    researcher = as_user(stage, RESEARCHER)
    found = researcher.get("/api/v1/catalogue/datasets")
    pages = [
        researcher.get(f"/api/v1/catalogue/datasets/{item['accession']}") for item in found["items"]
    ]
    return {
        "datasets": found["total"],
        "records_not_persons": found["records"],
        "pages_read": [p["accession"] for p in pages],
        "six_columns": [c["key"] for c in pages[0]["columns"]],
    }


def explore(stage: Stage) -> Figures:
    """Ask how many persons fit, over all nodes; ask again, which costs nothing."""
    return {n: answered(stage, predicate=to_json(asked)) for n, asked in QUESTIONS.items()}


def answered(stage: Stage, **body: Any) -> dict[str, Any]:
    """Ask a question, wait for every node, ask it again; return what the nodes said."""
    researcher = as_user(stage, RESEARCHER)
    asked = researcher.post("/api/v1/explore/questions", **body)
    path = f"/api/v1/explore/questions/{asked['id']}"
    told = researcher.until(path, lambda q: q["total"]["waiting"] == 0)
    again = researcher.post("/api/v1/explore/questions", **body)
    total = told["total"]
    return {
        "noisy_records": total["records"],
        "margin_95": total["margin_95"],
        "nodes": {a["accession"]: a["count"] if a["count"] is not None else a["withheld"]
                  for a in told["answers"]},
        "epsilon_spent": round(sum(a["spent"] or 0 for a in told["answers"]), 6),
        "same_when_asked_again": again["total"] == total,
        "refused": total["refused"],
    }  # fmt: skip


STEPS = (
    Step("search", Words("检索目录、阅读数据集页", "Search and read the catalogue"), search),
    Step("explore", Words("试算人数（带扰动）", "Feasibility counts, with noise"), explore),
)
