"""The system's Chromium, as Debian packages it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Browser, Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


async def chromium(playwright: Playwright) -> Browser:
    """Start it.

    Raises:
        FileNotFoundError: There is none, and what to do.
    """
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise FileNotFoundError("There is no Chromium for the browser tests. On Debian: apt-get install chromium")
    return await playwright.chromium.launch(executable_path=path, args=list(_SWITCHES))
