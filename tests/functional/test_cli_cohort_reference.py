"""`qundao cohort …` on published phenotypes, against the figures of the reference."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qundao.cli.main import main

CASES = Path(__file__).parents[3] / "shared" / "cases"
PHENOTYPES = CASES / "cohorts" / "definitions"
pytestmark = pytest.mark.skipif(
    not PHENOTYPES.is_dir(), reason="the reference cases (../shared/cases/cohorts) are not here"
)
WITH_RULES = ("213", "218", "290", "832")
PLAIN = ("2", "12", "23", "1101")


def expected():
    rows = json.loads((CASES / "cohorts" / "expected-qsyn10k.json").read_text("utf-8"))["results"]
    return {str(row[0]): row[1:] for row in rows}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Return summary.json of some published definitions on the reference data."""
    out = tmp_path_factory.mktemp("cohorts")
    files = [str(PHENOTYPES / f"{n}.json") for n in (*PLAIN, *WITH_RULES)]
    asked = [a for f in files for a in ("--definitions", f)]
    source = f"parquet:{CASES / 'omop-qsyn10k'}"
    assert main(["cohort", "run", "--data", source, *asked, "--out", str(out)]) == 0
    read = json.loads((out / "summary.json").read_text("utf-8"))
    return {d["definition_id"]: d for d in read["definitions"]}


@pytest.mark.parametrize("name", [*PLAIN, *WITH_RULES])
def test_rows_subjects_and_sha_are_those_of_the_reference(told, name):
    found = told[name]
    assert [found["rows"], found["subjects"], found["sha"]] == expected()[name]


@pytest.mark.parametrize("name", WITH_RULES)
def test_the_attrition_leads_to_the_members(told, name):
    rules = told[name]["inclusion"]
    written = json.loads((PHENOTYPES / f"{name}.json").read_text("utf-8"))["InclusionRules"]
    assert [r["name"] for r in rules] == [r["name"].strip() for r in written]
    for view in ("persons", "events"):
        steps = [rules[0][view]["total"], *(r[view]["remaining"] for r in rules)]
        assert steps == sorted(steps, reverse=True)
        for rule in rules:
            counts = rule[view]
            assert counts["remaining"] <= counts["satisfying"] <= counts["total"]
            assert counts["satisfying"] + counts["gain"] <= counts["total"]
    assert rules[-1]["persons"]["remaining"] >= told[name]["subjects"]


def test_every_published_definition_can_be_said_and_checked(tmp_path, capsys):
    words, warnings = tmp_path / "words.json", tmp_path / "warnings.json"
    assert main(["cohort", "explain", str(PHENOTYPES), "--json", str(words)]) == 0
    assert main(["cohort", "validate", str(PHENOTYPES), "--json", str(warnings)]) == 0
    said = json.loads(words.read_text("utf-8"))["definitions"]
    assert len(said) == len(expected())
    assert all("入组事件" in d["words"]["zh-hans"] for d in said)
    assert all("Enters with" in d["words"]["en"] for d in said)
    checked = json.loads(warnings.read_text("utf-8"))["definitions"]
    unused = {(d["definition_id"], w["received"]) for d in checked for w in d["warnings"]}
    assert unused == {(n, s) for n, s in without_use()}


def without_use():
    """Yield the sets that no part of a published definition names, read without our reader."""
    for file in PHENOTYPES.glob("*.json"):
        written = json.loads(file.read_text("utf-8"))
        named = set(numbers({k: v for k, v in written.items() if k != "ConceptSets"}))
        unused = (s["name"].strip() for s in written["ConceptSets"] if s["id"] not in named)
        yield from ((file.stem, name) for name in unused)


def numbers(value, name=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from numbers(inner, name)
    elif "Codeset" in name or name.endswith("SourceConcept"):
        yield value
