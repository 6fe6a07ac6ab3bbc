"""A neutral message -> the parts a channel can show: buttons, a list, numbered text, SMS parts, bidi isolates.

Everything is decided by the channel's `Limits`; no channel is named here.
"""

from bot.render._part import Attached, NoTemplate, Part
from bot.render._render import CHOOSE, render
from bot.render._sms import normalise_sms, segments

__all__ = ["CHOOSE", "Attached", "NoTemplate", "Part", "normalise_sms", "render", "segments"]
