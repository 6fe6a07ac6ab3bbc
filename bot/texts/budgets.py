"""How long a text may be in the place where it is shown, measured with values of an ordinary length.

The numbers come from outside: the channels' limits and the counting of SMS parts lie on other floors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from babel import Locale

from bot.message import Code, Day, Link, Moment, Money, Name, Points, Value
from bot.texts._catalogue import VARIANT, Id
from bot.texts._message import BUTTON, PLACEHOLDER
from bot.texts._values import shown

__all__ = ["TYPICAL", "Budgets", "Id", "Kind", "Slot", "filled", "label", "typical"]

Kind = Literal["label", "contact", "list_button", "command", "question", "message"]
"""What a text is for: a choice or menu line, the share-my-phone button, what opens a list, a line of the provider's
command list, a question above choices, anything else a flow says."""

Size = Callable[[str, str], int]
"""How much room a text takes, in a locale."""

_DAY = Day(12, 24, 2026)
_MOMENT = Moment(1_795_597_200_000_000, "Europe/Rome")
_POINTS, _MONEY = Points(1_250), Money(2_490, "EUR")
_CODE, _THING, _PERSON = Code("BENTO-7K3M9Q2XA"), Name("Cappuccino & croissant"), Name("Alessandra")
_LINK = Link("https://bentornato.example/e/4f7c1d9a2b")

TYPICAL: Mapping[str, Value] = {
    **dict.fromkeys(
        ("amount", "earlier", "expiring", "least", "missing", "owed", "pending", "points", "price"), _POINTS
    ),
    **dict.fromkeys(("rest", "returned", "reward", "total", "worth"), _POINTS),
    **dict.fromkeys(("credit", "minimum", "money"), _MONEY),
    **dict.fromkeys(("birthday", "day", "ready", "since", "until"), _DAY),
    **dict.fromkeys(("code", "number"), _CODE),
    **dict.fromkeys(("friends", "minutes", "stamps", "waiting"), Points(7)),
    **dict.fromkeys(("needed", "reached"), 10),
    **dict.fromkeys(("member", "name", "initial"), _PERSON),
    **dict.fromkeys(("lower", "next", "tier"), Name("Gold")),
    "address": Name("Via Garibaldi 12, Torino"),
    "brand": Name("Bentornato"),
    "contact": Name("ciao@bentornato.example"),
    "digits": Code("493 027"),
    "email": Name("alessandra@posta.example"),
    "hours": Name("Mon-Sat 8-19"),
    "link": _LINK,
    "opens": _MOMENT,
    "phone": Code("+39 333 123 4567"),
    "terms": Name("1"),
    "tiers": Name("Silver, Gold"),
    "word": Name("menu"),
}
"""What a placeholder holds on an ordinary day; any other one a thing's name."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of a channel ("a button shows") and the most that fits there."""

    place: str
    most: int
    size: Size = field(default=lambda text, _: len(text))
    unit: str = "characters"
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Budgets:
    """The places of every kind of text, and the kinds of each text; a label needs no word about its kind."""

    slots: Mapping[Kind, tuple[Slot, ...]] = field(default_factory=dict)
    kinds: Mapping[Id, frozenset[Kind]] = field(default_factory=dict)

    def exceeded(self, id_: Id, text: str, locale: str) -> Iterator[tuple[str, bool]]:
        """(what, whether it is a warning) for a text that is too long; warnings only where there is no error."""
        written = text if id_[0] == BUTTON else filled(text, locale)
        found = [
            (f"{size} {slot.unit}, {slot.place} {slot.most}", slot.is_warning)
            for kind in sorted(self._kinds(id_))
            for slot in self.slots.get(kind, ())
            if (size := slot.size(written, locale)) > slot.most
        ]
        errors = [one for one in found if not one[1]]
        yield from errors or found

    def _kinds(self, id_: Id) -> frozenset[Kind]:
        return self.kinds.get(id_) or (frozenset({"label"}) if id_[0] == BUTTON else frozenset())


def label(msgid: str) -> Id:
    """What a catalogue knows a label by."""
    return BUTTON, msgid


def filled(text: str, locale: str) -> str:
    """The text with values of an ordinary length, as the locale writes them."""
    return PLACEHOLDER.sub(lambda found: _written(found[1], locale.partition(VARIANT)[0]), text)


@lru_cache(1_024)
def _written(name: str, locale: str) -> str:
    return shown(typical(name), Locale.parse(locale))[0]


def typical(name: str, *, counted: bool = False) -> Value:
    """An ordinary value for a placeholder; a counted one is a number whatever it is called."""
    value = TYPICAL.get(name, _THING)
    return value if not counted or isinstance(value, Points | int) else _POINTS
