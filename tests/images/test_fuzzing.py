"""Files that are broken in any way: nothing but the errors that are named escapes, and memory and time stay bounded."""

from __future__ import annotations

import functools
import io
import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.domain.media_type import PICTURE_TYPES
from bot.domain.picture import Mended
from bot.errors import InputPostponed, InputRefused
from bot.images import jpeg, png
from bot.images.convert import attempt
from bot.images.order import Order, Task, read_answer, write_order
from bot.images.probe import HEAD_BYTES, judge
from bot.images.source import prepare
from tests.corpus import specimens
from tests.specimen import LIMITS

if TYPE_CHECKING:
    from collections.abc import Generator

PROBLEMS: Final = {
    "empty_file",
    "not_a_picture",
    "too_many_pixels_to_mend",
    "damaged",
    "cannot_be_mended",
    "too_few_pixels",
}
ROOT = Path(__file__).parents[2]
CHILDREN: Final = 40
MOST_PEAK_KILOBYTES: Final = 600_000


@pytest.fixture(autouse=True)
def _decoders() -> Generator[None]:
    """Set the decoders up as the program does, and Pillow back as it was."""
    most = Image.MAX_IMAGE_PIXELS
    prepare()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    Image.MAX_IMAGE_PIXELS = most


@functools.cache
def seeds() -> tuple[bytes, ...]:
    """Whole and broken files of every kind, small enough to be mutated often."""
    return tuple(one.data for one in specimens() if 0 < len(one.data) < 200_000)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Break a file: bytes set, cut out, doubled, or exchanged with those of another; mostly near its beginning."""
    data = bytearray(draw(st.sampled_from(seeds())))
    for _ in range(draw(st.integers(1, 6))):
        far = len(data) if draw(st.booleans()) else min(len(data), 200)
        at = draw(st.integers(0, max(far - 1, 0)))
        match draw(st.sampled_from(["set", "word", "cut", "double", "foreign", "end"])):
            case "set":
                data[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case "word":
                data[at : at + 4] = draw(
                    st.sampled_from([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\0\0\xff\xff"])
                )
            case "cut":
                del data[at : at + draw(st.integers(1, 64))]
            case "double":
                data[at:at] = data[at : at + draw(st.integers(1, 400))]
            case "foreign":
                other = draw(st.sampled_from(seeds()))
                start = draw(st.integers(0, len(other)))
                data[at:at] = other[start : start + 300]
            case _:
                del data[at:]
    return bytes(data)


def names_no_other_problem(refused: InputRefused) -> None:
    assert refused.problem in PROBLEMS
    if refused.problem == "too_many_pixels_to_mend":
        assert set(refused.values) == {"width", "height", "limit_megapixels"}


@settings(max_examples=600, deadline=None)
@given(mutated())
def test_nothing_escapes_a_look_at_a_broken_file(data: bytes) -> None:
    try:
        probe = judge(data[:HEAD_BYTES], size=len(data))
    except InputRefused as refused:
        names_no_other_problem(refused)
    else:
        assert probe.content_type in PICTURE_TYPES
        assert probe.orientation in range(1, 9)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_nothing_escapes_the_mending_of_a_broken_file(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, part = Path(folder, "source"), Path(folder, "part")
        source.write_bytes(data)
        answer = attempt(Order(Task.MEND, str(source), str(part), LIMITS), is_confined=False)
        if isinstance(answer, Mended) and answer.mends:
            with Image.open(io.BytesIO(part.read_bytes())) as image:
                image.load()
                assert image.size == (answer.width, answer.height)
        assert not isinstance(answer, InputPostponed)
        if isinstance(answer, InputRefused):
            names_no_other_problem(answer)


@settings(max_examples=300, deadline=None)
@given(mutated())
def test_what_is_cleaned_is_read_as_it_was(data: bytes) -> None:
    for part in (jpeg, png):
        end = part.end_of(data)
        if end is None:
            continue
        again = part.cleaned(data)
        assert part.end_of(again) == len(again)
        assert (part.header(again).width, part.header(again).height) == (
            part.header(data).width,
            part.header(data).height,
        )
        assert not part.header(again).has_location


def test_the_program_survives_a_sample_and_stays_small(tmp_path: Path) -> None:
    """A sample through the program itself, with its limits; the greatest of all its lives is what is measured."""
    orders = list[str]()

    @settings(max_examples=CHILDREN, database=None, derandomize=True, deadline=None)
    @given(mutated())
    def collect(data: bytes) -> None:
        source = tmp_path / str(len(orders))
        source.write_bytes(data)
        orders.append(write_order(Order(Task.MEND, str(source), str(tmp_path / "part"), LIMITS)).decode())

    collect()
    between = """
import json, resource, subprocess, sys
for order in json.load(sys.stdin):
    done = subprocess.run([sys.executable, "-m", "bot.images.convert"], input=order.encode(), stdout=-1, stderr=-3)
    print(json.dumps([done.returncode, done.stdout.decode()]))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", between],
        input=json.dumps(orders),
        cwd=ROOT,
        env={"PYTHONPATH": os.fspath(ROOT)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    *ends, peak_kilobytes = done.stdout.splitlines()
    assert len(ends) >= CHILDREN
    for code, answer in map(json.loads, ends):
        assert code == 0
        try:
            read_answer(answer.encode())
        except InputRefused as refused:
            names_no_other_problem(refused)
    assert int(peak_kilobytes) < MOST_PEAK_KILOBYTES
