"""Discord's limits of embeds.

Source: https://docs.discord.com/developers/resources/message#embed-object-embed-limits.
"""

from collections.abc import Collection

from sandbox.discord.form_rules import (
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
    record,
    text,
    url,
    whole,
)

MOST_TEXT = 6000
# Only these may be referred to by attachment:// from an embed: https://docs.discord.com/developers/reference#uploading-files
PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif")

_WEB = url("http", "https")
_PICTURE_URL = url("http", "https", "attachment")
# What Discord adds to an embed it has shown may come back with an edit; Discord overlooks it.
_RECEIVED: dict[str, Rule] = dict.fromkeys(
    ("proxy_url", "proxy_icon_url", "width", "height", "content_type", "placeholder", "placeholder_version", "flags"),
    anything,
)
_PICTURE = record({"url": _PICTURE_URL}, {**_RECEIVED, "description": text(0, 4096)})
EMBED = record(
    {},
    {
        "type": text(1, 100),
        "title": text(0, 256),
        "description": text(0, 4096),
        "url": _WEB,
        "color": whole(0, 0xFFFFFF),
        "timestamp": text(1, 64),
        "author": record({"name": text(1, 256)}, {**_RECEIVED, "url": _WEB, "icon_url": _PICTURE_URL}),
        "footer": record({"text": text(1, 2048)}, {**_RECEIVED, "icon_url": _PICTURE_URL}),
        "image": _PICTURE,
        "thumbnail": _PICTURE,
        "fields": listed(record({"name": text(1, 256), "value": text(1, 1024)}, {"inline": flag}), 0, 25),
        "provider": anything,
        "video": anything,
        "flags": anything,
    },
)
EMBEDS = listed(EMBED, 0, 10)


def _length(value: object) -> int:
    return len(value) if isinstance(value, str) else 0


def _size(embed: Json) -> int:
    own = _length(embed.get("title")) + _length(embed.get("description"))
    nested = [(embed.get("author"), ("name",)), (embed.get("footer"), ("text",))]
    nested += [(item, ("name", "value")) for item in as_list(embed.get("fields"))]
    return own + sum(_length((as_object(part) or {}).get(key)) for part, keys in nested for key in keys)


def _picture_references(embed: Json, path: Path, names: Collection[str]) -> Findings:
    for part, key in (("image", "url"), ("thumbnail", "url"), ("author", "icon_url"), ("footer", "icon_url")):
        target = (as_object(embed.get(part)) or {}).get(key)
        if not isinstance(target, str) or not target.startswith("attachment://"):
            continue
        name = target.removeprefix("attachment://")
        if name not in names or not name.lower().endswith(PICTURE_ENDINGS):
            message = f"No attached picture is named {name!r}."
            yield FormError((*path, part, key), "SANDBOX_EMBED_ATTACHMENT_NOT_FOUND", message)


def check_embeds(value: object, path: Path, names: Collection[str]) -> Findings:
    """Judge the embeds of a message: each by itself, their references, and their text in all.

    Args:
        value: the array of embeds.
        path: where it stands.
        names: the file names that ``attachment://`` may refer to.
    """
    yield from EMBEDS(value, path)
    embeds = [(index, embed) for index, item in enumerate(as_list(value)) if (embed := as_object(item)) is not None]
    for index, embed in embeds:
        yield from _picture_references(embed, (*path, index), names)
    if sum(_size(embed) for _, embed in embeds) > MOST_TEXT:
        yield FormError(path, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MOST_TEXT}")
