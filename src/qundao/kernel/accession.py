"""Accessions: `QD000123` is a dataset, `QD000123.2` its second version. They never change."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qundao.kernel.errors import declare, fail
from qundao.kernel.words import Words

_FORM = re.compile(r"^QD([0-9]{6,9})(?:\.([1-9][0-9]{0,5}))?$")

BAD_ACCESSION = declare(
    "kernel.bad_accession",
    title=Words("数据集编号不正确", "Not an accession"),
    required=Words("形如 QD000123 或 QD000123.2 的编号", "a number such as QD000123 or QD000123.2"),
    remedy=Words("从数据目录复制编号", "copy the accession from the catalogue"),
)


@dataclass(frozen=True, slots=True, order=True)
class Accession:
    """A dataset's number (from 1) and, unless the whole dataset is meant, a version (from 1)."""

    dataset: int
    version: int | None = None

    def __post_init__(self) -> None:
        if self.dataset < 1 or (self.version is not None and self.version < 1):
            raise fail(BAD_ACCESSION, f"dataset {self.dataset}, version {self.version}")

    def __str__(self) -> str:
        tail = "" if self.version is None else f".{self.version}"
        return f"QD{self.dataset:06d}{tail}"

    @classmethod
    def parse(cls, text: str) -> Accession:
        """Read an accession. Raises `kernel.bad_accession`."""
        found = _FORM.match(text.strip())
        if not found:
            raise fail(BAD_ACCESSION, text)
        version = found.group(2)
        return cls(int(found.group(1)), int(version) if version else None)
