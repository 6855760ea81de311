"""Canonical JSON after RFC 8785 (JCS): the same value is always the same bytes.

Only what is hashed is canonical. Integers beyond 2^53 must come as strings, because other
readers of JSON would round them.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

LARGEST_INTEGER = 2**53 - 1


def canonical_json(value: Any) -> bytes:
    """Return the canonical UTF-8 bytes of a JSON value.

    Raises ValueError for NaN, infinities, integers beyond 2^53 - 1 and foreign types.
    """
    return _text(value).encode("utf-8")


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical form of a JSON value."""
    return sha256_hex(canonical_json(value))


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return "[" + ",".join(_text(v) for v in value) + "]"
    raise ValueError(f"a JSON value is required, received {type(value).__name__}")


def _object(value: Mapping[str, Any]) -> str:
    if not all(isinstance(k, str) for k in value):
        raise ValueError("object keys must be text")
    keys = sorted(value, key=lambda k: k.encode("utf-16-be"))
    return (
        "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{_text(value[k])}" for k in keys) + "}"
    )


def _integer(value: int) -> str:
    if abs(value) > LARGEST_INTEGER:
        raise ValueError(f"an integer within ±(2^53 - 1) is required (else text), received {value}")
    return str(value)


def _number(value: float) -> str:
    """Write a double as ECMAScript does (RFC 8785, section 3.2.2.3)."""
    if not math.isfinite(value):
        raise ValueError(f"a finite number is required, received {value}")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(digits)
    digits = digits.rstrip("0")
    return sign + _place(digits, point)


def _place(digits: str, point: int) -> str:
    """Place the decimal point after `point` digits, or write an exponent outside 1e-7..1e21."""
    if 0 < point <= 21:
        if len(digits) <= point:
            return digits + "0" * (point - len(digits))
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{tail}e{point - 1:+d}"
