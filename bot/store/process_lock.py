"""A lock file that makes a SQLite database the property of one process; the system releases it when that dies."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from bot.errors import EXIT_UNAVAILABLE, StartupError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_NUMBER_AT_MOST: Final = 32
"""Digits of a process number that are read back for the message, at most."""


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold a lock file; the file itself stays, for removing it would open a race.

    Args:
        path: The file; made if it is not there.

    Raises:
        StartupError: Another process holds it, or it cannot be made or locked.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _refusal(
            f"{path}: the lock file cannot be written ({error.strerror}). May this user write there?"
        ) from error
    try:
        _lock(descriptor, path)
        _sign(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError) as error:
        raise _refusal(
            f"{path}: another process{_holder(descriptor)} holds this lock file. A SQLite database and its data folder "
            "belong to one process at a time, or jobs would be paid and delivered twice. Stop the other one first, or "
            "let several share a PostgreSQL database (DATABASE_URL)."
        ) from error
    except OSError as error:
        raise _refusal(
            f"{path}: this file system gives no locks ({error.strerror}). Keep the data folder on a local disk."
        ) from error


def _sign(descriptor: int) -> None:
    """Leave our number for the message of whoever comes second."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))


def _holder(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    number = os.read(descriptor, _NUMBER_AT_MOST).decode("ascii", "replace").strip()
    return f" (number {number})" if number.isdigit() else ""


def _refusal(text: str) -> StartupError:
    return StartupError(text, exit_code=EXIT_UNAVAILABLE)
