"""The API describes itself: every operation of the desks is typed, named and told apart."""

from __future__ import annotations

import re

import pytest

from qundao.hub.urls import api

DESKS = ("/applications/", "/catalogue/", "/explore/", "/studies/")


@pytest.fixture(scope="module")
def document():
    return api.get_openapi_schema()


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if any(desk in path for desk in DESKS):
                yield f"{method} {path}", operation


def test_every_operation_has_a_name_a_text_and_a_typed_answer(document) -> None:
    seen = dict(operations(document))
    assert len(seen) > 35
    for where, operation in seen.items():
        assert operation["summary"], where
        assert operation["description"], where
        answers = [r for code, r in operation["responses"].items() if str(code).startswith("2")]
        content = answers[0]["content"]["application/json"]["schema"]
        assert "$ref" in str(content), where


def test_operations_and_types_are_told_apart(document) -> None:
    ids = [o["operationId"] for _, o in operations(document)]
    assert len(set(ids)) == len(ids)
    named = document["components"]["schemas"]
    assert {"ApplicationOut", "AgreementOut", "PermitOut", "StudyOut", "PageOut"} <= named.keys()
    assert set(named["QuestionOut"]["properties"]) >= {"predicate", "answers", "total"}
    assert set(named["OpenTermOut"]["properties"]) == {"id", "code", "value"}


def test_every_reference_leads_somewhere(document) -> None:
    used = set(re.findall(r"#/components/schemas/([\w.\-]+)", str(document)))
    assert used <= document["components"]["schemas"].keys()
