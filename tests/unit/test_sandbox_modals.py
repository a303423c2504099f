"""The sandbox judges modals as Discord documents them."""

import pytest

from sandbox.discord.components import FormError, check_modal
from tests.unit.component_builders import (
    Component,
    button,
    container,
    label,
    menu,
    places,
    row,
    text_display,
    text_input,
)


def modal(*components: Component, **data: object) -> list[FormError]:
    """What is wrong with a modal of these components."""
    return check_modal({"title": "Again", "custom_id": "v1:again:1", "components": list(components)} | data)


def test_a_modal_of_every_kind_of_field_is_well_formed() -> None:
    choices = [{"label": "One", "value": "1"}, {"label": "Two", "value": "2", "default": True}]
    fields: list[Component] = [
        text_input(style=2, required=True, min_length=1, max_length=800, value="a cat"),
        {"type": 19, "custom_id": "pictures", "min_values": 0, "max_values": 10, "required": False},
        {"type": 21, "custom_id": "size", "options": choices},
        {"type": 22, "custom_id": "extras", "options": choices, "min_values": 0, "max_values": 2},
        {"type": 23, "custom_id": "single", "default": False},
    ]
    assert modal(*[label(field) for field in fields]) == []
    assert modal(text_display(), row(text_input(label="Prompt")), label(menu(disabled=False))) == []


@pytest.mark.parametrize(
    ("component", "place", "code"),
    [
        (text_input(), "components.0.type", "UNION_TYPE_CHOICES"),
        (container(text_display()), "components.0.type", "UNION_TYPE_CHOICES"),
        (label(button()), "components.0.component.type", "UNION_TYPE_CHOICES"),
        (label(text_input(), label="x" * 46), "components.0.label", "BASE_TYPE_MAX_LENGTH"),
        (label(text_input(), description="x" * 101), "components.0.description", "BASE_TYPE_MAX_LENGTH"),
        (label(text_input(label="twice")), "components.0.component.label", "SANDBOX_LABEL_TWICE"),
        (label(text_input(style=3)), "components.0.component.style", "BASE_TYPE_CHOICES"),
        (label(text_input(value="x" * 4001)), "components.0.component.value", "BASE_TYPE_MAX_LENGTH"),
        (label(text_input(min_length=5, max_length=4)), "components.0.component.min_length", "SANDBOX_BOUNDS"),
        (row(text_input()), "components.0.components.0.label", "BASE_TYPE_REQUIRED"),
        (
            row(text_input(label="a"), text_input(label="b", custom_id="b")),
            "components.0.components",
            "BASE_TYPE_MAX_LENGTH",
        ),
        (label(menu(disabled=True)), "components.0.component.disabled", "SANDBOX_DISABLED_IN_MODAL"),
        (
            label({"type": 19, "custom_id": "f", "max_values": 11}),
            "components.0.component.max_values",
            "NUMBER_TYPE_MAX",
        ),
        (
            label({"type": 21, "custom_id": "f", "options": [{"label": "a", "value": "a"}]}),
            "components.0.component.options",
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            label({"type": 21, "custom_id": "f", "options": [{"label": v, "value": v, "default": True} for v in "ab"]}),
            "components.0.component.options",
            "SANDBOX_DEFAULTS",
        ),
        (label({"type": 23}), "components.0.component.custom_id", "BASE_TYPE_REQUIRED"),
    ],
)
def test_a_field_of_a_modal_that_discord_refuses_is_named(component: Component, place: str, code: str) -> None:
    assert (place, code) in places(modal(component))


@pytest.mark.parametrize(
    ("data", "place", "code"),
    [
        ({"title": "x" * 46}, "title", "BASE_TYPE_MAX_LENGTH"),
        ({"title": ""}, "title", "BASE_TYPE_REQUIRED"),
        ({"custom_id": "x" * 101}, "custom_id", "BASE_TYPE_MAX_LENGTH"),
        ({"components": []}, "components", "BASE_TYPE_BAD_LENGTH"),
        ({"components": None}, "components", "BASE_TYPE_REQUIRED"),
        ({"components": [label(text_input(custom_id=str(n))) for n in range(6)]}, "components", "BASE_TYPE_BAD_LENGTH"),
        (
            {"components": [label(text_input())] * 2},
            "components.1.component.custom_id",
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
    ],
)
def test_a_modal_that_discord_refuses_is_named_with_its_field(data: dict[str, object], place: str, code: str) -> None:
    assert places(modal(label(text_input()), **data)) == {(place, code)}
