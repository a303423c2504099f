"""Files of the catalog: rules in every spelling, broken files, and the operator's own models."""

from __future__ import annotations

import copy
import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.catalog import ImageModel, load_catalog
from bot.domain.mending import judge_picture, model_limits
from bot.domain.picture import Probe
from bot.domain.remix_request import Input, OptionValue, RemixRequest
from bot.errors import InputRefused, StartupError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def document() -> dict[str, Any]:
    """A small file of the catalog, to be broken."""
    validations = [{"validation_rule": "file_size_mb<=", "validation_value": 15}]
    return {
        "model": "maker/thing/edit",
        "ours": {
            "name": "Thing",
            "accepted_types": ["image/png"],
            "keys": {"images": "images", "prompt": "text", "size": "size", "scale": "strength", "single": "one"},
        },
        "input_schema": {
            "required": ["images", "text"],
            "properties": {
                "images": {"type": "array", "items": {"type": "string"}, "maxItems": 3, "validations": validations},
                "text": {"type": "string", "maxLength": 5},
                "size": {"type": "string", "enum": ["a", "b"], "default": "a"},
                "strength": {"type": "number", "minimum": 0, "maximum": 2},
                "one": {"type": "boolean"},
            },
        },
    }


def words(model: ImageModel, side: tuple[int, int] = (100, 100), **options: OptionValue) -> list[tuple[str, str]]:
    image = Input("https://cdn.example/cat.png", "cat.png", "image/png", 1000, *side)
    return [
        (problem.field, problem.problem) for problem in model.problems(RemixRequest(model.id, "cat", (image,), options))
    ]


def needs(model: ImageModel, side: tuple[int, int]) -> str:
    """What a PNG of that size needs before the model takes it, or why it never does."""
    try:
        return " ".join(judge_picture(Probe("image/png", *side), model_limits(model), size=1000).mends)
    except InputRefused as error:
        return error.problem


# --- rules ------------------------------------------------------------------------------------------------------------


def with_rule(document: dict[str, Any], rule: object, value: object, text: str = "No.") -> ImageModel:
    entry = {"validation_rule": rule, "validation_value": value, "validation_error": text}
    document["input_schema"]["properties"]["images"]["validations"] = [entry]
    return ImageModel.from_json(document)


@pytest.mark.parametrize(
    ("rule", "value", "good", "bad", "word"),
    [
        ("width_pixels<=", 100, (100, 50), (101, 50), "shrunk"),
        ("width_pixels≤", "100", (100, 50), (101, 50), "shrunk"),
        ("width_pixels <", 100, (99, 50), (100, 50), "shrunk"),
        ("height_pixels>=", 14, (50, 14), (50, 13), "too_few_pixels"),
        ("height_pixels≥", "14", (50, 14), (50, 13), "too_few_pixels"),
        ("height_pixels>", 14.0, (50, 15), (50, 14), "too_few_pixels"),
        ("width/height>", "0.5", (51, 100), (50, 100), "padded"),
        ("width/height≤", "16/9", (16, 9), (17, 9), "padded"),
    ],
)
def test_rules_are_read_with_either_kind_of_sign_and_value(
    document: dict[str, Any], rule: str, value: object, good: tuple[int, int], bad: tuple[int, int], word: str
) -> None:
    model = with_rule(document, rule, value)
    assert needs(model, good) == ""
    assert needs(model, bad) == word


@pytest.mark.parametrize(("rule", "limit"), [("width_pixels<", 99), ("width_pixels<=", 100), ("height_pixels≤", 100)])
def test_the_greatest_side_is_told_whatever_the_sign(document: dict[str, Any], rule: str, limit: int) -> None:
    model = with_rule(document, rule, 100)
    assert model.max_pixels_per_side == limit
    assert model.max_file_bytes == 50_000_000, "the provider's general advice, where the schema says nothing"


def test_the_stricter_of_value_and_text_holds_in_both_directions(document: dict[str, Any]) -> None:
    text = "The ratio must be within [1/4, 4]."
    assert with_rule(document, "width/height≥", "0.3", text).file_rules[0].limit * 10 == 3
    assert with_rule(document, "width/height≥", "0.2", text).file_rules[0].limit * 4 == 1
    assert with_rule(document, "width/height≤", "3", text).file_rules[0].limit == 3
    assert with_rule(document, "width/height≤", "5", text).file_rules[0].limit == 4


@pytest.mark.parametrize(
    ("rule", "value", "place"),
    [
        ("file_size_mb!=", 15, "validation_rule"),
        ("frames<=", 15, "validation_rule"),
        ("file_size_mb", 15, "validation_rule"),
        ("file_size_mb>=", 1, "validation_rule"),
        (None, 15, "validation_rule"),
        ("width_pixels<=", "wide", "validation_value"),
        ("width_pixels<=", "1/0", "validation_value"),
        ("width_pixels<=", None, "validation_value"),
        ("width_pixels<=", True, "validation_value"),
        ("width_pixels<=", math.inf, "validation_value"),
        ("width_pixels<=", 0, "validation_value"),
    ],
)
def test_a_rule_that_cannot_be_read_stops_the_start(
    document: dict[str, Any], rule: object, value: object, place: str
) -> None:
    with pytest.raises(StartupError, match=rf"input_schema\.properties\.images\.validations\[0\]\.{place}"):
        with_rule(document, rule, value)


# --- broken files -----------------------------------------------------------------------------------------------------


def broken(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    *folders, name = path.split(".")

    def change(document: dict[str, Any]) -> None:
        place = document
        for folder in folders:
            place = place[folder]
        place[name] = value

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (broken("model", ""), "model: must be a text"),
        (broken("ours", []), "ours: must be an object"),
        (broken("ours.accepted_types", []), "ours.accepted_types: must hold at least one"),
        (broken("ours.advised_images", -1), "ours.advised_images: must be a whole number"),
        (broken("ours.keys.images", "pictures"), "input_schema.properties: must have 'pictures'"),
        (broken("ours.keys.seed", "size"), "ours.keys: 'seed' is none of our names"),
        (broken("ours.keys", {"images": "images"}), "ours.keys: must have 'prompt'"),
        (broken("input_schema.required", ["mask"]), "requires 'mask'"),
        (broken("input_schema.properties.images.type", "string"), "images.type: must be array"),
        (broken("input_schema.properties.images.maxItems", 2.5), "maxItems: must be a whole number"),
        (broken("input_schema.properties.images.uniqueItems", True), "uniqueItems: is a rule that this version"),
        (broken("input_schema.properties.text.pattern", "[a-z]+"), "text.pattern: is a rule that this version"),
        (broken("input_schema.properties.text.validations", []), "text.validations: is a rule that this version"),
        (broken("input_schema.properties.text.maxLength", "5"), "text.maxLength: must be a whole number"),
        (broken("input_schema.properties.size.enum", ["a", "a"]), "size.enum: must hold"),
        (broken("input_schema.properties.size.default", "c"), "size.default: must be one of the sizes"),
        (broken("input_schema.properties.strength.minimum", 3), "strength: the minimum must not be above"),
        (broken("input_schema.properties.one.type", "string"), "one.type: must be boolean"),
    ],
)
def test_a_broken_file_is_named_with_the_place_in_it(
    document: dict[str, Any], change: Callable[[dict[str, Any]], None], problem: str, tmp_path: Path
) -> None:
    ImageModel.from_json(copy.deepcopy(document))
    change(document)
    (tmp_path / "thing.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(StartupError) as caught:
        load_catalog(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'thing.json'}: ")
    assert problem in str(caught.value)


def test_every_broken_file_has_its_line(document: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{", encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "c.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "d.json").write_bytes(b"\xff\xfe")
    with pytest.raises(StartupError) as caught:
        load_catalog(tmp_path)
    first, second, third = str(caught.value).splitlines()
    assert first.startswith(f"{tmp_path / 'a.json'}: cannot be read as JSON")
    assert second == f"{tmp_path / 'c.json'}: model: another file holds maker/thing/edit already"
    assert third.startswith(f"{tmp_path / 'd.json'}: cannot be read as JSON")


def test_a_model_that_does_not_exist_is_a_startup_error(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="absent"):
        ImageModel.load("absent")
    with pytest.raises(StartupError, match="cannot be listed"):
        load_catalog(tmp_path / "nowhere")


# --- the operator's models --------------------------------------------------------------------------------------------


def test_models_of_the_operator_stand_beside_the_packaged_ones(document: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "thing.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no model", encoding="utf-8")
    assert set(load_catalog()) == {"bytedance/dreamina-4-0/edit"}
    catalog = load_catalog(tmp_path)
    assert set(catalog) == {"bytedance/dreamina-4-0/edit", "maker/thing/edit"}
    assert catalog["maker/thing/edit"] == ImageModel.load(tmp_path / "thing.json")


def test_a_model_of_the_operator_replaces_the_packaged_one_of_its_id(document: dict[str, Any], tmp_path: Path) -> None:
    document["model"] = "bytedance/dreamina-4-0/edit"
    (tmp_path / "mine.json").write_text(json.dumps(document), encoding="utf-8")
    assert load_catalog(tmp_path)["bytedance/dreamina-4-0/edit"].name == "Thing"


def test_an_option_that_the_model_has_not_is_refused(document: dict[str, Any]) -> None:
    del document["ours"]["keys"]["scale"]
    small = ImageModel.from_json(document)
    assert small.scale_range is None
    assert words(small, size="b", scale=1.0, seed=7) == [("scale", "unknown_option"), ("seed", "unknown_option")]


def test_fewer_images_than_the_model_needs_are_refused(document: dict[str, Any]) -> None:
    document["input_schema"]["properties"]["images"]["minItems"] = 2
    assert words(ImageModel.from_json(document)) == [("images", "too_few_images")]
