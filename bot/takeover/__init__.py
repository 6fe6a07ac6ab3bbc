"""The lease between bot and person: who answers a member, since when, until when, and what follows from a change.

A case is the lease (storage/cases.py). Every change of owner or status names the version it was decided on; of two who
race one wins and the other is told who. `member.control` says which of bot and person speaks, and its version fences
what the bot had composed before. Everything here runs inside one write transaction, under the member's row lock.
"""

from bot.takeover._changes import (
    assign,
    give_back,
    hand_over,
    heard,
    idle,
    leave_queue,
    reopen,
    resolve,
    snooze,
    take,
)
from bot.takeover._lease import TIMER_KIND, Control, Lease, NoCase, NotYours, Reason, Shut, Stale, TakeoverError
from bot.takeover._writing import label, note, prioritise, resend, score, write

__all__ = [
    "TIMER_KIND",
    "Control",
    "Lease",
    "NoCase",
    "NotYours",
    "Reason",
    "Shut",
    "Stale",
    "TakeoverError",
    "assign",
    "give_back",
    "hand_over",
    "heard",
    "idle",
    "label",
    "leave_queue",
    "note",
    "prioritise",
    "reopen",
    "resend",
    "resolve",
    "score",
    "snooze",
    "take",
    "write",
]
