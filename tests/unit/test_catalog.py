"""The model as data: what its published schema makes of a request, and of a broken file."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.catalog import ImageModel
from bot.domain.picture import Mend
from bot.domain.remix_request import Input, Kept, OptionValue, RemixRequest
from bot.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

DREAMINA = "dreamina-4-0-edit"
TIMES = "\u00d7"


@pytest.fixture
def model() -> ImageModel:
    """The first model, as it comes with the bot."""
    return ImageModel.load(DREAMINA)


def picture(
    name: str = "cat.png",
    *,
    kind: str | None = "image/png",
    size: int = 1000,
    width: int | None = 100,
    height: int | None = 100,
) -> Input:
    return Input(f"https://cdn.example/{name}?ex=1", name, kind, size, width, height)


def request(
    *inputs: Input, prompt: str = "a cat in a boat", options: Mapping[str, OptionValue] | None = None
) -> RemixRequest:
    return RemixRequest("bytedance/dreamina-4-0/edit", prompt, inputs or (picture(),), options or {})


def words(model: ImageModel, wanted: RemixRequest) -> list[tuple[str, str]]:
    return [(problem.field, problem.problem) for problem in model.problems(wanted)]


def only(model: ImageModel, wanted: RemixRequest) -> InvalidRequest:
    (problem,) = model.problems(wanted)
    return problem


# --- what the schema says ---------------------------------------------------------------------------------------------


def test_the_first_model_is_read_from_its_published_schema(model: ImageModel) -> None:
    assert (model.id, model.name) == ("bytedance/dreamina-4-0/edit", "Dreamina 4.0")
    assert (model.min_images, model.max_images, model.advised_images) == (1, 10, 6)
    assert model.accepted_types == ("image/jpeg", "image/png")
    assert (model.max_prompt_length, model.max_file_bytes, model.max_pixels_per_side) == (800, 15_000_000, 4096)
    assert (model.scale_range, model.default_scale, model.has_single) == ((0.0, 1.0), 0.5, True)
    assert (len(model.sizes), model.default_size) == (11, "2048x2048(1:1)")
    assert model.default_size in model.sizes


def test_a_good_request_has_no_problem_and_no_advice(model: ImageModel) -> None:
    wanted = request(options={"size": "4096x4096(1:1)", "scale": 1, "single": True})
    model.check(wanted)
    assert model.problems(wanted) == []
    assert model.advice(wanted) == []


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_only_what_the_member_set_is_sent_and_never_a_default(model: ImageModel) -> None:
    wanted = request(picture("b.png"), picture("a.png"))
    assert model.payload(wanted) == {
        "image_urls": ["https://cdn.example/b.png?ex=1", "https://cdn.example/a.png?ex=1"],
        "prompt": "a cat in a boat",
    }


def test_of_a_mended_picture_the_kept_copy_is_sent_and_of_others_the_picture_as_it_came(model: ImageModel) -> None:
    kept = Kept("https://cdn.example/kept.jpg?ex=2", 1, 2, 0)
    mended = replace(picture("a.heic"), mends=(Mend.CONVERTED,), kept=kept)
    untouched = replace(picture("b.png"), kept=replace(kept, index=1))
    assert model.payload(request(mended, untouched))["image_urls"] == [kept.url, "https://cdn.example/b.png?ex=1"]


def test_options_are_sent_by_the_providers_keys(model: ImageModel) -> None:
    sent = model.payload(request(options={"size": "1024x1024(1:1)", "scale": 0.0, "single": False}))
    assert sent[f"width{TIMES}height"] == "1024x1024(1:1)"
    assert (sent["scale"], sent["force_single"]) == (0.0, False)


# --- images -----------------------------------------------------------------------------------------------------------


def test_no_image_is_refused(model: ImageModel) -> None:
    assert words(model, RemixRequest(model.id, "a cat", ())) == [("images", "no_images")]


def test_ten_images_are_allowed_and_eleven_are_not(model: ImageModel) -> None:
    assert model.problems(request(*[picture()] * 10)) == []
    problem = only(model, request(*[picture()] * 11))
    assert (problem.field, problem.problem, problem.values) == (
        "images",
        "too_many_images",
        {"limit": 10, "count": 11},
    )


def test_more_than_six_images_earn_advice(model: ImageModel) -> None:
    assert model.advice(request(*[picture()] * 6)) == []
    assert model.advice(request(*[picture()] * 7)) == ["many_images"]


@pytest.mark.parametrize(
    "declared",
    [
        picture(kind="video/mp4"),
        picture("notes.txt", kind=None),
        picture("cat.heic", kind="image/heic", width=None, height=None),
        picture(width=None, height=None),
        picture(width=9000, height=20),
        picture(size=100_000_000),
    ],
)
def test_what_is_declared_of_a_picture_is_never_judged(model: ImageModel, declared: Input) -> None:
    assert model.problems(request(declared)) == []


def test_an_empty_file_is_refused(model: ImageModel) -> None:
    problem = only(model, request(picture(), picture("void.png", size=0)))
    assert (problem.field, problem.problem) == ("image2", "empty_file")
    assert (problem.values["number"], problem.values["filename"]) == (2, "void.png")


def test_a_file_that_is_never_fetched_to_be_mended_is_refused(model: ImageModel) -> None:
    problem = only(model, request(picture(size=100_000_001)))
    assert (problem.field, problem.problem) == ("image1", "file_too_large")
    assert (problem.values["limit_mb"], problem.values["size_mb"]) == (100, 100.1)


def test_every_problem_is_found_and_the_first_is_raised(model: ImageModel) -> None:
    wanted = request(
        picture(),
        picture(size=0),
        prompt=" ",
        options={"size": "huge", "scale": 2, "single": "yes"},
    )
    assert words(model, wanted) == [
        ("image2", "empty_file"),
        ("prompt", "prompt_empty"),
        ("size", "unknown_size"),
        ("scale", "scale_out_of_range"),
        ("single", "not_a_switch"),
    ]
    with pytest.raises(InvalidRequest) as caught:
        model.check(wanted)
    assert (caught.value.field, caught.value.problem) == ("image2", "empty_file")


# --- prompt and options -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prompt", ["", " \n\t\u3000", "\u200b\ufe0f\u200f", "\x00\ue000\u2028"])
def test_an_empty_prompt_is_refused(model: ImageModel, prompt: str) -> None:
    assert words(model, request(prompt=prompt)) == [("prompt", "prompt_empty")]


@pytest.mark.parametrize("prompt", ["\U0001f680", "?", "7", "\u0915\u094d\u0937", "\u200b.\u200b", "\U0001fbff"])
def test_a_prompt_with_anything_to_see_is_none_that_is_empty(model: ImageModel, prompt: str) -> None:
    assert model.problems(request(prompt=prompt)) == []


def test_a_prompt_is_measured_in_code_points(model: ImageModel) -> None:
    assert model.problems(request(prompt="\U0001f680" * 800)) == []
    problem = only(model, request(prompt="\ud55c" * 801))
    assert (problem.problem, problem.values) == ("prompt_too_long", {"limit": 800, "length": 801})


def test_a_checked_request_is_stripped_before_it_is_measured(model: ImageModel) -> None:
    checked = model.request(prompt=f"  {'a' * 800}\n", inputs=[picture()], options={})
    assert checked.prompt == "a" * 800


def test_an_unknown_size_is_named(model: ImageModel) -> None:
    problem = only(model, request(options={"size": "2048x2048"}))
    assert (problem.field, problem.problem, problem.values) == ("size", "unknown_size", {"found": "2048x2048"})


@pytest.mark.parametrize("scale", [-0.001, 1.001, math.nan, math.inf, -math.inf, "0.5", True])
def test_a_scale_out_of_range_or_no_number_is_refused(model: ImageModel, scale: OptionValue) -> None:
    problem = only(model, request(options={"scale": scale}))
    assert (problem.field, problem.problem) == ("scale", "scale_out_of_range")
    assert problem.values["minimum"] == 0
    assert problem.values["maximum"] == 1
    assert problem.values["found"] is scale
