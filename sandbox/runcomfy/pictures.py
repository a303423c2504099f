"""Fetches the submitted pictures as the real service does: itself, by their URL, without any credential."""

from __future__ import annotations

import asyncio
import base64
import io
import ipaddress
import warnings
from typing import TYPE_CHECKING, Any

import aiohttp
from PIL import Image, UnidentifiedImageError
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.runcomfy.knobs import Knobs

_KINDS = {"JPEG", "MPO", "PNG"}
_CHUNK = 65_536
_OK = 200


class PictureRefused(Exception):  # noqa: N818 - it is an answer, not an error of ours
    """A submitted picture cannot be fetched, or breaks the published rules."""


async def fetch_picture(
    session: aiohttp.ClientSession, url: str, *, rules: Sequence[Mapping[str, Any]], knobs: Knobs
) -> bytes:
    """Fetch one picture and hold it against the rules of its field.

    Args:
        session: A session without cookies and default credentials.
        url: Where the picture is, or where a knob allows it the picture itself as a ``data:`` URL.
        rules: The ``validations`` of the model's schema.
        knobs: What counts as reachable, and how long to wait.

    Returns:
        The bytes of the file.

    Raises:
        PictureRefused: It cannot be fetched or breaks a rule; the text says which.
    """
    limit = int(_limit(rules, "file_size_mb<=", 50) * knobs.megabyte)
    if knobs.data_images and url.startswith("data:"):
        data = _decode(url, limit, rules)
        await asyncio.to_thread(check_file, data, rules)
        return data
    _check_address(url, knobs)
    timeout = aiohttp.ClientTimeout(total=knobs.fetch_timeout_seconds)
    try:
        async with session.get(URL(url, encoded=True), timeout=timeout, allow_redirects=False) as response:
            if response.status != _OK:
                raise PictureRefused(f"{url} could not be fetched: HTTP {response.status}.")
            data = await _read(response, limit, rules)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise PictureRefused(f"{url} could not be fetched: {type(error).__name__}.") from error
    await asyncio.to_thread(check_file, data, rules)
    return data


def _decode(url: str, limit: int, rules: Sequence[Mapping[str, Any]]) -> bytes:
    head, _, payload = url.partition(",")
    try:
        data = base64.b64decode(payload if head.endswith(";base64") else "!", validate=True)
    except ValueError as error:
        raise PictureRefused("A data: URL could not be read.") from error
    if len(data) > limit:
        raise PictureRefused(_text(rules, "file_size_mb<="))
    return data


async def _read(response: aiohttp.ClientResponse, limit: int, rules: Sequence[Mapping[str, Any]]) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        data += chunk
        if len(data) > limit:
            raise PictureRefused(_text(rules, "file_size_mb<="))
    return bytes(data)


def check_file(data: bytes, rules: Sequence[Mapping[str, Any]]) -> None:
    """Hold a file's real content against the published rules of type, pixels and ratio.

    Raises:
        PictureRefused: It breaks one; the text is the rule's own.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data))
        if image.format not in _KINDS:
            raise PictureRefused("Only JPEG and PNG formats are supported.")
        _check_measures(image.size, rules)
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise PictureRefused("The file is not a picture that can be read.") from error


def _check_measures(size: tuple[int, int], rules: Sequence[Mapping[str, Any]]) -> None:
    width, height = size
    measures = {"width_pixels": width, "height_pixels": height, "width/height": width / height}
    for rule in rules:
        name, upper = _parted(str(rule["validation_rule"]))
        measure, bound = measures.get(name), float(rule["validation_value"])
        if measure is not None and (measure > bound if upper else measure < bound):
            raise PictureRefused(str(rule["validation_error"]))


def _parted(rule: str) -> tuple[str, bool]:
    """A rule such as ``width/height≥``: what it measures, and whether it is an upper bound."""
    name = rule.rstrip("<>=≤≥")
    return name, rule[len(name)] in "<≤"


def _limit(rules: Sequence[Mapping[str, Any]], name: str, default: float) -> float:
    return next((float(rule["validation_value"]) for rule in rules if rule["validation_rule"] == name), default)


def _text(rules: Sequence[Mapping[str, Any]], name: str) -> str:
    return next((str(rule["validation_error"]) for rule in rules if rule["validation_rule"] == name), "Too large.")


def _check_address(url: str, knobs: Knobs) -> None:
    try:
        parsed = URL(url, encoded=True)
    except ValueError as error:
        raise PictureRefused(f"{url} is not a URL.") from error
    if parsed.scheme != "https" and (knobs.require_https or parsed.scheme != "http"):
        raise PictureRefused(f"{url} is not a publicly accessible HTTPS URL.")
    if parsed.user or parsed.password:
        raise PictureRefused(f"{url} asks for a login.")
    if knobs.loopback_only and not _is_loopback(parsed.host or ""):
        raise PictureRefused(f"{url} is outside this machine, where the sandbox does not go.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
