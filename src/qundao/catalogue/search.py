"""What a search looks in: one lower-case text per version, Chinese matched by substring."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from qundao.catalogue.columns import DESCRIBED
from qundao.catalogue.version import VersionFacts
from qundao.kernel.words import Words

MOST_WORDS = 10
_LABELS = ("disease", "keywords", "arm", "phase")


def search_text(version: VersionFacts, host: Words, accession: str) -> str:
    """Return the text in which `terms` are looked for."""
    return "\n".join(normalised(part) for part in _parts(version, host, accession) if part)


def terms(query: str) -> tuple[str, ...]:
    """Return the parts of a query, each of which must occur; at most ten."""
    return tuple(dict.fromkeys(normalised(query).split()))[:MOST_WORDS]


def normalised(text: str) -> str:
    """Return text in one form: full-width letters narrowed, lower case."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _parts(version: VersionFacts, host: Words, accession: str) -> Iterator[str]:
    yield accession
    for words in (version.title, version.description, host):
        yield from (words.zh, words.en)
    yield from (version.data_class, version.model, version.tier.value)
    for key in DESCRIBED:
        yield from (str(t) for t in version.labels[key].values())
    for key in _LABELS:
        yield str(version.labels.get(key) or "")
    yield " ".join(v.name for v in version.described.variables)
