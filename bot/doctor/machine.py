"""This machine: the database, the data folder, the room on its disk."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from typing import TYPE_CHECKING, Final

from bot.doctor.finding import Finding, Level, good, unavailable, warning
from bot.engine.data_room import RoomLimits, lack_of_room
from bot.errors import StartupError
from bot.images.confinement import lacking
from bot.store.examination import examine
from bot.store.private_files import open_to_others

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.settings import Settings

_NAMED_AT_MOST: Final = 3
NO_LIMITS: Final = RoomLimits()
LITTLE_BYTES: Final = 1_000_000_000
TOO_LITTLE_BYTES: Final = 100_000_000
"""Two jobs' worth of the largest outputs, and the database's own growth."""


async def check_database(settings: Settings) -> Finding:
    """Look at the database as a start would."""
    subject = "Database"
    try:
        found = await examine(settings.database_url)
    except StartupError as error:
        return Finding(Level.FAIL, subject, str(error), error.exit_code)
    if found.pause is not None:
        pause = found.pause
        return warning(
            subject,
            f"takes writes. All submissions are paused ({pause.reason.value}: {pause.detail}) since "
            f"{pause.since:%Y-%m-%d %H:%M} UTC; this is tried again at {pause.retry_at:%H:%M:%S} UTC, or at once by "
            "`python -m bot resume`.",
        )
    if found.version is None:
        return good(subject, "there is none yet; the first start makes it.")
    if found.version != found.newest:
        return good(subject, f"takes writes; the next start brings schema {found.version} to {found.newest}.")
    return good(subject, f"takes writes, schema {found.version}.")


async def check_data_folder(settings: Settings) -> Finding:
    """See whether files can be written where results go, and how many more."""
    limits = RoomLimits(settings.data_quota_mb, settings.min_free_mb)
    return await asyncio.to_thread(judge_folder, settings.data_dir, limits)


def judge_folder(data_dir: Path, limits: RoomLimits = NO_LIMITS) -> Finding:
    """Write a file that vanishes, and ask for the room that is left.

    Args:
        data_dir: The data folder.
        limits: How much room new work needs.
    """
    subject, folder = "Data folder", data_dir.absolute()
    while not folder.exists():
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * 4096)
            file.flush()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return unavailable(
            subject, f"{folder} cannot be written ({error.strerror}). Let this user write there, or see DATA_DIR."
        )
    if folder == data_dir.absolute() and (lack := lack_of_room(data_dir, limits)) is not None:
        return unavailable(
            subject, f"{lack}: new remixes are refused. Make room, lower RETENTION_FILES_DAYS, or change that setting."
        )
    return judge_room(free, data_dir)


def judge_room(free_bytes: int, data_dir: Path) -> Finding:
    """Say whether so much room will do."""
    subject, room = "Data folder", f"{free_bytes / 1e9:.1f} GB free at {data_dir}"
    if free_bytes < TOO_LITTLE_BYTES:
        return unavailable(subject, f"{room}: too little to take a job. Make room, or lower RETENTION_FILES_DAYS.")
    if free_bytes < LITTLE_BYTES:
        return warning(subject, f"{room}: make room soon, or lower RETENTION_FILES_DAYS.")
    return good(subject, f"can be written, {room}.")


async def check_privacy(settings: Settings) -> Finding:
    """See whether other users of this machine may read the settings, the database or the files."""
    subject = "Privacy"
    found = await asyncio.to_thread(open_to_others, settings.database_url, settings.data_dir)
    if not found:
        return good(subject, ".env, the database and DATA_DIR are open to this user alone.")
    named = ", ".join(str(path) for path in found[:_NAMED_AT_MOST])
    more = f" and {len(found) - _NAMED_AT_MOST} more" if len(found) > _NAMED_AT_MOST else ""
    return warning(subject, f"other users may read or write {named}{more}. Use chmod go= on them.")


async def check_confinement() -> Finding:
    """Ask the kernel what it has to confine the program that decodes strangers' pictures."""
    return await asyncio.to_thread(lambda: judge_confinement(lacking()))


def judge_confinement(absent: Sequence[str]) -> Finding:
    """Say what a picture that takes over its decoder could reach.

    Args:
        absent: What the kernel lacks of Landlock and seccomp.
    """
    subject = "Decoding"
    if not absent:
        return good(subject, "the program that decodes pictures is confined by Landlock and seccomp.")
    return warning(
        subject,
        f"there is no {' and no '.join(absent)} to confine the program that decodes pictures. Use Linux 5.13 or newer "
        "on x86_64 or aarch64, with both switched on and allowed in a container.",
    )
