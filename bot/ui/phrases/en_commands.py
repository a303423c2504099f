"""English: names, descriptions and choices of the commands, their lists, and what they answer."""
# ruff: noqa: RUF001 - readers are given real apostrophes

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.ui.phrases.phrase import Plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.ui.phrases.phrase import Phrase

PHRASES: Final[Mapping[str, Phrase]] = {
    # --- /remix: names may have 32 characters, descriptions and choices 100 -----------------------------------------
    "command.remix": "remix",
    "command.remix.description": "Make a new picture from your pictures and a prompt",
    "command.remix.prompt": "What to make of them, for example: as a watercolour at dusk",
    "command.remix.image": "Picture {number:ours} that goes into the remix",
    "command.remix.size": "How large the result is and in which shape; left out, the model’s usual size",
    "command.remix.scale": "How much the prompt counts beside the pictures; left out, the model’s usual measure",
    "command.remix.single": "Whether to insist on a single picture where the prompt could mean several",
    "choice.size.square": "{tier:ours} square · {width:ours} × {height:ours}",
    "choice.size.landscape": "{tier:ours} landscape {ratio:ours} · {width:ours} × {height:ours}",
    "choice.size.portrait": "{tier:ours} portrait {ratio:ours} · {width:ours} × {height:ours}",
    "choice.size.photo": "{tier:ours} photo {ratio:ours} · {width:ours} × {height:ours}",
    "choice.size.wide": "{tier:ours} wide {ratio:ours} · {width:ours} × {height:ours}",
    "choice.size.cinema": "{tier:ours} cinema {ratio:ours} · {width:ours} × {height:ours}",
    "choice.size.other": "{size:ours}",
    # --- the other commands -----------------------------------------------------------------------------------------
    "command.jobs": "jobs",
    "command.jobs.description": "Your remixes",
    "command.jobs.list": "list",
    "command.jobs.list.description": "Your remixes: what is under way and what came last",
    "command.jobs.show": "show",
    "command.jobs.show.description": "Bring the result of a remix to where you are",
    "command.jobs.show.id": "id",
    "command.jobs.show.id.description": "Which remix: pick one of yours, or type its reference, like #a1b2c3",
    "choice.job": "{state:ours} · {prompt:ours} · {age:ours}",
    "choice.prompt_hidden": "shown only in age-restricted channels",
    "choice.age.minutes": "{count} min ago",
    "choice.age.hours": "{count} h ago",
    "choice.age.days": Plural(one="{count} day ago", other="{count} days ago"),
    "command.moderation": "moderation",
    "command.moderation.description": "For moderators",
    "command.moderation.jobs": "jobs",
    "command.moderation.jobs.description": "Remixes under way in the channels that you moderate",
    "command.moderation.log": "log",
    "command.moderation.log.description": "What moderators of this server did to the remixes of others",
    "menu.cancel": "Cancel remix",
    # --- lists ------------------------------------------------------------------------------------------------------
    "jobs.title": "### Your remixes",
    "jobs.none": "You have no remixes yet. Make one with /remix.",
    "jobs.entry": "**{state:ours}** · {reference:ours} · {at:R}{link:ours}\n{prompt:ours}",
    "jobs.prompt_hidden": "-# I show this remix only in age-restricted channels.",
    "moderation.title": "### Remixes under way",
    "moderation.none": "No remix is under way in the channels that you moderate.",
    "moderation.entry": ("**{state:ours}** · {user:user} in {channel:channel} · {at:R}{link:ours}\n{prompt:ours}"),
    "moderation.page": Plural(
        one="-# Page {page} of {pages} · {count} remix", other="-# Page {page} of {pages} · {count} remixes"
    ),
    "log.title": "### What moderators did",
    "log.none": "No moderator has cancelled a remix of somebody else or deleted its pictures here lately.",
    "log.entry.cancel": "{at:R} · {actor:user} asked to cancel remix *{job:ours}* of {user:user}",
    "log.entry.delete": "{at:R} · {actor:user} deleted a message of remix *{job:ours}* of {user:user}",
    "log.page": "-# Page {page} of {pages}",
    "jobs.link": " · [open]({url:ours})",
    "jobs.state.waiting": "Waiting for its turn",
    "jobs.state.sending": "Being handed over",
    "jobs.state.queued": "In RunComfy’s queue",
    "jobs.state.painting": "Painting",
    "jobs.state.cancelling": "Cancelling…",
    "jobs.state.fetching": "Painted, on its way here",
    "jobs.state.done": "Done",
    "jobs.state.kept": "Painted, but not posted",
    "jobs.state.failed": "No picture",
    "jobs.state.place_gone": "Not sent, its channel is gone",
    "jobs.state.cancelled": "Cancelled",
    "button.show": "Show here",
    "button.previous": "Back",
    "button.next": "Next",
    # --- what a click or a command is answered ----------------------------------------------------------------------
    "cancel.done": "Cancelled before it was sent. Nothing was charged.",
    "cancel.asked": "I asked RunComfy to cancel it. Its answer will be on the card.",
    "cancel.asked_as_guest": (
        "I asked RunComfy to cancel it. Its answer will be on the card while I can change that, and in /jobs list."
    ),
    "card.withdrawn": "-# No remix came of this.",
    # --- /jobs show -------------------------------------------------------------------------------------------------
    "show.withdrawn": "-# Nothing could be shown here.",
    "show.not_yet": "There is nothing to show yet: **{state:ours}**. Its card says how it goes on.",
    "show.no_picture": "This remix gave no picture, so there is nothing to show.",
    "show.result_refused": "Discord, or a rule of a server, does not take this result, so I cannot show it.",
    "show.left": Plural(
        one="One more picture of this remix had no room here. Use /jobs show in a message to me to see all of them.",
        other=(
            "{count} more pictures of this remix had no room here. "
            "Use /jobs show in a message to me to see all of them."
        ),
    ),
    "show.left_restricted": Plural(
        one=(
            "One more picture of this remix had no room here. "
            "Use /jobs show in an age-restricted channel of a server that has me to see all of them."
        ),
        other=(
            "{count} more pictures of this remix had no room here. "
            "Use /jobs show in an age-restricted channel of a server that has me to see all of them."
        ),
    ),
    "refused.not_shown": "{words:ours}",
    "refused.nothing_to_show": "There is nothing to show of this remix.",
    "refused.place_unseen": (
        "This remix was made in a place that you cannot see now, so I do not show it to you. "
        "Ask the person who made it."
    ),
    "refused.age_restricted": (
        "This remix was made in an age-restricted channel, so I show and repeat it only in age-restricted channels. "
        "Use /jobs show in one of them."
    ),
    "refused.age_unknown": (
        "I cannot tell whether this remix was made in an age-restricted channel, so I show and repeat it only where it "
        "was made, and in age-restricted channels. Use /jobs show in one of them."
    ),
    "refused.made_elsewhere": (
        "Only the person who made this remix can repeat it here, because this would show its pictures in another "
        "place. Use *Again* where the remix was made."
    ),
    "refused.model_gone": "The model of this remix is no longer offered here. Make a new one with /remix.",
    "refused.files_gone": (
        "I no longer keep the pictures of this remix. Look for the message that brought them, or make a new one."
    ),
    "refused.result_refused": "Discord, or a rule of this server, does not take this result, so I cannot show it here.",
    "refused.not_here": (
        "Discord does not let me show it here. Use /jobs show in another channel, or in a message to me."
    ),
    "refused.not_here_restricted": (
        "Discord does not let me show it here. Use /jobs show in another age-restricted channel."
    ),
    "refused.not_now": "Discord does not take it at this moment. Use /jobs show again in a minute; nothing is lost.",
    "refused.not_allowed_as_guest": (
        "I am only a guest in this server, and it does not let me attach files here. "
        "Use /remix in a message to me, or ask someone who manages the server to invite me."
    ),
    "refused.no_card": "This message is not one of my remixes. Use *Cancel remix* on the card of a remix.",
    "error.command_changed": "This command has changed since your Discord loaded it. Reload Discord and send it again.",
    "error.reported": (
        "Something went wrong on my side. Try again; if it happens once more, tell the operator of this bot: "
        "*{reference:ours}*."
    ),
}
