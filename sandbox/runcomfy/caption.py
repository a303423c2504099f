"""The foot of a painting: its inputs as thumbnails, and the prompt in words."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps

from sandbox.runcomfy.brushes import resized

if TYPE_CHECKING:
    from collections.abc import Sequence

_SYSTEM_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
)
"""Asked only for a prompt that Pillow's own font cannot write."""
_NOTHING = "\uffff"

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def add_caption(image: Image.Image, inputs: Sequence[Image.Image], *, prompt: str, note: str) -> Image.Image:
    """Write prompt and note below a painting, beside small pictures of its inputs.

    Args:
        image: The painting; it is changed.
        inputs: The inputs, opened.
        prompt: What was asked.
        note: A small line below.
    """
    unit = min(image.size) / 100
    margin, thumb = 3.2 * unit, min(9.5 * unit, image.width * 0.42 / max(1, len(inputs)))
    left = margin + len(inputs) * (thumb + unit) + (1.6 * unit if inputs else 0)
    text, path = legible(prompt)
    font, small = _font(path, 2.9 * unit), _font("", 1.75 * unit)
    lines = wrapped(text, font, image.width - left - margin)
    line_height = 3.9 * unit
    text_height = len(lines) * line_height + 2.6 * unit
    foot = max(thumb, text_height) + 2 * margin
    _darken(image, foot * 1.45)
    pen = ImageDraw.Draw(image)
    middle = image.height - foot / 2
    for index, picture in enumerate(inputs):
        _pin(image, picture, (margin + index * (thumb + unit), middle - thumb / 2), thumb)
    top = middle - text_height / 2
    for index, line in enumerate(lines):
        pen.text((left, top + index * line_height), line, font=font, fill="white")
    for line in wrapped(note, small, image.width - left - margin, most_lines=1):
        pen.text((left, top + len(lines) * line_height + 0.5 * unit), line, font=small, fill="#b9bcc4")
    return image


def _darken(image: Image.Image, height: float) -> None:
    """A shadow that grows towards the lower edge."""
    size = image.width, min(image.height, round(height))
    line = bytes(min(222, round(300 * (at / 255) ** 1.15)) for at in range(256))
    mask = resized(Image.frombytes("L", (1, 256), line), size)
    image.paste(Image.new("RGB", size, "#07080c"), (0, image.height - size[1]), mask)


def _pin(image: Image.Image, picture: Image.Image, place: tuple[float, float], side: float) -> None:
    """A small picture with round corners and a fine rim."""
    full = max(4, round(side))
    rim = max(1, round(full * 0.025))
    corner = Image.new("L", (full * 2, full * 2))
    ImageDraw.Draw(corner).rounded_rectangle((0, 0, full * 2 - 1, full * 2 - 1), full * 0.28, fill=255)
    mask = resized(corner, (full, full), Image.Resampling.LANCZOS)
    inner = ImageOps.expand(resized(mask, (full - 2 * rim, full - 2 * rim), Image.Resampling.LANCZOS), rim)
    card = Image.new("RGB", (full, full), "#f2f2f4")
    card.paste(ImageOps.fit(picture, (full, full), Image.Resampling.LANCZOS), (0, 0), inner)
    image.paste(card, (round(place[0]), round(place[1])), ImageChops.lighter(mask, inner))


def wrapped(text: str, font: Font, width: float, *, most_lines: int = 3) -> list[str]:
    """The text in a few lines no wider than this many pixels; an ellipsis says that there was more."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < most_lines:
        line = _longest_beginning(rest, font, width)
        rest = rest[len(line) :].lstrip()
        lines.append(line.rstrip())
    if rest:
        last = lines[-1]
        while last and font.getlength(last + "…") > width:
            last = last[:-1]
        lines[-1] = last.rstrip() + "…"
    return lines


def _longest_beginning(text: str, font: Font, width: float) -> str:
    """As much as fits, cut between words if it can be."""
    fits = 1
    while fits < len(text) and font.getlength(text[: fits + 1]) <= width:
        fits += 1
    if fits == len(text) or text[fits].isspace():
        return text[:fits]
    space = text.rfind(" ", 0, fits)
    return text[: space + 1] if space > 0 else text[:fits]


def legible(text: str) -> tuple[str, str]:
    """The text as it can be written here, and the path of the font that can (empty for Pillow's own).

    Letters that no font here has lose their accents or fall away; if nothing is left, the text is described.
    """
    plain = " ".join(
        "".join(" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in text).split()
    )
    paths = ["", *(path for path in _SYSTEM_FONTS if Path(path).exists())]
    path = max(paths, key=lambda path: sum(_has(path, sign) for sign in plain))
    written = " ".join("".join(_stand_in(path, sign) for sign in plain).split())
    if not plain or any(sign.isalnum() for sign in written):
        return written, path
    script = unicodedata.name(plain[0], "unknown").split()[0].capitalize()
    return f"({len(plain)} characters, {script})", ""


def _stand_in(path: str, sign: str) -> str:
    if _has(path, sign):
        return sign
    return "".join(part for part in unicodedata.normalize("NFKD", sign) if _has(path, part))


@lru_cache(maxsize=8192)
def _has(path: str, sign: str) -> bool:
    if sign == " ":
        return True
    shape = _shape(path, sign)
    return any(shape) and shape != _shape(path, _NOTHING)


def _shape(path: str, sign: str) -> bytes:
    """How a font draws a sign; one that it lacks looks like one that nobody has."""
    page = Image.new("L", (32, 32))
    ImageDraw.Draw(page).text((4, 4), sign, font=_font(path, 16), fill=255)
    return page.tobytes()


@lru_cache(maxsize=64)
def _font(path: str, size: float) -> Font:
    return ImageFont.truetype(path, max(6.0, size)) if path else ImageFont.load_default(max(6.0, size))
