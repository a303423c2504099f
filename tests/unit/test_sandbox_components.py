"""The sandbox judges messages as Discord documents them."""

import pytest

from sandbox.discord.components import IS_COMPONENTS_V2, FormError, check_message, form_errors_tree
from tests.unit.component_builders import (
    Component,
    button,
    container,
    gallery,
    menu,
    places,
    row,
    section,
    text_display,
)


def judged(*components: Component, names: tuple[str, ...] = (), **payload: object) -> list[FormError]:
    """What is wrong with a V2 message of these components."""
    message = {"components": list(components), "flags": IS_COMPONENTS_V2} | payload
    return check_message(message, flags=IS_COMPONENTS_V2, attachment_names=names)


def legacy(*components: Component, **payload: object) -> list[FormError]:
    """What is wrong with a message without the V2 flag."""
    return check_message({"components": list(components)} | payload, flags=0, attachment_names=("cat.png", "a.txt"))


def test_a_card_of_every_kind_of_component_is_well_formed() -> None:
    card = container(
        text_display(),
        section(text_display(), accessory={"type": 11, "media": {"url": "https://cdn.example/a.png"}}),
        section(text_display(), accessory=button(custom_id="other")),
        {"type": 14, "divider": True, "spacing": 2},
        gallery("attachment://cat.png", "https://cdn.example/b.png"),
        {"type": 13, "file": {"url": "attachment://a.txt"}, "spoiler": False},
        row(button(), {"type": 2, "style": 5, "label": "Open", "url": "https://example.org"}),
        row(menu()),
        row({"type": 8, "custom_id": "channel", "channel_types": [0, 11]}),
    )
    assert judged(card, names=("cat.png", "a.txt")) == []


@pytest.mark.parametrize(
    ("component", "place", "code"),
    [
        (text_display(""), "components.0.content", "BASE_TYPE_REQUIRED"),
        ({"type": 10}, "components.0.content", "BASE_TYPE_REQUIRED"),
        ({"type": 99}, "components.0.type", "UNION_TYPE_CHOICES"),
        ({"type": True, "content": "x"}, "components.0.type", "UNION_TYPE_CHOICES"),
        ({"content": "x"}, "components.0.type", "BASE_TYPE_REQUIRED"),
        (button(), "components.0.type", "UNION_TYPE_CHOICES"),
        (container(container(text_display())), "components.0.components.0.type", "UNION_TYPE_CHOICES"),
        (container(), "components.0.components", "BASE_TYPE_BAD_LENGTH"),
        (section(accessory=button()), "components.0.components", "BASE_TYPE_BAD_LENGTH"),
        (section(*[text_display()] * 4, accessory=button()), "components.0.components", "BASE_TYPE_BAD_LENGTH"),
        ({"type": 9, "components": [text_display()]}, "components.0.accessory", "BASE_TYPE_REQUIRED"),
        (section(text_display(), accessory=text_display()), "components.0.accessory.type", "UNION_TYPE_CHOICES"),
        (gallery(), "components.0.items", "BASE_TYPE_BAD_LENGTH"),
        (gallery(*["https://a.example/b.png"] * 11), "components.0.items", "BASE_TYPE_BAD_LENGTH"),
        (gallery("ftp://a.example/b.png"), "components.0.items.0.media.url", "URL_TYPE_INVALID_SCHEME"),
        (gallery("no url"), "components.0.items.0.media.url", "URL_TYPE_INVALID_URL"),
        (gallery("http://[half"), "components.0.items.0.media.url", "URL_TYPE_INVALID_URL"),
        (
            gallery("attachment://dog.png"),
            "components.0.items.0.media.url",
            "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
        ),
        (
            {"type": 13, "file": {"url": "attachment://dog.png"}},
            "components.0.file.url",
            "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
        ),
        (
            {"type": 13, "file": {"url": "https://a.example/b.zip"}},
            "components.0.file.url",
            "URL_TYPE_INVALID_SCHEME",
        ),
        (
            {"type": 12, "items": [{"media": {"url": "https://a.example"}, "description": "x" * 1025}]},
            "components.0.items.0.description",
            "BASE_TYPE_MAX_LENGTH",
        ),
        ({"type": 14, "spacing": 3}, "components.0.spacing", "BASE_TYPE_CHOICES"),
        ({"type": 14, "devider": True}, "components.0.devider", "SANDBOX_UNKNOWN_FIELD"),
        (row(), "components.0.components", "BASE_TYPE_BAD_LENGTH"),
        (row(*[button(custom_id=str(n)) for n in range(6)]), "components.0.components", "BASE_TYPE_BAD_LENGTH"),
        (row(menu(), button()), "components.0.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED"),
        (row(text_display()), "components.0.components.0.type", "UNION_TYPE_CHOICES"),
    ],
)
def test_a_component_that_discord_refuses_is_named_with_its_place(component: Component, place: str, code: str) -> None:
    assert (place, code) in places(judged(component, names=("cat.png",)))


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"label": "x" * 81}, ".label", "BASE_TYPE_MAX_LENGTH"),
        ({"custom_id": ""}, ".custom_id", "BASE_TYPE_REQUIRED"),
        ({"custom_id": "x" * 101}, ".custom_id", "BASE_TYPE_MAX_LENGTH"),
        ({"custom_id": 7}, ".custom_id", "STRING_TYPE_CONVERT"),
        ({"custom_id": None}, ".custom_id", "BASE_TYPE_REQUIRED"),
        ({"url": "https://a.example"}, ".url", "SANDBOX_BUTTON_FIELD"),
        ({"style": 5}, ".url", "BASE_TYPE_REQUIRED"),
        ({"style": 5, "url": "https://a.example"}, ".custom_id", "SANDBOX_BUTTON_FIELD"),
        ({"style": 5, "url": "https://a.example/" + "x" * 512, "custom_id": None}, ".url", "BASE_TYPE_MAX_LENGTH"),
        ({"style": 6}, ".sku_id", "BASE_TYPE_REQUIRED"),
        ({"style": 6, "sku_id": "1", "custom_id": None}, "", "SANDBOX_BUTTON_FIELD"),
        ({"style": 7}, ".style", "BASE_TYPE_CHOICES"),
        ({"label": None}, "", "SANDBOX_BUTTON_FACE"),
        ({"disabled": "no"}, ".disabled", "BOOLEAN_TYPE_CONVERT"),
        ({"id": -1}, ".id", "NUMBER_TYPE_MIN"),
        ({"emoji": {"name": "a", "id": "x"}}, ".emoji.id", "NUMBER_TYPE_COERCE"),
    ],
)
def test_a_button_that_discord_refuses_is_named_with_its_field(
    fields: dict[str, object], field: str, code: str
) -> None:
    assert (f"components.0.components.0{field}", code) in places(judged(row(button(**fields))))


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"options": []}, ".options", "BASE_TYPE_BAD_LENGTH"),
        ({"options": [{"label": str(n), "value": str(n)} for n in range(26)]}, ".options", "BASE_TYPE_BAD_LENGTH"),
        (
            {"options": [{"label": "a", "value": "1"}] * 2},
            ".options.1.value",
            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
        ),
        ({"options": [{"label": "", "value": "1"}]}, ".options.0.label", "BASE_TYPE_REQUIRED"),
        ({"min_values": 26}, ".min_values", "NUMBER_TYPE_MAX"),
        ({"max_values": 0}, ".max_values", "NUMBER_TYPE_MIN"),
        ({"min_values": 2, "max_values": 1}, ".min_values", "SANDBOX_BOUNDS"),
        ({"min_values": 3, "max_values": 3}, ".min_values", "SANDBOX_BOUNDS"),
        ({"placeholder": "x" * 151}, ".placeholder", "BASE_TYPE_MAX_LENGTH"),
    ],
)
def test_a_select_that_discord_refuses_is_named_with_its_field(
    fields: dict[str, object], field: str, code: str
) -> None:
    assert (f"components.0.components.0{field}", code) in places(judged(row(menu(**fields))))


def test_forty_components_pass_and_one_more_does_not_wherever_it_is_nested() -> None:
    full = container(*[text_display("x")] * 39)
    assert judged(full) == []
    nested = container(*[text_display("x")] * 37, row(button()))
    assert judged(nested) == []
    assert places(judged(nested, text_display("x"))) == {("components", "SANDBOX_TOO_MANY_COMPONENTS")}


def test_the_displayed_text_of_a_message_is_counted_over_all_its_texts() -> None:
    assert judged(text_display("x" * 2000), container(text_display("x" * 2000))) == []
    over = judged(text_display("x" * 2000), container(text_display("x" * 2001)))
    assert places(over) == {("components", "SANDBOX_TOO_MUCH_DISPLAYED_TEXT")}


@pytest.mark.parametrize("key", ["content", "embeds", "poll", "sticker_ids"])
def test_the_old_fields_of_a_message_are_refused_beside_the_v2_flag(key: str) -> None:
    values: dict[str, object] = {
        "content": "x",
        "embeds": [{"title": "x"}],
        "poll": {"question": {}},
        "sticker_ids": [1],
    }
    message = {"components": [text_display()], key: values[key]}
    found = check_message(message, flags=IS_COMPONENTS_V2, attachment_names=())
    assert places(found) == {(key, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2")}


def test_an_edit_to_v2_may_clear_the_old_fields() -> None:
    assert judged(text_display(), content=None, embeds=[], attachments=[]) == []


def test_without_the_flag_only_five_action_rows_may_stand_at_the_top() -> None:
    rows = [row(button(custom_id=str(number))) for number in range(6)]
    assert legacy(*rows[:5], content="hello") == []
    assert places(legacy(*rows)) == {("components", "BASE_TYPE_BAD_LENGTH")}
    assert places(legacy(text_display())) == {("components.0.type", "UNION_TYPE_CHOICES")}


def test_a_custom_id_stands_once_in_a_message_however_deep() -> None:
    twice = judged(row(button()), container(section(text_display(), accessory=button())))
    assert places(twice) == {("components.1.components.0.accessory.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED")}


def test_the_number_of_a_component_stands_once_in_a_message_unless_it_is_zero() -> None:
    assert judged({"id": 0} | text_display(), {"id": 0} | text_display()) == []
    twice = judged({"id": 7} | text_display(), container({"id": 7} | text_display()))
    assert places(twice) == {("components.1.components.0.id", "SANDBOX_COMPONENT_ID_DUPLICATED")}


@pytest.mark.parametrize(
    ("payload", "place", "code"),
    [
        ({"content": "x" * 2001}, "content", "BASE_TYPE_MAX_LENGTH"),
        ({"contents": "x"}, "contents", "SANDBOX_UNKNOWN_FIELD"),
        ({"nonce": "x" * 26}, "nonce", "BASE_TYPE_MAX_LENGTH"),
        ({"components": {"type": 1}}, "components", "LIST_TYPE_CONVERT"),
        ({"components": ["row"]}, "components.0", "MODEL_TYPE_CONVERT"),
        ({"attachments": [{"id": n} for n in range(11)]}, "attachments", "BASE_TYPE_MAX_LENGTH"),
        ({"attachments": [{"id": 0, "description": "x" * 1025}]}, "attachments.0.description", "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"title": "x"}] * 11}, "embeds", "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"title": "x" * 257}]}, "embeds.0.title", "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"description": "x" * 4097}]}, "embeds.0.description", "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"fields": [{"name": "x"}]}]}, "embeds.0.fields.0.value", "BASE_TYPE_REQUIRED"),
        ({"embeds": [{"fields": [{"name": "x", "value": "y"}] * 26}]}, "embeds.0.fields", "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"description": "x" * 4000}] * 2}, "embeds", "MAX_EMBED_SIZE_EXCEEDED"),
        (
            {"embeds": [{"image": {"url": "attachment://dog.png"}}]},
            "embeds.0.image.url",
            "SANDBOX_EMBED_ATTACHMENT_NOT_FOUND",
        ),
        (
            {"embeds": [{"thumbnail": {"url": "attachment://a.txt"}}]},
            "embeds.0.thumbnail.url",
            "SANDBOX_EMBED_ATTACHMENT_NOT_FOUND",
        ),
    ],
)
def test_a_message_that_discord_refuses_is_named_with_its_field(
    payload: dict[str, object], place: str, code: str
) -> None:
    assert places(legacy(**payload)) == {(place, code)}


def test_an_embed_may_show_a_picture_of_its_message() -> None:
    assert legacy(content="x" * 2000, embeds=[{"title": "t", "image": {"url": "attachment://cat.png"}}]) == []


def test_complaints_nest_like_the_errors_object_of_discord() -> None:
    errors = judged(text_display("x" * 4001))
    too_long = {"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 4000 or fewer in length."}
    tree = form_errors_tree([error for error in errors if error.path != ("components",)])
    assert tree == {"components": {"0": {"content": {"_errors": [too_long]}}}}


def test_two_complaints_about_one_field_stand_side_by_side() -> None:
    first, second = FormError(("a",), "ONE", "1"), FormError(("a", 0), "TWO", "2")
    tree = form_errors_tree([first, second, first])
    told = {"code": "ONE", "message": "1"}
    assert tree == {"a": {"_errors": [told, told], "0": {"_errors": [{"code": "TWO", "message": "2"}]}}}
