"""Concept sets: which codes a name stands for."""

from __future__ import annotations

import pytest

from qundao.query import ConceptItem, ConceptSet
from support.populations import condition, population

VOCABULARY = {
    "concept": """
        concept_id | invalid_reason
        1          |
        11         |
        12         | D
        111        |
        2          |
        9          |
        """,
    "concept_ancestor": """
        ancestor_concept_id | descendant_concept_id
        1                   | 1
        1                   | 11
        1                   | 12
        1                   | 111
        11                  | 111
        """,
    "concept_relationship": """
        concept_id_1 | relationship_id | concept_id_2 | invalid_reason
        9            | Maps to         | 11           |
        2            | Maps to         | 1            | D
        2            | Is a            | 1            |
        """,
    "condition_occurrence": """
        person_id | condition_occurrence_id | condition_concept_id | condition_start_date
        1         | 1                       | 1                    | 2020-01-01
        2         | 2                       | 11                   | 2020-01-01
        3         | 3                       | 12                   | 2020-01-01
        4         | 4                       | 111                  | 2020-01-01
        5         | 5                       | 2                    | 2020-01-01
        6         | 6                       | 9                    | 2020-01-01
        7         | 7                       | 404                  | 2020-01-01
        """,
}


@pytest.fixture(autouse=True)
def vocabulary(spec):
    spec.given(**VOCABULARY)


def found(spec, *items):
    concepts = ConceptSet("asked", items)
    return sorted(spec.cohort(population(condition("asked"), sets=(concepts,))))


def test_a_concept_alone_means_itself(spec):
    assert found(spec, ConceptItem(1)) == [1]


def test_descendants_are_those_of_the_ancestor_table_that_are_valid(spec):
    assert found(spec, ConceptItem(1, descendants=True)) == [1, 2, 4]


def test_an_invalid_concept_still_counts_when_it_is_named_itself(spec):
    assert found(spec, ConceptItem(12)) == [3]


def test_excluded_concepts_are_taken_away_last(spec):
    assert found(
        spec, ConceptItem(1, descendants=True), ConceptItem(11, descendants=True, excluded=True)
    ) == [1]


def test_mapped_adds_what_maps_to_the_concept(spec):
    assert found(spec, ConceptItem(11, mapped=True)) == [2, 6]


def test_mapped_reaches_through_descendants_where_both_are_asked(spec):
    assert found(spec, ConceptItem(1, descendants=True, mapped=True)) == [1, 2, 4, 6]


def test_a_mapping_that_is_no_longer_valid_does_not_count(spec):
    assert found(spec, ConceptItem(1, mapped=True)) == [1]


def test_a_concept_that_the_vocabulary_has_not_means_nothing(spec):
    assert found(spec, ConceptItem(404)) == []


def test_only_exclusions_leave_nothing(spec):
    assert found(spec, ConceptItem(1, excluded=True)) == []
