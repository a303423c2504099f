"""Every picture that people post ends right as it came, mended, or refused by its key."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from bot.domain.media_type import media_type_of
from bot.errors import InputRefused
from bot.images.probe import HEAD_BYTES
from tests.conftest import ROW_OF_THE_CORPUS
from tests.corpus import specimens
from tests.specimen import LIMITS, Specimen, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.domain.picture import Mended, Probe
    from bot.images.inspector import PictureInspector
    from tests.images.storage import Storage


def is_fine(probe: Probe, size: int) -> bool:
    """Whether the first bytes of a file are enough to say that the model takes it."""
    if not probe.is_whole or not probe.width or not probe.height:
        return False
    is_asked_for_nothing = probe.orientation == 1 and not probe.is_animated and not probe.has_location
    return (
        is_asked_for_nothing
        and probe.is_plain_colour
        and probe.content_type in LIMITS.types
        and size <= LIMITS.max_bytes
        and max(probe.width, probe.height) <= (LIMITS.max_side or 0)
        and Fraction(1, 3) <= Fraction(probe.width, probe.height) <= Fraction(3)
    )


async def look(inspector: PictureInspector, storage: Storage, data: bytes, *, at: Path) -> Mended | None:
    """Do what the bot does with one input: look at its first bytes, and where these do not suffice, mend it.

    Returns:
        None where its first bytes were enough.
    """
    url = storage.put(data)
    if is_fine(await inspector.probe(url, size=len(data)), len(data)):
        return None
    await inspector.copy(url, to=at / "copy")
    assert (at / "copy").read_bytes() == data
    return await inspector.mend(at / "copy", LIMITS, to=at / "mended")


def keeps_limits(path: Path, mended: Mended) -> None:
    """Hold a mended file against what was said of it and against what was asked of it, with every pixel decoded."""
    data = path.read_bytes()
    assert (mended.content_type, mended.size) == (media_type_of(data), len(data))
    assert mended.content_type in LIMITS.types
    assert len(data) <= LIMITS.max_bytes
    with Image.open(path) as image:
        image.load()
        assert image.size == (mended.width, mended.height)
        assert image.mode in {"L", "RGB", "RGBA", "P"}
        assert not image.getexif()
        assert "xmp" not in image.info
    assert max(image.size) <= 4096
    assert Fraction(1, 3) <= Fraction(*image.size) <= Fraction(3)


def all_specimens() -> list[Specimen]:
    return list(specimens())


@pytest.mark.parametrize("specimen", all_specimens(), ids=str)
async def test_an_input_ends_as_it_must(
    specimen: Specimen,
    inspector: PictureInspector,
    storage: Storage,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    try:
        mended = await look(inspector, storage, specimen.data, at=tmp_path)
    except InputRefused as refused:
        became = (Verdict.REFUSED, (), refused.problem)
    else:
        mends = mended.mends if mended else ()
        became = (Verdict.MENDED if mends else Verdict.AS_IS, mends, None)
        if mended and mends:
            keeps_limits(tmp_path / "mended", mended)
            data = (tmp_path / "mended").read_bytes()
            again = await look(inspector, storage, data, at=tmp_path / "again")
            assert again is None or not again.mends
    verdict, mends, problem = became
    record_property(ROW_OF_THE_CORPUS, f"{verdict:8}  {specimen.name:42} {problem or ', '.join(mends)}")
    assert became == (specimen.verdict, specimen.mends, specimen.problem)
    left = {path.name for path in tmp_path.iterdir()} - {"copy", "again"}
    assert left == ({"mended"} if mends else set())


def test_the_corpus_is_what_it_says() -> None:
    names = [one.name for one in specimens()]
    assert len(set(names)) == len(names) >= 90
    assert {one.verdict for one in specimens()} == set(Verdict)
    assert max(len(one.data) for one in specimens()) > 20_000_000


async def test_what_is_right_is_known_by_one_look_unless_it_is_longer(
    inspector: PictureInspector, storage: Storage
) -> None:
    doubtful = set[str]()
    for one in specimens():
        if one.verdict is Verdict.AS_IS:
            storage.ranges.clear()
            probe = await inspector.probe(storage.put(one.data), size=len(one.data))
            if not is_fine(probe, len(one.data)):
                doubtful.add(one.name)
            assert storage.ranges == [f"bytes=0-{HEAD_BYTES - 1}"], one.name
    assert doubtful == {one.name for one in specimens() if one.verdict is Verdict.AS_IS and len(one.data) > HEAD_BYTES}


def test_a_picture_that_goes_on_as_it_came_is_whole_to_a_decoder() -> None:
    for one in specimens():
        if one.verdict is Verdict.AS_IS:
            with Image.open(io.BytesIO(one.data), formats=("JPEG", "PNG")) as image:
                image.load()
                assert getattr(image, "n_frames", 1) == 1, one.name
