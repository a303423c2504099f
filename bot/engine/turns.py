"""Fair turns: whose job is submitted next when many wait."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.job import Job


class Turns:
    """Round robin over servers, and within a server over its members.

    A member who asks for forty pictures delays themselves, then their server, and nobody else. Direct messages take
    turns as if they were one server.
    """

    def __init__(self) -> None:
        self._served = 0
        self._server_turn: dict[int | None, int] = {}
        self._member_turn: dict[tuple[int | None, int], int] = {}

    def order(self, waiting: Iterable[Job]) -> list[Job]:
        """Put the waiting jobs into the order of their turns."""
        servers: dict[int | None, dict[int, deque[Job]]] = {}
        for job in sorted(waiting, key=lambda one: (one.created_at, one.interaction_id)):
            members = servers.setdefault(job.origin.guild_id, {})
            members.setdefault(job.origin.user_id, deque()).append(job)
        queues = [
            self._interleave(guild_id, members)
            for guild_id, members in sorted(servers.items(), key=lambda item: self._server_turn.get(item[0], 0))
        ]
        return _round_robin(queues)

    def take(self, job: Job) -> None:
        """Note that a job had its turn."""
        self._served += 1
        origin = job.origin
        self._server_turn[origin.guild_id] = self._served
        self._member_turn[origin.guild_id, origin.user_id] = self._served

    def _interleave(self, guild_id: int | None, members: dict[int, deque[Job]]) -> deque[Job]:
        def turn(item: tuple[int, deque[Job]]) -> int:
            return self._member_turn.get((guild_id, item[0]), 0)

        return deque(_round_robin([queue for _, queue in sorted(members.items(), key=turn)]))


def _round_robin(queues: list[deque[Job]]) -> list[Job]:
    ordered: list[Job] = []
    rotation = deque(deque(queue) for queue in queues)
    while rotation:
        queue = rotation.popleft()
        ordered.append(queue.popleft())
        if queue:
            rotation.append(queue)
    return ordered
