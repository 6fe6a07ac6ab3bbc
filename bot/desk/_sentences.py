"""What was done with a case, as sentences in the language of whoever reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from bot.desk._reasons import PRIORITIES, REASONS
from bot.desk._words import N_, Voice
from loyalty.days import local_time

_SENTENCES: Mapping[str, str] = {
    "opened": N_("A person is needed: %(reason)s."),
    "taken": N_("%(by)s took the conversation."),
    "assigned": N_("%(by)s gave the conversation to %(to)s."),
    "released": N_("%(by)s put the conversation back into the queue."),
    "returned": N_("%(by)s gave the conversation back to the bot."),
    "resolved": N_("%(by)s resolved it."),
    "snoozed": N_("%(by)s put it aside until %(until)s."),
    "woke": N_("It is open again."),
    "reopened": N_("%(by)s opened it again."),
    "warning": N_("Nothing has happened for a while: at %(until)s the conversation is given up."),
    "idle": N_("Nobody did anything for too long: the bot has the conversation again."),
    "unanswered": N_("Nobody took it in time: the bot has the conversation again."),
    "left": N_("The member would rather go on with the bot."),
    "priority": N_("%(by)s made it %(priority)s."),
    "labels": N_("%(by)s set the labels: %(labels)s."),
    "points": N_("%(by)s gave %(points)s points: %(reason)s."),
    "scored": N_("The member gave the help %(score)s of 5."),
    "opted_out": N_("The member asked for no more messages."),
    "away": N_("The member was told that nobody is there now."),
}
_NO_TIME = N_("%(by)s put it aside until the member writes.")
_AGAIN = N_("%(by)s took the conversation up again.")
_FREED = N_("%(by)s did nothing for too long: the conversation is back in the queue.")
_NO_LABELS = N_("%(by)s took the labels away.")
_TO_QUEUE = _SENTENCES["released"]
_BEGUN = N_("The conversation was opened by the staff.")
_SYSTEM = N_("The system")
_OTHER = N_("Something was done: %(what)s.")

Named = Callable[[int | None], str]


def sentence(data: Mapping[str, Any], voice: Voice, named: Named, zone: str) -> str:
    """The sentence of an event; one that we do not know is named."""
    what = str(data.get("what", ""))
    text = _unusual(what, data) or _SENTENCES.get(what)
    if text is None:
        return voice.say(_OTHER, what=what)
    return voice.say(text, **_values(data, voice, named, zone))


def _unusual(what: str, data: Mapping[str, Any]) -> str | None:
    if what == "opened" and data.get("reason") == "staff":
        return _BEGUN
    if what == "assigned" and data.get("to") is None:
        return _TO_QUEUE
    if what == "assigned" and data.get("to") == data.get("by"):
        return _AGAIN
    if what == "snoozed" and not data.get("until"):
        return _NO_TIME
    if what == "idle" and data.get("by"):
        return _FREED
    return _NO_LABELS if what == "labels" and not data.get("labels") else None


def _values(data: Mapping[str, Any], voice: Voice, named: Named, zone: str) -> dict[str, str]:
    reason = str(data.get("reason", ""))
    labels = data.get("labels")
    return {
        "by": named(data["by"]) if data.get("by") else voice.say(_SYSTEM),
        "to": named(data.get("to")),
        "reason": voice.say(REASONS[reason]) if reason in REASONS else reason,
        "until": _moment(data.get("until"), voice, zone),
        "priority": _priority(data.get("priority"), voice),
        "labels": ", ".join(map(str, labels)) if isinstance(labels, Sequence) else "",
        "points": str(data.get("points", "")),
        "score": str(data.get("score", "")),
    }


def _priority(number: Any, voice: Voice) -> str:
    known = isinstance(number, int) and 0 <= number < len(PRIORITIES)
    return voice.say(PRIORITIES[number]) if known else str(number)


def _moment(instant: Any, voice: Voice, zone: str) -> str:
    if not isinstance(instant, int):
        return ""
    return format_datetime(local_time(instant, ZoneInfo(zone)), "short", locale=voice.locale)
