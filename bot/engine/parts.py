"""Which outputs go together into which message: pure, and decided once, before the first of them is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.job import FIRST_RESULT_PART

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.job import Artifact

FILES_PER_MESSAGE: Final = 10
"""Discord takes ten attachments a message, and as many items in a gallery.

Source: https://docs.discord.com/developers/resources/message#create-message
"""
BYTES_PER_MESSAGE: Final = 24 * 1024 * 1024
"""Discord documents 25 MiB for a whole request, and per-file limits above that: believed to hold for several files
together, not verified live. A single file may be as large as its place allows.

Source: https://docs.discord.com/developers/resources/message#create-message
"""


def split(artifacts: Iterable[Artifact], *, limit: int) -> dict[int, tuple[int, ...]]:
    """Divide outputs over messages, in their order.

    Args:
        artifacts: Those that can be shown.
        limit: The greatest file that the place takes, in bytes; what is larger will be fitted to it.

    Returns:
        The indexes of the outputs by part.
    """
    messages: list[list[int]] = []
    held = 0
    for artifact in artifacts:
        weight = min(limit if artifact.size is None else artifact.size, limit)
        if not messages or len(messages[-1]) == FILES_PER_MESSAGE or held + weight > BYTES_PER_MESSAGE:
            messages.append([])
            held = 0
        messages[-1].append(artifact.index)
        held += weight
    return {part: tuple(indexes) for part, indexes in enumerate(messages, start=FIRST_RESULT_PART)}
