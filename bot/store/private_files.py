"""Files of members and the database: readable by the user that the bot runs as, and by nobody else."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import Iterator

UMASK: Final = 0o077
"""What a process of ours gives to nobody but its user."""

_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
FOLDERS_OF_JOBS: Final = ("inputs", "outputs", "published")
_FILES: Final = ("remix.lock", "heartbeat")
_BESIDE_THE_DATABASE: Final = ("", "-wal", "-shm", ".lock")

_log = structlog.stdlib.get_logger(__name__)


def close_to_others(url: str, data_dir: Path) -> None:
    """Take from others what an earlier version, or another umask, gave them.

    What another user owns, and what a symbolic link names, is left alone; so is everything in the folders that the bot
    did not put there.

    Args:
        url: The database's address.
        data_dir: The data folder.
    """
    for path in _ours(url, data_dir):
        try:
            _close(path)
        except OSError as error:
            _log.warning("file_open_to_others", path=str(path), detail=error.strerror)


def open_to_others(url: str, data_dir: Path) -> list[Path]:
    """Name the files and folders that another user of this machine may read or write, the settings' file first."""
    return [path for path in (Path(".env"), *_ours(url, data_dir)) if _is_open(path)]


def _ours(url: str, data_dir: Path) -> Iterator[Path]:
    yield data_dir
    yield from (data_dir / name for name in _FILES)
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and address.database:
        file = Path(address.database)
        yield from (file.with_name(f"{file.name}{ending}") for ending in _BESIDE_THE_DATABASE)
    for name in FOLDERS_OF_JOBS:
        yield data_dir / name
        for folder, folders, files in os.walk(data_dir / name):
            yield from (Path(folder, one) for one in (*folders, *files))


def _close(path: Path) -> None:
    if (found := _status(path)) is None or found.st_uid != os.geteuid():
        return
    wanted = _FOLDER_MODE if stat.S_ISDIR(found.st_mode) else _FILE_MODE
    if found.st_mode & UMASK:
        path.chmod(wanted)


def _is_open(path: Path) -> bool:
    found = _status(path)
    return found is not None and bool(found.st_mode & UMASK)


def _status(path: Path) -> os.stat_result | None:
    """Look at a file or a folder; None where there is none, or something else stands there."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found if stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode) else None
