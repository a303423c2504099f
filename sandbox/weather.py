"""Weather: the world bent while somebody watches, by hand on the page or by ``POST /weather/...``."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from sandbox.discord.permissions import Permission
from sandbox.discord.wire import JsonObject, as_id, as_int, as_list, as_text
from sandbox.faults import Fault
from sandbox.runcomfy.answers import TOO_MANY_REQUESTS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from sandbox.bot_process import BotProcess
    from sandbox.discord.state import Channel, Guild
    from sandbox.faults import Faults
    from sandbox.servers import Servers

_Place = TypeVar("_Place", "Guild", "Channel")

MOST_STRANGERS: Final = 50
LONGEST_RUN_SECONDS: Final = 3600
TEN_MINUTES: Final = 600
_RETRY_AFTER: Final = 3
_JSON: Final = {"Content-Type": "application/json"}
_TAKEABLE: Final = (
    Permission.VIEW_CHANNEL,
    Permission.SEND_MESSAGES,
    Permission.SEND_MESSAGES_IN_THREADS,
    Permission.CREATE_PUBLIC_THREADS,
    Permission.ATTACH_FILES,
    Permission.READ_MESSAGE_HISTORY,
    Permission.CONNECT,
)


class WeatherError(ValueError):
    """There is no such weather."""


class Weather:
    """Everything that can be bent, by name.

    Args:
        servers: The simulated services.
        bot: The bot between them; None where it is none of ours.
        discord_faults: The faults that the simulated Discord was started with.
    """

    def __init__(self, servers: Servers, *, bot: BotProcess | None, discord_faults: Faults) -> None:
        self._servers = servers
        self._bot = bot
        self._discord_faults = discord_faults
        self._provider = self._discord = "well"
        self._strangers: list[str] = []
        self._by_name: Mapping[str, Callable[[JsonObject], Awaitable[None]]] = {
            "queue": self._set_queue,
            "hold": self._set_hold,
            "run-time": self._set_run_time,
            "next": self._plan_next,
            "provider": self._set_provider,
            "discord": self._set_discord,
            "bot": self._set_bot,
            "upload-limit": self._set_upload_limit,
            "permissions": self._set_permissions,
            "links": self._expire_links,
        }

    @property
    def names(self) -> list[str]:
        """What can be bent."""
        return list(self._by_name)

    async def bend(self, name: str, told: JsonObject) -> None:
        """Bend the world.

        Args:
            name: One of `names`.
            told: How, as JSON.

        Raises:
            WeatherError: There is no such weather.
        """
        if name not in self._by_name:
            raise WeatherError(f"There is no weather {name!r}; there are {', '.join(self._by_name)}.")
        await self._by_name[name](told)
        self._servers.discord.world.touch()

    def now(self) -> JsonObject:
        """How the weather is."""
        runcomfy, timeline = self._servers.runcomfy, self._servers.runcomfy.timeline
        waiting = timeline.waiting()
        return {
            "is_held": timeline.is_held,
            "waiting": len(waiting),
            "strangers": len([one for one in self._strangers if one in waiting]),
            "running": len(timeline.started()),
            "run_seconds": runcomfy.knobs.run_time({}),
            "planned": timeline.planned,
            "provider": self._provider,
            "discord": self._discord,
            "bot_pid": self._bot.pid if self._bot is not None else None,
            "is_bot_connected": bool(self._servers.discord.gateway.connected),
            "takeable": [_name(one) for one in _TAKEABLE],
        }

    # --- RunComfy ---------------------------------------------------------------------------------------------------

    async def _set_queue(self, told: JsonObject) -> None:
        """So many requests of other customers wait."""
        length, timeline = as_int(told.get("length"), default=-1), self._servers.runcomfy.timeline
        if not 0 <= length <= MOST_STRANGERS:
            raise WeatherError(f"A queue is 0 to {MOST_STRANGERS} long.")
        waiting = timeline.waiting()
        self._strangers = [one for one in self._strangers if one in waiting]
        while len(self._strangers) > length:
            timeline.cancel(self._strangers.pop())
        while len(self._strangers) < length:
            stranger = f"stranger-{uuid.uuid4()}"
            timeline.join(stranger, run_seconds=self._servers.runcomfy.knobs.run_time({}))
            self._strangers.append(stranger)

    async def _set_hold(self, told: JsonObject) -> None:
        timeline = self._servers.runcomfy.timeline
        if told.get("on"):
            timeline.hold()
        else:
            timeline.release()

    async def _set_run_time(self, told: JsonObject) -> None:
        seconds = told.get("seconds")
        if not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST_RUN_SECONDS:
            raise WeatherError(f"A run takes 0 to {LONGEST_RUN_SECONDS} seconds.")
        self._servers.runcomfy.knobs = replace(self._servers.runcomfy.knobs, run_seconds=float(seconds))

    async def _plan_next(self, told: JsonObject) -> None:
        timeline = self._servers.runcomfy.timeline
        match told.get("fate"):
            case "fails":
                timeline.fail_next()
            case "refused":
                timeline.refuse_next()
            case "slow":
                timeline.next_takes(TEN_MINUTES)
            case _:
                raise WeatherError("The next job fails, is refused, or is slow.")

    async def _set_provider(self, told: JsonObject) -> None:
        answers, runcomfy = as_text(told.get("answers")), self._servers.runcomfy
        _disarm(runcomfy.faults, "weather")
        await runcomfy.come_back()
        match answers:
            case "well":
                pass
            case "429":
                fault = Fault.too_many_requests(
                    _RETRY_AFTER, error_code=TOO_MANY_REQUESTS, route="/v1/*", times=None, fault_id="weather"
                )
                runcomfy.faults.add(fault)
            case "503":
                headers = {**_JSON, "Retry-After": str(_RETRY_AFTER)}
                body = '{"message": "The service is being maintained."}'
                fault = Fault.answer(503, body, headers=headers, route="/v1/*", times=None, fault_id="weather")
                runcomfy.faults.add(fault)
            case "down":
                # Who holds a connection must lose it; who makes a new one is refused.
                runcomfy.faults.add(Fault.drop(times=None, fault_id="weather"))
                await runcomfy.go_down()
            case _:
                raise WeatherError("RunComfy answers well, 429 or 503, or is down.")
        self._provider = answers

    # --- Discord ----------------------------------------------------------------------------------------------------

    async def _set_discord(self, told: JsonObject) -> None:
        answers = as_text(told.get("answers"))
        if answers not in {"well", "500", "502", "503"}:
            raise WeatherError("Discord answers well, 500, 502 or 503.")
        _disarm(self._discord_faults, "weather")
        if answers != "well":
            fault = Fault.server_error(int(answers), route="/api/*", times=None, fault_id="weather")
            self._discord_faults.add(fault)
        self._discord = answers

    async def _set_upload_limit(self, told: JsonObject) -> None:
        level = as_int(told.get("level"), default=-1)
        if not 0 <= level <= 3:  # noqa: PLR2004 - Discord's boost levels
            raise WeatherError("The boost level, on which the upload limit hangs, is 0 to 3.")
        self._servers.discord.administration.set_premium_tier(self._guild(told), level)

    async def _set_permissions(self, told: JsonObject) -> None:
        channel, administration = self._channel(told), self._servers.discord.administration
        taken = {_name(one): one for one in _TAKEABLE}
        names = [as_text(one) for one in as_list(told.get("take"))]
        unknown = set(names) - set(taken)
        if unknown:
            raise WeatherError(f"There is no permission {min(unknown)!r} to take; there are {', '.join(taken)}.")
        administration.allow_bot_again(channel)
        for name in names:
            administration.deny_bot(channel, taken[name])

    async def _expire_links(self, _told: JsonObject) -> None:
        self._servers.discord.world.cdn.expire_all()

    # --- the bot ----------------------------------------------------------------------------------------------------

    async def _set_bot(self, told: JsonObject) -> None:
        if self._bot is None:
            raise WeatherError("The bot is none of ours; start and kill it yourself.")
        what = as_text(told.get("do"))
        if what not in {"kill", "start", "restart"}:
            raise WeatherError("The bot is killed, started or restarted.")
        if what != "start":
            await self._bot.kill()
        if what != "kill" and self._bot.pid is None:
            self._servers.discord.gateway.forget_sessions()
            await self._bot.start()

    # --- what is meant ----------------------------------------------------------------------------------------------

    def _guild(self, told: JsonObject) -> Guild:
        directory, meant = self._servers.discord.world.directory, told.get("guild")
        return directory.guilds.get(as_id(meant) or 0) or _named(directory.guilds.values(), meant)

    def _channel(self, told: JsonObject) -> Channel:
        directory, meant = self._servers.discord.world.directory, told.get("channel")
        return directory.channels.get(as_id(meant) or 0) or _named(directory.channels.values(), meant)


def _named(all_of_them: Iterable[_Place], meant: object) -> _Place:
    for one in all_of_them:
        if one.name == meant:
            return one
    raise WeatherError(f"There is no {meant!r}.")


def _disarm(faults: Faults, name: str) -> None:
    if any(one.fault_id == name for one in faults.armed):
        faults.remove(name)


def _name(permission: Permission) -> str:
    return (permission.name or "").lower()
