"""English: the status card, results, failures and details."""
# ruff: noqa: RUF001 - readers are given real apostrophes and multiplication signs

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.ui.phrases.phrase import Plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.ui.phrases.phrase import Phrase

PHRASES: Final[Mapping[str, Phrase]] = {
    "card.in_doubt": (
        "### I’m not sure yet\nMy database isn’t answering, so I can’t tell whether I took this remix. I keep "
        "trying, and this message becomes its card as soon as I know. If it still says this in 15 minutes, I didn’t "
        "take it and nothing was charged: use /remix again then."
    ),
    # --- where a job stands -----------------------------------------------------------------------------------------
    "state.waiting": "### Waiting for a turn\nIt goes to RunComfy as soon as there is room.",
    "state.waiting_next": "### Next in line\nIt goes to RunComfy as soon as there is room.",
    "state.waiting_behind": Plural(
        one="### Waiting for a turn\n{count} remix before this one.",
        other="### Waiting for a turn\n{count} remixes before this one.",
    ),
    "state.waiting_again": (
        "### Waiting for RunComfy\nIt could not take this one yet, so nothing was charged. I keep trying."
    ),
    "state.preparing": (
        "### Preparing the pictures\nI look at each, and convert what RunComfy would not take as it is."
    ),
    "state.paused": (
        "### Paused by the operator\nNothing was charged. This remix keeps its turn and goes on by itself afterwards."
    ),
    "state.sending": "### Handing it over\nAsking RunComfy to take it.",
    "state.queued": "### In RunComfy’s queue\nSince {at:R}.",
    "state.queued_next": "### Next in RunComfy’s queue\nQueued {at:R}.",
    "state.queued_at": "### In RunComfy’s queue\nPlace {place}, queued {at:R}.",
    "state.painting": "### Painting\nStarted {at:R}.",
    "state.cancelling": "### Cancelling…\nAsked by {user:user}; waiting for RunComfy’s answer.",
    "state.too_late": (
        "### Too late to cancel\nRunComfy had begun when {user:user} asked, so the picture will still come."
    ),
    "state.overdue": (
        "### Taking unusually long\nWith RunComfy since {at:R}. I asked RunComfy to cancel it; if the picture "
        "still comes, I will post it."
    ),
    "state.fetching": "### Painted\nBringing the result here.",
    "state.fetching_blocked": (
        "### Painted, not fetched yet\nThe result lies where the operator of this bot has not allowed me to fetch it. "
        "They are told. I post it here once they allow it, for up to 24 hours; you do not need to do anything."
    ),
    "state.fetching_late": (
        "### Painted, not fetched yet\nRunComfy has finished, but does not give out the result yet. I keep asking; you "
        "do not need to do anything."
    ),
    "state.fetching_rest": (
        "### Partly here\nRunComfy does not give out the rest of the result yet. I keep asking and post it as soon as "
        "it comes; you do not need to do anything."
    ),
    "state.done": "### Done\nThe result is in {channel:channel}.",
    "state.done_here": "### Done\nThe result is below.",
    "state.done_elsewhere": "### Done\nThe result was shown with /jobs show.",
    "state.kept": (
        "### Painted, but not posted\nDiscord does not let me post it here. The result is kept: use "
        "/jobs show {reference:ours} in another channel, or in a message to me, and I bring it there."
    ),
    "state.kept_restricted": (
        "### Painted, but not posted\nDiscord does not let me post it here. The result is kept: use "
        "/jobs show {reference:ours} in another age-restricted channel, and I bring it there."
    ),
    "state.refused": (
        "### Painted, but not posted\nDiscord, or a rule of this server, does not take this result, so I cannot "
        "show it. The operator of this bot can find it: it is {reference:ours}."
    ),
    "state.cancelled_unsent": "### Cancelled\nBy {user:user}, before it was sent. Nothing was charged.",
    "state.cancelled_queued": "### Cancelled\nBy {user:user}, while it was in RunComfy’s queue.",
    "state.cancelled_overdue": (
        "### Cancelled\nIt took too long, so I called it off. You can send it again with /remix."
    ),
    "state.cancelled_there": "### Cancelled\nRunComfy cancelled it. You can send it again with /remix.",
    # --- why there is no picture ------------------------------------------------------------------------------------
    "failed.rejected": (
        "### RunComfy refused this remix\nSomething about the prompt or the pictures did not suit it. "
        "Change them and send a new /remix."
    ),
    "failed.input_refused": Plural(
        one="### One of the pictures cannot be used",
        other="### {count} of the pictures cannot be used",
    ),
    "failed.uncertain": (
        "### Unclear whether RunComfy took it\nNo clear answer came back when it was sent. "
        "Sending it again could charge it twice, so I leave that to you."
    ),
    "failed.restored": (
        "### Not sent again\nThis bot was restored from a backup, so I can’t tell whether RunComfy already had this "
        "remix. Press Try again to send it. If it was sent before, that costs a second time."
    ),
    "failed.internal": (
        "### Something in this bot failed\nIt isn’t your prompt or your images. The operator of this bot finds the "
        "reason in its log: it is {reference:ours}."
    ),
    "failed.run_failed": "### The painting failed\nRunComfy took this remix and could not finish it.",
    "failed.content": (
        "### Not allowed by RunComfy’s rules for content\nThe same remix would be refused again. "
        "Change the prompt or the pictures and send a new /remix."
    ),
    "failed.field": (
        "### RunComfy could not use this remix\nSomething in it breaks a rule of the model, so sending the same again "
        "does not help. Change the prompt or the pictures and send a new /remix."
    ),
    "failed.unfetched": (
        "### RunComfy could not fetch a picture\nIt fetches the pictures itself, and did not get one of them. "
        "Try again in a while, or attach the pictures anew with /remix. "
        "If it happens every time, tell the operator of this bot."
    ),
    "failed.reason": "RunComfy’s reason:\n> {reason:long}",
    "failed.place_gone": (
        "### Not sent: its channel is gone\nThe channel was deleted, or I was removed from the server, before this "
        "remix was sent to RunComfy. Use /jobs list elsewhere and press Try again."
    ),
    "failed.no_output": "### No picture came out\nRunComfy finished this remix, but gave no picture.",
    "failed.output_lost": "### The picture was lost\nRunComfy painted it, but it could not be fetched.",
    "failed.output_blocked": (
        "### The result could not be fetched\nRunComfy finished this remix, but the operator of this bot did not allow "
        "the place where the result lies. Tell them the reference {reference:ours}."
    ),
    "failed.unknown": "### This remix failed\nRunComfy gave no reason.",
    "expired.unsent": (
        "### Not sent in time\nDiscord stopped serving its pictures while it waited. Attach them again with /remix."
    ),
    "expired.given_up": "### Given up\nRunComfy gave no picture in all this time, so I stopped asking.",
    "money.nothing": "Nothing was charged.",
    "money.unknown": "I do not know whether it was charged; the operator of this bot can look it up.",
    "money.likely": "It was most likely charged.",
    "money.charged": "It cost {cost:usd}.",
    # --- what was asked for -----------------------------------------------------------------------------------------
    "card.asked": "-# Asked for by {user:user} {at:R}",
    "card.made_with": "-# {model:ours}",
    "card.made_with_options": "-# {model:ours} · {options:comma}",
    "advice.many_images": "-# With so many pictures the quality may suffer.",
    "card.images": "-# {images:dot}",
    "card.image": "Image {number}: {name:ours}",
    "card.image_mended": "Image {number}: {name:ours} ({mends:comma})",
    "card.private": "-# Only you can see this: apps from outside may not post here in public.",
    "card.guest": (
        "-# I am a guest here, and can answer until {until:t}. "
        "A picture that comes later waits for you: bring it here with /jobs show {reference:ours}."
    ),
    "card.input": "Image {number}: {filename:plain}",
    "option.size": "size {size:ours}",
    "option.scale": "scale {scale}",
    "option.single_on": "a single picture",
    "option.single_off": "a set of pictures allowed",
    # --- results ----------------------------------------------------------------------------------------------------
    "result.here": Plural(
        one="{user:user}, your remix is here.",
        other="{user:user}, your remix is here: {count} pictures.",
    ),
    "result.shown": "A remix of {user:user}, made {at:R}.",
    "result.more": Plural(one="One more picture of this remix.", other="{count} more pictures of this remix."),
    "result.picture": "Picture {number} of a remix: {prompt:alt}",
    "result.in_place_of_card": "-# I may not post where it belongs, so it stands here instead of the status.",
    "result.refused": (
        "{user:user}, your remix is painted, but Discord, or a rule of this server, does not take the result, so "
        "I cannot show it. The operator of this bot can find it: it is {reference:ours}."
    ),
    "result.failed": "{user:user}, there is no picture this time.",
    # --- under results that could not all be posted as they came ----------------------------------------------------
    "note.fitted": (
        "-# Picture {number} was {size:ours}; saved smaller to fit here. "
        "RunComfy keeps [the original]({url:ours}) for a while."
    ),
    "note.fitted_unlinked": "-# Picture {number} was {size:ours}; saved smaller to fit here.",
    "note.converted": (
        "-# Picture {number} came as a kind of file that Discord does not show; converted. "
        "RunComfy keeps [the original]({url:ours}) for a while."
    ),
    "note.converted_unlinked": "-# Picture {number} came as a kind of file that Discord does not show; converted.",
    "note.unshown": (
        "Picture {number} came as a kind of file that Discord does not show ({size:ours}). "
        "[Open it at RunComfy]({url:ours}) and save it soon: it is kept there only for a while."
    ),
    "note.unshown_unlinked": (
        "Picture {number} came as a kind of file that Discord does not show ({size:ours}). "
        "I keep it for a while: ask the operator of this bot for it and name {reference:ours}."
    ),
    "note.picture_too_large": (
        "Picture {number} is too large to be posted here ({size:ours}). "
        "[Open it at RunComfy]({url:ours}) and save it soon: it is kept there only for a while."
    ),
    "note.picture_too_large_unlinked": (
        "Picture {number} is too large to be posted here ({size:ours}). "
        "I keep it for a while: ask the operator of this bot for it and name {reference:ours}."
    ),
    "note.video_too_large": (
        "Video {number} is too large to be posted here ({size:ours}). "
        "[Open it at RunComfy]({url:ours}) and save it soon: it is kept there only for a while."
    ),
    "note.video_too_large_unlinked": (
        "Video {number} is too large to be posted here ({size:ours}). "
        "I keep it for a while: ask the operator of this bot for it and name {reference:ours}."
    ),
    "note.too_many_pixels": (
        "Picture {number} claims more pixels than is safe to open, so I do not post it. "
        "[It is at RunComfy]({url:ours}) for a while; take care with it."
    ),
    "note.too_many_pixels_unlinked": (
        "Picture {number} claims more pixels than is safe to open, so I do not post it. "
        "I keep it for a while: ask the operator of this bot for it and name {reference:ours}."
    ),
    "note.missing": Plural(
        one="One more picture came out, but I could not bring it here.",
        other="{count} more pictures came out, but I could not bring them here.",
    ),
    "note.link": "[{number}]({url:ours})",
    "note.links": "Open the originals, and save them soon: {links:ours}",
    "button.cancel": "Cancel",
    "button.again": "Again",
    "button.retry": "Try again",
    "button.details": "Details",
    "button.delete": "Delete",
    # --- details ----------------------------------------------------------------------------------------------------
    "details.title": "### Remix {reference:ours}",
    "details.model": "**Model** {model:ours}",
    "details.size_asked": "**Size asked for** {size:ours}",
    "details.size_open": "**Size asked for** left to the model",
    "details.size_got": "**Size received** {sizes:comma}",
    "details.size_differs": "-# The model did not keep to the size that was asked for.",
    "details.scale": "**Scale** {scale}",
    "details.images": "**Images** {count} sent, {received} received",
    "details.input": "-# Image {number}: {facts:comma}",
    "details.input_unknown": "not looked at yet",
    "details.more_inputs": Plural(one="-# and one more image", other="-# and {count} more images"),
    "details.asked": "**Asked for** {at:f} by {user:user}",
    "details.waited": "**Waited for a turn** {took}",
    "details.queued": "**In RunComfy’s queue** {took}",
    "details.painted": "**Painted in** {took}",
    "details.with_provider": "**With RunComfy** {took}",
    "details.total": "**From request to end** {took}",
    "details.cost": "**Cost** {cost:usd}",
    "details.cost_unknown": "**Cost** not stated by RunComfy",
    "details.file": "-# Picture {number}: {facts:comma}",
    "details.posted_as": "posted as {facts:comma}",
    "details.not_fetched": "could not be fetched",
    "details.more_files": Plural(one="-# and one more file", other="-# and {count} more files"),
    "details.pixels": "{width:digits} × {height:digits}",
    "details.kilobytes": "{number} KB",
    "details.megabytes": "{number} MB",
    # --- how this language says it ----------------------------------------------------------------------------------
    "list.and": "{head:ours} and {last:ours}",
    "list.or": "{head:ours} or {last:ours}",
    "duration.seconds": "{seconds} s",
    "duration.minutes": "{minutes} min {seconds} s",
    "duration.hours": "{hours} h {minutes} min",
    "thread.unnamed": "Remix",
}
