"""`python -m bench [NAME …]`: print every benchmark's comparison."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench import cohorts, intake, kaplan_meier, moments, quality_growth, quality_scans, xpt
from bench.data import NotHere
from bench.measure import Measured


@dataclass(frozen=True, slots=True)
class Bench:
    """What is compared: the first case is the one that the others are held against."""

    title: str
    run: Callable[[], Mapping[str, Measured]]


BENCHES = {
    "quality-scans": Bench("Quality: one scan per table against one query per check",
                           quality_scans.run),
    "quality-growth": Bench("Quality: time against persons", quality_growth.run),
    "kaplan-meier": Bench("Kaplan–Meier over five masked nodes against lifelines on pooled rows",
                          kaplan_meier.run),
    "cohorts": Bench("219 published definitions over 10,000 persons, each with its own query "
                     "and in one sweep", cohorts.run),
    "cohorts-million": Bench("50 of them over 1,000,000 persons", cohorts.run_million),
    "cohorts-each": Bench("51 of them, each by itself, warm", cohorts.run_each),
    "cohort-one": Bench("One simple definition over 1,000,000 persons, warm", cohorts.run_one),
    "intake": Bench("DuckDB's COPY of 1.1 million rows of CSV against their load to OMOP",
                    intake.run),
    "intake-wide": Bench("The same of 20 columns instead of 8, 6 of them asked for",
                         intake.run_wide),
    "intake-large": Bench("The same over 10.1 million rows", intake.run_large),
    "moments": Bench("A million moments, by how they are written", moments.run),
    "xpt": Bench("SAS transport file: the port of intake against pyreadstat", xpt.run),
}  # fmt: skip


def main() -> int:
    """Run the chosen benchmarks (all by default) and print them."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    chosen = parser.parse_args().names or list(BENCHES)
    if unknown := set(chosen) - BENCHES.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(BENCHES)}")
    print(f"Python {sys.version.split()[0]}, {platform.machine()}, {platform.system()}")
    for name in chosen:
        _show(BENCHES[name])
    return 0


def _show(bench: Bench) -> None:
    print(f"\n{bench.title}")
    try:
        cases = bench.run()
    except NotHere as missing:
        print(f"  left out: {missing}")
        return
    print(f"  {'case':<34}{'seconds':>10}{'ratio':>8}{'peak MB':>10}  answer")
    first = next(iter(cases.values()))
    for name, case in cases.items():
        ratio = case.seconds / first.seconds
        print(f"  {name:<34}{case.seconds:>10.3f}{ratio:>8.2f}{case.peak_mb:>10.0f}  {case.answer}")


if __name__ == "__main__":
    raise SystemExit(main())
