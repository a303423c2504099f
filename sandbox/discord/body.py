"""Request bodies: JSON, or a multipart form that carries JSON and files.

See https://docs.discord.com/developers/reference#uploading-files.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import BodyPartReader, web

from sandbox.discord.errors import invalid_field, refusal
from sandbox.discord.state import Upload

MOST_BYTES_OF_SEVERAL: Final = 25 * 1024 * 1024
"""Discord documents this for a request, and greater limits for a file of boosted servers: believed to hold for what
several files have together, not verified live.

Source: https://docs.discord.com/developers/resources/message#create-message
"""
_FILE_FIELD: Final = re.compile(r"files\[(\d{1,4})\]")


@dataclass(frozen=True)
class Body:
    """What a request carries: parsed JSON (None if there is none) and files by number."""

    json: Any = None
    uploads: dict[int, Upload] = field(default_factory=dict[int, Upload])


async def read_body(request: web.Request) -> Body:
    """Read a request's body.

    Raises:
        DiscordError: 50109, it is no JSON; 50035, it is a form of unknown fields or of no known kind; 40005, its files
            are too large together.
    """
    if request.content_type.startswith("multipart/"):
        return await _read_form(request)
    raw = await request.read()
    if not raw:
        return Body()
    if request.content_type != "application/json":
        message = 'Expected "Content-Type" header to be one of {"application/json"}.'
        raise invalid_field("_content_type", code="CONTENT_TYPE_INVALID", message=message)
    return Body(_parsed(raw))


async def _read_form(request: web.Request) -> Body:
    parsed: Any = None
    uploads: dict[int, Upload] = {}
    form = await request.multipart()
    while (part := await form.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise invalid_field("_form", code="SANDBOX_NESTED_FORM", message="A form inside a form.")
        name = part.name or ""
        numbered = _FILE_FIELD.fullmatch(name)
        if name == "payload_json":
            parsed = _parsed(bytes(await part.read(decode=True)))
        elif numbered is not None and part.filename:
            data = bytes(await part.read(decode=True))
            uploads[int(numbered[1])] = Upload(part.filename, data, part.headers.get("Content-Type"))
        else:
            message = "Fields are payload_json and files[n], the latter with a file name."
            raise invalid_field(name, code="SANDBOX_UNKNOWN_FORM_FIELD", message=message)
    if len(uploads) > 1 and sum(len(one.data) for one in uploads.values()) > MOST_BYTES_OF_SEVERAL:
        raise refusal(40005)
    return Body(parsed, uploads)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError as error:
        raise refusal(50109) from error
