"""Whether the data folder and the SQLite database are still those that the bot opened."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sqlalchemy import make_url

if TYPE_CHECKING:
    from pathlib import Path


class DataFolder:
    """Remembers what was opened at the start, for a deleted database takes writes until its process ends.

    Make one when both are open.

    Args:
        data_dir: The data folder.
        url: The database's address.
    """

    def __init__(self, data_dir: Path, *, url: str) -> None:
        address = make_url(url)
        is_file = address.get_backend_name() == "sqlite" and address.database
        self._data_dir = data_dir
        self._opened = {
            str(path): _identity(str(path)) for path in (data_dir, address.database if is_file else data_dir)
        }

    def trouble(self) -> str | None:
        """Say why nothing can be kept any more; None where all is as it was. Asks the disk, but reads nothing."""
        for path, opened in self._opened.items():
            found = _identity(path)
            if found is None:
                return f"{path} is gone; put it back and restart the bot"
            if found != opened:
                return f"{path} is another one than at the start; restart the bot"
        if not os.access(self._data_dir, os.W_OK | os.X_OK):
            return f"{self._data_dir} cannot be written any more"
        return None


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - a path as text
    except OSError:
        return None
    return found.st_dev, found.st_ino
