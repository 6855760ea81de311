"""What the repository must not hold, and what each of its files keeps to."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
BINARY = {".png", ".jpg", ".woff2", ".ico", ".mo", ".parquet", ".gz"}
LONGEST_FUNCTION = 60
LONGEST_FILE = 450

# Written in halves, so that this file does not hold what it looks for.
INDEX_HOSTS = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "mirror")
INDEX_HOSTS += ("mirrors." + "aliyun", "pypi." + "tuna", "artifact" + "ory")
HOMES = ("work", "root", r"home/\w+", "Users")
PLACES = re.compile(r"(?<![\w.~/])/(?:" + "|".join(HOMES) + r")/\w")
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")


def tracked():
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPO, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    return [REPO / n for n in names if n and (REPO / n).is_file()]


@pytest.fixture(scope="module")
def texts():
    files = (f for f in tracked() if f.suffix not in BINARY)
    return {f.relative_to(REPO).as_posix(): f.read_text("utf-8") for f in files}


def own(texts):
    """Return the files that the project wrote itself."""
    return {n: t for n, t in texts.items() if "/vendor/" not in n and n != "LICENSE"}


def test_no_package_index_is_named(texts):
    found = [(n, h) for n, t in texts.items() for h in INDEX_HOSTS if h in t]
    assert found == []


def test_no_path_of_a_machine_is_named(texts):
    found = [(n, m.group()) for n, t in own(texts).items() for m in PLACES.finditer(t)]
    assert found == []


def test_nothing_is_left_to_do(texts):
    found = [(n, m.group()) for n, t in own(texts).items() for m in UNFINISHED.finditer(t)]
    assert found == []


def test_the_text_needs_no_tracker_to_be_understood(texts):
    numbered = re.compile(r"\b(?:issue|ticket|PR) #?\d", re.IGNORECASE)
    found = [(n, m.group()) for n, t in own(texts).items() for m in numbered.finditer(t)]
    assert found == []


def test_every_pin_has_a_hash_and_no_address(texts):
    for name in ("requirements/demo.txt", "requirements/dev.txt", "requirements/spark.txt"):
        blocks = re.split(r"\n(?=\S)", texts[name].strip())
        assert len(blocks) > 30
        for block in blocks:
            assert re.match(r"[\w.\[\]-]+==[\w.+!]+ ", block), f"{name}: {block[:60]}"
            assert "--hash=sha256:" in block, f"{name}: {block[:60]}"
            assert "://" not in block, f"{name}: {block[:60]}"


def test_the_demo_is_pinned_like_the_tests(texts):
    demo, dev = (_pins(texts[f"requirements/{n}.txt"]) for n in ("demo", "dev"))
    assert demo <= dev


def test_the_extras_add_to_the_pins_and_change_none(texts):
    demo, spark = (_pins(texts[f"requirements/{n}.txt"]) for n in ("demo", "spark"))
    names = [{p.partition("==")[0] for p in pins} for pins in (demo, spark)]
    assert names[1] - names[0] == {"py4j", "pyspark"}
    assert {p for p in spark if p.partition("==")[0] in names[0]} <= demo


def _pins(text):
    return set(re.findall(r"(?m)^([\w.\[\]-]+==[^ ;]+)", text))


def test_functions_are_short_and_files_have_one_job(texts):
    long = []
    for name, text in own(texts).items():
        if not name.endswith(".py") or "/migrations/" in name or name.startswith("tests/"):
            continue
        if text.count("\n") > LONGEST_FILE:
            long.append((name, text.count("\n")))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = node.end_lineno - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append((name, node.name, lines))
    assert long == []


def test_test_files_have_names_of_their_own(texts):
    names = [n.rsplit("/", 1)[-1] for n in texts if re.search(r"^tests/.*/test_\w+\.py$", n)]
    assert sorted(names) == sorted(set(names))


def test_every_marker_that_skips_says_why(texts):
    for name, text in texts.items():
        if name.startswith("tests/") and name.endswith(".py"):
            # A condition written as a string is its own reason.
            for found in re.finditer(r'mark\.skip(if)?\b(?!\(")', text):
                assert "reason=" in text[found.start() : found.start() + 300], name
