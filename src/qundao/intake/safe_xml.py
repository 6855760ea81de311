"""The one way in which intake opens XML: no DTD, no entities, bounded depth, bounded memory.

A document type declaration, without which no entity can be declared and nothing external be
referred to, can only stand before the root element: what stands there is looked at first.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import (
    Element,
    ParseError,
    XMLPullParser,
)
from xml.parsers import expat

from qundao.intake import codes
from qundao.intake.limits import Limits
from qundao.kernel.errors import fail

_CHUNK = 2**16
_DECLARED = re.compile(rb"""^(\s*<\?xml[^>]*?encoding\s*=\s*["'])([A-Za-z0-9._-]+)""")
_CHINESE = ("gb2312", "gbk", "gb18030")
_WHOLE_TIMES = 4
"""A document read whole may be this many times as large as a value."""

Ancestors = tuple[Element, ...]


def local(tag: str) -> str:
    """Return the name of a tag or attribute without its namespace."""
    return tag.rpartition("}")[2]


def streamed(
    path: Path, tags: Collection[str], limits: Limits
) -> Iterator[tuple[Ancestors, Element]]:
    """Yield each element whose local name is in `tags`, once it is whole, with its ancestors.

    Ancestors (outermost first) have their attributes. All else is let go as soon as it ends, and
    what is yielded when the next is asked for. Raises `intake.hostile` (a DTD),
    `intake.beyond_limits`, `intake.unreadable` (not well-formed).
    """
    stack: list[Element] = []
    kept = 0  # open elements that will be yielded, whose children must stay until then
    for event, element in _events(path, limits):
        wanted = local(element.tag) in tags
        if event == "start":
            stack.append(element)
            kept += wanted
            continue
        stack.pop()
        kept -= wanted
        if wanted:
            yield tuple(stack), element
        if not kept and stack:
            stack[-1].remove(element)


def whole(path: Path, limits: Limits) -> Element:
    """Return a small document's root. Raises as `streamed`."""
    most = _WHOLE_TIMES * limits.field_bytes
    if path.stat().st_size > most:
        raise fail(codes.BEYOND_LIMITS, path.stat().st_size, str(path), what="bytes", most=most)
    root = None
    for _, element in _events(path, limits):
        root = element
    if root is None:
        raise fail(codes.UNREADABLE, "", str(path), what="XML")
    return root


def _events(path: Path, limits: Limits) -> Iterator[tuple[str, Element]]:
    """Yield ("start" or "end", element), holding depth and text between events to the limits."""
    parser: Any = XMLPullParser(("start", "end"))  # its events are typed as all kinds at once
    depth, silent = 0, 0
    try:
        for chunk in _without_dtd(_utf8(_chunks(path)), path, limits):
            parser.feed(chunk)
            silent += len(chunk)
            for event, element in parser.read_events():
                silent = 0
                depth += 1 if event == "start" else -1
                if depth > limits.depth:
                    raise _beyond("depth", limits.depth, path)
                yield event, element
            if silent > limits.field_bytes:
                raise _beyond("value", limits.field_bytes, path)
        parser.close()
    except (ParseError, UnicodeDecodeError) as error:
        raise fail(codes.UNREADABLE, str(error), str(path), what="XML") from error
    yield from parser.read_events()


def _beyond(what: str, most: int, path: Path) -> Exception:
    return fail(codes.BEYOND_LIMITS, f"> {most}", str(path), what=what, most=most)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Return the bytes as they are, or turned into UTF-8 from the Chinese encodings.

    The parser knows UTF-8, UTF-16, ISO 8859-1 and encodings of one byte by itself.
    """
    first = next(chunks, b"")
    declared = _DECLARED.match(first)
    if not declared or declared[2].decode("ascii").lower() not in _CHINESE:
        return chain([first], chunks)
    renamed = declared[1] + b"utf-8" + first[declared.end() :]
    decoder = codecs.getincrementaldecoder("gb18030")()
    return (decoder.decode(chunk).encode() for chunk in chain([renamed], chunks))


def _without_dtd(chunks: Iterator[bytes], path: Path, limits: Limits) -> Iterator[bytes]:
    """Return the chunks unless a document type declaration stands before the root element."""
    guard, held = _Guard(path), []
    for chunk in chunks:
        held.append(chunk)
        if guard.passed(chunk):
            break
        if len(held) * _CHUNK > limits.field_bytes:
            raise _beyond("prolog", limits.field_bytes, path)
    return chain(held, chunks)


class _Guard:
    """Looks at a document up to its root element."""

    def __init__(self, path: Path) -> None:
        self._path, self._at_root = path, False
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._root

    def passed(self, chunk: bytes) -> bool:
        """Say whether the root element has begun, or the document is broken before it."""
        try:
            self._parser.Parse(chunk, False)  # noqa: FBT003 (expat takes no names)
        except expat.ExpatError:
            return True  # the parser that follows says what is wrong
        return self._at_root

    def _doctype(self, *_: object) -> None:
        raise fail(codes.HOSTILE, "<!DOCTYPE", str(self._path), what="DTD (DOCTYPE, ENTITY)")

    def _root(self, *_: object) -> None:
        self._at_root = True
