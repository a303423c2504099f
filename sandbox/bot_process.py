"""The real bot as a child process, to be started, killed and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parents[1]
"""The folder that holds the packages."""
STOP_SECONDS: Final = 15.0


class BotProcess:
    """``python -m bot run`` with the settings that point it at the sandbox.

    Args:
        environment: Its settings.
        folder: Its working folder, so that no ``.env`` of ours is read; the log lies there too.
        module: The program, for other bots than ours.
        words: Its command line, for other commands than ``run``.
    """

    def __init__(
        self, environment: Mapping[str, str], *, folder: Path, module: str = "bot", words: Sequence[str] = ("run",)
    ) -> None:
        self.log_path = folder / (f"{module}.log" if words[0] == "run" else f"{module}-{words[0]}.log")
        self._words = tuple(words)
        self._environment = dict(environment)
        self._folder = folder
        self._module = module
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    async def start(self) -> None:
        """Start it; its output is appended to the log."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        with self.log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", self._module, *self._words),
                cwd=self._folder,
                env={**kept, "PYTHONPATH": str(ROOT), **self._environment},
                stdout=log,
                stderr=log,
            )

    async def wait(self) -> int:
        """Wait for its end and answer the exit code."""
        if self._process is None:
            raise RuntimeError("the bot was not started")
        return await self._process.wait()

    def freeze(self) -> None:
        """Stop it where it is (SIGSTOP); its clock and its connections go on without it."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on (SIGCONT)."""
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    async def kill(self) -> None:
        """End it without warning (SIGKILL)."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> int:
        """Ask it to end (SIGTERM), and kill it if it does not; answers the exit code."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
            except TimeoutError:
                await self.kill()
        return await self._process.wait()

    def log(self) -> str:
        """Everything that it wrote so far."""
        return self.log_path.read_text(encoding="utf-8", errors="replace") if self.log_path.exists() else ""
