"""What this desk's API takes and answers."""

from __future__ import annotations

from typing import Any

from ninja import Schema

from qundao.hub.common.schemas import ProblemOut, WordsOut


class DefinitionIn(Schema):
    """A definition: Circe JSON, or a population of `qundao.query/1`, with its name."""

    name_zh: str = ""
    name_en: str = ""
    definition: dict[str, Any]
    note: str = ""


class VersionIn(Schema):
    """A new version: Circe JSON, or a population of `qundao.query/1`."""

    definition: dict[str, Any]
    note: str = ""


class RetireIn(Schema):
    """Why a definition is retired, or a release withdrawn."""

    reason: str


class DecisionIn(Schema):
    """Whether a version is released to exploring, and why not."""

    release: bool
    reason: str = ""


class VersionOut(Schema):
    """A version in a list."""

    id: str
    cohort: str
    number: int
    name: WordsOut
    member: str
    state: str
    digest: str
    made_at: str
    retired: bool


class VersionWholeOut(VersionOut):
    """A version with its content, its words and what looks wrong in its design."""

    definition: dict[str, Any]
    words: WordsOut
    note: str
    warnings: list[ProblemOut]
    too_fine: list[ProblemOut]
    versions: list[int]
