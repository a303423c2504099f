"""What the tests paint with: photographs, drawings, and the bytes of their files."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any, Literal

from PIL import Image, ImageCms, ImageDraw


def photograph(size: tuple[int, int] = (320, 240), mode: str = "RGB") -> Image.Image:
    """Paint something with as many colours as a photograph, and a mark in one corner that tells which way is up."""
    red = resized(Image.linear_gradient("L"), size)
    green = resized(red.transpose(Image.Transpose.ROTATE_90), size)
    blue = resized(Image.radial_gradient("L"), size)
    image = Image.merge("RGB", (red, green, blue))
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 4, size[1] // 4), fill="red")
    return image.convert(mode)


def drawing(size: tuple[int, int] = (320, 240)) -> Image.Image:
    """Paint something with few colours and clear parts."""
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((20, 20, size[0] - 20, size[1] - 20), fill="teal", outline="gold", width=8)
    return image


def noise(size: tuple[int, int]) -> Image.Image:
    """Paint what no format makes smaller."""
    return Image.merge("RGB", [Image.effect_noise(size, 90) for _ in "RGB"])


def written(image: Image.Image, kind: str, **more: Any) -> bytes:
    """Write a picture as a file."""
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def exif(orientation: int = 1, *, has_location: bool = False) -> bytes:
    """Write what a camera writes."""
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010F] = "a camera"
    if has_location:
        block.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return block.tobytes()


def colour_profile() -> bytes:
    """Write the profile of sRGB."""
    return profile("sRGB").tobytes()


def resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Scale a picture."""
    return image.resize(size)  # pyright: ignore[reportUnknownMemberType] - Pillow's types are not finished


def chunk(kind: bytes, payload: bytes) -> bytes:
    """Write a chunk of a PNG."""
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png(width: int, height: int, *chunks: bytes, bits: int = 8, colours: int = 2) -> bytes:
    """Write a PNG by hand."""
    start = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + b"".join((start, *chunks, chunk(b"IEND", b"")))


def behind_header(data: bytes, new: bytes) -> bytes:
    """Put a chunk behind the first of a PNG."""
    return data[:33] + new + data[33:]


def with_segments(jpeg: bytes, *segments: tuple[int, bytes]) -> bytes:
    """Put segments, each a marker and its payload, in front of all others of a JPEG."""
    new = (b"\xff" + struct.pack(">BH", marker, len(payload) + 2) + payload for marker, payload in segments)
    return jpeg[:2] + b"".join(new) + jpeg[2:]


def zipped() -> bytes:
    """Write an archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("payload.txt", "hidden")
    return file.getvalue()


MP4 = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + b"\x00\x00\x00\x08free" * 40
MOV = b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  " + b"\x00\x00\x00\x08wide" * 40
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + b"\x00" * 200
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"


def profile(name: Literal["LAB", "sRGB"]) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - Pillow's types are not finished
