"""How long the sandbox takes to judge one exchange of the largest card by Discord's published description.

``python -m tests.benchmarks.judgement``: a POST of a message and its answer, a hundred times, in one run.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Final

from sandbox.discord.components import IS_COMPONENTS_V2
from sandbox.discord.oracle import Oracle
from tests.contract.exchanges import MESSAGES, Json, answered, asked, message
from tests.contract.published import PUBLISHED_DESCRIPTION
from tests.contract.test_sandbox_discord_py import full_card

EXCHANGES: Final = 100
GOAL_MILLISECONDS: Final = 5.0


def measure() -> list[float]:
    """Answer how long each judgement took, in milliseconds."""
    oracle = Oracle(PUBLISHED_DESCRIPTION)
    body: Json = {"components": full_card().to_components(), "flags": IS_COMPONENTS_V2}
    durations: list[float] = []
    for _ in range(EXCHANGES):
        began_at = time.perf_counter()
        asked(oracle, "POST", MESSAGES, body)
        answered(oracle, 200, message())
        durations.append((time.perf_counter() - began_at) * 1000)
    return durations


def main() -> int:
    """Print the figures; 1 where the goal is missed."""
    if not PUBLISHED_DESCRIPTION.exists():
        sys.stdout.write("Discord's published description is absent: nothing to measure.\n")
        return 0
    durations = measure()
    median = statistics.median(durations)
    verdict = "met" if median < GOAL_MILLISECONDS else "missed"
    sys.stdout.write(
        f"judgement of an exchange: p50 {median:.2f} ms, longest {max(durations):.2f} ms; "
        f"goal: p50 under {GOAL_MILLISECONDS:.0f} ms: {verdict}\n"
    )
    return 0 if median < GOAL_MILLISECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
