"""What the engine needs of pictures; a port with a file of its own. Import it from ``bot.engine.ports``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.picture import Mended, PictureLimits, Probe


class ImageInspector(Protocol):
    """Knows what pictures really are, and makes them fit."""

    async def probe(self, url: str, *, size: int) -> Probe:
        """Look at the first bytes of an input, wherever Discord keeps it.

        Args:
            url: Where it lies.
            size: Its bytes, as Discord says.

        Raises:
            InputPostponed: It cannot be looked at now.
            InputRefused: It is no picture, its pixels are too many to be ever decoded, or it is gone.
        """
        ...

    async def copy(self, url: str, *, to: Path) -> None:
        """Stream a whole input into a file, whole or not at all; raises as ``probe`` does."""
        ...

    async def mend(self, source: Path, limits: PictureLimits, *, to: Path) -> Mended:
        """Decode a whole picture and write one that keeps the limits; nothing is written where it did already.

        Args:
            source: The file as it came.
            limits: What it must be.
            to: Where the mended one goes.

        Raises:
            InputPostponed: There was no room or time for it now.
            InputRefused: ``damaged``, ``not_a_picture``, ``too_many_pixels_to_mend`` or ``cannot_be_mended``.
        """
        ...

    async def fit(self, source: Path, *, content_type: str, max_bytes: int, to: Path) -> Mended:
        """Write an output anew so that it keeps an upload limit, with the least visible loss that does it.

        Nothing is written where it did already (``mends`` is empty then). Else its type may differ: ``content_type`` of
        the answer is what was written.

        Args:
            source: The output as it came.
            content_type: Its real type.
            max_bytes: The greatest file that is taken there.
            to: Where the smaller one goes.

        Raises:
            InputPostponed: There was no room or time for it now.
            InputRefused: It cannot be made smaller; ``cannot_be_mended`` for videos and animations.
        """
        ...
