"""Who may submit, and what every submit has cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass
class Account:
    """A customer of the simulated service.

    Attributes:
        token: Its bearer token.
        balance_micros: Its credit in micro-dollars; None is a purse without bottom.
        is_active: Whether the token is good; False is a revoked token or a closed account.
    """

    token: str
    balance_micros: int | None = None
    is_active: bool = True


@dataclass(frozen=True)
class PaidPost:
    """A submit that was accepted, and so costs money.

    Attributes:
        request_id: What it was named.
        model: The id of the model.
        body: The submitted JSON, as it came.
        accepted_at: When.
        charged_micros: What it costs in micro-dollars; 0 after a cancel in the queue.
        account: The token that pays.
    """

    request_id: str
    model: str
    body: Mapping[str, Any]
    accepted_at: datetime
    charged_micros: int
    account: str


@dataclass(frozen=True)
class RefusedPost:
    """A submit that was refused, and so is free.

    Attributes:
        model: The id that was asked for.
        code: The error code, or 422.
        reason: The text of the refusal.
        refused_at: When.
    """

    model: str
    code: int
    reason: str
    refused_at: datetime


@dataclass
class Ledger:
    """Every submit that ever came in, accepted or refused."""

    refused: list[RefusedPost] = field(default_factory=list[RefusedPost])
    _paid: dict[str, PaidPost] = field(default_factory=dict[str, PaidPost])

    @property
    def paid(self) -> list[PaidPost]:
        """The accepted ones, oldest first."""
        return list(self._paid.values())

    def charge(self, post: PaidPost, account: Account) -> None:
        """Enter an accepted submit and take its price from the account."""
        self._paid[post.request_id] = post
        if account.balance_micros is not None:
            account.balance_micros -= post.charged_micros

    def refund(self, request_id: str, account: Account) -> None:
        """Give the price of a submit back."""
        post = self._paid[request_id]
        self._paid[request_id] = replace(post, charged_micros=0)
        if account.balance_micros is not None:
            account.balance_micros += post.charged_micros

    def post(self, request_id: str) -> PaidPost:
        """The entry of one request.

        Raises:
            KeyError: There is none.
        """
        return self._paid[request_id]

    def accepted_for(self, prompt: str) -> list[PaidPost]:
        """Every accepted submit with exactly this prompt."""
        return [post for post in self._paid.values() if prompt in (post.body.get("prompt"), post.body.get("text"))]

    def refused_by_code(self) -> Counter[int]:
        """How many submits were refused, by error code."""
        return Counter(post.code for post in self.refused)
