"""What all our layouts share: buttons that leave nothing behind, quotations, sizes and references in words."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

import discord
from typing_extensions import override

from bot.ui.custom_id import Action, encode
from bot.ui.texts import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.job import Job

ALLOW_NO_MENTION: Final = discord.AllowedMentions.none()
_SIZE: Final = re.compile(r"(?P<width>\d+)\s*[x×]\s*(?P<height>\d+)(?:\s*\((?P<ratio>\d+:\d+)\))?")
_STYLES: Final[Mapping[Action, discord.ButtonStyle]] = {
    Action.AGAIN: discord.ButtonStyle.primary,
    Action.RETRY: discord.ButtonStyle.primary,
}
_LABELS: Final[Mapping[Action, str]] = {
    Action.CANCEL: "button.cancel",
    Action.AGAIN: "button.again",
    Action.RETRY: "button.retry",
    Action.DETAILS: "button.details",
    Action.DELETE: "button.delete",
    Action.SHOW: "button.show",
}


class PostedButton(discord.ui.Button[discord.ui.LayoutView]):
    """A button on a message, answered by the DynamicItem whose template its custom id matches.

    discord.py keeps every view that it could dispatch to, one per message and for ever, and views that mix such buttons
    with DynamicItems can unregister the latter. This one says that nothing is to be dispatched to it, so a view of such
    buttons is sent and forgotten, and nobody's registration is touched.
    """

    @override
    def is_dispatchable(self) -> bool:
        return False


def button(action: Action, job: Job, *, page: int | None = None) -> PostedButton:
    """Make the button of an action, labelled in the requester's language."""
    return PostedButton(
        style=_STYLES.get(action, discord.ButtonStyle.secondary),
        label=say(_LABELS[action], job.origin.locale),
        custom_id=encode(action, job.id, page),
    )


def reference(job_id: str) -> str:
    """Name a job in short, so that an operator can find it: its row and its log lines begin with this."""
    return f"#{job_id[:6]}"


def size_name(size: str) -> str:
    """Say one of the provider's sizes as people do: ``2K · 1:1`` for ``2048x2048(1:1)``."""
    pixels = size_pixels(size)
    match = _SIZE.fullmatch(size)
    if pixels is None or match is None or match["ratio"] is None:
        return size
    thousands = max(round(math.sqrt(pixels[0] * pixels[1]) / 1024), 1)
    return f"{thousands}K · {match['ratio']}"


def size_pixels(size: str) -> tuple[int, int] | None:
    """Read width and height from one of the provider's sizes, or None where they cannot be read."""
    match = _SIZE.fullmatch(size)
    return (int(match["width"]), int(match["height"])) if match is not None else None
