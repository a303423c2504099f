"""Judging one input without looking at it: what Discord cannot get wrong is the number of its bytes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bot.domain.picture import MENDED_AT_MOST
from bot.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.remix_request import Input

_MB = 1_000_000


def input_problems(image: Input, *, number: int) -> Iterator[InvalidRequest]:
    """Find what is wrong with one input whatever its bytes are.

    Its name and its type, which Discord derives from the name, are words of the member's computer; its pixels are known
    only of the types that Discord reads. What the picture really is, a look at it tells.

    Args:
        image: The input as declared.
        number: Its place, from 1.
    """
    named: dict[str, object] = {"number": number, "filename": image.filename}
    if image.size <= 0:
        yield InvalidRequest(f"image{number}", "empty_file", values=named)
    elif image.size > MENDED_AT_MOST:
        # Rounded up, so that a file just above the limit does not read as the limit.
        measured = {"limit_mb": MENDED_AT_MOST // _MB, "size_mb": math.ceil(image.size * 10 / _MB) / 10}
        yield InvalidRequest(f"image{number}", "file_too_large", values={**named, **measured})
