"""Pictures with something beside their first picture: what rides along must not reach the provider."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from bot.domain.picture import Mend
from tests.brushes import HTML, MP4, exif, noise, photograph, with_segments, written, zipped
from tests.specimen import mended

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.specimen import Specimen

EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\x00" + b"0" * 32 + struct.pack(">II", 900, 0) + b"GAudio:Data" * 80


def company() -> Iterator[Specimen]:
    """Make them: the first picture of each is right as it came."""
    photo, place = photograph(), exif(has_location=True)
    jpeg, image = written(photo, "JPEG"), written(photo, "PNG")
    # Longer than one look, so that its beginning does not tell what stands at its end.
    long = written(noise((600, 500)), "JPEG", quality=95)
    elsewhere = written(noise((600, 500)), "JPEG", quality=95, exif=place)
    depth = written(photo, "MPO", save_all=True, append_images=[photo])
    ultra = written(noise((600, 500)), "MPO", save_all=True, append_images=[photo])
    yield mended("JPEG and archive", "polyglot.jpg", jpeg + zipped(), Mend.CLEANED)
    yield mended("JPEG and film", "MVIMG_1.jpg", jpeg + MP4, Mend.CLEANED)
    yield mended("PNG and HTML", "polyglot.png", image + HTML, Mend.CLEANED)
    yield mended("JPEG, two pictures (MPO)", "depth.jpg", depth, Mend.CLEANED)
    yield mended("JPEG, two pictures, longer than one look", "ultra.jpg", ultra, Mend.CLEANED)
    yield mended("JPEG, two pictures and a film", "IMG_0006.jpg", depth + MP4, Mend.CLEANED)
    yield mended("JPEG and JPEG", "glued.jpg", jpeg + jpeg, Mend.CLEANED)
    yield mended("JPEG and JPEG that says where", "glued2.jpg", long + elsewhere, Mend.CLEANED)
    second = with_segments(jpeg, (0xE1, exif()), (0xE1, place))
    yield mended("JPEG, says where in its second EXIF", "twice.jpg", second, Mend.CLEANED)
    yield mended("JPEG, sound in its XMP", "sound.jpg", with_segments(jpeg, (0xE1, EXTENDED_XMP)), Mend.CLEANED)
