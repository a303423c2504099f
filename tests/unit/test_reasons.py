"""The provider's words about a failure, from every shape in which they have been seen or could come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.runcomfy.reasons import MOST_CHARACTERS, sentence_of, shortened, texts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = [{"loc": ["body", "scale"], "msg": "Input should be less than 1", "type": "x"}, {"msg": "prompt is required"}]


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"error": "model refused\nthe prompt"}, "model refused the prompt"),
        ({"message": "not today"}, "not today"),
        ({"error_code": 400001, "error_message": "no such model"}, "no such model"),
        ({"error": {"code": 7, "message": "it broke down"}}, "it broke down"),
        ({"error": {"error": {"detail": "deep inside"}}}, "deep inside"),
        ({"detail": "Not Found here"}, "Not Found here"),
        ({"detail": SCHEMA}, "scale: Input should be less than 1; prompt is required"),
        ({"detail": [{"loc": ["body", "scale"], "msg": "scale is too large"}]}, "scale is too large"),
        ({"error": "ValidationError", "detail": [{"loc": ["body"], "msg": "bad value"}]}, "bad value"),
        ({"error": "UserAccountError"}, None),
        ({"message": None, "error": True, "detail": []}, None),
        ({"error": {"a": {"b": "no known key"}}}, '{"a": {"b": "no known key"}}'),
        ({"error": [[[[["too deep"]]]]]}, '["too deep"]'),
        ({}, None),
    ],
)
def test_the_first_text_that_is_more_than_a_name_is_found(document: Mapping[str, object], sentence: str | None) -> None:
    assert sentence_of(document) == sentence


def test_all_texts_are_read_once_each() -> None:
    document = {"error": "InsufficientResources", "message": "no balance", "detail": "no balance"}
    assert texts_of(document) == ("no balance", "InsufficientResources")


def test_an_endless_text_is_read_and_kept_up_to_a_bound() -> None:
    (text,) = texts_of({"error": "x" * 1_000_000})
    assert MOST_CHARACTERS < len(text) < 10 * MOST_CHARACTERS
    assert len(shortened(text)) == MOST_CHARACTERS


def test_an_object_that_is_nested_without_end_is_read_without_harm() -> None:
    nested: dict[str, object] = {"message": "hello there"}
    for _ in range(50_000):
        nested = {"error": nested}
    assert sentence_of(nested) is None
