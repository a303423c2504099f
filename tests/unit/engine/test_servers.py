"""What servers chose is remembered for a moment, and right across several processes soon after."""

from __future__ import annotations

from bot.engine.servers import KNOWN_FOR, Servers
from tests.fake_servers import FakeServerStore
from tests.fakes import FakeClock

GUILD = 500


async def test_a_choice_is_read_once_in_a_while_however_many_jobs_ask() -> None:
    store = FakeServerStore()
    servers = Servers(store=store, clock=FakeClock())
    assert all([await servers.keeps_inputs(GUILD) for _ in range(1000)])
    assert store.reads == 1


async def test_a_choice_holds_at_once_here_and_soon_in_another_process() -> None:
    store, clock = FakeServerStore(), FakeClock()
    here, there = Servers(store=store, clock=clock), Servers(store=store, clock=clock)
    assert await there.keeps_inputs(GUILD)
    await here.choose_keeping(GUILD, keeps=False)
    assert not await here.keeps_inputs(GUILD)
    assert await there.keeps_inputs(GUILD)
    clock.forward(KNOWN_FOR)
    assert not await there.keeps_inputs(GUILD)


async def test_a_direct_message_keeps_its_pictures_without_asking_the_store() -> None:
    store = FakeServerStore()
    assert await Servers(store=store, clock=FakeClock()).keeps_inputs(None)
    assert store.reads == 0
