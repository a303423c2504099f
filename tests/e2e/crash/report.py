"""The command lines of what tortures the bot: a seed, a table on the way, an exit code that says whether it held."""

from __future__ import annotations

import random
import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.e2e.crash.invariants import Line


def parser(description: str | None) -> ArgumentParser:
    """A command line that takes a seed, by default a new one."""
    made = ArgumentParser(description=description, formatter_class=RawDescriptionHelpFormatter)
    made.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    return made


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def close(lines: Sequence[Line], *, seed: int, began: float) -> int:
    """Print the table and how long it took since ``began`` (monotonic); answers 1 when an invariant is broken."""
    for line in lines:
        say(str(line))
    say(f"seed {seed}, {time.monotonic() - began:.0f} s")
    return 0 if all(line.holds for line in lines) else 1
