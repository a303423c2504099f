"""Judges messages and modals as strictly as Discord's documentation words them, above all their components.

Sources: https://docs.discord.com/developers/components/reference, https://docs.discord.com/developers/resources/message#create-message.
An unknown field is an error here though Discord overlooks it: a misspelt one is a mistake of the bot that nobody would
see.
"""

from collections.abc import Collection, Iterator, Mapping

from sandbox.discord.component_rules import (
    COMPONENT_ID,
    CUSTOM_ID,
    LAID_OUT,
    MESSAGE_SHAPES,
    MODAL_SHAPES,
    SELECTS,
    Kind,
    Shape,
    Slot,
)
from sandbox.discord.embed_rules import check_embeds
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
    form_errors_tree,
    listed,
    record,
    required,
    snowflake,
    text,
    url,
    whole,
)

__all__ = ["IS_COMPONENTS_V2", "FormError", "Kind", "check_message", "check_modal", "form_errors_tree"]

IS_COMPONENTS_V2 = 1 << 15
MOST_COMPONENTS = 40
MOST_DISPLAYED_TEXT = 4000
MOST_LEGACY_ROWS = 5

_V2_TOP = Slot(LAID_OUT | {Kind.CONTAINER}, MOST_COMPONENTS)
_LEGACY_TOP = Slot(frozenset({Kind.ACTION_ROW}), MOST_LEGACY_ROWS)
_MODAL_TOP = Slot(frozenset({Kind.LABEL, Kind.TEXT_DISPLAY, Kind.ACTION_ROW}), 5)
_KINDS = {int(kind): kind for kind in Kind}
_ALWAYS: Mapping[str, Rule] = {"type": anything, "id": COMPONENT_ID}


def _nonce(value: object, path: Path) -> Findings:
    rule = text(0, 25) if isinstance(value, str) else whole(-(2**63), 2**63 - 1)
    return rule(value, path)


_ATTACHMENT = record(
    {"id": snowflake},
    {
        "filename": text(1, 1024),
        "description": text(0, 1024),
        "title": text(0, 1024),
        "is_spoiler": flag,
        # An edit sends the attachments that stay as they were received.
        **dict.fromkeys(
            ("url", "proxy_url", "size", "width", "height", "content_type", "spoiler", "duration_secs", "waveform"),
            anything,
        ),
    },
)
# Components and embeds are judged below, with the flags and the attached files in view.
_MESSAGE = record(
    {},
    {
        "content": text(0, 2000),
        "components": anything,
        "embeds": anything,
        "attachments": listed(_ATTACHMENT, 0, 10),
        "flags": whole(0, INT32_MAX),
        "tts": flag,
        "nonce": _nonce,
        "enforce_nonce": flag,
        "allowed_mentions": anything,
        "message_reference": anything,
        "sticker_ids": listed(snowflake, 0, 3),
        "poll": anything,
        "username": text(1, 80),
        "avatar_url": url("http", "https"),
        "thread_name": text(0, 100),
        "applied_tags": listed(snowflake, 0, 5),
        "shared_client_theme": anything,
    },
)


def _kind(component: Json) -> Kind | None:
    number = component.get("type")
    if isinstance(number, bool) or not isinstance(number, int):
        return None
    return _KINDS.get(number)


def _placed(component: object, path: Path, kinds: Collection[Kind], shapes: Mapping[Kind, Shape]) -> Findings:
    """One component and all below it."""
    fields = as_object(component)
    if fields is None:
        yield FormError(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return
    kind = _kind(fields)
    if fields.get("type") is None:
        yield required((*path, "type"))
    elif kind is None or kind not in kinds:
        allowed = ", ".join(str(int(one)) for one in sorted(kinds))
        yield FormError((*path, "type"), "UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({allowed}).')
    else:
        yield from _shaped(fields, path, shapes[kind], shapes)


def _shaped(component: Json, path: Path, shape: Shape, shapes: Mapping[Kind, Shape]) -> Findings:
    nested: Mapping[str, Rule] = dict.fromkeys(shape.slots, anything)
    yield from record({**shape.needed, **nested}, {**shape.optional, **_ALWAYS})(component, path)
    yield from shape.also(component, path)
    for key, slot in shape.slots.items():
        if component.get(key) is not None:
            yield from _slot(component[key], (*path, key), slot, shapes)


def _slot(value: object, path: Path, slot: Slot, shapes: Mapping[Kind, Shape]) -> Findings:
    if slot.most is None:
        yield from _placed(value, path, slot.kinds, shapes)
        return
    yield from listed(lambda item, place: _placed(item, place, slot.kinds, shapes), 1, slot.most)(value, path)


def _nested(component: Json, path: Path) -> Iterator[tuple[Path, object]]:
    for key in ("components", "items"):
        for index, item in enumerate(as_list(component.get(key))):
            yield (*path, key, index), item
    for key in ("component", "accessory"):
        if component.get(key) is not None:
            yield (*path, key), component[key]


def _every(value: object, path: Path) -> Iterator[tuple[Path, Json]]:
    """Every object of a tree of components, itself first, gallery items included."""
    component = as_object(value)
    if component is None:
        return
    yield path, component
    for below, item in _nested(component, path):
        yield from _every(item, below)


def _all_of(components: object) -> list[tuple[Path, Json]]:
    """Every object below an array of components, whatever else is wrong with it."""
    return [found for index, item in enumerate(as_list(components)) for found in _every(item, ("components", index))]


def _unique(everything: Collection[tuple[Path, Json]]) -> Findings:
    for key, code, message in (
        ("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"),
        ("id", "SANDBOX_COMPONENT_ID_DUPLICATED", "The id of a component must be unique within its message."),
    ):
        seen: list[object] = []
        for path, component in everything:
            value = component.get(key)
            if value and value in seen:
                yield FormError((*path, key), code, message)
            elif value:  # an id of 0 counts as none
                seen.append(value)


def _references(everything: Collection[tuple[Path, Json]], names: Collection[str]) -> Findings:
    for path, component in everything:
        for key in ("media", "file"):
            target = (as_object(component.get(key)) or {}).get("url")
            is_reference = isinstance(target, str) and target.startswith("attachment://")
            if is_reference and str(target).removeprefix("attachment://") not in names:
                message = f"No file of this message is named {str(target).removeprefix('attachment://')!r}."
                place = (*path, key, "url")
                yield FormError(place, "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", message)


def _v2_only(payload: Json, everything: Collection[tuple[Path, Json]]) -> Findings:
    for key in ("content", "embeds", "poll", "sticker_ids"):
        if payload.get(key):
            message = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            yield FormError((key,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)
    count = sum("type" in component for _, component in everything)
    if count > MOST_COMPONENTS:
        message = f"{count} components, nested ones included; the most is {MOST_COMPONENTS}."
        yield FormError(("components",), "SANDBOX_TOO_MANY_COMPONENTS", message)
    size = sum(
        len(str(component.get("content") or ""))
        for _, component in everything
        if component.get("type") == Kind.TEXT_DISPLAY
    )
    if size > MOST_DISPLAYED_TEXT:
        message = f"The displayable text is {size} characters; the most is {MOST_DISPLAYED_TEXT}."
        yield FormError(("components",), "SANDBOX_TOO_MUCH_DISPLAYED_TEXT", message)


def check_message(payload: Mapping[str, object], *, flags: int, attachment_names: Collection[str]) -> list[FormError]:
    """Judge the JSON of a message that is to be created or edited.

    That it is not empty, and what an edit leaves standing of the old message, is for the caller to judge.

    Args:
        payload: the request's JSON (``payload_json``), for an interaction callback its ``data``.
        flags: the flags which the message will have, those of an edited message included.
        attachment_names: names of the files uploaded with it and of those it keeps.
    """
    is_v2 = bool(flags & IS_COMPONENTS_V2)
    everything = _all_of(payload.get("components"))
    found = list(_MESSAGE(payload, ()))
    if payload.get("components"):
        top = _V2_TOP if is_v2 else _LEGACY_TOP
        found += _slot(payload["components"], ("components",), top, MESSAGE_SHAPES)
    if payload.get("embeds"):
        found += check_embeds(payload["embeds"], ("embeds",), attachment_names)
    found += [*_unique(everything), *_references(everything, attachment_names)]
    return found + list(_v2_only(payload, everything)) if is_v2 else found


def _modal_fields(everything: Collection[tuple[Path, Json]]) -> Findings:
    for path, component in everything:
        kind, in_label = component.get("type"), path[-1] == "component"
        if kind in SELECTS and component.get("disabled"):
            yield FormError((*path, "disabled"), "SANDBOX_DISABLED_IN_MODAL", "A select of a modal cannot be disabled.")
        if kind == Kind.TEXT_INPUT and in_label and component.get("label") is not None:
            yield FormError((*path, "label"), "SANDBOX_LABEL_TWICE", "The Label around it labels a text input.")
        if kind == Kind.TEXT_INPUT and not in_label and component.get("label") is None:
            yield required((*path, "label"))


def check_modal(data: Mapping[str, object]) -> list[FormError]:
    """Judge the ``data`` of an interaction callback of type 9.

    Args:
        data: title, custom_id and components.
    """
    everything = _all_of(data.get("components"))
    needed: dict[str, Rule] = {"custom_id": CUSTOM_ID, "title": text(1, 45), "components": anything}
    found = list(record(needed, {})(data, ()))
    if data.get("components") is not None:
        found += _slot(data["components"], ("components",), _MODAL_TOP, MODAL_SHAPES)
    return [*found, *_unique(everything), *_modal_fields(everything)]
