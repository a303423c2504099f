"""Heavy files: as large as was asked for, and the same picture as before."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.domain.media_type import output_type_of
from sandbox.runcomfy.painter import plain_picture
from sandbox.runcomfy.weight import video, weighted_jpeg, weighted_png


def pixels(data: bytes) -> bytes:
    """What a picture shows, decoded to its end."""
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").tobytes()


@pytest.mark.parametrize("size", [0, 500, 100_000, 1_000_003])
def test_a_picture_that_was_made_heavy_shows_the_same(size: int) -> None:
    png, jpeg = plain_picture(1, output_format="PNG"), plain_picture(1)
    heavy_png, heavy_jpeg = weighted_png(png, size), weighted_jpeg(jpeg, size)

    assert [pixels(heavy_png), pixels(heavy_jpeg)] == [pixels(png), pixels(jpeg)]
    assert len(heavy_png) == max(size, len(png))
    assert max(size, len(jpeg)) <= len(heavy_jpeg) < max(size, len(jpeg)) + 4


def test_a_video_is_taken_for_one_and_has_its_size() -> None:
    assert output_type_of(video(7, 5000)[:64]) == "video/mp4"
    assert [len(video(7, 5000)), len(video(7, 0))] == [5000, 32]
    assert video(7, 5000) != video(8, 5000)
