"""May this be sent, when, where: one decision with its reason, made before a flow starts and checked again at sending.

`plan` decides for a message nobody asked for, `still_allowed` checks an outbox row, `next_open` knows the hours of
marketing, `Occasion` is what triggers and handlers hand to the triggers' runner. Pure functions over plain values.
"""

from bot.permission._hours import next_open
from bot.permission._occasion import Occasion
from bot.permission._plan import Decision, Place, Purpose, Recipient, Wish, plan
from bot.permission._recheck import Recheck, still_allowed
from bot.permission._window import window_open

__all__ = [
    "Decision",
    "Occasion",
    "Place",
    "Purpose",
    "Recheck",
    "Recipient",
    "Wish",
    "next_open",
    "plan",
    "still_allowed",
    "window_open",
]
