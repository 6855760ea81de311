"""The process that moves credits, and dies: `python -m bench.soak.ledger_worker FOLDER DO …`."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SEED = 7
OWNERS = ("org_a", "org_b", "org_c", "org_d")


def main() -> None:
    """Do one of `init`, `play COUNT`, `inspect` on the hub in the given folder."""
    folder, what, *rest = Path(sys.argv[1]), *sys.argv[2:]
    if what == "init":
        from qundao.hub import commands

        commands.init(folder, operator_login="operator", operator_password="archipelago-of-27")
        return
    from qundao.hub.instance import open_hub

    open_hub(folder)
    {"play": play, "inspect": inspect}[what](folder, *rest)


def play(folder: Path, count: str) -> None:
    """Play the operations from the first that is not known to be done."""
    from qundao.kernel.errors import QundaoError

    progress = folder / "soak-progress.json"
    state = json.loads(progress.read_text()) if progress.exists() else {"next": 0, "refused": 0}
    for number in range(state["next"], int(count)):
        try:
            operation(number)()
        except QundaoError:
            state["refused"] += 1
        state["next"] = number + 1
        _replace(progress, state)


def operation(number: int) -> Callable[[], Any]:
    """Return the `number`th operation; it is the same in every process."""
    from qundao.credits.ledger import Share
    from qundao.hub.common.actors import HUB_ACTOR
    from qundao.hub.ledger import actions

    chance = random.Random(SEED * 1_000_003 + number)
    owner, other = chance.sample(OWNERS, 2)
    amount, matter = chance.randint(1, 1000), f"study-{chance.randint(0, 9)}"
    common: dict[str, Any] = {"actor": HUB_ACTOR, "key": f"soak-{number}"}
    shares = [Share(other, "QD000001.1", 1)]
    return chance.choice(
        [
            lambda: actions.grant_credits(owner=owner, amount=amount, reference="s", **common),
            lambda: actions.hold_credits(owner=owner, matter=matter, amount=amount, **common),
            lambda: actions.capture_credits(payer=owner, matter=matter, shares=shares, **common),
            lambda: actions.release_credits(owner=owner, matter=matter, **common),
        ]
    )


def inspect(folder: Path) -> None:
    """Write what the hub holds, after holding it against every law."""
    from qundao.audit.verify import verify_file
    from qundao.hub.auditlog.models import LoggedEvent
    from qundao.hub.commands import audit_export
    from qundao.hub.ledger import queries
    from qundao.hub.ledger.models import CreditTransaction
    from qundao.kernel.signing import VerifyKey

    log = folder / "soak-log.jsonl"
    key = VerifyKey.parse(audit_export(folder, out=log)["key"])
    events = LoggedEvent.objects.filter(action__startswith="credits.").count()
    transactions = CreditTransaction.objects.count()
    laws = [str(p) for p in queries.broken_laws()]
    if events != transactions:
        laws.append(f"{transactions} transactions and {events} events")
    progress = folder / "soak-progress.json"
    state = {
        "balances": {o: str(queries.balance(o)) for o in (*OWNERS, "operator")},
        "transactions": transactions,
        "events": events,
        "refused": json.loads(progress.read_text())["refused"],
        "broken_laws": laws,
        "findings": [str(f) for f in verify_file(log, key).findings],
    }
    _replace(folder / "soak-state.json", state)


def _replace(path: Path, state: dict[str, Any]) -> None:
    draft = path.with_suffix(".tmp")
    with draft.open("w") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


if __name__ == "__main__":
    main()
