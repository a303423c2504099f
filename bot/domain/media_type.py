"""What kind of file a file is, by its first bytes: never by its name, nor by what somebody says of it."""

from __future__ import annotations

import re
from typing import Final

HEAD_BYTES: Final = 64
"""So many first bytes tell every type that may be delivered; an input's kind is told by as many as there are."""

UNKNOWN_TYPE: Final = "application/octet-stream"
EMPTY_TYPE: Final = "application/x-empty"

PICTURE_TYPES: Final = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/webp",
        "image/gif",
        "image/bmp",
        "image/tiff",
        "image/heic",
        "image/heif",
        "image/avif",
    }
)
"""Inputs that can be read as pictures, and so be mended."""

OUTPUT_TYPES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4", "video/webm"})
"""Outputs that are delivered as they came: what Discord shows, and nothing that a browser would run."""

EXTENSIONS: Final = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "video/webm": "webm",
}
"""Discord types a file by its name, so the name must say what the bytes are."""

# Brands of the box that pictures and films of one family begin with: https://mp4ra.org/registered-types/brands
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_HEIF_BRANDS: Final = frozenset({b"mif1", b"mif2", b"msf1"})
_MP4_BRAND: Final = re.compile(rb"iso[m2-9]|mp4[12]|avc1|M4V |MSNV|dash")
_BRAND_BYTES: Final = 4
_BRANDS_START: Final = 16

_BEGINNINGS: Final = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"RIFF.{4}AVI ", re.DOTALL), "video/x-msvideo"),
    (re.compile(rb"II[*+]\x00|MM\x00[*+]"), "image/tiff"),
    # The size of the header that follows tells a bitmap from a text that begins with "BM".
    (re.compile(rb"BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\x00\x00\x00", re.DOTALL), "image/bmp"),
    (re.compile(rb"\x1a\x45\xdf\xa3.{0,48}webm", re.DOTALL), "video/webm"),
    (re.compile(rb"\x1a\x45\xdf\xa3"), "video/x-matroska"),
    (re.compile(rb"\xff\x0a|\x00\x00\x00\x0cJXL \r\n\x87\n"), "image/jxl"),
    (re.compile(rb"\x00\x00\x00\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"), "image/jp2"),
    (re.compile(rb"8BPS"), "image/vnd.adobe.photoshop"),
    (re.compile(rb"\x00\x00[\x01\x02]\x00[^\x00]\x00", re.DOTALL), "image/x-icon"),
    (re.compile(rb"%PDF-"), "application/pdf"),
    (re.compile(rb"PK(\x03\x04|\x05\x06|\x07\x08)"), "application/zip"),
    (re.compile(rb"\x1f\x8b"), "application/gzip"),
    (re.compile(rb"Rar!\x1a\x07"), "application/vnd.rar"),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "application/x-7z-compressed"),
    (re.compile(rb"ID3|\xff[\xfb\xf3\xf2]"), "audio/mpeg"),
    (re.compile(rb"OggS"), "application/ogg"),
)
_MARKUP: Final = (
    (
        re.compile(rb"(<\?xml.*?)?(<!--.*?-->\s*|<!DOCTYPE\s+svg.*?>\s*)*<svg[\s>]", re.DOTALL | re.IGNORECASE),
        "image/svg+xml",
    ),
    (
        re.compile(rb"(<!--.*?-->\s*)*<(!DOCTYPE\s+html|html|head|body|script)[\s>]", re.DOTALL | re.IGNORECASE),
        "text/html",
    ),
)
_UNPRINTABLE: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_LONGEST_MARKUP: Final = 1024


def media_type_of(head: bytes) -> str:
    """Tell what a file is.

    Args:
        head: Its first bytes, or the whole file where it is shorter.

    Returns:
        A media type, for pictures and for what people mistake for one; ``EMPTY_TYPE`` or ``UNKNOWN_TYPE`` else.
    """
    if not head:
        return EMPTY_TYPE
    if head[4:8] == b"ftyp":
        return _type_of_brand(head)
    found = next((media_type for pattern, media_type in _BEGINNINGS if pattern.match(head)), None)
    return found or _type_of_text(head)


def output_type_of(head: bytes) -> str | None:
    """Tell the type of an output, or None where it is none that is kept (HTML and SVG among these).

    A picture of a type that Discord does not show is kept: it is converted, or linked.
    """
    found = media_type_of(head)
    return found if found in OUTPUT_TYPES | PICTURE_TYPES else None


def _type_of_brand(head: bytes) -> str:
    """Tell pictures and films of one family apart: the first brand decides, for ``mif1`` the ones that follow it."""
    first = head[8:12]
    # The box says how long it is; what stands behind it is no brand.
    end = min(int.from_bytes(head[:4], "big"), len(head))
    others = {head[at : at + _BRAND_BYTES] for at in range(_BRANDS_START, end, _BRAND_BYTES)}
    if first in _AVIF_BRANDS or (first in _HEIF_BRANDS and others & _AVIF_BRANDS):
        return "image/avif"
    if first in _HEIC_BRANDS or (first in _HEIF_BRANDS and others & _HEIC_BRANDS):
        return "image/heic"
    if first in _HEIF_BRANDS:
        return "image/heif"
    if first == b"qt  ":
        return "video/quicktime"
    if first.startswith(b"3g"):
        return "video/3gpp"
    return "video/mp4" if _MP4_BRAND.match(first) else UNKNOWN_TYPE


def _type_of_text(head: bytes) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:_LONGEST_MARKUP]
    found = next((media_type for pattern, media_type in _MARKUP if pattern.match(start)), None)
    if found:
        return found
    return UNKNOWN_TYPE if _UNPRINTABLE.search(head) else "text/plain"
