"""REST: the application's commands. See https://docs.discord.com/developers/interactions/application-commands#endpoints."""

from http import HTTPStatus
from typing import Final

from sandbox.discord.call import NO_CONTENT, Answer, Call, Routes
from sandbox.discord.errors import refusal
from sandbox.discord.state import Command

routes: Final = Routes()

_GLOBAL: Final = "/applications/{application_id}/commands"
_GUILD: Final = "/applications/{application_id}/guilds/{guild_id}/commands"


def _guild_id(call: Call) -> int | None:
    if call.id("application_id") != call.world.application.id:
        raise refusal(50001)
    if "guild_id" not in call.request.match_info:
        return None
    return call.world.member_guild(call.id("guild_id")).id


def _command(call: Call) -> Command:
    return call.services.commands.find(_guild_id(call), call.id("command_id"))


async def every(call: Call) -> Answer:
    """Tell the registered commands."""
    commands = call.services.commands
    return Answer([commands.payload(command) for command in commands.of(_guild_id(call))])


async def replace_all(call: Call) -> Answer:
    """Put a whole list of commands in place of the old one."""
    commands = call.services.commands
    return Answer([commands.payload(command) for command in commands.replace_all(_guild_id(call), call.body.json)])


async def upsert(call: Call) -> Answer:
    """Add a command or replace that of the same name."""
    command, is_new = call.services.commands.upsert(_guild_id(call), call.form)
    status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return Answer(call.services.commands.payload(command), status=status)


async def one(call: Call) -> Answer:
    """Tell one command."""
    return Answer(call.services.commands.payload(_command(call)))


async def change(call: Call) -> Answer:
    """Change some fields of a command."""
    return Answer(call.services.commands.payload(call.services.commands.change(_command(call), call.form)))


async def delete(call: Call) -> Answer:
    """Remove a command."""
    call.services.commands.delete(_command(call))
    return NO_CONTENT


for _base in (_GLOBAL, _GUILD):
    routes.get(_base)(every)
    routes.put(_base)(replace_all)
    routes.post(_base)(upsert)
    routes.get(_base + "/{command_id}")(one)
    routes.patch(_base + "/{command_id}")(change)
    routes.delete(_base + "/{command_id}")(delete)
