"""The room every text has: the places of our channels as data, and which texts of the flows stand in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.limits import SMS, TELEGRAM, WHATSAPP
from bot.render import CHOOSE, normalise_sms, segments
from bot.texts.budgets import Budgets, Id, Kind, Slot, label
from storage.documents import Node, read

LIST_BUTTON, COMMAND = 20, 256
"""What opens a list on WhatsApp, and a description in Telegram's command list; in limits.py no choice needs them."""
SMS_PARTS = 3
"""More parts than this for a single text are worth a shorter wording."""


def _utf16(text: str, _: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _parts(text: str, locale: str) -> int:
    return segments(normalise_sms(text, locale))[1]


SLOTS: dict[Kind, tuple[Slot, ...]] = {
    "label": (
        Slot("a list shows", WHATSAPP.list_label),
        Slot("a button shows", WHATSAPP.button_label, is_warning=True),
        Slot("a Telegram button shows", TELEGRAM.button_label, _utf16),
    ),
    "contact": (Slot("a Telegram button shows", TELEGRAM.button_label, _utf16),),
    "list_button": (Slot("the button of a list shows", LIST_BUTTON),),
    "command": (Slot("Telegram's command list shows", COMMAND, _utf16),),
    "question": (Slot("WhatsApp takes above choices", WHATSAPP.button_text),),
    "message": (
        Slot("a WhatsApp message holds", WHATSAPP.text),
        Slot("an SMS holds", SMS.text),
        Slot("a Telegram message holds", TELEGRAM.text, _utf16),
        Slot("one text should take", SMS_PARTS, _parts, "SMS parts", is_warning=True),
    ),
}


def budgets(flows: Iterable[Path]) -> Budgets:
    """The places of all texts of these flow files, and of our own code's."""
    kinds: dict[Id, frozenset[Kind]] = {label(CHOOSE.other): frozenset({"list_button"})}
    for file in sorted(flows):
        for id_, kind in _kinds(read(file).value):
            kinds[id_] = kinds.get(id_, frozenset()) | {kind}
    return Budgets(SLOTS, kinds)


def _kinds(flow: Node) -> Iterator[tuple[Id, Kind]]:
    """What each text of a flow is for. The file need not be right: `flows check` is for that."""
    if not isinstance(flow, dict):
        return
    yield from _of(flow.get("command"), "command")
    steps = flow.get("steps")
    for step in steps.values() if isinstance(steps, dict) else ():
        if not isinstance(step, dict):
            continue
        for name in ("say", "ask", "invalid"):
            yield from _of(step.get(name), "message")
        if "choices" in step:
            yield from _of(step.get("ask"), "question")
            labels = step["choices"] if isinstance(step["choices"], dict) else {}
            yield from ((label(one), "label") for one in labels)
        if isinstance(step.get("contact"), str):
            yield label(str(step["contact"])), "contact"
    for name in ("menu", "label"):
        if isinstance(flow.get(name), str):
            yield label(str(flow[name])), "label"


def _of(value: Node | None, kind: Kind) -> Iterator[tuple[Id, Kind]]:
    if isinstance(value, str):
        yield (None, value), kind
    elif isinstance(value, dict) and isinstance(value.get("one"), str):
        yield (None, str(value["one"])), kind
