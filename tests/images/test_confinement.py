"""What a picture that has taken over the program which decodes can get at: nothing, and what remains on old kernels."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.doctor.finding import Level
from bot.doctor.machine import check_confinement, judge_confinement
from bot.errors import InputRefused
from bot.images.order import Order, Task, read_answer, write_order
from bot.images.workshop import Workshop
from tests.brushes import exif, photograph, written
from tests.images.hostile import DEEDS
from tests.images.old_kernel import CALLS
from tests.specimen import LIMITS

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).parents[2]
FILES = {"the database", "a third file", "a folder", "a new file"}


@pytest.fixture
def picture(tmp_path: Path) -> Generator[Path]:
    """A picture that has taken over its decoder, with everything there that it may want."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "third").write_text("a member's picture")
    with closing(sqlite3.connect(folder / "remix.db")) as database, database:
        database.execute("CREATE TABLE secrets AS SELECT 'a prompt' AS word")
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        targets = {
            "third": str(folder / "third"),
            "database": str(folder / "remix.db"),
            "folder": str(folder),
            "port": server.getsockname()[1],
        }
        (tmp_path / "picture").write_text(json.dumps(targets))
        yield tmp_path / "picture"


def got(refused: InputRefused) -> dict[str, Any]:
    return json.loads(str(refused).rpartition("cannot_be_mended: ")[2])


def stolen(picture: Path, *lacking: str) -> dict[str, Any]:
    """What it gets on a kernel that lacks this."""
    order = write_order(Order(Task.MEND, str(picture), str(picture.with_name("part")), LIMITS))
    command = [sys.executable, "-B", "-m", "tests.images.hostile", *lacking]
    done = subprocess.run(command, input=order, cwd=ROOT, env={}, capture_output=True, check=True)  # noqa: S603 - ours
    with pytest.raises(InputRefused) as refused:
        read_answer(done.stdout)
    return got(refused.value)


async def test_a_hostile_program_in_its_place_gets_nothing(picture: Path, tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as refused:
        await Workshop(program="tests.images.hostile").run(Task.MEND, picture, LIMITS, to=tmp_path / "mended")
    assert got(refused.value) == {}
    assert {one.name for one in (tmp_path / "data").iterdir()} == {"third", "remix.db"}


def test_each_of_both_alone_keeps_it_from_every_file_and_from_the_bot(picture: Path) -> None:
    assert stolen(picture, "Landlock") == {}
    assert stolen(picture, "seccomp").keys() == {"UDP"}


def test_where_the_kernel_has_neither_it_gets_at_files_and_network(picture: Path) -> None:
    """Proves that what it tries would succeed, and that its own environment is empty even there."""
    found = stolen(picture, *CALLS)
    assert found.keys() >= FILES | {"TCP", "UDP", "the bot's environment", "another program"}
    assert found.keys() <= DEEDS.keys() - {"own environment"}


async def test_where_the_kernel_has_neither_pictures_are_mended_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(written(photograph((300, 200)), "PNG", exif=exif(6)))
    workshop = Workshop(program="tests.images.old_kernel")
    mended = await workshop.run(Task.MEND, tmp_path / "source", LIMITS, to=tmp_path / "mended")
    assert mended.mends == ("rotated",)
    assert (tmp_path / "mended").stat().st_size == mended.size


async def test_an_answer_without_end_is_refused_and_its_program_ended(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"x")
    workshop = Workshop(program="tests.images.endless", time=timedelta(seconds=60))
    with pytest.raises(InputRefused, match="longer than 65536 bytes"):
        await workshop.run(Task.MEND, tmp_path / "source", LIMITS, to=tmp_path / "mended")


# --- the bot itself, and what the doctor says ------------------------------------------------------------------------


def test_the_running_bot_shows_its_memory_and_environment_to_nobody(tmp_path: Path) -> None:
    asked = """
import sys
from bot.__main__ import main
from bot.linux.system_calls import prctl
assert prctl(3) == 1
assert main(["migrate"]) == 0
print("dumpable:", prctl(3))
"""
    environment = {"DATA_DIR": str(tmp_path), "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'remix.db'}"}
    said = subprocess.check_output([sys.executable, "-c", asked], cwd=ROOT, env={**os.environ, **environment})  # noqa: S603 - ours
    assert b"dumpable: 0" in said


async def test_the_doctor_says_what_the_kernel_lacks() -> None:
    assert (await check_confinement()).level is Level.OK
    lacking = judge_confinement(("Landlock", "seccomp"))
    assert lacking.level is Level.WARN
    assert "no Landlock and no seccomp" in lacking.text
    assert judge_confinement(("seccomp",)).level is Level.WARN


def test_the_doctor_asks_the_kernel() -> None:
    asked = """
from tests.images.old_kernel import pretend
from bot.images.confinement import lacking
pretend()
print(lacking())
"""
    assert subprocess.check_output([sys.executable, "-c", asked], cwd=ROOT) == b"('Landlock', 'seccomp')\n"  # noqa: S603 - ours
