"""The program that decodes: what it may not do, what becomes of it, and that it leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from PIL import Image

from bot.domain.picture import PictureLimits
from bot.errors import InputPostponed, InputRefused
from bot.images.confinement import ADDRESS_SPACE_BYTES
from bot.images.order import Order, Task, read_answer, write_order
from bot.images.workshop import Workshop
from tests.brushes import behind_header, chunk, exif, photograph, resized, written
from tests.specimen import LIMITS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

ROOT = Path(__file__).parents[2]
CONFINED = """
import sys
from bot.images.confinement import confine
from tests.images.old_kernel import pretend
pretend()
confine(max_file_bytes=1000)
"""


def confined(deed: str) -> subprocess.CompletedProcess[bytes]:
    """Do something under the program's limits, where the kernel has nothing else to confine it with."""
    command = [sys.executable, "-c", CONFINED + deed]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False)  # noqa: S603 - our own words


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A picture that takes a moment to mend."""
    path = tmp_path / "source"
    path.write_bytes(written(photograph((3000, 2000)), "PNG", compress_level=1, exif=exif(6)))
    return path


@pytest.fixture
async def programs() -> AsyncGenerator[Callable[[], list[psutil.Process]]]:
    """Who of our children is the program."""

    def found() -> list[psutil.Process]:
        return [one for one in psutil.Process().children() if is_program(one)]

    yield found
    assert found() == []


def is_program(process: psutil.Process) -> bool:
    try:
        return "bot.images.convert" in process.cmdline()
    except psutil.Error:
        return False


async def first(found: Callable[[], list[psutil.Process]]) -> psutil.Process:
    """Wait until the program runs."""
    async with asyncio.timeout(20):
        while not found():  # noqa: ASYNC110 - a child that starts sets no event of ours
            await asyncio.sleep(0)
    return found()[0]


# --- limits -----------------------------------------------------------------------------------------------------------


def test_it_gets_no_more_memory_than_it_may() -> None:
    assert b"MemoryError" in confined(f"bytearray({ADDRESS_SPACE_BYTES})").stderr


def test_it_writes_no_file_that_is_longer_than_it_may(tmp_path: Path) -> None:
    done = confined(f"open({str(tmp_path / 'long')!r}, 'wb', buffering=0).write(bytes(100_000)) == 100_000 or 1 / 0")
    assert done.returncode != 0
    assert (tmp_path / "long").stat().st_size < 10_000


def test_its_time_of_the_processor_is_limited_and_it_leaves_no_core() -> None:
    limits = "import resource as r; print([r.getrlimit(x)[0] for x in (r.RLIMIT_CPU, r.RLIMIT_CORE, r.RLIMIT_NOFILE)])"
    assert confined(limits).stdout == b"[45, 0, 64]\n"


def largest_jpeg() -> bytes:
    return written(resized(photograph((830, 830)), (8300, 8300)), "JPEG", exif=exif(6))


def largest_camera_jpeg() -> bytes:
    return written(resized(Image.linear_gradient("L"), (16_000, 12_500)), "JPEG")


def largest_progressive_jpeg_without_its_end() -> bytes:
    return written(resized(photograph((830, 830)), (8300, 8300)), "JPEG", progressive=True)[:-2]


def largest_tiff_that_is_turned() -> bytes:
    picture = resized(photograph((830, 830)), (8300, 8300))
    return written(picture, "TIFF", compression="tiff_lzw", exif=exif(6))


def largest_animation_with_a_blank_first_picture() -> bytes:
    black, picture = Image.new("P", (8300, 8300)), resized(photograph((830, 830)).quantize(64), (8300, 8300))
    return written(black, "PNG", save_all=True, append_images=[picture], compress_level=1)


def largest_png_of_high_dynamic_range() -> bytes:
    picture = resized(photograph((830, 830)), (8300, 8300))
    return behind_header(written(picture, "PNG", compress_level=1), chunk(b"cICP", bytes((9, 16, 0, 1))))


@pytest.mark.parametrize(
    ("make", "width"),
    [
        (largest_png_of_high_dynamic_range, 8300),
        (largest_jpeg, 8300),
        (largest_camera_jpeg, 8000),
        (largest_progressive_jpeg_without_its_end, 8300),
        (largest_tiff_that_is_turned, 8300),
        (largest_animation_with_a_blank_first_picture, 8300),
    ],
)
def test_the_largest_picture_stays_far_within_its_memory(make: Callable[[], bytes], width: int, tmp_path: Path) -> None:
    """In a process between, for what is counted is the largest of all children that there were."""
    source = tmp_path / "source"
    source.write_bytes(make())
    order = write_order(Order(Task.MEND, str(source), str(tmp_path / "part"), replace(LIMITS, max_side=None)))
    between = f"""
import json, resource, subprocess, sys
done = subprocess.run([sys.executable, "-m", "bot.images.convert"], input={order!r}, capture_output=True)
print(json.dumps([done.stdout.decode(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""
    said = subprocess.check_output([sys.executable, "-c", between], cwd=ROOT)  # noqa: S603 - our own words
    answer, peak_kilobytes = json.loads(said)
    assert read_answer(answer.encode()).width == width
    assert 30_000 < peak_kilobytes < 1_200_000


# --- what becomes of it -----------------------------------------------------------------------------------------------


async def test_a_picture_is_mended_whole_and_nothing_else_is_left(source: Path, tmp_path: Path) -> None:
    mended = await Workshop().run(Task.MEND, source, LIMITS, to=tmp_path / "new" / "mended")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["mended"]
    assert (tmp_path / "new" / "mended").stat().st_size == mended.size


async def test_one_that_takes_too_long_is_ended_and_postponed(
    source: Path, tmp_path: Path, programs: Callable[[], list[psutil.Process]]
) -> None:
    with pytest.raises(InputPostponed, match=r"within 0\.1 s"):
        await Workshop(time=timedelta(seconds=0.1)).run(Task.MEND, source, LIMITS, to=tmp_path / "mended")
    assert programs() == []
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (signal.SIGKILL, InputRefused),
        (signal.SIGXCPU, InputRefused),
        (signal.SIGSEGV, InputRefused),
        (signal.SIGTERM, InputPostponed),
    ],
)
async def test_its_death_is_the_picture_s_fault_unless_it_was_told_to_end(
    source: Path,
    tmp_path: Path,
    programs: Callable[[], list[psutil.Process]],
    number: signal.Signals,
    outcome: type[Exception],
) -> None:
    mending = asyncio.create_task(Workshop().run(Task.MEND, source, LIMITS, to=tmp_path / "mended"))
    os.kill((await first(programs)).pid, number)
    with pytest.raises(outcome):
        await mending
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


async def test_a_bot_that_stops_leaves_no_program_running(
    source: Path, tmp_path: Path, programs: Callable[[], list[psutil.Process]]
) -> None:
    mending = asyncio.create_task(Workshop().run(Task.MEND, source, LIMITS, to=tmp_path / "mended"))
    running = await first(programs)
    mending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await mending
    assert not running.is_running()
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


async def test_it_is_told_nothing_of_ours(
    source: Path, tmp_path: Path, programs: Callable[[], list[psutil.Process]]
) -> None:
    mending = asyncio.create_task(Workshop().run(Task.MEND, source, LIMITS, to=tmp_path / "mended"))
    running = await first(programs)
    assert running.environ() == {}
    assert os.getsid(running.pid) == running.pid
    await mending


async def test_no_more_than_two_run_at_once(
    source: Path, tmp_path: Path, programs: Callable[[], list[psutil.Process]]
) -> None:
    workshop, most = Workshop(), 0
    mending = [
        asyncio.create_task(workshop.run(Task.MEND, source, LIMITS, to=tmp_path / str(number))) for number in range(5)
    ]
    pending = set(mending)
    while pending:
        most = max(most, len(programs()))
        _, pending = await asyncio.wait(pending, timeout=0.001, return_when=asyncio.FIRST_COMPLETED)
    assert most == 2
    assert {(await one).mends for one in mending} == {("rotated",)}


async def test_a_disk_that_takes_nothing_postpones(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputPostponed):
        await Workshop().run(Task.MEND, source, LIMITS, to=tmp_path / "file" / "mended")
    with pytest.raises(InputPostponed, match="not opened"):
        await Workshop().run(Task.MEND, tmp_path / "absent", LIMITS, to=tmp_path / "mended")


async def test_an_output_is_fitted_by_the_same_program(source: Path, tmp_path: Path) -> None:
    limits = PictureLimits(types=(), max_bytes=source.stat().st_size // 3)
    mended = await Workshop().run(Task.FIT, source, limits, to=tmp_path / "small")
    assert mended.content_type == "image/jpeg"
    assert (tmp_path / "small").stat().st_size == mended.size <= limits.max_bytes


def test_an_answer_that_makes_no_sense_is_a_refusal() -> None:
    for answer in (b"", b"[]", b"{}", b'{"content_type": 1}', b"\xff"):
        with pytest.raises(InputRefused, match="makes no sense"):
            read_answer(answer)
