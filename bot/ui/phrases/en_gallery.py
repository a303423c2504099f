"""English: the message that keeps the pictures that went in, and whether a server wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.ui.phrases.phrase import Phrase

PHRASES: Final[Mapping[str, Phrase]] = {
    # --- the message that keeps them --------------------------------------------------------------------------------
    "gallery.title": "### Before",
    "gallery.mended_only": (
        "-# RunComfy could not use these as they came. It fetches the changed pictures from this message."
    ),
    "gallery.done": "{number}: {done:comma}",
    "gallery.picture": "Image {number} of a remix: {filename:plain}",
    "gallery.smaller": "a smaller copy, since Discord takes no more here",
    # --- what was done to one ---------------------------------------------------------------------------------------
    "mend.converted": "converted",
    "mend.converted_from": "converted from {found:ours}",
    "mend.first_frame": "first picture of the animation",
    "mend.later_frame": "later picture of the animation",
    "mend.rotated": "rotated",
    "mend.recoloured": "colours converted to RGB",
    "mend.padded": "margins added",
    "mend.shrunk": "scaled down",
    "mend.compressed": "compressed",
    "mend.cleaned": "location and hidden data removed",
    "mend.repaired": "repaired",
    # --- /settings --------------------------------------------------------------------------------------------------
    "command.settings": "settings",
    "command.settings.description": "For those who manage this server",
    "command.settings.gallery": "gallery",
    "command.settings.gallery.description": "Whether the pictures that go into a remix are posted in its thread",
    "command.settings.gallery.keep": "On or off; left out, you are told what holds now",
    "choice.on": "on",
    "choice.off": "off",
    "settings.gallery_on": (
        "The gallery is **on**. The pictures that go into a remix are posted in its thread, so everyone can compare, "
        "and *Again* works for as long as that message stands."
    ),
    "settings.gallery_off": (
        "The gallery is **off**. Only pictures that I had to change for RunComfy are posted, since RunComfy fetches "
        "them from there. *Again* works until Discord stops serving the other pictures, within a day."
    ),
}
