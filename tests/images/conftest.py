"""The place that the pictures lie at, and who looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from bot.images.inspector import PictureInspector
from bot.images.source import prepare
from tests.images.storage import Storage, open_storage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator


@pytest.fixture
async def storage() -> AsyncGenerator[Storage]:
    """The simulated content delivery network, on a port of its own."""
    async with open_storage() as opened:
        yield opened


@pytest.fixture
async def inspector(storage: Storage) -> AsyncGenerator[PictureInspector]:
    """Who looks at what lies there."""
    async with PictureInspector(hosts=[storage.base_url]) as opened:
        yield opened


@pytest.fixture
def decoders() -> Generator[None]:
    """Set the decoders up as the program does, and Pillow back as it was."""
    most = Image.MAX_IMAGE_PIXELS
    prepare()
    yield
    Image.MAX_IMAGE_PIXELS = most
