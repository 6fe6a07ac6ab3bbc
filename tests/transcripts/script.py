"""What a transcript file may say. A turn is one line of a person, or time passing, and what must come back.

    about: An Italian joins on WhatsApp.
    covers: [join]
    locales: [it]
    people: {anna: {channel: whatsapp, address: "+393331234567"}}
    turns:
      - anna: iscriviti                      # what she writes, or what she does (see below)
        bot: Ti va di iscriverti?
        buttons: [Iscrivimi, Non ora]        # exactly these, in order
      - later: 3d                            # or `until: 2026-04-24T09:30+02:00`
        to: anna                             # who hears what follows
        bot: [one, two]                      # all of these, in this order
      - anna: STOP
        silence: "yes"                       # nobody hears anything

Instead of writing one may {tap: label}, {start: payload}, {buys: 30.00 EUR, order: A1},
{refunded: 10.00 EUR, order: A1}, {given: five_euro} by staff, {photo: caption}, {place: 45.07 7.68}, {card: own phone},
{others_card: phone}, {provider_stop: STOP} or {block: kicked}. Staff do {desk: opens}, take, return or resolve, and
{says: words} to the person.
Whoever is not named must hear nothing. `{anna.code}` stands for her referral code,
`{anna.digits}` for the last six digits she was told.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from storage.documents import load

FOLDER = Path(__file__).parent
Doing = Literal[
    "tap",
    "start",
    "buys",
    "refunded",
    "order",
    "given",
    "photo",
    "place",
    "card",
    "others_card",
    "provider_stop",
    "block",
    "desk",
    "says",
]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Lines = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Person(_Strict):
    """Who writes, from where. `locale` is what Telegram tells of the app's language, `name` what WhatsApp shows."""

    channel: Literal["telegram", "whatsapp", "sms"]
    address: str
    locale: str | None = None
    name: str | None = None


class Turn(_Strict):
    """One line."""

    who: str | None = None
    does: str | dict[Doing, str] | None = None
    later: Annotated[str, Field(pattern=r"^\d+[dhm]$")] | None = None
    until: str | None = None
    to: str | None = None
    bot: Lines = ()
    buttons: tuple[str, ...] | None = None
    others: dict[str, Lines] = {}
    silence: Literal["yes"] | None = None

    @model_validator(mode="after")
    def _expects(self) -> Turn:
        if sum(one is not None for one in (self.who, self.later, self.until)) != 1:
            raise ValueError("a turn is one person's, or `later`, or `until`")
        if bool(self.bot or self.others) == bool(self.silence):
            raise ValueError("a turn expects either `bot` or `silence`")
        if self.bot and not (self.to or self.who):
            raise ValueError("`to` must say who hears this")
        return self

    @property
    def expected(self) -> dict[str, tuple[str, ...]]:
        """Who must hear what."""
        hearer = self.to or self.who
        return {**self.others, **({hearer: self.bot} if hearer and self.bot else {})}


class Script(_Strict):
    """A transcript file."""

    about: str
    covers: tuple[str, ...]
    """Flows that run here; held against what really ran."""
    locales: tuple[str, ...]
    """Locales in which the bot writes; held against the outbox."""
    at: str = "2026-03-02T10:00+01:00"
    people: dict[str, Person]
    turns: tuple[Turn, ...]

    @model_validator(mode="before")
    @classmethod
    def _name_them(cls, given: Any) -> Any:
        people = given["people"]

        def named(turn: dict[str, Any]) -> dict[str, Any]:
            (*who,) = (name for name in turn if name in people)
            if len(who) != 1:
                return turn
            rest = {key: value for key, value in turn.items() if key != who[0]}
            return {"who": who[0], "does": turn[who[0]], **rest}

        return {**given, "turns": [named(turn) for turn in given["turns"]]}


def scripts() -> dict[str, Script]:
    """Every transcript of the folder by name."""
    return {path.stem: load(path, Script) for path in sorted(FOLDER.glob("*.yaml"))}
