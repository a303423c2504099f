"""Real photographs, free for all, to try the bot with. Authors, sources and licences stand in ATTRIBUTION.md."""

from __future__ import annotations

from pathlib import Path

names = ("astronaut.jpg", "chelsea.png", "coffee.png", "rocket.jpg")
"""The file names of all samples."""


def sample(name: str) -> bytes:
    """The bytes of one photograph.

    Args:
        name: One of `names`, or its beginning before the dot.

    Raises:
        LookupError: There is no such sample.
    """
    for candidate in names:
        if name in {candidate, candidate.partition(".")[0]}:
            return (Path(__file__).parent / candidate).read_bytes()
    raise LookupError(f"no sample {name}; there are {', '.join(names)}")
