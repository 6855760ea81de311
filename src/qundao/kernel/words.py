"""Text in the two languages that the product speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh-hans", "en"]
LANGUAGES: tuple[Language, ...] = ("zh-hans", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """One phrase, Chinese first. `{name}` placeholders are filled by `format`."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        if not self.zh or not self.en:
            raise ValueError(f"both languages are required, received {self!r}")

    def in_(self, language: str) -> str:
        """Return the phrase in `language`; anything but English reads Chinese."""
        return self.en if language.startswith("en") else self.zh

    def format(self, **facts: object) -> Words:
        """Return the phrase with its placeholders filled in both languages."""
        return Words(self.zh.format(**facts), self.en.format(**facts))


def as_language(text: str) -> Language:
    """Return the language that a tag such as `zh`, `zh-CN` or `en_GB.UTF-8` asks for."""
    return "en" if text.lower().startswith(("en", "c.", "posix")) else "zh-hans"
