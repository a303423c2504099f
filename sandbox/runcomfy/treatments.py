"""Visible edits, each called by words of the prompt."""

from __future__ import annotations

import colorsys
import re
import zlib
from collections.abc import Callable
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageMath, ImageOps

from sandbox.runcomfy.brushes import (
    clouds,
    curve,
    dots,
    edges,
    fade,
    fading_down,
    glow,
    grained,
    grey,
    lit,
    noise,
    resized,
    rings,
    toned,
    vignette,
    vivid,
)

Treatment = Callable[[Image.Image, Random], Image.Image]

_MOST_LIGHTS = 2
"""How many lights and weathers one prompt gets, before at most one technique."""


def sepia(image: Image.Image, chance: Random) -> Image.Image:
    """An old print."""
    return grained(vignette(toned(image, "#20120a", "#a17248", "#fff0d2"), 0.55), chance)


def noir(image: Image.Image, chance: Random) -> Image.Image:
    """Black and white film."""
    return grained(vignette(vivid(grey(image).convert("RGB"), 1, 1.35), 0.8), chance, 0.1)


def neon(image: Image.Image, chance: Random) -> Image.Image:
    """Glowing tubes over a violet dusk."""
    unit = max(image.size) / 1000
    lines = curve(edges(image, 2.2 * unit), lambda v: v * 1.5)
    base = Image.blend(toned(image, "#080016", "#3b1170", "#b04bd8"), Image.new("RGB", image.size, "#0a0420"), 0.35)
    first, second = chance.choice((("#00f0ff", "#ff2bd6"), ("#ff2bd6", "#28ffb0")))
    tubes = Image.composite(fade(image.size, first, second), Image.new("RGB", image.size), lines)
    halo = tubes.filter(ImageFilter.GaussianBlur(9 * unit))
    return ImageChops.screen(ImageChops.screen(base, ImageChops.add(halo, halo)), tubes)


def night(image: Image.Image, chance: Random) -> Image.Image:
    """Moonlight and stars."""
    tones = toned(image, "#03071a", "#1d3563", "#b9cff5")
    dark = Image.blend(tones, ImageChops.multiply(image, Image.new("RGB", image.size, "#3a4f8f")), 0.35)
    stars = dots(image.size, chance, count=260, radius=(0.5, 1.8), blur=0.35)
    moonlit = ImageChops.screen(dark, glow(image.size, (0.84, 0.14), 0.34, "#8fa9e6"))
    moonlit = lit(moonlit, _disc(image.size, (0.84, 0.14), 0.032), "#fffbe8")
    return vignette(lit(moonlit, fading_down(stars, 0.6), "#ffffff"), 0.5)


def _disc(size: tuple[int, int], at: tuple[float, float], radius: float) -> Image.Image:
    """A moon, as a mask."""
    mask, r = Image.new("L", size), radius * max(size)
    x, y = at[0] * size[0], at[1] * size[1]
    ImageDraw.Draw(mask).ellipse((x - r, y - r, x + r, y + r), fill=240)
    return mask.filter(ImageFilter.GaussianBlur(max(size) / 700))


def snow(image: Image.Image, chance: Random) -> Image.Image:
    """Cold light and falling flakes, near and far."""
    cold = Image.blend(vivid(image, 0.45), toned(image, "#1f3550", "#8fb0cf", "#ffffff"), 0.5)
    cold = ImageChops.screen(cold, Image.new("RGB", image.size, "#141c26"))
    far = dots(image.size, chance, count=900, radius=(0.6, 2.0), blur=0.5)
    middle = dots(image.size, chance, count=320, radius=(1.8, 4.2), blur=1.2)
    near = dots(image.size, chance, count=46, radius=(6, 14), blur=5)
    for flakes in (far, middle, near):
        cold = lit(cold, flakes, "#f4f9ff")
    return cold


def rain(image: Image.Image, chance: Random) -> Image.Image:
    """A grey day and slanting drops."""
    wet = Image.blend(vivid(image, 0.5, 0.95), toned(image, "#0e1620", "#4d6172", "#c7d3da"), 0.5)
    mask, unit = Image.new("L", image.size), max(image.size) / 1000
    pen = ImageDraw.Draw(mask)
    for _ in range(650):
        x, y, length = (
            chance.random() * image.width * 1.2,
            chance.random() * image.height,
            chance.uniform(14, 52) * unit,
        )
        pen.line((x, y, x - length * 0.22, y + length), fill=chance.randint(60, 190), width=max(1, round(unit)))
    return vignette(lit(wet, mask.filter(ImageFilter.GaussianBlur(0.5 * unit)), "#dfeaf2"), 0.5)


def watercolour(image: Image.Image, chance: Random) -> Image.Image:
    """Washes of colour on rough paper, with a torn white margin."""
    small = resized(image, _shrunk(image.size, 640))
    for _ in range(3):
        small = small.filter(ImageFilter.MedianFilter(7))
    wash = vivid(resized(small, image.size), 1.55, 1.05)
    wash = Image.blend(wash, ImageChops.screen(wash, wash), 0.45)
    unit = max(image.size) / 1000
    pencil = curve(ImageOps.invert(edges(image, 1.6 * unit)), lambda v: 110 + v * 0.63)
    drawn = Image.blend(wash, ImageChops.multiply(wash, Image.merge("RGB", (pencil,) * 3)), 0.8)
    fibre = curve(noise(image.size, chance, grain=2).filter(ImageFilter.EMBOSS), lambda v: 226 + v * 0.114)
    papered = ImageChops.multiply(drawn, Image.merge("RGB", (fibre,) * 3))
    return Image.composite(papered, Image.new("RGB", image.size, "#fbf8f1"), _torn_margin(image.size, chance))


def _torn_margin(size: tuple[int, int], chance: Random) -> Image.Image:
    inner, unit = Image.new("L", size), max(size) / 1000
    ImageDraw.Draw(inner).rectangle((34 * unit, 34 * unit, size[0] - 34 * unit, size[1] - 34 * unit), fill=255)
    soft = inner.filter(ImageFilter.GaussianBlur(22 * unit))
    ragged = Image.blend(soft, noise(size, chance, grain=max(1, round(9 * unit))), 0.22)
    return curve(ragged, lambda v: (v - 96) * 9)


def sketch(image: Image.Image, chance: Random) -> Image.Image:
    """Pencil on paper."""
    base = grey(image)
    blurred = ImageOps.invert(base).filter(ImageFilter.GaussianBlur(max(image.size) / 110))
    dodged = ImageMath.lambda_eval(
        lambda args: args["convert"](args["min"](args["base"] * 255 / (256 - args["blurred"]), 255), "L"),
        base=base,
        blurred=blurred,
    )
    lines = curve(dodged, lambda v: 255 * (v / 255) ** 2.2)
    hatch = curve(noise(image.size, chance).filter(ImageFilter.GaussianBlur(0.6)), lambda v: 200 + v * 0.216)
    return ImageOps.colorize(ImageChops.multiply(lines, hatch), "#2a2d33", "#fbf7ee", "#9a978f")


def comic(image: Image.Image, chance: Random) -> Image.Image:
    """Flat colours, ink, and a printer's dots."""
    del chance
    unit = max(image.size) / 1000
    flat = ImageOps.posterize(vivid(image.filter(ImageFilter.MedianFilter(5)), 1.9, 1.25), 2)
    flat = ImageChops.add(flat.filter(ImageFilter.MedianFilter(5)), Image.new("RGB", image.size, "#1c1c1c"))
    printed = Image.composite(
        flat, ImageChops.multiply(flat, Image.new("RGB", image.size, "#c9bfd6")), _halftone(image, unit)
    )
    ink = curve(edges(image, 2.0 * unit), lambda v: (v - 95) * 5)
    return Image.composite(Image.new("RGB", image.size, "#0b0b12"), printed, ink)


def _halftone(image: Image.Image, unit: float) -> Image.Image:
    """White where it is light, dotted where it is dark."""
    pitch = max(6, round(7 * unit))
    tile = resized(ImageOps.invert(Image.radial_gradient("L")), (pitch, pitch))
    screen = Image.new("L", image.size)
    row = Image.new("L", (image.width, pitch))
    for x in range(0, image.width, pitch):
        row.paste(tile, (x, 0))
    for y in range(0, image.height, pitch):
        screen.paste(ImageChops.offset(row, (y // pitch % 2) * pitch // 2, 0), (0, y))
    darkness = ImageOps.invert(grey(image).filter(ImageFilter.GaussianBlur(2 * unit)))
    printed = ImageChops.subtract(ImageChops.add(darkness, screen), Image.new("L", image.size, 235))
    return curve(printed, lambda v: 255 - v * 12)


def pixels(image: Image.Image, chance: Random) -> Image.Image:
    """An old game console."""
    del chance
    small = resized(vivid(image, 1.4, 1.15), _shrunk(image.size, 112), Image.Resampling.BOX)
    flat = small.quantize(28, dither=Image.Dither.ORDERED).convert("RGB")
    return resized(flat, image.size, Image.Resampling.NEAREST)


def _shrunk(size: tuple[int, int], side: int) -> tuple[int, int]:
    return max(1, size[0] * side // max(size)), max(1, size[1] * side // max(size))


def sunset(image: Image.Image, chance: Random) -> Image.Image:
    """The last golden light."""
    warm = ImageChops.overlay(vivid(image, 1.15), fade(image.size, "#7a2d6d", "#ff9a3d"))
    warm = Image.blend(warm, ImageChops.soft_light(warm, Image.new("RGB", image.size, "#ffb45c")), 0.7)
    place = (chance.choice((0.2, 0.8)), 0.3)
    return vignette(ImageChops.screen(warm, glow(image.size, place, 0.5, "#ff8a3a")), 0.35)


def ocean(image: Image.Image, chance: Random) -> Image.Image:
    """Under water: teal depth, rays of light, bubbles."""
    deep = Image.blend(toned(image, "#011521", "#0b6a86", "#b8fff2"), image, 0.25)
    deep = ImageChops.multiply(deep, fade(image.size, "#ffffff", "#5f87a8"))
    rays = Image.new("L", image.size)
    pen = ImageDraw.Draw(rays)
    for _ in range(9):
        x, width = chance.uniform(-0.1, 1.1) * image.width, chance.uniform(0.02, 0.07) * image.width
        pen.polygon([(x, 0), (x + width, 0), (x + width * 4, image.height), (x + width * 1.5, image.height)], fill=70)
    rays = fading_down(rays.filter(ImageFilter.GaussianBlur(max(image.size) / 70)), 0.95)
    bubbles = rings(image.size, chance, count=70, radius=(2, 22))
    return vignette(lit(lit(deep, rays, "#c9fff5"), bubbles, "#d8fffb"), 0.6)


def cosmos(image: Image.Image, chance: Random) -> Image.Image:
    """Nebulae and stars."""
    dark = Image.blend(vivid(image, 0.8, 1.15), toned(image, "#05010f", "#3b2a6b", "#e9dcff"), 0.45)
    dark = ImageChops.multiply(dark, Image.new("RGB", image.size, "#b3a8d6"))
    for colour in ("#b0238f", "#1f5fd0"):
        cloud = curve(clouds(image.size, chance), lambda v: (v - 120) * 1.5)
        dark = lit(dark, cloud, colour)
    small = dots(image.size, chance, count=520, radius=(0.4, 1.2), blur=0.3)
    large = dots(image.size, chance, count=26, radius=(1.6, 3), blur=1.2)
    return vignette(lit(lit(dark, small, "#ffffff"), large, "#cfe2ff"), 0.55)


def forest(image: Image.Image, chance: Random) -> Image.Image:
    """Green shade and spots of sun."""
    green = Image.blend(vivid(image, 1.1), toned(image, "#07140a", "#3f7a3a", "#f3ffd8"), 0.55)
    spots = curve(dots(image.size, chance, count=60, radius=(8, 30), blur=11), lambda v: v / 2)
    return vignette(lit(green, spots, "#e8ffb0"), 0.5)


def fire(image: Image.Image, chance: Random) -> Image.Image:
    """Embers and heat."""
    hot = Image.blend(toned(image, "#140202", "#b3260c", "#ffe38a"), image, 0.2)
    hot = ImageChops.screen(hot, glow(image.size, (0.5, 1.05), 0.6, "#ff5a10"))
    sparks = dots(image.size, chance, count=240, radius=(0.6, 2.6), blur=0.7)
    return vignette(lit(hot, sparks, "#ffc766"), 0.6)


def dream(image: Image.Image, chance: Random) -> Image.Image:
    """Soft light and pastel air."""
    soft = image.filter(ImageFilter.GaussianBlur(max(image.size) / 70))
    bloom = ImageChops.screen(image, curve(soft, lambda v: v * 0.59))
    airy = ImageChops.soft_light(vivid(bloom, 0.85), fade(image.size, "#f6b8d8", "#a9c8ff"))
    bokeh = curve(dots(image.size, chance, count=34, radius=(9, 26), blur=3), lambda v: v / 4)
    return lit(airy, bokeh, "#fff3fa")


def duotone(image: Image.Image, chance: Random) -> Image.Image:
    """Two inks that chance chooses; what a prompt without known words gets."""
    hue = chance.random()
    dark = _hex(hue, 0.75, 0.16)
    middle = _hex((hue + 0.08 + chance.random() * 0.1) % 1, 0.62, 0.66)
    light = _hex((hue + 0.42 + chance.random() * 0.16) % 1, 0.22, 1.0)
    return vignette(Image.blend(toned(image, dark, middle, light), vivid(image, 1.3), 0.22), 0.4)


def _hex(hue: float, saturation: float, value: float) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hsv_to_rgb(hue, saturation, value))


_LIGHTS: tuple[tuple[Treatment, str], ...] = (
    (sunset, "sunset sunrise dawn dusk golden gold warm autumn fall evening summer"),
    (ocean, "ocean sea underwater water fish diver aquarium beach wave waves lake"),
    (forest, "forest jungle green spring garden moss nature leaves meadow"),
    (fire, "fire flame flames lava burning volcano hell mars dragon"),
    (cosmos, "space galaxy cosmos cosmic nebula universe planet orbit stars stellar"),
    (night, "night midnight moon moonlight dark nocturnal moonlit"),
    (snow, "snow snowy winter frost ice icy christmas blizzard frozen"),
    (rain, "rain rainy storm stormy thunder wet"),
    (dream, "dream dreamy pastel soft fairy magic magical fantasy ethereal romantic"),
)

_TECHNIQUES: tuple[tuple[Treatment, str], ...] = (
    (sepia, "sepia vintage old antique retro victorian western daguerreotype"),
    (noir, "noir monochrome greyscale grayscale bw black"),
    (neon, "neon cyberpunk synthwave vaporwave futuristic hologram electric"),
    (watercolour, "watercolour watercolor aquarelle painting painted painterly impressionist oil ghibli"),
    (sketch, "sketch pencil drawing charcoal drawn"),
    (comic, "comic pop cartoon manga anime poster warhol"),
    (pixels, "pixel pixels pixelart retrogame minecraft 8bit"),
)


def treatments_for(prompt: str) -> list[Treatment]:
    """The edits that a prompt calls for: light and weather first, then a technique; at least one."""
    words = set(re.findall(r"\w+", prompt.casefold()))
    lights = [treatment for treatment, names in _LIGHTS if words & set(names.split())]
    techniques = [treatment for treatment, names in _TECHNIQUES if words & set(names.split())]
    return lights[:_MOST_LIGHTS] + techniques[:1] or [duotone]


def treat(image: Image.Image, *, prompt: str, scale: float, seed: int) -> Image.Image:
    """Edit a picture by the prompt.

    Args:
        image: The canvas.
        prompt: Its words choose the edits, its hash their palette.
        scale: How much of the edit shows, 0-1.
        seed: Another variant.
    """
    chance, edited = Random(zlib.crc32(prompt.encode()) ^ seed * 2_654_435_761), image
    for treatment in treatments_for(prompt):
        edited = treatment(edited, chance)
    return Image.blend(image, edited, max(0.15, min(1.0, scale) ** 0.3))
