"""English: why something cannot be done, and what to do."""
# ruff: noqa: RUF001 - readers are given real apostrophes

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.ui.phrases.phrase import Plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.ui.phrases.phrase import Phrase

PHRASES: Final[Mapping[str, Phrase]] = {
    # --- a field of the request breaks a rule of the model ----------------------------------------------------------
    "problem.no_images": "A remix needs a picture. Attach one as *image1* and send it again.",
    "problem.too_few_images": (
        "This model needs at least {limit} images, and you attached {count}. Add the others and send it again."
    ),
    "problem.too_many_images": Plural(
        by="limit",
        one="This model takes one image, and you attached {count}. Leave the others out and send it again.",
        other="This model takes up to {limit} images, and you attached {count}. Leave some out and send it again.",
    ),
    "problem.not_a_picture": (
        "Image {number} ({filename}) is no picture that I can read. "
        "Send it as JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP or TIFF."
    ),
    "problem.damaged": (
        "Image {number} ({filename}) is damaged or not complete. "
        "Save it again with a picture program, then send it again."
    ),
    "problem.cannot_be_mended": (
        "Image {number} ({filename}) could not be made into one that this model takes. "
        "Save it as JPEG or PNG and send it again."
    ),
    "problem.gone": (
        "Image {number} ({filename}) is no longer with Discord. Attach it once more and send it again with /remix."
    ),
    "problem.not_at_discord": (
        "Image {number} ({filename}) does not lie with Discord, and I open no other places. Attach the file itself."
    ),
    "problem.file_too_large": (
        "Image {number} ({filename}) has {size_mb} MB; I can work with up to {limit_mb} MB. "
        "Save it smaller, for example as JPEG, and send it again."
    ),
    "problem.too_many_pixels_to_mend": (
        "Image {number} ({filename}) has more pixels than I can work with; up to {limit_megapixels} million will do. "
        "Scale it down and send it again."
    ),
    "problem.too_few_pixels": (
        "Image {number} ({filename}) has too few pixels for this model. Send a larger version of it."
    ),
    "problem.not_postable": (
        "Image {number} ({filename}) had to be changed for this model, and I could not post the changed picture here, "
        "where RunComfy would fetch it. Save it as JPEG or PNG and send it again, or remix in another channel."
    ),
    "problem.empty_file": "Image {number} ({filename}) is empty. Choose the file again and send it once more.",
    "problem.prompt_empty": (
        "The prompt is empty. Say what to make of your pictures, for example “as a watercolour at dusk”."
    ),
    "problem.prompt_too_long": (
        "Your prompt has {length} characters; this model reads up to {limit}. Shorten it and send it again."
    ),
    "problem.unknown_size": "There is no size “{found}”. Pick one from the list at *size* and send it again.",
    "problem.scale_out_of_range": (
        "*scale* goes from {minimum} to {maximum}, and you gave {found}. Pick a number in between and send it again."
    ),
    "problem.not_a_switch": "*single* is either on or off. Choose True or False and send it again.",
    "problem.unknown_option": "This model has no option *{field}*. Leave it out and send the rest again.",
    "problem.inputs_expired": (
        "Discord no longer serves the pictures of this remix. Attach them again with /remix to make a new one."
    ),
    "problem.more": Plural(one="One more image cannot be used.", other="{count} more images cannot be used."),
    "problem.other": "Something about this request does not fit the model. Check the options and send it again.",
    # --- not allowed now --------------------------------------------------------------------------------------------
    "refused.paused": (
        "New remixes are paused by the operator for now, so nothing was sent or charged. Please try again later."
    ),
    "refused.no_room": (
        "I have no room left to keep another result, so nothing was sent or charged. The operator of this bot has to "
        "make room; please try again later."
    ),
    "refused.outage": (
        "RunComfy, which paints the pictures, has not answered since {since:t}, so I take no new remixes for now. "
        "Nothing was sent or charged, and remixes that wait already are not lost. "
        "I ask it again {retry_at:R}; please try again after that."
    ),
    "refused.missing_permissions": Plural(
        by="count",
        one=(
            "I need {names:and} in {channel:channel}. "
            "Ask someone who manages this server to allow it, or remix in another channel."
        ),
        other=(
            "I need {names:and} in {channel:channel}. "
            "Ask someone who manages this server to allow them, or remix in another channel."
        ),
    ),
    "refused.missing_permissions_here": Plural(
        by="count",
        one="I need {names:and} here. Ask someone who manages this server to allow it, or remix in another channel.",
        other=(
            "I need {names:and} here. Ask someone who manages this server to allow them, or remix in another channel."
        ),
    ),
    "refused.wrong_channel": (
        "This kind of channel cannot hold a remix. Use /remix in a text channel, in a thread, or in a message to me."
    ),
    "refused.not_in_thread": (
        "I am not in this private thread, so I could not post the result here. "
        "Mention me in it to add me, and send it again."
    ),
    "refused.locked_thread": (
        "This thread is locked, so I can do nothing in it. "
        "Use /remix in its channel, or ask a moderator to unlock the thread."
    ),
    "refused.already_retried": "This remix was tried again already. Use /remix to make another one.",
    "refused.not_failed": (
        "This remix did not fail, so there is nothing to try again. Press *Again* under its result to make another."
    ),
    "refused.card_too_old": (
        "This card is too old to be used. Use /jobs list to find your remixes, or /remix to make a new one."
    ),
    "refused.not_a_manager": (
        "Only members with *Manage Server* can change the settings of a server. Ask one of them."
    ),
    "refused.not_a_moderator": (
        "Only members with *Manage Messages* in the whole server can read what moderators did. Ask one of them."
    ),
    "refused.blocked": (
        "The operator of this bot has blocked you, so nothing was done or charged. "
        "/jobs list still shows your own remixes. If you think that this is a mistake, ask the operator."
    ),
    "refused.other": "That is not allowed here right now. Ask a moderator of this server why.",
    "permission.view_channel": "*View Channel*",
    "permission.connect": "*Connect*",
    "permission.send_messages": "*Send Messages*",
    "permission.send_messages_in_threads": "*Send Messages in Threads*",
    "permission.create_public_threads": "*Create Public Threads*",
    "permission.attach_files": "*Attach Files*",
    "permission.embed_links": "*Embed Links*",
    "permission.read_message_history": "*Read Message History*",
    # --- the rest of the tree ---------------------------------------------------------------------------------------
    "quota.again": "You pressed *Again* a moment ago. You can press it once more {resets_at:R}.",
    "quota.show": "I am showing it here already. You can ask for it once more {resets_at:R}.",
    "quota.other": "You have reached a limit. You can try again {resets_at:R}.",
    "error.job_unreadable": (
        "I can’t read my record of this remix. It isn’t lost: ask this bot’s operator to look at its log."
    ),
    "error.job_not_found": "I cannot find this remix. Use /jobs list to find yours.",
    "error.not_your_job": (
        "Only the person who asked for this remix, or a moderator of this channel, can do that. Ask one of them."
    ),
    "error.too_late_running": (
        "It is too late to cancel: RunComfy is painting already, and the picture will still come. "
        "You can delete it once it is there."
    ),
    "error.too_late_ended": "This remix has ended already, so there is nothing to cancel. Its card shows how it went.",
    "error.unexpected": (
        "Something went wrong on my side. Try again; if it happens once more, tell the operator of this bot."
    ),
}
