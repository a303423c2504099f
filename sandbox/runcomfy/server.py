"""RunComfy's Model API, simulated on loopback.

Facts: https://docs.runcomfy.com/model-apis/async-queue-endpoints and
https://docs.runcomfy.com/model-apis/error-codes; where these are silent, a knob says what is assumed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from aiohttp import web

from sandbox.faults import Faults
from sandbox.runcomfy.desk import Desk
from sandbox.runcomfy.knobs import Knobs
from sandbox.runcomfy.ledger import Account
from sandbox.runcomfy.routes import Routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.runcomfy.ledger import PaidPost, RefusedPost
    from sandbox.runcomfy.timeline import Timeline


def _utc_now() -> datetime:
    return datetime.now(UTC)


class RunComfySandbox:
    """The simulated service, with what a test or a demo turns and reads.

    Args:
        token: The bearer token of the first account; more come by `add_account`.
        faults: What shall go wrong; shared with other simulators if given.
        clock: Tells the time, aware; moved by hand in tests.
        knobs: How the service behaves.

    Attributes:
        faults: Add faults here.
        violations: What no good client does, in words. A test should end with it empty.
    """

    def __init__(
        self,
        *,
        token: str,
        faults: Faults | None = None,
        clock: Callable[[], datetime] = _utc_now,
        knobs: Knobs | None = None,
    ) -> None:
        self.faults = faults if faults is not None else Faults()
        self.violations: list[str] = []
        self.desk = Desk(clock, knobs or Knobs())
        self.account = self.add_account(token)
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self.base_url = ""

    # --- what tests and demos turn and read ------------------------------------------------------------------------

    @property
    def knobs(self) -> Knobs:
        """How the service behaves; assign a changed copy: ``sandbox.knobs = replace(sandbox.knobs, slots=2)``."""
        return self.desk.knobs

    @knobs.setter
    def knobs(self, knobs: Knobs) -> None:
        self.desk.knobs = knobs

    @property
    def timeline(self) -> Timeline:
        """The queue, to be held, released and planned."""
        return self.desk.timeline

    @property
    def ledger(self) -> list[PaidPost]:
        """Every accepted submit, oldest first."""
        return self.desk.ledger.paid

    @property
    def refused(self) -> list[RefusedPost]:
        """Every refused submit, oldest first."""
        return self.desk.ledger.refused

    def accepted_for(self, prompt: str) -> list[PaidPost]:
        """Every accepted submit with exactly this prompt."""
        return self.desk.ledger.accepted_for(prompt)

    def add_account(self, token: str, *, balance_micros: int | None = None) -> Account:
        """Open another account.

        Args:
            token: Its bearer token.
            balance_micros: Its credit in micro-dollars; None for endless.
        """
        account = self.desk.accounts[token] = Account(token, balance_micros)
        return account

    def output_sha256(self, request_id: str) -> list[str]:
        """The digests of a request's pictures, in hex, in order; known as soon as they are painted.

        Raises:
            KeyError: There is no such request.
        """
        return [output.sha256 for output in self.desk.requests[request_id].outputs]

    def expire_outputs(self, request_id: str) -> None:
        """Take a request's pictures down now: their URLs answer 404."""
        self.desk.expire_outputs(request_id)

    def expire_request(self, request_id: str) -> None:
        """Forget a request now: it answers 404001."""
        self.desk.expire_request(request_id)

    # --- life ----------------------------------------------------------------------------------------------------

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; returns the base URL, without a trailing slash."""
        await self.desk.open()
        app = Routes(self.desk, self.violations).application(self.faults)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, host, port)
        await self._site.start()
        bound = cast("tuple[str, int]", self._runner.addresses[0][:2])
        self.base_url = f"http://{host}:{bound[1]}"
        return self.base_url

    @property
    def is_listening(self) -> bool:
        """Whether a new connection would be taken."""
        return self._site is not None

    async def go_down(self) -> None:
        """Refuse new connections, as a host that is down; what was accepted runs on."""
        if self._site is not None:
            await self._site.stop()
            self._site = None

    async def come_back(self) -> None:
        """Take connections again, at the same address."""
        if self._site is None and self._runner is not None:
            host, _, port = self.base_url.removeprefix("http://").rpartition(":")
            self._site = web.TCPSite(self._runner, host, int(port))
            await self._site.start()

    async def stop(self) -> None:
        """Stop listening; what hangs or is being painted ends."""
        self.faults.release()
        if self._runner:
            await self._runner.cleanup()
        await self.desk.close()
