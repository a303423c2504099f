"""What a mended picture looks like: upright, in its own colours, with calm margins, and nothing cropped."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from PIL import Image, ImageOps

from bot.domain.picture import Mend, PictureLimits
from bot.errors import InputRefused
from bot.images.mending import fit, mend
from tests.brushes import colour_profile, drawing, exif, noise, photograph, resized, written
from tests.corpus import specimens
from tests.images.mended import differ, made, specimen
from tests.specimen import LIMITS

pytestmark = pytest.mark.usefixtures("decoders")


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_picture_is_turned_as_its_camera_meant_it(orientation: int) -> None:
    data = written(photograph(), "JPEG", quality=95, exif=exif(orientation))
    mended, image = made(data)
    with Image.open(io.BytesIO(data)) as source:
        meant = ImageOps.exif_transpose(source)
    assert differ(image, meant) < 2
    assert (mended.width, mended.height) == meant.size
    assert image.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "jpeg", "packbits"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tiff_is_turned_once(orientation: int, compression: str | None) -> None:
    source = photograph((400, 240))
    data = written(source, "TIFF", exif=exif(orientation), compression=compression)
    mended, image = made(data)
    source.getexif()[0x0112] = orientation
    meant = ImageOps.exif_transpose(source)
    assert image.size == meant.size == ((400, 240) if orientation < 5 else (240, 400))
    assert differ(image, meant) < 5
    assert (Mend.ROTATED in mended.mends) == (orientation != 1)


def test_a_phone_s_heic_is_upright() -> None:
    _, image = made(specimen("HEIC from a phone"))
    upright = photograph().transpose(Image.Transpose.ROTATE_270)
    assert differ(image, upright) < 6


def test_a_heic_whose_exif_alone_is_sideways_is_not_turned_and_not_told_as_turned() -> None:
    sideways = written(photograph(), "HEIF", exif=exif(6))
    turn = b"\x00\x00\x00\x09irot\x03"
    assert turn in sideways
    mended, image = made(sideways.replace(turn, b"\x00\x00\x00\x09free\x00"))
    assert mended.mends == (Mend.CONVERTED,)
    assert differ(image, photograph()) < 6


def test_nothing_is_cropped_and_margins_take_the_colour_of_the_border() -> None:
    source = Image.new("RGB", (900, 100), (10, 120, 200))
    source.paste((250, 240, 230), (100, 40, 800, 60))
    mended, image = made(written(source, "PNG"))
    assert (mended.mends, image.size) == ((Mend.PADDED,), (900, 300))
    assert image.convert("RGB").getpixel((450, 10)) == (10, 120, 200)
    assert differ(image.crop((0, 100, 900, 200)), source) == 0


def test_margins_of_a_clear_picture_are_clear() -> None:
    mended, image = made(specimen("clear and wide"))
    assert (mended.content_type, image.mode) == ("image/png", "RGBA")
    assert image.getpixel((10, 2)) == (0, 0, 0, 0)


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1), (10000, 200), (199, 600), (4097, 1367), (12289, 4096)])
def test_margins_and_fewer_pixels_keep_the_ratio_together(size: tuple[int, int]) -> None:
    mended, image = made(written(Image.new("RGB", size, "teal"), "PNG"))
    assert max(image.size) <= 4096
    assert Fraction(1, 3) <= Fraction(*image.size) <= 3
    assert {Mend.PADDED, Mend.SHRUNK} & set(mended.mends)


def test_a_clear_picture_stays_clear_and_a_photograph_becomes_jpeg() -> None:
    assert made(specimen("WebP, lossless and clear"))[1].mode == "RGBA"
    assert made(specimen("WebP"))[0].content_type == "image/jpeg"
    assert made(written(drawing().convert("RGB"), "BMP"))[0].content_type == "image/png"
    opaque = written(photograph().convert("RGBA"), "WEBP", lossless=True)
    assert made(opaque)[0].content_type == "image/jpeg"


def test_a_model_that_knows_no_clearness_gets_white() -> None:
    mended, image = made(written(drawing(), "PNG"), replace(LIMITS, types=("image/jpeg",)))
    assert (mended.content_type, mended.mends) == ("image/jpeg", (Mend.CONVERTED,))
    assert differ(image.crop((0, 0, 10, 10)), Image.new("RGB", (10, 10), "white")) < 3


def test_cleaning_touches_no_pixel() -> None:
    names = {one.name for one in specimens() if one.mends == (Mend.CLEANED,)}
    assert {"JPEG, two pictures and a film", "JPEG and JPEG that says where", "PNG, says where at its end"} <= names
    # A decoder refuses the others before they are cleaned; what becomes of them is compared below.
    for name in names - BURDENED:
        data = specimen(name)
        mended, new = mend(data, LIMITS)
        assert new is not None
        assert mended.mends == (Mend.CLEANED,)
        with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(new)) as after:
            assert before.tobytes() == after.tobytes()
        assert len(new) < len(data)
        assert not [word for word in (b"GPS", b"Exif", b"PK\x03\x04", b"ftyp", b"MPF", b"GAudio") if word in new], name
        assert new.count(b"\xff\xd9") <= 1


BURDENED = {one.name for one in specimens() if one.filename.startswith("recipe")}
UNEVEN = {one.name for one in specimens() if one.mends == (Mend.REPAIRED,)}


@pytest.mark.parametrize("name", sorted(BURDENED | UNEVEN))
def test_what_the_pixels_do_not_need_refuses_no_picture_and_changes_none(name: str) -> None:
    _, image = made(specimen(name))
    whole = specimen("JPEG, progressive" if "progressive" in name else name.partition(",")[0].partition(" ")[0])
    assert differ(image, Image.open(io.BytesIO(whole))) == 0


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("PNG, animated", 3),
        ("PNG, animated, palette", 6),
        ("GIF, animated", 6),
        ("GIF, animated, palette", 6),
        ("WebP, animated", 6),
        ("AVIF, animated", 6),
        ("TIFF, two pages", 3),
    ],
)
def test_the_first_picture_of_an_animation_is_what_is_sent(name: str, most: float) -> None:
    _, image = made(specimen(name))
    assert differ(image, photograph().quantize(64) if "palette" in name else photograph()) < most


@pytest.mark.parametrize("name", [one.name for one in specimens() if Mend.LATER_FRAME in one.mends])
def test_a_first_picture_that_shows_nothing_gives_way_to_the_next(name: str) -> None:
    _, image = made(specimen(name))
    assert differ(image, drawing() if "clear" in name else photograph()) < 6


def test_an_animation_of_nothing_is_told_as_its_first_picture() -> None:
    black = Image.new("RGB", (40, 40))
    film = written(black, "WEBP", save_all=True, append_images=[Image.new("RGB", (40, 40), "blue")], lossless=True)
    assert made(film)[0].mends == (Mend.CONVERTED, Mend.FIRST_FRAME)


@pytest.mark.parametrize(("side", "becomes"), [(4096, (4096, 3072)), (None, (6000, 4500))])
def test_a_jpeg_of_more_pixels_than_are_decoded_is_decoded_smaller(side: int | None, becomes: tuple[int, int]) -> None:
    mended, image = made(specimen("JPEG, 108 megapixels"), replace(LIMITS, max_side=side))
    assert (mended.mends, image.size) == ((Mend.SHRUNK,), becomes)
    assert differ(image, resized(Image.linear_gradient("L"), becomes)) < 3


def test_a_bit_that_was_turned_on_the_way_is_found_where_the_whole_file_is_looked_at() -> None:
    data = bytearray(written(photograph(), "PNG"))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(InputRefused) as refused:
        mend(bytes(data), LIMITS)
    assert refused.value.problem == "damaged"


def test_a_picture_that_is_too_large_gets_as_small_as_it_must() -> None:
    data = written(noise((700, 500)), "PNG")
    mended, image = made(data, replace(LIMITS, max_bytes=60_000))
    assert mended.size <= 60_000
    assert mended.mends == (Mend.SHRUNK, Mend.COMPRESSED)
    assert abs(image.width / image.height - 1.4) < 0.02


def test_a_picture_that_cannot_be_small_enough_is_refused() -> None:
    with pytest.raises(InputRefused) as refused:
        mend(written(noise((700, 500)), "PNG"), replace(LIMITS, max_bytes=300))
    assert refused.value.problem == "cannot_be_mended"


def test_a_picture_that_is_too_small_is_refused_with_its_numbers() -> None:
    with pytest.raises(InputRefused) as refused:
        mend(written(photograph((30, 20)), "PNG"), replace(LIMITS, min_side=64))
    assert (refused.value.problem, refused.value.values) == ("too_few_pixels", {"width": 30, "height": 20, "limit": 64})


# --- outputs ----------------------------------------------------------------------------------------------------------

ANY = PictureLimits(types=(), max_bytes=0)


@pytest.mark.parametrize(
    ("kind", "more", "becomes"),
    [("PNG", {}, "image/jpeg"), ("WEBP", {"lossless": True}, "image/jpeg"), ("JPEG", {"quality": 100}, "image/jpeg")],
)
def test_an_output_is_fitted_with_the_least_loss_that_does_it(kind: str, more: dict[str, Any], becomes: str) -> None:
    source = photograph((900, 700))
    data = written(source, kind, **more)
    mended, new = fit(data, replace(ANY, max_bytes=len(data) * 3 // 4))
    assert new is not None
    assert (mended.content_type, mended.mends, mended.width) == (becomes, (Mend.COMPRESSED,), 900)
    assert differ(Image.open(io.BytesIO(new)), source) < 3


def test_a_clear_output_stays_clear() -> None:
    source = photograph((300, 300))
    source.putalpha(resized(Image.radial_gradient("L"), (300, 300)))
    data = written(source, "PNG")
    mended, new = fit(data, replace(ANY, max_bytes=len(data) // 2))
    assert new is not None
    assert mended.content_type == "image/webp"
    assert Image.open(io.BytesIO(new)).mode == "RGBA"


def test_an_output_loses_pixels_only_where_nothing_else_helps() -> None:
    mended, new = fit(written(noise((400, 300)), "PNG"), replace(ANY, max_bytes=20_000))
    assert new is not None
    assert mended.mends == (Mend.SHRUNK, Mend.COMPRESSED)
    assert len(new) <= 20_000


def test_an_output_keeps_its_colour_profile() -> None:
    profile = colour_profile()
    data = written(photograph((900, 700)), "PNG", icc_profile=profile)
    _, new = fit(data, replace(ANY, max_bytes=len(data) // 2))
    assert new is not None
    assert Image.open(io.BytesIO(new)).info["icc_profile"] == profile


def test_an_output_that_fits_is_left_alone() -> None:
    data = written(photograph(), "PNG")
    assert fit(data, replace(ANY, max_bytes=len(data)))[1] is None


@pytest.mark.parametrize("kind", ["AVIF", "BMP", "TIFF"])
def test_an_output_of_a_type_that_discord_does_not_show_is_converted_although_it_is_small(kind: str) -> None:
    source = photograph((300, 200))
    mended, new = fit(written(source, kind), replace(ANY, max_bytes=1_000_000))
    assert new is not None
    assert (mended.content_type, mended.mends) == ("image/jpeg", (Mend.CONVERTED,))
    assert differ(Image.open(io.BytesIO(new)), source) < 5


def test_an_animation_is_not_fitted() -> None:
    data = written(photograph(), "GIF", save_all=True, append_images=[photograph((320, 240), "L")])
    with pytest.raises(InputRefused, match="animation"):
        fit(data, replace(ANY, max_bytes=1000))
