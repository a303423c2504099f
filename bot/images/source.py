"""A file opened to be mended: decoded whole, with everything that must be told or undone."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

import pillow_heif
from PIL import Image, ImageFile

from bot.domain.picture import MOST_MENDABLE_PIXELS
from bot.errors import InputRefused
from bot.images import heif, jpeg, png
from bot.images.exif import Exif, names_place, read_exif
from bot.images.frames import are_many, is_blank, next_that_shows
from bot.images.hdr import is_beyond_srgb
from bot.images.headers import read_header
from bot.images.jpeg_decoder import decode_smaller, is_complete
from bot.images.probe import check_pixels, picture_type_of

if TYPE_CHECKING:
    from bot.images.header import Header, Signal

_FORMATS: Final = {
    "image/jpeg": ("JPEG",),
    "image/png": ("PNG",),
    "image/webp": ("WEBP",),
    "image/gif": ("GIF",),
    "image/bmp": ("BMP",),
    "image/tiff": ("TIFF",),
    "image/heic": ("HEIF",),
    "image/heif": ("HEIF", "AVIF"),
    "image/avif": ("AVIF",),
}
"""Only the decoder of what the first bytes say is tried: no stranger chooses one that nobody uses."""

_MANY_FRAMES: Final = frozenset({"image/gif", "image/png", "image/webp", "image/avif", "image/tiff"})
"""Where a second picture means an animation or a second page; in HEIC and JPEG it is a preview or a depth."""
_HEIF_TYPES: Final = frozenset({"image/heic", "image/heif", "image/avif"})
_ANIMATIONS: Final = _MANY_FRAMES - {"image/tiff"}


@dataclass(frozen=True, slots=True)
class Source:
    """A picture as it came.

    Args:
        image: Its pixels, or those of its first picture; not upright yet, and in its own colours.
        media_type: What it is.
        stored_size: Width and height of its pixels, before they were decoded smaller.
        orientation: What is left to be turned, EXIF's 1 to 8.
        was_turned: Whether its decoder has turned it upright already.
        is_animated: Whether it holds more than one picture.
        is_later_frame: Whether the pixels are those of a later picture, as the first shows nothing.
        is_plain_colour: Whether it is eight bits of RGB or grey.
        has_baggage: Whether it says where it was taken, or something is beside or behind its first picture.
        is_irregular: Whether it breaks a rule of its format, although its pixels are all there.
        signal: How its colours are meant, where they are not those of sRGB and no profile says so.
    """

    image: Image.Image
    media_type: str
    stored_size: tuple[int, int]
    orientation: int
    was_turned: bool
    is_animated: bool
    is_later_frame: bool
    is_plain_colour: bool
    has_baggage: bool
    is_irregular: bool
    signal: Signal | None

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height as a person sees it."""
        width, height = self.stored_size
        return (width, height) if self.orientation < 5 else (height, width)  # noqa: PLR2004 - from 5 on it lies on its side


def prepare() -> None:
    """Set up the decoders, once in a process, and import them all: a confined program can import nothing."""
    Image.init()
    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.register_heif_opener(thumbnails=False)  # pyright: ignore[reportUnknownMemberType] - its options have no types
    ImageFile.LOAD_TRUNCATED_IMAGES = False


def decode(data: bytes, *, enough: int | None = None) -> Source:
    """Decode a whole file.

    Args:
        data: Its bytes.
        enough: So many pixels a side will do; a JPEG that has more is decoded smaller, which takes less memory.

    Raises:
        InputRefused: It is no picture, damaged, or of too many pixels.
    """
    media_type = picture_type_of(data)
    header = png.whole_header(data) if media_type == "image/png" else read_header(data, media_type)
    check_pixels(header.width, header.height, media_type)
    try:
        pixels = _decodable(data, header, media_type)
        image = _opened(pixels, media_type)
        stored_size = image.size
        if media_type == "image/jpeg":
            decode_smaller(image, enough=enough)
        check_pixels(*image.size, "")
        image.load()
        is_animated = media_type in _MANY_FRAMES and are_many(image, lambda: _opened(pixels, media_type))
        showing = None
        if is_animated and media_type in _ANIMATIONS and is_blank(image):
            showing = next_that_shows(_opened(pixels, media_type))
    except (InputRefused, MemoryError):
        raise
    except Exception as error:  # a decoder may raise anything of a broken file, and all of it means one thing
        raise InputRefused("damaged", f"{type(error).__name__}: {error}"[:300]) from error
    exif = _exif(image, header, media_type)
    signal = header.signal or (heif.signal_of(data) if media_type in _HEIF_TYPES else None)
    if signal is not None and not is_beyond_srgb(signal):
        signal = None
    was_turned = _is_turned_by_decoder(data, header, image.format)
    return Source(
        image=showing or image,
        media_type=media_type,
        stored_size=stored_size,
        orientation=1 if was_turned else exif.orientation,
        was_turned=was_turned,
        is_animated=is_animated,
        is_later_frame=showing is not None,
        is_plain_colour=signal is None and _is_plain(image, header),
        has_baggage=_has_company(data, media_type) or exif.has_location,
        is_irregular=_is_irregular(data, media_type),
        signal=signal,
    )


def _decodable(data: bytes, header: Header, media_type: str) -> bytes:
    """Leave out whatever the pixels do not need, so that nothing else can refuse a picture.

    Raises:
        InputRefused: Pixels are missing that a decoder would not miss.
        struct.error: It ends before its pixels begin.
    """
    if media_type == "image/png":
        return png.decodable(data, is_animated=header.is_animated)
    if media_type != "image/jpeg":
        return data
    pixels = jpeg.cleaned(data)
    is_whole, is_progressive = jpeg.end_of(data) is not None, jpeg.is_progressive(data)
    # The rounds of a progressive one are checked only where it breaks off: looking at every pixel takes long.
    if not (is_whole and is_progressive) and not is_complete(pixels, is_exact=is_progressive):
        raise InputRefused("damaged", "the JPEG lacks pixels")
    return pixels


def _opened(data: bytes, media_type: str) -> Image.Image:
    # Its header is judged here, with numbers that a text can name; Pillow would raise before they are known.
    Image.MAX_IMAGE_PIXELS = None
    image = Image.open(BytesIO(data), formats=_FORMATS[media_type])
    check_pixels(*image.size, media_type)
    Image.MAX_IMAGE_PIXELS = MOST_MENDABLE_PIXELS
    return image


def _is_turned_by_decoder(data: bytes, header: Header, decoder: str | None) -> bool:
    """Whether the pixels are upright already: Pillow turns a TIFF when it loads it, libheif a HEIC."""
    match decoder:
        case "TIFF":
            return header.orientation != 1
        case "HEIF":
            return heif.is_turned(data)
        case _:
            return False


def _has_company(data: bytes, media_type: str) -> bool:
    """Whether something stands behind or beside the picture that must not go on with it."""
    if media_type == "image/jpeg":
        return jpeg.has_company(data)
    if media_type == "image/png":
        end = png.end_of(data)
        return end is not None and (bool(data[end:].strip(b"\x00\r\n ")) or not png.is_orderly(data))
    return False


def _is_irregular(data: bytes, media_type: str) -> bool:
    """Whether a file breaks a rule of its format, although its pixels are all there."""
    part = {"image/jpeg": jpeg, "image/png": png}.get(media_type)
    return part is not None and part.end_of(data) is None


def _exif(image: Image.Image, header: Header, media_type: str) -> Exif:
    """Put together what is written beside the picture, wherever its format keeps it."""
    block = image.info.get("exif")
    found = read_exif(block) if isinstance(block, bytes) else Exif()
    xmp = image.info.get("xmp")
    has_place = isinstance(xmp, bytes) and names_place(xmp)
    orientation = header.orientation if media_type in {"image/jpeg", "image/png", "image/tiff"} else found.orientation
    return Exif(orientation, found.has_location or has_place or header.has_location)


def _is_plain(image: Image.Image, header: Header) -> bool:
    return header.is_plain_colour and image.mode in {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX"}
