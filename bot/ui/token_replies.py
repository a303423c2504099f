"""Replies by an interaction's token: its first reply, edited in place, and further ones behind it.

The token needs no permission and no membership, so it reaches where the bot itself is shut out, for 15 minutes.
Source: https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord
from discord.http import Route, handle_message_parameters
from discord.utils import MISSING
from typing_extensions import override

from bot.errors import DeliveryPostponed, Undeliverable
from bot.ui.discord_errors import translated
from bot.ui.layout import ALLOW_NO_MENTION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from discord.http import MultipartParameters

    from bot.engine.answers import Attachment

_WEBHOOK: Final = "/webhooks/{webhook_id}/{webhook_token}"
ORIGINAL: Final = _WEBHOOK + "/messages/@original"
"""The first reply; the library edits it only through a live interaction, and would escape the at-sign.

Source: https://docs.discord.com/developers/interactions/receiving-and-responding#edit-original-interaction-response
"""


class TokenReplies:
    """Writes replies to interactions that ended long ago.

    Args:
        client: The bot, logged in.
    """

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def edit_first(
        self, token: str, view: discord.ui.LayoutView, attachments: Sequence[Attachment] | None = None
    ) -> int:
        """Let the first reply be this, and answer its id; repeating it changes nothing.

        Args:
            token: The interaction's.
            view: What it shall show.
            attachments: The files that it shall have from now on; None keeps those that it has.

        Raises:
            discord.HTTPException: The token is dead, the reply was deleted, or Discord refuses what it says.
        """
        files = MISSING if attachments is None else files_of(attachments)
        with handle_message_parameters(view=view, attachments=files, allowed_mentions=ALLOW_NO_MENTION) as parameters:
            edited = await self._request("PATCH", ORIGINAL, token, parameters)
        return int(edited["id"])

    async def follow_up(
        self, token: str, view: discord.ui.LayoutView, attachments: Sequence[Attachment], *, ephemeral: bool = False
    ) -> int:
        """Post a further reply and answer its id; raises as ``follow_up_in_full`` does."""
        return int((await self.follow_up_in_full(token, view, attachments, ephemeral=ephemeral))["id"])

    async def instead_of_edit(
        self, token: str, view: discord.ui.LayoutView, attachments: Sequence[Attachment], *, ephemeral: bool
    ) -> int:
        """Post a further reply where Discord does not take the files of an edit; answers its id.

        Raises:
            Undeliverable: Discord does not take that either; or nobody knows whether it was posted, and posted again,
                it could stand there twice.
            TooLarge: Not with files of this size.
            ContentRefused: Discord does not take what it says.
        """
        try:
            with translated():
                return await self.follow_up(token, view, attachments, ephemeral=ephemeral)
        except DeliveryPostponed as error:
            raise Undeliverable(f"a follow-up in place of an edit: {error}") from error

    async def follow_up_in_full(
        self, token: str, view: discord.ui.LayoutView, attachments: Sequence[Attachment], *, ephemeral: bool = False
    ) -> Mapping[str, Any]:
        """Post a further reply and answer the message as Discord tells it; sent once, for nothing would find it again.

        Raises:
            discord.HTTPException: As for ``edit_first``; 40094 where there are five already and the bot is no member.
            DeliveryPostponed: Discord did not answer well, and nobody knows whether it was posted.
        """
        files = [_OnceFile(one.path, one.filename, description=one.description) for one in attachments]
        flags = discord.MessageFlags(ephemeral=ephemeral)
        with handle_message_parameters(
            view=view, files=files, flags=flags, allowed_mentions=ALLOW_NO_MENTION
        ) as parameters:
            return await self._request("POST", _WEBHOOK, token, parameters, params={"wait": "true"})

    async def _request(self, method: str, path: str, token: str, parameters: MultipartParameters, **more: Any) -> Any:
        application_id = self._client.application_id
        if application_id is None:
            raise DeliveryPostponed("not logged in to Discord yet")
        route = Route(method, path, webhook_id=application_id, webhook_token=token)
        if parameters.files:
            return await self._client.http.request(route, files=parameters.files, form=parameters.multipart, **more)
        return await self._client.http.request(route, json=parameters.payload, **more)


def files_of(attachments: Sequence[Attachment]) -> list[discord.File]:
    """Open the files of a message; each attempt needs them afresh."""
    return [discord.File(one.path, one.filename, description=one.description) for one in attachments]


class _OnceFile(discord.File):
    """A file that is sent once: the library would post it again after an error, and Discord knows no nonce here."""

    @override
    def reset(self, *, seek: int | bool = True) -> None:
        if seek:
            raise DeliveryPostponed("a follow-up whose answer was lost is not sent again")
