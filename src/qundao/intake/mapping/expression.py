"""The small language in which a mapping says where a value comes from.

    number(结果)        first(出院诊断编码, 入院诊断编码)        if(性别 = '男', 8507, 8532)

Names of columns stand as the source has them; one with blanks or signs is put in double quotes,
text in single quotes. There is nothing else: no statement, no access to anything but the row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>\d+(?:\.\d+)?)(?![\w.])
    | (?P<text>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")+")
    | (?P<name>[^\W\d]\w*)
    | (?P<sign><>|!=|<=|>=|[=<>+\-*/(),])
    )""",
    re.VERBOSE,
)
_COMPARED = ("=", "<>", "!=", "<", "<=", ">", ">=")
_WORDS = ("and", "or", "not", "in", "is", "empty")
_DEEPEST, _LONGEST = 40, 100
LARGEST_WHOLE = 2**63 - 1
"""The largest whole number there is: fields, codes and the database have 64 bits for it."""


class SyntaxFault(Exception):  # noqa: N818
    """Text is not of the language: `at` is the character (from 1), `found` what stands there."""

    def __init__(self, at: int, found: str, wanted: str) -> None:
        super().__init__(f"{wanted} at character {at}, not {found!r}")
        self.at, self.found, self.wanted = at, found, wanted


@dataclass(frozen=True, slots=True)
class Literal:
    """A number (int or float) or a text."""

    value: int | float | str


@dataclass(frozen=True, slots=True)
class Name:
    """A column of the source, or a list of codes where a function takes one."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the language, or an operator by its sign, over its arguments."""

    name: str
    args: tuple[Node, ...]


Node = Literal | Name | Call


def parse(text: str) -> Node:
    """Read an expression. Raises SyntaxFault."""
    parser = _Parser(list(_tokens(text)), len(text))
    node = parser.either(0)
    parser.end()
    return node


def names(node: Node) -> Iterator[str]:
    """Yield every name that occurs, columns and lists of codes alike."""
    if isinstance(node, Name):
        yield node.name
    elif isinstance(node, Call):
        for arg in node.args:
            yield from names(arg)


def calls(node: Node) -> Iterator[Call]:
    """Yield every call of a function or operator, the outermost first."""
    if isinstance(node, Call):
        yield node
        for arg in node.args:
            yield from calls(arg)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text.rstrip()):
        found = _TOKEN.match(text, place)
        if not found or found.lastgroup is None:
            start = len(text) - len(text[place:].lstrip())
            raise SyntaxFault(start + 1, text[start : start + 10], "a name, number, text or sign")
        yield _Token(found.lastgroup, found.group(found.lastgroup), found.start(found.lastgroup))
        place = found.end()


class _Parser:
    """Reads tokens from the loosest binding (or) to the tightest."""

    def __init__(self, tokens: list[_Token], length: int) -> None:
        self._tokens, self._next, self._length = tokens, 0, length

    def either(self, depth: int) -> Node:
        return self._chain(("or",), self._both, depth)

    def _both(self, depth: int) -> Node:
        return self._chain(("and",), self._denied, depth)

    def _denied(self, depth: int) -> Node:
        if self._take("not"):
            self._check_depth(depth)
            return Call("not", (self._denied(depth + 1),))
        return self._compared(depth)

    def _compared(self, depth: int) -> Node:
        left = self._sum(depth)
        for sign in _COMPARED:
            if self._take(sign):
                return Call(sign.replace("!=", "<>"), (left, self._sum(depth)))
        if self._take("in"):
            return Call("in", (left, *self._listed(depth)))
        if self._take("is"):
            denied = self._take("not")
            self._need("empty")
            empty = Call("empty", (left,))
            return Call("not", (empty,)) if denied else empty
        return left

    def _sum(self, depth: int) -> Node:
        return self._chain(("+", "-"), self._product, depth)

    def _product(self, depth: int) -> Node:
        return self._chain(("*", "/"), self._single, depth)

    def _single(self, depth: int) -> Node:
        self._check_depth(depth)
        if self._take("-"):
            return Call("-", (Literal(0), self._single(depth + 1)))
        if self._take("("):
            inner = self.either(depth + 1)
            self._need(")")
            return inner
        token = self._token()
        if token is None or token.kind == "sign" or token.text in _WORDS:
            raise SyntaxFault(self._at(), token.text if token else "", "a value")
        self._next += 1
        if token.kind == "name" and self._peek("("):
            return Call(token.text.lower(), tuple(self._listed(depth)))
        return _value(token)

    def _listed(self, depth: int) -> list[Node]:
        self._need("(")
        if self._take(")"):
            return []
        found = [self.either(depth + 1)]
        while self._take(","):
            found.append(self.either(depth + 1))
        self._need(")")
        return found

    def _chain(self, signs: tuple[str, ...], read: Callable[[int], Node], depth: int) -> Node:
        left, length = read(depth), 1
        while sign := next((s for s in signs if self._take(s)), None):
            if (length := length + 1) > _LONGEST:
                raise SyntaxFault(self._at(), sign, f"at most {_LONGEST} parts")
            left = Call(sign, (left, read(depth)))
        return left

    def _check_depth(self, depth: int) -> None:
        if depth > _DEEPEST:
            raise SyntaxFault(self._at(), "(", f"at most {_DEEPEST} levels")

    def end(self) -> None:
        token = self._token()
        if token is not None:
            raise SyntaxFault(token.at + 1, token.text, "the end")

    def _take(self, text: str) -> bool:
        if self._peek(text):
            self._next += 1
            return True
        return False

    def _peek(self, text: str) -> bool:
        token = self._token()
        fits = token is not None and token.kind in ("sign", "name")
        return fits and token is not None and token.text == text

    def _need(self, text: str) -> None:
        if not self._take(text):
            token = self._token()
            raise SyntaxFault(self._at(), token.text if token else "", f"`{text}`")

    def _token(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _at(self) -> int:
        token = self._token()
        return token.at + 1 if token else self._length + 1


def _value(token: _Token) -> Node:
    if token.kind == "number" and (len(token.text) > 19 or float(token.text) > LARGEST_WHOLE):
        raise SyntaxFault(token.at + 1, token.text[:19], "a number of at most 18 digits")
    if token.kind == "number":
        return Literal(float(token.text) if "." in token.text else int(token.text))
    if token.kind == "text":
        return Literal(token.text[1:-1].replace("''", "'"))
    return Name(token.text[1:-1].replace('""', '"') if token.kind == "quoted" else token.text)
