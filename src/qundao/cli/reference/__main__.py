"""Write every reference page, or say which is stale: `python -m qundao.cli.reference [--check]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from qundao.cli.reference import PAGES


def main() -> int:
    """Write or compare the pages below `--dir`; return 1 when comparing finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when stale")
    parser.add_argument("--dir", type=Path, default=Path("docs/reference"), help="where to write")
    options = parser.parse_args()
    pages = {options.dir / name: page() for name, page in PAGES.items()}
    stale = [f for f, text in pages.items() if not f.is_file() or f.read_text("utf-8") != text]
    for file in stale:
        if not options.check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(pages[file], "utf-8")
        print(f"{'stale' if options.check else 'written'}: {file}", file=sys.stderr)
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
