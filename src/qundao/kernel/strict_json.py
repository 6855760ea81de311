"""Reading JSON that somebody signed: one text has one meaning, or it is refused.

Plain readers of JSON differ on repeated names (the first wins, or the last), on NaN and on
unpaired surrogates. What is signed must not mean one thing to the reviewer and another to the
machine, so all of these are refused, as is U+0000, which some databases cannot store.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn


def read_json(data: bytes) -> Any:
    """Return the JSON value that UTF-8 `data` holds.

    Raises ValueError on text that is not JSON, repeated names in one object, NaN and infinities,
    unpaired surrogates, U+0000, and nesting too deep to read.
    """
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant
        )
        _check(value)
    except RecursionError:
        raise ValueError("fewer nested levels are required") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError(f"each name once is required, received {[k for k, _ in pairs][:20]}")
    return read


def _constant(text: str) -> NoReturn:
    raise ValueError(f"a finite number is required, received {text}")


def _check(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("text without U+0000 is required")
        value.encode("utf-8")  # raises UnicodeEncodeError, a ValueError, on a lone surrogate
    elif isinstance(value, dict):
        for name, item in value.items():
            _check(name)
            _check(item)
    elif isinstance(value, list):
        for item in value:
            _check(item)
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise ValueError("a number within the range of a double is required")
