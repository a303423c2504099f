"""What the disk holds of secrets: erased ones must not linger in free pages, and no other user may read the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.doctor.finding import Level
from bot.doctor.machine import check_privacy
from bot.domain.remix_request import Input, RemixRequest
from bot.settings import Settings
from tests.contract.store_cases import sql_bench

if TYPE_CHECKING:
    import pytest

SIGNATURE = "c0ffee" * 10 + "cafe"
ROOT = Path(__file__).parents[2]
TOKEN = "aW50ZXJhY3Rpb246c2VjcmV0-of-a-member"


async def test_an_interaction_token_that_was_erased_is_gone_from_the_files_too(tmp_path: Path) -> None:
    file = tmp_path / "remix.db"
    async with sql_bench(f"sqlite+aiosqlite:///{file}", tmp_path) as bench:
        for _ in range(30):
            await bench.accepted(interaction_token=TOKEN, token_expires_at=bench.clock.now() + timedelta(minutes=14))
        bench.clock.forward(timedelta(minutes=14))
        assert await bench.store.erase_tokens(now=bench.clock.now()) == 30

    left = [one.name for one in tmp_path.iterdir() if TOKEN.encode() in one.read_bytes()]
    assert left == []


async def test_a_signature_that_was_erased_is_gone_from_the_files_too(tmp_path: Path) -> None:
    file = tmp_path / "remix.db"
    async with sql_bench(f"sqlite+aiosqlite:///{file}", tmp_path) as bench:
        until = bench.clock.now() + timedelta(days=1)
        url = f"https://cdn.discordapp.com/a/b/cat.png?ex={int(until.timestamp()):x}&is=1&hm={SIGNATURE}"
        one = Input(url, "cat.png", "image/png", 1000, 640, 480)
        for _ in range(30):
            job = await bench.accepted(request=RemixRequest("a/b", "as a fossil", (one,)))
            await bench.store.request_cancel(job.id, by=job.origin.user_id, at=bench.clock.now())
        bench.clock.forward(timedelta(days=1))
        assert await bench.store.erase_signatures(now=bench.clock.now(), limit=100) == 30

    left = [one.name for one in tmp_path.iterdir() if SIGNATURE.encode() in one.read_bytes()]
    assert left == []


def modes(folder: Path) -> set[str]:
    """The permissions of everything in a folder and of itself, links left out."""
    found = [one for one in (folder, *folder.rglob("*")) if not one.is_symlink()]
    return {f"{'d' if one.is_dir() else 'f'}{one.stat().st_mode & 0o777:o}" for one in found}


def start(data: Path, *words: str) -> None:
    """Run a command of the bot, as an operator whose umask hides nothing."""
    environment = {"DATA_DIR": str(data), "DATABASE_URL": f"sqlite+aiosqlite:///{data / 'remix.db'}"}
    command = [sys.executable, "-m", "bot", *words]
    subprocess.run(command, cwd=ROOT, env=os.environ | environment, umask=0o022, check=True, capture_output=True)  # noqa: S603 - ours


def test_what_the_bot_makes_is_readable_by_its_user_alone(tmp_path: Path) -> None:
    start(tmp_path / "new" / "data", "migrate")
    assert modes(tmp_path / "new" / "data") == {"d700", "f600"}


def test_what_an_earlier_version_left_open_is_closed_at_the_start(tmp_path: Path) -> None:
    data, foreign = tmp_path / "data", tmp_path / "foreign"
    (data / "outputs" / "job").mkdir(parents=True)
    (data / "inputs").mkdir()
    foreign.write_text("not ours")
    (data / "inputs" / "link").symlink_to(foreign)
    start(data, "migrate")
    for path in (foreign, data / "outputs" / "job" / "0", data / "remix.db", data / "heartbeat"):
        path.touch()
        path.chmod(0o644)
    for path in (data, data / "outputs", data / "outputs" / "job"):
        path.chmod(0o755)

    start(data, "migrate")

    assert modes(data) == {"d700", "f600"}
    assert foreign.stat().st_mode & 0o777 == 0o644


async def test_the_doctor_names_what_others_may_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(database_url=f"sqlite+aiosqlite:///{tmp_path / 'remix.db'}", data_dir=tmp_path)
    tmp_path.chmod(0o700)
    (tmp_path / ".env").touch(mode=0o600)
    assert (await check_privacy(settings)).level is Level.OK

    (tmp_path / ".env").chmod(0o640)
    (tmp_path / "outputs").mkdir(mode=0o755)
    found = await check_privacy(settings)

    assert found.level is Level.WARN
    assert f"other users may read or write .env, {tmp_path / 'outputs'}." in found.text
