"""What the treatments are made of: tones, grain, lights, flakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random


def resized(image: Image.Image, size: tuple[int, int], how: Image.Resampling = Image.Resampling.BICUBIC) -> Image.Image:
    """The picture at another size; Pillow's own method names numpy's types, which are not here to be checked."""
    return cast("Image.Image", cast("Any", image).resize(size, how))


def curve(image: Image.Image, change: Callable[[float], float]) -> Image.Image:
    """The picture with every value (0-255) changed; what leaves the range is cut."""
    table = [max(0, min(255, round(change(value)))) for value in range(256)]
    return cast("Image.Image", cast("Any", image).point(table * len(image.getbands())))


def grey(image: Image.Image) -> Image.Image:
    """The lights and shadows, spread over the whole range."""
    return ImageOps.autocontrast(ImageOps.grayscale(image), cutoff=1)


def toned(image: Image.Image, dark: str, middle: str, light: str) -> Image.Image:
    """The picture in three tones (hex colours)."""
    return ImageOps.colorize(grey(image), dark, light, middle)


def vivid(image: Image.Image, saturation: float, contrast: float = 1.0) -> Image.Image:
    """More (or less) colour and contrast; 1.0 changes nothing."""
    return ImageEnhance.Contrast(ImageEnhance.Color(image).enhance(saturation)).enhance(contrast)


def vignette(image: Image.Image, amount: float = 0.6) -> Image.Image:
    """Darker towards the corners; ``amount`` 0-1."""
    mask = curve(Image.radial_gradient("L"), lambda v: 255 * max(0.0, v / 255 - 0.35) / 0.65 * amount)
    wide = round(image.width * 1.3), round(image.height * 1.3)
    left, top = (wide[0] - image.width) // 2, (wide[1] - image.height) // 2
    centred = resized(mask, wide).crop((left, top, left + image.width, top + image.height))
    return Image.composite(Image.new("RGB", image.size), image, centred)


def noise(size: tuple[int, int], chance: Random, *, grain: int = 1) -> Image.Image:
    """Grey noise whose grains are so many pixels wide."""
    small = max(1, size[0] // grain), max(1, size[1] // grain)
    raw = Image.frombytes("L", small, chance.randbytes(small[0] * small[1]))
    return raw if grain == 1 else resized(raw, size)


def grained(image: Image.Image, chance: Random, amount: float = 0.12) -> Image.Image:
    """Like film."""
    flat = noise(image.size, chance).filter(ImageFilter.GaussianBlur(0.7))
    return Image.blend(image, ImageChops.overlay(image, Image.merge("RGB", (flat, flat, flat))), amount * 4)


def clouds(size: tuple[int, int], chance: Random) -> Image.Image:
    """Soft grey clouds."""
    cloud = Image.new("L", size)
    for octave, cells in enumerate((3, 6, 12, 24)):
        cell = cells * size[0] // max(size) + 2, cells * size[1] // max(size) + 2
        layer = resized(Image.frombytes("L", cell, chance.randbytes(cell[0] * cell[1])), size)
        cloud = layer if octave == 0 else Image.blend(cloud, layer, 0.5 / octave**0.7)
    return ImageOps.autocontrast(cloud)


def edges(image: Image.Image, width: float) -> Image.Image:
    """The outlines, bright on black; ``width`` in pixels."""
    base = ImageOps.grayscale(image).filter(ImageFilter.GaussianBlur(width * 0.6))
    wide = base.filter(ImageFilter.GaussianBlur(width * 1.6))
    return ImageOps.autocontrast(ImageChops.difference(base, wide), cutoff=(10, 1))


def glow(size: tuple[int, int], at: tuple[float, float], radius: float, colour: str) -> Image.Image:
    """A light on black.

    Args:
        size: Of the picture.
        at: The middle, as parts of width and height.
        radius: As a part of the longer side.
        colour: Of the light.
    """
    side = max(2, round(radius * max(size) * 2))
    light = curve(resized(ImageOps.invert(Image.radial_gradient("L")), (side, side)), lambda v: 255 * (v / 255) ** 1.8)
    mask = Image.new("L", size)
    mask.paste(light, (round(at[0] * size[0] - side / 2), round(at[1] * size[1] - side / 2)))
    return Image.composite(Image.new("RGB", size, colour), Image.new("RGB", size), mask)


def fade(size: tuple[int, int], top: str, bottom: str) -> Image.Image:
    """From one colour above to another below."""
    mask = resized(Image.linear_gradient("L"), size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), mask)


def dots(size: tuple[int, int], chance: Random, *, count: int, radius: tuple[float, float], blur: float) -> Image.Image:
    """Round spots on black, as a mask.

    Args:
        size: Of the picture.
        chance: Where they fall.
        count: How many.
        radius: From and to, in thousandths of the longer side.
        blur: In thousandths of the longer side.
    """
    mask, unit = Image.new("L", size), max(size) / 1000
    pen = ImageDraw.Draw(mask)
    for _ in range(count):
        x, y = chance.random() * size[0], chance.random() * size[1]
        r = unit * (radius[0] + (radius[1] - radius[0]) * chance.random() ** 2)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=chance.randint(120, 255))
    return mask.filter(ImageFilter.GaussianBlur(blur * unit))


def rings(size: tuple[int, int], chance: Random, *, count: int, radius: tuple[float, float]) -> Image.Image:
    """Thin circles on black, as a mask; measures as in `dots`."""
    mask, unit = Image.new("L", size), max(size) / 1000
    pen = ImageDraw.Draw(mask)
    for _ in range(count):
        x, y = chance.random() * size[0], chance.random() * size[1]
        r = unit * (radius[0] + (radius[1] - radius[0]) * chance.random() ** 3)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=26, outline=150, width=max(1, round(unit)))
        pen.ellipse((x - r * 0.5, y - r * 0.6, x - r * 0.2, y - r * 0.3), fill=220)
    return mask.filter(ImageFilter.GaussianBlur(0.4 * unit))


def lit(image: Image.Image, mask: Image.Image, colour: str) -> Image.Image:
    """The picture with a colour shining where the mask is bright."""
    light = Image.composite(Image.new("RGB", image.size, colour), Image.new("RGB", image.size), mask)
    return ImageChops.screen(image, light)


def fading_down(mask: Image.Image, until: float) -> Image.Image:
    """A mask that loses its strength from the top down, to nothing at this part of the height."""
    line = bytes(max(0, round(255 * (1 - at / 255 / until))) for at in range(256))
    ramp = resized(Image.frombytes("L", (1, 256), line), mask.size)
    return ImageChops.multiply(mask, ramp)
