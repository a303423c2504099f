"""The room in the data folder: without it nothing new is accepted, and what was accepted goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.status import JobStatus
from bot.engine.data_room import DataRoom, RoomLimits, lack_of_room
from bot.errors import Refused
from tests.unit.engine_bench import MEMBER, OUTPUT, EngineBench

if TYPE_CHECKING:
    from pathlib import Path

MORE_THAN_ANY_DISK_MB = 10**12


async def test_a_full_data_folder_refuses_new_work_before_it_is_paid_and_lets_the_rest_go_on(
    bench: EngineBench,
) -> None:
    bench.room = DataRoom(bench.data_dir, RoomLimits(quota_mb=1))
    bench.boot()
    await bench.loop.start()
    job = await bench.settled(await bench.remix())
    film = bench.data_dir / "outputs" / "film"
    film.parent.mkdir(exist_ok=True)
    film.write_bytes(b"\0" * 1_000_001)
    await bench.pass_time(60)

    with pytest.raises(Refused, match="no_room"):
        await bench.remix(user_id=MEMBER + 1)
    with pytest.raises(Refused, match="no_room"):
        await bench.service.check_again(job.id, by=bench.person(MEMBER))
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(60)
    assert (await bench.row(job)).status is JobStatus.SUCCEEDED
    assert len(bench.courier.messages_of(job.id)) == len(bench.provider.requests) == 1

    film.unlink()
    await bench.pass_time(60)
    await bench.settled(await bench.remix())
    assert len(bench.provider.requests) == 2


def test_what_is_lacking_is_said_with_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\0" * 2_000_000)
    assert lack_of_room(tmp_path, RoomLimits(quota_mb=2)) is None
    assert "2 MB, more than DATA_QUOTA_MB (1)" in str(lack_of_room(tmp_path, RoomLimits(quota_mb=1)))
    assert "MIN_FREE_MB" in str(lack_of_room(tmp_path, RoomLimits(min_free_mb=MORE_THAN_ANY_DISK_MB)))
    assert "cannot be measured" in str(lack_of_room(tmp_path / "gone", RoomLimits()))
