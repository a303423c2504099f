"""The limits that the program which decodes strangers' files sets itself, before it opens the first."""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path
from typing import Final

ADDRESS_SPACE_BYTES: Final = 1536 * 1024 * 1024
"""Twice a picture of the most pixels that are decoded, its file, and the libraries; measured in ``tests/images``."""
CPU_SECONDS: Final = 45
"""Ten times what the largest picture needs on a small machine."""

_OPEN_FILES: Final = 64
_SLACK_BYTES: Final = 4096
_LAST_IN_LINE: Final = 15
_FIRST_TO_GO: Final = "1000"


def confine(*, max_file_bytes: int) -> None:
    """Take what is not needed away from this process, for good.

    Args:
        max_file_bytes: The greatest file that it may write.
    """
    _limit(resource.RLIMIT_AS, ADDRESS_SPACE_BYTES)
    _limit(resource.RLIMIT_CPU, CPU_SECONDS)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, max_file_bytes + _SLACK_BYTES)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    # The bot comes first, and where memory runs out this goes before it.
    os.nice(_LAST_IN_LINE)
    with contextlib.suppress(OSError):  # not every system has it
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, encoding="ascii")


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses a limit of address space
        resource.setrlimit(kind, (wanted, wanted))
