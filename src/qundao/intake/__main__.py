"""Writes the whole CDISC pilot study as Parquet: `python -m qundao.intake DIR`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from qundao.intake.pilot import write_study


def main() -> None:
    """Write the study below the folder named and say how many rows each table has."""
    parser = argparse.ArgumentParser(prog="python -m qundao.intake", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the tables are written")
    for table, rows in write_study(parser.parse_args().folder).items():
        sys.stdout.write(f"{table:<8} {rows:>9,}\n")


if __name__ == "__main__":
    main()
