"""`qundao audit …`: export the log, and prove or disprove it without trusting the hub."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from qundao.audit.findings import Verification
from qundao.audit.heads import SignedHead
from qundao.audit.verify import verify_file
from qundao.cli.codes import USAGE
from qundao.cli.environment import language
from qundao.cli.parsing import Subparsers, add_command, add_group, load
from qundao.cli.progress import TerminalProgress
from qundao.kernel.errors import fail
from qundao.kernel.signing import VerifyKey


def add(parsers: Subparsers) -> None:
    """Declare the commands."""
    group = add_group(parsers, "audit", "export and verify the audit log")
    example = "qundao audit export --dir hub --out log.jsonl"
    parser = add_command(group, "export", "write the log as a bundle", example, _export)
    parser.add_argument("--dir", type=Path, required=True, help="the hub's folder")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the bundle")
    example = "qundao audit verify --bundle log.jsonl --key ed25519:…"
    parser = add_command(group, "verify", "verify a bundle, offline", example, _verify)
    parser.add_argument("--bundle", type=Path, required=True, metavar="FILE")
    parser.add_argument("--key", required=True, help="the hub's public key, from its audit page")
    text = "signed heads that somebody kept, one a line; the log must extend them"
    parser.add_argument("--known-heads", type=Path, metavar="FILE", help=text)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcome to FILE")


def _export(options: argparse.Namespace) -> int:
    answer = load("qundao.hub.commands").audit_export(options.dir, out=options.out)
    print(json.dumps(answer, ensure_ascii=False, indent=1))
    return 0


def _verify(options: argparse.Namespace) -> int:
    try:
        outcome = verify_file(
            options.bundle,
            _key(options.key),
            known_heads=_known_heads(options.known_heads) if options.known_heads else (),
            progress=TerminalProgress(),
        )
    except OSError as error:
        raise fail(USAGE, error, "audit verify", required="files that can be read") from error
    _show(outcome, language())
    if options.json:
        options.json.write_text(
            json.dumps(outcome.to_json(), ensure_ascii=False, indent=1), "utf-8"
        )
    return 0 if outcome.ok else 1


def _show(outcome: Verification, language: str) -> None:
    print(f"{outcome.origin}: {outcome.events:,} events, {outcome.heads:,} signed heads")
    for finding in outcome.findings:
        print(finding.line(language))
    print("ok" if outcome.ok else f"{len(outcome.findings) + outcome.more:,} findings")


def _known_heads(path: Path) -> tuple[SignedHead, ...]:
    """Read signed heads, one a line: bare, or as the hub's address for its head answers."""
    lines = enumerate(path.read_text("utf-8").splitlines(), 1)
    return tuple(_known_head(f"{path}:{number}", line) for number, line in lines if line.strip())


def _known_head(where: str, line: str) -> SignedHead:
    try:
        told = json.loads(line)
        return SignedHead.from_json(told if "signature" in told else told["head"])
    except (KeyError, TypeError, ValueError) as error:
        received = f"{where}: {line[:80]}"
        raise fail(USAGE, received, "--known-heads", required=f"a signed head ({error})") from error


def _key(text: str) -> VerifyKey:
    try:
        return VerifyKey.parse(text)
    except ValueError as error:
        raise fail(USAGE, text, "--key", required=f"ed25519:… ({error})") from error
