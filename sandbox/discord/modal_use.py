"""What a person fills into a modal: only what Discord's client lets them send.

See https://docs.discord.com/developers/components/reference.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from sandbox.discord.command_use import CannotDoError, Resolved, Uploader
from sandbox.discord.components import Kind
from sandbox.discord.layout import walk
from sandbox.discord.state import Upload
from sandbox.discord.wire import JsonObject, as_int, as_object, as_objects, as_text

FieldValue: TypeAlias = str | bool | Sequence[str] | Sequence[Upload] | None

_INPUTS: Final = frozenset(
    {Kind.TEXT_INPUT, Kind.STRING_SELECT, Kind.FILE_UPLOAD, Kind.RADIO_GROUP, Kind.CHECKBOX_GROUP, Kind.CHECKBOX}
)
_LONGEST_TEXT: Final = 4000


class ModalFiller:
    """Fills in a modal.

    Args:
        values: What the person enters, by custom_id.
        uploader: Takes their files.
    """

    def __init__(self, values: Mapping[str, FieldValue], uploader: Uploader) -> None:
        self.resolved = Resolved(uploader.user.id)
        self._values = values
        self._uploader = uploader
        self._next_id = 0

    def fill(self, components: list[JsonObject]) -> list[JsonObject]:
        """The components as a submit carries them.

        Raises:
            CannotDoError: A field is unknown, missing, too short or too long, or none of the options.
        """
        known = {as_text(part.get("custom_id")) for part in walk(components) if part.get("type") in _INPUTS}
        unknown = set(self._values) - known
        if unknown:
            raise CannotDoError(f"The modal has no field {min(unknown)!r}.")
        return [self._part(component) for component in components]

    def _part(self, component: JsonObject) -> JsonObject:
        self._next_id += 1
        told: JsonObject = {"type": component["type"], "id": component.get("id") or self._next_id}
        inner = as_object(component.get("component"))
        if inner is not None:
            told["component"] = self._part(inner)
        if "components" in component:
            told["components"] = [self._part(child) for child in as_objects(component["components"])]
        if component["type"] in _INPUTS:
            told["custom_id"] = component["custom_id"]
            told.update(self._entered(component))
        return told

    def _entered(self, component: JsonObject) -> JsonObject:
        name, kind = as_text(component["custom_id"]), Kind(component["type"])
        value = self._values.get(name)
        match kind:
            case Kind.TEXT_INPUT:
                return {"value": _text(component, name, value if value is not None else component.get("value"))}
            case Kind.CHECKBOX:
                return {"value": bool(value)}
            case Kind.RADIO_GROUP:
                return {"value": _option(component, name, value)}
            case Kind.FILE_UPLOAD:
                return {"values": self._files(component, name, value)}
            case _:
                return {"values": _options(component, name, value)}

    def _files(self, component: JsonObject, name: str, value: FieldValue) -> list[str]:
        uploads = [one for one in value if isinstance(one, Upload)] if isinstance(value, Sequence) else []
        _check_count(component, name, len(uploads))
        stored = [self._uploader.put(upload) for upload in uploads]
        self.resolved.attachments.extend(stored)
        return [str(attachment.id) for attachment in stored]


def _text(component: JsonObject, name: str, value: object) -> str:
    text = as_text(value)
    if not text and component.get("required", True):
        raise CannotDoError(f"The field {name!r} is required.")
    lowest, highest = as_int(component.get("min_length")), as_int(component.get("max_length"), default=_LONGEST_TEXT)
    if text and not lowest <= len(text) <= highest:
        raise CannotDoError(f"The field {name!r} takes {lowest} to {highest} characters, not {len(text)}.")
    return text


def _offered(component: JsonObject) -> list[str]:
    return [as_text(option.get("value")) for option in as_objects(component.get("options"))]


def _option(component: JsonObject, name: str, value: FieldValue) -> str | None:
    preset = next((as_text(one["value"]) for one in as_objects(component.get("options")) if one.get("default")), None)
    chosen = value if isinstance(value, str) else preset
    if chosen is None and component.get("required", True):
        raise CannotDoError(f"The field {name!r} is required.")
    if chosen is not None and chosen not in _offered(component):
        raise CannotDoError(f"{chosen!r} is no option of {name!r}.")
    return chosen


def _options(component: JsonObject, name: str, value: FieldValue) -> list[str]:
    chosen = [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []
    _check_count(component, name, len(chosen))
    stray = set(chosen) - set(_offered(component))
    if stray:
        raise CannotDoError(f"{min(stray)!r} is no option of {name!r}.")
    return chosen


def _check_count(component: JsonObject, name: str, count: int) -> None:
    is_required = component.get("required", True)
    lowest = as_int(component.get("min_values"), default=1)
    highest = as_int(component.get("max_values"), default=1)
    if (count == 0 and not is_required) or lowest <= count <= highest:
        return
    raise CannotDoError(f"The field {name!r} takes {lowest} to {highest} values, not {count}.")
