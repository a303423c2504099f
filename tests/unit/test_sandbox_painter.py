"""The painter: real pixels, the size that was asked for, words that are seen."""

from __future__ import annotations

import io
import time
from importlib.resources import files

import pytest
from PIL import Image, ImageChops, ImageFont, ImageStat

from sandbox.runcomfy.brushes import resized
from sandbox.runcomfy.caption import legible, wrapped
from sandbox.runcomfy.painter import paint, plain_picture
from sandbox.runcomfy.treatments import duotone, neon, night, sepia, snow, treatments_for
from sandbox.samples import names, sample

CAT, ROCKET = sample("chelsea"), sample("rocket")
SMALL = (320, 240)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def difference(first: bytes, second: bytes) -> float:
    """How far two pictures are apart, 0-255, without their lower third where the caption is."""
    box = (0, 0, SMALL[0], SMALL[1] * 2 // 3)
    one, two = opened(first).convert("RGB").crop(box), opened(second).convert("RGB").crop(box)
    return sum(ImageStat.Stat(ImageChops.difference(one, two)).mean) / 3


def painted(prompt: str = "a cat", *, inputs: list[bytes] | None = None, scale: float = 0.5, seed: int = 1) -> bytes:
    return paint(inputs or [CAT], prompt=prompt, size=SMALL, scale=scale, seed=seed, output_format="PNG")


@pytest.mark.parametrize("size", [(1024, 1024), (640, 275), (200, 600), (64, 64)])
def test_a_painting_has_the_size_that_was_asked_for(size: tuple[int, int]) -> None:
    image = opened(paint([CAT, ROCKET], prompt="a cat at night", size=size, scale=0.5, seed=1))

    assert (image.format, image.size, image.mode) == ("JPEG", size, "RGB")


def test_a_painting_can_be_a_png() -> None:
    assert opened(painted()).format == "PNG"


def test_the_same_seed_paints_the_same_and_another_a_variant() -> None:
    assert painted(seed=7) == painted(seed=7)
    assert painted(seed=7) != painted(seed=8)


def test_the_inputs_are_seen_in_the_painting() -> None:
    cat, rocket = painted(scale=0.0), painted(inputs=[ROCKET], scale=0.0)
    plain = io.BytesIO()
    resized(opened(CAT), SMALL).save(plain, "PNG")

    assert difference(cat, plain.getvalue()) < difference(rocket, plain.getvalue()) / 2


def test_a_higher_scale_moves_further_from_the_inputs() -> None:
    gentle, strong = (difference(painted("neon", scale=0), painted("neon", scale=scale)) for scale in (0.1, 1.0))

    assert gentle + 5 < strong


def test_another_prompt_makes_another_painting() -> None:
    assert difference(painted("sepia"), painted("snow")) > 10


def test_words_of_the_prompt_choose_the_edits() -> None:
    assert treatments_for("A snowy NIGHT, vintage") == [night, snow, sepia]
    assert treatments_for("neon!") == [neon]
    assert treatments_for("make them dance") == [duotone]


@pytest.mark.parametrize(
    "prompt",
    [
        "sunset", "ocean", "forest", "fire", "space", "night", "snow", "rain", "dream",
        "sepia", "noir", "neon", "watercolour", "sketch", "comic", "pixel",
    ],
)  # fmt: skip
def test_every_known_word_visibly_changes_the_picture(prompt: str) -> None:
    assert difference(painted(prompt, scale=1), painted(prompt, scale=0)) > 4


@pytest.mark.parametrize(
    "prompt", ["", "   \n\t", "고양이와 커피", "Кошка", "🐱🐱🐱", "x" * 800, "קפה וחתול", "a\x00b\u202ec"]
)
def test_any_prompt_can_be_written_below(prompt: str) -> None:
    assert opened(painted(prompt)).size == SMALL


@pytest.mark.parametrize("count", range(1, 11))
def test_up_to_ten_inputs_find_their_place(count: int) -> None:
    assert opened(painted(inputs=([CAT, ROCKET] * 5)[:count])).size == SMALL


def test_transparent_and_grey_and_turned_inputs_are_taken() -> None:
    files: list[bytes] = []
    for mode in ("RGBA", "LA", "P", "L", "I;16"):
        out = io.BytesIO()
        Image.new(mode, (90, 40)).save(out, "PNG")
        files.append(out.getvalue())
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("CMYK", (90, 40)).save(out, "JPEG", exif=exif)

    assert opened(painted(inputs=[*files, out.getvalue()])).size == SMALL


def test_a_painting_without_inputs_is_refused() -> None:
    with pytest.raises(ValueError, match="input"):
        paint([], prompt="", size=SMALL, scale=0.5, seed=1)


def test_the_largest_output_does_not_take_forever() -> None:
    started_at = time.process_time()
    data = paint([CAT, ROCKET], prompt="a watercolour night", size=(6198, 2656), scale=0.5, seed=1)

    assert opened(data).size == (6198, 2656)
    assert time.process_time() - started_at < 6


def test_a_long_caption_ends_in_an_ellipsis_within_its_width() -> None:
    font = ImageFont.load_default(20)
    lines = wrapped("a cat " * 100 + "w" * 50, font, 200)

    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert max(font.getlength(line) for line in lines) <= 200


def test_letters_lose_their_accents_rather_than_be_boxes() -> None:
    text, _ = legible("caf\u00e9\n au  lait")

    assert text in {"café au lait", "cafe au lait"}


def test_what_no_font_can_write_is_described() -> None:
    text, _ = legible("\U00012000\U00012001")

    assert text in {"(2 characters, Cuneiform)", "\U00012000\U00012001"}


def test_plain_pictures_differ_by_seed_and_are_pictures() -> None:
    pictures = {plain_picture(seed) for seed in range(50)}

    assert len(pictures) == 50
    assert {opened(data).size for data in pictures} == {(64, 64)}


@pytest.mark.parametrize("name", names)
def test_every_sample_is_a_photograph_of_reasonable_size(name: str) -> None:
    data = sample(name)

    assert len(data) <= 600_000
    assert opened(data).format in {"JPEG", "PNG"}
    assert name in sample_attribution()


def sample_attribution() -> str:
    return files("sandbox.samples").joinpath("ATTRIBUTION.md").read_text(encoding="utf-8")


def test_a_sample_that_does_not_exist_is_named() -> None:
    with pytest.raises(LookupError, match="mona"):
        sample("mona")
