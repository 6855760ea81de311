"""`qundao intake test`: run a mapping's own examples."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from qundao.cli.codes import CANNOT_WRITE
from qundao.cli.environment import language
from qundao.cli.mapping_file import mapping_in
from qundao.cli.parsing import Subparsers, add_command, load
from qundao.kernel.errors import fail
from qundao.kernel.words import Words

_PASSED = Words("通过  {name}", "passed  {name}")
_FAILED = Words("未通过  {name}（第 {line} 行）", "FAILED  {name} (line {line})")
_TOTAL = Words("{passed} / {all} 个示例通过", "{passed} of {all} examples passed")
_NONE = Words(
    "该映射没有示例：在 examples 一节写几行来源和应得的行",
    "the mapping has no examples: write some rows and what they become under `examples`",
)


def add(group: Subparsers) -> None:
    """Declare the command."""
    example = "qundao intake test front-page.yaml --sources export/"
    parser = add_command(group, "test", "run a mapping's own examples", example, _run)
    parser.add_argument("mapping", type=Path, metavar="FILE", help="the mapping (YAML)")
    parser.add_argument(
        "--sources", type=Path, metavar="DIR", help="where the mapping's files of codes lie"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the results as JSON")


def _run(options: argparse.Namespace) -> int:
    mapping = mapping_in(options.mapping)
    results = load("qundao.intake.mapping_examples").run_examples(mapping, lists=options.sources)
    for result in results:
        _show(result)
    passed = sum(result.passed for result in results)
    total = _TOTAL.format(passed=passed, all=len(results)) if results else _NONE
    print(total.in_(language()))
    if options.out:
        _write(options.out, mapping, results)
    return 0 if passed == len(results) else 1


def _show(result: Any) -> None:
    spoken, room = language(), load("qundao.intake.mapping_examples")
    words = _PASSED if result.passed else _FAILED
    print(words.format(name=result.name, line=result.line).in_(spoken))
    for difference in result.differences:
        print(f"    {room.difference_words(difference).in_(spoken)}")


def _write(path: Path, mapping: Any, results: Any) -> None:
    told = {
        "schema": "qundao.intake.examples/1",
        "mapping": {
            "name": mapping.name,
            "version": mapping.version,
            "digest": mapping.digest,
        },
        "examples": [result.to_json() for result in results],
    }
    try:
        path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise fail(CANNOT_WRITE, f"{path}: {error.strerror}", "--out") from error
