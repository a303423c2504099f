"""Colours of a mended picture: what had sixteen bits, a profile, or a high dynamic range looks as it was meant to."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from PIL import Image, ImageStat

from bot.domain.picture import Mend
from tests.brushes import colour_profile, photograph, written
from tests.corpus import specimens
from tests.corpus_of_light import BT_2020, HLG, PQ, as_signal, with_signal
from tests.images.mended import differ, made, specimen
from tests.specimen import LIMITS

pytestmark = pytest.mark.usefixtures("decoders")


def test_sixteen_bits_of_grey_are_scaled_and_not_cut_off() -> None:
    for name in ("PNG, 16 bits of grey", "TIFF, 16 bits of grey"):
        _, image = made(specimen(name))
        grey = image.convert("L")
        assert [grey.getpixel((128, row)) for row in (0, 64, 128, 255)] == [0, 64, 128, 255]


def test_sixteen_bits_a_colour_become_eight() -> None:
    _, image = made(specimen("PNG, 16 bits a colour"))
    assert image.convert("RGB").getpixel((20, 20)) == (255, 128, 0)


@pytest.mark.parametrize("name", ["JPEG, CMYK", "TIFF, CMYK", "TIFF, CIE Lab", "TIFF, fractions"])
def test_odd_colours_stay_what_they_look_like(name: str) -> None:
    _, image = made(specimen(name))
    meant = photograph(mode="L") if name == "TIFF, fractions" else photograph()
    assert differ(image, meant) < 8


def test_a_colour_profile_is_applied_where_a_picture_is_written_anew() -> None:
    data = written(photograph(), "WEBP", lossless=True, icc_profile=_swapped_profile())
    _, image = made(data)
    assert "icc_profile" not in image.info
    red, green, blue = ImageStat.Stat(image.crop((0, 0, 40, 40))).mean
    assert green > 200
    assert max(red, blue) < 60


def _swapped_profile() -> bytes:
    """A profile whose red is green: that of sRGB with the names of two colours exchanged."""
    data = colour_profile()
    return data.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")


def test_a_profile_that_is_broken_is_as_good_as_none() -> None:
    _, image = made(written(photograph(), "WEBP", lossless=True, icc_profile=b"no profile at all" * 20))
    assert differ(image, photograph()) < 3


def test_sixteen_bits_are_read_in_either_order() -> None:
    words = [0, 257, 32768, 65535]
    little = Image.frombytes("I;16", (4, 1), struct.pack("<4H", *words))
    big = Image.frombytes("I;16B", (4, 1), struct.pack(">4H", *words))
    for source in (little, big):
        _, image = made(written(source, "TIFF"), replace(LIMITS, max_ratio=None))
        assert list(image.convert("L").tobytes()) == [0, 1, 128, 255]


@pytest.mark.parametrize("name", [one.name for one in specimens() if one.filename.startswith("hdr.")])
def test_a_picture_of_high_dynamic_range_looks_like_its_twin(name: str) -> None:
    mended, image = made(specimen(name))
    assert Mend.RECOLOURED in mended.mends
    assert differ(image, photograph()) < 12
    assert "icc_profile" not in image.info


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_what_is_brighter_than_white_keeps_its_steps(transfer: int) -> None:
    grey = Image.linear_gradient("L").convert("RGB")
    _, image = made(with_signal(grey, BT_2020, transfer))
    column = image.convert("L").crop((128, 0, 129, 256))
    steps = list(column.tobytes())
    assert steps == sorted(steps)
    assert len(set(steps)) > 100


def test_transparency_outlives_a_high_dynamic_range() -> None:
    picture = as_signal(photograph(), BT_2020, PQ)
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))  # pyright: ignore[reportUnknownMemberType] - Pillow's types are not finished
    _, image = made(with_signal(picture, BT_2020, PQ))
    assert image.mode == "RGBA"
    assert image.getchannel("A").tobytes() == picture.getchannel("A").tobytes()
