"""Checks what a caller told a reader: names that are known, values that are allowed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from qundao.intake import codes
from qundao.kernel.errors import fail, problem, raise_if


def check_names(options: Mapping[str, str], known: Collection[str]) -> None:
    """Raise `intake.unknown_option` with every option that is not among those `known`."""
    allowed = ", ".join(sorted(known))
    raise_if(
        problem(codes.UNKNOWN_OPTION, f"{name}={options[name]}", "options", allowed=allowed)
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
