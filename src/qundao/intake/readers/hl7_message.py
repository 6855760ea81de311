"""HL7 v2 messages: found in a file, decoded, split into segments, fields, components.

Source: HL7 Version 2.5.1, chapter 2 (encoding rules). A file may hold any number of messages, as
lines ended by CR, LF or both, with or without the frame of MLLP and the batch headers around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from qundao.intake import codes
from qundao.intake.limits import Limits
from qundao.kernel.errors import fail

NULL = '""'
"""An element sent as `""` is null on purpose; one sent empty is just not told."""

_CHUNK = 2**20
_END = re.compile(rb"\r\n|\r|\n")
_FRAME = b"\x0b\x1c"
_SEGMENT = re.compile(rb"[A-Z][A-Z0-9]{2}(?![A-Za-z0-9])")
_ENVELOPES = (b"FHS", b"BHS", b"BTS", b"FTS")
_MESSAGE_VALUES = 4
"""A message may be this many times as long as a value."""

_CHARSETS = {
    "UNICODE UTF-8": "utf-8",
    "UNICODE": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "GB 18030-2000": "gb18030",
    "GB18030": "gb18030",
    "GBK": "gb18030",
    "GB2312": "gb18030",
    "BIG-5": "big5",
    **{f"8859/{n}": f"iso8859-{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
}
_UNSAID = ("", "ASCII", NULL)


@dataclass(slots=True)
class RawMessage:
    """The lines of a message as they stand in the file: (number from 1, bytes)."""

    lines: list[tuple[int, bytes]] = field(default_factory=list)


def raw_messages(path: Path, limits: Limits) -> Iterator[RawMessage]:
    """Yield the messages of a file. Lines before the first MSH come as a message without one.

    Raises `intake.beyond_limits` for a line or a message longer than values may be.
    """
    held, size = RawMessage(), 0
    for number, line in _lines(path, limits):
        begins = line.startswith(b"MSH")
        if (begins or line[:3] in _ENVELOPES) and held.lines:
            yield held
            held, size = RawMessage(), 0
        if line[:3] in _ENVELOPES:
            continue
        if not _SEGMENT.match(line) and held.lines and _in_a_text(held.lines[-1][1]):
            place, before = held.lines.pop()
            held.lines.append((place, before + b"\n" + line))
        else:
            held.lines.append((number, line))
        size += len(line)
        if size > _MESSAGE_VALUES * limits.field_bytes:
            raise _beyond(path, "message", _MESSAGE_VALUES * limits.field_bytes)
    if held.lines:
        yield held


def _in_a_text(line: bytes) -> bool:
    """Say whether a line ends within OBX-5 or NTE-3, where senders leave line breaks."""
    return line.count(b"|") == {b"OBX": 5, b"NTE": 3}.get(line[:3])


def _lines(path: Path, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """Yield lines that are not empty, without MLLP's frame."""
    number, rest = 0, b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            # A CR at the very end may be half of a CR LF.
            whole = rest + chunk
            held = b"\r" if whole.endswith(b"\r") else b""
            *lines, rest = _END.split(whole[: len(whole) - len(held)])
            rest += held
            if len(rest) > limits.field_bytes:
                raise _beyond(path, "line", limits.field_bytes)
            for line in lines:
                number += 1
                if stripped := line.strip(_FRAME).removeprefix(b"\xef\xbb\xbf"):
                    yield number, stripped
    for line in _END.split(rest):
        number += 1
        if stripped := line.strip(_FRAME):
            yield number, stripped


def _beyond(path: Path, what: str, most: int) -> Exception:
    return fail(codes.BEYOND_LIMITS, f"> {most}", str(path), what=what, most=most)


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The characters with which a message is written (MSH-1 and MSH-2), and its encoding."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str
    encoding: str

    def plain(self, text: str) -> str:
        """Return a text without its escapes; an escape that is unknown stays as it is."""
        if not self.escape or self.escape not in text:
            return text
        mark = re.escape(self.escape)
        return re.sub(f"{mark}([^{mark}]*){mark}", self._unescaped, text)

    def _unescaped(self, found: re.Match[str]) -> str:
        said = found[1]
        known = {
            "F": self.field, "S": self.component, "T": self.subcomponent, "R": self.repetition,
            "E": self.escape, ".br": "\n", "H": "", "N": "",
        }  # fmt: skip
        if said in known:
            return known[said]
        if said.startswith("X"):
            try:
                return bytes.fromhex(said[1:]).decode(self.encoding)
            except ValueError:
                return found[0]
        return found[0]


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment: its fields as they are written. Field n of the standard is `fields[n]`."""

    place: int
    fields: tuple[str, ...]
    marks: Delimiters

    @property
    def name(self) -> str:
        """Return PID, OBR, OBX …"""
        return self.fields[0]

    def field(self, number: int) -> str:
        """Return a field as written, empty where the segment ends before it."""
        return self.fields[number] if number < len(self.fields) else ""

    def repetitions(self, number: int) -> list[str]:
        """Return the repetitions of a field as written."""
        return self.field(number).split(self.marks.repetition)

    def part(self, number: int, component: int) -> str:
        """Return a component (its first subcomponent) of a field's first repetition, unescaped.

        `""` stays as it is, whether the component or the whole field is null.
        """
        first = self.repetitions(number)[0]
        if first == NULL:
            return NULL
        components = first.split(self.marks.component)
        found = components[component - 1] if component <= len(components) else ""
        return self.marks.plain(found.split(self.marks.subcomponent)[0])

    def whole(self, number: int) -> str:
        """Return a field, all repetitions and components of it, unescaped."""
        return self.marks.plain(self.field(number))


def parsed(message: RawMessage, encoding: str) -> list[Segment]:
    """Return the segments of a message. Raises ValueError where it is broken.

    encoding: of messages that do not say theirs (MSH-18); empty: UTF-8, else GB 18030.
    """
    marks = _delimiters(message, encoding)
    segments = []
    for place, line in message.lines:
        if not _SEGMENT.match(line):
            raise ValueError("a segment's name is required")
        fields = line.decode(marks.encoding).split(marks.field)
        if fields[0] == "MSH":
            fields.insert(1, marks.field)
        segments.append(Segment(place, tuple(fields), marks))
    return segments


def _delimiters(message: RawMessage, encoding: str) -> Delimiters:
    _, header = message.lines[0]
    text = header.decode("latin-1")
    if not text.startswith("MSH") or len(text) < 9:
        raise ValueError("MSH is required")
    fields = text.split(text[3])
    marks = fields[1]
    if len(fields) < 12 or not 2 <= len(marks) <= 5 or len({text[3], *marks}) != len(marks) + 1:
        raise ValueError("MSH-1 to MSH-12 are required")
    component, repetition, escape, subcomponent = (*marks[:4], *("\\", "&")[len(marks) - 4 :])[:4]
    told = fields[17].split(repetition)[0] if len(fields) > 17 else ""
    found = _encoding(message, told.strip().upper(), encoding)
    return Delimiters(text[3], component, repetition, escape, subcomponent, found)


def _encoding(message: RawMessage, told: str, encoding: str) -> str:
    if told in _CHARSETS:
        return _CHARSETS[told]
    if told not in _UNSAID:
        raise ValueError(f"MSH-18 {told!r} is not known")
    if encoding:
        return encoding
    try:
        for _, line in message.lines:
            line.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"
