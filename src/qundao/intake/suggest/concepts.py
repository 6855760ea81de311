"""Suggests standard concepts for codes that a list does not hold: by code, by mapping, by name.

All codes go through the vocabulary together. With C concepts, R relationships, T words of names
and n codes, the work is a scan of C + R + T joined by hash to what n codes ask for: time grows
with the vocabulary and not with its product with n; what does not fit in memory is spilled.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import pyarrow as pa

from qundao.intake.load.work_database import work_database
from qundao.intake.suggest.code_forms import family, forms_of, same_code_score
from qundao.intake.suggest.code_result import CodeSuggestions, ConceptCandidate
from qundao.intake.suggest.likeness import plain_words
from qundao.intake.suggest.reasons import Because, because, percent
from qundao.intake.suggest.vocabulary_files import open_vocabulary

_NAMELESS: Mapping[str, str] = MappingProxyType({})
_SAME_NAME, _SAME_SYNONYM, _LIKE_NAME, _LIKE_SYNONYM = 0.9, 0.85, 0.8, 0.75
_LEAST_LIKE = 0.3
_COMMONEST, _FOLLOWED = 50_000, 5_000
"""A name is followed by its rarest words, as long as they are in so many names together; a word in
more than the first number leads nobody. All words count for likeness."""

_UNNAMED_VOCABULARY = 0.7
"""The weight of a code found in a vocabulary that was not named, and is not of its family."""

_MADE_OF = r"""
list_distinct(list_concat(
  regexp_extract_all(plain, '[a-z0-9]+'),
  CASE WHEN regexp_matches(plain, '[\x{3400}-\x{9fff}]') THEN
    flatten(list_transform(regexp_extract_all(plain, '[\x{3400}-\x{9fff}]+'),
      lambda run: CASE WHEN length(run) = 1 THEN [run]
        ELSE list_transform(range(1, length(run)), lambda i: substr(run, i, 2)) END))
  ELSE [] END))
"""
"""What a name is made of: its Latin words, and the pairs of its Chinese characters."""

_STANDARD = """
CREATE TABLE leads AS
SELECT concept_id AS via, concept_id, false AS mapped FROM concept
WHERE standard_concept = 'S' AND coalesce(invalid_reason, '') = ''
UNION ALL
SELECT r.concept_id_1, r.concept_id_2, true FROM concept_relationship r
JOIN concept c ON c.concept_id = r.concept_id_2
WHERE r.relationship_id = 'Maps to' AND coalesce(r.invalid_reason, '') = ''
  AND r.concept_id_1 <> r.concept_id_2 AND c.standard_concept = 'S'
"""
_BY_CODE = """
SELECT f.n, l.concept_id, c.vocabulary_id, c.concept_code, l.mapped, f.reason, f.score,
       c.concept_code = f.code AS same, c.vocabulary_id IN (SELECT unnest($sources)) AS named,
       starts_with(c.vocabulary_id, f.family) AND f.family <> '' AS akin
FROM forms f
JOIN concept c ON upper(regexp_replace(c.concept_code, '[^0-9A-Za-z]', '', 'g')) = f.plain
JOIN leads l ON l.via = c.concept_id
WHERE named OR len($sources) = 0
"""
_NAMES = """
CREATE TABLE named AS
SELECT concept_id, name, synonym, plain,
       {made} AS words
FROM (
  SELECT *,
    trim(regexp_replace(lower(name), '[^\\x{{3400}}-\\x{{9fff}}a-z0-9]+', ' ', 'g')) AS plain
  FROM (
    SELECT concept_id, concept_name AS name, false AS synonym FROM concept
    UNION ALL SELECT concept_id, concept_synonym_name, true FROM concept_synonym
  )
  WHERE concept_id IN (
    SELECT via FROM leads l JOIN concept s ON s.concept_id = l.concept_id
    WHERE $domain = '' OR s.domain_id = $domain)
)
"""
_BY_NAME = """
WITH asked_words AS (SELECT n, unnest(words) AS word FROM asked),
held AS (
  SELECT name_id, word FROM (SELECT rowid AS name_id, unnest(words) AS word FROM named)
  WHERE word IN (SELECT word FROM asked_words)
),
counted AS (SELECT word, count(*) AS names FROM held GROUP BY word),
rarest AS (
  SELECT n, word FROM asked_words JOIN counted USING (word) WHERE names <= $commonest
  QUALIFY sum(names) OVER (PARTITION BY n ORDER BY names, word) <= $followed
       OR row_number() OVER (PARTITION BY n ORDER BY names, word) = 1
),
led AS (SELECT DISTINCT l.n, h.name_id FROM rarest l JOIN held h USING (word)),
alike AS (
  SELECT l.n, m.concept_id AS via, m.name, m.synonym, m.plain = a.plain AS same,
         len(list_intersect(a.words, m.words)) AS common, len(a.words) + len(m.words) AS every
  FROM led l JOIN asked a USING (n) JOIN named m ON m.rowid = l.name_id
)
SELECT x.n, l.concept_id, x.name, x.synonym, l.mapped, c.concept_code,
       common / (every - common) AS likeness, x.same
FROM alike x JOIN concept c ON c.concept_id = x.via JOIN leads l ON l.via = x.via
WHERE common / (every - common) >= $least
QUALIFY row_number() OVER (PARTITION BY x.n ORDER BY likeness DESC, l.concept_id) <= $most * 4
"""
_TOLD = """
SELECT concept_id, concept_name, domain_id, vocabulary_id, concept_code FROM concept
WHERE concept_id IN (SELECT unnest($ids))
"""


def suggest_concepts(
    codes: Sequence[tuple[str, int]],
    vocabulary: Path,
    *,
    names: Mapping[str, str] = _NAMELESS,
    sources: Sequence[str] = (),
    domain: str = "",
    most: int = 5,
    memory_mb: int = 2_048,
    threads: int = 2,
) -> tuple[CodeSuggestions, ...]:
    """Return, for each code in the order given, the standard concepts that it may mean.

    codes: codes with their rows, as `Coverage.unmapped` has them. vocabulary: a folder with
    CONCEPT.csv (and CONCEPT_RELATIONSHIP.csv, CONCEPT_SYNONYM.csv) or the Parquet tables of a
    loaded version. names: what the source calls a code; a code without one that is no code itself
    (`阳性`) is its own name. sources: vocabulary ids (`ICD10CN`) that codes are looked for in; in
    all of them without. domain: names are looked for in that OMOP domain alone; a code means what
    its vocabulary maps it to, whatever the domain. At most `most` for each.
    Raises `intake.source_missing` and `intake.column_missing`.
    """
    if not codes:
        return ()
    told = [(code, rows, names.get(code) or _own_name(code)) for code, rows in codes]
    with _database(memory_mb, threads) as database:
        open_vocabulary(database, vocabulary)
        found = _Evidence(database, domain, most)
        found.by_code(told, tuple(sources))
        found.by_name(told)
        return tuple(
            CodeSuggestions(code, rows, name, found.candidates(n))
            for n, (code, rows, name) in enumerate(told)
        )


@contextmanager
def _database(memory_mb: int, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a database on disk, which is gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="qundao-codes-") as place,
        work_database(Path(place), memory_mb, threads) as database,
    ):
        yield database


def _own_name(code: str) -> str:
    """Return a text that is a name rather than a code: without digits, or longer than codes are."""
    return code if code and (not any(c.isdigit() for c in code) or " " in code.strip()) else ""


class _Evidence:
    """Gathers what speaks for a concept, by code and concept."""

    def __init__(self, database: duckdb.DuckDBPyConnection, domain: str, most: int) -> None:
        self._database, self._domain, self._most = database, domain, most
        self._found: dict[int, dict[int, dict[str, tuple[float, Because]]]] = {}
        self._concepts: dict[int, tuple[Any, ...]] | None = None
        self._run(_STANDARD)

    def by_code(self, told: Sequence[tuple[str, int, str]], sources: Sequence[str]) -> None:
        """Find the codes themselves, whole or shortened, and where the vocabulary maps them."""
        forms = [
            (n, code, f.plain, f.reason, f.score, family(code))
            for n, (code, _, _) in enumerate(told)
            for f in forms_of(code)
        ]
        self._add("forms", forms, ("n", "code", "plain", "reason", "score", "family"))
        for n, concept, vocabulary, code, mapped, reason, score, same, named, akin in self._run(
            _BY_CODE, sources=list(sources)
        ):
            why = "same_code" if same and reason == "code_without_signs" else reason
            sure = same_code_score() if why == "same_code" else score
            sure *= 1.0 if named or akin else _UNNAMED_VOCABULARY
            self._note(n, concept, sure, because(why, vocabulary=vocabulary, code=code))
            self._note_way(n, concept, code, mapped=mapped)

    def by_name(self, told: Sequence[tuple[str, int, str]]) -> None:
        """Find names and synonyms that are the same or alike."""
        asked = [(n, plain_words(name)) for n, (_, _, name) in enumerate(told) if name]
        if not asked:
            return
        self._add("asked_names", asked, ("n", "plain"))
        self._run(f"CREATE TABLE asked AS SELECT *, {_MADE_OF} AS words FROM asked_names")  # noqa: S608
        self._run(_NAMES.format(made=_MADE_OF), domain=self._domain)
        for n, concept, name, synonym, mapped, code, likeness, same in self._run(
            _BY_NAME, least=_LEAST_LIKE, commonest=_COMMONEST, followed=_FOLLOWED, most=self._most
        ):
            if same:
                score = _SAME_SYNONYM if synonym else _SAME_NAME
                why = because("same_synonym" if synonym else "same_concept_name", name=name)
            else:
                score = likeness * (_LIKE_SYNONYM if synonym else _LIKE_NAME)
                kind = "similar_synonym" if synonym else "similar_concept_name"
                why = because(kind, name=name, likeness=percent(likeness))
            self._note(n, concept, score, why)
            self._note_way(n, concept, code, mapped=mapped)

    def candidates(self, n: int) -> tuple[ConceptCandidate, ...]:
        """Return a code's concepts, the likeliest first; of equals the one with the lower id."""
        known = self._known()
        own = [
            self._candidate(known[concept], reasons)
            for concept, reasons in self._found.get(n, {}).items()
            if concept in known
        ]
        return tuple(sorted(own, key=lambda c: (-c.score, c.concept_id))[: self._most])

    def _candidate(
        self, concept: tuple[Any, ...], reasons: Mapping[str, tuple[float, Because]]
    ) -> ConceptCandidate:
        rest = 1.0
        for score, _ in reasons.values():
            rest *= 1 - score
        why = sorted(reasons.values(), key=lambda r: -r[0])
        id_, name, domain, vocabulary, code = concept
        told = tuple(b for _, b in why)
        return ConceptCandidate(id_, name, domain, vocabulary, code, 1 - rest, told)

    def _note(self, n: int, concept: int, score: float, why: Because) -> None:
        """Keep the strongest of each kind of evidence: by code, by name."""
        kind = "code" if "code" in why.code else "name"
        own = self._found.setdefault(n, {}).setdefault(concept, {})
        if kind not in own or own[kind][0] < score:
            own[kind] = (score, why)

    def _note_way(self, n: int, concept: int, code: str, *, mapped: bool) -> None:
        way = because("maps_to", code=code) if mapped else because("standard")
        self._found[n][concept].setdefault("way", (0.0, way))

    def _known(self) -> Mapping[int, tuple[Any, ...]]:
        if self._concepts is None:
            ids = sorted({c for own in self._found.values() for c in own})
            rows = self._run(_TOLD, ids=ids)
            self._concepts = {row[0]: tuple(row) for row in rows}
        return self._concepts

    def _add(self, name: str, rows: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> None:
        held = {name: [row[i] for row in rows] for i, name in enumerate(columns)}
        self._database.register("added", pa.table(held))
        self._run(f"CREATE TABLE {name} AS FROM added")
        self._database.unregister("added")

    def _run(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        return self._database.execute(sql, values or None).fetchall()
