"""The six columns by which data collections are compared.

Name, host, source, collection and management, compliance and security, sharing and price: the
least that anybody must be told about data before asking for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qundao.catalogue.codes import BAD_DESCRIPTION
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.kernel.words import Words

LONGEST = 2000
TITLES: dict[str, Words] = {
    "name": Words("数据库", "name"),
    "host": Words("主办者", "host"),
    "source": Words("数据来源", "source"),
    "collection": Words("采集和管理", "collection and management"),
    "compliance": Words("合规和安全", "compliance and security"),
    "sharing": Words("共享及交易机制", "sharing and price"),
}
DESCRIBED = ("source", "collection", "compliance", "sharing")
"""The columns that the steward writes; name and host are known."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The six columns of one dataset version."""

    name: Words
    host: Words
    source: Words
    collection: Words
    compliance: Words
    sharing: Words

    @classmethod
    def from_labels(cls, name: Words, host: Words, labels: Mapping[str, Any]) -> Columns:
        """Read the described columns from labels `{"source": {"zh": …, "en": …}, …}`.

        Raises `catalogue.bad_description` with every column that is missing or malformed.
        """
        raise_if(label_problems(labels))
        return cls(name, host, *(two_languages(labels[key]) for key in DESCRIBED))

    def rows(self) -> tuple[tuple[str, Words, Words], ...]:
        """Return (key, title, text) of each column, in order."""
        return tuple((key, title, getattr(self, key)) for key, title in TITLES.items())


def label_problems(labels: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield each described column that is missing or not text in both languages."""
    for key in DESCRIBED:
        try:
            two_languages(labels.get(key))
        except ValueError as error:
            received = str(labels.get(key, ""))[:120]
            yield problem(BAD_DESCRIPTION, received, f"labels.{key}", required=str(error))


def two_languages(value: Any) -> Words:
    """Read `{"zh": …, "en": …}`. Raises ValueError that says what is required."""
    required = f'{{"zh": …, "en": …}}, 1–{LONGEST}'
    if not isinstance(value, Mapping) or value.keys() != {"zh", "en"}:
        raise ValueError(required)
    texts = [value["zh"], value["en"]]
    if not all(isinstance(t, str) and 0 < len(t.strip()) <= LONGEST for t in texts):
        raise ValueError(required)
    return Words(texts[0].strip(), texts[1].strip())
