"""The room in the data folder: without it no new job is accepted, so that nothing is paid that could not be kept."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.errors import Refused

if TYPE_CHECKING:
    from pathlib import Path

MEASURED_EVERY: Final = timedelta(seconds=30)
_MB: Final = 1_000_000

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RoomLimits:
    """How much room new work needs.

    Args:
        quota_mb: The most that the files in the data folder may take, in megabytes; None where only the disk bounds it.
        min_free_mb: The least that must be free on the disk of the data folder, in megabytes.
    """

    quota_mb: int | None = None
    min_free_mb: int = 0


class DataRoom:
    """Measures the data folder now and then, and says whether new work is taken.

    Args:
        data_dir: The data folder.
        limits: What is needed.
    """

    def __init__(self, data_dir: Path, limits: RoomLimits) -> None:
        self.trouble: str | None = None
        self._data_dir = data_dir
        self._limits = limits

    def check(self) -> None:
        """Say whether there is room for another job.

        Raises:
            Refused: ``no_room``.
        """
        if self.trouble is not None:
            raise Refused("no_room")

    async def turn(self) -> timedelta:
        """Measure, and answer when to measure again."""
        found = await asyncio.to_thread(lack_of_room, self._data_dir, self._limits)
        if found is not None and self.trouble is None:
            _log.error("no_room", detail=found)
        elif found is None and self.trouble is not None:
            _log.info("room_again")
        self.trouble = found
        return MEASURED_EVERY


def lack_of_room(data_dir: Path, limits: RoomLimits) -> str | None:
    """Say in words what is lacking for new work; None where nothing is. Blocks.

    Args:
        data_dir: The data folder.
        limits: What is needed.
    """
    try:
        free = shutil.disk_usage(data_dir).free
        used = _used(data_dir) if limits.quota_mb is not None else 0
    except OSError as error:
        return f"{data_dir} cannot be measured: {error.strerror}"
    if free < limits.min_free_mb * _MB:
        return f"{free / _MB:.0f} MB are free at {data_dir}, less than MIN_FREE_MB ({limits.min_free_mb})"
    if limits.quota_mb is not None and used > limits.quota_mb * _MB:
        return f"the files in {data_dir} take {used / _MB:.0f} MB, more than DATA_QUOTA_MB ({limits.quota_mb})"
    return None


def _used(folder: Path) -> int:
    """Sum the sizes of all files in a folder, in bytes; what vanishes meanwhile counts nothing."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(root, name)).st_size  # noqa: PTH118 - many files, and no Path for each
            except FileNotFoundError:
                continue
    return total
