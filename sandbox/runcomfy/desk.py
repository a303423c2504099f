"""The front desk of the simulated service: takes requests in, knows how they stand, and hands their results out.

It knows nothing of HTTP. What it refuses, it refuses by raising a `Refusal`.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import aiohttp

from sandbox.runcomfy import answers
from sandbox.runcomfy.answers import Refusal
from sandbox.runcomfy.ledger import Account, Ledger, PaidPost, RefusedPost
from sandbox.runcomfy.pictures import PictureRefused, fetch_picture
from sandbox.runcomfy.published import PublishedModel, published_models
from sandbox.runcomfy.studio import Order, Output, Studio
from sandbox.runcomfy.timeline import Fate, Phase, Run, Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sandbox.runcomfy.knobs import Knobs

_MOST_IMAGES = 15


@dataclass
class Request:
    """An accepted request, from its submit to its expiry."""

    request_id: str
    model: PublishedModel
    body: Mapping[str, Any]
    account: Account
    order: Order
    created_at: datetime
    error: str | dict[str, Any] | None = None
    outputs: list[Output] = field(default_factory=list[Output])
    making: asyncio.Task[None] | None = None
    are_outputs_expired: bool = False


class Desk:
    """Everything the service knows, apart from HTTP.

    Args:
        clock: Tells the time, aware.
        knobs: How it behaves.
    """

    def __init__(self, clock: Callable[[], datetime], knobs: Knobs) -> None:
        self.clock = clock
        self._knobs = knobs
        self.models = published_models()
        self.accounts: dict[str, Account] = {}
        self.ledger = Ledger()
        self.timeline = Timeline(clock, slots=knobs.slots)
        self.requests: dict[str, Request] = {}
        self.studio = Studio()
        self._session: aiohttp.ClientSession | None = None
        self._seed = 0

    @property
    def knobs(self) -> Knobs:
        """How the service behaves; assign a changed copy."""
        return self._knobs

    @knobs.setter
    def knobs(self, knobs: Knobs) -> None:
        self._knobs = knobs
        self.timeline.slots = knobs.slots

    async def open(self) -> None:
        """Get ready to fetch pictures."""
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": "runcomfy-sandbox"}, trust_env=False
        )

    async def close(self) -> None:
        """Stop whatever is still being made."""
        tasks = [request.making for request in self.requests.values() if request.making and not request.making.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session:
            await self._session.close()
        await asyncio.to_thread(self.studio.close)

    # --- taking in -----------------------------------------------------------------------------------------------

    def customer(self, authorization: str) -> Account:
        """Who sent this ``Authorization`` header.

        Raises:
            Refusal: Nobody that we know.
        """
        scheme, _, token = authorization.partition(" ")
        account = self.accounts.get(token.strip()) if scheme.lower() == "bearer" else None
        if account is None or not account.is_active:
            raise Refusal(answers.USER_ACCOUNT_ERROR, "The token is missing, expired or revoked.")
        return account

    def model(self, model_id: str) -> PublishedModel:
        """The model of this id.

        Raises:
            Refusal: There is none.
        """
        if model_id not in self.models:
            if self.knobs.unknown_model == "not_found":
                raise Refusal(answers.NO_SUCH_MODEL, "model not found")
            raise Refusal(answers.INVALID_IDENTIFIER, f"There is no model {model_id}.")
        return self.models[model_id]

    async def submit(self, account: Account, model_id: str, body: Mapping[str, Any]) -> Request:
        """Judge a submit and accept it.

        Raises:
            Refusal: It is refused, and noted as such in the ledger.
        """
        try:
            model = self.model(model_id)
            fate = self.timeline.next_fate()
            inputs = await self._judge(account, model, body, fate)
        except Refusal as refusal:
            self.ledger.refused.append(RefusedPost(model_id, refusal.code, refusal.text, self.clock()))
            raise
        return self._accept(account, model, body, fate=fate, inputs=inputs)

    async def _judge(
        self, account: Account, model: PublishedModel, body: Mapping[str, Any], fate: Fate
    ) -> list[bytes] | None:
        problems = model.check(body, are_unknown_keys_refused=self.knobs.unknown_keys == "reject")
        if problems:
            raise Refusal(answers.UNPROCESSABLE, problems[0].text, [problem.as_detail() for problem in problems])
        if fate.refusal is not None:
            raise _unprocessable(fate.refusal)
        if account.balance_micros is not None and account.balance_micros < self._price(model, body, fate):
            raise Refusal(answers.INSUFFICIENT_RESOURCES, "The balance does not cover this request.")
        if not (self.knobs.fetch_inputs and self.knobs.check_files_at_submit):
            return None
        try:
            return await self._fetch(model, body)
        except PictureRefused as error:
            raise _unprocessable(str(error), model.image_field) from error

    def _accept(
        self,
        account: Account,
        model: PublishedModel,
        body: Mapping[str, Any],
        *,
        fate: Fate,
        inputs: list[bytes] | None,
    ) -> Request:
        request_id, now = str(uuid.uuid4()), self.clock()
        self._seed += 1
        order = Order(
            model.prompt(body),
            model.size(body),
            model.scale(body),
            seed=self._seed * 1000,
            count=self._count(body, fate),
            output_format=self.knobs.output_format,
            least_bytes=self.knobs.output_bytes,
            is_painted=self.knobs.painted and self.knobs.fetch_inputs,
        )
        request = Request(request_id, model, body, account, order, now, error=fate.error)
        price = self._price(model, body, fate)
        self.ledger.charge(PaidPost(request_id, model.model_id, body, now, price, account.token), account)
        self.requests[request_id] = request
        seconds = self.knobs.run_time(body) if fate.run_seconds is None else fate.run_seconds
        lag = self.knobs.result_lag_seconds if fate.result_lag_seconds is None else fate.result_lag_seconds
        self.timeline.join(request_id, run_seconds=seconds, result_lag_seconds=lag)
        request.making = asyncio.create_task(self._make(request, inputs)) if fate.error is None else None
        return request

    def _count(self, body: Mapping[str, Any], fate: Fate) -> int:
        wanted = 1 if body.get("force_single") is True else self.knobs.images_per_run
        return max(1, min(_MOST_IMAGES, wanted if fate.images is None else fate.images))

    def _price(self, model: PublishedModel, body: Mapping[str, Any], fate: Fate) -> int:
        return model.price_micros * self._count(body, fate)

    async def _fetch(self, model: PublishedModel, body: Mapping[str, Any]) -> list[bytes]:
        if self._session is None:
            raise RuntimeError("the desk is not open")
        session, rules, knobs = self._session, model.file_rules, self.knobs
        urls = model.image_urls(body)
        return list(await asyncio.gather(*(fetch_picture(session, url, rules=rules, knobs=knobs) for url in urls)))

    async def _make(self, request: Request, inputs: Sequence[bytes] | None) -> None:
        try:
            if inputs is None:
                inputs = await self._fetch(request.model, request.body) if self.knobs.fetch_inputs else []
        except PictureRefused as error:
            request.error = str(error)
        else:
            request.outputs = await self.studio.paint(request.order, inputs)

    # --- handing out ---------------------------------------------------------------------------------------------

    def find(self, account: Account, request_id: str) -> Request:
        """A request that this account may see.

        Raises:
            Refusal: Unknown, expired, or somebody else's.
        """
        self.expire_old()
        request = self.requests.get(request_id)
        if request is None:
            raise Refusal(answers.NOT_FOUND, "There is no such request, or it has expired.")
        if request.account is not account:
            raise Refusal(answers.PERMISSION_DENIED, "This request belongs to somebody else.")
        return request

    def run(self, request: Request) -> Run:
        """How a request stands in the queue now."""
        return self.timeline.look(request.request_id)

    def cancel(self, request: Request) -> bool:
        """Take a request out of the queue, free of charge; False when it is too late."""
        if not self.timeline.cancel(request.request_id):
            return False
        if request.making:
            request.making.cancel()
        self.ledger.refund(request.request_id, request.account)
        return True

    async def ended(self, request: Request) -> bool:
        """Whether the result is there; waits for the painters when only they are late."""
        if self.run(request).phase is Phase.CANCELLED:
            return True
        if not self.timeline.is_result_ready(request.request_id):
            return False
        if request.making:
            await asyncio.shield(request.making)
        if request.error is not None and not self.knobs.failed_runs_are_charged:
            self.ledger.refund(request.request_id, request.account)
        return True

    def output(self, request_id: str, index: int) -> Output | None:
        """A finished picture that still hangs."""
        self.expire_old()
        request = self.requests.get(request_id)
        if request is None or request.are_outputs_expired or self.run(request).phase is not Phase.COMPLETED:
            return None
        return request.outputs[index] if 0 <= index < len(request.outputs) else None

    def expire_old(self) -> None:
        """Forget what is past its retention."""
        if self.knobs.output_retention is None and self.knobs.request_retention is None:
            return
        now = self.clock()
        for request in list(self.requests.values()):
            run = self.run(request)
            if run.phase not in {Phase.COMPLETED, Phase.CANCELLED} or run.ends_at is None:
                continue
            age = now - run.ends_at
            if self.knobs.output_retention is not None and age > self.knobs.output_retention:
                self.expire_outputs(request.request_id)
            if self.knobs.request_retention is not None and age > self.knobs.request_retention:
                self.expire_request(request.request_id)

    def expire_outputs(self, request_id: str) -> None:
        """Take a request's pictures down now; their digests stay known."""
        request = self.requests[request_id]
        request.are_outputs_expired = True
        request.outputs = [replace(output, data=b"") for output in request.outputs]

    def expire_request(self, request_id: str) -> None:
        """Forget a request now; its ledger entry stays."""
        del self.requests[request_id]
        self.timeline.forget(request_id)


def _unprocessable(text: str, place: str = "") -> Refusal:
    loc = ["body", place] if place else ["body"]
    return Refusal(answers.UNPROCESSABLE, text, [{"loc": loc, "msg": text, "type": "value_error"}])
