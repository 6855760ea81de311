"""Finds out how a delimited text is written: its delimiter, its header, the names of its columns.

What the caller tells is taken as told; the rest is judged by the first records.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from qundao.intake.limits import Limits
from qundao.intake.readers.delimited_records import Grammar, Records, read_records
from qundao.intake.readers.options import bad, check_options, one_of
from qundao.intake.readers.text_stream import ENCODINGS
from qundao.intake.source import PLACE, REASON_SUFFIX

_DELIMITERS = (",", "\t", ";", "|", "|!|", "\x01")
_NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_SPELT = {"utf8": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16-le"}
_QUOTES: Mapping[str, bytes] = MappingProxyType(
    {'"': b'"', "'": b"'", "double": b'"', "single": b"'", "none": b""}
)
_DELIMITER_TOLD = re.compile(r"""[^\r\n\0"'\w]{1,8}""")
_LOOKED_AT, _RECORDS = 256 * 2**10, 200
_VALUE = re.compile(r"^[+-]?[0-9]+([./:-][0-9]+)*([T ][0-9:.]+)?$")


@dataclass(frozen=True, slots=True)
class Told:
    """What the caller says of the file; empty: to be found out."""

    encoding: str = ""
    delimiter: str = ""
    header: str = ""
    quote: bytes = b'"'


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the file is written, its columns, and how much of it the header takes."""

    grammar: Grammar
    names: tuple[str, ...]
    header: bool
    skipped_bytes: int
    skipped_lines: int


def told(options: Mapping[str, str]) -> Told:
    """Read the options delimiter, encoding, header, quote. Raises `intake.unknown_option`."""
    check_options(options, ("delimiter", "encoding", "header", "quote"))
    encoding = options.get("encoding", "").lower().replace("_", "-")
    encoding = _SPELT.get(encoding, encoding)
    if encoding and encoding not in ENCODINGS:
        raise bad(options, "encoding", " | ".join(ENCODINGS))
    delimiter = options.get("delimiter", "")
    delimiter = _NAMED.get(delimiter, delimiter)
    if delimiter and not _DELIMITER_TOLD.fullmatch(delimiter):
        raise bad(options, "delimiter", ", | ; | tab | pipe | |!| …")
    header = one_of(options, "header", ("", "yes", "no"), "")
    quote = _QUOTES[one_of(options, "quote", _QUOTES, "double")]
    return Told(ENCODINGS.get(encoding, ""), delimiter, header, quote)


def dialect(head: bytes, told: Told, limits: Limits, *, final: bool) -> Dialect | None:
    """Judge the dialect by the first records (UTF-8), or return None where there is none.

    `final`: the head is the whole file.
    """
    looked_at, final = head[:_LOOKED_AT], final and len(head) <= _LOOKED_AT
    candidates = (told.delimiter.encode(),) if told.delimiter else _occurring(looked_at)
    grammars = [Grammar(d, told.quote, field_bytes=limits.field_bytes) for d in candidates]
    read = [(g, _first(looked_at, g, final=final)) for g in grammars]
    grammar, records = max(read, key=lambda pair: _agreeing(*pair))
    if not records.rows:
        grammar = grammars[0]
        records = read_records(head, grammar, final=True, most=1)
    return _named(head, grammar, records, told) if records.rows else None


def _occurring(head: bytes) -> tuple[bytes, ...]:
    """Return the delimiters that occur, and the first one: a text of one column has none."""
    first, *others = (d.encode() for d in _DELIMITERS)
    return (first, *(d for d in others if d in head))


def _first(head: bytes, grammar: Grammar, *, final: bool) -> Records:
    return read_records(head, grammar, final=final, most=_RECORDS)


def _agreeing(grammar: Grammar, records: Records) -> tuple[int, int, int]:
    """Return how many records have the commonest number of fields, where that is more than one.

    Of delimiters that do equally well, the longest (| is part of |!|), then the one of most fields.
    """
    widths = Counter(map(len, records.rows))
    width, times = max(widths.items(), key=lambda item: item[1], default=(1, 0))
    return (times, len(grammar.delimiter), width) if width > 1 else (0, 0, 0)


def _named(head: bytes, grammar: Grammar, records: Records, told: Told) -> Dialect:
    first = [value.decode("utf-8", "replace") for value in records.rows[0]]
    header = told.header == "yes" or (told.header != "no" and _looks_like_header(first))
    rest = records.rows[1:] if header else records.rows
    names = _fitted(first if header else [""] * len(first), rest)
    taken = read_records(head, grammar, final=True, most=1) if header else Records()
    return Dialect(
        replace(grammar, width=len(names)),
        column_names(names),
        header,
        taken.used,
        taken.lines,
    )


def _looks_like_header(first: Sequence[str]) -> bool:
    return not any(_VALUE.match(text.strip()) for text in first) and any(map(str.strip, first))


def _fitted(names: Sequence[str], rest: Sequence[Sequence[bytes]]) -> list[str]:
    """Return as many names as most records have fields, where the header ends otherwise.

    Some systems end every record, or the header alone, with a delimiter.
    """
    if not rest:
        return list(names)
    width, times = Counter(map(len, rest)).most_common(1)[0]
    common = 2 * times > len(rest)
    if (
        common
        and width == len(names) + 1
        and not any(r[-1].strip() for r in rest if len(r) == width)
    ):
        return [*names, ""]
    if common and width < len(names) and not any(map(str.strip, names[width:])):
        return list(names[:width])
    return list(names)


def column_names(header: Sequence[str]) -> tuple[str, ...]:
    """Return a header's names, each once: a column without one gets its number, a twin a suffix.

    White space around a name is not part of it. No name is that of a column the port adds.
    """
    names: dict[str, None] = {}
    for number, text in enumerate(header, 1):
        plain = " ".join(text.replace("\ufeff", "").split()) or f"column_{number}"
        plain = f"{plain}_" if plain == PLACE or plain.endswith(REASON_SUFFIX) else plain
        name, again = plain, 2
        while name in names:
            name, again = f"{plain}_{again}", again + 1
        names[name] = None
    return tuple(names)
