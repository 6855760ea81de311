"""JSON documents larger than memory: read piece by piece, or line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, TextIO

from qundao.intake import codes
from qundao.intake.limits import Limits
from qundao.kernel.errors import QundaoError, fail

_CHUNK = 2**20


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def parse(text: str, limits: Limits) -> Any:
    """Return what a JSON text says. Raises ValueError where it is broken or nested too deep."""
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if too_deep(value, text.count("[") + text.count("{"), limits):
        raise ValueError("nested too deep")
    return value


def too_deep(value: Any, openings: int, limits: Limits) -> bool:
    """Say whether a value is nested deeper than allowed; openings: brackets in its text."""
    if openings <= limits.depth:
        return False
    level = [value]
    for _ in range(limits.depth):
        level = [
            part
            for held in level
            if isinstance(held, dict | list)
            for part in (held.values() if isinstance(held, dict) else held)
        ]
    return any(isinstance(held, dict | list) for held in level)


def lines(path: Path, limits: Limits) -> Iterator[tuple[int, bytes | None]]:
    """Yield a file's lines that are not blank, with their numbers; None for one beyond limits."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(limits.field_bytes + 1):
            number += 1
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if len(line) > limits.field_bytes:
                yield number, None
                while line and not line.endswith(b"\n"):
                    line = file.readline(limits.field_bytes)
            elif stripped := line.strip():
                yield number, stripped


def pieces(path: Path, streamed: str, limits: Limits) -> Iterator[tuple[str, Any]]:
    """Yield (key, value) of the object that a file holds; the array `streamed` element by element.

    Raises `intake.unreadable` where the file is not one JSON object in UTF-8, and
    `intake.beyond_limits` for a value longer than `field_bytes` or nested too deep.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            yield from _members(_Window(file, limits), streamed)
    except UnicodeDecodeError as error:
        raise fail(codes.UNREADABLE, error.reason, str(path), what="JSON (UTF-8)") from error


def _members(window: _Window, streamed: str) -> Iterator[tuple[str, Any]]:
    window.take("{")
    if window.peek() == "}":
        window.take("}")
    else:
        while True:
            key = window.value()
            if not isinstance(key, str):
                raise window.broken("a key that is not text")
            window.take(":")
            if key == streamed and window.peek() == "[":
                yield from ((key, element) for element in _elements(window))
            else:
                yield key, window.value()
            if window.take(",}") == "}":
                break
    if window.peek():
        raise window.broken("text after the end of the object")


def _elements(window: _Window) -> Iterator[Any]:
    window.take("[")
    if window.peek() == "]":
        window.take("]")
        return
    while True:
        yield window.value()
        if window.take(",]") == "]":
            return


class _Window:
    """The part of a document that is in memory, moving forward."""

    def __init__(self, file: TextIO, limits: Limits) -> None:
        self._file, self._limits = file, limits
        self._text, self._at, self._before = "", 0, 0

    def peek(self) -> str:
        """Return the next character that is not blank, empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in " \t\r\n":
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._fill():
                return ""

    def take(self, wanted: str) -> str:
        """Step over one of the characters wanted and return it."""
        found = self.peek()
        if not found or found not in wanted:
            raise self.broken(f"{found or 'end of file'!r} for one of {wanted!r}")
        self._at += 1
        return found

    def value(self) -> Any:
        """Return the next value, reading on until all of it is there."""
        self.peek()
        last = ""
        while True:
            value, end, wrong = self._decoded()
            if not wrong and (end < len(self._text) or not self._fill()):
                return self._checked(value, end)
            # The same complaint at the same place after more was read: broken, not unfinished.
            if wrong and (wrong == last or not self._fill()):
                raise self.broken(wrong)
            if len(self._text) - self._at > self._limits.field_bytes + _CHUNK:
                most = self._limits.field_bytes
                raise fail(codes.BEYOND_LIMITS, f"> {most}", self._place(), what="value", most=most)
            last = wrong if not wrong.startswith("Unterminated string") else ""

    def _decoded(self) -> tuple[Any, int, str]:
        try:
            value, end = _DECODER.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            return None, 0, f"{error.msg} ({self._before + error.pos})"
        except RecursionError as error:
            raise self._deep() from error
        except ValueError as error:
            raise self.broken(str(error)) from error
        return value, end, ""

    def _checked(self, value: Any, end: int) -> Any:
        if isinstance(value, dict | list):
            openings = self._text.count("[", self._at, end) + self._text.count("{", self._at, end)
            if too_deep(value, openings, self._limits):
                raise self._deep()
        self._at = end
        return value

    def _fill(self) -> bool:
        """Read on, and forget what is behind; as much again, so that long values stay linear."""
        more = self._file.read(max(_CHUNK, len(self._text) - self._at))
        self._before += self._at
        self._text, self._at = self._text[self._at :] + more, 0
        return bool(more)

    def _place(self) -> str:
        return f"character {self._before + self._at + 1}"

    def _deep(self) -> QundaoError:
        most = self._limits.depth
        return fail(codes.BEYOND_LIMITS, f"> {most}", self._place(), what="depth", most=most)

    def broken(self, received: str) -> QundaoError:
        """Return the error of a document that is not JSON here."""
        return fail(codes.UNREADABLE, received, self._place(), what="JSON")
