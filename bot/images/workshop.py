"""Running the program that decodes: a few at once, each bounded in time, and nothing left behind by any."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import structlog

from bot.errors import InputPostponed, InputRefused
from bot.images.order import Order, read_answer, write_order

if TYPE_CHECKING:
    from bot.domain.picture import Mended, PictureLimits
    from bot.images.order import Task

_ROOT: Final = Path(__file__).parents[2]

_TOLD_TO_END: Final = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
"""A supervisor that stops the bot may tell all its children too."""

_ENDING_SECONDS: Final = 5.0
_MOST_ANSWER_BYTES: Final = 64 * 1024


_log = structlog.stdlib.get_logger(__name__)


class Workshop:
    """Where pictures are mended, each by a process of its own.

    Args:
        at_once: How many may be under way; the others wait.
        time: The time for one, by the clock; its time of the processor is bounded in ``confinement``.
        program: The module that is run.
    """

    def __init__(
        self, *, at_once: int = 2, time: timedelta = timedelta(seconds=90), program: str = "bot.images.convert"
    ) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._seconds = time.total_seconds()
        self._program = program

    async def run(self, task: Task, source: Path, limits: PictureLimits, *, to: Path) -> Mended:
        """Have one picture mended.

        Args:
            task: What is to be done.
            source: The file as it came.
            limits: What it must be.
            to: Where what is made goes, whole or not at all; nothing is written where nothing had to be done.

        Raises:
            InputPostponed: There was no room or time for it now.
            InputRefused: It is no picture, is damaged, or cannot be mended.
        """
        part = to.with_name(f".{to.name}.{secrets.token_hex(4)}.part")
        order = Order(task, os.path.abspath(source), os.path.abspath(part), limits)  # noqa: PTH100, ASYNC240 - no file is touched
        async with self._places:
            try:
                await asyncio.to_thread(to.parent.mkdir, parents=True, exist_ok=True)
                return await self._done(order, part=part, to=to)
            except OSError as error:
                raise InputPostponed(f"not mended: {error}") from error

    async def _done(self, order: Order, *, part: Path, to: Path) -> Mended:
        try:
            mended = read_answer(await self._answer(write_order(order)))
            if mended.mends:
                await asyncio.to_thread(part.replace, to)
        finally:
            _discard(part)
        return mended

    async def _answer(self, order: bytes) -> bytes:
        """Run the program once.

        Raises:
            InputPostponed: It was not done in time.
            InputRefused: It died.
            OSError: It could not be started.
        """
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-B",
            "-m",
            self._program,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=_ROOT,
            # No token and no address: a decoder that a picture has taken over would read them first.
            env={},
            # Ctrl+C in the operator's terminal is for the bot: it would look as if the picture had done it.
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(self._seconds):
                answer = await _exchange(child, order)
        except TimeoutError as error:
            raise InputPostponed(f"not mended within {self._seconds:g} s") from error
        finally:
            if child.returncode is None:
                child.kill()
                await _until_ended(child)
        self._judge_end(child.returncode or 0)
        return answer

    def _judge_end(self, code: int) -> None:
        """Tell the picture's fault from ours by how the program ended."""
        if code > 0:
            raise InputPostponed(f"the program ended with {code}; run python -m {self._program} </dev/null to see why")
        if -code in _TOLD_TO_END:
            raise InputPostponed("the program was told to end")
        if code < 0:
            raise InputRefused("cannot_be_mended", f"the program was ended by signal {-code}")


async def _exchange(child: asyncio.subprocess.Process, order: bytes) -> bytes:
    """Give the program its order and read its answer, so much of it at most.

    Raises:
        InputRefused: It answers more, as no answer of ours does.
    """
    # Both are pipes, as they were asked for.
    stdin, stdout = cast("asyncio.StreamWriter", child.stdin), cast("asyncio.StreamReader", child.stdout)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # how it ended says more
        stdin.write(order)
        await stdin.drain()
    stdin.close()
    answer = b""
    while block := await stdout.read(_MOST_ANSWER_BYTES + 1 - len(answer)):
        answer += block
        if len(answer) > _MOST_ANSWER_BYTES:
            raise InputRefused("cannot_be_mended", f"its answer is longer than {_MOST_ANSWER_BYTES} bytes")
    await child.wait()
    return answer


async def _until_ended(child: asyncio.subprocess.Process) -> None:
    """Wait for a program that was killed; what it had written is thrown away.

    The library takes a program for ended only once its pipes are read to their end, and it stops to read a pipe whose
    bytes nobody takes. A program that has left its pipe to another one is waited for some seconds only.
    """
    stdout = cast("asyncio.StreamReader", child.stdout)
    try:
        async with asyncio.timeout(_ENDING_SECONDS):
            while await stdout.read(_MOST_ANSWER_BYTES):
                pass
            await child.wait()
    except TimeoutError:
        _log.warning("decoder_not_ended", pid=child.pid)


def _discard(part: Path) -> None:
    # Not in a thread: it must be done even where the loop is about to end.
    part.unlink(missing_ok=True)
