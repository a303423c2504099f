"""Judging what was seen of a picture by what a model takes: fine as it came, to be mended, or of no use."""

from __future__ import annotations

from fractions import Fraction

import pytest

from bot.domain.catalog import ImageModel
from bot.domain.mending import POSTED_EVERYWHERE, as_probed, judge_picture, mending_limits, model_limits, refusals_of
from bot.domain.model_rules import FileRule, Quantity
from bot.domain.picture import Mend, PictureLimits, Probe
from bot.domain.remix_request import Input, RemixRequest
from bot.errors import InputRefused

MODEL = ImageModel.load("dreamina-4-0-edit")
LIMITS = model_limits(MODEL)
JPEG, PNG = "image/jpeg", "image/png"


def mends(probe: Probe, *, size: int = 1000, limits: PictureLimits = LIMITS) -> tuple[Mend, ...]:
    finding = judge_picture(probe, limits, size=size)
    assert finding.is_fine == (finding.is_sure and not finding.mends)
    return finding.mends


def test_the_limits_of_the_first_model_are_its_published_rules_in_their_stricter_reading() -> None:
    assert PictureLimits((JPEG, PNG), 15_000_000, 4096, 1, Fraction(1, 3), Fraction(3)) == LIMITS


def test_a_mended_picture_is_no_larger_than_what_discord_takes_everywhere() -> None:
    assert mending_limits(MODEL).max_bytes == POSTED_EVERYWHERE
    assert mending_limits(MODEL, upload_limit=500_000_000).max_bytes == POSTED_EVERYWHERE
    assert mending_limits(MODEL, upload_limit=8_000_000).max_bytes == 8_000_000


@pytest.mark.parametrize("kind", [JPEG, PNG])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (4096, 4096), (100, 300), (300, 100), (1366, 4096)])
def test_a_picture_that_the_model_takes_is_fine_as_it_came(kind: str, width: int, height: int) -> None:
    assert judge_picture(Probe(kind, width, height), LIMITS, size=15_000_000).is_fine


@pytest.mark.parametrize(
    ("probe", "needed"),
    [
        *((Probe(f"image/{kind}", 64, 64), Mend.CONVERTED) for kind in ("webp", "heic", "avif", "gif", "bmp", "tiff")),
        (Probe(PNG, 64, 64, is_animated=True), Mend.FIRST_FRAME),
        *((Probe(JPEG, 64, 64, orientation=turned), Mend.ROTATED) for turned in range(2, 9)),
        (Probe(JPEG, 64, 64, is_plain_colour=False), Mend.RECOLOURED),
        (Probe(JPEG, 64, 64, has_location=True), Mend.CLEANED),
        (Probe(PNG, 4097, 4096), Mend.SHRUNK),
        (Probe(PNG, 4096, 4097), Mend.SHRUNK),
        (Probe(PNG, 301, 100), Mend.PADDED),
        (Probe(PNG, 100, 301), Mend.PADDED),
        (Probe(PNG, 331, 1000), Mend.PADDED),  # keeps the rule's "0.33", but not its text's 1/3
        (Probe(PNG, 333, 1000), Mend.PADDED),
    ],
)
def test_what_the_model_would_refuse_is_mended(probe: Probe, needed: Mend) -> None:
    assert mends(probe) == (needed,)


def test_a_byte_more_than_the_model_takes_is_compressed_whatever_discord_would_take() -> None:
    assert mends(Probe(JPEG, 64, 64), size=15_000_000) == ()
    assert mends(Probe(JPEG, 64, 64), size=15_000_001) == (Mend.COMPRESSED,)


def test_a_picture_is_measured_as_people_see_it() -> None:
    wide = PictureLimits((JPEG,), 1000, min_ratio=Fraction(1))
    assert mends(Probe(JPEG, 50, 100, orientation=6), limits=wide) == (Mend.ROTATED,)
    assert mends(Probe(JPEG, 50, 100, orientation=3), limits=wide) == (Mend.ROTATED, Mend.PADDED)


@pytest.mark.parametrize("probe", [Probe(PNG, 64, 64, is_whole=False), Probe(PNG, None, None), Probe(PNG, 64, 0)])
def test_what_the_ends_of_a_file_leave_open_only_the_whole_file_decides(probe: Probe) -> None:
    finding = judge_picture(probe, LIMITS, size=1000)
    assert (finding.mends, finding.is_sure, finding.is_fine) == ((), False, False)


def test_a_picture_with_too_few_pixels_is_of_no_use() -> None:
    picky = PictureLimits((JPEG,), 1000, min_side=512)
    assert mends(Probe(JPEG, 512, 512), limits=picky) == ()
    with pytest.raises(InputRefused, match="too_few_pixels"):
        judge_picture(Probe(JPEG, 511, 600), picky, size=1000)


@pytest.mark.parametrize(
    ("operator", "taken", "not_taken"), [("<=", 2.0, 2.001), ("<", 1.99, 2.0), (">=", 2.0, 1.999), (">", 2.01, 2.0)]
)
def test_a_limit_of_the_ratio_is_taken_or_not_as_its_rule_says(operator: str, taken: float, not_taken: float) -> None:
    limit = FileRule(Quantity.RATIO, operator, Fraction(2)).taken
    is_upper = operator.startswith("<")
    assert [(one <= limit) if is_upper else (one >= limit) for one in (taken, not_taken)] == [True, False]


def test_an_input_that_was_looked_at_says_what_it_really_is() -> None:
    declared = Input("https://cdn.example/a", "a.png", PNG, 1000, 640, 480)
    assert as_probed(declared, Probe("image/heic", None, None)).content_type == "image/heic"
    seen = as_probed(declared, Probe(JPEG, 10, 20))
    assert (seen.content_type, seen.width, seen.height, seen.filename) == (JPEG, 10, 20, "a.png")


def test_each_picture_of_no_use_is_named_by_its_number() -> None:
    good = Input("https://cdn.example/a", "a.png", PNG, 1000, 640, 480)
    bad = Input("https://cdn.example/b", "b.png", PNG, 1000, 640, 480, problem="damaged")
    found = refusals_of(RemixRequest(MODEL.id, "x", (good, bad, good, bad)))
    assert [(one.field, one.problem) for one in found] == [("image2", "damaged"), ("image4", "damaged")]
