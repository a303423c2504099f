"""Components as a message keeps them, and as Discord answers them.

A message keeps a picture either as ``{"attachment_id": "..."}`` or as ``{"url": "..."}``. Answering makes fresh URLs
of both, since signed URLs expire. See https://docs.discord.com/developers/components/reference.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from sandbox.discord.cdn import StoredFile
from sandbox.discord.components import Kind
from sandbox.discord.state import Attachment
from sandbox.discord.wire import JsonObject, as_list, as_object, as_objects, as_text
from sandbox.discord.world import World

ATTACHMENT_SCHEME: Final = "attachment://"


_DEFAULTS: Final[dict[Kind, JsonObject]] = {
    Kind.THUMBNAIL: {"description": None, "spoiler": False},
    Kind.FILE: {"spoiler": False},
    Kind.SEPARATOR: {"spacing": 1, "divider": True},
    Kind.CONTAINER: {"accent_color": None, "spoiler": False},
    Kind.STRING_SELECT: {"min_values": 1, "max_values": 1},
    Kind.USER_SELECT: {"min_values": 1, "max_values": 1},
    Kind.ROLE_SELECT: {"min_values": 1, "max_values": 1},
    Kind.MENTIONABLE_SELECT: {"min_values": 1, "max_values": 1},
    Kind.CHANNEL_SELECT: {"min_values": 1, "max_values": 1},
}
_NULL_MEANS_ABSENT: Final = frozenset({"label", "emoji", "custom_id", "url", "placeholder", "disabled", "sku_id"})

Media: TypeAlias = JsonObject


def walk(components: list[JsonObject]) -> Iterator[JsonObject]:
    """Every component, parents before children, in reading order."""
    for component in components:
        yield component
        yield from walk(as_objects(component.get("components")))
        for key in ("accessory", "component"):
            nested = as_object(component.get(key))
            if nested is not None:
                yield from walk([nested])


def media_of(components: list[JsonObject]) -> Iterator[Media]:
    """Every picture and file that components show."""
    for component in walk(components):
        for key in ("media", "file"):
            media = as_object(component.get(key))
            if media is not None:
                yield media
        for item in as_objects(component.get("items")):
            media = as_object(item.get("media"))
            if media is not None:
                yield media


def texts_of(components: list[JsonObject]) -> list[str]:
    """What the TextDisplays say."""
    return [
        as_text(component.get("content"))
        for component in walk(components)
        if component.get("type") == Kind.TEXT_DISPLAY
    ]


def referenced_attachment_ids(components: list[JsonObject]) -> set[int]:
    """The attachments that components show; a message does not list them a second time."""
    return {int(media["attachment_id"]) for media in media_of(components) if "attachment_id" in media}


class Normaliser:
    """Turns components as a bot sends them into components as a message keeps them.

    Args:
        world: For the ids of pictures from elsewhere.
        attachments: The message's attachments by the name that ``attachment://`` uses.
    """

    def __init__(self, world: World, attachments: Mapping[str, Attachment]) -> None:
        self._world = world
        self._attachments = attachments
        self._taken: set[int] = set()
        self._next_id = 0

    def normalise(self, components: list[JsonObject]) -> list[JsonObject]:
        """The components with ids and defaults, their media resolved to attachments."""
        self._taken = {number for part in walk(components) if isinstance(number := part.get("id"), int) and number}
        return [self._component(component) for component in components]

    def _component(self, sent: JsonObject) -> JsonObject:
        kind = Kind(sent["type"])
        kept: JsonObject = {"type": int(kind), "id": sent.get("id") or self._free_id(), **_DEFAULTS.get(kind, {})}
        for key, value in sent.items():
            if key in {"type", "id"} or (value is None and key in _NULL_MEANS_ABSENT):
                continue
            kept[key] = self._value(key, value)
        if kind is Kind.FILE:
            kept.update(self._name_and_size(kept["file"]))
        return kept

    def _value(self, key: str, value: Any) -> Any:
        if key == "components":
            return [self._component(child) for child in as_objects(value)]
        if key in {"accessory", "component"} and value is not None:
            return self._component(as_object(value) or {})
        if key in {"media", "file"}:
            return self._media(as_object(value) or {})
        if key == "items":
            return [
                {
                    "media": self._media(as_object(item.get("media")) or {}),
                    "description": item.get("description"),
                    "spoiler": bool(item.get("spoiler")),
                }
                for item in as_objects(value)
            ]
        return value

    def _media(self, media: Media) -> Media:
        url = as_text(media.get("url"))
        if url.startswith(ATTACHMENT_SCHEME):
            return {"attachment_id": str(self._attachments[url.removeprefix(ATTACHMENT_SCHEME)].id)}
        return {"url": url, "id": str(self._world.snowflakes.next())}

    def _name_and_size(self, media: Media) -> JsonObject:
        for attachment in self._attachments.values():
            if media.get("attachment_id") == str(attachment.id):
                return {"name": attachment.filename, "size": attachment.file.size}
        return {"name": None, "size": None}

    def _free_id(self) -> int:
        self._next_id += 1
        while self._next_id in self._taken:
            self._next_id += 1
        return self._next_id


class MediaPrinter:
    """Turns kept components into Discord's answer, with URLs that work from the asker's place.

    Args:
        world: Knows the files and signs their URLs.
        attachments: The message's attachments.
        site: Scheme and host under which the asker reaches us.
    """

    def __init__(self, world: World, attachments: list[Attachment], *, site: str) -> None:
        self._world = world
        self._attachments = {str(attachment.id): attachment for attachment in attachments}
        self._site = site

    def components(self, kept: list[JsonObject]) -> list[JsonObject]:
        """The components as Discord answers them."""
        return [self._printed(component) for component in kept]

    def _printed(self, kept: JsonObject) -> JsonObject:
        return {key: self._value(key, value) for key, value in kept.items()}

    def _value(self, key: str, value: Any) -> Any:
        if key in {"components", "items"}:
            return [self._printed(child) for child in as_objects(value)]
        if key == "accessory" and value is not None:
            return self._printed(as_object(value) or {})
        if key in {"media", "file"}:
            return self.media(as_object(value) or {})
        if key == "options":
            return as_list(value)
        return value

    def media(self, kept: Media) -> Media:
        """One picture or file with its URLs."""
        attachment = self._attachments.get(as_text(kept.get("attachment_id")))
        if attachment is not None:
            url = self._world.cdn.sign(attachment.file, base_url=self._site)
            return {
                "id": str(attachment.id),
                "url": url,
                "proxy_url": url,
                **_measures(attachment.file),
                "attachment_id": str(attachment.id),
            }
        url = as_text(kept.get("url"))
        return {"id": kept["id"], "url": url, "proxy_url": url, "width": None, "height": None, "content_type": None}


def _measures(file: StoredFile) -> JsonObject:
    return {"width": file.width, "height": file.height, "content_type": file.content_type}


def file_name_of(kept: Media, attachments: list[Attachment]) -> str:
    """By which name a person recognises a picture."""
    for attachment in attachments:
        if kept.get("attachment_id") == str(attachment.id):
            return attachment.filename
    return urlsplit(as_text(kept.get("url"))).path.rpartition("/")[2]
