"""A short torture within the tests; ``make torture`` is the long one."""

from __future__ import annotations

import os
import random

from tests.e2e.crash.boundaries import BOUNDARIES
from tests.e2e.crash.torture import Plan, torture


async def test_six_kills_lose_nothing_and_pay_nothing_twice() -> None:
    # The build machine judges a change, not the day's luck.
    seed = 20_261_123 if "CI" in os.environ else random.SystemRandom().randrange(1_000_000)
    said = [f"seed {seed}"]
    lines = await torture(Plan(kills=6, jobs=16, seed=seed), say=said.append)

    assert all(line.holds for line in lines), "\n".join([*said, *map(str, lines)])
    assert ("kills and freezes", 6) in [(line.name, line.number) for line in lines]


def test_every_boundary_has_a_name_of_its_own() -> None:
    names = [boundary.name for boundary in BOUNDARIES]

    assert len(names) == len(set(names))
