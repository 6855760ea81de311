"""A Kaplan–Meier curve through the product (count, gate, mask, sum, release) and by lifelines."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial

import numpy as np
import pyarrow as pa

from bench.measure import Measured, measured
from qundao.analysis import Arm, KaplanMeier, combine, gate_local, result, seal, tally
from qundao.disclosure.masks import MaskKey, mask
from qundao.disclosure.thresholds import Floors
from qundao.kernel.words import Words
from qundao.query import AdamArm, AdamTimeToEvent

NODES, PER_NODE, LAST_DAY, SHOWN_DAY = 5, 200_000, 364, 180
FLOORS = Floors(10, 5)
SPEC = KaplanMeier(
    AdamTimeToEvent("TTDE", (AdamArm("all", ("all",)),)),
    (Arm("all", Words("全部", "all")),),
    tuple(range(LAST_DAY + 1)),
)


def rows(node: int) -> pa.Table:
    """Return one node's synthetic subjects: days from 1 to 364, three in ten with an event."""
    chance = np.random.default_rng(node)
    return pa.table(
        {
            "arm": np.full(PER_NODE, "all"),
            "subject_id": np.arange(PER_NODE),
            "time": chance.integers(1, LAST_DAY + 1, PER_NODE).astype(np.int32),
            "event": chance.random(PER_NODE) < 0.3,
        }
    )


def pooled() -> tuple[float, str]:
    """Fit lifelines to everybody's rows."""
    from lifelines import KaplanMeierFitter

    everybody = pa.concat_tables([rows(node) for node in range(NODES)])
    begun = time.perf_counter()
    fitted = KaplanMeierFitter().fit(everybody["time"].to_numpy(), everybody["event"].to_numpy())
    return begun, _shown(fitted.predict(SHOWN_DAY))


def federated() -> tuple[float, str]:
    """Count on each node, mask, add up at the hub, release."""
    held = {f"node-{n}": rows(n) for n in range(NODES)}
    keys = {name: MaskKey.generate() for name in held}
    begun = time.perf_counter()
    answers = [answer(name, part, keys) for name, part in held.items()]
    totals = combine(SPEC.layout(), answers, SPEC.groups)
    (series,) = result(SPEC, totals, FLOORS)["figure"]["series"]
    point = next(p for p in series["points"] if p["day"] == SHOWN_DAY)
    return begun, _shown(point["survival"])


def answer(name: str, held: pa.Table, keys: Mapping[str, MaskKey]) -> tuple[int | None, ...]:
    """Return what one node lets out: every cell masked."""
    gated = gate_local(SPEC, tally(held, SPEC), FLOORS, SPEC.groups)
    peers = {peer: key.public for peer, key in keys.items() if peer != name}
    masked = partial(
        mask, own=keys[name], peers=peers, own_id=name, round_id="bench", context="bench"
    )
    return seal(SPEC.layout(), gated, SPEC.groups, masked)


def _shown(survival: float) -> str:
    return f"S({SHOWN_DAY}) = {survival:.6f}"


def run() -> Mapping[str, Measured]:
    """Compare both over a million synthetic subjects on five nodes."""
    return {
        "lifelines on pooled rows": measured(pooled),
        "five nodes, masked sums": measured(federated),
    }
