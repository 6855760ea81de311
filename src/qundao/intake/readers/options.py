"""Checks the options that a reader is told, before anything is opened."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Mapping

from qundao.intake import codes
from qundao.kernel.errors import fail, problem, raise_if


def check_options(options: Mapping[str, str], known: Collection[str]) -> None:
    """Refuse options that a reader does not know; a mapping of those `known` says what each means.

    Raises `intake.unknown_option`, every unknown one at once.
    """
    meant = known if isinstance(known, Mapping) else dict.fromkeys(known, "")
    told = "; ".join(f"{name}: {m}" if m else name for name, m in meant.items()) or "–"
    raise_if(
        problem(codes.UNKNOWN_OPTION, f"{name}={options[name]}", f"options.{name}", allowed=told)
        for name in options
        if name not in known
    )


def one_of(options: Mapping[str, str], name: str, allowed: Collection[str], default: str) -> str:
    """Return an option that has few values. Raises `intake.unknown_option`."""
    value = options.get(name, default)
    if value not in allowed:
        raise bad(options, name, " | ".join(v for v in allowed if v))
    return value


def whole_number(options: Mapping[str, str], name: str, *, least: int = 1) -> int | None:
    """Return an option that is a whole number, None where untold. Raises as `one_of`."""
    text = options.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) >= least):
        raise bad(options, name, f"1, 2, 3 … (>= {least})")
    return int(text)


def bad(options: Mapping[str, str], name: str, allowed: str) -> Exception:
    """Return the error that refuses an option's value and says which are `allowed`."""
    received = f"{name}={options.get(name, '')}"
    return fail(codes.UNKNOWN_OPTION, received, "options", allowed=f"{name}={allowed}")


def checked_encoding(name: str) -> str:
    """Return the encoding's usual name. Raises `intake.unknown_option`."""
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        allowed = "utf-8, gb18030, latin-1, …"
        raise fail(codes.UNKNOWN_OPTION, name, "options.encoding", allowed=allowed) from error
