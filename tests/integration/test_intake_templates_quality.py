"""The project's own quality checks over what the hospital template loaded (synthetic).

Every check that fails is named here with its reason: the vocabulary that a site brings, codes
without a concept, tables that the exports say nothing of. Nothing that was loaded fails another.
"""

from __future__ import annotations

from qundao.engines import open_engine
from qundao.intake.synthetic import write_exports
from qundao.models import omop
from qundao.quality import Category, Status, run
from support.intake_template_loads import load_format

CONCEPTS_MISSING = {
    "person": ("gender", "race", "ethnicity"),
    "observation_period": ("period_type",),
    "visit_occurrence": ("visit", "visit_type"),
    "condition_occurrence": ("condition", "condition_type", "condition_status"),
    "procedure_occurrence": ("procedure", "procedure_type"),
    "drug_exposure": ("drug", "drug_type", "route"),
    "measurement": (
        "measurement",
        "measurement_type",
        "operator",
        "value_as",
        "unit",
    ),
    "condition_era": ("condition",),
    "cost": ("cost_type",),
    "cdm_source": ("cdm_version",),
}
"""Concept fields that point into `concept`, which is empty: a site brings its own vocabulary."""

CODES_WITHOUT_CONCEPT = {
    f"{check}:{table}_{part}.{name}"
    for table, part, stem in (
        ("condition", "occurrence", "condition"),
        ("procedure", "occurrence", "procedure"),
        ("drug", "exposure", "drug"),
    )
    for check, name in (
        ("standardConceptRecordCompleteness", f"{stem}_concept_id"),
        ("sourceValueCompleteness", f"{stem}_source_value"),
    )
}
CODES_WITHOUT_CONCEPT |= {
    "standardConceptRecordCompleteness:measurement.measurement_concept_id",
    "sourceValueCompleteness:measurement.measurement_source_value",
}
"""The planted unknown codes, and codes of the site's lists that have no standard concept."""

NOT_IN_THE_EXPORTS = {
    "measurePersonCompleteness:observation",
    "measurePersonCompleteness:drug_era",
}
"""What the hospital's exports say nothing of, and drug eras, which need a vocabulary."""


def test_the_projects_own_checks_find_only_the_missing_vocabulary_and_the_planted_codes(tmp_path):
    exports, node = tmp_path / "exports", tmp_path / "node"
    node.mkdir()
    write_exports(exports, patients=160, seed=11, every=4)
    loaded = load_format(exports, node, "utf8")
    with open_engine(f"parquet:{loaded.folder / 'tables'}") as engine:
        report = run(engine, omop("5.4"))
    assert not [f for f in report.findings if f.status is Status.ERROR]
    failed = {f.check.id: f for f in report.findings if f.status is Status.FAILED}
    vocabulary = {
        f"isForeignKey:{table}.{name}_concept_id"
        for table, names in CONCEPTS_MISSING.items()
        for name in names
    }
    vocabulary.add("isForeignKey:cost.cost_domain_id")  # `domain` is empty too
    conformance = {i for i, f in failed.items() if f.check.kind.category is Category.CONFORMANCE}
    assert conformance == vocabulary
    assert set(failed) - conformance == CODES_WITHOUT_CONCEPT | NOT_IN_THE_EXPORTS
