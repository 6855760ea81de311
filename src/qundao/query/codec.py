"""Definitions to JSON and back, from their own type annotations.

Fields that hold their default are left out, so that a definition keeps its digest when a later
version of the language adds an option. Reading collects every defect with its JSON path, what
was required and what was received; a definition that comes out is valid.
"""

from __future__ import annotations

import dataclasses
import json
import re
import types
from collections import Counter
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from qundao.kernel.canonical import digest
from qundao.kernel.errors import Problem, QundaoError, fail, problem
from qundao.query.codes import LONGEST_PATH, MALFORMED, TOO_LARGE, printable

SCHEMA = "qundao.query/1"
DEEPEST = 40
LARGEST = 100_000
_BAD = object()


def kind_name(cls: type) -> str:
    """Return how a class is called in JSON: `TimeToEvent` is `time_to_event`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


def encode(value: Any) -> Any:
    """Return a definition, or a part of one, as plain JSON; dataclasses carry their `kind`."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = ((f, getattr(value, f.name)) for f in dataclasses.fields(value))
        held = {f.name: encode(v) for f, v in fields if not _is_default(f, v)}
        return {"kind": kind_name(type(value)), **held}
    if isinstance(value, tuple):
        return [encode(v) for v in value]
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, float) and value.is_integer() else value


def definition_json(definition: Any) -> dict[str, Any]:
    """Return a whole definition as JSON, with its schema."""
    return {"schema": SCHEMA, **encode(definition)}


def definition_digest(definition: Any) -> str:
    """Return the SHA-256 of a definition's canonical JSON, 64 hexadecimal digits."""
    return digest(definition_json(definition))


def _is_default(field: dataclasses.Field[Any], value: Any) -> bool:
    return field.default is not dataclasses.MISSING and bool(value == field.default)


def parse(data: str | bytes) -> Any:
    """Return the JSON value of a text. Raises `query.malformed` and `query.too_large`.

    Refused besides what is no JSON: a name twice in one object, of which readers would take one
    or the other, and halves of characters (surrogates), which no file can hold.
    """
    try:
        text = data if isinstance(data, str) else data.decode(json.detect_encoding(data))
        value = json.loads(text, object_pairs_hook=_object_of)
        _check_characters(text, value)
    except RecursionError:
        raise _too_large("nesting") from None
    except ValueError as error:
        received = printable(str(error))
        raise fail(MALFORMED, received, "$", required_zh="JSON", required_en="JSON") from None
    return value


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"{twice[:60]!a} twice in one object")
    return found


def _check_characters(text: str, value: Any) -> None:
    """Raise ValueError if the text, or a text that it writes with escapes, is no Unicode."""
    text.encode("utf-8")
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode("utf-8")


def check_size(data: Any, deepest: int = DEEPEST, largest: int = LARGEST) -> None:
    """Refuse what is nested too deeply or holds too much, before it is read. Bounded time."""
    level, size = [data], 0
    for _ in range(deepest):
        size += len(level)
        if size > largest:
            raise _too_large(f"> {largest}", deepest, largest)
        level = [child for value in level for child in _children(value)]
        if not level:
            return
    raise _too_large(f"depth > {deepest}", deepest, largest)


def _children(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()


def _too_large(received: str, deepest: int = DEEPEST, largest: int = LARGEST) -> QundaoError:
    zh = f"至多 {deepest} 层嵌套、{largest} 个值"
    en = f"at most {deepest} levels and {largest} values"
    return fail(TOO_LARGE, received, "$", required_zh=zh, required_en=en)


def decode(data: Any, hint: Any) -> Any:
    """Return the value of type `hint` that `data` describes. Raises with every defect."""
    problems: list[Problem] = []
    value = _read(data, hint, "$", problems)
    if problems:
        raise QundaoError(*problems)
    return value


def _read(data: Any, hint: Any, path: str, problems: list[Problem]) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _union(data, get_args(hint), path, problems)
    if origin is tuple:
        return _tuple(data, get_args(hint)[0], path, problems)
    if dataclasses.is_dataclass(hint):
        return _object(data, hint, path, problems)  # type: ignore[arg-type]
    return _plain(data, hint, path, problems)


def _union(data: Any, members: tuple[Any, ...], path: str, problems: list[Problem]) -> Any:
    if data is None and type(None) in members:
        return None
    rest = tuple(m for m in members if m is not type(None))
    if len(rest) == 1:
        return _read(data, rest[0], path, problems)
    by_kind = {kind_name(m): m for m in rest}
    kind = data.get("kind") if isinstance(data, Mapping) else None
    if not isinstance(kind, str) or kind not in by_kind:
        received = kind if isinstance(data, Mapping) else _shown(data)
        return _bad(problems, f"{path}.kind", received, "、".join(by_kind), " | ".join(by_kind))
    return _read(data, by_kind[kind], path, problems)


def _tuple(data: Any, item: Any, path: str, problems: list[Problem]) -> Any:
    if not isinstance(data, list):
        return _bad(problems, path, _shown(data), "列表", "a list")
    values = [_read(v, item, f"{path}[{i}]", problems) for i, v in enumerate(data)]
    return _BAD if _BAD in values else tuple(values)


def _object(data: Any, cls: type, path: str, problems: list[Problem]) -> Any:
    if not isinstance(data, Mapping):
        return _bad(problems, path, _shown(data), kind_name(cls), f"an object, {kind_name(cls)}")
    hints = _hints(cls)
    before = len(problems)
    if data.get("kind", kind_name(cls)) != kind_name(cls):
        _bad(problems, f"{path}.kind", _shown(data["kind"]), kind_name(cls), kind_name(cls))
    for name in data.keys() - hints.keys() - {"kind"}:
        known = ", ".join(hints)
        _bad(problems, f"{path}.{name}", _shown(data[name]), f"字段：{known}", f"fields {known}")
    values = {n: _read(data[n], h, f"{path}.{n}", problems) for n, h in hints.items() if n in data}
    for field in dataclasses.fields(cls):
        if field.name not in data and field.default is dataclasses.MISSING:
            _bad(problems, f"{path}.{field.name}", "", "必填", "a value")
    return _BAD if len(problems) > before else _made(cls, values, path, problems)


def _made(cls: type, values: dict[str, Any], path: str, problems: list[Problem]) -> Any:
    try:
        return cls(**values)
    except QundaoError as error:
        problems += [dataclasses.replace(p, where=f"{path}.{p.where}") for p in error.problems]
        return _BAD


def _plain(data: Any, hint: Any, path: str, problems: list[Problem]) -> Any:
    if hint is float and isinstance(data, int | float) and not isinstance(data, bool):
        return float(data)
    if hint is date:
        return _date(data, path, problems)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        allowed = [m.value for m in hint]
        if isinstance(data, str) and data in allowed:
            return hint(data)
        return _bad(problems, path, _shown(data), "、".join(allowed), " | ".join(allowed))
    if isinstance(data, hint) and not (hint is int and isinstance(data, bool)):
        return data
    zh, en = _PLAIN[hint]
    return _bad(problems, path, _shown(data), zh, en)


_PLAIN = {
    int: ("整数", "an integer"),
    float: ("数", "a number"),
    str: ("文本", "text"),
    bool: ("true 或 false", "true or false"),
}


def _date(data: Any, path: str, problems: list[Problem]) -> Any:
    try:
        return date.fromisoformat(data)
    except (TypeError, ValueError):
        return _bad(
            problems, path, _shown(data), "日期，如 2026-01-31", "a date such as 2026-01-31"
        )


def _bad(problems: list[Problem], path: str, received: Any, zh: str, en: str) -> Any:
    where = printable(path[:LONGEST_PATH])
    problems.append(problem(MALFORMED, received, where, required_zh=zh, required_en=en))
    return _BAD


def _shown(data: Any) -> str:
    """Return a value for a message, cut to a readable length."""
    if isinstance(data, Mapping | list):
        return type(data).__name__
    text = json.dumps(data, ensure_ascii=False, default=str)
    return printable(text if len(text) <= 80 else text[:77] + "…")


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)
