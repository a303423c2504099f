"""What kind of file a file is, by its first bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.media_type import EMPTY_TYPE, UNKNOWN_TYPE, media_type_of, output_type_of


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
        (b"GIF89a\x01\x00\x01\x00", "image/gif"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"II*\x00\x08\x00\x00\x00", "image/tiff"),
        (b"MM\x00*\x00\x00\x00\x08", "image/tiff"),
        (b"BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00", "image/bmp"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "image/heic"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", "image/heic"),
        (b"\x00\x00\x00\x14ftypmif1\x00\x00\x00\x00mif1", "image/heif"),
        (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00avifmif1", "image/avif"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00avifmiaf", "image/avif"),
        (b"\x00\x00\x00\x14ftypmif1\x00\x00\x00\x00mif1avif", "image/heif"),
        (b"\x00\x00\x00\x20ftypisom", "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  ", "video/quicktime"),
        (b"\x00\x00\x00\x14ftyp3gp4", "video/3gpp"),
        (b"\x00\x00\x00\x14ftypwhat", UNKNOWN_TYPE),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", "video/x-matroska"),
        (b"RIFF\x24\x00\x00\x00AVI LIST", "video/x-msvideo"),
        (b"%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
        (b"8BPS\x00\x01", "image/vnd.adobe.photoshop"),
        (b"\xff\x0a\xfa\x1f", "image/jxl"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "image/svg+xml"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- by hand -->\n<svg >", "image/svg+xml"),
        (b"  <!DOCTYPE html><html>", "text/html"),
        (b"<!-- x --><script>", "text/html"),
        (b"BM is how this text begins, and it goes on", "text/plain"),
        ("Bilder, die keine sind: äöü".encode(), "text/plain"),
        (b"\x00\x01\x02\x03", UNKNOWN_TYPE),
        (b"", EMPTY_TYPE),
    ],
)
def test_a_file_is_known_by_its_first_bytes(head: bytes, media_type: str) -> None:
    assert media_type_of(head) == media_type


@pytest.mark.parametrize("head", [b"<html>", b"<svg >", b"%PDF-1.7", b"hello", b"8BPS\x00\x01"])
def test_what_a_browser_would_run_or_nobody_here_can_convert_is_no_output(head: bytes) -> None:
    assert output_type_of(head) is None


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"BM", b"\x00\x00\x00\x18ftyp", b"RIFF", b"<!--", b"<?xml", b"II*\x00"]),
)
def test_any_bytes_have_a_type(head: bytes, start: bytes) -> None:
    assert "/" in media_type_of(start + head)
