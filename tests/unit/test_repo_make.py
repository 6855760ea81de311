"""The promises of make and of the scripts behind it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
MAKEFILE = (REPO / "Makefile").read_text("utf-8")
TARGETS = re.findall(r"(?m)^([a-z][a-z-]*):.*##", MAKEFILE)
STAMPS = ("$(DEMO)", "$(DEV)", "$(SPARK)")


def rules():
    return dict(re.findall(r"(?m)^([a-z][a-z-]*):([^#\n]*)##", MAKEFILE))


def test_the_stable_targets_are_there():
    assert {"demo", "test", "bench", "soak", "check", "help"} <= set(TARGETS)


def test_every_target_installs_the_command_first():
    """Each asks for a stamp that is made after `pip install -e .`, or for targets that do."""
    found = {name: needs.split() for name, needs in rules().items()}
    for name, needs in found.items():
        reached = {*needs, *(n for need in needs for n in found.get(need, ()))}
        assert reached & set(STAMPS), name


def test_help_says_what_every_target_does(tmp_path):
    line = re.search(r"(?m)^\t@(awk .*)$", MAKEFILE)[1].replace("$$", "$")
    told = subprocess.run(["sh", "-c", line], cwd=REPO, capture_output=True, text=True, check=True)
    assert [row.split()[1] for row in told.stdout.splitlines()] == TARGETS


@pytest.mark.skipif(not shutil.which("make"), reason="make is not on this machine")
def test_what_make_would_do_parses_without_a_warning():
    planned = subprocess.run(
        ["make", "-n", *TARGETS], cwd=REPO, capture_output=True, text=True, check=True
    )
    assert planned.stderr == ""
    assert "-m pytest" in planned.stdout


def test_without_a_python_the_message_says_what_to_install(tmp_path):
    for name in ("sh", "cat"):
        (tmp_path / name).symlink_to(shutil.which(name))
    done = subprocess.run(
        ["sh", "scripts/venv.sh", str(tmp_path / "venv"), "no-such-python"],
        cwd=REPO,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "python3-venv" in done.stderr
    assert "没有找到可用的 Python" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_continuous_integration_stops_at_the_first_failure():
    script = (REPO / ".ci" / "run").read_text("utf-8")
    assert "set -euo pipefail" in script
    assert script.index("make check") < script.index("make test")
    assert (REPO / ".ci" / "run").stat().st_mode & 0o100


def test_no_secret_and_no_address_is_asked_of_pip():
    for script in sorted((REPO / "scripts").glob("*.sh")):
        text = script.read_text("utf-8")
        assert "--index-url" not in text
        assert "--trusted-host" not in text
    assert "--require-hashes" in (REPO / "scripts" / "install.sh").read_text("utf-8")
