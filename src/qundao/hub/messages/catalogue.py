"""Reading and writing gettext catalogues: the `.po` text for people, the `.mo` bytes for Django."""

from __future__ import annotations

import ast
import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

HEADER = (
    "Project-Id-Version: qundao\n"
    "Language: en\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Plural-Forms: nplurals=2; plural=(n != 1);\n"
)
MO_MAGIC = 0x950412DE


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """One message: its Chinese source, the source's plural form if any, its translations."""

    msgid: str
    plural: str = ""
    translations: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Tell whether every form is translated."""
        return len(self.translations) == (2 if self.plural else 1) and all(self.translations)


def read_po(file: Path) -> tuple[Message, ...]:
    """Read a catalogue without its header. Raises ValueError naming the line it cannot read."""
    if not file.is_file():
        return ()
    entries = (_message(block) for block in _blocks(file.read_text("utf-8")))
    return tuple(m for m in entries if m.msgid)


def _blocks(text: str) -> Iterator[list[tuple[str, str]]]:
    block: list[tuple[str, str]] = []
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if not line.strip() and block:
            yield block
            block = []
        elif line.startswith('"') and block:
            block[-1] = (block[-1][0], block[-1][1] + _string(line, number))
        elif line.strip() and not line.startswith("#"):
            keyword, _, rest = line.partition(" ")
            block.append((keyword, _string(rest, number)))


def _string(quoted: str, number: int) -> str:
    try:
        return str(ast.literal_eval(quoted.strip()))
    except (ValueError, SyntaxError):
        raise ValueError(f"line {number}: a quoted string is required: {quoted!r}") from None


def _message(block: list[tuple[str, str]]) -> Message:
    fields = dict(block)
    forms = tuple(text for keyword, text in block if keyword.startswith("msgstr"))
    return Message(fields.get("msgid", ""), fields.get("msgid_plural", ""), forms)


def write_po(messages: Iterable[Message]) -> str:
    """Return the catalogue as text, sorted, header first."""
    head = f'msgid ""\nmsgstr {_quoted(HEADER)}\n'
    return "\n".join([head, *(_entry(m) for m in sorted(messages))])


def _entry(message: Message) -> str:
    lines = [f"msgid {_quoted(message.msgid)}"]
    if message.plural:
        forms = (*message.translations, "", "")[:2]
        lines.append(f"msgid_plural {_quoted(message.plural)}")
        lines += [f"msgstr[{i}] {_quoted(text)}" for i, text in enumerate(forms)]
    else:
        lines.append(f"msgstr {_quoted((message.translations or ('',))[0])}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def compile_mo(messages: Iterable[Message]) -> bytes:
    """Return the binary catalogue (GNU MO, little-endian, no hash table), untranslated left out."""
    pairs = {"": HEADER}
    for m in messages:
        if m.complete:
            key = f"{m.msgid}\0{m.plural}" if m.plural else m.msgid
            pairs[key] = "\0".join(m.translations)
    rows = sorted((k.encode(), v.encode()) for k, v in pairs.items())
    ids, texts = _heap(r[0] for r in rows), _heap(r[1] for r in rows)
    first = 28 + 16 * len(rows)
    tables = _table(ids, first) + _table(texts, first + sum(len(i) for i in ids))
    head = struct.pack("<7I", MO_MAGIC, 0, len(rows), 28, 28 + 8 * len(rows), 0, first)
    return head + tables + b"".join(ids) + b"".join(texts)


def _heap(strings: Iterable[bytes]) -> list[bytes]:
    return [s + b"\0" for s in strings]


def _table(strings: list[bytes], start: int) -> bytes:
    out = bytearray()
    for s in strings:
        out += struct.pack("<2I", len(s) - 1, start)
        start += len(s)
    return bytes(out)
