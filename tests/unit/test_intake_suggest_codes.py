"""Suggestions for codes: by the code itself, by its mapping, by its name; all in one pass."""

from __future__ import annotations

import duckdb
import pytest

from qundao.intake.load.account import Coverage
from qundao.intake.suggest import coverage_after, suggest_concepts, without_vocabulary
from qundao.kernel.errors import QundaoError
from support.intake_vocabulary import write_vocabulary


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    return write_vocabulary(tmp_path_factory.mktemp("vocabulary"))


def only(found):
    (suggestion,) = found
    return suggestion.candidates


def reasons(candidate):
    return {r.code for r in candidate.reasons}


def test_a_code_of_a_source_vocabulary_leads_to_what_it_maps_to(vocabulary):
    best, *_ = only(suggest_concepts([("I10", 9)], vocabulary))
    assert (best.concept_id, best.vocabulary, best.domain) == (320128, "SNOMED", "Condition")
    assert reasons(best) == {"same_code", "maps_to"}
    facts = {r.code: dict(r.facts) for r in best.reasons}
    assert facts["same_code"] == {"vocabulary": "ICD10", "code": "I10"}


@pytest.mark.parametrize(
    ("code", "concept", "reason"),
    [
        ("I10.x00x002", 320128, "code_shortened"),
        ("I10.x00", 320128, "code_shortened"),
        ("E11.900", 201826, "code_shortened"),
        ("E119", 201826, "code_without_signs"),
        ("47.0101", 4198190, "code_shortened"),
        ("59621000", 320128, "same_code"),
    ],
)
def test_codes_are_found_without_dots_and_national_extensions(vocabulary, code, concept, reason):
    best, *_ = only(suggest_concepts([(code, 1)], vocabulary))
    assert best.concept_id == concept
    assert reason in reasons(best)


def test_what_is_cut_makes_a_suggestion_less_sure(vocabulary):
    whole, cut, category = (
        only(suggest_concepts([(c, 1)], vocabulary))[0].score for c in ("E11.9", "E11.900", "E11.2")
    )
    assert whole > cut > category


def test_names_and_synonyms_speak_and_add_to_the_code(vocabulary):
    by_name, *_ = only(suggest_concepts([("高血压病", 1)], vocabulary))
    assert by_name.concept_id == 320128
    assert reasons(by_name) == {"same_synonym", "standard"}
    alike, *_ = only(suggest_concepts([("高血压", 1)], vocabulary))
    assert alike.concept_id == 320128
    assert reasons(alike) == {"similar_synonym", "standard"}
    code = only(suggest_concepts([("E11.900", 1)], vocabulary))[0].score
    both = only(suggest_concepts([("E11.900", 1)], vocabulary, names={"E11.900": "2型糖尿病"}))[0]
    assert both.score > code
    assert {"code_shortened", "same_synonym"} <= reasons(both)


def test_likeness_is_the_jaccard_index_of_words(vocabulary):
    best, *_ = only(suggest_concepts([("hypertension essential benign", 1)], vocabulary))
    (why,) = (r for r in best.reasons if r.code == "similar_concept_name")
    assert dict(why.facts) == {"name": "Essential hypertension", "likeness": "67%"}


def test_only_valid_standard_concepts_are_suggested(vocabulary):
    found = suggest_concepts([("OLD1", 1), ("OLD2", 1), ("无标准", 1)], vocabulary)
    assert [s.candidates for s in found] == [(), (), ()]


def test_a_vocabulary_that_is_named_is_the_only_one_looked_into(vocabulary):
    found = suggest_concepts([("I10", 1)], vocabulary, sources=["ICD9Proc"])
    assert only(found) == ()
    assert only(suggest_concepts([("I10", 1)], vocabulary, sources=["ICD10"]))


def test_names_stay_in_their_domain_but_a_mapped_code_goes_where_it_goes(vocabulary):
    assert only(suggest_concepts([("高血压病", 1)], vocabulary, domain="Drug")) == ()
    assert only(suggest_concepts([("I10", 1)], vocabulary, domain="Drug"))[0].concept_id == 320128


def test_many_codes_come_back_in_their_order_with_what_one_alone_gets(vocabulary):
    codes = [("I10.x00", 50), ("ZZZ", 40), ("E11.900", 30), ("高血压", 20), ("I10.x00x002", 1)]
    names = {"E11.900": "2型糖尿病"}
    many = suggest_concepts(codes, vocabulary, names=names)
    assert [(s.code, s.rows) for s in many] == codes
    assert many[2].name == "2型糖尿病"
    for code, found in zip(codes, many, strict=True):
        assert suggest_concepts([code], vocabulary, names=names) == (found,)
    assert suggest_concepts([], vocabulary) == ()


def test_loaded_tables_serve_as_well_as_files(vocabulary, tmp_path):
    for name in ("concept", "concept_relationship", "concept_synonym"):
        read = f"read_csv('{vocabulary}/{name.upper()}.csv', delim='\t', quote='', header=true)"
        duckdb.sql(f"COPY (SELECT * FROM {read}) TO '{tmp_path}/{name}.parquet' (FORMAT parquet)")
    codes = [("I10.x00", 1), ("高血压", 1)]
    assert suggest_concepts(codes, tmp_path) == suggest_concepts(codes, vocabulary)


def test_concepts_alone_are_enough_and_without_them_it_is_told(vocabulary, tmp_path):
    (tmp_path / "CONCEPT.csv").write_bytes((vocabulary / "CONCEPT.csv").read_bytes())
    assert only(suggest_concepts([("59621000", 1)], tmp_path))[0].concept_id == 320128
    with pytest.raises(QundaoError) as nothing:
        suggest_concepts([("I10", 1)], tmp_path / "nowhere")
    assert nothing.value.code == "intake.source_missing"
    (tmp_path / "CONCEPT.csv").write_text("concept_id\tname\n1\tx\n", "utf-8")
    with pytest.raises(QundaoError) as other:
        suggest_concepts([("I10", 1)], tmp_path)
    assert other.value.code == "intake.column_missing"


def test_coverage_grows_by_the_rows_of_codes_that_have_a_suggestion(vocabulary):
    coverage = Coverage("icd10", 200, 100, (("I10.x00", 50), ("ZZZ", 40), ("E11.900", 10)))
    found = suggest_concepts(coverage.unmapped, vocabulary)
    told = {"rows": coverage.rows, "mapped": coverage.mapped}
    assert coverage_after(found, **told) == (75.0, 75.0, 80.0)
    assert coverage_after(found, **told, by_hand=True) == (75.0, 95.0, 100.0)
    assert coverage_after((), **told) == ()
    alone = without_vocabulary(coverage.unmapped, {"ZZZ": "某病"})
    assert [(s.name, s.candidates) for s in alone] == [("", ()), ("某病", ()), ("", ())]
