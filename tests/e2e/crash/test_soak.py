"""A short soak within the tests; ``make soak`` is the long one."""

from __future__ import annotations

import os
import random

from tests.e2e.crash.soak import Plan, soak


async def test_a_storm_over_thirty_jobs_loses_nothing_and_pays_nothing_twice() -> None:
    seed = 20_261_123 if "CI" in os.environ else random.SystemRandom().randrange(1_000_000)
    said = [f"seed {seed}"]
    lines = await soak(Plan(jobs=30, share=0.1, seed=seed), say=said.append)

    # So few jobs do not warm a process up; its memory is the long soak's to judge.
    broken = [line for line in lines if not line.holds and not line.name.startswith("memory")]
    assert not broken, "\n".join([*said, *map(str, lines)])
    assert next(line.number for line in lines if line.name == "requests that went wrong") > 0
