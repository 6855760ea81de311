"""What was copied from other projects is what it says it is, and nothing is fetched at run time."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

import qundao.hub

STATIC = Path(qundao.hub.__file__).parent / "static"
VENDOR = STATIC / "vendor"
ROWS = re.findall(
    r"^\| ([\w./-]+) \| ([\w.-]+) \| ([\d.]+) \| .*? \| ([0-9a-f]{64}) \|$",
    (VENDOR / "VENDORED.md").read_text("utf-8"),
    re.MULTILINE,
)


@pytest.mark.parametrize(("file", "package", "version", "digest"), ROWS)
def test_digest_and_licence(file: str, package: str, version: str, digest: str) -> None:
    path = VENDOR / file
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert (path.parent / "LICENSE").read_text("utf-8").strip()


def test_every_vendored_script_is_listed() -> None:
    assert {r[0] for r in ROWS} == {str(p.relative_to(VENDOR)) for p in VENDOR.rglob("*.js")}


def test_our_own_scripts_and_styles_name_no_other_host() -> None:
    own = [p for p in (STATIC / "qundao").iterdir() if p.suffix in {".js", ".css"}]
    assert len(own) >= 3
    for path in own:
        assert not re.search(r"https?:|//[a-z]+\.", path.read_text("utf-8")), path.name
