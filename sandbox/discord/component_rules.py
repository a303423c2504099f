"""Discord's kinds of components as data: the fields of each and which kinds may stand in which place.

Source: https://docs.discord.com/developers/components/reference.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from sandbox.discord.form_rules import (
    INT32_MAX,
    Findings,
    FormError,
    Json,
    Path,
    Rule,
    anything,
    as_list,
    as_object,
    flag,
    listed,
    one_of,
    record,
    required,
    snowflake,
    text,
    url,
    whole,
)


class Kind(IntEnum):
    """The ``type`` of a component."""

    ACTION_ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


SELECTS = frozenset(
    {Kind.STRING_SELECT, Kind.USER_SELECT, Kind.ROLE_SELECT, Kind.MENTIONABLE_SELECT, Kind.CHANNEL_SELECT}
)
LAID_OUT = frozenset({Kind.ACTION_ROW, Kind.SECTION, Kind.TEXT_DISPLAY, Kind.MEDIA_GALLERY, Kind.FILE, Kind.SEPARATOR})
LABELLED = SELECTS | {Kind.TEXT_INPUT, Kind.FILE_UPLOAD, Kind.RADIO_GROUP, Kind.CHECKBOX_GROUP, Kind.CHECKBOX}

LINK, PREMIUM = 5, 6  # styles of buttons that open something instead of asking the bot
CUSTOM_ID = text(1, 100)
MEDIA = record(
    {"url": url("http", "https", "attachment")},
    # A message that was received may be sent back: what Discord itself adds is overlooked.
    dict.fromkeys(
        (
            "proxy_url",
            "width",
            "height",
            "content_type",
            "placeholder",
            "placeholder_version",
            "attachment_id",
            "flags",
        ),
        anything,
    )
    | {"loading_state": anything, "id": anything},
)
FILE_MEDIA = record({"url": url("attachment")}, {})
# `animated` is part of Discord's emoji object; discord.py sends it.
EMOJI = record({}, {"id": snowflake, "name": text(1, 32), "animated": flag})
OPTION_FIELDS: Mapping[str, Rule] = {"description": text(0, 100), "default": flag}
OPTION = record({"label": text(1, 100), "value": text(1, 100)}, OPTION_FIELDS)
EMOJI_OPTION = record({"label": text(1, 100), "value": text(1, 100)}, {**OPTION_FIELDS, "emoji": EMOJI})


@dataclass(frozen=True)
class Slot:
    """A field of a component that holds further components.

    Args:
        kinds: which kinds may stand there.
        most: how many at most; None says that the field holds exactly one component and no list.
    """

    kinds: frozenset[Kind]
    most: int | None = None


@dataclass(frozen=True)
class Shape:
    """All that makes a component of one kind well formed, but for the rest of its message."""

    needed: Mapping[str, Rule] = field(default_factory=dict[str, Rule])
    optional: Mapping[str, Rule] = field(default_factory=dict[str, Rule])
    slots: Mapping[str, Slot] = field(default_factory=dict[str, Slot])
    also: Callable[[Json, Path], Findings] = anything


def _button(button: Json, path: Path) -> Findings:
    style = button.get("style")
    for key in ("url", "custom_id", "sku_id"):
        wanted = {LINK: "url", PREMIUM: "sku_id"}.get(style if isinstance(style, int) else 0, "custom_id")
        if key == wanted and not button.get(key):
            yield required((*path, key))
        elif key != wanted and button.get(key) is not None:
            yield FormError((*path, key), "SANDBOX_BUTTON_FIELD", f"A button of style {style} cannot have a {key}.")
    has_face = bool(button.get("label") or button.get("emoji"))
    if has_face and style == PREMIUM:
        yield FormError(path, "SANDBOX_BUTTON_FIELD", "A premium button has neither label nor emoji.")
    elif not has_face and style != PREMIUM:
        yield FormError(path, "SANDBOX_BUTTON_FACE", "A button needs a label or an emoji.")


def _row(row: Json, path: Path) -> Findings:
    kinds = [member.get("type") for item in as_list(row.get("components")) if (member := as_object(item)) is not None]
    if len(kinds) > 1 and any(kind in SELECTS for kind in kinds):
        message = "The specified component exceeds the maximum width"
        yield FormError((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)


def _in_order(low: str, high: str, *, usual: int) -> Callable[[Json, Path], Findings]:
    def rule(component: Json, path: Path) -> Findings:
        least, most = component.get(low), component.get(high, usual)
        if isinstance(least, int) and isinstance(most, int) and least > most:
            yield FormError((*path, low), "SANDBOX_BOUNDS", f"{low} is {least} and {high} only {most}.")

    return rule


_BOUNDS = _in_order("min_values", "max_values", usual=1)
_LENGTHS = _in_order("min_length", "max_length", usual=4000)


def _options(menu: Json, path: Path) -> Findings:
    yield from _BOUNDS(menu, path)
    options = [option for item in as_list(menu.get("options")) if (option := as_object(item)) is not None]
    least = menu.get("min_values")
    if isinstance(least, int) and least > len(options):
        yield FormError((*path, "min_values"), "SANDBOX_BOUNDS", f"{least} of {len(options)} options cannot be chosen.")
    chosen = sum(option.get("default") is True for option in options)
    most = 1 if menu.get("type") == Kind.RADIO_GROUP else menu.get("max_values")
    if isinstance(most, int) and chosen > most:
        yield FormError((*path, "options"), "SANDBOX_DEFAULTS", f"{chosen} defaults, but at most {most} can be chosen.")
    values = [option.get("value") for option in options]
    for index, value in enumerate(values):
        if value in values[:index]:
            place = (*path, "options", index, "value")
            yield FormError(
                place, "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used"
            )


def _default_value(*kinds: str) -> Rule:
    return listed(record({"id": snowflake, "type": one_of(*kinds)}, {}), 0, 25)


_SELECT: Mapping[str, Rule] = {
    "placeholder": text(0, 150),
    "min_values": whole(0, 25),
    "max_values": whole(1, 25),
    "disabled": flag,
    "required": flag,
}
_NAMED: Mapping[str, Rule] = {"custom_id": CUSTOM_ID}
_SELECT_SHAPES: Mapping[Kind, Shape] = {
    Kind.STRING_SELECT: Shape({**_NAMED, "options": listed(EMOJI_OPTION, 1, 25)}, _SELECT, also=_options),
    Kind.USER_SELECT: Shape(_NAMED, {**_SELECT, "default_values": _default_value("user")}, also=_BOUNDS),
    Kind.ROLE_SELECT: Shape(_NAMED, {**_SELECT, "default_values": _default_value("role")}, also=_BOUNDS),
    Kind.MENTIONABLE_SELECT: Shape(_NAMED, {**_SELECT, "default_values": _default_value("user", "role")}, also=_BOUNDS),
    Kind.CHANNEL_SELECT: Shape(
        _NAMED,
        {
            **_SELECT,
            "default_values": _default_value("channel"),
            "channel_types": listed(one_of(0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16), 0, 25),
        },
        also=_BOUNDS,
    ),
}

MESSAGE_SHAPES: Mapping[Kind, Shape] = {
    **_SELECT_SHAPES,
    Kind.ACTION_ROW: Shape(slots={"components": Slot(SELECTS | {Kind.BUTTON}, 5)}, also=_row),
    Kind.BUTTON: Shape(
        {"style": one_of(1, 2, 3, 4, 5, 6)},
        {
            "custom_id": CUSTOM_ID,
            "label": text(0, 80),
            "emoji": EMOJI,
            "url": url("http", "https", "discord", maximum=512),
            "sku_id": snowflake,
            "disabled": flag,
        },
        also=_button,
    ),
    Kind.SECTION: Shape(
        slots={
            "components": Slot(frozenset({Kind.TEXT_DISPLAY}), 3),
            "accessory": Slot(frozenset({Kind.BUTTON, Kind.THUMBNAIL})),
        }
    ),
    Kind.TEXT_DISPLAY: Shape({"content": text(1, 4000)}),
    Kind.THUMBNAIL: Shape({"media": MEDIA}, {"description": text(1, 1024), "spoiler": flag}),
    Kind.MEDIA_GALLERY: Shape(
        {"items": listed(record({"media": MEDIA}, {"description": text(1, 1024), "spoiler": flag}), 1, 10)}
    ),
    Kind.FILE: Shape({"file": FILE_MEDIA}, {"spoiler": flag, "name": anything, "size": anything}),
    Kind.SEPARATOR: Shape(optional={"divider": flag, "spacing": one_of(1, 2)}),
    Kind.CONTAINER: Shape(
        optional={"accent_color": whole(0, 0xFFFFFF), "spoiler": flag}, slots={"components": Slot(LAID_OUT, 40)}
    ),
}

_FILES: Mapping[str, Rule] = {
    "min_values": whole(0, 10),
    "max_values": whole(1, 10),
    "required": flag,
    # Since 2026-08-05: https://docs.discord.com/developers/reference#file-type-filtering
    "file_types": listed(text(1, 32), 0, 10),
}
MODAL_SHAPES: Mapping[Kind, Shape] = {
    **_SELECT_SHAPES,
    Kind.LABEL: Shape({"label": text(1, 45)}, {"description": text(1, 100)}, {"component": Slot(LABELLED)}),
    Kind.TEXT_DISPLAY: MESSAGE_SHAPES[Kind.TEXT_DISPLAY],
    Kind.ACTION_ROW: Shape(slots={"components": Slot(frozenset({Kind.TEXT_INPUT}), 1)}),
    Kind.TEXT_INPUT: Shape(
        {**_NAMED, "style": one_of(1, 2)},
        {
            "label": text(1, 45),
            "value": text(0, 4000),
            "placeholder": text(0, 100),
            "required": flag,
            "min_length": whole(0, 4000),
            "max_length": whole(1, 4000),
        },
        also=_LENGTHS,
    ),
    Kind.FILE_UPLOAD: Shape(_NAMED, _FILES, also=_BOUNDS),
    Kind.RADIO_GROUP: Shape({**_NAMED, "options": listed(OPTION, 2, 10)}, {"required": flag}, also=_options),
    Kind.CHECKBOX_GROUP: Shape(
        {**_NAMED, "options": listed(OPTION, 1, 10)},
        {"min_values": whole(0, 10), "max_values": whole(1, 10), "required": flag},
        also=_options,
    ),
    Kind.CHECKBOX: Shape(_NAMED, {"default": flag}),
}
COMPONENT_ID = whole(0, INT32_MAX)
