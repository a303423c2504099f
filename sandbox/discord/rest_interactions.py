"""REST: answers to interactions. The token in the path is the credential.

See https://docs.discord.com/developers/interactions/receiving-and-responding#endpoints.
"""

from typing import Final

from sandbox.discord.call import NO_CONTENT, Answer, Call, Routes
from sandbox.discord.interaction_payload import callback_payload
from sandbox.discord.message_payload import message_payload
from sandbox.discord.state import Interaction

routes: Final = Routes()

_WEBHOOK: Final = "/webhooks/{application_id}/{token}"
_MESSAGE: Final = _WEBHOOK + "/messages/{message}"


def _interaction(call: Call) -> Interaction:
    return call.services.interactions.by_token(call.id("application_id"), call.text("token"))


@routes.add("POST", "/interactions/{interaction_id}/{token}/callback", needs_token=False)
async def answer(call: Call) -> Answer:
    """Take the first answer."""
    interaction = call.services.interactions.answer(call.id("interaction_id"), call.text("token"), call.draft)
    if not call.asks("with_response"):
        return NO_CONTENT
    return Answer(callback_payload(call.world, interaction, site=call.site))


@routes.add("POST", _WEBHOOK, needs_token=False)
async def follow_up(call: Call) -> Answer:
    """Take a further message. An application's webhook always answers with it, asked to wait or not."""
    message = call.services.interactions.follow_up(_interaction(call), call.draft)
    return Answer(message_payload(call.world, message, site=call.site))


@routes.add("GET", _MESSAGE, needs_token=False)
async def get_message(call: Call) -> Answer:
    """Tell the original answer or a follow-up."""
    message = call.services.interactions.message_of(_interaction(call), call.text("message"))
    return Answer(message_payload(call.world, message, site=call.site))


@routes.add("PATCH", _MESSAGE, needs_token=False)
async def edit_message(call: Call) -> Answer:
    """Change the original answer or a follow-up."""
    message = call.services.interactions.edit(_interaction(call), call.text("message"), call.edited)
    return Answer(message_payload(call.world, message, site=call.site))


@routes.add("DELETE", _MESSAGE, needs_token=False)
async def delete_message(call: Call) -> Answer:
    """Remove the original answer or a follow-up."""
    call.services.interactions.delete(_interaction(call), call.text("message"))
    return NO_CONTENT
