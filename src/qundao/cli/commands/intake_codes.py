"""`qundao intake codes`: codes that a mapping's lists do not hold yet, and what they may mean."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from qundao.cli.codes import CANNOT_WRITE, USAGE
from qundao.cli.environment import language
from qundao.cli.intake_places import add_places, existing_folder, made_folder
from qundao.cli.mapping_file import mapping_in
from qundao.cli.parsing import Subparsers, add_command, load
from qundao.cli.rows_progress import RowsProgress
from qundao.kernel.errors import fail
from qundao.kernel.words import Words

_LIST = Words(
    "编码 {codes}：已覆盖 {share:.1f}% 的行（{mapped:,} / {rows:,}），未映射 {unmapped:,} 个",
    "codes {codes}: {share:.1f}% of rows covered ({mapped:,} of {rows:,}), {unmapped:,} unmapped",
)
_CODE = Words(
    "  {rows:>10,} 行  {code}  {name}  → 累计 {reach:.1f}%",
    "  {rows:>10,} rows  {code}  {name}  → {reach:.1f}% in all",
)
_CONCEPT = Words(
    "      {sure:.0f}%  {id} {name}（{vocabulary} {code}，{domain}）：{why}",
    "      {sure:.0f}%  {id} {name} ({vocabulary} {code}, {domain}): {why}",
)
_NO_CONCEPT = Words("      词表中没有相近的概念", "      nothing like it in the vocabulary")
_NO_VOCABULARY = Words(
    "没有词表，只列出编码：用 --vocabulary 指向 CONCEPT.csv 等所在的文件夹",
    "no vocabulary, so codes alone: name the folder of CONCEPT.csv … with --vocabulary",
)
_MOST_CANDIDATES = 3


def add(group: Subparsers) -> None:
    """Declare the command."""
    example = (
        "qundao intake codes hospital.yaml --sources export/ --to intake/ "
        "--list icd10 --vocabulary athena/ --in-vocabulary ICD10CN"
    )
    what = "list unmapped codes, most frequent first, with the concepts they may mean"
    parser = add_command(group, "codes", what, example, _run)
    parser.add_argument("mapping", type=Path, metavar="MAPPING", help="the mapping (YAML)")
    add_places(parser)
    parser.add_argument("--list", default="", metavar="NAME", help="one list of codes; else all")
    parser.add_argument(
        "--vocabulary", type=Path, metavar="DIR", help="CONCEPT.csv …; else the mapping's own"
    )
    parser.add_argument(
        "--in-vocabulary",
        action="append",
        default=[],
        metavar="ID",
        help="look codes up in this vocabulary, such as ICD10CN; may be repeated",
    )
    parser.add_argument(
        "--most", type=int, default=20, metavar="N", help="codes shown of each list"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write all of them as JSON")


def _run(options: argparse.Namespace) -> int:
    mapping = mapping_in(options.mapping)
    if options.list and options.list not in mapping.codes:
        raise fail(USAGE, options.list, "--list", required=" | ".join(mapping.codes))
    sources, folder = existing_folder(options.sources), made_folder(options.to)
    with closing(RowsProgress()) as progress:
        account, _ = load("qundao.intake.load").rehearse(
            mapping, sources, folder, rows=0, memory_mb=options.memory_mb, progress=progress
        )
        coverage = [c for c in account.coverage if options.list in ("", c.codes)]
        wanted = {c.codes: [code for code, _ in c.unmapped] for c in coverage}
        names = load("qundao.intake.suggest").names_of_codes(
            mapping, sources, folder, wanted, progress=progress
        )
    vocabulary = _vocabulary(options, mapping)
    told = [_of_list(c, names[c.codes], mapping, vocabulary, options) for c in coverage]
    if vocabulary is None:
        print(_NO_VOCABULARY.in_(language()))
    if options.out:
        _write(options.out, mapping, told)
    return 0


def _vocabulary(options: argparse.Namespace, mapping: Any) -> Path | None:
    if options.vocabulary:
        return existing_folder(options.vocabulary)
    return options.sources / mapping.vocabulary if mapping.vocabulary else None


def _of_list(
    coverage: Any,
    names: Mapping[str, str],
    mapping: Any,
    vocabulary: Path | None,
    options: argparse.Namespace,
) -> dict[str, Any]:
    """Show a list's unmapped codes and return all of them for JSON."""
    room = load("qundao.intake.suggest")
    found = (
        room.suggest_concepts(
            coverage.unmapped,
            vocabulary,
            names=names,
            sources=options.in_vocabulary,
            domain=room.domain_of(mapping, coverage.codes),
            memory_mb=options.memory_mb,
        )
        if vocabulary
        else room.without_vocabulary(coverage.unmapped, names)
    )
    reach = room.coverage_after(
        found, rows=coverage.rows, mapped=coverage.mapped, by_hand=vocabulary is None
    )
    _show(coverage, found[: options.most], reach, searched=vocabulary is not None)
    return {
        "list": coverage.codes,
        "rows": coverage.rows,
        "mapped": coverage.mapped,
        "codes": [s.to_json() | {"reach": r} for s, r in zip(found, reach, strict=True)],
    }


def _show(coverage: Any, found: Sequence[Any], reach: Sequence[float], *, searched: bool) -> None:
    spoken = language()
    share = 100 * coverage.mapped / coverage.rows if coverage.rows else 100.0
    facts = {"codes": coverage.codes, "mapped": coverage.mapped, "rows": coverage.rows}
    print(_LIST.format(**facts, share=share, unmapped=len(coverage.unmapped)).in_(spoken))
    for suggestion, up_to in zip(found, reach, strict=False):
        line = _CODE.format(
            rows=suggestion.rows, code=suggestion.code, name=suggestion.name, reach=up_to
        )
        print(line.in_(spoken))
        for concept in suggestion.candidates[:_MOST_CANDIDATES]:
            print(_concept(concept, spoken))
        if searched and not suggestion.candidates:
            print(_NO_CONCEPT.in_(spoken))


def _concept(concept: Any, spoken: str) -> str:
    why = "；" if not spoken.startswith("en") else "; "
    line = _CONCEPT.format(
        sure=100 * concept.score,
        id=concept.concept_id,
        name=concept.name,
        vocabulary=concept.vocabulary,
        code=concept.code,
        domain=concept.domain,
        why=why.join(r.words.in_(spoken) for r in concept.reasons),
    )
    return line.in_(spoken)


def _write(path: Path, mapping: Any, told: Sequence[dict[str, Any]]) -> None:
    whole = {
        "schema": "qundao.intake-codes/1",
        "mapping": {
            "name": mapping.name,
            "version": mapping.version,
            "digest": mapping.digest,
        },
        "lists": told,
    }
    try:
        path.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise fail(CANNOT_WRITE, f"{path}: {error.strerror}", "--out") from error
