"""What a scenario file may say. It names neither a locale nor a channel: labels and words are the English ones.

    about: A reward is chosen, confirmed and given back.
    scenes:                              # each with a fresh member
      - market: IT                       # the default
        guest: "yes"                     # has not joined yet; without this the member has
        friend: member                   # somebody else is there too: member or guest
        bare: "yes"                      # the deployment has no links of its own
        has: {birthday: {coupon: x}}     # laid over the market's rules of the demo programme
        turns:
          - earn: 800                    # at once; or {points: 9, unit: "stamps:coffee", kind: birthday, life: 12h}
          - begin: rewards               # a flow by its name; or {flow: contact, phone: "+39…"} with values
          - choose: Espresso cup         # tapped, or typed by its number where the channel has no buttons
          - write: 24/3/1990             # or {date: 1990-03-24}, {code_of: friend}, {digits_of: friend}
          - notice: {flow: birthday}     # as a trigger would start it
          - wait: 14d                    # upkeep and triggers run then
          - buy: 30.00 EUR               # every purchase is an order of its own
          - refund: 10.00 EUR            # of the last order
          - pay: 5.00 EUR                # of the next order, with points
          - give: five_euro              # a coupon, by staff
          - choose: {language: own}      # the member's own among the languages
            silent: "yes"                # nothing is to be heard
          - set: {name: Anna}            # columns of the member's row
          - run: update counter set …    # what no conversation brings about
          - desk: take                   # staff (somebody sits at the desk), take, return, resolve
            by: friend                   # who does it, where it is not the member

Values are words, or typed: {points: 5}, {money: 5.00 EUR}, {day: 2026-04-01}, {code: X}, {name: X}, {number: 3},
{titled: Silver} (words of the programme), {options: {My level: tier}}.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from storage.documents import load

FOLDER = Path(__file__).parent
Doing = Literal[
    "begin", "notice", "choose", "write", "wait", "buy", "refund", "pay", "give", "earn", "set", "run", "desk"
]
DOINGS = frozenset(get_args(Doing))
HEARD = frozenset({"begin", "notice", "choose", "write"})
"""What must be answered."""

NEVER_SHOWN: dict[tuple[str, str, str], str] = {}
"""Texts of steps that no conversation reaches, and why."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Turn(_Strict):
    """One thing that happens."""

    does: Doing
    what: Any
    by: Literal["anna", "friend"] = "anna"
    silent: bool = False

    @model_validator(mode="before")
    @classmethod
    def _name_it(cls, given: Any) -> Any:
        found = [key for key in given if key in DOINGS]
        if len(found) != 1:
            raise ValueError(f"a turn does one thing, this does {', '.join(found) or 'none'}")
        rest = {key: value for key, value in given.items() if key != found[0]}
        return {"does": found[0], "what": given[found[0]], **rest}


class Scene(_Strict):
    """What is there before, and what happens."""

    market: str = "IT"
    guest: bool = False
    friend: Literal["member", "guest"] | None = None
    bare: bool = False
    has: dict[str, Any] = Field(default_factory=dict)
    turns: tuple[Turn, ...]


class Scenario(_Strict):
    """A scenario file."""

    about: str
    scenes: tuple[Scene, ...]


def scenarios() -> dict[str, Scenario]:
    """Every scenario of the folder by its flow."""
    return {path.stem: load(path, Scenario) for path in sorted(FOLDER.glob("*.yaml"))}
