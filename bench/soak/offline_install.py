"""Gathers the wheels, installs them into a fresh environment without any index, and uses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run() -> str:
    """Gather, install, check data there. Raises CalledProcessError or AssertionError."""
    with tempfile.TemporaryDirectory() as place:
        wheels, home = Path(place) / "wheels", Path(place) / "venv"
        gather = ["sh", "scripts/wheels.sh", sys.executable, str(wheels)]
        subprocess.run(gather, cwd=ROOT, check=True)
        python = install(wheels, home)
        score = use(python, Path(place))
        _refuses_an_altered_wheel(wheels, Path(place) / "altered")
        count = len(list(wheels.glob("*.whl")))
    return f"{count} wheels, no index; the pilot study scores {score} there; alteration refused"


def install(wheels: Path, home: Path) -> Path:
    """Make an environment at `home` from the folder of wheels alone; return its python."""
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    python = home / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    pip += ["--find-links", str(wheels)]
    pinned = ["--require-hashes", "-r", str(wheels / "requirements.txt")]
    for what in (pinned, ["qundao"]):
        subprocess.run([*pip, *what], env=_without_settings(), cwd=home, check=True)
    return python


def use(python: Path, place: Path) -> float:
    """Write the pilot study and check it with the installed command; return its score."""
    data, report = place / "pilot", place / "report.json"
    script = (
        f"from pathlib import Path; import qundao.intake as i; i.write_pilot(Path({str(data)!r}))"
    )
    subprocess.run([python, "-c", script], env=_without_settings(), cwd=place, check=True)
    command = [python.with_name("qundao"), "quality", "run", "--data", f"parquet:{data}"]
    quiet = subprocess.DEVNULL
    subprocess.run(
        [*command, "--out", report], env=_without_settings(), cwd=place, check=True, stdout=quiet
    )
    found = json.loads(report.read_text())
    assert found["schema"] == "qundao.quality/1"
    score: float = found["score"]["total"]
    return score


def _refuses_an_altered_wheel(wheels: Path, home: Path) -> None:
    victim = next(wheels.glob("sqlparse-*.whl"))
    victim.write_bytes(victim.read_bytes() + b"\0")
    try:
        install(wheels, home)
    except subprocess.CalledProcessError:
        return
    raise AssertionError("an altered wheel was installed")


def _without_settings() -> dict[str, str]:
    """Return the environment without pip's settings, so that no index can be reached by one."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON"))}
    return kept | {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1"}
