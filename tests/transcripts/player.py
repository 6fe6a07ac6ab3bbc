"""Plays a transcript through the real app: provider payloads in, rendered parts out, the clock set by hand."""

from __future__ import annotations

import asyncio
import html
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any
from urllib.parse import urlencode

import orjson
from sqlalchemy import text as sql

from bot import app as root
from bot import takeover
from bot.app import App, open_app
from bot.channels import Sent, discover
from bot.flows.engine import Begin
from bot.lanes import Arrival
from bot.limits import BY_CHANNEL
from bot.message import Event, Kind, Outbound, Text
from bot.permission import Occasion
from bot.pipeline._talk import Talk
from bot.render import Part
from loyalty import coupon_gifts
from loyalty.refunding import refund
from loyalty.work import Work
from storage import cases, members, occasions, people
from storage.database import Transaction
from storage.statement import Statement
from tests.builders import DAY, HOUR, MINUTE, Clock, add_staff, lane_event, settings, us
from tests.transcripts.script import Person, Script, Turn

_BUSY = Statement(
    sql(
        "select (select count(*) from event where status = 'waiting')"
        " + (select count(*) from timer where due_at <= :now)"
        " + (select count(*) from outbox where status in ('pending', 'sending') and due_at <= :now)"
        " + (select count(*) from watermark where name = 'triggers' and at / 3600000000 < :now / 3600000000)"
    ),
    lambda row: int(row[0]),
)
_CODE = Statement(
    sql(
        "select referral_code from member join address on member.id = member_id"
        " where channel = :channel and value = :value"
    ),
    lambda row: str(row[0]),
)
_LOCALES = Statement(sql("select distinct locale from outbox where kind <> 'callback'"), lambda row: str(row[0]))
_UNSEEN = re.compile("[\u2066-\u2069\u200e\u200f\u061c]|</?[a-z]+>")
_UNITS = {"d": DAY, "h": HOUR, "m": MINUTE}
_numbers = count(1)


@dataclass
class Recorder:
    """A channel that takes everything at once and keeps what each address was shown."""

    name: str
    heard: defaultdict[str, list[Part]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.limits = replace(BY_CHANNEL[self.name], per_second=1e6, chat_seconds=0.0)

    def limits_for(self, address: str) -> Any:
        return self.limits

    def parse(self, body: bytes) -> list[Event]:
        return list(discover()[self.name].parse(body))

    async def send(self, address: str, part: Part) -> Sent:
        self.heard[address].append(part)
        return Sent(f"{self.name}{next(_numbers)}")

    async def answer_callback(self, callback_id: str, text: str | None) -> None: ...

    async def missed(self, since: Any) -> AsyncIterator[bytes]:
        for body in ():
            yield body

    async def close(self) -> None: ...


def readable(part: Part) -> str:
    """What the person reads: no markup, no invisible marks; a template by its name and variables."""
    if part.template_flow is not None:
        return f"[{part.template_flow}] {' '.join(part.variables)}"
    return html.unescape(_UNSEEN.sub("", part.text)).replace("\xa0", " ").replace("\u202f", " ")


@dataclass
class Player:
    """The open app, its people and what they have heard."""

    app: App
    clock: Clock
    channels: Mapping[str, Recorder]
    people: Mapping[str, Person]
    ran: set[str] = field(default_factory=set)
    """The flows that were begun or said something."""
    staff: int = 0
    """Who sits at the desk."""

    async def locales(self) -> set[str]:
        """In which the bot wrote, in whatever manner its market has them spoken."""
        voices = await self.app.database.read(lambda transaction: transaction.all(_LOCALES))
        return {voice.partition("@")[0] for voice in voices}

    async def play(self, turn: Turn, where: str) -> None:
        before = {name: len(self._parts(one)) for name, one in self.people.items()}
        await self._do(turn)
        await self._settle()
        heard = {name: self._parts(one)[before[name] :] for name, one in self.people.items()}
        expected = turn.expected
        for name, parts in heard.items():
            said = "\n---\n".join(map(readable, parts))
            if name not in expected:
                assert not parts, f"{where}: {name} hears {said!r} but should hear nothing"
                continue
            await self._follows(said, expected[name], f"{where}: {name} hears {said!r}")
        if turn.buttons is not None:
            hearer = turn.to or turn.who or ""
            found = [choice.label for part in heard[hearer] for choice in part.choices]
            assert tuple(found) == turn.buttons, f"{where}: {hearer} is offered {found}"

    async def _follows(self, said: str, lines: tuple[str, ...], where: str) -> None:
        place = 0
        for line in lines:
            wanted = await self._filled(line)
            found = said.find(wanted, place)
            assert found >= 0, f"{where}, not {wanted!r}"
            place = found + len(wanted)

    def _parts(self, person: Person) -> list[Part]:
        return self.channels[person.channel].heard[person.address]

    async def _filled(self, words: str) -> str:
        for name, person in self.people.items():
            if f"{{{name}.code}}" in words:
                found = await self.app.database.read(
                    lambda t, who=person: t.one(_CODE, channel=who.channel, value=who.address)
                )
                words = words.replace(f"{{{name}.code}}", str(found))
            if f"{{{name}.digits}}" in words:
                words = words.replace(f"{{{name}.digits}}", _last_digits(self._parts(person)))
        return words

    async def _do(self, turn: Turn) -> None:
        if turn.later is not None:
            self.clock.later(int(turn.later[:-1]) * _UNITS[turn.later[-1]])
        elif turn.until is not None:
            assert us(turn.until) > self.clock.now, f"{turn.until} is past"
            self.clock.now = us(turn.until)
        else:
            assert turn.who is not None
            await self._act(self.people[turn.who], turn.does)

    async def _act(self, person: Person, does: str | Mapping[str, str] | None) -> None:
        doing = {"text": does} if isinstance(does, str) else dict(does or {})
        if "buys" in doing:
            await self._buy(person, doing["buys"], doing["order"])
            return
        if "refunded" in doing:
            await self._refund(doing["refunded"], doing["order"])
            return
        if "given" in doing:
            await self._give(person, doing["given"])
            return
        if "desk" in doing or "says" in doing:
            await self.app.database.write(partial(self._desk, person, doing))
            return
        ((what, words),) = doing.items()
        words = await self._filled(words)
        body = (update if person.channel == "telegram" else form)(person, what, words, self._parts(person))
        for event in self.channels[person.channel].parse(body):
            assert event.kind is not Kind.IGNORED, f"the channel ignores {doing}"
            await self.app.lanes.put(Arrival(event, body, self.clock()))

    def _desk(self, person: Person, doing: Mapping[str, str], transaction: Transaction) -> None:
        """What the one member of staff does with this person's conversation."""
        if doing.get("desk") == "opens":
            self.staff = add_staff(transaction)
            return
        (found,) = people.at(transaction, person.channel, person.address)
        lease, now, staff = takeover.Lease.of(self.app.world.programme), self.clock(), self.staff
        case = cases.unresolved(transaction, found.member_id)
        version = case.version if case is not None else None
        if doing.get("desk") == "take":
            takeover.take(transaction, lease, found.member_id, staff, version=version, now=now)
            return
        assert case is not None and version is not None, f"there is no case to {doing}"
        seen: dict[str, Any] = {"by": staff, "version": version, "now": now}
        if "says" in doing:
            takeover.write(transaction, lease, case.id, Outbound(Text(doing["says"])), voice=found.locale, **seen)
        else:
            ends = {"return": takeover.give_back, "resolve": takeover.resolve}
            ends[doing["desk"]](transaction, lease, case.id, **seen)

    async def _buy(self, person: Person, price: str, order: str) -> None:
        amount, currency = price.split()
        data = {"order_id": order, "amount": int(amount.replace(".", "")), "currency": currency}
        row = lane_event(f"{order}:{next(_numbers)}", Kind.PURCHASE, person.channel, person.address, data)
        await self.app.database.write(lambda transaction: occasions.add_event(transaction, row))

    async def _refund(self, price: str, order: str) -> None:
        amount, currency = price.split()
        minor = int(amount.replace(".", ""))

        def give_back(work: Work) -> None:
            refund(work, refund_id=f"{order}:{next(_numbers)}", order_id=order, amount=minor, currency=currency)

        await self._by_staff(give_back)

    async def _give(self, person: Person, kind: str) -> None:
        def give(work: Work) -> None:
            (found,) = people.at(work.transaction, person.channel, person.address)
            member = members.current(work.transaction, found.member_id)
            assert member is not None
            coupon_gifts.give(work, member, kind, f"a transcript's {next(_numbers)}")

        await self._by_staff(give)

    async def _by_staff(self, act: Callable[[Work], None]) -> None:
        def run(transaction: Transaction) -> None:
            world = self.app.world
            work = Work(transaction, world.programme, world.keyring, self.clock())
            act(work)
            occasions.set_timers(transaction, [Occasion.about(one).as_timer(work.now) for one in work.news])

        await self.app.database.write(run)

    async def _settle(self) -> None:
        """Wait until nothing is due any more; the app's own tasks do the work."""
        await self.app.database.write(lambda t: [t.touch(topic) for topic in ("timer", "outbox", "event")])
        async with asyncio.timeout(10):
            while await self.app.database.read(lambda transaction: transaction.one(_BUSY, now=self.clock.now)):
                await asyncio.sleep(0.005)


def _last_digits(heard: list[Part]) -> str:
    """The last six digits somebody was told."""
    return [found for part in heard for found in re.findall(r"\b\d{6}\b", readable(part))][-1]


def _payload(parts: list[Part], label: str) -> str:
    """What a tap on the last button with this label sends back."""
    for part in reversed(parts):
        for choice in part.choices:
            if choice.label == label:
                return choice.payload
    raise AssertionError(f"nothing to tap is called {label!r}")


def form(person: Person, what: str, words: str, heard: list[Part]) -> bytes:
    """Twilio's webhook body."""
    prefix = "whatsapp:" if person.channel == "whatsapp" else ""
    form = {"MessageSid": f"SM{next(_numbers)}", "From": prefix + person.address, "To": f"{prefix}+15550001111"}
    if person.name is not None:
        form["ProfileName"] = person.name
    if what == "text":
        form["Body"] = words
    elif what == "tap":
        form |= {"ButtonPayload": _payload(heard, words), "ButtonText": words, "Body": words}
    elif what == "photo":
        form |= {
            "NumMedia": "1",
            "MediaUrl0": "https://media.example/1",
            "MediaContentType0": "image/jpeg",
            "Body": words,
        }
    elif what == "place":
        form |= dict(zip(("Latitude", "Longitude"), words.split(), strict=True))
    elif what == "provider_stop":
        form |= {"Body": words, "OptOutType": "STOP"}
    else:
        raise AssertionError(f"nobody can {what} on {person.channel}")
    return urlencode(form).encode()


def update(person: Person, what: str, words: str, heard: list[Part]) -> bytes:
    """The Bot API's update."""
    number, user_id = next(_numbers), int(person.address)
    user = {"id": user_id, "is_bot": False, "first_name": "Somebody", "language_code": person.locale or "en"}
    chat = {"id": user_id, "type": "private"}
    message: dict[str, Any] = {"message_id": number, "date": 1, "chat": chat, "from": user}
    contents: dict[str, Any] = {
        "text": {"text": words},
        "start": {"text": f"/start {words}".strip()},
        "photo": {"photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}], "caption": words},
        "place": {"location": dict(zip(("latitude", "longitude"), map(float, words.split()), strict=False))}
        if what == "place"
        else {},
        "card": {"contact": {"phone_number": words, "first_name": "S", "user_id": user_id}},
        "others_card": {"contact": {"phone_number": words, "first_name": "O", "user_id": user_id + 1}},
    }
    if what == "tap":
        query = {"id": f"c{number}", "from": user, "message": message, "data": _payload(heard, words)}
        return orjson.dumps({"update_id": number, "callback_query": {**query, "chat_instance": "1"}})
    if what == "block":
        bot = {"id": 1, "is_bot": True, "first_name": "Bento"}
        states = {
            "old_chat_member": {"user": bot, "status": "member"},
            "new_chat_member": {"user": bot, "status": words},
        }
        return orjson.dumps({"update_id": number, "my_chat_member": {"chat": chat, "from": user, "date": 1, **states}})
    return orjson.dumps({"update_id": number, "message": {**message, **contents[what]}})


@asynccontextmanager
async def playing(script: Script, database: str, monkeypatch: Any) -> AsyncIterator[Player]:
    """The app with recording channels, at the transcript's time."""
    clock = Clock(us(script.at))
    channels = {name: Recorder(name) for name in BY_CHANNEL if name != "simulator"}
    monkeypatch.setattr(root, "build_channels", lambda *_: dict(channels))
    ran: set[str] = set()
    drive = Talk._drive

    def drive_and_tell(talk: Talk, library: Any, session: Any, given: Any) -> Any:
        done = drive(talk, library, session, given)
        ran.update({saying.flow for saying in done.sayings} | ({given.flow} if isinstance(given, Begin) else set()))
        return done

    monkeypatch.setattr(Talk, "_drive", drive_and_tell)
    async with open_app(settings(database=database), clock=clock) as app:
        yield Player(app, clock, channels, script.people, ran)
