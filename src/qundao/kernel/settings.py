"""Typed settings from the environment, all checked before anything starts.

A setting is declared once with its type, default and meaning; the reference page is generated
from the declarations, and a wrong value fails with a repair hint instead of a traceback later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from qundao.kernel.errors import Problem, declare, problem, raise_if
from qundao.kernel.words import Words

T = TypeVar("T")

BAD_SETTING = declare(
    "kernel.bad_setting",
    title=Words("设置 {name} 不正确", "The setting {name} is not valid"),
    required=Words("{form}", "{form}"),
    remedy=Words(
        "更正环境变量 {name} 后重新启动；可用的写法见 docs 的设置参考",
        "correct {name} in the environment and start again; the settings reference lists forms",
    ),
    status=500,
)


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One environment variable: its name, reader, default, accepted form and meaning."""

    name: str
    read: Callable[[str], T]
    default: T
    form: str
    meaning: Words
    secret: bool = False

    def value(self, environ: Mapping[str, str]) -> T:
        """Return the value. Raises `kernel.bad_setting`."""
        text = environ.get(self.name)
        if text is None or text == "":
            return self.default
        found = self._problem(text)
        raise_if([found] if found else [])
        return self.read(text)

    def _problem(self, text: str) -> Problem | None:
        try:
            self.read(text)
        except (ValueError, KeyError) as error:
            received = "***" if self.secret else f"{text!r} ({error})"
            return problem(BAD_SETTING, received, self.name, name=self.name, form=self.form)
        return None


def check_settings(settings: tuple[Setting[Any], ...], environ: Mapping[str, str]) -> None:
    """Raise one error that names every setting whose value cannot be read."""
    texts = ((s, environ.get(s.name) or "") for s in settings)
    raise_if(p for s, text in texts if text and (p := s._problem(text)))


def read_bool(text: str) -> bool:
    """Read `1/0`, `true/false`, `yes/no`, `on/off`. Raises ValueError on anything else."""
    try:
        return _BOOLEANS[text.strip().lower()]
    except KeyError:
        raise ValueError("neither yes nor no") from None


def read_positive(text: str) -> int:
    """Read an integer of at least 1. Raises ValueError."""
    number = int(text)
    if number < 1:
        raise ValueError("below 1")
    return number


_BOOLEANS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
