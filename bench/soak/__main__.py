"""`python -m bench.soak [NAME …]`: run the long runs and fail when one finds something."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping

from bench.soak import intake_large, ledger_kills, offline_install

RUNS: Mapping[str, Callable[[], str]] = {
    "intake-large": intake_large.run,
    "ledger-kills": ledger_kills.run,
    "offline-install": offline_install.run,
}


def main() -> int:
    """Run the chosen long runs (all by default); each raises when it finds something."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RUNS))
    chosen = parser.parse_args().names or list(RUNS)
    if unknown := set(chosen) - RUNS.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(RUNS)}")
    for name in chosen:
        begun = time.monotonic()
        print(f"{name} …", flush=True)
        print(f"{name}: {RUNS[name]()} ({time.monotonic() - begun:.0f} s)", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
