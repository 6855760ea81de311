"""Names of definitions, concept sets, rules and arms: plain text, and no piece of a program.

Qundao never writes a name into SQL. But names are copied into reports, tickets and other tools,
some of which paste them into SQL or templates; so one that would do something there is refused,
together with signs by which a name looks different from what it is. No name of the public
phenotype library or of its vocabularies is of that kind: words such as `or`, `update`, `--` and
quotation marks are common in them, and none of these alone is refused.
"""

from __future__ import annotations

import re
import unicodedata

from qundao.query.codes import NAME_REFUSED, invalid, printable
from qundao.query.values import LONGEST_TEXT, check_name

LONGEST_READ = 10 * LONGEST_TEXT
"""Of a longer name only this much is looked at, and less is kept."""
_THINGS = "table|view|schema|database|index|function|procedure|trigger|user|role"
_SQL = re.compile(
    rf"""
      \b(?:drop|alter|truncate|create)\ (?:or\ replace\ |temp(?:orary)?\ )?(?:{_THINGS})\b
    | \bdelete\ from\ \w
    | \binsert\ into\ [\w."]+\ ?(?:\(|values\b|select\b)
    | \bupdate\ [\w."]+\ set\ [\w."]+\ ?=
    | \bunion\ (?:all\ )?select\b
    | [;(]\ ?select\ (?:\*|\w+\ ?\(|.{{1,80}}?\ from\ [\w."]+\ ?(?:[;)]|where\b|--|$))
    | ;\ ?(?:drop|delete|insert|truncate|alter|exec(?:ute)?|grant|revoke|attach|pragma|shutdown)\b
    | \bexec(?:ute)?\ ?(?:[xs]p_|\()
    | \b(?:or|and)\ (['"]?)(\w{{1,40}})\1\ ?=\ ?['"]?\2\b   # OR 1=1, ' or 'a'='a
    | ['"]\ ?\)*\ ?;?\ ?--                             # a quotation closed, the rest cut off
    | ;\ ?--
    | /\*.*\*/
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TEMPLATE = re.compile(r"@\w*(?:schema|table)\b|\{ ?@\w|\} ?\? ?\{|\$\{|\{\{|\{%", re.IGNORECASE)
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANKS = frozenset("\t\n\v\f\r\x85")
"""Line breaks and tabs: names of published definitions have them, and lose them when read."""


def check_plain(where: str, text: str) -> None:
    """Refuse a name that is empty, too long, unprintable, or a piece of SQL or of a template."""
    check_name(where, text)
    refuse_program(where, text)


def refuse_program(where: str, text: str) -> None:
    """Refuse a name with control characters, changes of direction, SQL or template markers.

    Line breaks pass here: who reads a name of several lines makes one line of it. Raises
    `query.name_refused`, in bounded time.
    """
    looked = text[:LONGEST_READ]
    found = _sign(looked) or _program(looked)
    if found is not None:
        zh = "平常的文字，不含控制字符、改变书写方向的字符、SQL 语句或模板标记"
        en = "plain text without control characters, changes of direction, SQL or template markers"
        raise invalid(where, found, zh, en, NAME_REFUSED)


def _sign(text: str) -> str | None:
    """Return the first character that a name must not have, as its code point."""
    for c in text:
        if c in _TURNS or (unicodedata.category(c) == "Cc" and c not in _BLANKS):
            return f"U+{ord(c):04X}"
    return None


def _program(text: str) -> str | None:
    """Return what in a name is SQL or a marker of a template, full-width letters included."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    found = _SQL.search(plain) or _TEMPLATE.search(plain)
    return None if found is None else printable(found.group()[:60])
