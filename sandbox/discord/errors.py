"""Discord's refusals: HTTP status, JSON code and message.

See https://docs.discord.com/developers/topics/opcodes-and-status-codes#json.
"""

from collections.abc import Sequence
from typing import Final

from sandbox.discord.form_rules import FormError, form_errors_tree
from sandbox.discord.wire import JsonObject

_REFUSALS: Final[dict[int, tuple[int, str]]] = {
    0: (401, "401: Unauthorized"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10011: (404, "Unknown Role"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    30015: (400, "Maximum number of attachments in a message reached (10)"),
    30032: (400, "Maximum number of application commands reached (100)"),
    30033: (400, "Maximum number of thread participants reached (1000)"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40094: (400, "Maximum number of follow up messages reached for this interaction"),
    50001: (403, "Missing Access"),
    50003: (403, "Cannot execute action on a DM channel"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50021: (403, "Cannot execute action on a system message"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50034: (400, "You can only bulk delete messages that are under 14 days old."),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160004: (400, "A thread has already been created for this message"),
    160005: (403, "Thread is locked"),
    160006: (400, "Maximum number of active threads reached"),
}


class DiscordError(Exception):
    """An answer that is no success.

    Args:
        status: The HTTP status.
        code: Discord's JSON error code.
        message: The text that goes with it.
        errors: The nested tree of what is wrong with a form, if it is one.
    """

    def __init__(self, status: int, *, code: int, message: str, errors: JsonObject | None = None) -> None:
        super().__init__(f"{status} {code}: {message} {errors or ''}".rstrip())
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    @property
    def body(self) -> JsonObject:
        """The JSON that the client gets."""
        body: JsonObject = {"message": self.message, "code": self.code}
        return body if self.errors is None else {**body, "errors": self.errors}

    @property
    def is_malformed_request(self) -> bool:
        """Did the client send something that no correct client sends?"""
        return self.code in {50035, 50109} or (self.status in {404, 405} and self.code == 0)


def refusal(code: int) -> DiscordError:
    """The refusal that Discord documents under this code."""
    status, message = _REFUSALS[code]
    return DiscordError(status, code=code, message=message)


def invalid_form(errors: Sequence[FormError]) -> DiscordError:
    """Discord's answer to a malformed body, with the tree of findings."""
    return DiscordError(400, code=50035, message="Invalid Form Body", errors=form_errors_tree(list(errors)))


def invalid_field(*path: str | int, code: str, message: str) -> DiscordError:
    """Discord's answer to a body with one malformed field."""
    return invalid_form([FormError(path=path, code=code, message=message)])
