"""Writes synthetic exports 合成数据: `python -m qundao.intake.synthetic DIR --patients N`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from qundao.intake.synthetic import FORMATS, LABEL, LIST, write_exports
from qundao.intake.synthetic.export import DEFAULT_EVERY


def main() -> None:
    """Write the exports and the list of what is wrong with them; say how many rows there are."""
    parser = argparse.ArgumentParser(prog="python -m qundao.intake.synthetic", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the files are written")
    parser.add_argument("--patients", type=int, default=1000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=FORMATS, metavar="F")
    parser.add_argument(
        "--every", type=int, default=DEFAULT_EVERY, metavar="K", help="a defect in K rows; 0: none"
    )
    told = parser.parse_args()
    try:
        export = write_exports(
            told.folder,
            patients=told.patients,
            seed=told.seed,
            formats=told.formats,
            every=told.every,
        )
    except ValueError as error:
        parser.error(str(error))
    export.write(told.folder / LIST)
    sys.stdout.write(f"{LABEL}\n")
    for (file, table), rows in export.rows.items():
        sys.stdout.write(f"{file} {table} {rows:>12,} {len(export.of(file, table)):>9,}\n")


if __name__ == "__main__":
    main()
