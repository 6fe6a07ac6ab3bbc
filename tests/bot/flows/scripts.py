"""Small flows from YAML text, a plain reader of answers, and a chat that plays the pipeline's part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import dedent

from bot.flows.engine import Advance, Begin, Input, Offer, Reply, Saying, advance, reask
from bot.flows.library import Library
from bot.flows.model import AnswerType, Definition, Option, Outcome, Values
from bot.flows.session import Session
from bot.message import Code, Points, Value
from storage.documents import parse

NOW = 1_700_000_000_000_000
Handler = Outcome | Callable[[Values], Outcome]


def flow(text: str) -> Definition:
    return parse(dedent(text), "test.yaml").into(Definition)


def library(*texts: str) -> Library:
    return Library(flow(text) for text in texts)


class PlainReader:
    """Answers by number or by label, as English has them."""

    def choice(self, text: str, offers: Sequence[Offer]) -> int | None:
        words = text.strip().casefold()
        for index, offer in enumerate(offers):
            if words in (offer.label.casefold(), str(index + 1)):
                return index
        return None

    def typed(self, type: AnswerType, text: str) -> Value | None:
        if type == "number":
            return int(text) if text.isdecimal() else None
        if type == "phone":
            return text if text.startswith("+") else None
        return text or None


def answer(handlers: Mapping[str, Handler], name: str, values: Values) -> Outcome:
    handler = handlers[name]
    return handler if isinstance(handler, Outcome) else handler(values)


@dataclass
class Chat:
    """One conversation: tokens t1, t2, …; handlers by name; what was said, as text."""

    library: Library
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    session: Session | None = None
    last: Advance | None = None
    calls: list[str] = field(default_factory=list)
    turns: int = 0
    now: int = NOW

    def send(self, given: Input) -> list[str]:
        self.turns += 1
        running = advance(self.library, self.session, given, reader=PlainReader(), token=f"t{self.turns}", now=self.now)
        try:
            call = next(running)
            while True:
                self.calls.append(call.handler)
                call = running.send(answer(self.handlers, call.handler, call.values))
        except StopIteration as stop:
            return self.take(stop.value)

    def take(self, done: Advance) -> list[str]:
        self.last = done
        self.session = done.session
        return [written(saying) for saying in done.sayings]

    def begin(self, name: str, after: str | None = None, **values: Value) -> list[str]:
        return self.send(Begin(name, values, after))

    def say(self, text: str) -> list[str]:
        return self.send(Reply(text=text))

    def tap(self, payload: str) -> list[str]:
        return self.send(Reply(payload=payload))

    def reask(self) -> list[str]:
        return self.take(reask(self.library, self.session))

    @property
    def result(self) -> str:
        assert self.last is not None
        return self.last.result

    @property
    def payloads(self) -> list[str]:
        assert self.last is not None
        return [offer.payload for saying in self.last.sayings for offer in saying.choices]


def written(saying: Saying) -> str:
    """`the sentence [choice | choice]`, its values put in."""
    shown = {name: getattr(value, "value", value) for name, value in saying.values.items()}
    text = saying.message.other
    for name, value in shown.items():
        text = text.replace(f"{{{name}}}", str(value))
    labels = " | ".join(offer.label for offer in saying.choices)
    return f"{text} [{labels}]" if labels else text


REDEEM = """
    flow: redeem
    about: Spend points on a reward.
    start: offer
    steps:
      offer:
        do: rewards.offer
        outcomes: {none: nothing, some: choose}
      nothing:
        say: No reward yet.
      choose:
        ask: Which reward?
        choices: rewards
        save: reward
        timeout: {after: 30m, then: later}
        then: confirm
      confirm:
        ask: "Spend on {reward}?"
        choices: {Spend: spend, Not now: end}
        save: decision
        invalid: Please choose one of the two.
        then: spend
      spend:
        do: rewards.redeem
        outcomes: {done: code}
      code:
        say: "Your code: {code}"
        qr: code
      later:
        say: Another time.
"""
BALANCE = """
    flow: balance
    about: Points.
    aside: true
    start: look
    steps:
      look: {do: balance.show, outcomes: {ok: tell}}
      tell: {say: "You have {points}."}
"""
JOIN = """
    flow: join
    about: Become a member.
    members: false
    start: ask
    steps:
      ask:
        ask: Join?
        choices: {Join: welcome, No thanks: stop}
      welcome: {say: Welcome!}
"""
MENU = """
    flow: menu
    about: What there is.
    start: list
    steps:
      list: {do: menu.list, outcomes: {ok: choose}}
      choose: {ask: What would you like?, choices: entries, save: wanted, soft: true, then: open}
      open: {go: "{wanted}"}
"""
REWARDS = (Option("Coffee", "r1"), Option("Cake", "r2"))
HANDLERS = {
    "rewards.offer": Outcome("some", {"rewards": REWARDS}),
    "rewards.redeem": Outcome("done", {"code": Code("ABC")}),
    "balance.show": Outcome("ok", {"points": Points(7)}),
    "menu.list": Outcome("ok", {"entries": (Option("Balance", "balance"), Option("Redeem", "redeem"))}),
}
CHOOSE = "Which reward? [Coffee | Cake]"
CONFIRM = "Spend on r1? [Spend | Not now]"


def chat() -> Chat:
    return Chat(library(REDEEM, BALANCE, JOIN, MENU), HANDLERS)
