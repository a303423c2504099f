"""The routes of the simulated service: HTTP in, the desk asked, HTTP out.

Facts: https://docs.runcomfy.com/model-apis/async-queue-endpoints and
https://docs.runcomfy.com/model-apis/error-codes; where these are silent, a knob says what is assumed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from aiohttp import web

from sandbox.runcomfy import answers
from sandbox.runcomfy.answers import Refusal, addresses, refusal_answer, shaped_output
from sandbox.runcomfy.timeline import Phase

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sandbox.faults import Faults
    from sandbox.runcomfy.desk import Desk, Request
    from sandbox.runcomfy.knobs import Knobs
    from sandbox.runcomfy.ledger import Account

_BODY_LIMIT = 64 * 1024 * 1024
_ACCEPTED = 202
ENDLESS_MICROS = 100_000_000
_EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "MP4": "mp4"}


class Routes:
    """Answers every request to the service.

    Args:
        desk: Knows everything but HTTP.
        violations: Where to note what no good client does.
    """

    def __init__(self, desk: Desk, violations: list[str]) -> None:
        self.desk = desk
        self.violations = violations

    @property
    def knobs(self) -> Knobs:
        """How the service behaves now."""
        return self.desk.knobs

    def application(self, faults: Faults) -> web.Application:
        """The web application, faults included."""
        app = web.Application(middlewares=[faults.middleware, self._speak], client_max_size=_BODY_LIMIT)
        app.add_routes(
            [
                web.get("/prod/v2/balance", self._balance),
                web.get("/v1/models", self._list_models),
                web.get("/v1/models/categories", self._list_categories),
                web.get("/v1/models/{model_id:.+}", self._show_model),
                web.post("/v1/models/{model_id:.+}", self._submit),
                web.get("/v1/requests/{request_id}/status", self._status),
                web.get("/v1/requests/{request_id}/result", self._result),
                web.post("/v1/requests/{request_id}/cancel", self._cancel),
                web.get(r"/outputs/{request_id}/{index:\d+}.{ext:jpg|png|mp4}", self._output),
            ]
        )
        return app

    @web.middleware
    async def _speak(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Turn refusals into answers, and note what no good client does."""
        try:
            return await handler(request)
        except Refusal as refusal:
            status, body = refusal_answer(refusal, self.knobs)
            return web.json_response(body, status=status)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
            self._note(request, "is no route of this service")
            return web.json_response({"detail": error.reason}, status=error.status)

    def _note(self, request: web.Request, what: str) -> None:
        self.violations.append(f"{request.method} {request.path}: {what}")

    def _customer(self, request: web.Request) -> Account:
        return self.desk.customer(request.headers.get("Authorization", ""))

    def _request(self, request: web.Request) -> Request:
        return self.desk.find(self._customer(request), request.match_info["request_id"])

    async def _submit(self, request: web.Request) -> web.Response:
        account = self._customer(request)
        body = await self._json_object(request)
        accepted = await self.desk.submit(account, request.match_info["model_id"], body)
        links = addresses(_base(request), accepted.request_id, "status", "result", "cancel")
        return web.json_response({"request_id": accepted.request_id, **links})

    async def _json_object(self, request: web.Request) -> dict[str, Any]:
        try:
            body = json.loads(await request.read(), parse_constant=_refuse_constant)
        except ValueError as error:
            self._note(request, "the body is not JSON")
            detail = [{"loc": ["body"], "msg": "The body is not JSON.", "type": "json_invalid"}]
            raise Refusal(answers.UNPROCESSABLE, "The body is not JSON.", detail) from error
        if not isinstance(body, dict):
            self._note(request, "the body is not a JSON object")
            detail = [{"loc": ["body"], "msg": "The body is not an object.", "type": "type"}]
            raise Refusal(answers.UNPROCESSABLE, "The body is not an object.", detail)
        if request.content_type != "application/json":
            self._note(request, f"JSON sent as {request.content_type}")
        return cast("dict[str, Any]", body)

    async def _balance(self, request: web.Request) -> web.Response:
        """What the account holds; an endless one shows a round sum. Address and fields are other clients'."""
        held = self._customer(request).balance_micros
        micros = ENDLESS_MICROS if held is None else held
        body = {"balance_usd": micros / 1e6, "balance_microdollars": micros, "currency": "USD"}
        return web.json_response(body)

    async def _status(self, request: web.Request) -> web.Response:
        found = self._request(request)
        run, knobs = self.desk.run(found), self.knobs
        status = run.phase.value
        if knobs.failed_on_status and run.phase is Phase.COMPLETED and await self.desk.ended(found) and found.error:
            status = "failed"
        body: dict[str, Any] = {"request_id": found.request_id, "status": self._word(status)}
        position = self.desk.timeline.position(found.request_id)
        if position is not None:
            body["queue_position"] = position + knobs.first_position
        return web.json_response(body | addresses(_base(request), found.request_id, "status", "result"))

    async def _result(self, request: web.Request) -> web.Response:
        found = self._request(request)
        if not await self.desk.ended(found):
            phase = self.desk.run(found).phase
            word = Phase.IN_PROGRESS if phase is Phase.COMPLETED else phase
            links = addresses(_base(request), found.request_id, "status", "result")
            return web.json_response({"request_id": found.request_id, "status": self._word(word)} | links)
        body = self._ending(found, _base(request))
        if request.query.get("include_cost", "").lower() == "true" and "output" in body:
            body["cost"] = self.desk.ledger.post(found.request_id).charged_micros / 1_000_000
        return web.json_response(body)

    def _ending(self, found: Request, base: str) -> dict[str, Any]:
        run = self.desk.run(found)
        body: dict[str, Any] = {"request_id": found.request_id, "created_at": found.created_at.isoformat()}
        if run.ends_at is not None:
            body["finished_at"] = run.ends_at.isoformat()
        if self.knobs.echo_inputs:
            body["input"] = dict(found.body)
        if run.phase is Phase.CANCELLED:
            return body | {"status": self._word("cancelled")}
        if found.error is not None:
            return body | {"status": self._word("failed"), "error": found.error}
        ext = _EXTENSIONS[found.order.output_format]
        urls = [f"{base}/outputs/{found.request_id}/{index}.{ext}" for index in range(len(found.outputs))]
        return body | {"status": self._word("succeeded"), "output": shaped_output(urls, self.knobs.output_shape)}

    async def _cancel(self, request: web.Request) -> web.Response:
        found = self._request(request)
        is_cancelled = self.desk.cancel(found)
        body = {
            "request_id": found.request_id,
            "status": self._word(self.desk.run(found).phase),
            "outcome": "cancelled" if is_cancelled else "not_cancellable",
        }
        return web.json_response(body, status=_ACCEPTED if is_cancelled else self.knobs.not_cancellable_http)

    def _word(self, status: str) -> str:
        return self.knobs.words.get(status, status)

    async def _output(self, request: web.Request) -> web.Response:
        if "Authorization" in request.headers or "Cookie" in request.headers:
            self._note(request, "credentials were sent to the storage of outputs")
            return web.Response(status=403, text="This storage takes no credentials.")
        output = self.desk.output(request.match_info["request_id"], int(request.match_info["index"]))
        if output is None:
            return web.Response(status=404, text="There is no such file.")
        return web.Response(body=output.data, content_type=output.media_type, headers={"ETag": f'"{output.sha256}"'})

    async def _list_models(self, request: web.Request) -> web.Response:
        self._check_catalog(request)
        wanted, category = request.query.get("search", "").lower(), request.query.get("category")
        pages = [
            model.page
            for model in self.desk.models.values()
            if wanted in model.model_id.lower() and (category is None or category in model.page["categories"])
        ]
        offset, limit = _number(request, "offset", 0), _number(request, "limit", 100)
        hidden = (
            {"output_schema"} if request.query.get("include_schema") == "true" else {"output_schema", "input_schema"}
        )
        shown = [{k: v for k, v in page.items() if k not in hidden} for page in pages[offset : offset + limit]]
        return web.json_response({"models": shown, "total": len(pages)})

    async def _list_categories(self, request: web.Request) -> web.Response:
        self._check_catalog(request)
        names = {name for model in self.desk.models.values() for name in model.page["categories"]}
        return web.json_response({"categories": sorted(names)})

    async def _show_model(self, request: web.Request) -> web.Response:
        self._check_catalog(request)
        return web.json_response(dict(self.desk.model(request.match_info["model_id"]).page))

    def _check_catalog(self, request: web.Request) -> None:
        self._customer(request)
        if not self.knobs.catalog:
            raise Refusal(answers.NOT_FOUND, "There is no catalog.")


def _base(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isdecimal() else default


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
