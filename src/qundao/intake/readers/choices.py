"""Checks a reader's options before anything is opened."""

from __future__ import annotations

import codecs
from collections.abc import Mapping

from qundao.intake import codes
from qundao.kernel.errors import fail, problem, raise_if


def check_options(options: Mapping[str, str], allowed: Mapping[str, str]) -> None:
    """Refuse options that a reader does not know; `allowed` says what each means.

    Raises `intake.unknown_option`, every unknown one at once.
    """
    told = "; ".join(f"{name}: {meaning}" for name, meaning in allowed.items()) or "–"
    raise_if(
        problem(codes.UNKNOWN_OPTION, name, f"options.{name}", allowed=told)
        for name in options
        if name not in allowed
    )


def checked_encoding(name: str) -> str:
    """Return the encoding's usual name. Raises `intake.unknown_option`."""
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        allowed = "utf-8, gb18030, latin-1, …"
        raise fail(codes.UNKNOWN_OPTION, name, "options.encoding", allowed=allowed) from error
