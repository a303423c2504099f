"""What the provider publishes now, held against the catalog: every difference that matters, and none that does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from importlib import resources
from typing import Any

import pytest

from bot.domain.schema_comparison import MOST_DIFFERENCES, differences

KNOWN: dict[str, Any] = json.loads(
    (resources.files("bot.domain") / "catalog" / "dreamina-4-0-edit.json").read_text(encoding="utf-8")
)["input_schema"]
SIZE = "width\u00d7height"

Change = Callable[[Any], object]

DIFFERENT: list[tuple[Change, str]] = [
    (lambda live: live["properties"].pop(SIZE), f"'{SIZE}' is not published any more"),
    (lambda live: live["properties"].update(width={"type": "integer"}), "'width' is new"),
    (lambda live: live["required"].append("seed"), "'seed' is required"),
    (lambda live: live["required"].remove("prompt"), "'prompt' is not required any more"),
    (lambda live: live["properties"]["prompt"].update(maxLength=500), "'prompt': maxLength is 500, here 800"),
    (lambda live: live["properties"]["prompt"].pop("maxLength"), "'prompt': maxLength is not set, here 800"),
    (lambda live: live["properties"]["image_urls"].update(maxItems=6), "'image_urls': maxItems is 6, here 10"),
    (lambda live: live["properties"]["scale"].update(maximum=2), "'scale': maximum is 2, here 1"),
    (lambda live: live["properties"]["scale"].update(default=0.7), "'scale': default is 0.7, here 0.5"),
    (lambda live: live["properties"]["scale"].update(type="string"), "'scale': type is 'string', here 'float'"),
    (
        lambda live: live["properties"][SIZE]["enum"].remove("4096x4096(1:1)"),
        f"'{SIZE}': '4096x4096(1:1)' is not offered any more",
    ),
    (lambda live: live["properties"][SIZE]["enum"].append("1x1"), f"'{SIZE}': '1x1' is new"),
    (
        lambda live: live["properties"]["image_urls"]["validations"][0].update(validation_value=20),
        "'image_urls': 'file_size_mb<=' is 20, here 15",
    ),
    (
        lambda live: live["properties"]["image_urls"]["validations"].pop(0),
        "'image_urls': 'file_size_mb<=' is not set, here 15",
    ),
]
THE_SAME: list[Change] = [
    lambda live: live.update(title="Input"),
    lambda live: live["properties"]["prompt"].update(description="other", default="another sample"),
    lambda live: live["properties"]["image_urls"].update(default=[]),
    lambda live: live["properties"][SIZE]["enum"].reverse(),
    lambda live: live["properties"]["scale"].update(type="number", maximum="1.0"),
    lambda live: live["properties"]["image_urls"]["validations"][0].update(validation_value="15.0"),
]


def changed(change: Change) -> dict[str, Any]:
    live = deepcopy(KNOWN)
    change(live)
    return live


def test_the_same_schema_differs_in_nothing() -> None:
    assert differences(KNOWN, deepcopy(KNOWN)) == ()


@pytest.mark.parametrize(("change", "told"), DIFFERENT)
def test_a_difference_that_matters_is_named(change: Change, told: str) -> None:
    assert differences(KNOWN, changed(change)) == (told,)


@pytest.mark.parametrize("change", THE_SAME)
def test_words_order_and_spelling_are_no_difference(change: Change) -> None:
    assert differences(KNOWN, changed(change)) == ()


@pytest.mark.parametrize(
    "live", [{}, {"properties": []}, {"properties": {"prompt": 5}, "required": "prompt"}, {"properties": {"x": {}}}]
)
def test_a_schema_of_another_shape_is_told_and_breaks_nothing(live: dict[str, object]) -> None:
    assert differences(KNOWN, live)


def test_many_differences_and_long_words_are_bounded() -> None:
    live: dict[str, object] = {"properties": {f"{number}{'x' * 1000}": None for number in range(500)}}
    found = differences(KNOWN, live)
    assert len(found) == MOST_DIFFERENCES + 1
    assert sum(map(len, found)) < 4000
    assert differences({"properties": {"a": {"maximum": 1}}}, {"properties": {"a": {"maximum": "1e999999999"}}})
